/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a virtqueue (virtio 1.4, "Split Virtqueues" and "Packed
 * Virtqueues"), in memory that is accessed through callbacks. Pure: it knows no locks,
 * pages or devices, so that tests and fuzzers on the host can build it.
 *
 * Terms: a chain is one buffer that the driver made available, a piece is the memory of
 * one descriptor. The readable part of a chain comes first, then the writable part.
 * Chains are returned in the order in which they were taken.
 *
 * The driver may be hostile. Whatever it writes, a call ends after a number of steps
 * bounded by the ring's size and the chain's room, and accesses only memory that the
 * callbacks allow. A negative return of any call means that the ring is invalid and must
 * not be used any more.
 */
#ifndef _LINUX_VDPA_RING_H
#define _LINUX_VDPA_RING_H

#include <linux/types.h>

struct vdpa_ring_mem;

/*
 * Access to the driver's memory. Return: 0, or a negative errno and any part of the
 * destination may have been written. load16 and store16 are single accesses to aligned
 * addresses. move copies within that memory.
 */
struct vdpa_ring_mem_ops {
	int (*read)(struct vdpa_ring_mem *mem, u64 addr, void *buf, size_t len);
	int (*write)(struct vdpa_ring_mem *mem, u64 addr, const void *buf, size_t len);
	int (*load16)(struct vdpa_ring_mem *mem, u64 addr, u16 *value);
	int (*store16)(struct vdpa_ring_mem *mem, u64 addr, u16 value);
	int (*move)(struct vdpa_ring_mem *mem, u64 to, u64 from, size_t len);
};

struct vdpa_ring_mem {
	const struct vdpa_ring_mem_ops *ops;
};

/* A position in a packed ring: a descriptor, and the wrap counter there */
struct vdpa_ring_place {
	u16 index;
	bool wrap;
};

/* Parameters of vdpa_ring_init(); addresses are the driver's */
struct vdpa_ring_layout {
	u64 desc;
	u64 avail;		/* of a packed ring: the driver's event suppression area */
	u64 used;		/* the device's */
	u32 num;
	u16 next;		/* split: the next available entry */
	struct vdpa_ring_place take;	/* packed: the next available descriptor */
	struct vdpa_ring_place give;	/* packed: the next used one */
	bool packed;		/* VIRTIO_F_RING_PACKED was negotiated */
	bool event_idx;		/* VIRTIO_F_EVENT_IDX was negotiated */
	bool indirect;		/* VIRTIO_F_INDIRECT_DESC was negotiated */
};

/* One ring. The caller serializes all calls. */
struct vdpa_ring {
	struct vdpa_ring_mem *mem;
	u64 desc, avail, used;
	u16 num;
	bool packed;
	bool event_idx;
	bool indirect;
	/* of a packed ring */
	struct vdpa_ring_place take;	/* to be taken next */
	struct vdpa_ring_place taken;	/* the last chain's start */
	struct vdpa_ring_place give;	/* to be returned next */
	u32 given;		/* descriptors returned since vdpa_ring_wants_interrupt() */
	/* of a split ring */
	u16 next_avail;		/* to be taken next */
	u16 seen_avail;		/* the driver's index when last read */
	u16 next_used;		/* to be returned next */
	u16 published;		/* the used index in the ring, seen by the driver */
	u16 asked;		/* published at the last vdpa_ring_wants_interrupt() */
	bool asked_valid;
};

struct vdpa_ring_piece {
	u64 addr;
	u32 len;
};

/* The readable or the writable part of a chain, with a cursor */
struct vdpa_ring_part {
	const struct vdpa_ring_piece *pieces;
	u16 count;
	u32 len;
	u16 at;			/* cursor: index of a piece */
	u32 at_offset;		/* offset of its first byte in the part */
};

struct vdpa_ring_chain {
	struct vdpa_ring_piece *pieces;	/* room for max, allocated by the caller */
	u16 max;
	/* the rest: set by vdpa_ring_next() */
	u16 head;			/* the driver's id of the chain */
	u16 count;			/* packed: descriptors of the ring that it takes */
	struct vdpa_ring_part out;		/* the device may read it */
	struct vdpa_ring_part in;		/* the device may write it */
};

/*
 * Context of all calls below: whatever the callbacks allow. The caller serializes calls for
 * one ring.
 */

/**
 * vdpa_ring_init() - set up a ring that a driver has placed
 * @ring: the ring
 * @mem: access to the driver's memory, used as long as the ring is
 * @layout: addresses, size, features, and where to start
 *
 * Return: 0, or -EINVAL for an invalid size or address.
 */
int vdpa_ring_init(struct vdpa_ring *ring, struct vdpa_ring_mem *mem,
		   const struct vdpa_ring_layout *layout);

/**
 * vdpa_ring_next() - take the next available chain
 * @ring: the ring
 * @chain: filled; the caller has set @pieces and @max
 *
 * Return: 1 with the next chain, 0 if there is none, -EINVAL or the callback's error.
 */
int vdpa_ring_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain);

/**
 * vdpa_ring_undo() - undo the last vdpa_ring_next(): it will return the same chain again
 * @ring: the ring
 */
void vdpa_ring_undo(struct vdpa_ring *ring);

/**
 * vdpa_ring_rewind() - give all chains back that the driver has not seen returned
 * @ring: the ring
 *
 * They are found again, as they would be by a ring that starts at vdpa_ring_position(). For
 * a device that is stopped in the middle of one.
 */
void vdpa_ring_rewind(struct vdpa_ring *ring);

/**
 * vdpa_ring_position() - where another ring over the same memory has to start
 * @ring: the ring
 * @layout: its next, take and give are set
 */
void vdpa_ring_position(const struct vdpa_ring *ring, struct vdpa_ring_layout *layout);

/**
 * vdpa_ring_copy_out() - read from the readable part of a chain
 * @ring: the ring
 * @chain: taken from it
 * @offset: in the part
 * @buf: filled
 * @len: in bytes
 *
 * Return: 0, -EINVAL beyond the part's end, or the callback's error.
 */
int vdpa_ring_copy_out(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u32 offset,
		       void *buf, u32 len);

/**
 * vdpa_ring_copy_in() - write to the writable part of a chain
 * @ring: the ring
 * @chain: taken from it
 * @offset: in the part
 * @buf: what to write
 * @len: in bytes
 *
 * Return: 0, -EINVAL beyond the part's end, or the callback's error.
 */
int vdpa_ring_copy_in(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u32 offset,
		      const void *buf, u32 len);

/**
 * vdpa_ring_move() - copy from one chain to another, in rings with the same memory
 * @ring: one of the rings
 * @to: the chain whose writable part is written to
 * @to_offset: in that part
 * @from: the chain whose readable part is read from
 * @from_offset: in that part
 * @len: in bytes
 *
 * Return: 0, -EINVAL beyond a part's end, or the callback's error.
 */
int vdpa_ring_move(struct vdpa_ring *ring, struct vdpa_ring_chain *to, u32 to_offset,
		   struct vdpa_ring_chain *from, u32 from_offset, u32 len);

/**
 * vdpa_ring_complete() - return a chain; the driver sees it after the next publish
 * @ring: the ring
 * @chain: the first that was taken and not returned yet
 * @written: bytes written to it
 *
 * Return: 0 or the callback's error.
 */
int vdpa_ring_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain, u32 written);

/**
 * vdpa_ring_publish() - let the driver see all chains that were returned
 * @ring: the ring
 *
 * Return: 0 or the callback's error.
 */
int vdpa_ring_publish(struct vdpa_ring *ring);

/**
 * vdpa_ring_wants_interrupt() - does the driver want an interrupt?
 * @ring: the ring
 *
 * Return: 1 if it does for what was published since the last call, 0, or the callback's
 * error.
 */
int vdpa_ring_wants_interrupt(struct vdpa_ring *ring);

/**
 * vdpa_ring_enable_notify() - request notifications from the driver
 * @ring: the ring
 *
 * Return: 1 if there is a chain already, 0, or the callback's error.
 */
int vdpa_ring_enable_notify(struct vdpa_ring *ring);

/**
 * vdpa_ring_disable_notify() - ask the driver for no notifications
 * @ring: the ring
 *
 * Return: 0 or the callback's error.
 */
int vdpa_ring_disable_notify(struct vdpa_ring *ring);

#endif /* _LINUX_VDPA_RING_H */
