// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a process's memory mapped for the device, and unmapped?
 *
 * A region is mapped completely or not at all, and unmapped only as a whole: a request
 * that would split a region is refused. Memory that cannot be mapped is an error with a
 * line in the log; it is never skipped silently.
 */
#include <linux/err.h>
#include <linux/nospec.h>
#include <linux/sched.h>

#include "vhost_vdpa.h"

/*
 * The device may access unmapped memory until the sync: now, or at the end of the batch. If
 * the sync fails while memory waits to be released, the whole space is cleared. Otherwise
 * nothing is lost: after a failed set_map() the previous table stays in effect.
 */
static int vv_space_flush(struct vv_device *v, u32 asid)
{
	struct vv_space *space = &v->spaces[asid];
	int ret;

	if (!space->changed || v->batch == (int)asid)
		return 0;
	ret = v->translation->sync(v, asid);
	if (ret && !list_empty(&space->retired)) {
		dev_err_ratelimited(&v->dev, "unmap failed (%d): address space %u is cleared\n",
				    ret, asid);
		v->translation->clear(v, asid);
	}
	/* a whole table that failed is sent again with the next change */
	space->changed = ret && v->translation->whole;
	list_splice_tail_init(&space->retired, &v->unmapped);
	return ret;
}

/* Free an unmapped region as soon as the device cannot access it any more */
static void vv_region_retire(struct vv_device *v, u32 asid, struct vv_region *region)
{
	struct vv_space *space = &v->spaces[asid];

	list_add_tail(&region->list, space->changed ? &space->retired : &v->unmapped);
}

/* Undo a partial mapping of the region's first @size bytes, a number of whole pieces */
static void vv_region_undo(struct vv_device *v, u32 asid, struct vv_region *region, u64 size)
{
	if (size)
		v->translation->unmap(v, asid, region->iova, size);
	if (v->translation->whole)
		list_add_tail(&region->list, &v->unmapped);
	else
		vv_region_retire(v, asid, region);
	vv_space_flush(v, asid);
}

/* Consumes the region, also on failure */
static int vv_region_insert(struct vv_device *v, u32 asid, struct vv_region *region)
{
	u64 iova = region->iova;
	int ret = 0;

	for (size_t i = 0; i < region->count && !ret; i++) {
		ret = v->translation->map(v, asid, iova, region->perm, &region->pieces[i]);
		if (!ret)
			iova += region->pieces[i].len;
		cond_resched();
	}
	if (!ret)
		ret = vv_space_flush(v, asid);
	if (ret)
		vv_region_undo(v, asid, region, iova - region->iova);
	else
		vv_space_add(&v->spaces[asid], region);
	return ret;
}

/* Return: the index of the request's address space, or a negative errno */
static int vv_request_space(struct vv_device *v, const struct vv_map_request *req)
{
	bool named = v->backend_features & BIT_ULL(VHOST_BACKEND_F_IOTLB_ASID);
	/* without the feature the field has no meaning */
	u32 asid = named ? req->asid : 0;

	if (!v->mm)
		return -EPERM;
	if (asid >= v->info.nas || (v->batch >= 0 && v->batch != (int)asid))
		return -EINVAL;
	return array_index_nospec(asid, v->info.nas);
}

static bool vv_request_is_range(const struct vv_map_request *req)
{
	return req->size && req->iova + (req->size - 1) >= req->iova;
}

/* Return: the index of the address space to map in, or a negative errno */
static int vv_map_check(struct vv_device *v, const struct vv_map_request *req)
{
	u64 last = req->iova + req->size - 1;
	int asid = vv_request_space(v, req);
	int ret;

	if (asid < 0)
		return asid;
	/* a child of the owner inherits the file, but has other memory */
	if (current->mm != v->mm)
		return -EPERM;
	if (req->iova < v->iova_first || last > v->iova_last)
		return -EINVAL;
	if (v->platform.domain && !vv_platform_fits(v, req->iova, last))
		return -EINVAL;
	ret = vv_space_fits(&v->spaces[asid], req->iova, last);
	return ret ?: asid;
}

/* The only check for virtual addresses; the second for pinned memory: the lock was released */
static int vv_map_region(struct vv_device *v, const struct vv_map_request *req,
			 struct vv_region *region)
{
	int asid, ret;

	ret = vv_enter(v);
	if (ret) {
		vv_region_free(region);
		return ret;
	}
	asid = vv_map_check(v, req);
	if (asid >= 0 && v->info.use_va && !vv_va_room(v->spaces[asid].pieces, region->count))
		asid = -ENOSPC;
	if (asid < 0) {
		ret = asid;
		list_add_tail(&region->list, &v->unmapped);
	} else {
		ret = vv_region_insert(v, asid, region);
	}
	vv_leave(v);
	return ret;
}

/* Would the request be refused whatever its memory is? */
static int vv_map_refused(struct vv_device *v, const struct vv_map_request *req)
{
	int ret;

	ret = vv_enter(v);
	if (ret)
		return ret;
	ret = vv_map_check(v, req);
	vv_leave(v);
	return min(ret, 0);
}

static int vv_map_pinned(struct vv_device *v, const struct vv_map_request *req)
{
	struct vv_region *region;
	int ret;

	/* pinning is expensive: not for a request that is refused */
	ret = vv_map_refused(v, req);
	if (ret)
		return ret;
	region = vv_region_create(false, req);
	return IS_ERR(region) ? PTR_ERR(region) : vv_map_region(v, req, region);
}

static int vv_map_va(struct vv_device *v, const struct vv_map_request *req)
{
	struct vv_region *region = vv_region_create(true, req);

	if (!IS_ERR(region))
		return vv_map_region(v, req, region);
	/* a request that is refused anyway gets the same error whatever its memory is */
	return vv_map_refused(v, req) ?: PTR_ERR(region);
}

int vv_map(struct vv_device *v, const struct vv_map_request *req)
{
	int ret;

	if (!vv_request_is_range(req) || !req->perm || (req->perm & ~VHOST_MAP_RW))
		return -EINVAL;
	/* a kernel thread has no memory to map */
	if (!current->mm)
		return -EPERM;
	ret = v->info.use_va ? vv_map_va(v, req) : vv_map_pinned(v, req);
	/* not for one that may not map at all, nor for a process that is being killed */
	if (ret && ret != -EPERM && ret != -ENODEV && ret != -EINTR)
		dev_warn_ratelimited(&v->dev,
				     "cannot map iova %#llx, %#llx bytes, to address %#llx: %d\n",
				     req->iova, req->size, req->uaddr, ret);
	return ret;
}

static void vv_region_remove(struct vv_device *v, u32 asid, struct vv_region *region)
{
	v->translation->unmap(v, asid, region->iova, region->last - region->iova + 1);
	vv_space_del(&v->spaces[asid], region);
	vv_region_retire(v, asid, region);
}

static int vv_unmap_range(struct vv_device *v, u32 asid, u64 iova, u64 last)
{
	struct vv_region *first = vv_space_first(&v->spaces[asid], iova, last);
	struct vv_region *region, *next;

	for (region = first; region; region = vv_space_next(region, iova, last)) {
		if (region->iova >= iova && region->last <= last)
			continue;
		dev_warn_ratelimited(&v->dev,
				     "cannot unmap iova [%#llx, %#llx]: would split mapping [%#llx, %#llx]\n",
				     iova, last, region->iova, region->last);
		return -EINVAL;
	}
	for (region = first; region; region = next) {
		next = vv_space_next(region, iova, last);
		vv_region_remove(v, asid, region);
		cond_resched();
	}
	return vv_space_flush(v, asid);
}

int vv_unmap(struct vv_device *v, const struct vv_map_request *req)
{
	int ret;

	if (!vv_request_is_range(req))
		return -EINVAL;
	ret = vv_enter(v);
	if (ret)
		return ret;
	ret = vv_request_space(v, req);
	if (ret >= 0)
		ret = vv_unmap_range(v, ret, req->iova, req->iova + req->size - 1);
	vv_leave(v);
	return ret;
}

int vv_map_begin(struct vv_device *v, const struct vv_map_request *req)
{
	int asid, ret;

	ret = vv_enter(v);
	if (ret)
		return ret;
	asid = vv_request_space(v, req);
	if (asid >= 0)
		v->batch = asid;
	vv_leave(v);
	return min(asid, 0);
}

int vv_map_end(struct vv_device *v, const struct vv_map_request *req)
{
	int ret;

	ret = vv_enter(v);
	if (ret)
		return ret;
	ret = vv_request_space(v, req);
	if (ret >= 0) {
		v->batch = -1;
		ret = vv_space_flush(v, ret);
	}
	vv_leave(v);
	return ret;
}

void vv_unmap_all(struct vv_device *v)
{
	lockdep_assert_held(&v->lock);
	v->batch = -1;
	for (u32 asid = 0; asid < v->info.nas; asid++) {
		struct vv_space *space = &v->spaces[asid];
		struct vv_region *region;

		v->translation->clear(v, asid);
		vhost_iotlb_reset(&space->table);
		space->changed = false;
		list_splice_tail_init(&space->retired, &v->unmapped);
		while ((region = vv_space_first(space, 0, U64_MAX))) {
			vv_space_del(space, region);
			list_add_tail(&region->list, &v->unmapped);
			cond_resched();
		}
	}
}
