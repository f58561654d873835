// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the driver log what a device writes to, if the device does not? From its start
 * to its end the device's used rings are the driver's (interpose.c), and the buffers that
 * are given back in them are marked.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "dirty_plan.h"
#include "virtiovf.h"

/* 32 MiB of bits: 1 TiB in pages of 4 KiB */
static const struct virtio_pci_admin_log_limits driver_limits = {
	.page_sizes = GENMASK(21, 12),
	.window = BIT(20),
	.ranges = 256,
	.pages = BIT(28),
};

static void free_bits(const struct virtiovf_dirty_bits *bits)
{
	kvfree(bits->words);
	kfree(bits->ranges);
}

/* The thread may be in a pass that waits for the guest's memory. Return: 0 or -EINTR */
static int put_bits(struct virtiovf_device *vf, const struct virtiovf_dirty_bits *bits)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	struct virtiovf_dirty_bits old;

	if (mutex_lock_killable(&ip->lock))
		return -EINTR;
	old = ip->bits;
	ip->bits = *bits;
	mutex_unlock(&ip->lock);
	free_bits(&old);
	return 0;
}

/* If the caller is killed, they are freed at the next start or the close */
static void driver_forget(struct virtiovf_device *vf)
{
	const struct virtiovf_dirty_bits none = {};

	put_bits(vf, &none);
}

/* With ranges of their own, for they may outlive the log's */
static int make_bits(const struct virtiovf_dirty *dirty, struct virtiovf_dirty_bits *bits)
{
	*bits = (struct virtiovf_dirty_bits) {
		.ranges = kmemdup(dirty->ranges, dirty->count * sizeof(*dirty->ranges),
				  GFP_KERNEL_ACCOUNT),
		.count = dirty->count,
		.shift = dirty->shift,
	};
	if (!bits->ranges)
		return -ENOMEM;
	bits->words = kvzalloc(virtiovf_dirty_bits_len(bits), GFP_KERNEL_ACCOUNT);
	return bits->words ? 0 : -ENOMEM;
}

static int driver_start(struct virtiovf_device *vf)
{
	struct virtiovf_dirty_bits bits;
	int ret;

	ret = make_bits(&vf->dirty, &bits) ?: put_bits(vf, &bits);
	if (ret) {
		free_bits(&bits);
		return ret;
	}
	ret = virtiovf_migration_lock(vf);
	if (ret)
		return ret;
	ret = virtiovf_interpose_begin(vf);
	virtiovf_migration_unlock(vf);
	return ret;
}

/* While a pass copies, nothing of it is reported, so that it is reported as a whole */
static int driver_read(struct virtiovf_device *vf, u64 iova, u32 pages, u8 *bits)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	int ret = 0;

	if (mutex_lock_killable(&ip->lock))
		return -EINTR;
	/* under the lock: vfio's own, which this waits for, may be the thread's meanwhile */
	if (!virtiovf_interpose_rings_intact(vf))
		ret = -ECANCELED;
	else
		virtiovf_dirty_bits_take(&ip->bits, iova, pages, bits);
	mutex_unlock(&ip->lock);
	return ret;
}

static int driver_stop(struct virtiovf_device *vf)
{
	int ret = virtiovf_migration_lock(vf);

	if (ret)
		return ret;
	ret = virtiovf_interpose_end(vf);
	virtiovf_migration_unlock(vf);
	return ret;
}

static const struct virtiovf_dirty_source driver_source = {
	.name = "driver",
	.start = driver_start,
	.read = driver_read,
	.stop = driver_stop,
	.forget = driver_forget,
};

/* Sets the limits of the log. Return: NULL, and one line in the log says why */
const struct virtiovf_dirty_source *virtiovf_dirty_driver(struct virtiovf_device *vf)
{
	const char *missing = NULL;

	if (!vf->type)
		missing = "the VF has no legacy interface";
	else if (!vf->trap.layout.at[VIRTIOVF_MODERN_COMMON].length)
		missing = "registers of modern drivers are not trapped";
	else if (vf->trap.layout.copies)
		missing = "the VF has several common configurations";
	if (missing) {
		pci_info(vf->core.pdev, "no dirty page tracking by the driver: %s\n", missing);
		return NULL;
	}
	vf->dirty.limits = driver_limits;
	vf->guest_irqs.wanted = true;
	return &driver_source;
}
