// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a process's memory get into the device's translation, and out again?
 *
 * A region is mapped completely or not at all, and unmapped only as a whole: a
 * request that would cut one in two is refused. Memory that cannot be mapped is an
 * error, and the log says which; nothing is left out in silence.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

static int vv_region_fill(struct vv_device *v, struct vv_region *region, u64 uaddr)
{
	return v->vdpa->info.use_va ? vv_va_find(v, region, uaddr) :
				      vv_pin(v, region, uaddr);
}

static void vv_region_free(struct vv_device *v, struct vv_region *region)
{
	if (v->vdpa->info.use_va)
		vv_va_forget(region);
	else
		vv_unpin(v, region);
	vv_region_release(region);
}

static void vv_retired_free(struct vv_device *v, struct vv_space *space)
{
	struct vv_region *region, *next;

	list_for_each_entry_safe(region, next, &space->retired, retired) {
		list_del(&region->retired);
		vv_region_free(v, region);
		cond_resched();
	}
}

/*
 * The device wants whole tables: it gets this one now, or at its batch's end. Only
 * then it does not access any more what was unmapped. Should it not take the table,
 * it must forget the space, until it takes a later one.
 */
static int vv_table_flush(struct vv_device *v, u32 asid)
{
	struct vv_space *space = &v->spaces[asid];
	int ret;

	if (!space->changed || v->batch == (int)asid)
		return 0;
	ret = v->vdpa->map->set_map(v->vdpa, asid, &space->table);
	if (ret && !list_empty(&space->retired)) {
		dev_err_ratelimited(&v->dev, "the device does not unmap: it loses space %u\n",
				    asid);
		v->vdpa->map->reset_map(v->vdpa, asid);
	}
	space->changed = ret;
	vv_retired_free(v, space);
	return ret;
}

static int vv_piece_map(struct vv_device *v, u32 asid, u64 iova, u32 perm,
			struct vv_piece *piece)
{
	struct vdpa_map_file *file = piece->file.file ? &piece->file : NULL;
	const struct vdpa_map_ops *map = v->vdpa->map;
	struct vv_space *space = &v->spaces[asid];

	if (!map)
		return vv_platform_map(v, iova, piece->len, piece->addr, perm);
	if (map->map)
		return map->map(v->vdpa, asid, iova, piece->len, piece->addr, perm, file);
	space->changed = true;
	return vhost_iotlb_add_range_ctx(&space->table, iova, iova + piece->len - 1, piece->addr,
					 perm, file);
}

/* @size: of the region's first bytes, at whose end a piece ends */
static void vv_range_unmap(struct vv_device *v, u32 asid, u64 iova, u64 size)
{
	const struct vdpa_map_ops *map = v->vdpa->map;
	struct vv_space *space = &v->spaces[asid];

	if (!size)
		return;
	if (!map) {
		vv_platform_unmap(v, iova, size);
		return;
	}
	if (map->map) {
		map->unmap(v->vdpa, asid, iova, size);
		return;
	}
	space->changed = true;
	vhost_iotlb_del_range(&space->table, iova, iova + size - 1);
}

static int vv_region_map(struct vv_device *v, u32 asid, struct vv_region *region)
{
	u64 iova = region->iova;
	int ret = 0;

	for (size_t i = 0; i < region->count && !ret; i++) {
		ret = vv_piece_map(v, asid, iova, region->perm, &region->pieces[i]);
		if (!ret)
			iova += region->pieces[i].len;
		cond_resched();
	}
	if (!ret)
		ret = vv_table_flush(v, asid);
	if (ret) {
		vv_range_unmap(v, asid, region->iova, iova - region->iova);
		vv_table_flush(v, asid);
	}
	return ret;
}

static int vv_region_create(struct vv_device *v, const struct vv_map_request *req,
			    struct vv_region **created)
{
	struct vv_region *region = vv_region_alloc(req->iova, req->iova + req->size - 1,
						   req->perm);
	int ret;

	if (!region)
		return -ENOMEM;
	ret = vv_region_fill(v, region, req->uaddr);
	if (ret)
		vv_region_free(v, region);
	*created = region;
	return ret;
}

static int vv_region_insert(struct vv_device *v, const struct vv_map_request *req)
{
	struct vv_region *region;
	int ret;

	ret = vv_region_create(v, req, &region);
	if (ret)
		return ret;
	ret = vv_region_map(v, req->asid, region);
	if (ret)
		vv_region_free(v, region);
	else
		vv_space_add(&v->spaces[req->asid], region);
	return ret;
}

/* What a request must be, for both ways */
static int vv_map_check(struct vv_device *v, const struct vv_map_request *req)
{
	if (!v->mm)
		return -EPERM;
	if (req->asid >= v->nspaces || (v->batch >= 0 && v->batch != (int)req->asid))
		return -EINVAL;
	if (!req->size || req->iova + (req->size - 1) < req->iova)
		return -EINVAL;
	return 0;
}

int vv_map(struct vv_device *v, const struct vv_map_request *req)
{
	u64 last = req->iova + req->size - 1;
	int ret;

	ret = vv_map_check(v, req);
	if (ret)
		return ret;
	/* a child of the owner has the file, but other memory */
	if (current->mm != v->mm)
		return -EPERM;
	if (!req->perm || (req->perm & ~VHOST_MAP_RW) ||
	    req->iova < v->iova_first || last > v->iova_last)
		return -EINVAL;
	if (v->domain && !vv_platform_takes(v, req->iova, last))
		return -EINVAL;
	ret = vv_space_takes(&v->spaces[req->asid], req->iova, last);
	if (ret == -EEXIST)
		return ret;
	if (!ret)
		ret = vv_region_insert(v, req);
	/* whoever is being killed knows */
	if (ret && ret != -EINTR)
		dev_warn_ratelimited(&v->dev, "cannot map %#llx bytes at %#llx to %#llx: error %d\n",
				     req->size, req->uaddr, req->iova, ret);
	return ret;
}

/* It is let go of as soon as the device does not access it any more */
static void vv_region_remove(struct vv_device *v, u32 asid, struct vv_region *region)
{
	struct vv_space *space = &v->spaces[asid];

	vv_range_unmap(v, asid, region->iova, region->last - region->iova + 1);
	vv_space_del(space, region);
	if (space->changed)
		list_add_tail(&region->retired, &space->retired);
	else
		vv_region_free(v, region);
}

int vv_unmap(struct vv_device *v, const struct vv_map_request *req)
{
	u64 last = req->iova + req->size - 1;
	struct vv_region *first, *region, *next;
	int ret;

	ret = vv_map_check(v, req);
	if (ret)
		return ret;
	first = vv_space_first(&v->spaces[req->asid], req->iova, last);
	for (region = first; region; region = vv_space_next(region, req->iova, last))
		if (region->iova < req->iova || region->last > last)
			return -EINVAL;
	for (region = first; region; region = next) {
		next = vv_space_next(region, req->iova, last);
		vv_region_remove(v, req->asid, region);
		cond_resched();
	}
	return vv_table_flush(v, req->asid);
}

int vv_map_begin(struct vv_device *v, u32 asid)
{
	if (!v->mm)
		return -EPERM;
	if (asid >= v->nspaces || (v->batch >= 0 && v->batch != (int)asid))
		return -EINVAL;
	v->batch = asid;
	return 0;
}

int vv_map_end(struct vv_device *v, u32 asid)
{
	if (!v->mm)
		return -EPERM;
	if (asid >= v->nspaces || (v->batch >= 0 && v->batch != (int)asid))
		return -EINVAL;
	v->batch = -1;
	return vv_table_flush(v, asid);
}

/* The device forgets a whole space, at once where it can */
static void vv_space_clear(struct vv_device *v, u32 asid)
{
	struct vv_space *space = &v->spaces[asid];
	struct vv_region *region;

	if (v->vdpa->map) {
		v->vdpa->map->reset_map(v->vdpa, asid);
		return;
	}
	for (region = vv_space_first(space, 0, U64_MAX); region;
	     region = vv_space_next(region, 0, U64_MAX))
		vv_platform_unmap(v, region->iova, region->last - region->iova + 1);
}

void vv_unmap_all(struct vv_device *v)
{
	v->batch = -1;
	for (u32 asid = 0; asid < v->nspaces; asid++) {
		struct vv_space *space = &v->spaces[asid];
		struct vv_region *region;

		vv_space_clear(v, asid);
		vhost_iotlb_reset(&space->table);
		space->changed = false;
		vv_retired_free(v, space);
		while ((region = vv_space_first(space, 0, U64_MAX))) {
			vv_space_del(space, region);
			vv_region_free(v, region);
			cond_resched();
		}
	}
}
