/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Administration commands for drivers of virtio VFs: one function for each command that
 * the owner (PF) executes. The functions look up the PF's virtio-pci driver, and may be
 * called whatever state it is in.
 */
#ifndef _LINUX_VIRTIO_PCI_ADMIN_H
#define _LINUX_VIRTIO_PCI_ADMIN_H

#include <linux/err.h>
#include <linux/types.h>

struct pci_dev;
struct scatterlist;

/* a notification address is in a BAR of the owner (PF) or of the member (VF) */
#define VIRTIO_PCI_LEGACY_NOTIFY_OWNER	1
#define VIRTIO_PCI_LEGACY_NOTIFY_MEMBER	2

/* maximum number of addresses that a device can list */
#define VIRTIO_PCI_LEGACY_NOTIFY_MAX	4

/**
 * struct virtio_pci_legacy_notify - where a legacy queue notification may be written
 * @flags: VIRTIO_PCI_LEGACY_NOTIFY_OWNER or VIRTIO_PCI_LEGACY_NOTIFY_MEMBER
 * @bar: number of the BAR, 1 to 5
 * @offset: bytes from the BAR's start; even, and within the BAR
 */
struct virtio_pci_legacy_notify {
	u8 flags;
	u8 bar;
	u64 offset;
};

/* Others are ignored, as the specification demands. @bar_len is 0 if there is no such BAR. */
static inline bool virtio_pci_legacy_notify_valid(const struct virtio_pci_legacy_notify *entry,
						  u64 bar_len)
{
	if (entry->flags != VIRTIO_PCI_LEGACY_NOTIFY_OWNER &&
	    entry->flags != VIRTIO_PCI_LEGACY_NOTIFY_MEMBER)
		return false;
	/* BAR0 has the legacy registers */
	if (entry->bar < 1 || entry->bar > 5 || entry->offset % sizeof(u16))
		return false;
	return bar_len >= sizeof(u16) && entry->offset <= bar_len - sizeof(u16);
}

/*
 * For what the functions below return: the built-in owner driver of some kernels returns
 * the device's status, which must not choose our errno.
 */
static inline int virtio_errno(int ret)
{
	return ret <= 0 && ret >= -MAX_ERRNO ? ret : -EIO;
}

bool virtio_pci_admin_has_legacy_io(struct pci_dev *pdev);
bool virtio_pci_admin_has_legacy_regs(struct pci_dev *pdev);
int virtio_pci_admin_legacy_common_io_write(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_common_io_read(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_device_io_write(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_device_io_read(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_io_notify_info(struct pci_dev *pdev, u8 req_bar_flags,
					   u8 *bar, u64 *bar_offset);
int virtio_pci_admin_legacy_io_notify_list(struct pci_dev *pdev,
					   struct virtio_pci_legacy_notify *list,
					   unsigned int max);

/* numbers are those of linux/virtio_device_parts.h */
bool virtio_pci_admin_has_dev_parts(struct pci_dev *pdev);
int virtio_pci_admin_mode_set(struct pci_dev *pdev, u8 flags);
int virtio_pci_admin_obj_create(struct pci_dev *pdev, u16 obj_type, u8 operation_type,
				u32 *obj_id);
int virtio_pci_admin_obj_destroy(struct pci_dev *pdev, u16 obj_type, u32 id);
int virtio_pci_admin_dev_parts_metadata_get(struct pci_dev *pdev, u16 obj_type, u32 id,
					    u8 metadata_type, u32 *out);
int virtio_pci_admin_dev_parts_get(struct pci_dev *pdev, u16 obj_type, u32 id, u8 get_type,
				   struct scatterlist *res_sg, u32 *res_size);
int virtio_pci_admin_dev_parts_set(struct pci_dev *pdev, struct scatterlist *data_sg);

/**
 * struct virtio_pci_admin_log_limits - what a device's DMA write log is able to do
 * @page_sizes: bit n: pages of 2^n bytes
 * @window: pages that one command reads, at most
 * @ranges: number of ranges, at most
 * @pages: pages of all ranges together, at most
 */
struct virtio_pci_admin_log_limits {
	u32 page_sizes;
	u32 window;
	u16 ranges;
	u64 pages;
};

/**
 * struct virtio_pci_admin_log_range - a range of a log
 * @iova: first address, as the device sees memory
 * @length: in bytes
 */
struct virtio_pci_admin_log_range {
	u64 iova;
	u64 length;
};

int virtio_pci_admin_dma_log_limits(struct pci_dev *pdev,
				    struct virtio_pci_admin_log_limits *limits);
int virtio_pci_admin_dma_log_start(struct pci_dev *pdev, u8 page_shift,
				   const struct virtio_pci_admin_log_range *ranges,
				   unsigned int count);
int virtio_pci_admin_dma_log_read(struct pci_dev *pdev, u32 window, u8 page_shift, u64 iova,
				  u64 pages, u8 *bitmap);
int virtio_pci_admin_dma_log_stop(struct pci_dev *pdev);

/* Incremented when the arguments, the result or the meaning of a call below changes */
#define VIRTIO_PCI_ADMIN_ABI	3

/**
 * struct virtio_pci_admin_calls - the functions above, as a table
 * @size: size of the structure in bytes, as its provider knows it
 * @abi: VIRTIO_PCI_ADMIN_ABI, as its provider knows it
 *
 * For a VF driver on a kernel that may have two drivers for PFs, the built-in one and
 * virtio_pci_owner. The other members are the functions above, without their prefix.
 */
struct virtio_pci_admin_calls {
	size_t size;
	unsigned int abi;
	/* private: functions named as those above */
	bool (*has_legacy_regs)(struct pci_dev *pdev);
	int (*legacy_common_io_write)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_common_io_read)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_device_io_write)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_device_io_read)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_io_notify_list)(struct pci_dev *pdev, struct virtio_pci_legacy_notify *list,
				     unsigned int max);
	bool (*has_dev_parts)(struct pci_dev *pdev);
	int (*mode_set)(struct pci_dev *pdev, u8 flags);
	int (*obj_create)(struct pci_dev *pdev, u16 obj_type, u8 operation_type, u32 *obj_id);
	int (*obj_destroy)(struct pci_dev *pdev, u16 obj_type, u32 id);
	int (*dev_parts_metadata_get)(struct pci_dev *pdev, u16 obj_type, u32 id,
				      u8 metadata_type, u32 *out);
	int (*dev_parts_get)(struct pci_dev *pdev, u16 obj_type, u32 id, u8 get_type,
			     struct scatterlist *res_sg, u32 *res_size);
	int (*dev_parts_set)(struct pci_dev *pdev, struct scatterlist *data_sg);
	int (*dma_log_limits)(struct pci_dev *pdev, struct virtio_pci_admin_log_limits *limits);
	int (*dma_log_start)(struct pci_dev *pdev, u8 page_shift,
			     const struct virtio_pci_admin_log_range *ranges,
			     unsigned int count);
	int (*dma_log_read)(struct pci_dev *pdev, u32 window, u8 page_shift, u64 iova, u64 pages,
			    u8 *bitmap);
	int (*dma_log_stop)(struct pci_dev *pdev);
};

/* expands to whatever these names are in the including file */
#define VIRTIO_PCI_ADMIN_CALLS {							\
	.size = sizeof(struct virtio_pci_admin_calls),					\
	.abi = VIRTIO_PCI_ADMIN_ABI,							\
	.has_legacy_regs = virtio_pci_admin_has_legacy_regs,				\
	.legacy_common_io_write = virtio_pci_admin_legacy_common_io_write,		\
	.legacy_common_io_read = virtio_pci_admin_legacy_common_io_read,		\
	.legacy_device_io_write = virtio_pci_admin_legacy_device_io_write,		\
	.legacy_device_io_read = virtio_pci_admin_legacy_device_io_read,		\
	.legacy_io_notify_list = virtio_pci_admin_legacy_io_notify_list,		\
	.has_dev_parts = virtio_pci_admin_has_dev_parts,				\
	.mode_set = virtio_pci_admin_mode_set,						\
	.obj_create = virtio_pci_admin_obj_create,					\
	.obj_destroy = virtio_pci_admin_obj_destroy,					\
	.dev_parts_metadata_get = virtio_pci_admin_dev_parts_metadata_get,		\
	.dev_parts_get = virtio_pci_admin_dev_parts_get,				\
	.dev_parts_set = virtio_pci_admin_dev_parts_set,				\
	.dma_log_limits = virtio_pci_admin_dma_log_limits,				\
	.dma_log_start = virtio_pci_admin_dma_log_start,				\
	.dma_log_read = virtio_pci_admin_dma_log_read,					\
	.dma_log_stop = virtio_pci_admin_dma_log_stop,					\
}

/* exported by virtio_pci_owner and virtio_pci, for symbol_get(); users check size and abi */
extern const struct virtio_pci_admin_calls vpo_admin_calls;
extern const struct virtio_pci_admin_calls vp_admin_calls;

#endif /* _LINUX_VIRTIO_PCI_ADMIN_H */
