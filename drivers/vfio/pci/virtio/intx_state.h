/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of an emulated INTx line. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_INTX_STATE_H
#define DRIVERS_VFIO_PCI_VIRTIO_INTX_STATE_H

#include <linux/types.h>

/* Bits of the ISR status register */
#define VIRTIOVF_ISR_QUEUE	0x1
#define VIRTIOVF_ISR_CONFIG	0x2

/**
 * struct virtiovf_intx_state - the line, as set by the user and the guest
 * @enabled: the user has enabled index 0. Excludes MSI-X, as in vfio-pci-core
 * @trigger: there is an eventfd to signal; never without @enabled
 * @masked: by the user
 * @automasked: by a signal, until the user unmasks
 * @disabled: PCI_COMMAND_INTX_DISABLE
 * @status: the ISR status register: what the driver has not read yet
 */
struct virtiovf_intx_state {
	bool enabled;
	bool trigger;
	bool masked;
	bool automasked;
	bool disabled;
	u8 status;
};

bool virtiovf_intx_state_raise(struct virtiovf_intx_state *state, u8 bits);
u8 virtiovf_intx_state_read(struct virtiovf_intx_state *state);
void virtiovf_intx_state_mask(struct virtiovf_intx_state *state);
bool virtiovf_intx_state_unmask(struct virtiovf_intx_state *state);
bool virtiovf_intx_state_disable(struct virtiovf_intx_state *state, bool disabled);
bool virtiovf_intx_state_enable(struct virtiovf_intx_state *state, bool trigger);
void virtiovf_intx_state_turn_off(struct virtiovf_intx_state *state);
bool virtiovf_intx_state_loopback(const struct virtiovf_intx_state *state);
void virtiovf_intx_state_device_reset(struct virtiovf_intx_state *state);
void virtiovf_intx_state_function_reset(struct virtiovf_intx_state *state);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_INTX_STATE_H */
