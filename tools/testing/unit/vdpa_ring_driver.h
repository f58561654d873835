/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's side of a split virtqueue and its memory, for vdpa_ring's tests. The
 * memory is a handful of windows, each of exactly the size it claims to have, so
 * that the sanitizer sees an access beyond it.
 */
#ifndef VDPA_RING_DRIVER_H
#define VDPA_RING_DRIVER_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <asm/byteorder.h>
#include <uapi/linux/virtio_ring.h>

#include <linux/vdpa_ring.h>

#define WINDOWS_MAX	8
#define ACCESSES_ENDLESS	1000000	/* more than any test here needs: there is no end */

struct window {
	u64 start;
	u64 size;
	u8 *bytes;
};

struct test_mem {
	struct vdpa_ring_mem mem;
	struct window windows[WINDOWS_MAX];
	unsigned int count;
	unsigned long accesses;
};

/* Where @len bytes at @addr are, or NULL when no single window holds them */
static inline u8 *test_mem_at(struct test_mem *m, u64 addr, u64 len)
{
	for (unsigned int i = 0; i < m->count; i++) {
		struct window *w = &m->windows[i];

		if (addr >= w->start && addr - w->start <= w->size &&
		    len <= w->size - (addr - w->start))
			return w->bytes + (addr - w->start);
	}
	return NULL;
}

static inline int test_mem_read(struct vdpa_ring_mem *mem, u64 addr, void *buf, size_t len)
{
	struct test_mem *m = container_of(mem, struct test_mem, mem);
	u8 *at = test_mem_at(m, addr, len);

	if (m->accesses++ >= ACCESSES_ENDLESS || !at)
		return -EFAULT;
	memcpy(buf, at, len);
	return 0;
}

static inline int test_mem_write(struct vdpa_ring_mem *mem, u64 addr, const void *buf, size_t len)
{
	struct test_mem *m = container_of(mem, struct test_mem, mem);
	u8 *at = test_mem_at(m, addr, len);

	if (m->accesses++ >= ACCESSES_ENDLESS || !at)
		return -EFAULT;
	memcpy(at, buf, len);
	return 0;
}

static inline int test_mem_load16(struct vdpa_ring_mem *mem, u64 addr, u16 *value)
{
	return addr % 2 ? -EINVAL : test_mem_read(mem, addr, value, 2);
}

static inline int test_mem_store16(struct vdpa_ring_mem *mem, u64 addr, u16 value)
{
	return addr % 2 ? -EINVAL : test_mem_write(mem, addr, &value, 2);
}

static inline int test_mem_move(struct vdpa_ring_mem *mem, u64 to, u64 from, size_t len)
{
	struct test_mem *m = container_of(mem, struct test_mem, mem);
	u8 *to_at = test_mem_at(m, to, len), *from_at = test_mem_at(m, from, len);

	if (m->accesses++ >= ACCESSES_ENDLESS || !to_at || !from_at)
		return -EFAULT;
	memmove(to_at, from_at, len);
	return 0;
}

static const struct vdpa_ring_mem_ops test_mem_ops = {
	.read = test_mem_read,
	.write = test_mem_write,
	.load16 = test_mem_load16,
	.store16 = test_mem_store16,
	.move = test_mem_move,
};

static inline void test_mem_init(struct test_mem *m)
{
	*m = (struct test_mem) { .mem.ops = &test_mem_ops };
}

static inline u8 *test_mem_add(struct test_mem *m, u64 start, u64 size)
{
	struct window *w = &m->windows[m->count++];

	*w = (struct window) { .start = start, .size = size, .bytes = calloc(1, size) };
	return w->bytes;
}

static inline void test_mem_free(struct test_mem *m)
{
	for (unsigned int i = 0; i < m->count; i++)
		free(m->windows[i].bytes);
	m->count = 0;
}

#define DESC_ADDR	0x10000ULL
#define AVAIL_ADDR	0x20000ULL
#define USED_ADDR	0x30000ULL
#define DATA_ADDR	0x100000000ULL
#define DATA_SIZE	0x4000
#define TABLE_ADDR	0x50000ULL
#define TABLE_DESCS	8

/* A driver with its three areas, some data and one indirect table */
struct driver {
	struct test_mem m;
	u16 num;
	struct vring_desc *desc;
	u8 *avail, *used, *data;
	struct vring_desc *table;
	u16 avail_idx;
};

static inline void driver_init(struct driver *d, u16 num)
{
	test_mem_init(&d->m);
	d->num = num;
	d->desc = (void *)test_mem_add(&d->m, DESC_ADDR, 16 * num);
	d->avail = test_mem_add(&d->m, AVAIL_ADDR, 6 + 2 * num);
	d->used = test_mem_add(&d->m, USED_ADDR, 6 + 8 * num);
	d->data = test_mem_add(&d->m, DATA_ADDR, DATA_SIZE);
	d->table = (void *)test_mem_add(&d->m, TABLE_ADDR, sizeof(*d->table) * TABLE_DESCS);
	d->avail_idx = 0;
}

static inline void put16(u8 *at, u16 value)
{
	memcpy(at, &value, 2);
}

static inline u16 get16(const u8 *at)
{
	u16 value;

	memcpy(&value, at, 2);
	return value;
}

static inline u32 get32(const u8 *at)
{
	u32 value;

	memcpy(&value, at, 4);
	return value;
}

static inline void driver_offer(struct driver *d, u16 head)
{
	put16(d->avail + 4 + 2 * (d->avail_idx % d->num), head);
	put16(d->avail + 2, ++d->avail_idx);
}

static inline void desc_set(struct vring_desc *desc, u64 addr, u32 len, u16 flags, u16 next)
{
	*desc = (struct vring_desc) { .addr = addr, .len = len, .flags = flags, .next = next };
}

static inline struct vdpa_ring_layout driver_layout(const struct driver *d)
{
	return (struct vdpa_ring_layout) {
		.desc = DESC_ADDR, .avail = AVAIL_ADDR, .used = USED_ADDR, .num = d->num,
	};
}

#endif /* VDPA_RING_DRIVER_H */
