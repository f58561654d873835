/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's used rings between a VF and its guest: shared by the files interpose*.c.
 * Calls go down:
 *
 *	interpose_regs.c	what the guest's accesses of registers do to it
 *	interpose.c		begins and ends it: the owner's commands
 *	interpose_thread.c	copies from the device's rings to the guest's
 *	interpose_rings.c	memory for the rings, and where the device finds it
 *	interpose_doorbell.c	how the device is notified
 *	guest_irqs.c		the guest's eventfds
 *
 * relay.c and relay_parts.c below them are pure.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_INTERPOSE_H
#define DRIVERS_VFIO_PCI_VIRTIO_INTERPOSE_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "dirty_bits.h"
#include "relay.h"
#include "relay_parts.h"

struct eventfd_ctx;
struct iommu_domain;
struct task_struct;
struct vfio_irq_set;
struct virtiovf_device;
struct virtiovf_guest_irqs_change;
struct virtiovf_mig_bytes;

/**
 * struct virtiovf_interpose_queue - a queue whose used ring is ours
 * @place: as the device knew it, with the address of our ring; the vector is the guest's
 * @relay: its rings
 * @doorbell: the queue's own, if the guest's driver is a modern one; or NULL
 * @order: 2^n pages are at @relay.ring
 * @mapped: they are mapped for the device
 * @dropped: the device does not have our ring any more: reset, or set up anew
 * @failed: it is not served any more: a ring is not accessible, or the device's is invalid
 * @kick: the device has to be notified, and was not yet
 */
struct virtiovf_interpose_queue {
	struct virtiovf_relay_place place;
	struct virtiovf_relay_queue relay;
	void __iomem *doorbell;
	unsigned int order;
	bool mapped;
	bool dropped;
	bool failed;
	bool kick;
};

/**
 * struct virtiovf_interpose - our used rings
 * @lock: protects @queues and @bits. Held by the thread while it copies, and so while
 *	guest memory is waited for: who waits for it can be killed, and does not hold memory_lock
 * @memory: the guest's, for @queues
 * @active: the log is the driver's, from its start to its end; under bar0_lock
 * @queues: those that were enabled at the start; allocated and freed under
 *	virtiovf_migration::lock and bar0_lock, while there is no thread
 * @count: number of @queues
 * @domain: the user's, with our rings in it; NULL if there are none
 * @bits: the log; no words: nothing is logged
 * @thread: copies; or NULL. Under virtiovf_migration::lock, or at close
 * @wait: the thread, and who waits for it
 * @asked: how many passes were asked for
 * @done: which of them are complete
 * @gone: the function was reset: a pass that runs ends, and the next one does nothing
 * @quit: the thread has to end: likewise
 */
struct virtiovf_interpose {
	struct mutex lock;	/* below bar0_lock, above guest_irqs.lock */
	struct virtiovf_relay_memory memory;
	bool active;
	struct virtiovf_interpose_queue *queues;
	unsigned int count;
	struct iommu_domain *domain;
	struct virtiovf_dirty_bits bits;
	struct task_struct *thread;
	wait_queue_head_t wait;
	unsigned long asked;
	unsigned long done;
	bool gone;
	bool quit;
};

/**
 * struct virtiovf_guest_irqs - the eventfds of the guest's MSI-X vectors
 * @wanted: they are kept, because the driver may have to signal them. Constant
 * @lock: protects the others
 * @eventfds: by vector; allocated with the first one
 * @count: number of vectors
 */
struct virtiovf_guest_irqs {
	bool wanted;
	struct mutex lock;	/* a leaf */
	struct eventfd_ctx **eventfds;
	unsigned int count;
};

/* interpose.c */
void virtiovf_interpose_init(struct virtiovf_device *vf);
int virtiovf_interpose_begin(struct virtiovf_device *vf);
int virtiovf_interpose_end(struct virtiovf_device *vf);
void virtiovf_interpose_hide(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts);
void virtiovf_interpose_reset(struct virtiovf_device *vf);
void virtiovf_interpose_quit(struct virtiovf_device *vf);
void virtiovf_interpose_free(struct virtiovf_device *vf);

/* interpose_regs.c */
int virtiovf_interpose_legacy_write(struct virtiovf_device *vf, u32 offset, u32 len,
				    const u8 *bytes);
void virtiovf_interpose_legacy_read(struct virtiovf_device *vf, u32 offset, u32 len, u8 *bytes);
int virtiovf_interpose_modern_write(struct virtiovf_device *vf, u32 offset, u32 len,
				    const u8 *bytes);
int virtiovf_interpose_modern_read(struct virtiovf_device *vf, u32 offset, u32 len, u8 *bytes);
void virtiovf_interpose_window_written(struct virtiovf_device *vf);
int virtiovf_interpose_drop(struct virtiovf_device *vf);

/* interpose_thread.c */
int virtiovf_interpose_read(struct virtiovf_relay_memory *memory, u64 addr, void *buf, u32 len);
int virtiovf_interpose_write(struct virtiovf_relay_memory *memory, u64 addr, const void *buf,
			     u32 len);
void virtiovf_interpose_mark(struct virtiovf_relay_memory *memory, u64 first, u64 last);
void virtiovf_interpose_interrupt(struct virtiovf_device *vf,
				  const struct virtiovf_interpose_queue *queue);
int virtiovf_interpose_prepare(struct virtiovf_device *vf);
void virtiovf_interpose_run(struct virtiovf_device *vf);
int virtiovf_interpose_flush(struct virtiovf_device *vf);
void virtiovf_interpose_settle(struct virtiovf_device *vf);
void virtiovf_interpose_stop(struct virtiovf_device *vf);

/* interpose_rings.c */
int virtiovf_interpose_rings_map(struct virtiovf_device *vf);
bool virtiovf_interpose_rings_intact(struct virtiovf_device *vf);
void virtiovf_interpose_rings_free(struct virtiovf_device *vf);

/* interpose_doorbell.c */
int virtiovf_interpose_doorbells_map(struct virtiovf_device *vf, bool modern);
void virtiovf_interpose_doorbells_unmap(struct virtiovf_device *vf);
int virtiovf_interpose_notify(struct virtiovf_device *vf,
			      const struct virtiovf_interpose_queue *queue);

/* guest_irqs.c */
void virtiovf_guest_irqs_init(struct virtiovf_device *vf);
struct virtiovf_guest_irqs_change *
virtiovf_guest_irqs_prepare(struct virtiovf_device *vf, const struct vfio_irq_set *set,
			    unsigned long arg);
void virtiovf_guest_irqs_finish(struct virtiovf_device *vf,
				struct virtiovf_guest_irqs_change *change, bool done);
void virtiovf_guest_irqs_signal(struct virtiovf_device *vf, u16 vector);
void virtiovf_guest_irqs_close(struct virtiovf_device *vf);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_INTERPOSE_H */
