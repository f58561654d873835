// SPDX-License-Identifier: GPL-2.0-only
/* virtio drivers can have reset_prepare() and reset_done() (6.16) */
#include <linux/virtio.h>

int probe(struct virtio_device *vdev);
int probe(struct virtio_device *vdev)
{
	return virtio_device_reset_prepare(vdev) ?: virtio_device_reset_done(vdev);
}
