/* SPDX-License-Identifier: GPL-2.0-only */
/* The modern registers of a VF, kept from being mapped. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_TRAP_H
#define DRIVERS_VFIO_PCI_VIRTIO_TRAP_H

#include "modern_layout.h"
#include "trap_plan.h"

struct attribute_group;
struct vfio_device;
struct vfio_info_cap;
struct vfio_region_info;
struct virtiovf_device;
struct vm_area_struct;

/**
 * struct virtiovf_trap - how the VF's modern BARs are shown. Never changes.
 * @plan: what may be mapped
 * @layout: the registers that this driver needs; of length 0 unless they are trapped
 * @window: where the data of VIRTIO_PCI_CAP_PCI_CFG is in configuration space, or 0
 * @state: the same in a word, for user space
 */
struct virtiovf_trap {
	struct virtiovf_trap_plan plan;
	struct virtiovf_modern_layout layout;
	unsigned int window;
	const char *state;
};

void virtiovf_trap_init(struct virtiovf_device *vf);
bool virtiovf_trap_meets_window(struct virtiovf_device *vf, loff_t pos, size_t len);
int virtiovf_trap_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
			      struct vfio_info_cap *caps);
int virtiovf_trap_mmap(struct vfio_device *vdev, struct vm_area_struct *vma);

extern const struct attribute_group virtiovf_trap_group;

#endif /* DRIVERS_VFIO_PCI_VIRTIO_TRAP_H */
