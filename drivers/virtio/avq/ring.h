/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ring of fixed slots: the interface between the admin queue and its two formats.
 *
 * A slot is a number and belongs to the device from vp_ring_add() until
 * vp_ring_get() returns it. A command is two buffers, device-readable and
 * device-writable, or one indirect table that lists them. Nothing here knows
 * locks, DMA mapping or PCI, so it builds on the host and is tested there
 * against hostile devices; the caller serialises all but vp_ring_pending().
 *
 * The device may write to ring memory at any time. Each field is read once and
 * checked before use; descriptors are never read back.
 */
#ifndef DRIVERS_VIRTIO_AVQ_RING_H
#define DRIVERS_VIRTIO_AVQ_RING_H

#include <linux/types.h>

/* a command takes at most this many descriptors of the ring itself */
#define VP_RING_DESCS_PER_SLOT	2

struct vp_ring;

struct vp_ring_buf {
	u64 addr;
	u32 len;
};

struct vp_ring_request {
	struct vp_ring_buf out;		/* device-readable, or the indirect table */
	struct vp_ring_buf in;		/* device-writable; len counts also with a table */
	bool indirect;
};

/* the ring's areas, one after the other in one allocation */
struct vp_ring_layout {
	size_t driver;			/* offset of the driver area */
	size_t device;			/* offset of the device area */
	size_t size;
};

/* a used entry as the device wrote it, unchecked */
struct vp_ring_used {
	u32 slot;
	u32 len;
};

struct vp_ring_ops {
	const char *name;
	void (*layout)(u16 num, struct vp_ring_layout *layout);
	void (*init)(struct vp_ring *ring);
	void (*add)(struct vp_ring *ring, u16 slot, const struct vp_ring_request *req);
	/* true if the device wants a notification for what was added last */
	bool (*kick_needed)(struct vp_ring *ring);
	/* value of an extended notification: next offset and wrap counter */
	u16 (*next)(const struct vp_ring *ring);
	bool (*pending)(const struct vp_ring *ring);
	/* 1: used is filled; 0: not pending; negative: ring->fault is set */
	int (*peek)(struct vp_ring *ring, struct vp_ring_used *used);
	void (*advance)(struct vp_ring *ring, u16 slot);
	void (*irq_off)(struct vp_ring *ring);
	void (*irq_on)(struct vp_ring *ring);
	/* entry @i of @n of an indirect table */
	void (*table_entry)(void *table, unsigned int i, unsigned int n,
			    const struct vp_ring_buf *buf, bool writable);
};

struct vp_ring_slot {
	u32 writable;			/* bytes the device may write */
	u8 descs;			/* ring descriptors taken; 0: not owned by the device */
};

struct vp_ring {
	const struct vp_ring_ops *ops;
	const char *fault;		/* what the device did wrong, or NULL */
	void *desc, *driver, *device;
	struct vp_ring_slot *slot;
	u16 num;			/* descriptors */
	u16 slots;
	u16 inflight;			/* slots the device owns */
	bool event_idx;
	/* the format's own counters */
	u16 avail, used;
	u16 kicked;			/* split: avail at the last kick */
	u16 added;			/* packed: descriptors added last */
	bool avail_wrap, used_wrap;
};

extern const struct vp_ring_ops vp_ring_split;
extern const struct vp_ring_ops vp_ring_packed;

/* @ring->ops, num, slots, slot and event_idx are set; @mem is zeroed, as laid out */
void vp_ring_init(struct vp_ring *ring, void *mem);
void vp_ring_add(struct vp_ring *ring, u16 slot, const struct vp_ring_request *req);
/* 1: @slot came back with @len bytes written; 0: none is pending; negative: ring->fault */
int vp_ring_get(struct vp_ring *ring, u16 *slot, u32 *len);
/* the device was reset: take the slot back. Return: whether the device owned it */
bool vp_ring_reclaim(struct vp_ring *ring, u16 slot);

static inline bool vp_ring_pending(const struct vp_ring *ring)
{
	return ring->ops->pending(ring);
}

#endif /* DRIVERS_VIRTIO_AVQ_RING_H */
