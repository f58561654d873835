/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A used ring between a device and its driver: the device writes to a ring of ours, and
 * what is new there is copied to the driver's. No locks, no PCI: builds on the host.
 *
 * All addresses are the driver's. The driver may be hostile: whatever is in its memory, a
 * pass ends after a number of steps bounded by the ring's size.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_RELAY_H
#define DRIVERS_VFIO_PCI_VIRTIO_RELAY_H

#include <linux/types.h>

/* "Queue Size value is always a power of 2. The maximum Queue Size value is 32768." */
#define VIRTIOVF_RELAY_SIZE_MAX		32768

/* Elements of one pass, so that a lock is not held for long */
#define VIRTIOVF_RELAY_BATCH		32

/**
 * struct virtiovf_relay_memory - the driver's memory
 * @read: 0 or a negative errno; the destination may have been written in either case
 * @write: 0 or a negative errno. The driver may read meanwhile: an aligned word of 8 bytes is
 *	written at once, anything shorter perhaps byte by byte
 * @mark: the bytes from @first to @last were written to, or may have been
 */
struct virtiovf_relay_memory {
	int (*read)(struct virtiovf_relay_memory *memory, u64 addr, void *buf, u32 len);
	int (*write)(struct virtiovf_relay_memory *memory, u64 addr, const void *buf, u32 len);
	void (*mark)(struct virtiovf_relay_memory *memory, u64 first, u64 last);
};

/**
 * struct virtiovf_relay_queue - one split virtqueue. The caller serializes all calls.
 * @memory: the driver's memory
 * @ring: our used ring, virtiovf_relay_ring_len() bytes, which the device writes to
 * @desc: the driver's descriptor table
 * @avail: its available ring
 * @used: its used ring
 * @size: of the queue
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 * @notify_on_empty: VIRTIO_F_NOTIFY_ON_EMPTY was negotiated
 * @used_idx: what the driver's used ring has been given
 * @first_id: the id in its first element, which is written with the index
 * @avail_idx: of the driver's available ring, when it was last read
 * @flags: of the driver's used ring
 * @event: the avail_event behind it
 */
struct virtiovf_relay_queue {
	struct virtiovf_relay_memory *memory;
	void *ring;
	u64 desc;
	u64 avail;
	u64 used;
	u16 size;
	bool event_idx;
	bool notify_on_empty;
	/* private: */
	u16 used_idx;
	u16 avail_idx;
	u16 flags;
	u16 event;
	__le32 first_id;
};

/**
 * struct virtiovf_relay_result - what a pass did
 * @copied: number of used elements
 * @more: there are more of them
 * @added: the driver has made buffers available
 * @kick: the device has to be notified: the driver did not see that it wants to be
 * @interrupt: the driver wants an interrupt
 * @error: 0, or why pages may be missing: a chain was not understood. The pass went on.
 */
struct virtiovf_relay_result {
	unsigned int copied;
	bool more;
	bool added;
	bool kick;
	bool interrupt;
	int error;
};

u32 virtiovf_relay_ring_len(u16 size);
int virtiovf_relay_begin(struct virtiovf_relay_queue *queue);
int virtiovf_relay_pass(struct virtiovf_relay_queue *queue, struct virtiovf_relay_result *result);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_RELAY_H */
