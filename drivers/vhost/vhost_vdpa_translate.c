// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are mappings passed to a device with vdpa_map_ops? As whole tables (set_map) or
 * range by range (map, unmap); a parent with map_sync completes many unmaps at once.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

static struct vdpa_map_file *vv_piece_file(struct vv_piece *piece)
{
	return piece->file.file ? &piece->file : NULL;
}

static void vv_reset_map(struct vv_device *v, u32 asid)
{
	v->vdpa->map->reset_map(v->vdpa, asid);
}

static int vv_table_map(struct vv_device *v, u32 asid, u64 iova, u32 perm,
			struct vv_piece *piece)
{
	struct vv_space *space = &v->spaces[asid];
	struct vhost_iotlb_map *entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);

	if (!entry)
		return -ENOMEM;
	entry->start = iova;
	entry->last = iova + piece->len - 1;
	entry->size = piece->len;
	entry->addr = piece->addr;
	entry->perm = perm;
	entry->opaque = vv_piece_file(piece);
	space->changed = true;
	vdpa_table_add(&space->table, entry);
	return 0;
}

static void vv_table_unmap(struct vv_device *v, u32 asid, u64 iova, u64 size)
{
	struct vv_space *space = &v->spaces[asid];

	space->changed = true;
	vhost_iotlb_del_range(&space->table, iova, iova + size - 1);
}

static int vv_table_sync(struct vv_device *v, u32 asid)
{
	return v->vdpa->map->set_map(v->vdpa, asid, &v->spaces[asid].table);
}

static const struct vv_translation vv_by_table = {
	.map = vv_table_map,
	.unmap = vv_table_unmap,
	.sync = vv_table_sync,
	.clear = vv_reset_map,
	.whole = true,
};

static int vv_piece_map(struct vv_device *v, u32 asid, u64 iova, u32 perm,
			struct vv_piece *piece)
{
	return v->vdpa->map->map(v->vdpa, asid, iova, piece->len, piece->addr, perm,
				 vv_piece_file(piece));
}

static void vv_piece_unmap(struct vv_device *v, u32 asid, u64 iova, u64 size)
{
	v->vdpa->map->unmap(v->vdpa, asid, iova, size);
}

static const struct vv_translation vv_by_piece = {
	.map = vv_piece_map,
	.unmap = vv_piece_unmap,
	.clear = vv_reset_map,
};

/* Range by range, with one map_sync for many unmaps */
static void vv_deferred_unmap(struct vv_device *v, u32 asid, u64 iova, u64 size)
{
	v->spaces[asid].changed = true;
	vv_piece_unmap(v, asid, iova, size);
}

static int vv_deferred_sync(struct vv_device *v, u32 asid)
{
	return v->vdpa->map->map_sync(v->vdpa, asid);
}

static const struct vv_translation vv_by_deferred_piece = {
	.map = vv_piece_map,
	.unmap = vv_deferred_unmap,
	.sync = vv_deferred_sync,
	.clear = vv_reset_map,
};

const struct vv_translation *vv_translation_of(struct vdpa_device *vdpa)
{
	if (vdpa->map && vdpa->map->map_sync)
		return &vv_by_deferred_piece;
	if (vdpa->map)
		return vdpa->map->map ? &vv_by_piece : &vv_by_table;
	if (!vdpa->info.use_va && vv_platform_can(vdpa))
		return &vv_by_platform;
	dev_info(&vdpa->dev,
		 "no vhost-vdpa device: no map operations, and no usable IOMMU for its DMA device\n");
	return NULL;
}
