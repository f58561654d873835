// SPDX-License-Identifier: GPL-2.0-only
/* The headers can be compiled against at all: otherwise every feature would seem absent. */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/virtio_config.h>

int probe(struct virtio_device *vdev);
int probe(struct virtio_device *vdev)
{
	return vdev->index;
}
