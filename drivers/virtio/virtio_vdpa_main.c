// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a kernel virtio driver run on a vDPA device?
 *
 * Its rings are ordinary ones, in memory that the DMA API maps for the vDPA device's
 * DMA device, which is therefore the virtio device's parent. A device may provide
 * operations that map in place of the DMA API (vdpa_device::dma). One with its own
 * translation is told to use these addresses unchanged (set_identity).
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "virtio_vdpa.h"

static struct workqueue_struct *virtio_vdpa_wq;

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

/* Without a driver, or after a failed probe, the device may not be reset and use our memory */
static void virtio_vdpa_reset_last(struct vdpa_device *vdpa)
{
	int ret;

	if (!vdpa->config->get_status(vdpa))
		return;
	ret = vdpa_reset(vdpa);
	if (ret)
		dev_err(&vdpa->dev, "device reset failed: %d\n", ret);
}

/*
 * In a work item, as the virtio driver's probe waits for the device without a timeout
 * (virtio_blk for the partition table), and the binding task holds the device lock and
 * perhaps a lock of generic netlink.
 */
static void virtio_vdpa_register(struct work_struct *work)
{
	struct virtio_vdpa *vv = container_of(work, struct virtio_vdpa, work);
	struct vdpa_device *vdpa = vv->vdpa;
	int ret;

	ret = vdpa_reset(vdpa);
	if (!ret)
		ret = virtio_vdpa_map(vv);
	if (ret)
		goto err;
	vv->added = true;
	ret = register_virtio_device(&vv->vdev);
	if (!ret) {
		vv->registered = true;
		return;
	}
	virtio_vdpa_reset_last(vdpa);
	virtio_vdpa_unmap(vdpa);
err:
	dev_err(&vdpa->dev, "no virtio device registered: %d\n", ret);
}

static int virtio_vdpa_probe(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv;

	if (vdpa->map && !vdpa->map->set_identity) {
		dev_info(&vdpa->dev, "cannot map kernel memory: the device is for vhost_vdpa only\n");
		return -ENODEV;
	}
	vv = kzalloc(sizeof(*vv), GFP_KERNEL);
	if (!vv)
		return -ENOMEM;
	vv->vdpa = vdpa;
	vv->vdev.dev.parent = vdpa->dma_dev;
	vv->vdev.dev.release = virtio_vdpa_release;
	vv->vdev.config = &virtio_vdpa_ops;
	vv->vdev.id.device = vdpa->info.device_id;
	vv->vdev.id.vendor = vdpa->info.vendor_id;
	spin_lock_init(&vv->vqs_lock);
	INIT_WORK(&vv->work, virtio_vdpa_register);
	dev_set_drvdata(&vdpa->dev, vv);
	queue_work(virtio_vdpa_wq, &vv->work);
	return 0;
}

/* A disk's driver waits for its requests, which fail if the device breaks meanwhile */
static void virtio_vdpa_stop(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv = dev_get_drvdata(&vdpa->dev);

	cancel_work_sync(&vv->work);
	if (!vv->registered)
		return;
	/* the last reference is dropped by virtio_vdpa_remove() */
	get_device(&vv->vdev.dev);
	unregister_virtio_device(&vv->vdev);
}

static void virtio_vdpa_remove(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv = dev_get_drvdata(&vdpa->dev);

	if (!vv->added) {
		kfree(vv);
		return;
	}
	if (vv->registered) {
		virtio_vdpa_reset_last(vdpa);
		virtio_vdpa_unmap(vdpa);
	}
	put_device(&vv->vdev.dev);
}

/* May be called while the virtio driver is in its probe, or being removed */
static void virtio_vdpa_broken(struct vdpa_device *vdpa)
{
	dev_err(&vdpa->dev, "device stopped responding: marking its queues broken\n");
	virtio_vdpa_abort(dev_get_drvdata(&vdpa->dev));
}

static struct vdpa_driver virtio_vdpa_driver = {
	.driver.name = "virtio_vdpa",
	.probe = virtio_vdpa_probe,
	.stop = virtio_vdpa_stop,
	.remove = virtio_vdpa_remove,
	.broken = virtio_vdpa_broken,
};

static int __init virtio_vdpa_init(void)
{
	int ret;

	/* unbound and parallel: a probe that waits delays no other */
	virtio_vdpa_wq = alloc_workqueue("virtio_vdpa", WQ_UNBOUND, WQ_MAX_ACTIVE);
	if (!virtio_vdpa_wq)
		return -ENOMEM;
	ret = vdpa_register_driver(&virtio_vdpa_driver);
	if (ret)
		destroy_workqueue(virtio_vdpa_wq);
	return ret;
}
module_init(virtio_vdpa_init);

static void __exit virtio_vdpa_exit(void)
{
	vdpa_unregister_driver(&virtio_vdpa_driver);
	destroy_workqueue(virtio_vdpa_wq);
}
module_exit(virtio_vdpa_exit);

MODULE_DESCRIPTION("Kernel virtio drivers on vDPA devices");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
