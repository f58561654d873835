/* SPDX-License-Identifier: GPL-2.0-only */
/* For vfio-pci variants: parts of the header that only newer kernels have. */
#ifndef COMPAT_LINUX_VFIO_PCI_CORE_H
#define COMPAT_LINUX_VFIO_PCI_CORE_H

#include <compat_probes.h>
#include <linux/vfio.h>
#include_next <linux/vfio_pci_core.h>

/* iommufd support. In a kernel built without iommufd these functions are NULL. */
#ifdef VFIO_DEVICE_BIND_IOMMUFD
#define COMPAT_VFIO_IOMMUFD_OPS						\
	.bind_iommufd = vfio_iommufd_physical_bind,			\
	.unbind_iommufd = vfio_iommufd_physical_unbind,			\
	.attach_ioas = vfio_iommufd_physical_attach_ioas,		\
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
#else
#define COMPAT_VFIO_IOMMUFD_OPS

static inline bool vfio_device_cdev_opened(struct vfio_device *vdev)
{
	return false;
}
#endif

/*
 * PRE_COPY and the size of the data of a migration. vfio's core of kernels that know
 * neither passes the flag, any state and any feature through. A driver writes
 * COMPAT_VFIO_FEATURE_FN(name, fn) before its ops, COMPAT_VFIO_FEATURE(name) as their
 * device_feature and COMPAT_VFIO_MIG_DATA_SIZE(fn) in its vfio_migration_ops. fn has the
 * type of migration_get_data_size.
 */
#ifndef VFIO_MIGRATION_PRE_COPY
#define VFIO_MIGRATION_PRE_COPY		BIT(2)
#define VFIO_MIG_GET_PRECOPY_INFO	_IO(VFIO_TYPE, VFIO_BASE + 21)

struct vfio_precopy_info {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 initial_bytes;
	__aligned_u64 dirty_bytes;
};
#endif

#ifdef VFIO_DEVICE_FEATURE_MIG_DATA_SIZE
#define COMPAT_VFIO_MIG_DATA_SIZE(fn)	.migration_get_data_size = fn,
#define COMPAT_VFIO_FEATURE(name)	vfio_pci_core_ioctl_feature
#define COMPAT_VFIO_FEATURE_FN(name, fn)
#else
#include <linux/uaccess.h>

#define VFIO_DEVICE_FEATURE_MIG_DATA_SIZE 9

struct vfio_device_feature_mig_data_size {
	__aligned_u64 stop_copy_length;
};

typedef int compat_data_size_fn(struct vfio_device *vdev, unsigned long *length);

static inline int compat_vfio_data_size(compat_data_size_fn *fn, struct vfio_device *vdev,
					u32 flags, void __user *arg, size_t argsz)
{
	struct vfio_device_feature_mig_data_size size = {};
	unsigned long length;
	int ret;

	if (!vdev->mig_ops)
		return -ENOTTY;
	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET, sizeof(size));
	if (ret != 1)
		return ret;
	ret = fn(vdev, &length);
	if (ret)
		return ret;
	size.stop_copy_length = length;
	return copy_to_user(arg, &size, sizeof(size)) ? -EFAULT : 0;
}

#define COMPAT_VFIO_MIG_DATA_SIZE(fn)
#define COMPAT_VFIO_FEATURE(name)	compat_##name##_feature
#define COMPAT_VFIO_FEATURE_FN(name, fn)					\
static int compat_##name##_feature(struct vfio_device *vdev, u32 flags, void __user *arg,	\
				   size_t argsz)				\
{										\
	if ((flags & VFIO_DEVICE_FEATURE_MASK) == VFIO_DEVICE_FEATURE_MIG_DATA_SIZE)	\
		return compat_vfio_data_size(fn, vdev, flags, arg, argsz);	\
	return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);		\
}
#endif

/*
 * vfio_device_ops::get_region_info_caps replaces VFIO_DEVICE_GET_REGION_INFO in the
 * driver's ioctl. A driver writes COMPAT_VFIO_REGION_INFO(name, ioctl, fn) before its ops,
 * and COMPAT_VFIO_REGION_INFO_OPS with the same arguments among them. fn has the type of
 * get_region_info_caps and falls back to vfio_pci_ioctl_get_region_info(). In older
 * kernels a wrapper around ioctl calls fn.
 */
#ifdef HAVE_VFIO_REGION_INFO
#define COMPAT_VFIO_REGION_INFO(name, ioctl_fn, fn)
#define COMPAT_VFIO_REGION_INFO_OPS(name, ioctl_fn, fn)			\
	.ioctl = ioctl_fn,						\
	.get_region_info_caps = fn,					\
	.match_token_uuid = vfio_pci_core_match_token_uuid,
#else
#include <linux/slab.h>
#include <linux/uaccess.h>

typedef int compat_region_info_fn(struct vfio_device *vdev, struct vfio_region_info *info,
				  struct vfio_info_cap *caps);

/* Makes compat_vfio_ioctl() fall back to the driver's ioctl, and so to the core's */
static inline int vfio_pci_ioctl_get_region_info(struct vfio_device *vdev,
						 struct vfio_region_info *info,
						 struct vfio_info_cap *caps)
{
	return -ENOIOCTLCMD;
}

/* Capabilities follow the structure, if there is room; else argsz says how much it takes */
static inline int compat_region_info_caps(struct vfio_region_info *info,
					  struct vfio_info_cap *caps, void __user *arg)
{
	const u32 len = sizeof(*info) + caps->size;

	if (!caps->size)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	if (info->argsz < len) {
		info->argsz = len;
		return 0;
	}
	vfio_info_cap_shift(caps, sizeof(*info));
	info->cap_offset = sizeof(*info);
	return copy_to_user(arg + sizeof(*info), caps->buf, caps->size) ? -EFAULT : 0;
}

static inline int compat_region_info(compat_region_info_fn *fn, struct vfio_device *vdev,
				     void __user *arg)
{
	const size_t len = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info = {};
	struct vfio_info_cap caps = {};
	int ret;

	if (copy_from_user(&info, arg, len))
		return -EFAULT;
	if (info.argsz < len)
		return -EINVAL;
	info.cap_offset = 0;
	ret = fn(vdev, &info, &caps) ?: compat_region_info_caps(&info, &caps, arg);
	kfree(caps.buf);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, len) ? -EFAULT : 0;
}

typedef long compat_vfio_ioctl_fn(struct vfio_device *vdev, unsigned int cmd, unsigned long arg);

static inline long compat_vfio_ioctl(compat_vfio_ioctl_fn *ioctl_fn, compat_region_info_fn *fn,
				     struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	int ret = -ENOIOCTLCMD;

	if (cmd == VFIO_DEVICE_GET_REGION_INFO)
		ret = compat_region_info(fn, vdev, (void __user *)arg);
	return ret == -ENOIOCTLCMD ? ioctl_fn(vdev, cmd, arg) : ret;
}

#define COMPAT_VFIO_REGION_INFO(name, ioctl_fn, fn)					\
static long compat_##name##_ioctl(struct vfio_device *vdev, unsigned int cmd,		\
				  unsigned long arg)					\
{											\
	return compat_vfio_ioctl(ioctl_fn, fn, vdev, cmd, arg);				\
}

#define COMPAT_VFIO_REGION_INFO_OPS(name, ioctl_fn, fn)			\
	.ioctl = compat_##name##_ioctl,
#endif

#endif /* COMPAT_LINUX_VFIO_PCI_CORE_H */
