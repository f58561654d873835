// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Surprise removal: the device leaves its slot with no word to the driver
 * first; a slot with native hot-plug then says that it is empty.
 */
#include "qemu/osdep.h"
#include "hw/hotplug.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pcie.h"
#include "qapi/error.h"
#include "card.h"

/*
 * QEMU has no call that raises "presence detect changed" alone, but it raises
 * what is set in Slot Status whenever Slot Control is written, as here to what
 * it was.
 */
static void slot_is_empty(PCIDevice *port)
{
	uint8_t *cap = port->config + port->exp.exp_cap;
	uint16_t control, status;

	pci_word_test_and_clear_mask(cap + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDS);
	pci_word_test_and_set_mask(cap + PCI_EXP_SLTSTA, PCI_EXP_SLTSTA_PDC);
	pci_word_test_and_clear_mask(cap + PCI_EXP_LNKSTA, PCI_EXP_LNKSTA_DLLLA);
	pcie_cap_slot_get(port, &control, &status);
	pcie_cap_slot_write_config(port, control, status,
				   port->exp.exp_cap + PCI_EXP_SLTCTL, control, 2);
}

static bool has_native_hotplug(PCIDevice *port)
{
	return port && port->exp.exp_cap &&
	       pci_get_long(port->config + port->exp.exp_cap + PCI_EXP_SLTCAP) & PCI_EXP_SLTCAP_HPC;
}

void card_surprise_unplug(PCIDevice *dev)
{
	PCIDevice *port = pci_get_bus(dev)->parent_dev;

	qdev_unrealize(DEVICE(dev));
	object_unparent(OBJECT(dev));
	if (has_native_hotplug(port))
		slot_is_empty(port);
}
