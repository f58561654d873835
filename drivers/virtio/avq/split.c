// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a slot travel through a split virtqueue? (section "Split Virtqueues")
 *
 * Slot n always uses descriptors 2n and 2n + 1, so the head of a chain identifies its
 * slot and descriptors need no allocation.
 */
#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <uapi/linux/virtio_ring.h>

#include "ring.h"

/* a modern device's ring is little-endian; the uAPI types have the legacy endianness */
struct split_desc {
	__le64 addr;
	__le32 len;
	__le16 flags;
	__le16 next;
};

struct split_avail {
	__le16 flags;
	__le16 idx;
	__le16 ring[];			/* followed by used_event */
};

struct split_used_elem {
	__le32 id;
	__le32 len;
};

struct split_used {
	__le16 flags;
	__le16 idx;
	struct split_used_elem ring[];	/* followed by avail_event */
};

static void split_layout(u16 num, struct vp_ring_layout *layout)
{
	size_t avail = sizeof(struct split_avail) + (num + 1) * sizeof(__le16);
	size_t used = sizeof(struct split_used) + num * sizeof(struct split_used_elem);

	layout->driver = num * sizeof(struct split_desc);
	/*
	 * Aligned so that the entries, which follow four bytes of flags and index,
	 * are naturally aligned and none straddles a page: QEMU 10.0 loses the second
	 * half of such a write if the device is behind a virtual IOMMU.
	 */
	layout->device = ALIGN(layout->driver + avail + 4, 8) - 4;
	layout->size = layout->device + used + sizeof(__le16);
}

static __le16 *split_used_event(const struct vp_ring *ring)
{
	struct split_avail *avail = ring->driver;

	return &avail->ring[ring->num];
}

static __le16 *split_avail_event(const struct vp_ring *ring)
{
	struct split_used *used = ring->device;

	return (__le16 *)&used->ring[ring->num];
}

static void split_irq_off(struct vp_ring *ring)
{
	struct split_avail *avail = ring->driver;

	/*
	 * With event indexes the flag is reserved: request the interrupt for the
	 * entry that is farthest away, 65535 commands from now.
	 */
	if (ring->event_idx)
		WRITE_ONCE(*split_used_event(ring), cpu_to_le16(ring->used - 1));
	else
		WRITE_ONCE(avail->flags, cpu_to_le16(VRING_AVAIL_F_NO_INTERRUPT));
}

static void split_irq_on(struct vp_ring *ring)
{
	struct split_avail *avail = ring->driver;

	if (ring->event_idx)
		WRITE_ONCE(*split_used_event(ring), cpu_to_le16(ring->used));
	else
		WRITE_ONCE(avail->flags, 0);
	/* the device must see this before we read the used ring again */
	mb();
}

static void split_init(struct vp_ring *ring)
{
	ring->avail = 0;
	ring->kicked = 0;
	ring->used = 0;
	split_irq_off(ring);
}

static void split_fill(struct split_desc *desc, const struct vp_ring_buf *buf,
		       u16 flags, u16 next)
{
	desc->addr = cpu_to_le64(buf->addr);
	desc->len = cpu_to_le32(buf->len);
	desc->flags = cpu_to_le16(flags);
	desc->next = cpu_to_le16(next);
}

static void split_add(struct vp_ring *ring, u16 slot, const struct vp_ring_request *req)
{
	struct split_desc *desc = ring->desc;
	struct split_avail *avail = ring->driver;
	u16 head = slot * VP_RING_DESCS_PER_SLOT;

	if (req->indirect) {
		split_fill(&desc[head], &req->out, VRING_DESC_F_INDIRECT, 0);
	} else {
		split_fill(&desc[head], &req->out, VRING_DESC_F_NEXT, head + 1);
		split_fill(&desc[head + 1], &req->in, VRING_DESC_F_WRITE, 0);
	}
	avail->ring[ring->avail & (ring->num - 1)] = cpu_to_le16(head);
	/* the device must see the complete chain before the new index */
	dma_wmb();
	ring->avail++;
	WRITE_ONCE(avail->idx, cpu_to_le16(ring->avail));
}

static bool split_kick_needed(struct vp_ring *ring)
{
	struct split_used *used = ring->device;
	u16 old = ring->kicked;

	ring->kicked = ring->avail;
	/* the device must see the index before we read whether it wants a notification */
	mb();
	if (ring->event_idx)
		return vring_need_event(le16_to_cpu(READ_ONCE(*split_avail_event(ring))),
					ring->avail, old);
	return !(READ_ONCE(used->flags) & cpu_to_le16(VRING_USED_F_NO_NOTIFY));
}

static u16 split_next(const struct vp_ring *ring)
{
	return ring->avail;
}

static bool split_pending(const struct vp_ring *ring)
{
	const struct split_used *used = ring->device;

	return le16_to_cpu(READ_ONCE(used->idx)) != READ_ONCE(ring->used);
}

static int split_peek(struct vp_ring *ring, struct vp_ring_used *out)
{
	struct split_used *used = ring->device;
	struct split_used_elem *elem = &used->ring[ring->used & (ring->num - 1)];
	u16 count = le16_to_cpu(READ_ONCE(used->idx)) - ring->used;
	u32 head;

	if (!count)
		return 0;
	if (count > ring->inflight) {
		ring->fault = "used index ahead of the commands in flight";
		return -EIO;
	}
	/* the entry was written before the index */
	dma_rmb();
	head = le32_to_cpu(READ_ONCE(elem->id));
	if (head % VP_RING_DESCS_PER_SLOT) {
		ring->fault = "used buffer id is not the head of a chain";
		return -EIO;
	}
	out->slot = head / VP_RING_DESCS_PER_SLOT;
	out->len = le32_to_cpu(READ_ONCE(elem->len));
	return 1;
}

static void split_advance(struct vp_ring *ring, u16 slot)
{
	WRITE_ONCE(ring->used, ring->used + 1);
}

static void split_table_entry(void *table, unsigned int i, unsigned int n,
			      const struct vp_ring_buf *buf, bool writable)
{
	struct split_desc *desc = table;
	bool last = i + 1 == n;

	split_fill(&desc[i], buf,
		   (writable ? VRING_DESC_F_WRITE : 0) | (last ? 0 : VRING_DESC_F_NEXT),
		   last ? 0 : i + 1);
}

const struct vp_ring_ops vp_ring_split = {
	.name = "split",
	.layout = split_layout,
	.init = split_init,
	.add = split_add,
	.kick_needed = split_kick_needed,
	.next = split_next,
	.pending = split_pending,
	.peek = split_peek,
	.advance = split_advance,
	.irq_off = split_irq_off,
	.irq_on = split_irq_on,
	.table_entry = split_table_entry,
};
