/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since 6.16 virtio drivers can have reset_prepare() and reset_done() for a reset of their
 * device's function; virtio_blk has them. Before, its freeze() and restore() are used.
 * Without CONFIG_PM_SLEEP no driver has those.
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

/* virtio_blk's freeze() stops its queues first, so it does not rely on frozen user space */
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
