/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers in the legacy BAR0. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_BAR0_LAYOUT_H
#define DRIVERS_VFIO_PCI_VIRTIO_BAR0_LAYOUT_H

#include <linux/types.h>

struct virtiovf_type;

/* Offset of the device-specific configuration, without and with MSI-X enabled */
#define VIRTIOVF_COMMON_LEN		20
#define VIRTIOVF_COMMON_LEN_MSIX	24

/* Registers that have a meaning to this driver */
#define VIRTIOVF_QUEUE_ADDRESS		8
#define VIRTIOVF_QUEUE_SELECT		14
#define VIRTIOVF_QUEUE_NOTIFY		16
#define VIRTIOVF_DEVICE_STATUS		18
#define VIRTIOVF_ISR_STATUS		19
#define VIRTIOVF_CONFIG_VECTOR		20
#define VIRTIOVF_QUEUE_VECTOR		22

/* Widest I/O port access, in bytes */
#define VIRTIOVF_UNIT_MAX		4

/* How the bytes of one step are carried out */
enum virtiovf_path {
	VIRTIOVF_NOWHERE,	/* reads as ones, writes are ignored */
	VIRTIOVF_COMMON,	/* a command for the common configuration */
	VIRTIOVF_DEVICE,	/* a command for the device-specific configuration */
	VIRTIOVF_NOTIFY,	/* a driver notification */
};

/**
 * struct virtiovf_step - the part of an access within a single field
 * @path: how it is carried out
 * @offset: for a command, the offset in its configuration structure, in bytes
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
