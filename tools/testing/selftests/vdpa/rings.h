/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VDUSE daemon that serves its queues (daemon.h's serves messages only): split rings,
 * groups and address spaces, single queues that start and stop, suspending and resuming.
 */
#ifndef RINGS_H
#define RINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <linux/virtio_ring.h>

#include "daemon.h"

#define RINGS_MAX	4
#define RINGS_SPACES	2
#define RINGS_STRETCHES	64
#define RINGS_PARTS	32

/* features of the daemon's: it can be told all that there is */
#define RINGS_F		(1ULL << VDUSE_F_QUEUE_READY | 1ULL << VDUSE_F_SUSPEND)

/* An address space, as far as it is mapped here */
struct rings_space {
	unsigned int n;
	struct {
		uint64_t first, last;
		unsigned char *at;
	} stretch[RINGS_STRETCHES];
};

struct ring {
	uint32_t group;
	bool started;			/* the driver wants it */
	bool on;			/* it is served */
	struct vring vring;
	uint16_t seen;			/* available entries taken */
	int kick;
};

struct rings {
	struct daemon *d;		/* of API version 1, open, its queues set up */
	struct ring ring[RINGS_MAX];
	struct rings_space space[RINGS_SPACES];
	uint32_t asid[RINGS_SPACES];	/* of each group */
	bool driver_ok, suspended;
	unsigned int suspends, resumes, resets, states;
	/* there may be something in the queue */
	void (*work)(struct rings *rings, unsigned int queue);
};

/* A chain that was taken: what the device reads, then what it writes */
struct rings_chain {
	uint16_t head;
	unsigned int nread, nwrite;
	struct iovec read[RINGS_PARTS], write[RINGS_PARTS];
};

void rings_init(struct rings *rings, struct daemon *d,
		void (*work)(struct rings *rings, unsigned int queue));
void rings_exit(struct rings *rings);

/*
 * Wait for a message or a kick, for so long at most (-1: without a limit), and do what is to
 * be done. @other, unless -1, is another descriptor to wait for. Return: is that readable?
 */
bool rings_step(struct rings *rings, int ms, int other);

/* Return: was there a chain? */
bool rings_take(struct rings *rings, unsigned int queue, struct rings_chain *chain);
/* @len bytes were written to it */
void rings_give(struct rings *rings, unsigned int queue, const struct rings_chain *chain,
		uint32_t len);

/* copy out of a chain, or into it. Return: how many bytes */
size_t rings_copy_out(const struct rings_chain *chain, void *to, size_t len);
size_t rings_copy_in(const struct rings_chain *chain, const void *from, size_t len);

#endif /* RINGS_H */
