// SPDX-License-Identifier: GPL-2.0-only
/* the virtio core can carry a driver over a reset of its function (6.16) */
#include <linux/virtio.h>

int probe(struct virtio_device *vdev);
int probe(struct virtio_device *vdev)
{
	return virtio_device_reset_prepare(vdev) ?: virtio_device_reset_done(vdev);
}
