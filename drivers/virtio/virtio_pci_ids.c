// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices does the driver match, and what is its name?
 *
 * All virtio devices, as virtio-pci. If the kernel's own virtio-pci is built in, none:
 * functions are then bound to virtio-pci-owner by driver_override.
 *
 * VFs' drivers that must load without the module find its calls as data, by symbol_get().
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/virtio_pci_admin.h>

#include "virtio_pci.h"

#ifdef VIRTIO_PCI_OWNER
char const vp_driver_name[] = "virtio-pci-owner";

const struct pci_device_id vp_ids[] = {
	{ }
};

const struct virtio_pci_admin_calls vpo_admin_calls = VIRTIO_PCI_ADMIN_CALLS;
EXPORT_SYMBOL_GPL(vpo_admin_calls);
#else
char const vp_driver_name[] = "virtio-pci";

const struct pci_device_id vp_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_ANY_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, vp_ids);

const struct virtio_pci_admin_calls vp_admin_calls = VIRTIO_PCI_ADMIN_CALLS;
EXPORT_SYMBOL_GPL(vp_admin_calls);
#endif
