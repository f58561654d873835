/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Bits added after 6.1: NOTIFICATION_DATA, to be removed when 6.1 is no longer built for,
 * and those of virtio 1.4's device suspend, which no kernel has yet.
 */
#ifndef COMPAT_UAPI_LINUX_VIRTIO_CONFIG_H
#define COMPAT_UAPI_LINUX_VIRTIO_CONFIG_H

#include_next <uapi/linux/virtio_config.h>

#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA	38
#endif

#ifndef VIRTIO_F_SUSPEND
#define VIRTIO_F_SUSPEND		43
#endif

#ifndef VIRTIO_CONFIG_S_SUSPEND
#define VIRTIO_CONFIG_S_SUSPEND		0x10
#endif

#endif /* COMPAT_UAPI_LINUX_VIRTIO_CONFIG_H */
