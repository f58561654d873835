/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that program the vectors behind an INTx line: a row for each interface. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_INTX_REGS_H
#define DRIVERS_VFIO_PCI_VIRTIO_INTX_REGS_H

#include <linux/types.h>

struct virtiovf_device;
struct virtiovf_setup;

/**
 * struct virtiovf_intx_regs - an interface's registers. Functions return 0 or an error
 * @queue_select: offset of the register
 * @config_vector: likewise
 * @queue_vector: likewise, of the selected queue
 * @selected: which queue has the driver selected?
 * @get: read a register
 * @put: write a register
 * @get_status: read the device's own ISR status, which it may set even with MSI-X; reading
 *	clears it
 */
struct virtiovf_intx_regs {
	u8 queue_select;
	u8 config_vector;
	u8 queue_vector;
	int (*selected)(struct virtiovf_device *vf, const struct virtiovf_setup *setup,
			u16 *queue);
	int (*get)(struct virtiovf_device *vf, u8 offset, u16 *value);
	int (*put)(struct virtiovf_device *vf, u8 offset, u16 value);
	int (*get_status)(struct virtiovf_device *vf, u8 *status);
};

const struct virtiovf_intx_regs *virtiovf_intx_regs(const struct virtiovf_setup *setup);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_INTX_REGS_H */
