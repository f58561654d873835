// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fault "hold": a function takes what its driver makes available and does
 * nothing with it, so requests are in flight for as long as a test wants.
 *
 * When the fault is taken back each queue is put back to where it stood, and
 * the backend finds all of it as if it came now.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "card.h"

/* QEMU's virtqueue_pop() allocates it, so the element comes first. */
struct card_held {
	VirtQueueElement elem;
	QTAILQ_ENTRY(card_held) next;
	unsigned int queue;
	uint16_t position;		/* of the device in the ring, before this was taken */
};

/* Of a packed ring also where it writes used elements, which has not moved. */
#define POSITION_MASK	0xffffu

void card_hold_init(struct card_func *func)
{
	QTAILQ_INIT(&func->held);
}

void card_hold_take(struct card_func *func, unsigned int index)
{
	VirtQueue *vq = virtio_get_queue(func->vdev, index);
	struct card_held *held;
	uint16_t position;

	if (!virtio_queue_ready(vq))
		return;
	for (;;) {
		position = virtio_queue_get_last_avail_idx(func->vdev, index);
		held = virtqueue_pop(vq, sizeof(*held));
		if (!held)
			return;
		held->queue = index;
		held->position = position;
		QTAILQ_INSERT_TAIL(&func->held, held, next);
	}
}

static void give_up(struct card_func *func, struct card_held *held)
{
	virtqueue_detach_element(virtio_get_queue(func->vdev, held->queue), &held->elem, 0);
	QTAILQ_REMOVE(&func->held, held, next);
	g_free(held);
}

void card_hold_drop(struct card_func *func, unsigned int index)
{
	struct card_held *held, *next;

	QTAILQ_FOREACH_SAFE(held, &func->held, next, next)
		if (index == CARD_HOLD_ALL_QUEUES || held->queue == index)
			give_up(func, held);
}

/* The last one first: each queue ends where its first one was taken. */
static void put_back(struct card_func *func)
{
	VirtIODevice *vdev = func->vdev;
	struct card_held *held, *next;

	QTAILQ_FOREACH_REVERSE_SAFE(held, &func->held, next, next) {
		unsigned int now = virtio_queue_get_last_avail_idx(vdev, held->queue);

		virtio_queue_set_last_avail_idx(vdev, held->queue,
						(now & ~POSITION_MASK) | held->position);
		give_up(func, held);
	}
}

void card_hold_set(struct card_func *func, bool hold)
{
	unsigned int queues = card_func_type(func)->queues(func->vdev);

	if (hold == !!(func->quiet & BIT(CARD_QUIET_HOLD)))
		return;
	if (!hold) {
		put_back(func);
		card_quiet_end(func, CARD_QUIET_HOLD);
		return;
	}
	card_quiet_begin(func, CARD_QUIET_HOLD);
	for (unsigned int i = 0; i < queues; i++)
		card_hold_take(func, i);
}
