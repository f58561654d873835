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

#define VHOST_VDPA_MINORS	1024

static dev_t vhost_vdpa_major;
static DEFINE_IDA(vhost_vdpa_minors);

static void vhost_vdpa_release_device(struct device *dev)
{
	struct vhost_vdpa *v = container_of(dev, struct vhost_vdpa, dev);

	ida_free(&vhost_vdpa_minors, v->minor);
	mutex_destroy(&v->lock);
	kfree(v->spaces);
	kfree(v->vrings);
	kfree(v);
}

static bool vhost_vdpa_can(struct vdpa_device *vdpa)
{
	const struct vdpa_map_ops *map = vdpa->map;

	if (map)
		return true;
	if (!vdpa->info.use_va && vhost_platform_can(vdpa))
		return true;
	dev_info(&vdpa->dev, "no translation: neither of its own nor by the platform's IOMMU\n");
	return false;
}

/* Return: a device without a name yet, whose reference frees all, or NULL */
static struct vhost_vdpa *vhost_vdpa_alloc(struct vdpa_device *vdpa)
{
	struct vhost_vdpa *v = kzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return NULL;
	v->minor = ida_alloc_max(&vhost_vdpa_minors, VHOST_VDPA_MINORS - 1, GFP_KERNEL);
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
	v->dev.release = vhost_vdpa_release_device;
	v->dev.parent = &vdpa->dev;
	v->dev.devt = MKDEV(MAJOR(vhost_vdpa_major), v->minor);
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

static int vhost_vdpa_probe(struct vdpa_device *vdpa)
{
	struct vhost_vdpa *v;
	int ret;

	if (!vhost_vdpa_can(vdpa))
		return -ENODEV;
	v = vhost_vdpa_alloc(vdpa);
	if (!v)
		return -ENOMEM;
	ret = dev_set_name(&v->dev, "vhost-vdpa-%d", v->minor);
	if (ret)
		goto err_put;
	dev_set_drvdata(&vdpa->dev, v);
	cdev_init(&v->cdev, &vhost_vdpa_fops);
	v->cdev.owner = THIS_MODULE;
	ret = cdev_device_add(&v->cdev, &v->dev);
	if (ret)
		goto err_put;
	return 0;

err_put:
	put_device(&v->dev);
	return ret;
}

static void vhost_vdpa_remove(struct vdpa_device *vdpa)
{
	struct vhost_vdpa *v = dev_get_drvdata(&vdpa->dev);

	cdev_device_del(&v->cdev, &v->dev);
	mutex_lock(&v->lock);
	if (v->opened) {
		vhost_vdpa_mmap_revoke(v);
		vhost_vdpa_stop(v);
	}
	v->vdpa = NULL;
	mutex_unlock(&v->lock);
	/* an open file has one more, by the character device */
	put_device(&v->dev);
}

static struct vdpa_driver vhost_vdpa_driver = {
	.driver.name = "vhost_vdpa",
	.probe = vhost_vdpa_probe,
	.remove = vhost_vdpa_remove,
};

static int __init vhost_vdpa_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&vhost_vdpa_major, 0, VHOST_VDPA_MINORS, "vhost-vdpa");
	if (ret)
		return ret;
	ret = vdpa_register_driver(&vhost_vdpa_driver);
	if (ret)
		unregister_chrdev_region(vhost_vdpa_major, VHOST_VDPA_MINORS);
	return ret;
}
module_init(vhost_vdpa_init);

static void __exit vhost_vdpa_exit(void)
{
	vdpa_unregister_driver(&vhost_vdpa_driver);
	unregister_chrdev_region(vhost_vdpa_major, VHOST_VDPA_MINORS);
	ida_destroy(&vhost_vdpa_minors);
}
module_exit(vhost_vdpa_exit);

MODULE_DESCRIPTION("vDPA devices for processes: /dev/vhost-vdpa-N");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
