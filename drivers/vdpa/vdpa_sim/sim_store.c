// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is the content of a simulated disk stored?
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "sim_store.h"

/* Pages of a table, which is a page itself: 2 MiB of content, mostly used in a row */
#define SIM_TABLE_PAGES	(PAGE_SIZE / sizeof(void *))
#define SIM_TABLE_BYTES	((u64)SIM_TABLE_PAGES << PAGE_SHIFT)

void sim_store_init(struct sim_store *store, struct xarray *shared)
{
	xa_init(&store->own);
	store->tables = shared ?: &store->own;
	store->shared = shared;
	store->table = NULL;
}

void sim_store_free(struct xarray *tables)
{
	unsigned long number;
	void **table;

	xa_for_each(tables, number, table) {
		for (int i = 0; i < SIM_TABLE_PAGES; i++)
			free_page((unsigned long)table[i]);
		free_page((unsigned long)table);
		cond_resched();
	}
	xa_destroy(tables);
}

void sim_store_destroy(struct sim_store *store)
{
	sim_store_free(&store->own);
}

static void *zeroed_page(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL | __GFP_NOWARN);
}

static u32 to_page_end(u64 offset, u64 len)
{
	return min_t(u64, len, PAGE_SIZE - offset_in_page(offset));
}

/* The slot of the page of @offset, or NULL when there is no table */
static void **page_slot(struct sim_store *store, u64 offset)
{
	unsigned long index = offset >> PAGE_SHIFT, number = index / SIM_TABLE_PAGES;

	if (!store->table || store->number != number) {
		store->table = xa_load(store->tables, number);
		store->number = number;
	}
	return store->table ? &store->table[index % SIM_TABLE_PAGES] : NULL;
}

/* The same, allocating the table. Return: NULL when out of memory */
static void **page_slot_make(struct sim_store *store, u64 offset)
{
	void **slot = page_slot(store, offset);
	void *table, *there;

	if (slot)
		return slot;
	table = zeroed_page();
	if (!table)
		return NULL;
	there = xa_cmpxchg(store->tables, store->number, NULL, table, GFP_KERNEL);
	/* out of memory, or another store was first */
	if (there)
		free_page((unsigned long)table);
	return xa_is_err(there) ? NULL : page_slot(store, offset);
}

/* Return: the page, or NULL when out of memory */
static void *page_make(void **slot)
{
	void *page = zeroed_page(), *there;

	if (!page)
		return NULL;
	there = cmpxchg(slot, NULL, page);
	if (there)
		free_page((unsigned long)page);
	return there ?: page;
}

bool sim_store_has(struct sim_store *store, u64 offset, u32 len)
{
	for (u32 step; len; len -= step, offset += step) {
		void **slot = page_slot(store, offset);

		if (!slot || !READ_ONCE(*slot))
			return false;
		step = to_page_end(offset, len);
	}
	return true;
}

const void *sim_store_read_at(struct sim_store *store, u64 offset, u32 *len)
{
	void **slot = page_slot(store, offset);
	const void *page = slot ? READ_ONCE(*slot) : NULL;

	*len = to_page_end(offset, *len);
	return page ? page + offset_in_page(offset) : page_address(ZERO_PAGE(0));
}

void *sim_store_write_at(struct sim_store *store, u64 offset, u32 *len)
{
	void **slot = page_slot_make(store, offset), *page = NULL;

	*len = to_page_end(offset, *len);
	if (slot)
		page = READ_ONCE(*slot) ?: page_make(slot);
	return page ? page + offset_in_page(offset) : NULL;
}

/* Return: the start of the next table after @offset, which is in none; at most @end */
static u64 next_table(struct sim_store *store, u64 offset, u64 end)
{
	unsigned long number = div64_u64(offset, SIM_TABLE_BYTES);

	if (!xa_find(store->tables, &number, ULONG_MAX, XA_PRESENT))
		return end;
	return min(end, number * SIM_TABLE_BYTES);
}

static void page_clear(struct sim_store *store, void **slot, u64 offset, u32 len)
{
	/* another disk may be copying a shared page */
	if (len < PAGE_SIZE || store->shared) {
		memset(*slot + offset_in_page(offset), 0, len);
		return;
	}
	free_page((unsigned long)*slot);
	*slot = NULL;
}

void sim_store_clear(struct sim_store *store, u64 offset, u64 len)
{
	u64 end = offset + len;

	while (offset < end) {
		u32 step = to_page_end(offset, end - offset);
		void **slot = page_slot(store, offset);

		if (!slot) {
			offset = next_table(store, offset, end);
			continue;
		}
		if (READ_ONCE(*slot))
			page_clear(store, slot, offset, step);
		offset += step;
		cond_resched();
	}
}
