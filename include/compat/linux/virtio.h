/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since 6.16 the virtio core can carry a driver over a reset of its device's PCI
 * function, if the driver has operations for that. Before, no driver has; and none
 * can sleep without sleep in the kernel.
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
static inline int virtio_device_reset_prepare(struct virtio_device *vdev)
{
	return vdev->dev.driver ? -EOPNOTSUPP : 0;
}

static inline int virtio_device_reset_done(struct virtio_device *vdev) { return 0; }
#endif

#endif /* _COMPAT_LINUX_VIRTIO_H */
