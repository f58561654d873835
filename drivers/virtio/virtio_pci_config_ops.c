// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does the virtio core call? One table for all kinds of device; what touches
 * registers is the kind's, which may be the offline one by now.
 */
#include <linux/pci.h>
#include <linux/virtio_config.h>

#include "virtio_pci.h"

static u64 vp_get_features(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);

	return vp->kind->get_features(vp, 0);
}

/* All that the virtio core has room for */
VIRTIO_DEFINE_EXTENDED_FEATURES(vp_get_extended_features)
{
	struct vp_device *vp = to_vp_device(vdev);

	for (unsigned int i = 0; i < VIRTIO_FEATURES_U64S; i++)
		features[i] = vp->kind->get_features(vp, i);
}

static int vp_finalize_features(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);

	return vp->kind->finalize_features(vp);
}

static void vp_config_get(struct virtio_device *vdev, unsigned int offset, void *buf,
			  unsigned int len)
{
	struct vp_device *vp = to_vp_device(vdev);

	vp->kind->config_get(vp, offset, buf, len);
}

static void vp_config_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
			  unsigned int len)
{
	struct vp_device *vp = to_vp_device(vdev);

	vp->kind->config_set(vp, offset, buf, len);
}

static u32 vp_generation(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);
	const struct vp_kind *kind = vp->kind;

	return kind->generation ? kind->generation(vp) : 0;
}

static bool vp_get_shm_region(struct virtio_device *vdev, struct virtio_shm_region *shm, u8 id)
{
	struct vp_device *vp = to_vp_device(vdev);
	const struct vp_kind *kind = vp->kind;

	return kind->get_shm && kind->get_shm(vp, shm, id);
}

static void vp_synchronize_cbs(struct virtio_device *vdev)
{
	vp_irq_synchronize(to_vp_device(vdev));
}

static const char *vp_bus_name(struct virtio_device *vdev)
{
	return pci_name(to_vp_device(vdev)->pci_dev);
}

const struct virtio_config_ops vp_config_ops = {
	.get = vp_config_get,
	.set = vp_config_set,
	.generation = vp_generation,
	.get_status = vp_get_status,
	.set_status = vp_set_status,
	.reset = vp_reset,
	.find_vqs = VIRTIO_FIND_VQS(vp_find_vqs),
	.del_vqs = vp_del_vqs,
	.synchronize_cbs = vp_synchronize_cbs,
	.get_features = vp_get_features,
	VIRTIO_EXTENDED_FEATURES(vp_get_extended_features)
	.finalize_features = vp_finalize_features,
	.bus_name = vp_bus_name,
	.set_vq_affinity = vp_irq_set_affinity,
	.get_vq_affinity = vp_irq_get_affinity,
	.get_shm_region = vp_get_shm_region,
	.disable_vq_and_reset = vp_ring_reset_disable,
	.enable_vq_after_reset = vp_ring_reset_enable,
};
