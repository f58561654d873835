/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where is a VF in its packed rings, by its device parts? Pure.
 */
#ifndef VP_VDPA_OWN_PART_H
#define VP_VDPA_OWN_PART_H

#include <linux/types.h>

/*
 * Where a queue is in its ring. @avail: the next available entry of a split ring, which
 * counts on. In a packed ring both are an index with the wrap counter in bit 15.
 */
struct vpv_place {
	u16 avail, used;
};

#define VPV_PLACE_WRAP	0x8000

/* Each is of parts as DEV_PARTS_GET returns them. Return: is the part, or the queue, there? */
bool vpv_own_there(u8 *parts, u32 len);
bool vpv_own_get(u8 *parts, u32 len, u16 index, struct vpv_place *place);
bool vpv_own_set(u8 *parts, u32 len, u16 index, const struct vpv_place *place);

#endif /* VP_VDPA_OWN_PART_H */
