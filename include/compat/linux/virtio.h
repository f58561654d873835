/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since 6.16 the virtio core can carry a driver over a reset of its device's PCI
 * function, if the driver has operations for that. Before, and else, suspend and
 * resume do it; without sleep in the kernel, nothing does.
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
#define virtio_device_reset_prepare virtio_device_freeze
#define virtio_device_reset_done virtio_device_restore
#endif

#endif /* _COMPAT_LINUX_VIRTIO_H */
