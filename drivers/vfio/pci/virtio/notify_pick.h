/* SPDX-License-Identifier: GPL-2.0-only */
/* Choosing a notification address. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_NOTIFY_PICK_H
#define DRIVERS_VFIO_PCI_VIRTIO_NOTIFY_PICK_H

#include <linux/types.h>

struct virtio_pci_legacy_notify;

#define VIRTIOVF_BARS	6

/**
 * struct virtiovf_bar_sizes - memory BARs, in bytes; 0 where there is none
 * @owner: of the PF
 * @member: of the VF
 */
struct virtiovf_bar_sizes {
	u64 owner[VIRTIOVF_BARS];
	u64 member[VIRTIOVF_BARS];
};

const struct virtio_pci_legacy_notify *
virtiovf_notify_pick(const struct virtio_pci_legacy_notify *list, int count,
		     const struct virtiovf_bar_sizes *bars);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_NOTIFY_PICK_H */
