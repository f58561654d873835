/* SPDX-License-Identifier: GPL-2.0-only */
/* The ranges and the page size of a VF's DMA write log. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_DIRTY_PLAN_H
#define DRIVERS_VFIO_PCI_VIRTIO_DIRTY_PLAN_H

#include <linux/types.h>
#include <linux/virtio_pci_admin.h>

/* Both addresses belong to it */
struct virtiovf_dirty_range {
	u64 first;
	u64 last;
};

int virtiovf_dirty_plan(struct virtiovf_dirty_range *ranges, unsigned int count, u64 page_size,
			const struct virtio_pci_admin_log_limits *limits, u8 *shift);
const struct virtiovf_dirty_range *virtiovf_dirty_find(const struct virtiovf_dirty_range *ranges,
						       unsigned int count, u64 iova);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_DIRTY_PLAN_H */
