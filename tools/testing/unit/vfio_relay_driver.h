/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver's memory with a split ring in it, and a device that writes to another used
 * ring: for the tests and the fuzzer of drivers/vfio/pci/virtio/relay.c.
 */
#ifndef VFIO_RELAY_DRIVER_H
#define VFIO_RELAY_DRIVER_H

#include <errno.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/virtio_ring.h>

#include "drivers/vfio/pci/virtio/relay.h"

#define NUM		8
#define PAGE		1024
#define PAGES		16
#define BASE		0x100000ULL	/* where the memory is */
#define DESC_AT		(BASE + 0 * PAGE)
#define AVAIL_AT	(BASE + 1 * PAGE)
#define USED_AT		(BASE + 2 * PAGE)
#define TABLE_AT	(BASE + 3 * PAGE)
#define DATA_AT		(BASE + 8 * PAGE)

struct driver {
	struct virtiovf_relay_memory memory;
	struct virtiovf_relay_queue queue;
	u8 bytes[PAGES * PAGE];
	u8 marked[PAGES * PAGE];	/* each byte */
	u8 written[PAGES * PAGE];
	u64 outside;			/* marks that are not in the memory */
	bool torn;			/* the driver could have seen half of a used index */
	unsigned int reads;
	u64 fail_at;			/* accesses of this address fail */
	/* 4 + 8 * NUM + 2 bytes, and a guard that ASan cannot see */
	u8 ring[4 + 8 * NUM + 2 + 16];
};

static inline struct driver *of_memory(struct virtiovf_relay_memory *memory)
{
	return container_of(memory, struct driver, memory);
}

static inline bool driver_has(const struct driver *d, u64 addr, u64 len)
{
	return addr >= BASE && len <= sizeof(d->bytes) && addr - BASE <= sizeof(d->bytes) - len &&
	       !(d->fail_at >= addr && d->fail_at < addr + len);
}

static inline int driver_read(struct virtiovf_relay_memory *memory, u64 addr, void *buf, u32 len)
{
	struct driver *d = of_memory(memory);

	d->reads++;
	if (!driver_has(d, addr, len))
		return -EFAULT;
	memcpy(buf, d->bytes + (addr - BASE), len);
	return 0;
}

static inline u16 driver_used(const struct driver *d)
{
	return d->bytes[USED_AT + 2 - BASE] | d->bytes[USED_AT + 3 - BASE] << 8;
}

/* As a copy to user memory may be: words, then bytes. The driver looks between any two steps. */
static inline void driver_copy(struct driver *d, u64 at, const u8 *buf, u32 len)
{
	u16 old = driver_used(d), new, seen;
	u8 before[2];

	memcpy(before, d->bytes + (USED_AT + 2 - BASE), 2);
	memcpy(d->bytes + at, buf, len);
	new = driver_used(d);
	memcpy(d->bytes + (USED_AT + 2 - BASE), before, 2);
	for (u32 i = 0, step; i < len; i += step) {
		step = len - i >= 8 && !((at + i) % 8) ? 8 : 1;
		memcpy(d->bytes + at + i, buf + i, step);
		seen = driver_used(d);
		d->torn |= seen != old && seen != new;
	}
}

static inline int driver_write(struct virtiovf_relay_memory *memory, u64 addr, const void *buf,
			       u32 len)
{
	struct driver *d = of_memory(memory);

	if (!driver_has(d, addr, len))
		return -EFAULT;
	driver_copy(d, addr - BASE, buf, len);
	memset(d->written + (addr - BASE), 1, len);
	return 0;
}

static inline void driver_mark(struct virtiovf_relay_memory *memory, u64 first, u64 last)
{
	struct driver *d = of_memory(memory);

	u64 from = max(first, BASE), to = min(last, BASE + sizeof(d->bytes) - 1);

	if (from <= to)
		memset(d->marked + (from - BASE), 1, to - from + 1);
	if (first < BASE || last >= BASE + sizeof(d->bytes))
		d->outside++;
}

static inline void driver_init(struct driver *d)
{
	memset(d, 0, sizeof(*d));
	d->memory = (struct virtiovf_relay_memory) { driver_read, driver_write, driver_mark };
	d->queue = (struct virtiovf_relay_queue) {
		.memory = &d->memory, .ring = d->ring, .size = NUM,
		.desc = DESC_AT, .avail = AVAIL_AT, .used = USED_AT,
	};
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

static inline u8 *at(struct driver *d, u64 addr)
{
	return d->bytes + (addr - BASE);
}

static inline void put_desc(struct driver *d, u64 table, unsigned int n, u64 addr, u32 len,
			    u16 flags, u16 next)
{
	struct vring_desc desc = { addr, len, flags, next };

	memcpy(at(d, table + n * sizeof(desc)), &desc, sizeof(desc));
}

/* The device gives a chain back, and says so */
static inline void device_use(struct driver *d, u32 id, u32 len)
{
	u16 idx = get16(d->ring + 2);
	u8 *element = d->ring + 4 + 8 * (idx % NUM);

	memcpy(element, &id, 4);
	memcpy(element + 4, &len, 4);
	put16(d->ring + 2, idx + 1);
}

#endif /* VFIO_RELAY_DRIVER_H */
