// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device walk a packed virtqueue of a driver it does not trust?
 *
 * Driver and device write the same descriptors. Two flags, compared with a wrap counter
 * on either side, tell who owns a descriptor. Section names are those of virtio 1.4,
 * "Packed Virtqueues".
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>

#include <linux/vdpa_ring.h>
#include "ring.h"

#define DESC_FLAGS	14	/* offset of the flags, which are read and written alone */
#define AVAIL		BIT(VRING_PACKED_DESC_F_AVAIL)
#define USED		BIT(VRING_PACKED_DESC_F_USED)

/* "Event Suppression Structure Format": an index into the ring, then the flags */
#define EVENT_PLACE	0
#define EVENT_FLAGS	2
#define EVENT_WRAP	BIT(VRING_PACKED_EVENT_F_WRAP_CTR)

static u64 desc_at(const struct vdpa_ring *ring, u16 index)
{
	return ring->desc + 16ULL * index;
}

/* @count: at most the ring's size */
static struct vdpa_ring_place place_after(const struct vdpa_ring *ring,
					  struct vdpa_ring_place place, u32 count)
{
	u32 index = place.index + count;
	bool over = index >= ring->num;

	return (struct vdpa_ring_place) {
		.index = over ? index - ring->num : index,
		.wrap = place.wrap ^ over,
	};
}

/* "the available flag is the driver's wrap counter, the used flag its inverse" */
static bool is_available(u16 flags, bool wrap)
{
	return !!(flags & AVAIL) == wrap && !!(flags & USED) != wrap;
}

/* Return: 1 when a chain is available, 0 when none is, or a negative errno */
static int poll_avail(struct vdpa_ring *ring)
{
	u16 flags;
	int ret;

	ret = vdpa_ring_load16(ring, desc_at(ring, ring->take.index) + DESC_FLAGS, &flags);
	if (ret || !is_available(flags, ring->take.wrap))
		return ret;
	/* the rest was written before the flags of a chain's first descriptor */
	smp_rmb();
	return 1;
}

static int read_desc(struct vdpa_ring *ring, u64 addr, struct vring_packed_desc *desc)
{
	return ring->mem->ops->read(ring->mem, addr, desc, sizeof(*desc));
}

/* "Indirect Flag": the whole table in order; of its descriptors' flags only WRITE is valid */
static int walk_table(struct vdpa_ring *ring, struct vdpa_ring_chain *chain,
		      struct vdpa_ring_walk *walk)
{
	struct vring_packed_desc desc;
	int ret = 0;

	/* empty descriptors need no piece, but time: limit them too */
	if (walk->table.num > chain->max)
		return -EINVAL;
	for (u32 i = 0; i < walk->table.num && !ret; i++) {
		ret = read_desc(ring, walk->table.addr + 16ULL * i, &desc);
		if (!ret)
			ret = vdpa_ring_walk_add(walk, chain, le64_to_cpu(desc.addr),
						 le32_to_cpu(desc.len),
						 le16_to_cpu(desc.flags) & VRING_DESC_F_WRITE);
	}
	return ret;
}

/* Return: 1 when the chain continues after @at, 0 at its end, or a negative errno */
static int walk_step(struct vdpa_ring *ring, struct vdpa_ring_chain *chain,
		     struct vdpa_ring_walk *walk, struct vdpa_ring_place at)
{
	struct vring_packed_desc desc;
	u16 flags;
	int ret;

	ret = read_desc(ring, desc_at(ring, at.index), &desc);
	if (ret)
		return ret;
	flags = le16_to_cpu(desc.flags);
	/* a chain is made available as a whole: this one is truncated */
	if (!is_available(flags, at.wrap))
		return -EINVAL;
	if (flags & VRING_DESC_F_INDIRECT) {
		ret = vdpa_ring_walk_indirect(ring, walk, le64_to_cpu(desc.addr),
					      le32_to_cpu(desc.len), flags);
		if (!ret)
			ret = walk_table(ring, chain, walk);
	} else {
		ret = vdpa_ring_walk_add(walk, chain, le64_to_cpu(desc.addr), le32_to_cpu(desc.len),
					 flags & VRING_DESC_F_WRITE);
	}
	/* "the buffer id is in the last descriptor of the list" */
	chain->head = le16_to_cpu(desc.id);
	return ret ?: !!(flags & VRING_DESC_F_NEXT);
}

int vdpa_ring_packed_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain)
{
	struct vdpa_ring_walk walk = {};
	u32 count = 0;
	int ret;

	ret = poll_avail(ring);
	if (ret <= 0)
		return ret;
	do {
		/* longer than the ring */
		if (count == ring->num)
			return -EINVAL;
		ret = walk_step(ring, chain, &walk, place_after(ring, ring->take, count++));
	} while (ret > 0);
	if (!ret)
		ret = vdpa_ring_walk_end(&walk, chain);
	if (ret)
		return ret;
	chain->count = count;
	ring->taken = ring->take;
	ring->take = place_after(ring, ring->take, count);
	return 1;
}

void vdpa_ring_packed_undo(struct vdpa_ring *ring)
{
	ring->take = ring->taken;
}

/* The driver sees used descriptors at once: continue at the first not yet returned */
void vdpa_ring_packed_rewind(struct vdpa_ring *ring)
{
	ring->take = ring->give;
}

/* "the device writes a used descriptor in place of the chain's first one, and skips the rest" */
int vdpa_ring_packed_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain,
			      u32 written)
{
	struct {
		__le32 len;
		__le16 id;
	} elem = {
		.len = cpu_to_le32(written),
		.id = cpu_to_le16(chain->head),
	};
	u64 at = desc_at(ring, ring->give.index);
	u16 flags = ring->give.wrap ? AVAIL | USED : 0;
	int ret;

	if (written)
		flags |= VRING_DESC_F_WRITE;
	ret = ring->mem->ops->write(ring->mem, at + 8, &elem, 6);
	if (ret)
		return ret;
	/* the element and the chain's data before the flags */
	smp_wmb();
	ret = vdpa_ring_store16(ring, at + DESC_FLAGS, flags);
	if (ret)
		return ret;
	ring->give = place_after(ring, ring->give, chain->count);
	ring->given += chain->count;
	return 0;
}

/* Is the driver's event index among the last @given descriptors? */
static bool place_was_passed(const struct vdpa_ring *ring, u16 place, u32 given)
{
	u32 index = place & ~EVENT_WRAP, back;

	if (index >= ring->num || given >= ring->num)
		return true;
	/* its distance from the next one to be used, backwards; 0: not reached yet */
	if (!!(place & EVENT_WRAP) == ring->give.wrap)
		back = ring->give.index - index;
	else
		back = ring->give.index + ring->num - index;
	return back && back <= given;
}

/* "Driver and Device Event Suppression" */
int vdpa_ring_packed_wants_interrupt(struct vdpa_ring *ring)
{
	u32 given = ring->given;
	u16 flags, place;
	int ret;

	if (!given)
		return 0;
	ring->given = 0;
	/* the driver writes the event structure, then reads the flags; here the other way round */
	smp_mb();
	ret = vdpa_ring_load16(ring, ring->avail + EVENT_FLAGS, &flags);
	if (ret)
		return ret;
	if (flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return 0;
	if (flags != VRING_PACKED_EVENT_FLAG_DESC || !ring->event_idx)
		return 1;
	/* pairs with the driver, which writes the index before the flags */
	smp_rmb();
	ret = vdpa_ring_load16(ring, ring->avail + EVENT_PLACE, &place);
	return ret ?: place_was_passed(ring, place, given);
}

int vdpa_ring_packed_enable_notify(struct vdpa_ring *ring)
{
	u16 flags = VRING_PACKED_EVENT_FLAG_ENABLE;
	int ret = 0;

	if (ring->event_idx) {
		flags = VRING_PACKED_EVENT_FLAG_DESC;
		ret = vdpa_ring_store16(ring, ring->used + EVENT_PLACE,
					ring->take.index | (ring->take.wrap ? EVENT_WRAP : 0));
		/* the index before the flags that make it valid */
		smp_wmb();
	}
	if (!ret)
		ret = vdpa_ring_store16(ring, ring->used + EVENT_FLAGS, flags);
	if (ret)
		return ret;
	/* the driver may have read the flags just before: poll once more */
	smp_mb();
	return poll_avail(ring);
}

int vdpa_ring_packed_disable_notify(struct vdpa_ring *ring)
{
	/* an event index that has passed requests no notification */
	return ring->event_idx ? 0 : vdpa_ring_store16(ring, ring->used + EVENT_FLAGS,
						       VRING_PACKED_EVENT_FLAG_DISABLE);
}
