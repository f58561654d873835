// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is a simulated disk's content?
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "sim_store.h"

void sim_store_init(struct sim_store *store)
{
	xa_init(&store->pages);
}

void sim_store_destroy(struct sim_store *store)
{
	unsigned long index;
	void *page;

	xa_for_each(&store->pages, index, page) {
		free_page((unsigned long)page);
		cond_resched();
	}
	xa_destroy(&store->pages);
}

static u32 to_page_end(u64 offset, u64 len)
{
	return min_t(u64, len, PAGE_SIZE - offset_in_page(offset));
}

const void *sim_store_read_at(struct sim_store *store, u64 offset, u32 *len)
{
	const void *page = xa_load(&store->pages, offset >> PAGE_SHIFT);

	*len = to_page_end(offset, *len);
	return page ? page + offset_in_page(offset) : page_address(ZERO_PAGE(0));
}

void *sim_store_write_at(struct sim_store *store, u64 offset, u32 *len)
{
	unsigned long index = offset >> PAGE_SHIFT;
	void *page = xa_load(&store->pages, index);

	*len = to_page_end(offset, *len);
	if (!page) {
		page = (void *)get_zeroed_page(GFP_KERNEL | __GFP_NOWARN);
		if (!page)
			return NULL;
		if (xa_is_err(xa_store(&store->pages, index, page, GFP_KERNEL))) {
			free_page((unsigned long)page);
			return NULL;
		}
	}
	return page + offset_in_page(offset);
}

void sim_store_clear(struct sim_store *store, u64 offset, u64 len)
{
	u64 end = offset + len;

	/* page by page only where pages are */
	while (offset < end) {
		unsigned long index = offset >> PAGE_SHIFT;
		u32 step = to_page_end(offset, end - offset);
		void *page;

		if (step == PAGE_SIZE) {
			page = xa_find(&store->pages, &index, (end >> PAGE_SHIFT) - 1, XA_PRESENT);
			if (!page) {
				offset = round_down(end, PAGE_SIZE);
				continue;
			}
			xa_erase(&store->pages, index);
			free_page((unsigned long)page);
			offset = ((u64)index + 1) << PAGE_SHIFT;
			cond_resched();
			continue;
		}
		page = xa_load(&store->pages, index);
		if (page)
			memset(page + offset_in_page(offset), 0, step);
		offset += step;
	}
}
