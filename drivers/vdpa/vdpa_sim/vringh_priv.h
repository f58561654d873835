/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two forms of a ring share: vringh.c has these, and calls the packed form's
 * functions for such a ring.
 */
#ifndef VDPA_SIM_VRINGH_PRIV_H
#define VDPA_SIM_VRINGH_PRIV_H

#include <linux/types.h>
#include <uapi/linux/virtio_ring.h>

#include "vringh.h"

#define VRINGH_NUM_MAX	32768
#define VRINGH_EVENT_SIZE	4	/* "Event Suppression Structure Format" */

int vringh_load16(struct vringh *ring, u64 addr, u16 *value);
int vringh_store16(struct vringh *ring, u64 addr, u16 value);

static inline bool vringh_wraps(u64 addr, u64 len)
{
	return len && addr + (len - 1) < addr;
}

/* A table of descriptors: the ring's own, or an indirect one */
struct vringh_table {
	u64 addr;
	u32 num;
	bool indirect;
};

/* A chain that is being collected */
struct vringh_walk {
	struct vringh_table table;
	u32 steps;		/* descriptors of this table seen so far */
	u64 out_len, in_len;
	u16 out_count, in_count;
};

/* Return: 0 or -EINVAL, as all below */
int vringh_walk_add(struct vringh_walk *walk, struct vringh_chain *chain, u64 addr, u32 len,
		    bool writable);
/* @flags: of the descriptor that refers to the table; neither form lets it have a next one */
int vringh_walk_indirect(struct vringh *ring, struct vringh_walk *walk, u64 addr, u32 len,
			 u16 flags);
/* @chain's parts from what was collected */
int vringh_walk_end(const struct vringh_walk *walk, struct vringh_chain *chain);

/* vringh_packed.c */
int vringh_packed_next(struct vringh *ring, struct vringh_chain *chain);
void vringh_packed_undo(struct vringh *ring);
int vringh_packed_complete(struct vringh *ring, const struct vringh_chain *chain, u32 written);
int vringh_packed_wants_interrupt(struct vringh *ring);
int vringh_packed_enable_notify(struct vringh *ring);
int vringh_packed_disable_notify(struct vringh *ring);

#endif /* VDPA_SIM_VRINGH_PRIV_H */
