// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device walk a virtqueue that a hostile driver may own? What a packed one
 * has of its own is in ring_packed.c.
 *
 * Every index is checked before it is used, every value is read once. Section
 * names are those of virtio 1.4, "Split Virtqueues".
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#include <linux/vdpa_ring.h>
#include "ring.h"

/* "The Virtqueue Available Ring": flags, idx, ring[num], used_event */
static u64 avail_flags(const struct vdpa_ring *ring)
{
	return ring->avail;
}

static u64 avail_idx(const struct vdpa_ring *ring)
{
	return ring->avail + 2;
}

static u64 avail_entry(const struct vdpa_ring *ring, u16 index)
{
	return ring->avail + 4 + 2 * (index & (ring->num - 1));
}

static u64 used_event(const struct vdpa_ring *ring)
{
	return ring->avail + 4 + 2 * ring->num;
}

/* "The Virtqueue Used Ring": flags, idx, ring[num] of 8 bytes, avail_event */
static u64 used_flags(const struct vdpa_ring *ring)
{
	return ring->used;
}

static u64 used_idx(const struct vdpa_ring *ring)
{
	return ring->used + 2;
}

static u64 used_entry(const struct vdpa_ring *ring, u16 index)
{
	return ring->used + 4 + 8 * (index & (ring->num - 1));
}

static u64 avail_event(const struct vdpa_ring *ring)
{
	return ring->used + 4 + 8 * ring->num;
}

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

/*
 * "Split Virtqueues": a size is a power of two. "Packed Virtqueues": it is any, and the
 * places where to go on are in the ring.
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

/* Return: how many entries the driver made available that were not taken, or a negative errno */
static int look(struct vdpa_ring *ring)
{
	u16 idx, waiting;
	int ret;

	ret = vdpa_ring_load16(ring, avail_idx(ring), &idx);
	if (ret)
		return ret;
	waiting = idx - ring->next_avail;
	/* "the driver MUST NOT make available more than Queue Size chains" */
	if (waiting > ring->num)
		return -EINVAL;
	ring->seen_avail = idx;
	/* the entries were written before the index: do not read them earlier */
	smp_rmb();
	return waiting;
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

/* Return: 1 and where to go on in *@at, 0 at the chain's end, or a negative errno */
static int walk_step(struct vdpa_ring *ring, struct vdpa_ring_chain *chain,
		     struct vdpa_ring_walk *walk, u16 *at)
{
	struct vring_desc desc;
	u64 addr;
	u32 len;
	u16 flags;
	int ret;

	/* more steps than descriptors: a loop */
	if (*at >= walk->table.num || walk->steps++ >= walk->table.num)
		return -EINVAL;
	ret = ring->mem->ops->read(ring->mem, walk->table.addr + *at * sizeof(desc), &desc,
				   sizeof(desc));
	if (ret)
		return ret;
	addr = le64_to_cpu((__force __le64)desc.addr);
	len = le32_to_cpu((__force __le32)desc.len);
	flags = le16_to_cpu((__force __le16)desc.flags);
	if (flags & VRING_DESC_F_INDIRECT) {
		*at = 0;
		return vdpa_ring_walk_indirect(ring, walk, addr, len, flags) ?: 1;
	}
	ret = vdpa_ring_walk_add(walk, chain, addr, len, flags & VRING_DESC_F_WRITE);
	if (ret)
		return ret;
	*at = le16_to_cpu((__force __le16)desc.next);
	return !!(flags & VRING_DESC_F_NEXT);
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

static int walk_chain(struct vdpa_ring *ring, struct vdpa_ring_chain *chain, u16 head)
{
	struct vdpa_ring_walk walk = { .table = { .addr = ring->desc, .num = ring->num } };
	u16 at = head;
	int ret;

	do {
		ret = walk_step(ring, chain, &walk, &at);
	} while (ret > 0);
	if (ret)
		return ret;
	chain->head = head;
	chain->count = 0;
	return vdpa_ring_walk_end(&walk, chain);
}

int vdpa_ring_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain)
{
	u16 head;
	int ret;

	if (ring->packed)
		return vdpa_ring_packed_next(ring, chain);
	if (ring->next_avail == ring->seen_avail) {
		ret = look(ring);
		if (ret <= 0)
			return ret;
	}
	ret = vdpa_ring_load16(ring, avail_entry(ring, ring->next_avail), &head);
	if (ret)
		return ret;
	ret = walk_chain(ring, chain, head);
	if (ret)
		return ret;
	ring->next_avail++;
	return 1;
}
EXPORT_SYMBOL_GPL(vdpa_ring_next);

void vdpa_ring_undo(struct vdpa_ring *ring)
{
	if (ring->packed)
		vdpa_ring_packed_undo(ring);
	else
		ring->next_avail--;
}
EXPORT_SYMBOL_GPL(vdpa_ring_undo);

/* Find the piece that holds @offset, going on from the last one where that is before it */
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

/* Where @offset, which is in the part, is; *@len is cut to what lies in one piece there */
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
	struct {
		__le32 id;
		__le32 len;
	} elem = {
		.id = cpu_to_le32(chain->head),
		.len = cpu_to_le32(written),
	};
	int ret;

	if (ring->packed)
		return vdpa_ring_packed_complete(ring, chain, written);
	ret = ring->mem->ops->write(ring->mem, used_entry(ring, ring->next_used), &elem,
				    sizeof(elem));
	if (!ret)
		ring->next_used++;
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_ring_complete);

int vdpa_ring_publish(struct vdpa_ring *ring)
{
	int ret;

	/* what is returned to a packed ring the driver has seen already */
	if (ring->packed || ring->published == ring->next_used)
		return 0;
	/* the entries, and what the chains now hold, before the index */
	smp_wmb();
	ret = vdpa_ring_store16(ring, used_idx(ring), ring->next_used);
	if (!ret)
		ring->published = ring->next_used;
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_ring_publish);

/* "Used Buffer Notification Suppression" */
int vdpa_ring_wants_interrupt(struct vdpa_ring *ring)
{
	u16 event, flags, before = ring->asked;
	bool known = ring->asked_valid;
	int ret;

	if (ring->packed)
		return vdpa_ring_packed_wants_interrupt(ring);
	if (known && before == ring->published)
		return 0;
	ring->asked = ring->published;
	ring->asked_valid = true;
	/* the driver sets its wish, then looks at the index; we the other way round */
	smp_mb();
	if (!ring->event_idx) {
		ret = vdpa_ring_load16(ring, avail_flags(ring), &flags);
		return ret ? ret : !(flags & VRING_AVAIL_F_NO_INTERRUPT);
	}
	ret = vdpa_ring_load16(ring, used_event(ring), &event);
	if (ret)
		return ret;
	return !known || vring_need_event(event, ring->published, before);
}
EXPORT_SYMBOL_GPL(vdpa_ring_wants_interrupt);

/* "Available Buffer Notification Suppression" */
int vdpa_ring_enable_notify(struct vdpa_ring *ring)
{
	int ret;

	if (ring->packed)
		return vdpa_ring_packed_enable_notify(ring);
	if (ring->event_idx)
		ret = vdpa_ring_store16(ring, avail_event(ring), ring->next_avail);
	else
		ret = vdpa_ring_store16(ring, used_flags(ring), 0);
	if (ret)
		return ret;
	/* the driver may have looked just before: look once more ourselves */
	smp_mb();
	ret = look(ring);
	return ret < 0 ? ret : !!ret;
}
EXPORT_SYMBOL_GPL(vdpa_ring_enable_notify);

int vdpa_ring_disable_notify(struct vdpa_ring *ring)
{
	if (ring->packed)
		return vdpa_ring_packed_disable_notify(ring);
	/* an event index that is passed already asks for nothing */
	if (ring->event_idx)
		return 0;
	return vdpa_ring_store16(ring, used_flags(ring), VRING_USED_F_NO_NOTIFY);
}
EXPORT_SYMBOL_GPL(vdpa_ring_disable_notify);
