// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages has a VF written to since its user last asked? (VFIO_DEVICE_FEATURE_
 * DMA_LOGGING_START, _STOP and _REPORT)
 *
 * The device logs them, if its owner has the commands (dirty_card.c), or the driver does
 * (dirty_driver.c): Documentation/dirty-log.rst.
 *
 * Reading clears, so after a command that failed, pages may be missing; after a function
 * level reset, they are. Every report then fails until the log is stopped and started
 * again, and so does the migration; the guest is not affected.
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/interval_tree.h>
#include <linux/iova_bitmap.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "dirty_plan.h"
#include "virtiovf.h"

COMPAT_IMPORT_IOVA_BITMAP;

enum { DIRTY_LOG_AUTO, DIRTY_LOG_CARD, DIRTY_LOG_DRIVER, DIRTY_LOG_OFF };

static const char *const choices[] = {
	[DIRTY_LOG_AUTO] = "auto",
	[DIRTY_LOG_CARD] = "card",
	[DIRTY_LOG_DRIVER] = "driver",
	[DIRTY_LOG_OFF] = "off",
};

static int dirty_log = DIRTY_LOG_AUTO;

static int choice_set(const char *text, const struct kernel_param *param)
{
	int choice = sysfs_match_string(choices, text);

	if (choice < 0)
		return choice;
	WRITE_ONCE(dirty_log, choice);
	return 0;
}

static int choice_get(char *buffer, const struct kernel_param *param)
{
	return scnprintf(buffer, PAGE_SIZE, "%s\n", choices[READ_ONCE(dirty_log)]);
}

static const struct kernel_param_ops choice_ops = {
	.set = choice_set,
	.get = choice_get,
};
module_param_cb(dirty_log, &choice_ops, NULL, 0644);
MODULE_PARM_DESC(dirty_log,
		 "who logs the writes of VFs that can migrate, from the next bind on: auto or card, the card if it can; driver; off (default: auto)");

/* Pages that are read at a time; a user that is killed waits for one command only */
#define PIECE_MAX	((u32)BIT(20))

static void forget(struct virtiovf_device *vf)
{
	struct virtiovf_dirty *dirty = &vf->dirty;

	if (dirty->source && dirty->source->forget)
		dirty->source->forget(vf);
	dirty->active = false;
	dirty->count = 0;
	kvfree(dirty->ranges);
	dirty->ranges = NULL;
	kvfree(dirty->bits);
	dirty->bits = NULL;
}

/* --- start --- */

static unsigned int copy_ranges(struct rb_root_cached *root, struct virtiovf_dirty_range *ranges,
				unsigned int count)
{
	unsigned int n = 0;

	for (struct rb_node *node = rb_first_cached(root); node && n < count;
	     node = rb_next(node), n++) {
		struct interval_tree_node *it = rb_entry(node, struct interval_tree_node, rb);

		ranges[n].first = it->start;
		ranges[n].last = it->last;
	}
	return n;
}

static int start_locked(struct virtiovf_device *vf, struct rb_root_cached *ranges, u32 nnodes,
			u64 *page_size)
{
	struct virtiovf_dirty *dirty = &vf->dirty;
	int ret;

	dirty->ranges = kvcalloc(nnodes, sizeof(*dirty->ranges), GFP_KERNEL_ACCOUNT);
	if (!dirty->ranges)
		return -ENOMEM;
	ret = virtiovf_dirty_plan(dirty->ranges, copy_ranges(ranges, dirty->ranges, nnodes),
				  *page_size, &dirty->limits, &dirty->shift);
	if (ret < 0)
		return ret;
	dirty->count = ret;
	dirty->piece = round_down(min(dirty->limits.window, PIECE_MAX), BITS_PER_BYTE);
	dirty->bits = kvzalloc(dirty->piece / BITS_PER_BYTE, GFP_KERNEL_ACCOUNT);
	if (!dirty->bits)
		return -ENOMEM;
	/* before it starts: a reset from here on ends the log */
	atomic_set(&dirty->lost, 0);
	ret = dirty->source->start(vf);
	if (ret)
		return ret;
	dirty->active = true;
	*page_size = 1ULL << dirty->shift;
	return 0;
}

static int log_start(struct vfio_device *vdev, struct rb_root_cached *ranges, u32 nnodes,
		     u64 *page_size)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	struct virtiovf_dirty *dirty = &vf->dirty;
	int ret = -EINVAL;

	if (mutex_lock_killable(&dirty->lock))
		return -EINTR;
	if (!dirty->active) {
		ret = start_locked(vf, ranges, nnodes, page_size);
		if (ret)
			forget(vf);
	}
	mutex_unlock(&dirty->lock);
	return ret;
}

/* --- stop --- */

static int log_stop(struct vfio_device *vdev)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	struct virtiovf_dirty *dirty = &vf->dirty;
	int ret = 0;

	if (mutex_lock_killable(&dirty->lock))
		return -EINTR;
	if (dirty->active) {
		/* if it fails, the device goes on until a reset or the next start */
		ret = dirty->source->stop(vf);
		forget(vf);
	}
	mutex_unlock(&dirty->lock);
	return ret;
}

/* --- report --- */

/* A run of pages from @at on, cut to the window from @first to @last */
static void report_run(struct iova_bitmap *bitmap, u64 at, u64 length, u64 first, u64 last)
{
	u64 end = min(at + (length - 1), last);

	at = max(at, first);
	if (at <= end)
		iova_bitmap_set(bitmap, at, end - at + 1);
}

static void report_piece(struct virtiovf_dirty *dirty, struct iova_bitmap *bitmap, u64 page,
			 u32 pages, u64 first, u64 last)
{
	unsigned long from, to;

	for (from = find_next_bit_le(dirty->bits, pages, 0); from < pages;
	     from = find_next_bit_le(dirty->bits, pages, to)) {
		to = find_next_zero_bit_le(dirty->bits, pages, from);
		report_run(bitmap, page + ((u64)from << dirty->shift),
			   (u64)(to - from) << dirty->shift, first, last);
	}
}

/* The part of the window from @first to @last that is in @range */
static int read_range(struct virtiovf_device *vf, const struct virtiovf_dirty_range *range,
		      u64 first, u64 last, struct iova_bitmap *bitmap)
{
	struct virtiovf_dirty *dirty = &vf->dirty;
	u64 page = round_down(first, 1ULL << dirty->shift);
	u64 left = ((last - page) >> dirty->shift) + 1;

	while (left) {
		u32 pages = min_t(u64, left, dirty->piece);
		int ret = dirty->source->read(vf, page, pages, dirty->bits);

		if (ret)
			return ret;
		report_piece(dirty, bitmap, page, pages, first, last);
		page += (u64)pages << dirty->shift;
		left -= pages;
	}
	return 0;
}

/* Nothing is read, and so cleared, unless all of the window is logged */
static bool is_logged(const struct virtiovf_dirty *dirty, u64 first, u64 last)
{
	const struct virtiovf_dirty_range *range;

	for (;;) {
		range = virtiovf_dirty_find(dirty->ranges, dirty->count, first);
		if (!range || range->last >= last)
			return range;
		first = range->last + 1;
	}
}

static int read_window(struct virtiovf_device *vf, u64 first, u64 last,
		       struct iova_bitmap *bitmap)
{
	struct virtiovf_dirty *dirty = &vf->dirty;

	for (;;) {
		const struct virtiovf_dirty_range *range =
			virtiovf_dirty_find(dirty->ranges, dirty->count, first);
		u64 end = min(range->last, last);
		int ret = read_range(vf, range, first, end, bitmap);

		if (ret || end == last)
			return ret;
		first = end + 1;
	}
}

static int report_locked(struct virtiovf_device *vf, u64 first, u64 last,
			 struct iova_bitmap *bitmap)
{
	struct virtiovf_dirty *dirty = &vf->dirty;
	int ret = atomic_read(&dirty->lost);

	if (!dirty->active)
		return -EINVAL;
	if (ret)
		return ret;
	if (last < first || !is_logged(dirty, first, last))
		return -EINVAL;
	ret = read_window(vf, first, last, bitmap);
	if (ret) {
		atomic_cmpxchg(&dirty->lost, 0, -EIO);
		dev_warn_ratelimited(&vf->core.pdev->dev,
				     "dirty pages: cannot read the log: %d; no report until it is started again\n",
				     ret);
	}
	/* a reset in the meantime: what was read is valid but incomplete */
	return ret ?: atomic_read(&dirty->lost);
}

static int log_read_and_clear(struct vfio_device *vdev, unsigned long iova, unsigned long length,
			      struct iova_bitmap *bitmap)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	struct virtiovf_dirty *dirty = &vf->dirty;
	int ret;

	if (mutex_lock_killable(&dirty->lock))
		return -EINTR;
	ret = report_locked(vf, iova, (u64)iova + length - 1, bitmap);
	mutex_unlock(&dirty->lock);
	return ret;
}

static const struct vfio_log_ops log_ops = {
	.log_start = log_start,
	.log_stop = log_stop,
	.log_read_and_clear = log_read_and_clear,
};

/* --- life cycle of the device --- */

static const struct virtiovf_dirty_source *pick_source(struct virtiovf_device *vf)
{
	int by = READ_ONCE(dirty_log);
	const struct virtiovf_dirty_source *source;

	if (!vf->migration.supported || by == DIRTY_LOG_OFF)
		return NULL;
	source = by == DIRTY_LOG_DRIVER ? virtiovf_dirty_driver(vf) : virtiovf_dirty_card(vf);
	if (!source || COMPAT_HAS_IOVA_BITMAP)
		return source;
	pci_info(vf->core.pdev,
		 "no dirty page tracking: this kernel is built without IOMMUFD_DRIVER\n");
	return NULL;
}

/* Before the VF is registered, and after virtiovf_migration_init() and virtiovf_trap_init() */
void virtiovf_dirty_init(struct virtiovf_device *vf)
{
	struct virtiovf_dirty *dirty = &vf->dirty;

	mutex_init(&dirty->lock);
	dirty->source = pick_source(vf);
	if (dirty->source)
		vf->core.vdev.log_ops = &log_ops;
}

/* Context: any; the device has ended the log */
void virtiovf_dirty_reset(struct virtiovf_device *vf)
{
	atomic_set(&vf->dirty.lost, -ECANCELED);
}

/* The last user is gone, and the device was reset: no command is needed to end the log */
void virtiovf_dirty_close(struct virtiovf_device *vf)
{
	mutex_lock(&vf->dirty.lock);
	forget(vf);
	mutex_unlock(&vf->dirty.lock);
}

/* Who logs the VF's writes: "card", "driver", or "none" */
static ssize_t dirty_log_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(dev);
	struct virtiovf_device *vf = container_of(core, struct virtiovf_device, core);

	return sysfs_emit(buf, "%s\n", vf->dirty.source ? vf->dirty.source->name : "none");
}
static DEVICE_ATTR_RO(dirty_log);

static struct attribute *dirty_attrs[] = {
	&dev_attr_dirty_log.attr,
	NULL
};

const struct attribute_group virtiovf_dirty_group = {
	.attrs = dirty_attrs,
};
