// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a program get at a VF and its DMA: by group and container, or by
 * character device and iommufd? VFIO_ACCESS=cdev chooses the second.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vf.h"

/* Later than the headers of Debian 12: the uAPI of iommufd, and vfio's to go with it */
struct bind_iommufd { uint32_t argsz, flags; int32_t iommufd; uint32_t devid; };
struct attach_ioas { uint32_t argsz, flags, ioas; };
struct ioas_alloc { uint32_t size, flags, ioas; };
struct ioas_map { uint32_t size, flags, ioas, reserved; uint64_t memory, length, iova; };
struct ioas_unmap { uint32_t size, ioas; uint64_t iova, length; };

#define BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#define ATTACH_IOAS	_IO(VFIO_TYPE, VFIO_BASE + 19)
#define IOAS_ALLOC	_IO(VFIO_TYPE, 0x81)
#define IOAS_MAP	_IO(VFIO_TYPE, 0x85)
#define IOAS_UNMAP	_IO(VFIO_TYPE, 0x86)
#define IOAS_MAP_FLAGS	7	/* at this address, writeable, readable */

struct way {
	const char *name;
	int (*attach)(struct vf *vf);
	int (*map)(struct vf *vf, uint64_t iova, void *memory, size_t len);
	int (*unmap)(struct vf *vf, uint64_t iova, size_t len);
};

static int call(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) ? -errno : 0;
}

static int group_open(const char *address)
{
	char link[128], target[256], path[300];
	ssize_t len;
	int fd;

	snprintf(link, sizeof(link), "/sys/bus/pci/devices/%s/iommu_group", address);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(target, '/') + 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int group_attach(struct vf *vf)
{
	vf->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (vf->container < 0)
		return -errno;
	vf->group = group_open(vf->address);
	if (vf->group < 0)
		return vf->group;
	if (ioctl(vf->group, VFIO_GROUP_SET_CONTAINER, &vf->container) ||
	    ioctl(vf->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	vf->device = ioctl(vf->group, VFIO_GROUP_GET_DEVICE_FD, vf->address);
	return vf->device < 0 ? -errno : 0;
}

static int group_map(struct vf *vf, uint64_t iova, void *memory, size_t len)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = len,
	};

	return call(vf->container, VFIO_IOMMU_MAP_DMA, &map);
}

static int group_unmap(struct vf *vf, uint64_t iova, size_t len)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = len,
	};

	return call(vf->container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static int cdev_open(const char *address)
{
	char path[300];
	struct dirent *entry;
	int fd = -EOPNOTSUPP;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", address);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	closedir(dir);
	return fd;
}

static int cdev_attach(struct vf *vf)
{
	struct ioas_alloc alloc = { .size = sizeof(alloc) };
	struct bind_iommufd bind = { .argsz = sizeof(bind) };
	struct attach_ioas attach = { .argsz = sizeof(attach) };
	int ret;

	vf->container = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (vf->container < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	vf->device = cdev_open(vf->address);
	if (vf->device < 0)
		return vf->device;
	bind.iommufd = vf->container;
	ret = call(vf->device, BIND_IOMMUFD, &bind);
	if (!ret)
		ret = call(vf->container, IOAS_ALLOC, &alloc);
	if (ret)
		return ret;
	vf->ioas = alloc.ioas;
	attach.ioas = alloc.ioas;
	return call(vf->device, ATTACH_IOAS, &attach);
}

static int cdev_map(struct vf *vf, uint64_t iova, void *memory, size_t len)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = IOAS_MAP_FLAGS,
		.ioas = vf->ioas,
		.memory = (uintptr_t)memory,
		.length = len,
		.iova = iova,
	};

	return call(vf->container, IOAS_MAP, &map);
}

static int cdev_unmap(struct vf *vf, uint64_t iova, size_t len)
{
	struct ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas = vf->ioas,
		.iova = iova,
		.length = len,
	};

	return call(vf->container, IOAS_UNMAP, &unmap);
}

static const struct way ways[] = {
	{ "group", group_attach, group_map, group_unmap },
	{ "cdev", cdev_attach, cdev_map, cdev_unmap },
};

static const struct way *way(void)
{
	const char *name = getenv("VFIO_ACCESS");

	for (int i = 0; name && i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return name ? NULL : &ways[0];
}

int vf_attach(struct vf *vf)
{
	return way() ? way()->attach(vf) : -EINVAL;
}

int vf_map(struct vf *vf, uint64_t iova, void *memory, size_t len)
{
	return way()->map(vf, iova, memory, len);
}

int vf_unmap(struct vf *vf, uint64_t iova, size_t len)
{
	return way()->unmap(vf, iova, len);
}
