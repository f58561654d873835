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

#endif /* _LINUX_VIRTIO_PCI_ADMIN_H */
