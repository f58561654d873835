// SPDX-License-Identifier: GPL-2.0-only
/* Which devices does the driver take, under which name? All, as virtio-pci. */
#include <linux/module.h>
#include <linux/pci.h>

#include "virtio_pci.h"

char const vp_driver_name[] = "virtio-pci";

const struct pci_device_id vp_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_ANY_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, vp_ids);
