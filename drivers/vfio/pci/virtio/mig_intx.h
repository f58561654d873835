/* SPDX-License-Identifier: GPL-2.0-only */
/* An INTx line in the migration stream. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_INTX_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_INTX_H

#include <linux/types.h>

#include "intx_setup.h"

struct virtiovf_mig_intx;

/**
 * struct virtiovf_intx_saved - state of a line that is not in the device's parts
 * @vectors: the parts' vector registers are those behind the line, not the guest's
 * @status: the ISR status
 * @setup: what the driver has set up
 */
struct virtiovf_intx_saved {
	bool vectors;
	u8 status;
	struct virtiovf_setup setup;
};

u32 virtiovf_mig_intx_encode(const struct virtiovf_intx_saved *saved,
			     struct virtiovf_mig_intx *record);
int virtiovf_mig_intx_decode(const struct virtiovf_mig_intx *record, u32 len,
			     struct virtiovf_intx_saved *saved, const char **reason);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_INTX_H */
