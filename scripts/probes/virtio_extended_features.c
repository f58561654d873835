// SPDX-License-Identifier: GPL-2.0-only
/* a virtio device may have more than 64 feature bits (6.17) */
#include <linux/virtio.h>
#include <linux/virtio_config.h>

u64 probe(struct virtio_device *vdev);
u64 probe(struct virtio_device *vdev)
{
	vdev->config->get_extended_features(vdev, vdev->features_array);
	return vdev->features_array[VIRTIO_FEATURES_U64S - 1];
}
