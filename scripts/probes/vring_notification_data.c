// SPDX-License-Identifier: GPL-2.0-only
/* vring_notification_data() (6.5) */
#include <linux/virtio.h>
#include <linux/virtio_ring.h>

unsigned int probe(struct virtqueue *vq);
unsigned int probe(struct virtqueue *vq)
{
	return vring_notification_data(vq);
}
