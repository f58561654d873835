/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls go down only: ring.c calls the formats, these call ring_walk.c.
 */
#ifndef VDPA_RING_RING_H
#define VDPA_RING_RING_H

#include <linux/types.h>
#include <uapi/linux/virtio_ring.h>

#include <linux/vdpa_ring.h>

#define VDPA_RING_NUM_MAX	32768
#define VDPA_RING_EVENT_SIZE	4	/* "Event Suppression Structure Format" */

static inline bool vdpa_ring_wraps(u64 addr, u64 len)
{
	return len && addr + (len - 1) < addr;
}

/* A table of descriptors: the ring's own, or an indirect one */
struct vdpa_ring_table {
	u64 addr;
	u32 num;
	bool indirect;
};

/* A chain that is being collected */
struct vdpa_ring_walk {
	struct vdpa_ring_table table;
	u32 steps;		/* descriptors of this table seen so far */
	u64 out_len, in_len;
	u16 out_count, in_count;
};

/* ring_walk.c. Return: 0, or the accessor's error */
int vdpa_ring_load16(struct vdpa_ring *ring, u64 addr, u16 *value);
int vdpa_ring_store16(struct vdpa_ring *ring, u64 addr, u16 value);
/* Return: 0 or -EINVAL, as the next two */
int vdpa_ring_walk_add(struct vdpa_ring_walk *walk, struct vdpa_ring_chain *chain, u64 addr,
		       u32 len, bool writable);
/* @flags: of the descriptor that refers to the table; NEXT is not valid in either format */
int vdpa_ring_walk_indirect(struct vdpa_ring *ring, struct vdpa_ring_walk *walk, u64 addr, u32 len,
			    u16 flags);
/* Set @chain's parts from the collected pieces */
int vdpa_ring_walk_end(const struct vdpa_ring_walk *walk, struct vdpa_ring_chain *chain);

/* ring_split.c */
int vdpa_ring_split_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain);
void vdpa_ring_split_undo(struct vdpa_ring *ring);
void vdpa_ring_split_rewind(struct vdpa_ring *ring);
int vdpa_ring_split_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain,
			     u32 written);
int vdpa_ring_split_publish(struct vdpa_ring *ring);
int vdpa_ring_split_wants_interrupt(struct vdpa_ring *ring);
int vdpa_ring_split_enable_notify(struct vdpa_ring *ring);
int vdpa_ring_split_disable_notify(struct vdpa_ring *ring);

/* ring_packed.c */
int vdpa_ring_packed_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain);
void vdpa_ring_packed_undo(struct vdpa_ring *ring);
void vdpa_ring_packed_rewind(struct vdpa_ring *ring);
int vdpa_ring_packed_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain,
			      u32 written);
int vdpa_ring_packed_wants_interrupt(struct vdpa_ring *ring);
int vdpa_ring_packed_enable_notify(struct vdpa_ring *ring);
int vdpa_ring_packed_disable_notify(struct vdpa_ring *ring);

#endif /* VDPA_RING_RING_H */
