// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which memory is behind a map request, and when is it released? It is found before the
 * lock is taken and released after the lock is dropped, because both wait for user memory.
 * So a region contains all that its release needs, and belongs to no space until mapped.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/sched.h>

#include "vhost_vdpa.h"

struct vv_region *vv_region_create(bool use_va, const struct vv_map_request *req)
{
	struct vv_region *region = vv_region_alloc(req->iova, req->iova + req->size - 1,
						   req->perm);
	int ret;

	if (!region)
		return ERR_PTR(-ENOMEM);
	ret = use_va ? vv_va_find(region, req->uaddr) : vv_pin(region, req->uaddr);
	if (!ret)
		return region;
	vv_region_free(region);
	return ERR_PTR(ret);
}

void vv_region_free(struct vv_region *region)
{
	if (region->mm)
		vv_unpin(region);
	else
		vv_va_release(region);
	vv_region_release(region);
}

void vv_regions_free(struct list_head *regions)
{
	struct vv_region *region, *next;

	list_for_each_entry_safe(region, next, regions, list) {
		list_del(&region->list);
		vv_region_free(region);
		cond_resched();
	}
}
