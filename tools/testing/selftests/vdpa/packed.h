/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver's packed virtqueue of a disk in the test's own memory, mapped for the device,
 * with room for a request behind it. All fields may be spoilt by a test.
 */
#ifndef PACKED_H
#define PACKED_H

#include <linux/virtio_blk.h>
#include <linux/virtio_ring.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost.h"

#define PACKED_IOVA	0x200000ULL
#define PACKED_MOST	8		/* descriptors */
#define PACKED_FIRST	0x80008000	/* base of a ring that nobody has used */
#define PACKED_AVAIL	(1 << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED	(1 << VRING_PACKED_DESC_F_USED)

/* What is mapped, each on a page of its own */
struct packed_memory {
	struct vring_packed_desc desc[PACKED_MOST];
	unsigned char pad0[4096 - 16 * PACKED_MOST];
	struct vring_packed_desc_event driver;
	unsigned char pad1[4096 - 4];
	struct vring_packed_desc_event device;
	unsigned char pad2[4096 - 4];
	struct virtio_blk_outhdr header;
	unsigned char status;
	unsigned char pad3[4096 - sizeof(struct virtio_blk_outhdr) - 1];
	unsigned char body[4096];
};

#define PACKED_AT(field)	(PACKED_IOVA + offsetof(struct packed_memory, field))

struct packed {
	const struct vhost *v;
	struct packed_memory *m;
	unsigned int num;
	unsigned int offered, taken;	/* descriptors since the ring was new */
	int kick, call;
};

/* Map the memory and set the eventfds, or end the test; the device is not told of the ring */
void packed_start(struct packed *p, const struct vhost *v, unsigned int num);
void packed_end(struct packed *p);
/* Tell of a ring of @num that goes on at base @where, and enable it. Return: 0 or -errno. */
int packed_tell(const struct packed *p, unsigned int num, uint32_t where);

/* Where a descriptor of the count since the beginning is, with which wrap counter */
unsigned int packed_index(const struct packed *p, unsigned int count);
int packed_wrap(const struct packed *p, unsigned int count);
/* As VHOST_GET_VRING_BASE has it */
uint32_t packed_base(const struct packed *p);

/* Make a chain the device's; without a kick */
void packed_offer(struct packed *p, const struct vring_packed_desc *descs, int count);
void packed_kick(struct packed *p);
/* Wait for a chain of @count. Return: its id, or -ETIMEDOUT. */
int packed_wait(struct packed *p, int count, int ms);

#endif /* PACKED_H */
