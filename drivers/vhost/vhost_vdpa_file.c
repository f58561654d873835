// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens at open and release? One file at a time can be open. The device is
 * reset at open and at release, and nothing is mapped before or after.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/uio.h>

#include "vhost_vdpa.h"

void vv_stop(struct vv_device *v)
{
	int ret;

	lockdep_assert_held(&v->lock);
	vv_bypass_stop_all(v);
	/* in this order: no more kicks, the device stops, its memory is unmapped */
	vv_eventfds_unbind(v);
	ret = vdpa_reset(v->vdpa);
	if (ret)
		dev_err_ratelimited(&v->dev, "device reset failed: %d\n", ret);
	vv_unmap_all(v);
	vv_platform_stop(v);
	if (v->mm) {
		if (v->vdpa->map && v->vdpa->map->unbind_mm)
			v->vdpa->map->unbind_mm(v->vdpa);
		mmdrop(v->mm);
		v->mm = NULL;
	}
	v->backend_features = 0;
	v->suspended = false;
}

static int vv_start(struct vv_device *v, struct file *file)
{
	int ret;

	if (!v->vdpa)
		return -ENODEV;
	if (v->opened)
		return -EBUSY;
	/* nothing of the caller's is at stake yet: it can be killed while the device is busy */
	ret = vdpa_set_status(v->vdpa, 0);
	if (ret)
		return ret;
	v->iova_first = v->info.iova_first;
	v->iova_last = v->info.iova_last;
	ret = v->vdpa->map ? 0 : vv_platform_start(v);
	if (ret)
		return ret;
	vv_doorbells_find(v);
	v->batch = -1;
	v->file = file;
	v->opened = true;
	return 0;
}

static int vv_open(struct inode *inode, struct file *file)
{
	struct vv_device *v = container_of(inode->i_cdev, struct vv_device, cdev);
	int ret;

	ret = mutex_lock_killable(&v->lock);
	if (ret)
		return ret;
	ret = vv_start(v, file);
	mutex_unlock(&v->lock);
	if (ret)
		return ret;
	file->private_data = v;
	return nonseekable_open(inode, file);
}

static int vv_release(struct inode *inode, struct file *file)
{
	struct vv_device *v = file->private_data;

	mutex_lock(&v->lock);
	if (v->vdpa)
		vv_stop(v);
	v->file = NULL;
	v->opened = false;
	vv_leave(v);
	/* queued by removal; only this process can delay it */
	flush_work(&v->leftover_work);
	return 0;
}

static long vv_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return vv_ioctl(file->private_data, cmd, (void __user *)arg);
}

/* The path that emulators take, without the cost of an iov_iter */
static ssize_t vv_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	return vv_message(file->private_data, from, len);
}

static ssize_t vv_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return vv_message_parts(iocb->ki_filp->private_data, from);
}

static int vv_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	return vv_mmap(file->private_data, vma);
}

const struct file_operations vv_fops = {
	.owner = THIS_MODULE,
	.open = vv_open,
	.release = vv_release,
	.write = vv_write,
	.write_iter = vv_write_iter,
	.unlocked_ioctl = vv_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vv_file_mmap,
};
