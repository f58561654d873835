// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is an entry added to the table that a device with set_map gets?
 *
 * The table is the kernel's struct vhost_iotlb, and vhost_iotlb_add_range() would do, but
 * it allocates with GFP_ATOMIC and without accounting: a process could have as many entries
 * as it has pieces, from reserves that are not its own. Entries are inserted here instead,
 * and removed, found and freed by the vhost_iotlb module.
 */
#include <linux/interval_tree_generic.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

#define VV_ENTRY_START(entry)	((entry)->start)
#define VV_ENTRY_LAST(entry)	((entry)->last)

INTERVAL_TREE_DEFINE(struct vhost_iotlb_map, rb, u64, __subtree_last, VV_ENTRY_START,
		     VV_ENTRY_LAST, static inline, vv_entries)

int vv_table_add(struct vhost_iotlb *table, u64 iova, u32 perm, struct vv_piece *piece)
{
	/* freed with kfree() by vhost_iotlb */
	struct vhost_iotlb_map *entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);

	if (!entry)
		return -ENOMEM;
	entry->start = iova;
	entry->last = iova + piece->len - 1;
	entry->size = piece->len;
	entry->addr = piece->addr;
	entry->perm = perm;
	entry->opaque = piece->file.file ? &piece->file : NULL;
	vv_entries_insert(entry, &table->root);
	list_add_tail(&entry->link, &table->list);
	table->nmaps++;
	return 0;
}
