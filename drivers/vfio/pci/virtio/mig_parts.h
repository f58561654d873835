/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging device parts. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H

#include <linux/types.h>

/**
 * struct virtiovf_mig_parts - device parts, one behind the other
 * @bytes: struct virtio_admin_abi_part and its value, and so on; not aligned
 * @len: of all of them
 */
struct virtiovf_mig_parts {
	const u8 *bytes;
	u32 len;
};

int virtiovf_mig_parts_check(const struct virtiovf_mig_parts *parts,
			     const struct virtiovf_mig_parts *own, const char **reason);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H */
