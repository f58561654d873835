// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a vDPA device become /dev/vhost-vdpa-N, and how does it cease to be?
 *
 * A removal does not wait for whoever has it open: that file is cut off from the
 * device, and is closed some time later.
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "vhost_vdpa.h"

#define VV_MINORS	1024

static dev_t vv_major;
static DEFINE_IDA(vv_minors);

static void vv_release_device(struct device *dev)
{
	struct vv_device *v = container_of(dev, struct vv_device, dev);

	ida_free(&vv_minors, v->minor);
	mutex_destroy(&v->lock);
	kfree(v->spaces);
	kfree(v->vrings);
	kfree(v);
}

static bool vv_can(struct vdpa_device *vdpa)
{
	const struct vdpa_map_ops *map = vdpa->map;

	if (map)
		return true;
	if (!vdpa->info.use_va && vv_platform_can(vdpa))
		return true;
	dev_info(&vdpa->dev, "no translation: neither of its own nor by the platform's IOMMU\n");
	return false;
}

/* Return: a device without a name yet, whose reference frees all, or NULL */
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
	mutex_init(&v->lock);
	v->vdpa = vdpa;
	v->nvqs = vdpa->info.nvqs;
	v->nspaces = vdpa->info.nas;
	v->batch = -1;
	device_initialize(&v->dev);
	v->dev.release = vv_release_device;
	v->dev.parent = &vdpa->dev;
	v->dev.devt = MKDEV(MAJOR(vv_major), v->minor);
	v->vrings = kcalloc(v->nvqs, sizeof(*v->vrings), GFP_KERNEL);
	v->spaces = kcalloc(v->nspaces, sizeof(*v->spaces), GFP_KERNEL);
	if (!v->vrings || !v->spaces) {
		put_device(&v->dev);
		return NULL;
	}
	for (u32 i = 0; i < v->nspaces; i++) {
		v->spaces[i].regions = RB_ROOT;
		vhost_iotlb_init(&v->spaces[i].table, UINT_MAX, 0);
		INIT_LIST_HEAD(&v->spaces[i].retired);
	}
	return v;
}

static int vv_probe(struct vdpa_device *vdpa)
{
	struct vv_device *v;
	int ret;

	if (!vv_can(vdpa))
		return -ENODEV;
	v = vv_alloc(vdpa);
	if (!v)
		return -ENOMEM;
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

	cdev_device_del(&v->cdev, &v->dev);
	mutex_lock(&v->lock);
	if (v->opened) {
		vv_mmap_revoke(v);
		vv_stop(v);
	}
	v->vdpa = NULL;
	mutex_unlock(&v->lock);
	/* an open file has one more, by the character device */
	put_device(&v->dev);
}

static struct vdpa_driver vv_driver = {
	.driver.name = "vhost_vdpa",
	.probe = vv_probe,
	.remove = vv_remove,
};

static int __init vv_init(void)
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
module_init(vv_init);

static void __exit vv_exit(void)
{
	vdpa_unregister_driver(&vv_driver);
	unregister_chrdev_region(vv_major, VV_MINORS);
	ida_destroy(&vv_minors);
}
module_exit(vv_exit);

MODULE_DESCRIPTION("vDPA devices for processes: /dev/vhost-vdpa-N");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
