/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers in the legacy BAR0. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_BAR0_LAYOUT_H
#define DRIVERS_VFIO_PCI_VIRTIO_BAR0_LAYOUT_H

#include <linux/types.h>

struct virtiovf_type;

/* The device-specific configuration starts here, without MSI-X and with it */
#define VIRTIOVF_COMMON_LEN		20
#define VIRTIOVF_COMMON_LEN_MSIX	24

#define VIRTIOVF_QUEUE_NOTIFY		16

/* Widest access of an I/O port; a longer one is several of those */
#define VIRTIOVF_UNIT_MAX		4

/* What becomes of the bytes of an access that lie in one field */
enum virtiovf_path {
	VIRTIOVF_NOWHERE,	/* read as ones, not written */
	VIRTIOVF_COMMON,	/* a command for the common configuration */
	VIRTIOVF_DEVICE,	/* a command for the device-specific configuration */
	VIRTIOVF_NOTIFY,	/* a driver notification */
};

/**
 * struct virtiovf_step - the part of an access that a single field takes
 * @path: how it is carried out
 * @offset: for a command, the first byte in its configuration structure
 * @len: number of bytes
 */
struct virtiovf_step {
	enum virtiovf_path path;
	u8 offset;
	u8 len;
};

u32 virtiovf_bar0_unit(u32 offset, u32 len);
struct virtiovf_step virtiovf_bar0_step(const struct virtiovf_type *type, bool msix, bool write,
					u32 offset, u32 len);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_BAR0_LAYOUT_H */
