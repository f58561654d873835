/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of a modern driver that concern this one. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MODERN_LAYOUT_H
#define DRIVERS_VFIO_PCI_VIRTIO_MODERN_LAYOUT_H

#include <linux/types.h>

#include "trap_plan.h"

/* Widest access to a register, in bytes */
#define VIRTIOVF_MODERN_UNIT_MAX	4

/* The common configuration up to the addresses of a queue, which every device has */
#define VIRTIOVF_MODERN_COMMON_LEN	56

enum virtiovf_modern_place {
	VIRTIOVF_MODERN_ELSEWHERE,
	VIRTIOVF_MODERN_COMMON,
	VIRTIOVF_MODERN_ISR,
	VIRTIOVF_MODERN_PLACES
};

/**
 * struct virtiovf_modern_layout - the structures that an access may concern
 * @at: by place; of length 0 if the VF has none. None for VIRTIOVF_MODERN_ELSEWHERE
 * @doorbells: where the device is notified; accesses of the guest are not ours
 * @copies: the VF has more than one common configuration, and a driver may use any
 */
struct virtiovf_modern_layout {
	struct virtiovf_structure at[VIRTIOVF_MODERN_PLACES];
	struct virtiovf_structure doorbells;
	bool copies;
};

/* What a write to the common configuration does */
enum virtiovf_modern_effect {
	VIRTIOVF_MODERN_NOTHING,
	VIRTIOVF_MODERN_RESET,		/* of the device */
	VIRTIOVF_MODERN_QUEUE_RESET,	/* of the selected queue */
	VIRTIOVF_MODERN_RING,		/* the selected queue gets another ring, or part of one */
	VIRTIOVF_MODERN_VECTOR,		/* the selected queue gets a vector, and nothing else */
};

/**
 * struct virtiovf_modern_step - the first part of an access to a BAR
 * @place: the structure it is in
 * @offset: in this structure, or in the BAR
 * @len: number of bytes; in a structure 1, 2 or 4, and aligned
 */
struct virtiovf_modern_step {
	enum virtiovf_modern_place place;
	u64 offset;
	u64 len;
};

void virtiovf_modern_layout(struct virtiovf_modern_layout *layout,
			    const struct virtiovf_structure *list, unsigned int count,
			    const u64 bar_sizes[VIRTIOVF_TRAP_BARS]);
struct virtiovf_modern_step virtiovf_modern_step(const struct virtiovf_modern_layout *layout,
						 u8 bar, u64 offset, u64 len);
bool virtiovf_modern_is_vector(u32 offset, u32 len);
void virtiovf_modern_hide_vectors(u32 offset, u32 len, u8 *bytes);
enum virtiovf_modern_effect virtiovf_modern_effect(u32 offset, u32 len, const u8 *bytes);
bool virtiovf_modern_shows_queue(u32 offset, u32 len);
void virtiovf_modern_show_queue(u64 used, u16 vector, u32 offset, u32 len, u8 *bytes);
bool virtiovf_modern_doorbell(const struct virtiovf_modern_layout *layout, u16 notify_off,
			      u64 *offset);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MODERN_LAYOUT_H */
