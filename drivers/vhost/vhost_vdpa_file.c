// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is an open file, from its opening to its end? One process at a time has the
 * device open; the device starts and ends in reset, with nothing mapped.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/uio.h>

#include "vhost_vdpa.h"

void vhost_vdpa_stop(struct vhost_vdpa *v)
{
	int ret;

	lockdep_assert_held(&v->lock);
	/* nobody starts it again, then it stops, then its memory goes */
	vhost_vrings_part(v);
	ret = vdpa_reset(v->vdpa);
	if (ret)
		dev_err_ratelimited(&v->dev, "the device did not reset: %d\n", ret);
	vhost_unmap_all(v);
	vhost_platform_stop(v);
	if (v->mm) {
		if (v->vdpa->map && v->vdpa->map->unbind_mm)
			v->vdpa->map->unbind_mm(v->vdpa);
		mmdrop(v->mm);
		v->mm = NULL;
	}
	v->backend_features = 0;
}

static int vhost_vdpa_start(struct vhost_vdpa *v, struct file *file)
{
	int ret;

	if (!v->vdpa)
		return -ENODEV;
	if (v->opened)
		return -EBUSY;
	ret = vdpa_reset(v->vdpa);
	if (ret)
		return ret;
	v->iova_first = v->vdpa->info.iova_first;
	v->iova_last = v->vdpa->info.iova_last;
	ret = v->vdpa->map ? 0 : vhost_platform_start(v);
	if (ret)
		return ret;
	v->batch = -1;
	v->file = file;
	v->opened = true;
	return 0;
}

static int vhost_vdpa_open(struct inode *inode, struct file *file)
{
	struct vhost_vdpa *v = container_of(inode->i_cdev, struct vhost_vdpa, cdev);
	int ret;

	ret = mutex_lock_killable(&v->lock);
	if (ret)
		return ret;
	ret = vhost_vdpa_start(v, file);
	mutex_unlock(&v->lock);
	if (ret)
		return ret;
	file->private_data = v;
	return nonseekable_open(inode, file);
}

static int vhost_vdpa_release(struct inode *inode, struct file *file)
{
	struct vhost_vdpa *v = file->private_data;

	mutex_lock(&v->lock);
	if (v->vdpa)
		vhost_vdpa_stop(v);
	v->file = NULL;
	v->opened = false;
	mutex_unlock(&v->lock);
	return 0;
}

/* Return: 0 with the lock, or a negative errno without it */
static int vhost_vdpa_enter(struct vhost_vdpa *v)
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

static long vhost_vdpa_file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vhost_vdpa *v = file->private_data;
	long ret;

	ret = vhost_vdpa_enter(v);
	if (ret)
		return ret;
	ret = vhost_vdpa_ioctl(v, cmd, (void __user *)arg);
	mutex_unlock(&v->lock);
	return ret;
}

/* What emulators do, without the detour over a vector */
static ssize_t vhost_vdpa_write(struct file *file, const char __user *from, size_t len,
				loff_t *pos)
{
	struct vhost_vdpa *v = file->private_data;
	ssize_t ret;

	ret = vhost_vdpa_enter(v);
	if (ret)
		return ret;
	ret = vhost_vdpa_message(v, from, len);
	mutex_unlock(&v->lock);
	return ret;
}

static ssize_t vhost_vdpa_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct vhost_vdpa *v = iocb->ki_filp->private_data;
	ssize_t ret;

	ret = vhost_vdpa_enter(v);
	if (ret)
		return ret;
	ret = vhost_vdpa_message_parts(v, from);
	mutex_unlock(&v->lock);
	return ret;
}

static int vhost_vdpa_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct vhost_vdpa *v = file->private_data;
	int ret;

	/* the process's mmap lock is held here, and taken under ours elsewhere */
	if (!mutex_trylock(&v->lock))
		return -EAGAIN;
	ret = v->vdpa ? vhost_vdpa_mmap_page(v, vma) : -ENODEV;
	mutex_unlock(&v->lock);
	return ret;
}

const struct file_operations vhost_vdpa_fops = {
	.owner = THIS_MODULE,
	.open = vhost_vdpa_open,
	.release = vhost_vdpa_release,
	.write = vhost_vdpa_write,
	.write_iter = vhost_vdpa_write_iter,
	.unlocked_ioctl = vhost_vdpa_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vhost_vdpa_mmap,
};
