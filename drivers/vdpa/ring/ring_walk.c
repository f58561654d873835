// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do both ring formats share? Collecting the pieces of a chain, and accesses to 16-bit
 * fields.
 *
 * Every length is checked before it is added, and every value is read once. Section
 * names are those of virtio 1.4, "Split Virtqueues".
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/byteorder.h>

#include <linux/vdpa_ring.h>
#include "ring.h"

int vdpa_ring_load16(struct vdpa_ring *ring, u64 addr, u16 *value)
{
	__le16 raw;
	int ret = ring->mem->ops->load16(ring->mem, addr, (__force u16 *)&raw);

	*value = ret ? 0 : le16_to_cpu(raw);
	return ret;
}

int vdpa_ring_store16(struct vdpa_ring *ring, u64 addr, u16 value)
{
	return ring->mem->ops->store16(ring->mem, addr, (__force u16)cpu_to_le16(value));
}

int vdpa_ring_walk_add(struct vdpa_ring_walk *walk, struct vdpa_ring_chain *chain, u64 addr,
		       u32 len, bool writable)
{
	u16 at = walk->out_count + walk->in_count;

	if (!len)
		return 0;
	/* "the driver MUST place device-writable elements after the device-readable ones" */
	if (!writable && walk->in_count)
		return -EINVAL;
	if (at == chain->max || vdpa_ring_wraps(addr, len))
		return -EINVAL;
	chain->pieces[at] = (struct vdpa_ring_piece) { .addr = addr, .len = len };
	if (writable) {
		walk->in_count++;
		walk->in_len += len;
	} else {
		walk->out_count++;
		walk->out_len += len;
	}
	return 0;
}

/* "Indirect Descriptors" */
int vdpa_ring_walk_indirect(struct vdpa_ring *ring, struct vdpa_ring_walk *walk, u64 addr, u32 len,
			    u16 flags)
{
	if (!ring->indirect || walk->table.indirect || (flags & VRING_DESC_F_NEXT))
		return -EINVAL;
	if (!len || len % sizeof(struct vring_desc) ||
	    len / sizeof(struct vring_desc) > VDPA_RING_NUM_MAX || vdpa_ring_wraps(addr, len))
		return -EINVAL;
	walk->table = (struct vdpa_ring_table) {
		.addr = addr,
		.num = len / sizeof(struct vring_desc),
		.indirect = true,
	};
	walk->steps = 0;
	return 0;
}

int vdpa_ring_walk_end(const struct vdpa_ring_walk *walk, struct vdpa_ring_chain *chain)
{
	/* "the driver MUST NOT create a descriptor chain longer than 2^32 bytes" */
	if (walk->out_len + walk->in_len > U32_MAX)
		return -EINVAL;
	chain->out = (struct vdpa_ring_part) {
		.pieces = chain->pieces,
		.count = walk->out_count,
		.len = walk->out_len,
	};
	chain->in = (struct vdpa_ring_part) {
		.pieces = chain->pieces + walk->out_count,
		.count = walk->in_count,
		.len = walk->in_len,
	};
	return 0;
}
