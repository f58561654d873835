/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VIRTIO_F_NOTIFICATION_DATA needs vring_notification_data(), since 6.5. Without it a
 * transport must not accept the feature, so the stub is never called.
 *
 * Remove when 6.1 is no longer built for.
 */
#ifndef _COMPAT_LINUX_VIRTIO_RING_H
#define _COMPAT_LINUX_VIRTIO_RING_H

#include_next <linux/virtio_ring.h>
#include <compat_probes.h>

#ifdef HAVE_VRING_NOTIFICATION_DATA
#define VRING_HAS_NOTIFICATION_DATA true
#else
#define VRING_HAS_NOTIFICATION_DATA false
#define vring_notification_data(vq) ((void)(vq), 0)
#endif

#endif /* _COMPAT_LINUX_VIRTIO_RING_H */
