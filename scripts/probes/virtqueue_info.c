// SPDX-License-Identifier: GPL-2.0-only
/* find_vqs takes one array of struct virtqueue_info (6.11) */
#include <linux/virtio_config.h>

int probe(struct virtio_device *vdev, struct virtqueue *vqs[], struct virtqueue_info *info);
int probe(struct virtio_device *vdev, struct virtqueue *vqs[], struct virtqueue_info *info)
{
	return vdev->config->find_vqs(vdev, 1, vqs, info, NULL);
}
