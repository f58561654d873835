/* SPDX-License-Identifier: GPL-2.0-only */
/* What a legacy driver has set up in its device. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_INTX_SETUP_H
#define DRIVERS_VFIO_PCI_VIRTIO_INTX_SETUP_H

#include <linux/types.h>

/* Queues from here on get no vector */
#define VIRTIOVF_SETUP_QUEUES	1024

enum virtiovf_setup_event {
	VIRTIOVF_SETUP_NOTHING,
	VIRTIOVF_SETUP_QUEUE,		/* the selected queue has an address */
	VIRTIOVF_SETUP_NO_QUEUE,	/* its address was removed; some devices reset themselves */
	VIRTIOVF_SETUP_RESET,		/* the device was reset */
	VIRTIOVF_SETUP_DRIVER,		/* a driver starts: status is ACKNOWLEDGE | DRIVER */
};

/**
 * struct virtiovf_setup - registers as the driver wrote them
 * @select: the queue select register
 * @queues: a bit for each queue with an address
 */
struct virtiovf_setup {
	u16 select;
	u64 queues[VIRTIOVF_SETUP_QUEUES / 64];
};

enum virtiovf_setup_event virtiovf_setup_written(struct virtiovf_setup *setup, u32 offset,
						 u32 len, const u8 *bytes);
int virtiovf_setup_next_queue(const struct virtiovf_setup *setup, int queue);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_INTX_SETUP_H */
