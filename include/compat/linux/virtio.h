/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since 6.16 the virtio core can carry a driver over a reset of its device's PCI
 * function, if the driver has operations for that: virtio_blk has. Before, its freeze
 * serves; and no driver can sleep without sleep in the kernel.
 *
 * Remove when 6.12 and older are no longer built for.
 */
#ifndef _COMPAT_LINUX_VIRTIO_H
#define _COMPAT_LINUX_VIRTIO_H

#include_next <linux/virtio.h>
#include <compat_probes.h>

#ifndef CONFIG_PM_SLEEP
static inline int virtio_device_freeze(struct virtio_device *vdev) { return -EOPNOTSUPP; }
static inline int virtio_device_restore(struct virtio_device *vdev) { return -EOPNOTSUPP; }
#endif

#ifndef HAVE_VIRTIO_RESET_PREPARE
#include <linux/virtio_ids.h>

/* virtio_blk stops its queues first, so that its freeze is enough */
static inline int virtio_device_reset_prepare(struct virtio_device *vdev)
{
	return vdev->dev.driver && vdev->id.device == VIRTIO_ID_BLOCK ?
	       virtio_device_freeze(vdev) : -EOPNOTSUPP;
}

static inline int virtio_device_reset_done(struct virtio_device *vdev)
{
	return virtio_device_restore(vdev);
}
#endif

#endif /* _COMPAT_LINUX_VIRTIO_H */
