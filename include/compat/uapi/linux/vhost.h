/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* ioctls added after 6.1, and after 6.12. */
#ifndef COMPAT_UAPI_LINUX_VHOST_H
#define COMPAT_UAPI_LINUX_VHOST_H

#include_next <uapi/linux/vhost.h>
#include <uapi/linux/vhost_types.h>

#ifndef VHOST_VDPA_RESUME
#define VHOST_VDPA_RESUME		_IO(VHOST_VIRTIO, 0x7E)
#define VHOST_VDPA_GET_VRING_DESC_GROUP	_IOWR(VHOST_VIRTIO, 0x7F, struct vhost_vring_state)
#define VHOST_VDPA_GET_VRING_SIZE	_IOWR(VHOST_VIRTIO, 0x82, struct vhost_vring_state)
#endif

#ifndef VHOST_GET_FEATURES_ARRAY
struct vhost_features_array {
	__u64 count;
	__u64 features[];
};

#define VHOST_GET_FEATURES_ARRAY	_IOR(VHOST_VIRTIO, 0x83, struct vhost_features_array)
#define VHOST_SET_FEATURES_ARRAY	_IOW(VHOST_VIRTIO, 0x83, struct vhost_features_array)
#endif

#endif /* COMPAT_UAPI_LINUX_VHOST_H */
