/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver's split virtqueue in the test's own memory, mapped for the device, with
 * room for data behind it. All fields may be spoilt by a test.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <linux/virtio_ring.h>

#include "vhost.h"

#ifndef QUEUE_NUM
#define QUEUE_NUM	16
#endif
#define QUEUE_IOVA	0x100000ULL	/* of queue 0; each has so much for itself: */
#define QUEUE_SPAN	0x100000ULL

/* What is mapped: rings, then data, each on pages of its own */
struct queue_memory {
	struct vring_desc desc[QUEUE_NUM];
	unsigned char pad0[4096 - sizeof(struct vring_desc) * QUEUE_NUM];
	struct {
		uint16_t flags, idx, ring[QUEUE_NUM], used_event;
	} avail;
	unsigned char pad1[4096 - 2 * (QUEUE_NUM + 3)];
	struct {
		uint16_t flags, idx;
		struct {
			uint32_t id, len;
		} ring[QUEUE_NUM];
		uint16_t avail_event;
	} used;
	unsigned char pad2[4096 - 4 - 8 * QUEUE_NUM - 4];
	unsigned char data[64 * 4096];
};

struct queue {
	const struct vhost *v;
	int index;
	uint64_t iova;
	struct queue_memory *m;
	int kick, call;
	uint16_t seen;		/* used entries that were taken */
};

#define QUEUE_DATA(q, offset)	\
	((q)->iova + offsetof(struct queue_memory, data) + (offset))

/* map the memory, tell the device, enable. Before DRIVER_OK. Return: 0 or a negative errno. */
int queue_start(struct queue *q, const struct vhost *v, int index);
/* tell the device again, after its reset: the queue goes on after all that was offered */
int queue_tell(struct queue *q);
void queue_end(struct queue *q);
/* what VHOST_SET_VRING_ADDR is told */
struct vhost_vring_addr queue_addr(const struct queue *q);

/* fill a descriptor; a chain is one by VRING_DESC_F_NEXT and next */
void queue_desc(struct queue *q, int at, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next);
void queue_offer(struct queue *q, uint16_t head);
void queue_kick(struct queue *q);
/* Wait for the next used entry. Return: its length, or -ETIMEDOUT. */
int queue_wait(struct queue *q, int ms);

#endif /* QUEUE_H */
