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

static uint64_t aborted_read(void *opaque, hwaddr addr, unsigned int size)
{
	return UINT64_MAX;
}

static void aborted_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
}

static const MemoryRegionOps aborted_ops = {
	.read = aborted_read,
	.write = aborted_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
};

/* Where nobody answers behind a port reads are ones; QEMU's own would be zeros. */
static void answer_for_nobody(PCIDevice *port)
{
	MemoryRegion *all;

	if (object_property_find(OBJECT(port), "card-nobody[0]"))
		return;
	all = g_new0(MemoryRegion, 1);
	memory_region_init_io(all, OBJECT(port), &aborted_ops, NULL, "card-nobody", UINT64_MAX);
	memory_region_add_subregion_overlap(&PCI_BRIDGE(port)->address_space_mem, 0, all, -1);
}

void card_surprise_unplug(PCIDevice *dev)
{
	PCIDevice *port = pci_get_bus(dev)->parent_dev;

	if (port)
		answer_for_nobody(port);
	qdev_unrealize(DEVICE(dev));
	object_unparent(OBJECT(dev));
	if (has_native_hotplug(port))
		slot_is_empty(port);
}
