// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mappings of an address space: ranges that do not overlap, in a tree by address.
 *
 * A process can make the kernel allocate any number of ranges: they are charged to its
 * memory cgroup, and max_iotlb_entries can limit them.
 */
#include <linux/errno.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "sim_table.h"

static unsigned int max_iotlb_entries;
module_param(max_iotlb_entries, uint, 0644);
MODULE_PARM_DESC(max_iotlb_entries,
		 "maximum number of mappings of a device's address space (default 0: no limit)");

static struct kmem_cache *sim_ranges;

static struct sim_range *sim_range_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct sim_range, node);
}

/* Return: the first range that ends at or after @iova, or NULL */
static struct sim_range *sim_table_from(const struct sim_table *table, u64 iova)
{
	struct rb_node *node = table->root.rb_node;
	struct sim_range *found = NULL;

	while (node) {
		struct sim_range *range = sim_range_of(node);

		if (range->last < iova) {
			node = node->rb_right;
		} else {
			found = range;
			node = node->rb_left;
		}
	}
	return found;
}

const struct sim_range *sim_table_find(struct sim_table *table, u64 iova)
{
	const struct sim_range *range = table->hit;

	if (!range || iova < range->start || range->last < iova) {
		range = sim_table_from(table, iova);
		if (!range || iova < range->start)
			return NULL;
		table->hit = range;
	}
	return range;
}

struct sim_range *sim_range_alloc(u64 start, u64 last, u64 addr, u32 perm)
{
	struct sim_range *range = kmem_cache_alloc(sim_ranges, GFP_KERNEL);

	if (range)
		*range = (struct sim_range) {
			.start = start, .last = last, .addr = addr, .perm = perm,
		};
	return range;
}

void sim_range_free(struct sim_range *range)
{
	kmem_cache_free(sim_ranges, range);
}

int sim_table_add(struct sim_table *table, struct sim_range *range)
{
	struct rb_node **at = &table->root.rb_node, *parent = NULL;
	unsigned int max = READ_ONCE(max_iotlb_entries);

	if (max && table->count >= max)
		return -ENOSPC;
	while (*at) {
		parent = *at;
		at = range->start < sim_range_of(parent)->start ? &parent->rb_left :
								  &parent->rb_right;
	}
	rb_link_node(&range->node, parent, at);
	rb_insert_color(&range->node, &table->root);
	table->count++;
	return 0;
}

void sim_table_remove(struct sim_table *table, u64 start, u64 last)
{
	struct sim_range *range = sim_table_from(table, start), *next;

	table->hit = NULL;
	for (; range && range->start <= last; range = next) {
		next = sim_range_of(rb_next(&range->node));
		rb_erase(&range->node, &table->root);
		sim_range_free(range);
		table->count--;
	}
}

int __init sim_table_start(void)
{
	sim_ranges = KMEM_CACHE(sim_range, SLAB_ACCOUNT);
	return sim_ranges ? 0 : -ENOMEM;
}

void sim_table_end(void)
{
	kmem_cache_destroy(sim_ranges);
}
