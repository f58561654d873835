// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is an access to the legacy BAR0 carried out? The path of one access, from
 * read() or write() on the vfio device to the owner's admin commands:
 *
 *	virtiovf_bar0_read(), _write()	runtime PM; copies the data unit by unit
 *	run_unit()			checks that I/O is decoded, takes bar0_lock
 *	read_unit(), write_unit()	one I/O port access
 *	read_step(), write_step()	one admin command, for a single field
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>

#include "bar0_layout.h"
#include "virtiovf.h"

/* One I/O port access. A longer access of the user is split into several. */
struct bar0_unit {
	bool write;
	u32 offset;
	u32 len;
	u8 bytes[VIRTIOVF_UNIT_MAX];
};

/*
 * Which fields the device-specific configuration has depends on the features. A
 * field that the device refuses is absent, which is not an error: guests probe for
 * fields, and QEMU's transitional devices do the same. All common registers exist.
 */
static bool absent(const struct virtiovf_step *step, int ret)
{
	return step->path == VIRTIOVF_DEVICE && (ret == -EINVAL || ret == -ERANGE);
}

/* A single byte is the low byte of the queue index */
static u16 queue_number(const u8 *bytes, u32 len)
{
	return len > 1 ? bytes[0] | bytes[1] << 8 : bytes[0];
}

static int write_common(struct virtiovf_device *vf, const struct virtiovf_step *step, u8 *bytes)
{
	int ret;

	ret = virtiovf_interpose_legacy_write(vf, step->offset, step->len, bytes);
	if (ret)
		return min(ret, 0);
	ret = virtio_errno(vf->admin->legacy_common_io_write(vf->core.pdev, step->offset, step->len,
							     bytes));
	if (ret)
		virtiovf_intx_write_failed(vf);
	else
		virtiovf_intx_written(vf, step->offset, step->len, bytes);
	return ret;
}

static int write_step(struct virtiovf_device *vf, const struct virtiovf_step *step, u8 *bytes)
{
	switch (step->path) {
	case VIRTIOVF_NOWHERE:
		return 0;
	case VIRTIOVF_NOTIFY:
		return virtio_errno(virtiovf_notify(vf, queue_number(bytes, step->len)));
	case VIRTIOVF_COMMON:
		return write_common(vf, step, bytes);
	default:
		return virtio_errno(vf->admin->legacy_device_io_write(vf->core.pdev, step->offset,
								      step->len, bytes));
	}
}

/* Without MSI-X the ISR status is kept here, if the driver's vectors raise it */
static int read_common(struct virtiovf_device *vf, const struct virtiovf_step *step, u8 *bytes)
{
	bool isr = step->offset == VIRTIOVF_ISR_STATUS;
	int ret;

	if (isr && virtiovf_intx_read_isr(vf, bytes))
		return 0;
	ret = virtio_errno(vf->admin->legacy_common_io_read(vf->core.pdev, step->offset, step->len,
							    bytes));
	if (isr && !ret)
		virtiovf_intx_add_isr(vf, bytes);
	if (!ret)
		virtiovf_interpose_legacy_read(vf, step->offset, step->len, bytes);
	return ret;
}

static int read_step(struct virtiovf_device *vf, const struct virtiovf_step *step, u8 *bytes)
{
	switch (step->path) {
	case VIRTIOVF_NOWHERE:
		return 0;
	case VIRTIOVF_COMMON:
		return read_common(vf, step, bytes);
	default:
		return virtio_errno(vf->admin->legacy_device_io_read(vf->core.pdev, step->offset,
								     step->len, bytes));
	}
}

static int write_unit(struct virtiovf_device *vf, bool msix, struct bar0_unit *unit)
{
	for (u32 at = 0; at < unit->len;) {
		struct virtiovf_step step;
		int ret;

		step = virtiovf_bar0_step(vf->type, msix, true, unit->offset + at,
					  unit->len - at);
		ret = write_step(vf, &step, unit->bytes + at);
		if (ret && !absent(&step, ret))
			return ret;
		at += step.len;
	}
	return 0;
}

/* A unit that reaches past the end of the device's configuration reads as all ones */
static int read_unit(struct virtiovf_device *vf, bool msix, struct bar0_unit *unit)
{
	memset(unit->bytes, 0xff, sizeof(unit->bytes));
	for (u32 at = 0; at < unit->len;) {
		struct virtiovf_step step;
		int ret;

		step = virtiovf_bar0_step(vf->type, msix, false, unit->offset + at,
					  unit->len - at);
		ret = read_step(vf, &step, unit->bytes + at);
		if (absent(&step, ret)) {
			memset(unit->bytes, 0xff, sizeof(unit->bytes));
			return 0;
		}
		if (ret)
			return ret;
		at += step.len;
	}
	return 0;
}

/* A notification alone, with an address to write it to: does not need bar0_lock */
static bool notify_only(struct virtiovf_device *vf, const struct bar0_unit *unit)
{
	return unit->write && unit->offset == VIRTIOVF_QUEUE_NOTIFY &&
	       unit->len <= sizeof(u16) && virtiovf_notify_address(vf);
}

static int run_unit(struct virtiovf_device *vf, struct bar0_unit *unit)
{
	bool msix;
	int ret;

	if (!virtiovf_io_decoded(vf))
		return -EIO;
	if (notify_only(vf, unit))
		return virtiovf_notify(vf, queue_number(unit->bytes, unit->len));
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	/* one layout for the whole unit, sampled under the lock: MSI-X may have been toggled */
	msix = virtiovf_intx_guest_msix(vf);
	ret = unit->write ? write_unit(vf, msix, unit) : read_unit(vf, msix, unit);
	mutex_unlock(&vf->bar0_lock);
	return ret;
}

/*
 * Copies of constant size are inlined; a variable size is a call that also checks
 * the stack (CONFIG_HARDENED_USERCOPY).
 */
static int unit_from_user(struct bar0_unit *unit, const char __user *buf)
{
	switch (unit->len) {
	case 1:
		return copy_from_user(unit->bytes, buf, 1) ? -EFAULT : 0;
	case 2:
		return copy_from_user(unit->bytes, buf, 2) ? -EFAULT : 0;
	default:
		return copy_from_user(unit->bytes, buf, 4) ? -EFAULT : 0;
	}
}

static int unit_to_user(char __user *buf, const struct bar0_unit *unit)
{
	switch (unit->len) {
	case 1:
		return copy_to_user(buf, unit->bytes, 1) ? -EFAULT : 0;
	case 2:
		return copy_to_user(buf, unit->bytes, 2) ? -EFAULT : 0;
	default:
		return copy_to_user(buf, unit->bytes, 4) ? -EFAULT : 0;
	}
}

static int write_units(struct virtiovf_device *vf, const char __user *buf, u32 offset, u32 len)
{
	struct bar0_unit unit = { .write = true };
	int ret = 0;

	for (u32 at = 0; at < len && !ret; at += unit.len) {
		unit.offset = offset + at;
		unit.len = virtiovf_bar0_unit(unit.offset, len - at);
		ret = unit_from_user(&unit, buf + at) ?: run_unit(vf, &unit);
	}
	return ret;
}

static int read_units(struct virtiovf_device *vf, char __user *buf, u32 offset, u32 len)
{
	struct bar0_unit unit = { .write = false };
	int ret = 0;

	for (u32 at = 0; at < len && !ret; at += unit.len) {
		unit.offset = offset + at;
		unit.len = virtiovf_bar0_unit(unit.offset, len - at);
		ret = run_unit(vf, &unit) ?: unit_to_user(buf + at, &unit);
	}
	return ret;
}

/* The same as a write of @queue to the notify register by the user */
int virtiovf_bar0_notify(struct virtiovf_device *vf, u16 queue)
{
	struct bar0_unit unit = {
		.write = true,
		.offset = VIRTIOVF_QUEUE_NOTIFY,
		.len = sizeof(queue),
		.bytes = { queue & 0xff, queue >> 8 },
	};
	struct device *dev = &vf->core.pdev->dev;
	int ret;

	if (pm_runtime_resume_and_get(dev))
		return -EIO;
	ret = run_unit(vf, &unit);
	pm_runtime_put(dev);
	return ret;
}

/* Fast path for the most frequent access of a running guest: no admin command */
static int notify_fast(struct virtiovf_device *vf, const char __user *buf)
{
	__le16 queue;

	if (get_user(queue, (const __le16 __user *)buf))
		return -EFAULT;
	return virtiovf_notify_fast(vf, le16_to_cpu(queue));
}

/* Return: how many of the @count bytes at @pos are inside the BAR, or -EINVAL */
static int len_inside(struct virtiovf_device *vf, size_t count, loff_t pos)
{
	u32 size = virtiovf_type_bar0_size(vf->type);

	pos &= VFIO_PCI_OFFSET_MASK;
	return pos < size ? min_t(size_t, count, size - pos) : -EINVAL;
}

ssize_t virtiovf_bar0_read(struct virtiovf_device *vf, char __user *buf, size_t count,
			   loff_t *ppos)
{
	int len = len_inside(vf, count, *ppos), ret;
	struct device *dev = &vf->core.pdev->dev;

	if (len <= 0)
		return len;
	if (pm_runtime_resume_and_get(dev))
		return -EIO;
	ret = read_units(vf, buf, *ppos & VFIO_PCI_OFFSET_MASK, len);
	pm_runtime_put(dev);
	if (ret)
		return ret;
	*ppos += len;
	return len;
}

ssize_t virtiovf_bar0_write(struct virtiovf_device *vf, const char __user *buf, size_t count,
			    loff_t *ppos)
{
	loff_t offset = *ppos & VFIO_PCI_OFFSET_MASK;
	int len = sizeof(__le16), ret = -EAGAIN;
	struct device *dev = &vf->core.pdev->dev;

	/* every BAR0 has this register, so its size need not be checked */
	if (offset == VIRTIOVF_QUEUE_NOTIFY && count == len)
		ret = notify_fast(vf, buf);
	if (ret == -EAGAIN) {
		len = len_inside(vf, count, *ppos);
		if (len <= 0)
			return len;
		if (pm_runtime_resume_and_get(dev))
			return -EIO;
		ret = write_units(vf, buf, offset, len);
		pm_runtime_put(dev);
	}
	if (ret)
		return ret;
	*ppos += len;
	return len;
}
