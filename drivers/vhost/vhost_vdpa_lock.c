// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may touch what a file has set up? Whoever has the lock, between vv_enter() and
 * vv_leave(). Unmapped memory is freed when the lock is released, not before: that takes
 * the owner's mmap lock, which a page that does not come can hold for ever.
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

	list_splice_init(&v->unmapped, &unmapped);
	mutex_unlock(&v->lock);
	vv_regions_free(&unmapped);
}
