// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped at an I/O address?
 *
 * A daemon fetches mappings when it needs them (VDUSE_IOTLB_GET_FD), so only unmapping is
 * reported to it: as one range from the lowest to the highest address. Daemons drop their
 * mappings in the range and fetch them again.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vduse.h"

void vduse_space_init(struct vduse_space *space)
{
	spin_lock_init(&space->lock);
	vhost_iotlb_init(&space->table, UINT_MAX, 0);
}

void vduse_space_destroy(struct vduse_space *space)
{
	vhost_iotlb_reset(&space->table);
}

int vduse_space_add(struct vduse_space *space, u64 first, u64 last, u64 addr, u32 perm,
		    struct vdpa_map_file *file)
{
	struct vhost_iotlb_map *entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);

	if (!entry)
		return -ENOMEM;
	entry->start = first;
	entry->last = last;
	entry->size = last - first + 1;
	entry->addr = addr;
	entry->perm = perm;
	entry->opaque = file;
	spin_lock_irq(&space->lock);
	vdpa_table_add(&space->table, entry);
	spin_unlock_irq(&space->lock);
	return 0;
}

static void vduse_space_note(struct vduse_space *space, u64 first, u64 last)
{
	if (!space->changed) {
		space->changed = true;
		space->changed_first = first;
		space->changed_last = last;
		return;
	}
	space->changed_first = min(space->changed_first, first);
	space->changed_last = max(space->changed_last, last);
}

/* Entries are deleted as a whole, as they were added */
void vduse_space_del(struct vduse_space *space, u64 first, u64 last)
{
	struct vhost_iotlb_map *map;
	unsigned long flags;

	spin_lock_irqsave(&space->lock, flags);
	while ((map = vhost_iotlb_itree_first(&space->table, first, last))) {
		/* memory of the domain stays valid, so that is not reported */
		if (map->opaque)
			vduse_space_note(space, map->start, map->last);
		vhost_iotlb_map_free(&space->table, map);
	}
	spin_unlock_irqrestore(&space->lock, flags);
}

bool vduse_space_changed(struct vduse_space *space, u64 *first, u64 *last)
{
	bool changed;

	spin_lock_irq(&space->lock);
	changed = space->changed;
	*first = space->changed_first;
	*last = space->changed_last;
	space->changed = false;
	spin_unlock_irq(&space->lock);
	return changed;
}

static void vduse_space_show(const struct vhost_iotlb_map *map, struct vduse_found *found)
{
	const struct vdpa_map_file *file = map->opaque;

	*found = (struct vduse_found) {
		.first = map->start,
		.last = map->last,
		.offset = file ? file->offset : map->start,
		.perm = map->perm,
		.file = file ? get_file(file->file) : NULL,
	};
}

int vduse_space_find(struct vduse_space *space, u64 first, u64 last, struct vduse_found *found)
{
	const struct vhost_iotlb_map *map;
	int ret = -EINVAL;

	if (first > last)
		return -EINVAL;
	spin_lock_irq(&space->lock);
	map = vhost_iotlb_itree_first(&space->table, first, last);
	if (map) {
		vduse_space_show(map, found);
		ret = 0;
	}
	spin_unlock_irq(&space->lock);
	return ret;
}

bool vduse_space_has(struct vduse_space *space, u64 first, u64 last)
{
	bool has;

	spin_lock_irq(&space->lock);
	has = vhost_iotlb_itree_first(&space->table, first, last);
	spin_unlock_irq(&space->lock);
	return has;
}

/* The owner deletes the entry before it frees the memory; the reference outlives that */
struct page *vduse_space_get_page(struct vduse_space *space, u64 iova)
{
	const struct vhost_iotlb_map *map;
	struct page *page = NULL;

	spin_lock_irq(&space->lock);
	map = vhost_iotlb_itree_first(&space->table, iova, iova);
	if (map && !map->opaque && map->addr) {
		page = pfn_to_page(PHYS_PFN(map->addr + (iova - map->start)));
		get_page(page);
	}
	spin_unlock_irq(&space->lock);
	return page;
}
