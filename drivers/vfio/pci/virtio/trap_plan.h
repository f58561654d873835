/* SPDX-License-Identifier: GPL-2.0-only */
/* Which pages of a VF's BARs a user may map. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_TRAP_PLAN_H
#define DRIVERS_VFIO_PCI_VIRTIO_TRAP_PLAN_H

#include <linux/types.h>

#define VIRTIOVF_TRAP_BARS	6

/* No more capabilities of 16 bytes fit in the 192 bytes after the header */
#define VIRTIOVF_STRUCTURES_MAX	12

/**
 * struct virtiovf_structure - a virtio structure, as a capability of the VF names it
 * @type: cfg_type of the capability
 * @bar: where it is
 * @offset: in the BAR, in bytes
 * @length: in bytes
 * @multiplier: of doorbells: a queue's is so many times its offset away
 */
struct virtiovf_structure {
	u8 type;
	u8 bar;
	u64 offset;
	u64 length;
	u32 multiplier;
};

/**
 * struct virtiovf_area - whole pages of a BAR
 * @bar: the BAR
 * @start: the first byte
 * @end: the first byte that is not part of it
 */
struct virtiovf_area {
	u8 bar;
	u64 start;
	u64 end;
};

/**
 * struct virtiovf_trap_plan - what a user may map
 * @bars: bit n: of BAR n only the areas; all of any other BAR
 * @count: number of @areas
 * @areas: sorted, with gaps in between
 */
struct virtiovf_trap_plan {
	u8 bars;
	u8 count;
	struct virtiovf_area areas[VIRTIOVF_STRUCTURES_MAX];
};

bool virtiovf_trap_plan(struct virtiovf_trap_plan *plan, const struct virtiovf_structure *list,
			unsigned int count, const u64 bar_sizes[VIRTIOVF_TRAP_BARS],
			u32 page_size);
const struct virtiovf_structure *
virtiovf_trap_first(const struct virtiovf_structure *list, unsigned int count, u8 type,
		    const u64 bar_sizes[VIRTIOVF_TRAP_BARS]);
bool virtiovf_trap_mappable(const struct virtiovf_trap_plan *plan, u8 bar, u64 offset, u64 length);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_TRAP_PLAN_H */
