/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The translation table of one address space. The caller serializes the calls, and frees
 * all ranges by sim_table_remove() of the whole space.
 */
#ifndef VDPA_SIM_TABLE_H
#define VDPA_SIM_TABLE_H

#include <linux/init.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct sim_range {
	struct rb_node node;
	u64 start, last;
	u64 addr;		/* that start translates to */
	u32 perm;		/* VHOST_MAP_* */
};

struct sim_table {
	struct rb_root root;
	unsigned int count;
	const struct sim_range *hit;	/* cache: the last one found */
};

int sim_table_start(void) __init;
void sim_table_end(void);

/* Context: process, without the caller's lock. Return: NULL when out of memory. */
struct sim_range *sim_range_alloc(u64 start, u64 last, u64 addr, u32 perm);
void sim_range_free(struct sim_range *range);

/* @range: overlaps no other one. Return: 0, or -ENOSPC: the caller frees @range. */
int sim_table_add(struct sim_table *table, struct sim_range *range);
/* Remove and free all ranges that overlap @start to @last */
void sim_table_remove(struct sim_table *table, u64 start, u64 last);
/* Return: the range that contains @iova, or NULL */
const struct sim_range *sim_table_find(struct sim_table *table, u64 iova);

#endif /* VDPA_SIM_TABLE_H */
