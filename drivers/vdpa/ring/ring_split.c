// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device walk a split virtqueue of a driver it does not trust?
 *
 * Every index is checked before it is used. Section names are those of virtio 1.4,
 * "Split Virtqueues".
 */
#include <linux/errno.h>
#include <linux/kernel.h>
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

/* Return: the number of available entries not taken yet, or a negative errno */
static int poll_avail(struct vdpa_ring *ring)
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
	/* pairs with the driver, which writes the entries before the index */
	smp_rmb();
	return waiting;
}

/* Return: 1 with the next descriptor in *@at, 0 at the chain's end, or a negative errno */
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

int vdpa_ring_split_next(struct vdpa_ring *ring, struct vdpa_ring_chain *chain)
{
	u16 head;
	int ret;

	if (ring->next_avail == ring->seen_avail) {
		ret = poll_avail(ring);
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

void vdpa_ring_split_undo(struct vdpa_ring *ring)
{
	ring->next_avail--;
}

/* The driver ignores used entries until the index is published */
void vdpa_ring_split_rewind(struct vdpa_ring *ring)
{
	ring->next_avail = ring->published;
	ring->seen_avail = ring->published;
	ring->next_used = ring->published;
}

int vdpa_ring_split_complete(struct vdpa_ring *ring, const struct vdpa_ring_chain *chain,
			     u32 written)
{
	struct {
		__le32 id;
		__le32 len;
	} elem = {
		.id = cpu_to_le32(chain->head),
		.len = cpu_to_le32(written),
	};
	int ret;

	ret = ring->mem->ops->write(ring->mem, used_entry(ring, ring->next_used), &elem,
				    sizeof(elem));
	if (!ret)
		ring->next_used++;
	return ret;
}

int vdpa_ring_split_publish(struct vdpa_ring *ring)
{
	int ret;

	if (ring->published == ring->next_used)
		return 0;
	/* the entries and the chains' data before the index */
	smp_wmb();
	ret = vdpa_ring_store16(ring, used_idx(ring), ring->next_used);
	if (!ret)
		ring->published = ring->next_used;
	return ret;
}

/* "Used Buffer Notification Suppression" */
int vdpa_ring_split_wants_interrupt(struct vdpa_ring *ring)
{
	u16 event, flags, before = ring->asked;
	bool known = ring->asked_valid;
	int ret;

	if (known && before == ring->published)
		return 0;
	ring->asked = ring->published;
	ring->asked_valid = true;
	/* the driver writes used_event, then reads the index; here the other way round */
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

/* "Available Buffer Notification Suppression" */
int vdpa_ring_split_enable_notify(struct vdpa_ring *ring)
{
	int ret;

	if (ring->event_idx)
		ret = vdpa_ring_store16(ring, avail_event(ring), ring->next_avail);
	else
		ret = vdpa_ring_store16(ring, used_flags(ring), 0);
	if (ret)
		return ret;
	/* the driver may have added a chain just before: read its index once more */
	smp_mb();
	ret = poll_avail(ring);
	return ret < 0 ? ret : !!ret;
}

int vdpa_ring_split_disable_notify(struct vdpa_ring *ring)
{
	/* an event index that has passed requests no notification */
	if (ring->event_idx)
		return 0;
	return vdpa_ring_store16(ring, used_flags(ring), VRING_USED_F_NO_NOTIFY);
}
