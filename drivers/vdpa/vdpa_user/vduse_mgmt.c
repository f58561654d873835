// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a device added to the vDPA bus and removed? `vdpa dev add name NAME mgmtdev vduse`
 *
 * NAME is that of a device that a daemon has created; its parameters are known from that.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/slab.h>
#include <uapi/linux/vhost_types.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_net.h>

#include "vduse.h"

/* With these, virtio_net waits for the control queue under RTNL; the others depend on CTRL_VQ */
#define VDUSE_NET_DENIED	(BIT_ULL(VIRTIO_NET_F_CTRL_VQ) |		\
				 BIT_ULL(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) |	\
				 BIT_ULL(VIRTIO_NET_F_CTRL_RX) |		\
				 BIT_ULL(VIRTIO_NET_F_CTRL_VLAN) |		\
				 BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE) |		\
				 BIT_ULL(VIRTIO_NET_F_MQ) |			\
				 BIT_ULL(VIRTIO_NET_F_CTRL_MAC_ADDR) |		\
				 BIT_ULL(VDUSE_NET_F_VQ_NOTF_COAL) |		\
				 BIT_ULL(VIRTIO_NET_F_NOTF_COAL) |		\
				 BIT_ULL(VIRTIO_NET_F_HASH_REPORT) |		\
				 BIT_ULL(VIRTIO_NET_F_RSS))
/* VIRTIO_NET_F_VQ_NOTF_COAL, which the older headers lack */
#define VDUSE_NET_F_VQ_NOTF_COAL	52

static u16 vduse_max_size(const struct vduse_dev *dev)
{
	u16 size = 0;

	for (u32 i = 0; i < dev->nvqs; i++)
		size = max(size, dev->queues[i].max_size);
	return size;
}

static void vduse_fill_info(const struct vduse_dev *dev, struct vdpa_info *info)
{
	info->device_id = dev->device_id;
	info->vendor_id = dev->vendor_id;
	info->features = dev->features;
	info->kernel_denied = BIT_ULL(VIRTIO_F_RING_RESET);
	if (dev->device_id == VIRTIO_ID_NET)
		info->kernel_denied |= VDUSE_NET_DENIED;
	if (vduse_has(dev, VDUSE_F_SUSPEND))
		info->backend_features |= BIT_ULL(VHOST_BACKEND_F_SUSPEND);
	if (vduse_has(dev, VDUSE_F_RESUME))
		info->backend_features |= BIT_ULL(VHOST_BACKEND_F_RESUME);
	if (vduse_has(dev, VDUSE_F_QUEUE_READY))
		info->backend_features |= BIT_ULL(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK);
	info->config_size = dev->config_size;
	info->nvqs = dev->nvqs;
	info->ngroups = dev->ngroups;
	info->nas = dev->nas;
	info->vq_num_max = vduse_max_size(dev);
	info->vq_num_min = 1;
	/* no page of a ring is written to by both sides: vduse_domain_allow_write() */
	info->vq_align = max_t(u32, dev->vq_align, PAGE_SIZE);
	info->iova_last = U64_MAX;
	info->use_va = true;
}

static bool vduse_complete(const struct vduse_dev *dev)
{
	for (u32 i = 0; i < dev->nvqs; i++)
		if (!dev->queues[i].max_size)
			return false;
	return dev->nvqs;
}

/* Sets dev->vdpa, so that a second one is refused */
static int vduse_attach_locked(struct vduse_dev *dev, struct vduse_vdpa *vdpa)
{
	lockdep_assert_held(&dev->lock);
	if (dev->vdpa)
		return -EEXIST;
	if (dev->destroyed || !vduse_complete(dev))
		return -EINVAL;
	if (!vduse_need_domain_locked(dev))
		return -ENOMEM;
	vduse_fill_info(dev, &vdpa->vdev.info);
	dev->vdpa = vdpa;
	return 0;
}

static void vduse_detach(struct vduse_dev *dev)
{
	mutex_lock(&dev->lock);
	dev->vdpa = NULL;
	mutex_unlock(&dev->lock);
	vduse_set_leaving(dev, false);
}

/* On failure @vdpa still belongs to the caller */
static int vduse_attach(struct vduse_dev *dev, struct vduse_vdpa *vdpa)
{
	int ret;

	mutex_lock(&dev->lock);
	ret = vduse_attach_locked(dev, vdpa);
	mutex_unlock(&dev->lock);
	if (ret)
		return ret;
	ret = vdpa_register_device(&vdpa->vdev);
	if (ret)
		vduse_detach(dev);
	return ret;
}

static void vduse_leave_later(struct vduse_vdpa *vdpa)
{
	u64 delay = (u64)READ_ONCE(vdpa->dev->grace_s) * HZ;

	schedule_delayed_work(&vdpa->leave_work, min_t(u64, delay, MAX_JIFFY_OFFSET));
}

/*
 * A driver that is removed waits for its requests, which may be many: a file system's dirty
 * pages are written first. It unmaps a request that is completed, so a daemon that
 * interrupts and completes nothing is found out: the device is dead after a grace time in
 * which nothing was unmapped, and after many in any case.
 */
static void vduse_leave(struct work_struct *work)
{
	struct vduse_vdpa *vdpa = container_of(work, struct vduse_vdpa, leave_work.work);

	if (vduse_domain_used(vdpa->dev->domain) && ++vdpa->leave_rounds < VDUSE_LEAVE_ROUNDS)
		vduse_leave_later(vdpa);
	else
		vduse_abandon(vdpa->dev);
}

static int vduse_dev_add(struct vdpa_mgmt_dev *mdev, const char *name,
			 const struct vdpa_dev_config *config)
{
	struct vduse_dev *dev = vduse_get(name);
	struct vdpa_device *vdev;
	struct vduse_vdpa *vdpa;
	int ret;

	if (!dev)
		return -EINVAL;
	vdev = vdpa_alloc_device(mdev->device, &vduse_config_ops, &vduse_map_ops, name,
				 sizeof(*vdpa));
	if (IS_ERR(vdev)) {
		vduse_dev_put(dev);
		return PTR_ERR(vdev);
	}
	/* vduse_free() drops the reference to dev */
	vdpa = container_of(vdev, struct vduse_vdpa, vdev);
	vdpa->dev = dev;
	INIT_DELAYED_WORK(&vdpa->leave_work, vduse_leave);
	vdev->mdev = mdev;
	vdev->dma_dev = &vdev->dev;
	vdev->dma = &vduse_bounce_ops;
	ret = dma_coerce_mask_and_coherent(&vdev->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = vduse_attach(dev, vdpa);
	if (ret)
		put_device(&vdev->dev);
	return ret;
}

/*
 * Operations that wait for the daemon hold locks that unregistering takes, so their wait is
 * limited first. A driver's removal waits for its requests, so they are failed first if the
 * daemon does not answer.
 */
static void vduse_dev_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev)
{
	struct vduse_vdpa *vdpa = container_of(vdev, struct vduse_vdpa, vdev);
	struct vduse_dev *dev = vdpa->dev;

	/* dev->vdpa points to it until it is detached */
	get_device(&vdev->dev);
	vduse_set_leaving(dev, true);
	if (vduse_running(dev) && !vduse_responds(dev)) {
		vduse_abandon(dev);
		flush_work(&vdev->broken_work);
	}
	vduse_domain_used(dev->domain);
	vduse_leave_later(vdpa);
	vdpa_unregister_device(vdev);
	cancel_delayed_work_sync(&vdpa->leave_work);
	vduse_detach(dev);
	put_device(&vdev->dev);
}

static const struct vdpa_mgmtdev_ops vduse_mgmt_ops = {
	.dev_add = vduse_dev_add,
	.dev_del = vduse_dev_del,
};

static const struct virtio_device_id vduse_ids[] = {
	{ VIRTIO_ID_BLOCK, VIRTIO_DEV_ANY_ID },
	{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static struct vdpa_mgmt_dev vduse_mgmt = {
	.ops = &vduse_mgmt_ops,
	.id_table = vduse_ids,
};

int vduse_mgmt_init(void)
{
	int ret;

	vduse_mgmt.device = root_device_register("vduse");
	if (IS_ERR(vduse_mgmt.device))
		return PTR_ERR(vduse_mgmt.device);
	ret = vdpa_mgmtdev_register(&vduse_mgmt);
	if (ret)
		root_device_unregister(vduse_mgmt.device);
	return ret;
}

void vduse_mgmt_exit(void)
{
	vdpa_mgmtdev_unregister(&vduse_mgmt);
	root_device_unregister(vduse_mgmt.device);
}
