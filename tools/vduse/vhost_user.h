/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front end of the vhost-user protocol: a connection to a back end, and the requests of
 * QEMU's docs/interop/vhost-user.rst that a VDUSE device needs. Functions return 0 or a
 * negative errno; after one, the connection is of no more use.
 */
#ifndef VHOST_USER_H
#define VHOST_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* a device feature that only says that there are protocol features */
#define VU_F_PROTOCOL		30

#define VU_PROTOCOL_MQ		0
#define VU_PROTOCOL_REPLY_ACK	3
#define VU_PROTOCOL_CONFIG	9
#define VU_PROTOCOL_INFLIGHT	12

/* memory regions that any back end can take */
#define VU_REGIONS		8
#define VU_CONFIG_SIZE		256

struct vu {
	int fd;			/* of the connection, or -1 */
	uint64_t features;
	uint64_t protocol;	/* features that are agreed on */
	unsigned int queues;	/* the most that it has */
};

/* user_addr: of what a queue's address is given in; offset: in the file */
struct vu_region {
	uint64_t guest_addr, size, user_addr, offset;
	int fd;
};

/* A file in which the back end writes down what it works on */
struct vu_inflight {
	uint64_t size, offset;
	uint16_t queues, queue_size;
	int fd;			/* or -1 */
};

struct vu_queue {
	unsigned int index;
	uint32_t num;
	uint16_t base;			/* the first available entry to be taken */
	uint64_t desc, avail, used;	/* in user addresses */
	int kick, call;
};

static inline bool vu_has(const struct vu *vu, unsigned int protocol_feature)
{
	return vu->protocol >> protocol_feature & 1;
}

/* Connect, and agree on protocol features. Each wait for an answer is limited. */
int vu_open(struct vu *vu, const char *path);
void vu_close(struct vu *vu);

/* A disk's configuration space; @len is at most VU_CONFIG_SIZE */
int vu_get_config(struct vu *vu, void *to, size_t len);

int vu_set_features(struct vu *vu, uint64_t features);
int vu_set_memory(struct vu *vu, const struct vu_region *regions, unsigned int n);
/* a new file of the back end's, for so many queues */
int vu_get_inflight(struct vu *vu, struct vu_inflight *inflight);
int vu_set_inflight(struct vu *vu, const struct vu_inflight *inflight);

int vu_start_queue(struct vu *vu, const struct vu_queue *queue);
/* Returns when nothing is in flight; @base: the next available entry */
int vu_stop_queue(struct vu *vu, unsigned int index, uint16_t *base);

#endif /* VHOST_USER_H */
