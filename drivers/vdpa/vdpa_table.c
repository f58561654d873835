// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is an entry that the caller allocated added to a table of mappings?
 *
 * The tables are the kernel's struct vhost_iotlb. vhost_iotlb_add_range() allocates an entry
 * with GFP_ATOMIC and without accounting: a process could have as many entries as it has
 * mapped pieces, from reserves that are not its own. Here the caller allocates; the
 * vhost_iotlb module removes, finds and frees.
 */
#include <linux/export.h>
#include <linux/interval_tree_generic.h>

#include "vdpa_priv.h"

#define VDPA_ENTRY_START(entry)	((entry)->start)
#define VDPA_ENTRY_LAST(entry)	((entry)->last)

INTERVAL_TREE_DEFINE(struct vhost_iotlb_map, rb, u64, __subtree_last, VDPA_ENTRY_START,
		     VDPA_ENTRY_LAST, static inline, vdpa_entries)

/**
 * vdpa_table_add - add an entry to a table of mappings
 * @table: the table; neither its limit nor its flags have an effect
 * @entry: from kmalloc(): the vhost_iotlb module frees it. All members that describe the
 *	mapping are set, and nothing is mapped there.
 *
 * Context: any; the caller serializes access to the table.
 */
void vdpa_table_add(struct vhost_iotlb *table, struct vhost_iotlb_map *entry)
{
	vdpa_entries_insert(entry, &table->root);
	list_add_tail(&entry->link, &table->list);
	table->nmaps++;
}
EXPORT_SYMBOL_GPL(vdpa_table_add);
