/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a ring, written from the specification alone ("Split
 * Virtqueues", "Packed Virtqueues"): it finds what the driver made available and
 * returns it in any order. It shares no structure with the driver.
 */
#ifndef RING_DEVICE_H
#define RING_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { DEV_NEXT = 1, DEV_WRITE = 2, DEV_INDIRECT = 4 };

struct dev_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
};

struct dev_chain {
	uint16_t id;		/* split: head; packed: buffer id */
	int n;
	struct dev_desc desc[2];
};

struct device {
	uint8_t *desc, *driver, *device;
	uint16_t num;
	bool packed;
	/* split: indexes; packed: positions */
	uint16_t avail, used;
	bool avail_wrap, used_wrap;
};

static inline uint16_t get16(const uint8_t *p) { return p[0] | p[1] << 8; }
static inline uint32_t get32(const uint8_t *p) { return get16(p) | (uint32_t)get16(p + 2) << 16; }
static inline uint64_t get64(const uint8_t *p) { return get32(p) | (uint64_t)get32(p + 4) << 32; }
static inline void put16(uint8_t *p, uint16_t v) { p[0] = v; p[1] = v >> 8; }
static inline void put32(uint8_t *p, uint32_t v) { put16(p, v); put16(p + 2, v >> 16); }

/* Return: true when @chain was taken */
static inline bool split_pop(struct device *d, struct dev_chain *chain)
{
	uint16_t i;

	if (get16(d->driver + 2) == d->avail)
		return false;
	i = get16(d->driver + 4 + 2 * (d->avail++ % d->num));
	chain->id = i;
	for (chain->n = 0; chain->n < 2; ) {
		/* a fuzzer may have written the index */
		const uint8_t *p = d->desc + 16 * (i % d->num);
		struct dev_desc *desc = &chain->desc[chain->n++];

		desc->addr = get64(p);
		desc->len = get32(p + 8);
		desc->flags = get16(p + 12);
		if (!(desc->flags & DEV_NEXT))
			break;
		i = get16(p + 14);
	}
	return true;
}

static inline void split_push(struct device *d, uint32_t id, uint32_t len)
{
	uint8_t *elem = d->device + 4 + 8 * (d->used % d->num);

	put32(elem, id);
	put32(elem + 4, len);
	put16(d->device + 2, ++d->used);
}

static inline bool packed_pop(struct device *d, struct dev_chain *chain)
{
	chain->n = 0;
	for (;;) {
		const uint8_t *p = d->desc + 16 * d->avail;
		struct dev_desc *desc = &chain->desc[chain->n];
		uint16_t flags = get16(p + 14);

		/* available: AVAIL (7) equals the wrap counter, USED (15) does not */
		if (!chain->n && ((!!(flags & 1 << 7) != d->avail_wrap) ||
				  (!!(flags & 1 << 15) == d->avail_wrap)))
			return false;
		desc->addr = get64(p);
		desc->len = get32(p + 8);
		desc->flags = flags & 7;
		chain->id = get16(p + 12);
		chain->n++;
		if (++d->avail == d->num) {
			d->avail = 0;
			d->avail_wrap = !d->avail_wrap;
		}
		if (!(flags & DEV_NEXT) || chain->n == 2)
			return true;
	}
}

static inline void packed_push(struct device *d, uint32_t id, uint32_t len, int n)
{
	uint8_t *p = d->desc + 16 * d->used;

	put32(p + 8, len);
	put16(p + 12, id);
	put16(p + 14, d->used_wrap ? 1 << 7 | 1 << 15 : 0);
	d->used += n;
	if (d->used >= d->num) {
		d->used -= d->num;
		d->used_wrap = !d->used_wrap;
	}
}

static inline void dev_init(struct device *d, bool packed, uint16_t num, void *desc,
			    void *driver, void *device)
{
	*d = (struct device) {
		.desc = desc, .driver = driver, .device = device, .num = num,
		.packed = packed, .avail_wrap = true, .used_wrap = true,
	};
}

static inline bool dev_pop(struct device *d, struct dev_chain *chain)
{
	return d->packed ? packed_pop(d, chain) : split_pop(d, chain);
}

static inline void dev_push(struct device *d, const struct dev_chain *chain, uint32_t len)
{
	if (d->packed)
		packed_push(d, chain->id, len, chain->n);
	else
		split_push(d, chain->id, len);
}

#endif /* RING_DEVICE_H */
