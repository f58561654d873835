/* SPDX-License-Identifier: GPL-2.0-only */
/* Checking device parts. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H

#include <linux/types.h>

/**
 * struct virtiovf_mig_parts - a sequence of device parts
 * @bytes: for each part a struct virtio_admin_abi_part and its value; not aligned
 * @len: length of all parts, in bytes
 */
struct virtiovf_mig_parts {
	const u8 *bytes;
	u32 len;
};

int virtiovf_mig_parts_check(const struct virtiovf_mig_parts *parts,
			     const struct virtiovf_mig_parts *own, const char **reason);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H */
