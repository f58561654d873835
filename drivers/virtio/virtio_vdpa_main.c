// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a kernel virtio driver run on a vDPA device?
 *
 * Its rings are ordinary ones, in memory that the DMA API maps for the vDPA
 * device's DMA device: for that the virtio device's parent is the DMA device. A
 * device may bring operations that map in place of the DMA API. One with a
 * translation of its own is asked to take these addresses.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "virtio_vdpa.h"

static void virtio_vdpa_release(struct device *dev)
{
	kfree(to_virtio_vdpa(dev_to_virtio(dev)));
}

static int virtio_vdpa_identity(struct vdpa_device *vdpa, bool identity)
{
	return vdpa->map ? vdpa->map->set_identity(vdpa, identity) : 0;
}

static int virtio_vdpa_map(struct virtio_vdpa *vv)
{
	const struct virtio_map_ops *dma = vv->vdpa->dma;
	int ret = dma ? virtio_map_attach(&vv->vdev, dma) : 0;

	if (ret)
		return ret;
	ret = virtio_vdpa_identity(vv->vdpa, true);
	if (ret && dma)
		virtio_map_detach(vv->vdpa->dma_dev);
	return ret;
}

static void virtio_vdpa_unmap(struct vdpa_device *vdpa)
{
	virtio_vdpa_identity(vdpa, false);
	if (vdpa->dma)
		virtio_map_detach(vdpa->dma_dev);
}

static int virtio_vdpa_probe(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv;
	int ret;

	if (vdpa->map && !vdpa->map->set_identity) {
		dev_info(&vdpa->dev, "only for processes: the kernel's memory cannot be mapped\n");
		return -ENODEV;
	}
	ret = vdpa_reset(vdpa);
	if (ret)
		return ret;
	vv = kzalloc(sizeof(*vv), GFP_KERNEL);
	if (!vv)
		return -ENOMEM;
	vv->vdpa = vdpa;
	vv->vdev.dev.parent = vdpa->dma_dev;
	vv->vdev.dev.release = virtio_vdpa_release;
	vv->vdev.config = &virtio_vdpa_ops;
	vv->vdev.id.device = vdpa->info.device_id;
	vv->vdev.id.vendor = vdpa->info.vendor_id;
	dev_set_drvdata(&vdpa->dev, vv);
	ret = virtio_vdpa_map(vv);
	if (ret) {
		kfree(vv);
		return ret;
	}
	ret = register_virtio_device(&vv->vdev);
	if (ret) {
		virtio_vdpa_unmap(vdpa);
		/* it took a reference, whether it failed early or late */
		put_device(&vv->vdev.dev);
	}
	return ret;
}

static void virtio_vdpa_remove(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv = dev_get_drvdata(&vdpa->dev);

	unregister_virtio_device(&vv->vdev);
	virtio_vdpa_unmap(vdpa);
}

static struct vdpa_driver virtio_vdpa_driver = {
	.driver.name = "virtio_vdpa",
	.probe = virtio_vdpa_probe,
	.remove = virtio_vdpa_remove,
};

static int __init virtio_vdpa_init(void)
{
	return vdpa_register_driver(&virtio_vdpa_driver);
}
module_init(virtio_vdpa_init);

static void __exit virtio_vdpa_exit(void)
{
	vdpa_unregister_driver(&virtio_vdpa_driver);
}
module_exit(virtio_vdpa_exit);

MODULE_DESCRIPTION("Kernel virtio drivers on vDPA devices");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
