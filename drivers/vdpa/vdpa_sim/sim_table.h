/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of one address space. The caller lets one thread at a time in, and frees the
 * ranges by sim_table_remove() of all addresses.
 */
#ifndef VDPA_SIM_TABLE_H
#define VDPA_SIM_TABLE_H

#include <linux/init.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct sim_range {
	struct rb_node node;
	u64 start, last;
	u64 addr;		/* behind start */
	u32 perm;		/* VHOST_MAP_* */
};

struct sim_table {
	struct rb_root root;
	unsigned int count;
	const struct sim_range *hit;	/* found last */
};

int sim_table_start(void) __init;
void sim_table_end(void);

/* In process context, before the caller's lock. Return: NULL when there is no memory. */
struct sim_range *sim_range_alloc(u64 start, u64 last, u64 addr, u32 perm);
void sim_range_free(struct sim_range *range);

/* Nothing is there yet. Return: 0; or -ENOSPC, and the range is the caller's. */
int sim_table_add(struct sim_table *table, struct sim_range *range);
/* all ranges that overlap this one */
void sim_table_remove(struct sim_table *table, u64 start, u64 last);
/* Return: what is mapped there, or NULL */
const struct sim_range *sim_table_find(struct sim_table *table, u64 iova);

#endif /* VDPA_SIM_TABLE_H */
