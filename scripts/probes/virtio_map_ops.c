// SPDX-License-Identifier: GPL-2.0-only
/* virtio devices can have virtio_map_ops (6.18) */
#include <linux/virtio.h>
#include <linux/virtio_config.h>

void probe(struct virtio_device *vdev, const struct virtio_map_ops *ops);
void probe(struct virtio_device *vdev, const struct virtio_map_ops *ops)
{
	vdev->map = ops;
}
