// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is the state of an open file protected? By vv_device::lock, between vv_enter() and
 * vv_leave(). Unmapped regions are freed only after the lock is released: freeing takes
 * the owner's mmap lock, which a page fault that hangs can hold for ever.
 */
#include <linux/list.h>

#include "vhost_vdpa.h"

int vv_enter(struct vv_device *v)
{
	int ret;

	ret = mutex_lock_killable(&v->lock);
	if (ret)
		return ret;
	if (v->vdpa)
		return 0;
	mutex_unlock(&v->lock);
	return -ENODEV;
}

void vv_leave(struct vv_device *v)
{
	LIST_HEAD(unmapped);

	if (list_empty(&v->unmapped)) {
		mutex_unlock(&v->lock);
		return;
	}
	list_splice_init(&v->unmapped, &unmapped);
	mutex_unlock(&v->lock);
	vv_regions_free(&unmapped);
}
