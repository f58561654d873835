/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulated disk that a test has for itself, and one request to it at a time */
#ifndef DISK_H
#define DISK_H

#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>

#include "queue.h"
#include "unit.h"

#define SECTORS		((128ULL << 20) / 512)
#define HEADER		0		/* offsets in the queue's data */
#define STATUS		64
#define BODY		4096
#define MS		5000
#define NEEDED		(1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_ACCESS_PLATFORM)
#define ALL		(~0ULL & ~(1ULL << VIRTIO_RING_F_EVENT_IDX))
#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE

static struct vhost v;
static struct queue q;

static inline void start(uint64_t features)
{
	v = vhost_new("blktest", "vdpasim_blk");
	ASSERT_EQ(vhost_negotiate(&v, features | NEEDED), 0);
	ASSERT_EQ(queue_start(&q, &v, 0), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
}

static inline void end(void)
{
	queue_end(&q);
	vhost_end(&v);
}

static inline void header(uint32_t type, uint64_t sector)
{
	struct virtio_blk_outhdr *h = (void *)(q.m->data + HEADER);

	*h = (struct virtio_blk_outhdr) { .type = type, .sector = sector };
	q.m->data[STATUS] = 0xee;
}

/* One request: header, a body the device reads or writes, status. Return: the status. */
static inline int request_at(uint32_t type, uint64_t sector, uint64_t addr, uint32_t len,
			     int body_flags)
{
	header(type, sector);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), sizeof(struct virtio_blk_outhdr), NEXT,
		   len ? 1 : 2);
	queue_desc(&q, 1, addr, len, NEXT | body_flags, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	return queue_wait(&q, MS) < 0 ? -ETIMEDOUT : q.m->data[STATUS];
}

static inline int request(uint32_t type, uint64_t sector, uint32_t len, int body_flags)
{
	return request_at(type, sector, QUEUE_DATA(&q, BODY), len, body_flags);
}

static inline int read_disk(uint64_t sector, uint32_t len)
{
	return request(VIRTIO_BLK_T_IN, sector, len, WRITE);
}

static inline int write_disk(uint64_t sector, uint32_t len)
{
	return request(VIRTIO_BLK_T_OUT, sector, len, 0);
}

static inline unsigned char *body(void)
{
	return q.m->data + BODY;
}

#endif /* DISK_H */
