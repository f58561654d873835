// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packed ring whose driver is hostile: what vdpa_ring_fuzz.h says, and how such a ring's
 * driver offers a chain.
 * sources: drivers/vdpa/ring/ring.c drivers/vdpa/ring/ring_packed.c
 * sources: drivers/vdpa/ring/ring_split.c drivers/vdpa/ring/ring_walk.c
 */
#include "vdpa_ring_packed_driver.h"

#define NUM	7
#define PIECES	12
/* flags, each descriptor of the ring and of the largest table */
#define ACCESSES_MAX	(1 + NUM + PIECES)
#define fuzz_driver	packed_driver

#include "vdpa_ring_fuzz.h"

static void step_offer(struct fuzz *f)
{
	unsigned int count = 1 + take(f) % 4;

	for (unsigned int i = 0; i < count; i++) {
		uint8_t flags = take(f);

		packed_put(&f->d, (flags & 4) ? TABLE_ADDR : DATA_ADDR + take(f) * 64,
			   (flags & 4) ? 16 * (take(f) % 10) : take(f) * 64,
			   (flags & 7) | (i + 1 < count ? VRING_DESC_F_NEXT : 0), take(f));
	}
}

static void check_ring(const struct fuzz *f)
{
	assert(f->ring.take.index < NUM && f->ring.give.index < NUM);
	assert(!f->held || (f->chain.count >= 1 && f->chain.count <= NUM));
}

FUZZ_TARGET
{
	struct fuzz f = { .data = input, .left = len };
	struct vdpa_ring_layout layout;
	uint8_t how = take(&f);

	packed_driver_init(&f.d, NUM, (struct vdpa_ring_place) { (how >> 3) % NUM, how & 4 });
	layout = packed_layout(&f.d);
	fuzz_ring(&f, &layout, how);
	return 0;
}
