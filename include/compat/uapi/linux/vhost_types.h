/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Backend features added after 6.1. */
#ifndef COMPAT_UAPI_LINUX_VHOST_TYPES_H
#define COMPAT_UAPI_LINUX_VHOST_TYPES_H

#include_next <uapi/linux/vhost_types.h>

#ifndef VHOST_BACKEND_F_RESUME
#define VHOST_BACKEND_F_RESUME			0x5
#define VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK	0x6
#define VHOST_BACKEND_F_DESC_ASID		0x7
#define VHOST_BACKEND_F_IOTLB_PERSIST		0x8
#endif

#endif /* COMPAT_UAPI_LINUX_VHOST_TYPES_H */
