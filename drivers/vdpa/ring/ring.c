// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device process a virtqueue, whichever format it has? The calls dispatch to
 * the split (ring_split.c) or the packed format (ring_packed.c); copying is the same for both.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>

#include <linux/vdpa_ring.h>
#include "ring.h"

/*
 * "Split Virtqueues": the size is a power of two. "Packed Virtqueues": any size; the
 * indices to continue at are inside the ring.
 */
static bool layout_valid(const struct vdpa_ring_layout *layout)
{
	u32 num = layout->num;

	if (!num || num > VDPA_RING_NUM_MAX)
		return false;
	if (layout->packed)
		return layout->take.index < num && layout->give.index < num;
	return !(num & (num - 1));
}

int vdpa_ring_init(struct vdpa_ring *ring, struct vdpa_ring_mem *mem,
		   const struct vdpa_ring_layout *layout)
{
	bool packed = layout->packed;
	u64 num = layout->num;
	const struct {
		u64 addr, size;
		u32 align;
	} areas[] = {
		{ layout->desc, 16 * num, 16 },
		{ layout->avail, packed ? VDPA_RING_EVENT_SIZE : 6 + 2 * num, packed ? 4 : 2 },
		{ layout->used, packed ? VDPA_RING_EVENT_SIZE : 6 + 8 * num, 4 },
	};

	if (!layout_valid(layout))
		return -EINVAL;
	for (int i = 0; i < ARRAY_SIZE(areas); i++)
		if (areas[i].addr % areas[i].align || vdpa_ring_wraps(areas[i].addr, areas[i].size))
			return -EINVAL;
	*ring = (struct vdpa_ring) {
		.mem = mem,
		.desc = layout->desc,
		.avail = layout->avail,
		.used = layout->used,
		.num = num,
		.packed = packed,
		.event_idx = layout->event_idx,
		.indirect = layout->indirect,
		.take = layout->take,
		.give = layout->give,
		.next_avail = layout->next,
		.seen_avail = layout->next,
		.next_used = layout->next,
		.published = layout->next,
	};
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_ring_init);

int vdpa_ring_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain)
{
	return ring->packed ? vdpa_ring_packed_next(ring, chain) :
			      vdpa_ring_split_next(ring, chain);
}
EXPORT_SYMBOL_GPL(vdpa_ring_next);

void vdpa_ring_undo(struct vdpa_ring *ring)
{
	if (ring->packed)
		vdpa_ring_packed_undo(ring);
	else
		vdpa_ring_split_undo(ring);
}
EXPORT_SYMBOL_GPL(vdpa_ring_undo);

void vdpa_ring_rewind(struct vdpa_ring *ring)
{
	if (ring->packed)
		vdpa_ring_packed_rewind(ring);
	else
		vdpa_ring_split_rewind(ring);
}
EXPORT_SYMBOL_GPL(vdpa_ring_rewind);

/* Chains are returned in order: continue at the first that the driver has not got back */
void vdpa_ring_position(const struct vdpa_ring *ring, struct vdpa_ring_layout *layout)
{
	layout->next = ring->published;
	layout->take = ring->give;
	layout->give = ring->give;
}
EXPORT_SYMBOL_GPL(vdpa_ring_position);

/* Find the piece that contains @offset, starting at the last one found if that is not behind it */
static void seek(struct vdpa_ring_part *part, u32 offset)
{
	if (offset < part->at_offset) {
		part->at = 0;
		part->at_offset = 0;
	}
	while (part->at < part->count && offset - part->at_offset >= part->pieces[part->at].len) {
		part->at_offset += part->pieces[part->at].len;
		part->at++;
	}
}

static bool part_has(const struct vdpa_ring_part *part, u32 offset, u32 len)
{
	return offset <= part->len && len <= part->len - offset;
}

/* The address of @offset, which is inside the part; *@len is reduced to the rest of its piece */
static u64 locate(struct vdpa_ring_part *part, u32 offset, u32 *len)
{
	const struct vdpa_ring_piece *piece;
	u32 skip;

	seek(part, offset);
	piece = &part->pieces[part->at];
	skip = offset - part->at_offset;
	*len = min(*len, piece->len - skip);
	return piece->addr + skip;
}

static int copy(struct vdpa_ring *ring, struct vdpa_ring_part *part, u32 offset, void *to,
		const void *from, u32 len)
{
	struct vdpa_ring_mem *mem = ring->mem;

	if (!part_has(part, offset, len))
		return -EINVAL;
	while (len) {
		u32 step = len;
		u64 addr = locate(part, offset, &step);
		int ret;

		if (to)
			ret = mem->ops->read(mem, addr, to, step);
		else
			ret = mem->ops->write(mem, addr, from, step);
		if (ret)
			return ret;
		to = to ? to + step : NULL;
		from = from ? from + step : NULL;
		offset += step;
		len -= step;
	}
	return 0;
}

int vdpa_ring_copy_out(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u32 offset,
		       void *buf, u32 len)
{
	return copy(ring, &chain->out, offset, buf, NULL, len);
}
EXPORT_SYMBOL_GPL(vdpa_ring_copy_out);

int vdpa_ring_copy_in(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u32 offset,
		      const void *buf, u32 len)
{
	return copy(ring, &chain->in, offset, NULL, buf, len);
}
EXPORT_SYMBOL_GPL(vdpa_ring_copy_in);

int vdpa_ring_move(struct vdpa_ring *ring, struct vdpa_ring_chain *to, u32 to_offset,
		   struct vdpa_ring_chain *from, u32 from_offset, u32 len)
{
	struct vdpa_ring_mem *mem = ring->mem;

	if (!part_has(&to->in, to_offset, len) || !part_has(&from->out, from_offset, len))
		return -EINVAL;
	while (len) {
		u32 step = len;
		u64 from_addr = locate(&from->out, from_offset, &step);
		u64 to_addr = locate(&to->in, to_offset, &step);
		int ret;

		ret = mem->ops->move(mem, to_addr, from_addr, step);
		if (ret)
			return ret;
		to_offset += step;
		from_offset += step;
		len -= step;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_ring_move);

int vdpa_ring_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain, u32 written)
{
	return ring->packed ? vdpa_ring_packed_complete(ring, chain, written) :
			      vdpa_ring_split_complete(ring, chain, written);
}
EXPORT_SYMBOL_GPL(vdpa_ring_complete);

int vdpa_ring_publish(struct vdpa_ring *ring)
{
	/* in a packed ring the driver sees a used descriptor at once */
	return ring->packed ? 0 : vdpa_ring_split_publish(ring);
}
EXPORT_SYMBOL_GPL(vdpa_ring_publish);

int vdpa_ring_wants_interrupt(struct vdpa_ring *ring)
{
	return ring->packed ? vdpa_ring_packed_wants_interrupt(ring) :
			      vdpa_ring_split_wants_interrupt(ring);
}
EXPORT_SYMBOL_GPL(vdpa_ring_wants_interrupt);

int vdpa_ring_enable_notify(struct vdpa_ring *ring)
{
	return ring->packed ? vdpa_ring_packed_enable_notify(ring) :
			      vdpa_ring_split_enable_notify(ring);
}
EXPORT_SYMBOL_GPL(vdpa_ring_enable_notify);

int vdpa_ring_disable_notify(struct vdpa_ring *ring)
{
	return ring->packed ? vdpa_ring_packed_disable_notify(ring) :
			      vdpa_ring_split_disable_notify(ring);
}
EXPORT_SYMBOL_GPL(vdpa_ring_disable_notify);
