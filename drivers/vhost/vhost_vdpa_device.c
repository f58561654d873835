// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is /dev/vhost-vdpa-N created for a vDPA device, and how is it removed?
 *
 * Removal does not wait for an open file to be closed: the file is detached from the
 * device, and its ioctls fail until it is closed.
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

#define VV_MINORS	BIT(MINORBITS)

static dev_t vv_major;
static DEFINE_IDA(vv_minors);

static void vv_release_device(struct device *dev)
{
	struct vv_device *v = container_of(dev, struct vv_device, dev);

	ida_free(&vv_minors, v->minor);
	mutex_destroy(&v->lock);
	kvfree(v->spaces);
	kvfree(v->vrings);
	kfree(v);
}

static void vv_free_leftover(struct work_struct *work)
{
	struct vv_device *v = container_of(work, struct vv_device, leftover_work);

	vv_regions_free(&v->leftover);
	complete(&v->leftover_freed);
}

static void vv_init(struct vv_device *v, struct vdpa_device *vdpa)
{
	mutex_init(&v->lock);
	init_rwsem(&v->doorbell_lock);
	spin_lock_init(&v->signal_lock);
	INIT_LIST_HEAD(&v->unmapped);
	INIT_LIST_HEAD(&v->leftover);
	INIT_WORK(&v->leftover_work, vv_free_leftover);
	init_completion(&v->leftover_freed);
	v->vdpa = vdpa;
	v->has_doorbells = true;
	v->info = vdpa->info;
	v->batch = -1;
	device_initialize(&v->dev);
	v->dev.release = vv_release_device;
	v->dev.parent = &vdpa->dev;
	v->dev.devt = MKDEV(MAJOR(vv_major), v->minor);
}

/* Return: a device without a name yet, freed by put_device(), or NULL */
static struct vv_device *vv_alloc(struct vdpa_device *vdpa)
{
	struct vv_device *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return NULL;
	v->minor = ida_alloc_max(&vv_minors, VV_MINORS - 1, GFP_KERNEL);
	if (v->minor < 0) {
		kfree(v);
		return NULL;
	}
	vv_init(v, vdpa);
	/* the numbers may come from a daemon (VDUSE) */
	v->vrings = kvcalloc(v->info.nvqs, sizeof(*v->vrings), GFP_KERNEL_ACCOUNT);
	v->spaces = kvcalloc(v->info.nas, sizeof(*v->spaces), GFP_KERNEL_ACCOUNT);
	if (!v->vrings || !v->spaces) {
		put_device(&v->dev);
		return NULL;
	}
	for (u32 i = 0; i < v->info.nas; i++) {
		v->spaces[i].regions = RB_ROOT;
		vhost_iotlb_init(&v->spaces[i].table, UINT_MAX, 0);
		INIT_LIST_HEAD(&v->spaces[i].retired);
	}
	return v;
}

static int vv_probe(struct vdpa_device *vdpa)
{
	const struct vv_translation *translation = vv_translation_of(vdpa);
	struct vv_device *v;
	int ret;

	if (!translation)
		return -ENODEV;
	v = vv_alloc(vdpa);
	if (!v)
		return -ENOMEM;
	v->translation = translation;
	ret = dev_set_name(&v->dev, "vhost-vdpa-%d", v->minor);
	if (ret)
		goto err_put;
	dev_set_drvdata(&vdpa->dev, v);
	cdev_init(&v->cdev, &vv_fops);
	v->cdev.owner = THIS_MODULE;
	ret = cdev_device_add(&v->cdev, &v->dev);
	if (ret)
		goto err_put;
	return 0;

err_put:
	put_device(&v->dev);
	return ret;
}

static void vv_remove(struct vdpa_device *vdpa)
{
	struct vv_device *v = dev_get_drvdata(&vdpa->dev);
	bool leftover;

	cdev_device_del(&v->cdev, &v->dev);
	mutex_lock(&v->lock);
	vv_mmap_revoke(v);
	if (v->opened)
		vv_stop(v);
	v->vdpa = NULL;
	list_splice_init(&v->unmapped, &v->leftover);
	leftover = !list_empty(&v->leftover);
	/* under the lock: vv_release() flushes it */
	if (leftover)
		schedule_work(&v->leftover_work);
	mutex_unlock(&v->lock);
	/* usually immediate, but the owner may hold its mmap lock in a page fault that hangs */
	if (leftover && !wait_for_completion_timeout(&v->leftover_freed, HZ))
		dev_warn(&v->dev, "removed, but its owner's memory is not released after 1 s\n");
	/* an open file holds another reference through the character device */
	put_device(&v->dev);
}

/* Eventfds are signalled here; vv_get_status() reports DEVICE_NEEDS_RESET */
static void vv_broken(struct vdpa_device *vdpa)
{
	vv_signal_broken(dev_get_drvdata(&vdpa->dev));
}

static struct vdpa_driver vv_driver = {
	.driver.name = "vhost_vdpa",
	.probe = vv_probe,
	.remove = vv_remove,
	.broken = vv_broken,
};

static int __init vv_module_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&vv_major, 0, VV_MINORS, "vhost-vdpa");
	if (ret)
		return ret;
	ret = vdpa_register_driver(&vv_driver);
	if (ret)
		unregister_chrdev_region(vv_major, VV_MINORS);
	return ret;
}
module_init(vv_module_init);

static void __exit vv_module_exit(void)
{
	vdpa_unregister_driver(&vv_driver);
	unregister_chrdev_region(vv_major, VV_MINORS);
	ida_destroy(&vv_minors);
}
module_exit(vv_module_exit);

MODULE_DESCRIPTION("vDPA devices for user space: /dev/vhost-vdpa-N");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
