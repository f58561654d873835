/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration registers that make a VF a transitional device. Builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_CONFIG_REGS_H
#define DRIVERS_VFIO_PCI_VIRTIO_CONFIG_REGS_H

#include <linux/compiler.h>
#include <linux/pci_regs.h>
#include <linux/types.h>

struct virtiovf_type;

/* All overlaid registers are in the standard header */
#define VIRTIOVF_CONFIG_LEN	64

enum virtiovf_config_reg {
	VIRTIOVF_DEVICE_ID,
	VIRTIOVF_COMMAND,
	VIRTIOVF_STATUS,
	VIRTIOVF_REVISION,
	VIRTIOVF_BAR0,
	VIRTIOVF_SUBSYSTEM_VENDOR,
	VIRTIOVF_SUBSYSTEM_ID,
	VIRTIOVF_INTERRUPT_PIN,
	VIRTIOVF_CONFIG_REGS
};

/**
 * struct virtiovf_config - the overlaid registers
 * @value: of each register, in the bits that are overlaid
 * @writable: the bits that the user can change
 */
struct virtiovf_config {
	u32 value[VIRTIOVF_CONFIG_REGS];
	u32 writable[VIRTIOVF_CONFIG_REGS];
};

void virtiovf_config_reset(struct virtiovf_config *config, const struct virtiovf_type *type,
			   bool pin);
void virtiovf_config_set_interrupt(struct virtiovf_config *config, bool pending);
void virtiovf_config_read(const struct virtiovf_config *config, u32 offset, u8 *bytes, u32 len);
void virtiovf_config_write(struct virtiovf_config *config, u32 offset, const u8 *bytes, u32 len);

/* A single load: safe against a concurrent writer, without a lock */
static inline bool virtiovf_config_io_enabled(const struct virtiovf_config *config)
{
	return READ_ONCE(config->value[VIRTIOVF_COMMAND]) & PCI_COMMAND_IO;
}

static inline bool virtiovf_config_intx_disabled(const struct virtiovf_config *config)
{
	return config->value[VIRTIOVF_COMMAND] & PCI_COMMAND_INTX_DISABLE;
}

#endif /* DRIVERS_VFIO_PCI_VIRTIO_CONFIG_REGS_H */
