// SPDX-License-Identifier: GPL-2.0-only
/* How does a process reach a device through /dev/vhost-vdpa-N? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nl.h"
#include "vhost.h"

static void die(const char *what, int err)
{
	printf("Bail out! %s: %s\n", what, strerror(err));
	exit(1);
}

int vhost_ioctl(const struct vhost *v, unsigned long cmd, void *arg)
{
	return ioctl(v->fd, cmd, arg) < 0 ? -errno : 0;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path, errno);
	close(fd);
}

/* virtio_vdpa may be loaded as well */
void vhost_bind(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/vdpa/devices/%s/driver/unbind", name);
	if (!access(path, F_OK))
		write_file(path, name);
	snprintf(path, sizeof(path), "/sys/bus/vdpa/devices/%s/driver_override", name);
	write_file(path, "vhost_vdpa");
	write_file("/sys/bus/vdpa/drivers_probe", name);
}

int vhost_open(const char *name)
{
	char path[300];
	struct dirent *entry;
	int fd = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/vdpa/devices/%s", name);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vhost-vdpa-", strlen("vhost-vdpa-")))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR);
		if (fd < 0)
			fd = -errno;
	}
	closedir(dir);
	return fd;
}

struct vhost vhost_new_features(const char *name, const char *mgmtdev, uint64_t features)
{
	struct vhost v = { .name = name };
	int err;

	nl_dev_del(name);	/* left over from a run that was cut off */
	err = features ? nl_dev_add_features(name, mgmtdev, features) : nl_dev_add(name, mgmtdev);
	if (err)
		die("dev add", -err);
	vhost_bind(name);
	v.fd = vhost_open(name);
	if (v.fd < 0)
		die("open", -v.fd);
	return v;
}

struct vhost vhost_new(const char *name, const char *mgmtdev)
{
	return vhost_new_features(name, mgmtdev, 0);
}

void vhost_end(struct vhost *v)
{
	close(v->fd);
	nl_dev_del(v->name);
}

int vhost_state(const struct vhost *v, unsigned long cmd, uint32_t index, uint32_t num)
{
	struct vhost_vring_state state = { index, num };

	return vhost_ioctl(v, cmd, &state);
}

int vhost_state_get(const struct vhost *v, unsigned long cmd, uint32_t index)
{
	struct vhost_vring_state state = { .index = index };
	int ret = vhost_ioctl(v, cmd, &state);

	return ret ? ret : (int)state.num;
}

int vhost_vring_fd(const struct vhost *v, unsigned long cmd, uint32_t index, int fd)
{
	struct vhost_vring_file file = { index, fd };

	return vhost_ioctl(v, cmd, &file);
}

int vhost_get_status(const struct vhost *v)
{
	uint8_t status;
	int ret = vhost_ioctl(v, VHOST_VDPA_GET_STATUS, &status);

	return ret ? ret : status;
}

int vhost_wait_status(const struct vhost *v, uint8_t bits)
{
	for (int ms = 0; ms < 5000; ms++) {
		int status = vhost_get_status(v);

		if (status < 0 || (status & bits))
			return status < 0 ? status : 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

int vhost_reset(const struct vhost *v)
{
	uint8_t status = 0;

	return vhost_ioctl(v, VHOST_VDPA_SET_STATUS, &status);
}

int vhost_add_status(const struct vhost *v, uint8_t bits)
{
	int old = vhost_get_status(v);
	uint8_t status = old | bits;

	return old < 0 ? old : vhost_ioctl(v, VHOST_VDPA_SET_STATUS, &status);
}

int vhost_negotiate(const struct vhost *v, uint64_t features)
{
	uint64_t offered, backend;
	int ret;

	ret = vhost_ioctl(v, VHOST_SET_OWNER, NULL);
	if (ret && ret != -EBUSY)
		return ret;
	ret = vhost_ioctl(v, VHOST_GET_BACKEND_FEATURES, &backend);
	if (!ret)
		ret = vhost_ioctl(v, VHOST_SET_BACKEND_FEATURES, &backend);
	if (!ret)
		ret = vhost_add_status(v, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	if (!ret)
		ret = vhost_ioctl(v, VHOST_GET_FEATURES, &offered);
	features &= offered;
	if (!ret)
		ret = vhost_ioctl(v, VHOST_SET_FEATURES, &features);
	if (!ret)
		ret = vhost_add_status(v, VIRTIO_CONFIG_S_FEATURES_OK);
	return ret;
}

int vhost_message(const struct vhost *v, uint32_t asid, int type, uint64_t iova, uint64_t size,
		  const void *at, int perm)
{
	struct vhost_msg_v2 msg = {
		.type = VHOST_IOTLB_MSG_V2,
		.asid = asid,
		.iotlb = {
			.iova = iova,
			.size = size,
			.uaddr = (uintptr_t)at,
			.perm = perm,
			.type = type,
		},
	};
	ssize_t len = write(v->fd, &msg, sizeof(msg));

	if (len < 0)
		return -errno;
	return len == sizeof(msg) ? 0 : -EIO;
}

int vhost_map(const struct vhost *v, uint64_t iova, uint64_t size, const void *at, int perm)
{
	return vhost_message(v, 0, VHOST_IOTLB_UPDATE, iova, size, at, perm);
}

int vhost_unmap(const struct vhost *v, uint64_t iova, uint64_t size)
{
	return vhost_message(v, 0, VHOST_IOTLB_INVALIDATE, iova, size, NULL, 0);
}
