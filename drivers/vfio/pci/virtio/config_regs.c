// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which configuration registers differ from the VF's own? The ids of a transitional
 * device, an I/O BAR0 that can be sized, the I/O space enable bit and an interrupt pin
 * with its bits: a table that is overlaid on the bytes from vfio-pci-core.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>

#include "config_regs.h"
#include "type.h"

/* Windows drivers match this subsystem vendor; Linux drivers take any */
#define VIRTIO_VENDOR	0x1af4

/* PCI_INTERRUPT_PIN: INTA */
#define PIN_INTA	1

static const struct {
	u8 offset;
	u8 width;
	u32 ours;		/* mask; the other bits are the VF's own */
} regs[VIRTIOVF_CONFIG_REGS] = {
	[VIRTIOVF_DEVICE_ID]        = { PCI_DEVICE_ID,           2, 0xffff },
	[VIRTIOVF_COMMAND]          = { PCI_COMMAND,             2, PCI_COMMAND_IO |
							   PCI_COMMAND_INTX_DISABLE },
	[VIRTIOVF_STATUS]           = { PCI_STATUS,              2, PCI_STATUS_INTERRUPT },
	[VIRTIOVF_REVISION]         = { PCI_REVISION_ID,         1, 0xff },
	[VIRTIOVF_BAR0]             = { PCI_BASE_ADDRESS_0,      4, 0xffffffff },
	[VIRTIOVF_SUBSYSTEM_VENDOR] = { PCI_SUBSYSTEM_VENDOR_ID, 2, 0xffff },
	[VIRTIOVF_SUBSYSTEM_ID]     = { PCI_SUBSYSTEM_ID,        2, 0xffff },
	[VIRTIOVF_INTERRUPT_PIN]    = { PCI_INTERRUPT_PIN,       1, 0xff },
};

/* "Legacy Interfaces: A Note on PCI Device Discovery"; all else has its reset value */
void virtiovf_config_reset(struct virtiovf_config *config, const struct virtiovf_type *type,
			   bool pin)
{
	*config = (struct virtiovf_config) {
		.value = {
			[VIRTIOVF_DEVICE_ID] = type->transitional_id,
			[VIRTIOVF_BAR0] = PCI_BASE_ADDRESS_SPACE_IO,
			[VIRTIOVF_SUBSYSTEM_VENDOR] = VIRTIO_VENDOR,
			[VIRTIOVF_SUBSYSTEM_ID] = type->virtio_id,
			[VIRTIOVF_INTERRUPT_PIN] = pin ? PIN_INTA : 0,
		},
		.writable = {
			[VIRTIOVF_COMMAND] = PCI_COMMAND_IO | PCI_COMMAND_INTX_DISABLE,
			/* the low bits read as zero, which tells the size of the BAR */
			[VIRTIOVF_BAR0] = ~(virtiovf_type_bar0_size(type) - 1),
		},
	};
}

/* Return: bit position of byte @offset + @at in register @reg, or -1 if it is outside */
static int shift_in(int reg, u32 offset, u32 at)
{
	u32 pos = offset + at;

	if (pos < regs[reg].offset || pos >= regs[reg].offset + regs[reg].width)
		return -1;
	return (pos - regs[reg].offset) * 8;
}

/* @bytes were read from the VF at @offset; the overlay replaces its registers in them */
void virtiovf_config_read(const struct virtiovf_config *config, u32 offset, u8 *bytes, u32 len)
{
	for (int reg = 0; reg < VIRTIOVF_CONFIG_REGS; reg++) {
		for (u32 at = 0; at < len; at++) {
			int shift = shift_in(reg, offset, at);

			if (shift < 0)
				continue;
			bytes[at] &= ~(regs[reg].ours >> shift);
			bytes[at] |= config->value[reg] >> shift;
		}
	}
}

void virtiovf_config_write(struct virtiovf_config *config, u32 offset, const u8 *bytes, u32 len)
{
	for (int reg = 0; reg < VIRTIOVF_CONFIG_REGS; reg++) {
		for (u32 at = 0; at < len; at++) {
			int shift = shift_in(reg, offset, at);
			u32 mask, kept;

			if (shift < 0)
				continue;
			mask = config->writable[reg] & (0xffU << shift);
			kept = config->value[reg] & ~mask;
			WRITE_ONCE(config->value[reg], kept | (((u32)bytes[at] << shift) & mask));
		}
	}
}

/* The interrupt's bit of PCI_STATUS, which the user cannot write */
void virtiovf_config_set_interrupt(struct virtiovf_config *config, bool pending)
{
	config->value[VIRTIOVF_STATUS] = pending ? PCI_STATUS_INTERRUPT : 0;
}
