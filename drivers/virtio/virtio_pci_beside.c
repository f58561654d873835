// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices does the driver take beside a built-in virtio-pci, and how is it
 * found by a module that must load without it?
 *
 * None by itself: a function is given to it by name, with driver_override. The
 * calls are exported as data too, for symbol_get().
 */
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/virtio_pci_admin.h>

#include "virtio_pci.h"

char const vp_driver_name[] = "virtio-pci-owner";

const struct pci_device_id vp_ids[] = {
	{ }
};

const struct virtio_pci_admin_calls vpo_admin_calls = VIRTIO_PCI_ADMIN_CALLS;
EXPORT_SYMBOL_GPL(vpo_admin_calls);
