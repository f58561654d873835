// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a slot travel through a packed virtqueue? (section "Packed Virtqueues")
 *
 * The buffer id of a chain is its slot. Ring positions are used in order. They cannot
 * run out: a slot takes at most two, and there are half as many slots as descriptors.
 */
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <uapi/linux/virtio_ring.h>

#include "ring.h"

#define PACKED_AVAIL	BIT(VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED	BIT(VRING_PACKED_DESC_F_USED)
#define PACKED_WRAP	BIT(VRING_PACKED_EVENT_F_WRAP_CTR)

static void packed_layout(u16 num, struct vp_ring_layout *layout)
{
	layout->driver = num * sizeof(struct vring_packed_desc);
	layout->device = layout->driver + sizeof(struct vring_packed_desc_event);
	layout->size = layout->device + sizeof(struct vring_packed_desc_event);
}

static void packed_irq_off(struct vp_ring *ring)
{
	struct vring_packed_desc_event *event = ring->driver;

	WRITE_ONCE(event->flags, cpu_to_le16(VRING_PACKED_EVENT_FLAG_DISABLE));
}

static void packed_irq_on(struct vp_ring *ring)
{
	struct vring_packed_desc_event *event = ring->driver;

	WRITE_ONCE(event->flags, cpu_to_le16(VRING_PACKED_EVENT_FLAG_ENABLE));
	/* the device must see this before we read the ring again */
	mb();
}

static void packed_init(struct vp_ring *ring)
{
	ring->avail = 0;
	ring->used = 0;
	ring->avail_wrap = true;
	ring->used_wrap = true;
	packed_irq_off(ring);
}

static u16 packed_avail_flags(const struct vp_ring *ring)
{
	return ring->avail_wrap ? PACKED_AVAIL : PACKED_USED;
}

static void packed_take(struct vp_ring *ring)
{
	if (++ring->avail == ring->num) {
		ring->avail = 0;
		ring->avail_wrap = !ring->avail_wrap;
	}
}

static void packed_fill(struct vring_packed_desc *desc, const struct vp_ring_buf *buf, u16 slot)
{
	desc->addr = cpu_to_le64(buf->addr);
	desc->len = cpu_to_le32(buf->len);
	desc->id = cpu_to_le16(slot);
}

static void packed_add(struct vp_ring *ring, u16 slot, const struct vp_ring_request *req)
{
	struct vring_packed_desc *desc = ring->desc;
	struct vring_packed_desc *head = &desc[ring->avail];
	u16 flags = packed_avail_flags(ring);

	packed_fill(head, &req->out, slot);
	packed_take(ring);
	ring->added = ring->slot[slot].descs;
	if (req->indirect) {
		flags |= VRING_DESC_F_INDIRECT;
	} else {
		struct vring_packed_desc *tail = &desc[ring->avail];

		flags |= VRING_DESC_F_NEXT;
		packed_fill(tail, &req->in, slot);
		tail->flags = cpu_to_le16(packed_avail_flags(ring) | VRING_DESC_F_WRITE);
		packed_take(ring);
	}
	/* the head's flags make the whole chain the device's */
	dma_wmb();
	WRITE_ONCE(head->flags, cpu_to_le16(flags));
}

static bool packed_kick_needed(struct vp_ring *ring)
{
	struct vring_packed_desc_event *event = ring->device;
	u16 flags, where, offset;

	/* the device must see the flags before we read whether it wants a notification */
	mb();
	flags = le16_to_cpu(READ_ONCE(event->flags));
	if (flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return true;
	dma_rmb();
	where = le16_to_cpu(READ_ONCE(event->off_wrap));
	offset = where & ~PACKED_WRAP;
	if (!!(where & PACKED_WRAP) != ring->avail_wrap)
		offset -= ring->num;
	return vring_need_event(offset, ring->avail, ring->avail - ring->added);
}

static u16 packed_next(const struct vp_ring *ring)
{
	return ring->avail | (ring->avail_wrap ? PACKED_WRAP : 0);
}

static bool packed_pending(const struct vp_ring *ring)
{
	/* may race with packed_advance(): a wrong answer is corrected under the lock */
	const struct vring_packed_desc *desc = ring->desc;
	u16 flags = le16_to_cpu(READ_ONCE(desc[READ_ONCE(ring->used)].flags));
	bool wrap = READ_ONCE(ring->used_wrap);

	return !!(flags & PACKED_AVAIL) == wrap && !!(flags & PACKED_USED) == wrap;
}

static int packed_peek(struct vp_ring *ring, struct vp_ring_used *out)
{
	struct vring_packed_desc *desc = (struct vring_packed_desc *)ring->desc + ring->used;

	if (!packed_pending(ring))
		return 0;
	/* cannot be left from the previous lap: each position was rewritten since */
	if (!ring->inflight) {
		ring->fault = "used descriptor with nothing in flight";
		return -EIO;
	}
	/* id and length were written before the flags */
	dma_rmb();
	out->slot = le16_to_cpu(READ_ONCE(desc->id));
	out->len = le32_to_cpu(READ_ONCE(desc->len));
	return 1;
}

static void packed_advance(struct vp_ring *ring, u16 slot)
{
	u16 used = ring->used + ring->slot[slot].descs;

	if (used >= ring->num) {
		used -= ring->num;
		WRITE_ONCE(ring->used_wrap, !ring->used_wrap);
	}
	WRITE_ONCE(ring->used, used);
}

static void packed_table_entry(void *table, unsigned int i, unsigned int n,
			       const struct vp_ring_buf *buf, bool writable)
{
	struct vring_packed_desc *desc = (struct vring_packed_desc *)table + i;

	packed_fill(desc, buf, 0);
	desc->flags = cpu_to_le16(writable ? VRING_DESC_F_WRITE : 0);
}

const struct vp_ring_ops vp_ring_packed = {
	.name = "packed",
	.layout = packed_layout,
	.init = packed_init,
	.add = packed_add,
	.kick_needed = packed_kick_needed,
	.next = packed_next,
	.pending = packed_pending,
	.peek = packed_peek,
	.advance = packed_advance,
	.irq_off = packed_irq_off,
	.irq_on = packed_irq_on,
	.table_entry = packed_table_entry,
};
