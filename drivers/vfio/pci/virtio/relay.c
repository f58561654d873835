// SPDX-License-Identifier: GPL-2.0-only
/*
 * What did a device write to its driver's memory, if its used ring is ours? The chains of
 * the elements in it say so. They are copied to the driver's used ring after that, with
 * the flags and the event index that the device has set.
 *
 * A driver that saw old ones may not notify, so whatever it adds is noticed here as well.
 * Section names are those of virtio 1.4, "Split Virtqueues".
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <uapi/linux/virtio_ring.h>

#include "relay.h"

/* Descriptors of an indirect table that are read at a time */
#define TABLE_PIECE	16

struct descriptor {
	__le64 addr;
	__le32 len;
	__le16 flags;
	__le16 next;
};

struct used_element {
	__le32 id;
	__le32 len;
};

/* "The Virtqueue Used Ring"; avail_event follows the last element */
struct used_ring {
	__le16 flags;
	__le16 idx;
	struct used_element elements[];
};

/* Length in bytes, with avail_event */
u32 virtiovf_relay_ring_len(u16 size)
{
	return sizeof(struct used_ring) + size * sizeof(struct used_element) + sizeof(__le16);
}

/*
 * The first word of a used ring, with the id of the first element. A driver that saw half of an
 * index would take elements that are old, so the index is written with all of its word.
 */
struct used_word {
	__le16 flags;
	__le16 idx;
	__le32 id;
};

static u64 avail_len(u16 size)
{
	return 4 + 2 * size + 2;
}

/* --- our ring --- */

static u16 device_flags(const struct virtiovf_relay_queue *queue)
{
	const struct used_ring *ring = queue->ring;

	return le16_to_cpu(READ_ONCE(ring->flags));
}

static u16 device_event(const struct virtiovf_relay_queue *queue)
{
	const struct used_ring *ring = queue->ring;
	const __le16 *event = (const void *)&ring->elements[queue->size];

	return queue->event_idx ? le16_to_cpu(READ_ONCE(*event)) : 0;
}

static u16 device_idx(const struct virtiovf_relay_queue *queue)
{
	const struct used_ring *ring = queue->ring;

	return le16_to_cpu(READ_ONCE(ring->idx));
}

static struct used_element device_element(const struct virtiovf_relay_queue *queue, u16 idx)
{
	const struct used_ring *ring = queue->ring;
	const struct used_element *element = &ring->elements[idx & (queue->size - 1)];

	return (struct used_element) {
		.id = READ_ONCE(element->id),
		.len = READ_ONCE(element->len),
	};
}

/* --- the driver's memory --- */

static int get(const struct virtiovf_relay_queue *queue, u64 addr, void *buf, u32 len)
{
	return queue->memory->read(queue->memory, addr, buf, len);
}

static int get_u16(const struct virtiovf_relay_queue *queue, u64 addr, u16 *value)
{
	__le16 data;
	int ret = get(queue, addr, &data, sizeof(data));

	if (!ret)
		*value = le16_to_cpu(data);
	return ret;
}

/* Bytes behind the last address do not exist */
static void mark(const struct virtiovf_relay_queue *queue, u64 addr, u32 len)
{
	u64 last = addr + (len - 1);

	if (len)
		queue->memory->mark(queue->memory, addr, last < addr ? U64_MAX : last);
}

/* Even a write that failed may have changed something */
static int put(const struct virtiovf_relay_queue *queue, u64 addr, const void *buf, u32 len)
{
	int ret = queue->memory->write(queue->memory, addr, buf, len);

	mark(queue, addr, len);
	return ret;
}

static int put_u16(const struct virtiovf_relay_queue *queue, u64 addr, u16 value)
{
	__le16 data = cpu_to_le16(value);

	return put(queue, addr, &data, sizeof(data));
}

static u64 used_flags(const struct virtiovf_relay_queue *queue)
{
	return queue->used + offsetof(struct used_ring, flags);
}

static u64 used_element(const struct virtiovf_relay_queue *queue, u16 slot)
{
	return queue->used + offsetof(struct used_ring, elements) +
	       slot * sizeof(struct used_element);
}

static u64 avail_event(const struct virtiovf_relay_queue *queue)
{
	return used_element(queue, queue->size);
}

/* "The Virtqueue Available Ring": flags, idx, ring[size], used_event */
static u64 avail_flags(const struct virtiovf_relay_queue *queue)
{
	return queue->avail;
}

static u64 avail_idx(const struct virtiovf_relay_queue *queue)
{
	return queue->avail + 2;
}

static u64 used_event(const struct virtiovf_relay_queue *queue)
{
	return queue->avail + 4 + 2 * queue->size;
}

/* --- chains --- */

/* All of a buffer may have been written to, whatever the length of its element says */
static void mark_buffer(const struct virtiovf_relay_queue *queue, const struct descriptor *desc)
{
	if (le16_to_cpu(desc->flags) & VRING_DESC_F_WRITE)
		mark(queue, le64_to_cpu(desc->addr), le32_to_cpu(desc->len));
}

/* An indirect table, of which a piece is read at a time */
struct table {
	u64 addr;
	u32 count;
	u32 first;		/* of those in @piece */
	u32 have;
	struct descriptor piece[TABLE_PIECE];
};

static int table_read(const struct virtiovf_relay_queue *queue, struct table *table, u32 at)
{
	table->first = at;
	table->have = min_t(u32, table->count - at, TABLE_PIECE);
	return get(queue, table->addr + (u64)at * sizeof(struct descriptor), table->piece,
		   table->have * sizeof(struct descriptor));
}

/* "Indirect Descriptors". A driver may make a table longer than its queue. */
static int walk_table(const struct virtiovf_relay_queue *queue, u64 addr, u32 len)
{
	struct table table = {
		.addr = addr,
		.count = len / sizeof(struct descriptor),
	};
	u32 at = 0;

	if (!len || len % sizeof(struct descriptor) || addr + (len - 1) < addr ||
	    table.count > VIRTIOVF_RELAY_SIZE_MAX)
		return -EINVAL;
	for (u32 steps = 0; steps < table.count; steps++) {
		const struct descriptor *desc;
		u16 flags;

		if (at - table.first >= table.have) {
			int ret = table_read(queue, &table, at);

			if (ret)
				return ret;
		}
		desc = &table.piece[at - table.first];
		flags = le16_to_cpu(desc->flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return -EINVAL;
		mark_buffer(queue, desc);
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		at = le16_to_cpu(desc->next);
		if (at >= table.count)
			return -EINVAL;
	}
	return -ELOOP;
}

/* Mark what the device may have written to in the chain from @head on */
static int walk_chain(const struct virtiovf_relay_queue *queue, u32 head)
{
	u32 at = head;

	for (u32 steps = 0; steps < queue->size; steps++) {
		struct descriptor desc;
		u16 flags;
		int ret;

		if (at >= queue->size)
			return -EINVAL;
		ret = get(queue, queue->desc + at * sizeof(desc), &desc, sizeof(desc));
		if (ret)
			return ret;
		flags = le16_to_cpu(desc.flags);
		if (flags & VRING_DESC_F_INDIRECT)
			return flags & VRING_DESC_F_NEXT ? -EINVAL :
			       walk_table(queue, le64_to_cpu(desc.addr), le32_to_cpu(desc.len));
		mark_buffer(queue, &desc);
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		at = le16_to_cpu(desc.next);
	}
	return -ELOOP;
}

/* --- a pass --- */

/* The driver's ring gets every element, also those whose chain makes no sense */
static int copy_elements(struct virtiovf_relay_queue *queue, u16 count,
			 struct virtiovf_relay_result *result)
{
	struct used_element elements[VIRTIOVF_RELAY_BATCH];
	u16 slot = queue->used_idx & (queue->size - 1);
	u16 until_end = min_t(u16, count, queue->size - slot);
	int ret;

	for (u16 i = 0; i < count; i++) {
		elements[i] = device_element(queue, queue->used_idx + i);
		if (!((slot + i) & (queue->size - 1)))
			queue->first_id = elements[i].id;
		ret = walk_chain(queue, le32_to_cpu(elements[i].id));
		if (ret && !result->error)
			result->error = ret;
	}
	ret = put(queue, used_element(queue, slot), elements, until_end * sizeof(*elements));
	if (!ret && until_end < count)
		ret = put(queue, used_element(queue, 0), elements + until_end,
			  (count - until_end) * sizeof(*elements));
	return ret;
}

/* The driver must not see the index before the elements */
static int publish(struct virtiovf_relay_queue *queue, u16 idx)
{
	const struct used_word word = {
		.flags = cpu_to_le16(queue->flags),
		.idx = cpu_to_le16(idx),
		.id = queue->first_id,
	};
	int ret;

	/* pairs with the driver's, between the index and the elements */
	smp_wmb();
	ret = put(queue, queue->used, &word, sizeof(word));
	if (!ret)
		queue->used_idx = idx;
	return ret;
}

/* "Used Buffer Notification Suppression" */
static int wants_interrupt(const struct virtiovf_relay_queue *queue, u16 old, bool *wants)
{
	u16 value;
	int ret;

	/* pairs with the driver's, between setting this and looking for used buffers */
	smp_mb();
	ret = get_u16(queue, queue->event_idx ? used_event(queue) : avail_flags(queue), &value);
	if (!ret)
		*wants = queue->event_idx ? vring_need_event(value, queue->used_idx, old) :
			 !(value & VRING_AVAIL_F_NO_INTERRUPT);
	return ret;
}

/* "Available Buffer Notification Suppression": what the driver decides by */
static int copy_suppression(struct virtiovf_relay_queue *queue)
{
	u16 flags = device_flags(queue), event = device_event(queue);
	int ret = 0;

	if (flags != queue->flags)
		ret = put_u16(queue, used_flags(queue), flags);
	if (ret)
		return ret;
	queue->flags = flags;
	if (event != queue->event)
		ret = put_u16(queue, avail_event(queue), event);
	if (!ret)
		queue->event = event;
	return ret;
}

/*
 * Has the driver added buffers of which the device wants to be notified? Decided as the
 * driver would if it saw our ring: the index first.
 */
static int wants_kick(struct virtiovf_relay_queue *queue, struct virtiovf_relay_result *result)
{
	u16 idx, old = queue->avail_idx;
	int ret;

	/* pairs with the driver's: it may have decided by what was copied just before */
	smp_mb();
	ret = get_u16(queue, avail_idx(queue), &idx);
	if (ret || idx == old)
		return ret;
	/* pairs with the device's, between what it wants and the available index */
	smp_mb();
	result->added = true;
	result->kick = queue->event_idx ? vring_need_event(device_event(queue), idx, old) :
		       !(device_flags(queue) & VRING_USED_F_NO_NOTIFY);
	queue->avail_idx = idx;
	return 0;
}

/**
 * virtiovf_relay_pass() - copy what is new in our ring
 * @queue: the queue
 * @result: what was done, also after an error
 *
 * After an error the driver's ring cannot be served any more.
 *
 * Return: 0; -EIO if the device's index is not possible; or the error of an access
 */
int virtiovf_relay_pass(struct virtiovf_relay_queue *queue, struct virtiovf_relay_result *result)
{
	u16 old = queue->used_idx, count = device_idx(queue) - old;
	int ret = 0;

	*result = (struct virtiovf_relay_result) {};
	if (count > queue->size)
		return -EIO;
	result->more = count > VIRTIOVF_RELAY_BATCH;
	count = min_t(u16, count, VIRTIOVF_RELAY_BATCH);
	/* the elements were written before the index */
	dma_rmb();
	if (count)
		ret = copy_elements(queue, count, result) ?: publish(queue, old + count);
	if (ret)
		return ret;
	result->copied = count;
	ret = copy_suppression(queue) ?: wants_kick(queue, result);
	if (ret || !count)
		return ret;
	ret = wants_interrupt(queue, old, &result->interrupt);
	if (queue->notify_on_empty && queue->used_idx == queue->avail_idx)
		result->interrupt = true;
	return ret;
}

static bool is_inside(u64 addr, u64 len)
{
	return addr && addr + (len - 1) > addr;
}

/**
 * virtiovf_relay_begin() - set up our ring, for a device that is stopped
 * @queue: all members but the private ones are set
 *
 * The device finds its position in the used ring's index, so it continues where it was.
 *
 * Return: 0; -EINVAL if there is no such queue; or the error of an access
 */
int virtiovf_relay_begin(struct virtiovf_relay_queue *queue)
{
	struct used_ring *ring = queue->ring;
	struct used_word word;
	__le16 *event;
	int ret;

	if (!queue->size || queue->size > VIRTIOVF_RELAY_SIZE_MAX ||
	    queue->size & (queue->size - 1) ||
	    !is_inside(queue->desc, queue->size * sizeof(struct descriptor)) ||
	    !is_inside(queue->avail, avail_len(queue->size)) ||
	    !is_inside(queue->used, virtiovf_relay_ring_len(queue->size)))
		return -EINVAL;
	queue->event = 0;
	ret = get(queue, queue->used, &word, sizeof(word)) ?:
	      get_u16(queue, avail_idx(queue), &queue->avail_idx);
	if (!ret && queue->event_idx)
		ret = get_u16(queue, avail_event(queue), &queue->event);
	if (ret)
		return ret;
	queue->flags = le16_to_cpu(word.flags);
	queue->used_idx = le16_to_cpu(word.idx);
	queue->first_id = word.id;
	memset(ring, 0, virtiovf_relay_ring_len(queue->size));
	ring->flags = cpu_to_le16(queue->flags);
	ring->idx = cpu_to_le16(queue->used_idx);
	event = (void *)&ring->elements[queue->size];
	*event = cpu_to_le16(queue->event);
	return 0;
}
