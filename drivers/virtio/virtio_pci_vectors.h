/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which interrupt vector serves what? Plans in order of preference: the next one is
 * tried if the one before failed. Pure.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_VECTORS_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_VECTORS_H

#include <linux/types.h>

#define VP_NO_VECTOR	0xffff

/* What the driver needs and the device has */
struct vp_vectors_wish {
	unsigned int queues;	/* with a callback */
	unsigned int msix;	/* vectors of the device, 0: it has no MSI-X */
	bool admin;		/* there is an admin queue */
	bool intx;		/* the device has INTx */
};

struct vp_vectors_plan {
	unsigned int count;	/* MSI-X vectors, 0: INTx */
	bool own;		/* each queue has a vector of its own */
	u16 config;
	u16 queue;		/* of the first queue, or of all; VP_NO_VECTOR without any */
	u16 admin;		/* VP_NO_VECTOR without admin queue */
};

int vp_vectors_plan(const struct vp_vectors_wish *wish, unsigned int nth,
		    struct vp_vectors_plan *plan);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_VECTORS_H */
