// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which physical memory is behind a process's addresses, and how is it accounted? Pages
 * are pinned and count against the owner's RLIMIT_MEMLOCK, unless it has CAP_IPC_LOCK.
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

/* one page of pointers */
#define VV_PIN_BATCH	(PAGE_SIZE / sizeof(struct page *))

/* State of the walk over the region's pages */
struct vv_pin_walk {
	struct vv_region *region;
	unsigned long addr;	/* user address of the next page */
	unsigned long left;	/* pages left */
	u32 skip;		/* offset of the region in its first page */
	u64 bytes;		/* left without a piece */
};

static bool vv_extends_last(const struct vv_region *region, u64 pa)
{
	const struct vv_piece *last;

	if (!region->count)
		return false;
	last = &region->pieces[region->count - 1];
	return last->addr + last->len == pa;
}

/* Return: how many of these pages are physically contiguous */
static long vv_contiguous(struct page **pages, long count)
{
	unsigned long pfn = page_to_pfn(pages[0]);
	long run = 1;

	while (run < count && page_to_pfn(pages[run]) == pfn + run)
		run++;
	return run;
}

static int vv_pin_add(struct vv_pin_walk *walk, struct page *page, long run)
{
	u64 pa = page_to_phys(page) + walk->skip;
	u64 len = min_t(u64, run * PAGE_SIZE - walk->skip, walk->bytes);
	struct vv_region *region = walk->region;
	int ret = 0;

	if (vv_extends_last(region, pa))
		region->pieces[region->count - 1].len += len;
	else
		ret = vv_region_add(region, &(struct vv_piece) { .addr = pa, .len = len });
	if (ret)
		return ret;
	walk->skip = 0;
	walk->bytes -= len;
	return 0;
}

/* Return: 0, or a negative errno; pages that did not get a piece are unpinned then */
static int vv_pin_batch(struct vv_pin_walk *walk, struct page **pages)
{
	unsigned int flags = FOLL_LONGTERM;
	long pinned, run, i;
	int ret;

	if (walk->region->perm & VHOST_MAP_WO)
		flags |= FOLL_WRITE;
	if (fatal_signal_pending(current))
		return -EINTR;
	pinned = pin_user_pages_fast(walk->addr, min(walk->left, VV_PIN_BATCH), flags, pages);
	if (pinned <= 0)
		return pinned ?: -EFAULT;
	for (i = 0; i < pinned; i += run) {
		run = vv_contiguous(pages + i, pinned - i);
		ret = vv_pin_add(walk, pages[i], run);
		if (ret) {
			unpin_user_pages(pages + i, pinned - i);
			return ret;
		}
	}
	walk->addr += pinned * PAGE_SIZE;
	walk->left -= pinned;
	cond_resched();
	return 0;
}

/* Account @pages to the caller's mm. Return: 0 or a negative errno; the wait is killable */
static int vv_pin_account(struct vv_region *region, unsigned long pages)
{
	struct mm_struct *mm = current->mm;
	int ret;

	ret = mmap_write_lock_killable(mm);
	if (ret)
		return ret;
	ret = __account_locked_vm(mm, pages, true, current, capable(CAP_IPC_LOCK));
	mmap_write_unlock(mm);
	if (ret)
		return ret;
	mmgrab(mm);
	region->mm = mm;
	region->pages = pages;
	return 0;
}

int vv_pin(struct vv_region *region, u64 uaddr)
{
	struct vv_pin_walk walk = {
		.region = region,
		.addr = uaddr & PAGE_MASK,
		.skip = offset_in_page(uaddr),
		.bytes = region->last - region->iova + 1,
	};
	struct page **pages;
	int ret;

	/* pages are mapped to pages: both need the same offset in their page */
	if (offset_in_page(uaddr) != offset_in_page(region->iova))
		return -EINVAL;
	if (!access_ok((void __user *)(unsigned long)uaddr, walk.bytes))
		return -EFAULT;
	walk.left = PFN_UP(walk.skip + walk.bytes);
	ret = vv_pin_account(region, walk.left);
	if (ret)
		return ret;
	pages = (struct page **)__get_free_page(GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	while (walk.left && !ret)
		ret = vv_pin_batch(&walk, pages);
	free_page((unsigned long)pages);
	return ret;
}

/* Also undoes a partly pinned region */
void vv_unpin(struct vv_region *region)
{
	for (size_t i = 0; i < region->count; i++) {
		const struct vv_piece *piece = &region->pieces[i];

		unpin_user_page_range_dirty_lock(pfn_to_page(PHYS_PFN(piece->addr)),
						 PFN_UP(offset_in_page(piece->addr) + piece->len),
						 region->perm & VHOST_MAP_WO);
		cond_resched();
	}
	account_locked_vm(region->mm, region->pages, false);
	mmdrop(region->mm);
}
