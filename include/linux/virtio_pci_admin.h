/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver of a virtio VF may ask of its owner (PF): one function per
 * administration command. The functions find the PF's virtio-pci driver by
 * themselves, whatever state it is in.
 */
#ifndef _LINUX_VIRTIO_PCI_ADMIN_H
#define _LINUX_VIRTIO_PCI_ADMIN_H

#include <linux/types.h>

struct pci_dev;

/* a notification address is in a BAR of the owner or of the member */
#define VIRTIO_PCI_LEGACY_NOTIFY_OWNER	1
#define VIRTIO_PCI_LEGACY_NOTIFY_MEMBER	2

/* more than this many addresses no device lists */
#define VIRTIO_PCI_LEGACY_NOTIFY_MAX	4

/**
 * struct virtio_pci_legacy_notify - where a legacy queue notification may be written
 * @flags: VIRTIO_PCI_LEGACY_NOTIFY_OWNER or VIRTIO_PCI_LEGACY_NOTIFY_MEMBER
 * @bar: number of the BAR, 1 to 5, of the PF or the VF
 * @offset: bytes from the BAR's start; even, and within the BAR
 */
struct virtio_pci_legacy_notify {
	u8 flags;
	u8 bar;
	u64 offset;
};

bool virtio_pci_admin_has_legacy_io(struct pci_dev *pdev);
int virtio_pci_admin_legacy_common_io_write(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_common_io_read(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_device_io_write(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_device_io_read(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
int virtio_pci_admin_legacy_io_notify_info(struct pci_dev *pdev, u8 req_bar_flags,
					   u8 *bar, u64 *bar_offset);
int virtio_pci_admin_legacy_io_notify_list(struct pci_dev *pdev,
					   struct virtio_pci_legacy_notify *list,
					   unsigned int max);

/**
 * struct virtio_pci_admin_calls - the functions above, as data
 * @size: bytes of the structure, for who filled it
 *
 * For a driver that may meet two drivers of PFs: a built-in one and, beside it,
 * virtio_pci_owner. The other members are the functions above, without their prefix.
 */
struct virtio_pci_admin_calls {
	size_t size;
	/* private: functions named as those above */
	bool (*has_legacy_io)(struct pci_dev *pdev);
	int (*legacy_common_io_write)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_common_io_read)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_device_io_write)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_device_io_read)(struct pci_dev *pdev, u8 offset, u8 size, u8 *buf);
	int (*legacy_io_notify_list)(struct pci_dev *pdev, struct virtio_pci_legacy_notify *list,
				     unsigned int max);
};

/* filled with what the names mean where it is written */
#define VIRTIO_PCI_ADMIN_CALLS {							\
	.size = sizeof(struct virtio_pci_admin_calls),					\
	.has_legacy_io = virtio_pci_admin_has_legacy_io,				\
	.legacy_common_io_write = virtio_pci_admin_legacy_common_io_write,		\
	.legacy_common_io_read = virtio_pci_admin_legacy_common_io_read,		\
	.legacy_device_io_write = virtio_pci_admin_legacy_device_io_write,		\
	.legacy_device_io_read = virtio_pci_admin_legacy_device_io_read,		\
	.legacy_io_notify_list = virtio_pci_admin_legacy_io_notify_list,		\
}

/* virtio_pci_owner's; only for symbol_get(), and not used if its size is another */
extern const struct virtio_pci_admin_calls vpo_admin_calls;

#endif /* _LINUX_VIRTIO_PCI_ADMIN_H */
