/* SPDX-License-Identifier: GPL-2.0-only */
/* What a driver has set up in its device. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_INTX_SETUP_H
#define DRIVERS_VFIO_PCI_VIRTIO_INTX_SETUP_H

#include <linux/types.h>

/* Queues from here on get no vector */
#define VIRTIOVF_SETUP_QUEUES	1024

enum virtiovf_setup_event {
	VIRTIOVF_SETUP_NOTHING,
	VIRTIOVF_SETUP_QUEUE,		/* the selected queue has an address, or is enabled */
	/* its address was removed, by which some devices reset themselves; or it was reset */
	VIRTIOVF_SETUP_NO_QUEUE,
	VIRTIOVF_SETUP_RESET,		/* the device was reset */
	VIRTIOVF_SETUP_DRIVER,		/* a legacy driver starts: ACKNOWLEDGE | DRIVER */
};

/**
 * struct virtiovf_setup - registers as the driver wrote them
 * @modern: @queues were set up by the modern interface, and not by the legacy one
 * @select: the legacy queue select register; the modern one can be read without a command
 * @queues: a bit for each queue with an address, or that is enabled
 */
struct virtiovf_setup {
	bool modern;
	u16 select;
	u64 queues[VIRTIOVF_SETUP_QUEUES / 64];
};

enum virtiovf_setup_event virtiovf_setup_written(struct virtiovf_setup *setup, u32 offset,
						 u32 len, const u8 *bytes);
enum virtiovf_setup_event virtiovf_setup_modern_event(u32 offset, u32 len, const u8 *bytes);
enum virtiovf_setup_event virtiovf_setup_modern(struct virtiovf_setup *setup,
						enum virtiovf_setup_event event, u16 queue);
int virtiovf_setup_next_queue(const struct virtiovf_setup *setup, int queue);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_INTX_SETUP_H */
