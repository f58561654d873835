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

static int vhost_region_fill(struct vhost_vdpa *v, struct vhost_region *region, u64 uaddr)
{
	return v->vdpa->info.use_va ? vhost_va_find(v, region, uaddr) :
				      vhost_pin(v, region, uaddr);
}

static void vhost_region_free(struct vhost_vdpa *v, struct vhost_region *region)
{
	if (v->vdpa->info.use_va)
		vhost_va_forget(region);
	else
		vhost_unpin(v, region);
	vhost_region_release(region);
}

static void vhost_retired_free(struct vhost_vdpa *v, struct vhost_space *space)
{
	struct vhost_region *region, *next;

	list_for_each_entry_safe(region, next, &space->retired, retired) {
		list_del(&region->retired);
		vhost_region_free(v, region);
		cond_resched();
	}
}

/*
 * The device wants whole tables: it gets this one now, or at its batch's end. Only
 * then it does not access any more what was unmapped. Should it not take the table,
 * it must forget the space, until it takes a later one.
 */
static int vhost_table_flush(struct vhost_vdpa *v, u32 asid)
{
	struct vhost_space *space = &v->spaces[asid];
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
	vhost_retired_free(v, space);
	return ret;
}

static int vhost_piece_map(struct vhost_vdpa *v, u32 asid, u64 iova, u32 perm,
			   struct vhost_piece *piece)
{
	struct vdpa_map_file *file = piece->file.file ? &piece->file : NULL;
	const struct vdpa_map_ops *map = v->vdpa->map;
	struct vhost_space *space = &v->spaces[asid];

	if (!map)
		return vhost_platform_map(v, iova, piece->len, piece->addr, perm);
	if (map->map)
		return map->map(v->vdpa, asid, iova, piece->len, piece->addr, perm, file);
	space->changed = true;
	return vhost_iotlb_add_range_ctx(&space->table, iova, iova + piece->len - 1, piece->addr,
					 perm, file);
}

/* @size: of the region's first bytes, at whose end a piece ends */
static void vhost_range_unmap(struct vhost_vdpa *v, u32 asid, u64 iova, u64 size)
{
	const struct vdpa_map_ops *map = v->vdpa->map;
	struct vhost_space *space = &v->spaces[asid];

	if (!size)
		return;
	if (!map) {
		vhost_platform_unmap(v, iova, size);
		return;
	}
	if (map->map) {
		map->unmap(v->vdpa, asid, iova, size);
		return;
	}
	space->changed = true;
	vhost_iotlb_del_range(&space->table, iova, iova + size - 1);
}

static int vhost_region_map(struct vhost_vdpa *v, u32 asid, struct vhost_region *region)
{
	u64 iova = region->iova;
	int ret = 0;

	for (size_t i = 0; i < region->count && !ret; i++) {
		ret = vhost_piece_map(v, asid, iova, region->perm, &region->pieces[i]);
		if (!ret)
			iova += region->pieces[i].len;
		cond_resched();
	}
	if (!ret)
		ret = vhost_table_flush(v, asid);
	if (ret) {
		vhost_range_unmap(v, asid, region->iova, iova - region->iova);
		vhost_table_flush(v, asid);
	}
	return ret;
}

static int vhost_region_create(struct vhost_vdpa *v, const struct vhost_map_request *req,
			       struct vhost_region **created)
{
	struct vhost_region *region = vhost_region_alloc(req->iova, req->iova + req->size - 1,
							 req->perm);
	int ret;

	if (!region)
		return -ENOMEM;
	ret = vhost_region_fill(v, region, req->uaddr);
	if (ret)
		vhost_region_free(v, region);
	*created = region;
	return ret;
}

static int vhost_region_insert(struct vhost_vdpa *v, const struct vhost_map_request *req)
{
	struct vhost_region *region;
	int ret;

	ret = vhost_region_create(v, req, &region);
	if (ret)
		return ret;
	ret = vhost_region_map(v, req->asid, region);
	if (ret)
		vhost_region_free(v, region);
	else
		vhost_space_add(&v->spaces[req->asid], region);
	return ret;
}

/* What a request must be, for both ways */
static int vhost_map_check(struct vhost_vdpa *v, const struct vhost_map_request *req)
{
	if (!v->mm)
		return -EPERM;
	if (req->asid >= v->nspaces || (v->batch >= 0 && v->batch != (int)req->asid))
		return -EINVAL;
	if (!req->size || req->iova + (req->size - 1) < req->iova)
		return -EINVAL;
	return 0;
}

int vhost_map(struct vhost_vdpa *v, const struct vhost_map_request *req)
{
	u64 last = req->iova + req->size - 1;
	int ret;

	ret = vhost_map_check(v, req);
	if (ret)
		return ret;
	/* a child of the owner has the file, but other memory */
	if (current->mm != v->mm)
		return -EPERM;
	if (!req->perm || (req->perm & ~VHOST_MAP_RW) ||
	    req->iova < v->iova_first || last > v->iova_last)
		return -EINVAL;
	if (v->domain && !vhost_platform_takes(v, req->iova, last))
		return -EINVAL;
	ret = vhost_space_takes(&v->spaces[req->asid], req->iova, last);
	if (ret == -EEXIST)
		return ret;
	if (!ret)
		ret = vhost_region_insert(v, req);
	/* whoever is being killed knows */
	if (ret && ret != -EINTR)
		dev_warn_ratelimited(&v->dev, "cannot map %#llx bytes at %#llx to %#llx: error %d\n",
				     req->size, req->uaddr, req->iova, ret);
	return ret;
}

/* It is let go of as soon as the device does not access it any more */
static void vhost_region_remove(struct vhost_vdpa *v, u32 asid, struct vhost_region *region)
{
	struct vhost_space *space = &v->spaces[asid];

	vhost_range_unmap(v, asid, region->iova, region->last - region->iova + 1);
	vhost_space_del(space, region);
	if (space->changed)
		list_add_tail(&region->retired, &space->retired);
	else
		vhost_region_free(v, region);
}

int vhost_unmap(struct vhost_vdpa *v, const struct vhost_map_request *req)
{
	u64 last = req->iova + req->size - 1;
	struct vhost_region *first, *region, *next;
	int ret;

	ret = vhost_map_check(v, req);
	if (ret)
		return ret;
	first = vhost_space_first(&v->spaces[req->asid], req->iova, last);
	for (region = first; region; region = vhost_space_next(region, req->iova, last))
		if (region->iova < req->iova || region->last > last)
			return -EINVAL;
	for (region = first; region; region = next) {
		next = vhost_space_next(region, req->iova, last);
		vhost_region_remove(v, req->asid, region);
		cond_resched();
	}
	return vhost_table_flush(v, req->asid);
}

int vhost_map_begin(struct vhost_vdpa *v, u32 asid)
{
	if (!v->mm)
		return -EPERM;
	if (asid >= v->nspaces || (v->batch >= 0 && v->batch != (int)asid))
		return -EINVAL;
	v->batch = asid;
	return 0;
}

int vhost_map_end(struct vhost_vdpa *v, u32 asid)
{
	if (!v->mm)
		return -EPERM;
	if (asid >= v->nspaces || (v->batch >= 0 && v->batch != (int)asid))
		return -EINVAL;
	v->batch = -1;
	return vhost_table_flush(v, asid);
}

/* The device forgets a whole space, at once where it can */
static void vhost_space_clear(struct vhost_vdpa *v, u32 asid)
{
	struct vhost_space *space = &v->spaces[asid];
	struct vhost_region *region;

	if (v->vdpa->map) {
		v->vdpa->map->reset_map(v->vdpa, asid);
		return;
	}
	for (region = vhost_space_first(space, 0, U64_MAX); region;
	     region = vhost_space_next(region, 0, U64_MAX))
		vhost_platform_unmap(v, region->iova, region->last - region->iova + 1);
}

void vhost_unmap_all(struct vhost_vdpa *v)
{
	v->batch = -1;
	for (u32 asid = 0; asid < v->nspaces; asid++) {
		struct vhost_space *space = &v->spaces[asid];
		struct vhost_region *region;

		vhost_space_clear(v, asid);
		vhost_iotlb_reset(&space->table);
		space->changed = false;
		vhost_retired_free(v, space);
		while ((region = vhost_space_first(space, 0, U64_MAX))) {
			vhost_space_del(space, region);
			vhost_region_free(v, region);
			cond_resched();
		}
	}
}
