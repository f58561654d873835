/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A legacy queue of a VF, and one request that its type of device completes: driven
 * through BAR0, in memory that is mapped for the VF's DMA. One request at a time.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>

struct vf;
struct work;

#define RING_WAIT_US	2000000

struct ring {
	struct vf *vf;
	const struct work *work;
	unsigned char *buffer;		/* of the request */
	volatile struct available *available;
	volatile struct used *used;
	unsigned int size;
	uint16_t offered;
};

/* Takes the VF's type; skips the test if what such a device does is not known here */
void ring_init(struct ring *ring, struct vf *vf);
/* Memory, in zeroes, mapped for the VF, or not */
int ring_map(struct ring *ring);
int ring_unmap(struct ring *ring);
/* PCI_COMMAND; the queue, its address; the driver is ready */
void ring_command(struct ring *ring, unsigned int command);
void ring_set_up(struct ring *ring);
void ring_ready(struct ring *ring);
/* All of these, with bus mastering on */
void ring_start(struct ring *ring);
/* One request in the queue; and the same, with the device told of it */
void ring_publish(struct ring *ring);
void ring_offer(struct ring *ring);
/* How many it has completed, after at most @us for all that were offered */
uint16_t ring_completed(struct ring *ring, int us);
uint32_t ring_first_len(struct ring *ring);
/* What the device writes of each request, in bytes from @buffer + 16 on */
unsigned int ring_written(struct ring *ring);
unsigned int ring_queue(struct ring *ring);
/* What a driver writes to the queue's address register */
uint32_t ring_page(struct ring *ring);

#endif /* RING_H */
