// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is an access to the legacy BAR0 carried out? The walk of one access, from
 * the user's read() or write() on the vfio device to the owner's commands:
 *
 *	virtiovf_bar0_read(), _write()	the user's bytes; power
 *	access_bar0()			decoded? alone?
 *	read_unit(), write_unit()	what an I/O port access is
 *	read_step(), write_step()	a command of the owner's for a single field
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>

#include "bar0_layout.h"
#include "virtiovf.h"

/* No type has a larger BAR: a command's offset in the device's configuration is a byte */
#define BAR0_SIZE_MAX	512

/* One access of the user, of any length inside the BAR */
struct bar0_access {
	bool write;
	u32 offset;
	u32 len;
	u8 bytes[BAR0_SIZE_MAX];
};

/* Bytes from the device's side of the interface do not choose what our user gets as an error */
static int errno_of(int ret)
{
	return !ret || IS_ERR_VALUE((long)ret) ? ret : -EIO;
}

/*
 * Which fields a device's configuration has depends on its features. A field
 * that it refuses is not there, and no error: QEMU's transitional devices behave
 * so, and guests do probe. The common registers all exist.
 */
static bool absent(const struct virtiovf_step *step, int ret)
{
	return step->way == VIRTIOVF_DEVICE && (ret == -EINVAL || ret == -ERANGE);
}

/* A byte is the low one of a queue's number */
static u16 queue_number(const u8 *bytes, u32 len)
{
	return len > 1 ? bytes[0] | bytes[1] << 8 : bytes[0];
}

static int write_step(struct virtiovf_device *vf, const struct virtiovf_step *step, u8 *bytes)
{
	switch (step->way) {
	case VIRTIOVF_NOWHERE:
		return 0;
	case VIRTIOVF_NOTIFY:
		return errno_of(virtiovf_notify(vf, queue_number(bytes, step->len)));
	default:
		return errno_of((step->way == VIRTIOVF_COMMON ?
				 vf->owner->legacy_common_io_write :
				 vf->owner->legacy_device_io_write)
				(vf->core.pdev, step->offset, step->len, bytes));
	}
}

static int read_step(struct virtiovf_device *vf, const struct virtiovf_step *step, u8 *bytes)
{
	if (step->way == VIRTIOVF_NOWHERE)
		return 0;
	return errno_of((step->way == VIRTIOVF_COMMON ?
			 vf->owner->legacy_common_io_read :
			 vf->owner->legacy_device_io_read)
			(vf->core.pdev, step->offset, step->len, bytes));
}

static int write_unit(struct virtiovf_device *vf, bool msix, u32 offset, u8 *bytes, u32 len)
{
	for (u32 at = 0; at < len;) {
		struct virtiovf_step step;
		int ret;

		step = virtiovf_bar0_step(vf->type, msix, true, offset + at, len - at);
		ret = write_step(vf, &step, bytes + at);
		if (ret && !absent(&step, ret))
			return ret;
		at += step.len;
	}
	return 0;
}

/* All of an access that runs over the end of the device's configuration reads as ones */
static int read_unit(struct virtiovf_device *vf, bool msix, u32 offset, u8 *bytes, u32 len)
{
	memset(bytes, 0xff, len);
	for (u32 at = 0; at < len;) {
		struct virtiovf_step step;
		int ret;

		step = virtiovf_bar0_step(vf->type, msix, false, offset + at, len - at);
		ret = read_step(vf, &step, bytes + at);
		if (absent(&step, ret)) {
			memset(bytes, 0xff, len);
			return 0;
		}
		if (ret)
			return ret;
		at += step.len;
	}
	return 0;
}

static int access_units(struct virtiovf_device *vf, struct bar0_access *access)
{
	/* one layout for all of it, that of now: bar0_lock may have been waited for */
	bool msix = vf->core.pdev->msix_enabled;
	u32 unit;

	for (u32 at = 0; at < access->len; at += unit) {
		u32 offset = access->offset + at;
		u8 *bytes = access->bytes + at;
		int ret;

		unit = virtiovf_bar0_unit(offset, access->len - at);
		ret = access->write ? write_unit(vf, msix, offset, bytes, unit) :
				      read_unit(vf, msix, offset, bytes, unit);
		if (ret)
			return ret;
	}
	return 0;
}

/* A notification and nothing else, which an address takes: it waits for nobody */
static bool notify_only(struct virtiovf_device *vf, const struct bar0_access *access)
{
	struct virtiovf_step step;

	if (!access->write || access->len > sizeof(u16) || !vf->notify.address)
		return false;
	/* in either layout it is at the same place */
	step = virtiovf_bar0_step(vf->type, true, true, access->offset, access->len);
	return step.way == VIRTIOVF_NOTIFY;
}

static int access_bar0(struct virtiovf_device *vf, struct bar0_access *access)
{
	int ret;

	if (!virtiovf_io_decoded(vf))
		return -EIO;
	if (notify_only(vf, access))
		return virtiovf_notify(vf, queue_number(access->bytes, access->len));
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	ret = access_units(vf, access);
	mutex_unlock(&vf->bar0_lock);
	return ret;
}

/* Return: bytes of the access that are inside the BAR, or an error */
static int start_access(struct virtiovf_device *vf, struct bar0_access *access, size_t count,
			loff_t pos)
{
	u32 size = virtiovf_type_bar0_size(vf->type);

	pos &= VFIO_PCI_OFFSET_MASK;
	if (pos >= size)
		return -EINVAL;
	access->offset = pos;
	access->len = min_t(size_t, count, size - pos);
	return access->len;
}

/* The function is awake for as long as the access takes */
static int run_access(struct virtiovf_device *vf, struct bar0_access *access)
{
	struct device *dev = &vf->core.pdev->dev;
	int ret;

	if (pm_runtime_resume_and_get(dev))
		return -EIO;
	ret = access_bar0(vf, access);
	pm_runtime_put(dev);
	return ret;
}

/* As the user's own write of @queue to the notify register */
int virtiovf_bar0_notify(struct virtiovf_device *vf, u16 queue)
{
	struct bar0_access access = {
		.write = true,
		.offset = VIRTIOVF_QUEUE_NOTIFY,
		.len = sizeof(queue),
		.bytes = { queue & 0xff, queue >> 8 },
	};

	return run_access(vf, &access);
}

ssize_t virtiovf_bar0_read(struct virtiovf_device *vf, char __user *buf, size_t count,
			   loff_t *ppos)
{
	struct bar0_access access;
	int len, ret;

	access.write = false;
	len = start_access(vf, &access, count, *ppos);
	if (len <= 0)
		return len;
	ret = run_access(vf, &access);
	if (ret)
		return ret;
	if (copy_to_user(buf, access.bytes, len))
		return -EFAULT;
	*ppos += len;
	return len;
}

ssize_t virtiovf_bar0_write(struct virtiovf_device *vf, const char __user *buf, size_t count,
			    loff_t *ppos)
{
	struct bar0_access access;
	int len, ret;

	access.write = true;
	len = start_access(vf, &access, count, *ppos);
	if (len <= 0)
		return len;
	if (copy_from_user(access.bytes, buf, len))
		return -EFAULT;
	ret = run_access(vf, &access);
	if (ret)
		return ret;
	*ppos += len;
	return len;
}
