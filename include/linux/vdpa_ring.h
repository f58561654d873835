/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a virtqueue (virtio 1.4, "Split Virtqueues" and "Packed
 * Virtqueues"), over memory that only accessors reach. Pure: it knows no lock, no page,
 * no device, so that the host's tests and fuzzers can build it.
 *
 * Words: a chain is what the driver made available as one buffer, a piece is one
 * descriptor's range of memory. The readable part of a chain comes first, the
 * writable part after it. Chains are returned in the order in which they were taken.
 *
 * A driver may be hostile. Whatever it writes, a call ends after a number of
 * steps bounded by the ring's size and the chain's room, and touches only memory
 * that the accessors allow. A negative return of any call means that the ring
 * cannot be used any further: what it says makes no sense.
 */
#ifndef _LINUX_VDPA_RING_H
#define _LINUX_VDPA_RING_H

#include <linux/types.h>

struct vdpa_ring_mem;

/*
 * Access to the driver's memory. All or nothing: 0, or a negative errno and an
 * undefined part of the bytes written. load16 and store16 are single accesses to
 * aligned addresses. move copies from one place in that memory to another.
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

/* A place in a packed ring: a descriptor, and how the wrap counter stands there */
struct vdpa_ring_place {
	u16 index;
	bool wrap;
};

/* What vdpa_ring_init() needs to know; addresses as the driver gave them */
struct vdpa_ring_layout {
	u64 desc;
	u64 avail;		/* of a packed ring: the driver's event suppression area */
	u64 used;		/* the device's */
	u32 num;
	u16 next;		/* split: where to go on, the next available entry */
	struct vdpa_ring_place take;	/* packed: the next available descriptor */
	struct vdpa_ring_place give;	/* packed: the next used one */
	bool packed;		/* VIRTIO_F_RING_PACKED was negotiated */
	bool event_idx;		/* VIRTIO_F_EVENT_IDX was negotiated */
	bool indirect;		/* VIRTIO_F_INDIRECT_DESC was negotiated */
};

/* One ring. The caller lets one thread at a time in. */
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
	u32 given;		/* descriptors returned since an interrupt was last thought about */
	/* of a split ring */
	u16 next_avail;		/* to be taken next */
	u16 seen_avail;		/* the driver's index when we last looked */
	u16 next_used;		/* to be returned next */
	u16 published;		/* the used index the driver can see */
	u16 asked;		/* published, when an interrupt was last thought about */
	bool asked_valid;
};

struct vdpa_ring_piece {
	u64 addr;
	u32 len;
};

/* The readable or the writable part of a chain, with a place to go on from */
struct vdpa_ring_part {
	const struct vdpa_ring_piece *pieces;
	u16 count;
	u32 len;
	u16 at;			/* the piece that holds at_offset */
	u32 at_offset;		/* its first byte's offset in the part */
};

struct vdpa_ring_chain {
	struct vdpa_ring_piece *pieces;	/* room for max; the owner's */
	u16 max;
	/* the rest: set by vdpa_ring_next() */
	u16 head;			/* the driver's name for it */
	u16 count;			/* descriptors of the ring, when that is packed */
	struct vdpa_ring_part out;		/* the device may read it */
	struct vdpa_ring_part in;		/* the device may write it */
};

/* Return: 0, or -EINVAL for a size or an address that no ring can have */
int vdpa_ring_init(struct vdpa_ring *ring, struct vdpa_ring_mem *mem,
		   const struct vdpa_ring_layout *layout);

/* Return: 1 and the next chain, 0 when there is none, -EINVAL or the accessor's error */
int vdpa_ring_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain);
/* Give the last chain back untouched, to be found again by vdpa_ring_next() */
void vdpa_ring_undo(struct vdpa_ring *ring);
/*
 * Give all chains back that the driver has not seen returned: they are found again, as they
 * would be by a ring that starts at vdpa_ring_position(). For a device that is stopped in the
 * middle of one.
 */
void vdpa_ring_rewind(struct vdpa_ring *ring);
/* Where another ring over the same memory has to start: @layout's next, take and give */
void vdpa_ring_position(const struct vdpa_ring *ring, struct vdpa_ring_layout *layout);

/* Copy from and to a chain. Return: 0, -EINVAL beyond the part's end, or the accessor's error */
int vdpa_ring_copy_out(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u32 offset,
		       void *buf, u32 len);
int vdpa_ring_copy_in(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u32 offset,
		      const void *buf, u32 len);
/* Copy from one chain to another; their rings are in the same memory. Return: as above. */
int vdpa_ring_move(struct vdpa_ring *ring, struct vdpa_ring_chain *to, u32 to_offset,
		   struct vdpa_ring_chain *from, u32 from_offset, u32 len);

/* Return a chain of which @written bytes were written; the driver sees it at the next publish */
int vdpa_ring_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain, u32 written);
int vdpa_ring_publish(struct vdpa_ring *ring);
/* Return: 1 when the driver wants to hear of what was published since last asked, or 0 */
int vdpa_ring_wants_interrupt(struct vdpa_ring *ring);

/* Ask the driver to notify us, or not to. enable returns 1 when there is work already */
int vdpa_ring_enable_notify(struct vdpa_ring *ring);
int vdpa_ring_disable_notify(struct vdpa_ring *ring);

#endif /* _LINUX_VDPA_RING_H */
