/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and checking device parts. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H

#include <linux/types.h>
#include <linux/virtio_device_parts.h>

/**
 * struct virtiovf_mig_parts - a sequence of device parts
 * @bytes: for each part a struct virtio_admin_abi_part and its value; not aligned
 * @len: length of all parts, in bytes
 */
struct virtiovf_mig_parts {
	const u8 *bytes;
	u32 len;
};

/**
 * struct virtiovf_mig_part - one of them
 * @header: a copy, because parts are not aligned
 * @value: what follows it
 * @len: length of @value, in bytes
 */
struct virtiovf_mig_part {
	struct virtio_admin_abi_part header;
	const u8 *value;
	u32 len;
};

int virtiovf_mig_part_next(const struct virtiovf_mig_parts *parts, u32 *at,
			   struct virtiovf_mig_part *part);
int virtiovf_mig_parts_check(const struct virtiovf_mig_parts *parts,
			     const struct virtiovf_mig_parts *own, const char **reason);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_PARTS_H */
