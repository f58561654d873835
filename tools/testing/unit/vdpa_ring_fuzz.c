// SPDX-License-Identifier: GPL-2.0-only
/*
 * A split ring whose driver is hostile: what vdpa_ring_fuzz.h says, and how such a ring's
 * driver offers a chain.
 * sources: drivers/vdpa/ring/ring.c drivers/vdpa/ring/ring_packed.c
 * sources: drivers/vdpa/ring/ring_split.c drivers/vdpa/ring/ring_walk.c
 */
#include "vdpa_ring_driver.h"

#define NUM	8
#define PIECES	12
/* index, entry, each descriptor of the ring and of the largest table */
#define ACCESSES_MAX	(2 + NUM + TABLE_DESCS)
#define fuzz_driver	driver

#include "vdpa_ring_fuzz.h"

static void step_offer(struct fuzz *f)
{
	uint16_t head = take(f) % NUM, at = head;
	unsigned int count = 1 + take(f) % 3;

	for (unsigned int i = 0; i < count; i++) {
		uint8_t flags = take(f);
		uint16_t next = (at + 1) % NUM;

		desc_set(&f->d.desc[at], (flags & 4) ? TABLE_ADDR : DATA_ADDR + take(f) * 64,
			 (flags & 4) ? 16 * (take(f) % 10) : take(f) * 64,
			 (flags & 7) | (i + 1 < count ? VRING_DESC_F_NEXT : 0), next);
		at = next;
	}
	driver_offer(&f->d, head);
}

static void check_ring(const struct fuzz *f)
{
	assert(!f->held || f->chain.head < NUM);
}

FUZZ_TARGET
{
	struct fuzz f = { .data = input, .left = len };
	struct vdpa_ring_layout layout;

	driver_init(&f.d, NUM);
	layout = driver_layout(&f.d);
	fuzz_ring(&f, &layout, take(&f));
	return 0;
}
