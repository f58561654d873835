/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner driver's calls if virtio-pci is built into the kernel and exports none or
 * only a part of them. (A kernel tree with our sources laid over it exports all.)
 */
#ifndef COMPAT_LINUX_VIRTIO_PCI_ADMIN_H
#define COMPAT_LINUX_VIRTIO_PCI_ADMIN_H

#include <compat_probes.h>
#include <linux/kconfig.h>
#include_next <linux/virtio_pci_admin.h>

#if IS_BUILTIN(CONFIG_VIRTIO_PCI) && !defined(HAVE_VIRTIO_PCI_ADMIN_LIST)
#include <linux/errno.h>

#ifdef HAVE_VIRTIO_PCI_ADMIN_LEGACY
#include <linux/slab.h>
#include <linux/string.h>

/* It does not say whether all commands are missing, or LEGACY_NOTIFY_INFO only */
static inline bool compat_has_legacy_regs(struct pci_dev *pdev)
{
	return virtio_pci_admin_has_legacy_io(pdev);
}

typedef int compat_admin_fn(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);

/* The kernel's own functions map @buf for DMA, so it must not be on the stack */
static inline int compat_admin_bounce(compat_admin_fn *call, struct pci_dev *pdev, u8 offset,
				      u8 size, u8 *buf)
{
	u8 *bounce = kmemdup(buf, size, GFP_KERNEL);
	int ret;

	if (!bounce)
		return -ENOMEM;
	ret = call(pdev, offset, size, bounce);
	if (!ret)
		memcpy(buf, bounce, size);
	kfree(bounce);
	return ret;
}

#define COMPAT_ADMIN_BOUNCE(name)						\
static inline int compat_##name(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf)	\
{										\
	return compat_admin_bounce(virtio_pci_admin_##name, pdev, offset, size, buf);	\
}

COMPAT_ADMIN_BOUNCE(legacy_common_io_write)
COMPAT_ADMIN_BOUNCE(legacy_common_io_read)
COMPAT_ADMIN_BOUNCE(legacy_device_io_write)
COMPAT_ADMIN_BOUNCE(legacy_device_io_read)

/* The kernel's own function returns one address of each kind: list the VF's first */
static inline int compat_legacy_io_notify_list(struct pci_dev *pdev,
					       struct virtio_pci_legacy_notify *list,
					       unsigned int max)
{
	static const u8 kinds[] = {
		VIRTIO_PCI_LEGACY_NOTIFY_MEMBER, VIRTIO_PCI_LEGACY_NOTIFY_OWNER,
	};
	unsigned int count = 0;
	int ret = 0;

	for (unsigned int i = 0; i < sizeof(kinds) && count < max; i++) {
		list[count].flags = kinds[i];
		ret = virtio_pci_admin_legacy_io_notify_info(pdev, kinds[i], &list[count].bar,
							     &list[count].offset);
		if (!ret)
			count++;
	}
	return count ? count : ret;
}

#else /* no call at all */

static inline bool compat_has_legacy_regs(struct pci_dev *pdev) { return false; }

#define COMPAT_ADMIN_ABSENT(name)						\
static inline int compat_##name(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf)	\
{										\
	return -EOPNOTSUPP;							\
}

COMPAT_ADMIN_ABSENT(legacy_common_io_write)
COMPAT_ADMIN_ABSENT(legacy_common_io_read)
COMPAT_ADMIN_ABSENT(legacy_device_io_write)
COMPAT_ADMIN_ABSENT(legacy_device_io_read)

static inline int compat_legacy_io_notify_list(struct pci_dev *pdev,
					       struct virtio_pci_legacy_notify *list,
					       unsigned int max)
{
	return -EOPNOTSUPP;
}

#endif

#define virtio_pci_admin_has_legacy_regs compat_has_legacy_regs
#define virtio_pci_admin_legacy_common_io_write compat_legacy_common_io_write
#define virtio_pci_admin_legacy_common_io_read compat_legacy_common_io_read
#define virtio_pci_admin_legacy_device_io_write compat_legacy_device_io_write
#define virtio_pci_admin_legacy_device_io_read compat_legacy_device_io_read
#define virtio_pci_admin_legacy_io_notify_list compat_legacy_io_notify_list

/* No built-in virtio_pci of a supported kernel has device parts */
static inline bool compat_has_dev_parts(struct pci_dev *pdev) { return false; }

static inline int compat_mode_set(struct pci_dev *pdev, u8 flags)
{
	return -EOPNOTSUPP;
}

static inline int compat_obj_create(struct pci_dev *pdev, u16 obj_type, u8 operation_type,
				    u32 *obj_id)
{
	return -EOPNOTSUPP;
}

static inline int compat_obj_destroy(struct pci_dev *pdev, u16 obj_type, u32 id)
{
	return -EOPNOTSUPP;
}

static inline int compat_dev_parts_metadata_get(struct pci_dev *pdev, u16 obj_type, u32 id,
						u8 metadata_type, u32 *out)
{
	return -EOPNOTSUPP;
}

static inline int compat_dev_parts_get(struct pci_dev *pdev, u16 obj_type, u32 id, u8 get_type,
				       struct scatterlist *res_sg, u32 *res_size)
{
	return -EOPNOTSUPP;
}

static inline int compat_dev_parts_set(struct pci_dev *pdev, struct scatterlist *data_sg)
{
	return -EOPNOTSUPP;
}

/* Nor a DMA write log */
static inline int compat_dma_log_limits(struct pci_dev *pdev,
					struct virtio_pci_admin_log_limits *limits)
{
	return -EOPNOTSUPP;
}

static inline int compat_dma_log_start(struct pci_dev *pdev, u8 page_shift,
				       const struct virtio_pci_admin_log_range *ranges,
				       unsigned int count)
{
	return -EOPNOTSUPP;
}

static inline int compat_dma_log_read(struct pci_dev *pdev, u32 window, u8 page_shift, u64 iova,
				      u64 pages, u8 *bitmap)
{
	return -EOPNOTSUPP;
}

static inline int compat_dma_log_stop(struct pci_dev *pdev)
{
	return -EOPNOTSUPP;
}

#define virtio_pci_admin_has_dev_parts compat_has_dev_parts
#define virtio_pci_admin_mode_set compat_mode_set
#define virtio_pci_admin_obj_create compat_obj_create
#define virtio_pci_admin_obj_destroy compat_obj_destroy
#define virtio_pci_admin_dev_parts_metadata_get compat_dev_parts_metadata_get
#define virtio_pci_admin_dev_parts_get compat_dev_parts_get
#define virtio_pci_admin_dev_parts_set compat_dev_parts_set
#define virtio_pci_admin_dma_log_limits compat_dma_log_limits
#define virtio_pci_admin_dma_log_start compat_dma_log_start
#define virtio_pci_admin_dma_log_read compat_dma_log_read
#define virtio_pci_admin_dma_log_stop compat_dma_log_stop
#endif

#endif /* COMPAT_LINUX_VIRTIO_PCI_ADMIN_H */
