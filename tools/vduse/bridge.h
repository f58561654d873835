/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VDUSE device whose queues a vhost-user back end serves. Its state, and what is done to
 * it; functions return 0 or a negative errno.
 */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "vhost_user.h"

#define BRIDGE_QUEUES	64
#define BRIDGE_CONFIG	VU_CONFIG_SIZE

struct bridge_queue {
	int kick, call;		/* the kernel's and the back end's: nothing here waits for them */
	bool started;
	uint16_t base;		/* while it is stopped: the next available entry */
	/* the page of the used ring that has its index, or NULL */
	volatile uint16_t *used_index;
	void *used_page;
	uint64_t used_len;
};

struct bridge {
	/* what it is to be */
	const char *name, *path;
	uint32_t device_id;
	unsigned int nqueues;
	uint16_t queue_size;
	uint64_t bounce_size;	/* 0: the kernel's default */
	bool huge;		/* the bounce memory is our own, in huge pages */

	int control, dev;
	struct vu vu;
	bool stale;		/* the connection had queues that were stopped */
	uint64_t features;	/* of the device */
	uint64_t borrowed;	/* those of them that are the back end's */
	uint64_t space_len;
	uint8_t space[BRIDGE_CONFIG];

	bool running;		/* the back end serves the queues */
	bool suspended;
	uint64_t driver_features;
	int bounce_fd;		/* with @huge; or -1 */
	struct vu_inflight inflight;
	struct bridge_queue queues[BRIDGE_QUEUES];
};

/* bridge_device.c: the VDUSE device */
int bridge_create(struct bridge *b);
int bridge_open(struct bridge *b);
void bridge_destroy(struct bridge *b);
/* Read a message, do what it says, and answer */
void bridge_answer(struct bridge *b);

/* Where a queue starts: as the driver says; where it was stopped; or where its used ring ends */
enum bridge_from { FROM_DRIVER, FROM_STOP, FROM_USED };

/* bridge_queues.c: its queues and its memory at the back end */
/* FROM_USED: what is in flight is the back end's again */
int bridge_start(struct bridge *b, enum bridge_from from);
/* @back_end: there is one; without it the queues end where the used rings do */
void bridge_stop(struct bridge *b, bool back_end);
/* give the back end the memory again that is mapped now */
int bridge_remap(struct bridge *b);
/* Return: the driver has started queues, and has not suspended the device */
bool bridge_is_wanted(struct bridge *b);

#endif /* BRIDGE_H */
