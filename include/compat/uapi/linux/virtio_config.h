/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * A feature bit added after 6.1.
 *
 * Remove when 6.1 is no longer built for.
 */
#ifndef COMPAT_UAPI_LINUX_VIRTIO_CONFIG_H
#define COMPAT_UAPI_LINUX_VIRTIO_CONFIG_H

#include_next <uapi/linux/virtio_config.h>

#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA	38
#endif

#endif /* COMPAT_UAPI_LINUX_VIRTIO_CONFIG_H */
