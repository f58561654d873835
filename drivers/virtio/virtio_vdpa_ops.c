// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are a virtio driver's accesses to status, features and configuration space carried
 * out? And the table of all operations.
 */
#include <linux/virtio_ring.h>

#include "virtio_vdpa.h"

static void virtio_vdpa_get(struct virtio_device *vdev, unsigned int offset, void *buf,
			    unsigned int len)
{
	vdpa_get_config(vdev_to_vdpa(vdev), offset, buf, len);
}

static void virtio_vdpa_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
			    unsigned int len)
{
	vdpa_set_config(vdev_to_vdpa(vdev), offset, buf, len);
}

static u32 virtio_vdpa_generation(struct virtio_device *vdev)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	return vdpa->config->get_generation ? vdpa->config->get_generation(vdpa) : 0;
}

static u8 virtio_vdpa_get_status(struct virtio_device *vdev)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	/* virtio's core takes anything else after a driver's reset for a bug of that driver */
	if (to_virtio_vdpa(vdev)->lost)
		return 0;
	return vdpa->config->get_status(vdpa);
}

static void virtio_vdpa_set_status(struct virtio_device *vdev, u8 status)
{
	if (!to_virtio_vdpa(vdev)->lost)
		vdpa_set_status(vdev_to_vdpa(vdev), status);
}

static void virtio_vdpa_reset(struct virtio_device *vdev)
{
	int ret = vdpa_reset(vdev_to_vdpa(vdev));

	/* this operation cannot fail; the next driver has to reset again */
	to_virtio_vdpa(vdev)->lost = ret;
	if (ret)
		dev_err_ratelimited(&vdev->dev, "device reset failed: %d\n", ret);
}

static u64 virtio_vdpa_get_features(struct virtio_device *vdev)
{
	const struct vdpa_info *info = &vdev_to_vdpa(vdev)->info;

	return info->features & ~info->kernel_denied;
}

/* Features of the transport, which vring_transport_features() would clear */
static u64 virtio_vdpa_own_features(struct virtio_device *vdev)
{
	return virtio_vdpa_get_features(vdev) & BIT_ULL(VIRTIO_F_RING_RESET);
}

/* After a driver's failed probe its features stay until a reset: the next probe needs one */
static void virtio_vdpa_start_over(struct virtio_device *vdev)
{
	if (!to_virtio_vdpa(vdev)->lost &&
	    !(virtio_vdpa_get_status(vdev) &
	      (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_FAILED)))
		return;
	virtio_vdpa_reset(vdev);
	virtio_vdpa_set_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
}

static int virtio_vdpa_finalize_features(struct virtio_device *vdev)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	virtio_vdpa_start_over(vdev);
	if (to_virtio_vdpa(vdev)->lost)
		return -EIO;
	vring_transport_features(vdev);
	vdev->features |= virtio_vdpa_own_features(vdev);
	if (!VRING_HAS_NOTIFICATION_DATA || !vdpa->config->kick_vq_with_data)
		vdev->features &= ~BIT_ULL(VIRTIO_F_NOTIFICATION_DATA);
	/* without it the ring code bypasses the DMA API and uses physical addresses */
	if (!__virtio_test_bit(vdev, VIRTIO_F_ACCESS_PLATFORM)) {
		dev_err(&vdev->dev, "device without VIRTIO_F_ACCESS_PLATFORM: cannot map memory for it\n");
		return -EINVAL;
	}
	return vdpa_set_features(vdpa, vdev->features);
}

static const char *virtio_vdpa_bus_name(struct virtio_device *vdev)
{
	return dev_name(&vdev_to_vdpa(vdev)->dev);
}

const struct virtio_config_ops virtio_vdpa_ops = {
	/* queues */
	.find_vqs = VIRTIO_FIND_VQS(virtio_vdpa_find_vqs),
	.disable_vq_and_reset = virtio_vdpa_disable_vq,
	.enable_vq_after_reset = virtio_vdpa_enable_vq,
	.get_vq_affinity = virtio_vdpa_get_affinity,
	.set_vq_affinity = virtio_vdpa_set_affinity,
	.synchronize_cbs = virtio_vdpa_synchronize_cbs,
	.del_vqs = virtio_vdpa_del_vqs,
	/* the device */
	.bus_name = virtio_vdpa_bus_name,
	.reset = virtio_vdpa_reset,
	.get_status = virtio_vdpa_get_status,
	.set_status = virtio_vdpa_set_status,
	.get_features = virtio_vdpa_get_features,
	.finalize_features = virtio_vdpa_finalize_features,
	/* its configuration space */
	.generation = virtio_vdpa_generation,
	.get = virtio_vdpa_get,
	.set = virtio_vdpa_set,
};
