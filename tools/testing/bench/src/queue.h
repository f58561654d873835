/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A legacy queue of a VF that is kept busy: slots of a few descriptors each, any of which
 * can be on its way. What cannot be done ends the program.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "vf.h"

#define PAGE		4096UL
#define QUEUE_ROOM	(24 * PAGE)	/* rings of up to 1024 entries */
#define SLOT_PARTS	3		/* descriptors of a slot */

struct part {
	uint64_t address;
	uint32_t len;
	bool device_writes;
};

struct queue {
	struct vf *vf;
	unsigned int index, size, slots;
	struct descriptor *descriptors;
	struct available *available;
	volatile struct used *used;
	uint16_t offered, seen;
};

/* ACKNOWLEDGE, DRIVER and no features, with bus mastering on; then the queues, then DRIVER_OK */
void driver_begin(struct vf *vf);
void driver_ready(struct vf *vf);
/* Queue @index of @vf, with @slots of them, in QUEUE_ROOM of @memory that is mapped at @iova */
void queue_set_up(struct queue *queue, struct vf *vf, unsigned int index, unsigned int slots,
		  void *memory, uint64_t iova);
/* A free slot is given to the device, and it is told of all that it was given */
void queue_offer(struct queue *queue, unsigned int slot, const struct part *parts, unsigned int n);
void queue_notify(struct queue *queue);
/* Is there a slot that the device has finished with? Which one: waits for it */
bool queue_has_more(const struct queue *queue);
unsigned int queue_take_back(struct queue *queue);
/* How many slots the device has */
unsigned int queue_under_way(const struct queue *queue);

#endif /* QUEUE_H */
