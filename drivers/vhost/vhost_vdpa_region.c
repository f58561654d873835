// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which regions does an address space have, and which pieces does a region consist of?
 *
 * Most regions have one piece: guest memory backed by huge pages, or mapped by virtual
 * addresses. So a region, its rbtree node and its first piece are one allocation.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

/* Per address space. What a process can make us allocate is in Documentation/vhost-vdpa.rst. */
#define VV_REGIONS_MAX	65536

struct vv_region *vv_region_alloc(u64 iova, u64 last, u32 perm)
{
	struct vv_region *region = kmalloc(sizeof(*region), GFP_KERNEL_ACCOUNT);

	if (!region)
		return NULL;
	/* all other members are set before they are used */
	region->iova = iova;
	region->last = last;
	region->perm = perm;
	region->mm = NULL;
	region->pages = 0;
	region->pieces = &region->first;
	region->count = 0;
	region->room = 1;
	return region;
}

void vv_region_release(struct vv_region *region)
{
	if (region->pieces != &region->first)
		kvfree(region->pieces);
	kfree(region);
}

int vv_region_add(struct vv_region *region, const struct vv_piece *piece)
{
	if (region->count == region->room) {
		size_t room = region->room * 2;
		struct vv_piece *pieces = kvmalloc_array(room, sizeof(*pieces),
							 GFP_KERNEL_ACCOUNT);

		if (!pieces)
			return -ENOMEM;
		memcpy(pieces, region->pieces, region->count * sizeof(*pieces));
		if (region->pieces != &region->first)
			kvfree(region->pieces);
		region->pieces = pieces;
		region->room = room;
	}
	region->pieces[region->count++] = *piece;
	return 0;
}

/* Search key; compares equal to every region that it overlaps */
struct vv_range {
	u64 iova;
	u64 last;
};

static int vv_range_compare(const void *key, const struct rb_node *node)
{
	const struct vv_region *region = rb_entry(node, struct vv_region, node);
	const struct vv_range *range = key;

	if (range->last < region->iova)
		return -1;
	return range->iova > region->last;
}

static bool vv_region_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct vv_region, node)->iova <
	       rb_entry(b, struct vv_region, node)->iova;
}

struct vv_region *vv_space_first(struct vv_space *space, u64 iova, u64 last)
{
	const struct vv_range range = { iova, last };

	return rb_entry_safe(rb_find_first(&range, &space->regions, vv_range_compare),
			     struct vv_region, node);
}

struct vv_region *vv_space_following(struct vv_region *region, u64 iova, u64 last)
{
	const struct vv_range range = { iova, last };

	return rb_entry_safe(rb_next_match(&range, &region->node, vv_range_compare),
			     struct vv_region, node);
}

int vv_space_fits(struct vv_space *space, u64 iova, u64 last)
{
	if (vv_space_first(space, iova, last))
		return -EEXIST;
	return space->count < VV_REGIONS_MAX ? 0 : -ENOSPC;
}

void vv_space_add(struct vv_space *space, struct vv_region *region)
{
	rb_add(&region->node, &space->regions, vv_region_less);
	space->count++;
	space->pieces += region->count;
}

void vv_space_del(struct vv_space *space, struct vv_region *region)
{
	rb_erase(&region->node, &space->regions);
	space->count--;
	space->pieces -= region->count;
}
