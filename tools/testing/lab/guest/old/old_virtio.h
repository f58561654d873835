/* SPDX-License-Identifier: GPL-2.0-only */
/* A legacy driver without MSI-X, for guests of the lab: what its three files share. */
#ifndef OLD_VIRTIO_H
#define OLD_VIRTIO_H

#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <uapi/linux/virtio_ring.h>

#define OLD_QUEUES	2
#define OLD_PIECES	32		/* descriptors of one buffer, at most */

/* Offsets in the I/O BAR: "Legacy Interfaces: A Note on PCI Device Layout" */
enum {
	OLD_DEVICE_FEATURES = 0,
	OLD_DRIVER_FEATURES = 4,
	OLD_QUEUE_ADDRESS = 8,
	OLD_QUEUE_SIZE = 12,
	OLD_QUEUE_SELECT = 14,
	OLD_QUEUE_NOTIFY = 16,
	OLD_STATUS = 18,
	OLD_ISR = 19,
	OLD_CONFIG = 20,		/* without MSI-X */
};

struct old_device;

/* What its type of device adds */
struct old_type {
	u32 features;
	unsigned int queues;
	int (*start)(struct old_device *old);
	void (*stop)(struct old_device *old);
	/* the device has used buffers of this queue; with the device's lock, in the handler */
	void (*used)(struct old_device *old, unsigned int queue);
	void (*config_changed)(struct old_device *old);
};

extern const struct old_type old_net, old_blk;

/* Part of a buffer; the device's part is written by it */
struct old_piece {
	void *at;
	u32 len;
	bool device;
};

struct old_queue {
	struct vring ring;
	void *memory;
	size_t bytes;
	void **token;			/* of a buffer, by its first descriptor */
	u16 free, free_count, last_used;
};

struct old_device {
	struct pci_dev *pdev;
	const struct old_type *type;
	void __iomem *ports;
	spinlock_t lock;		/* all queues, and what is below */
	struct old_queue queues[OLD_QUEUES];
	unsigned long handled, not_ours;
	bool was_master;
	void *private;			/* of the type */
};

/* Return: 0, or -ENOSPC. With the lock held */
int old_add(struct old_queue *queue, const struct old_piece *pieces, unsigned int count,
	    void *token);
void old_notify(struct old_device *old, unsigned int queue);
/* Return: the token of a buffer that was used, with how much was written, or NULL */
void *old_used(struct old_queue *queue, u32 *len);

#endif /* OLD_VIRTIO_H */
