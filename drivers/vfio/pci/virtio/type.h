/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtio device types with a legacy interface. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_TYPE_H
#define DRIVERS_VFIO_PCI_VIRTIO_TYPE_H

#include <linux/types.h>

/**
 * struct virtiovf_type - what the legacy interface of a device type looks like
 * @name: for the log
 * @virtio_id: the type's number, "Device Types"; a transitional device's PCI
 *	Subsystem Device ID
 * @transitional_id: its PCI Device ID, "PCI Device Discovery"
 * @field_end: where each field of the device-specific configuration ends and
 *	the next one starts; then 0
 */
struct virtiovf_type {
	const char *name;
	u16 virtio_id;
	u16 transitional_id;
	const u8 *field_end;
};

const struct virtiovf_type *virtiovf_type_find(u16 pci_device_id);
u8 virtiovf_type_config_len(const struct virtiovf_type *type);
u32 virtiovf_type_bar0_size(const struct virtiovf_type *type);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_TYPE_H */
