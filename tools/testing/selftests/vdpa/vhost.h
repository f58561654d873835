/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-vdpa-N of a device that the test made. Calls return 0 (or what they
 * ask for) or a negative errno.
 */
#ifndef VHOST_H
#define VHOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/vhost.h>

/* since 6.2, 6.6 and 6.8 */
#ifndef VHOST_BACKEND_F_RESUME
#define VHOST_BACKEND_F_RESUME		0x5
#define VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK 0x6
#define VHOST_BACKEND_F_DESC_ASID	0x7
#define VHOST_BACKEND_F_IOTLB_PERSIST	0x8
#endif
#ifndef VHOST_VDPA_RESUME
#define VHOST_VDPA_RESUME		_IO(VHOST_VIRTIO, 0x7E)
#define VHOST_VDPA_GET_VRING_DESC_GROUP	_IOWR(VHOST_VIRTIO, 0x7F, struct vhost_vring_state)
#define VHOST_VDPA_GET_VRING_SIZE	_IOWR(VHOST_VIRTIO, 0x82, struct vhost_vring_state)
#endif

/* since 6.18: a length, then so many elements */
#ifndef VHOST_GET_FEATURES_ARRAY
#define VHOST_GET_FEATURES_ARRAY	_IOR(VHOST_VIRTIO, 0x83, uint64_t)
#define VHOST_SET_FEATURES_ARRAY	_IOW(VHOST_VIRTIO, 0x83, uint64_t)
#endif

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct vhost {
	const char *name;	/* of the vDPA device */
	int fd;
};

/* make a device and open it; close it and remove it. A failure ends the program. */
struct vhost vhost_new(const char *name, const char *mgmtdev);
/* the same, offering exactly these features; 0: what it offers unasked */
struct vhost vhost_new_features(const char *name, const char *mgmtdev, uint64_t features);
void vhost_end(struct vhost *v);
/* bind a device to vhost_vdpa, whichever drivers are loaded */
void vhost_bind(const char *name);
int vhost_open(const char *name);

int vhost_ioctl(const struct vhost *v, unsigned long cmd, void *arg);
int vhost_state(const struct vhost *v, unsigned long cmd, uint32_t index, uint32_t num);
/* a command that answers in num */
int vhost_state_get(const struct vhost *v, unsigned long cmd, uint32_t index);
int vhost_vring_fd(const struct vhost *v, unsigned long cmd, uint32_t index, int fd);

/* from an open file to FEATURES_OK, with these features of the device's at most */
int vhost_negotiate(const struct vhost *v, uint64_t features);
int vhost_add_status(const struct vhost *v, uint8_t bits);
int vhost_get_status(const struct vhost *v);
/* until the device has set one of these bits. Return: 0 or -ETIMEDOUT. */
int vhost_wait_status(const struct vhost *v, uint8_t bits);
int vhost_reset(const struct vhost *v);

int vhost_message(const struct vhost *v, uint32_t asid, int type, uint64_t iova, uint64_t size,
		  const void *at, int perm);
int vhost_map(const struct vhost *v, uint64_t iova, uint64_t size, const void *at, int perm);
int vhost_unmap(const struct vhost *v, uint64_t iova, uint64_t size);

#endif /* VHOST_H */
