// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of a packed ring that writes anything anywhere into its memory, at any moment.
 * What a chain says stays consistent, calls end, nothing outside the memory is touched.
 * sources: drivers/vdpa/vdpa_sim/vringh.c drivers/vdpa/vdpa_sim/vringh_packed.c
 */
#include <assert.h>

#include "fuzz.h"
#include "vringh_packed_driver.h"

#define NUM	7
#define PIECES	12
/* flags, each descriptor of the ring and of the largest table */
#define ACCESSES_MAX	(1 + NUM + PIECES)

struct fuzz {
	const uint8_t *data;
	size_t left;
	struct packed_driver d;
	struct vringh ring;
	struct vringh_chain chain;
	bool held;
};

static uint8_t take(struct fuzz *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->data++;
}

/* some bytes into one of the windows that matter */
static void step_scribble(struct fuzz *f)
{
	struct window *w = &f->d.m.windows[take(f) % f->d.m.count];
	size_t at = (take(f) | take(f) << 8) % w->size;
	size_t len = 1 + take(f) % 16;

	for (size_t i = 0; i < len && at + i < w->size; i++)
		w->bytes[at + i] = take(f);
}

/* a chain that is nearly right gets further than noise */
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

static void check_part(const struct vringh_part *part)
{
	u64 sum = 0;

	for (int i = 0; i < part->count; i++) {
		assert(part->pieces[i].len);
		sum += part->pieces[i].len;
	}
	assert(sum == part->len);
}

static void check_places(const struct fuzz *f)
{
	assert(f->ring.take.index < NUM && f->ring.give.index < NUM);
}

static void step_next(struct fuzz *f)
{
	int ret;

	f->d.m.accesses = 0;
	ret = vringh_next(&f->ring, &f->chain);
	assert(ret <= 1 && f->d.m.accesses <= ACCESSES_MAX);
	check_places(f);
	f->held = ret == 1;
	if (!f->held)
		return;
	assert(f->chain.count >= 1 && f->chain.count <= NUM);
	assert(f->chain.out.count + f->chain.in.count <= PIECES);
	assert((u64)f->chain.out.len + f->chain.in.len <= U32_MAX);
	check_part(&f->chain.out);
	check_part(&f->chain.in);
}

static void step_copy(struct fuzz *f)
{
	u8 buf[256] = {};
	u32 offset = take(f) * 32, len = take(f);
	int ret;

	if (!f->held)
		return;
	ret = vringh_copy_out(&f->ring, &f->chain, offset, buf, len);
	assert((u64)offset + len <= f->chain.out.len || ret == -EINVAL);
	ret = vringh_copy_in(&f->ring, &f->chain, offset, buf, len);
	assert((u64)offset + len <= f->chain.in.len || ret == -EINVAL);
}

static void step_return(struct fuzz *f)
{
	if (f->held && take(f) % 8)
		assert(vringh_complete(&f->ring, &f->chain, take(f)) == 0);
	else if (f->held)
		vringh_undo(&f->ring);
	f->held = false;
	check_places(f);
	assert(vringh_publish(&f->ring) == 0);
	assert(vringh_wants_interrupt(&f->ring) <= 1);
}

static void step_notify(struct fuzz *f)
{
	assert(vringh_disable_notify(&f->ring) <= 0);
	assert(vringh_enable_notify(&f->ring) <= 1);
}

FUZZ_TARGET
{
	static void (* const steps[])(struct fuzz *) = {
		step_scribble, step_offer, step_offer, step_next, step_next, step_copy,
		step_return, step_notify,
	};
	static struct vringh_piece pieces[PIECES];
	struct fuzz f = {
		.data = input, .left = len, .chain = { .pieces = pieces, .max = PIECES },
	};
	struct vringh_layout layout;
	uint8_t how = take(&f);

	packed_driver_init(&f.d, NUM, (struct vringh_place) { (how >> 3) % NUM, how & 4 });
	layout = packed_layout(&f.d);
	layout.event_idx = how & 1;
	layout.indirect = how & 2;
	assert(!vringh_init(&f.ring, &f.d.m.mem, &layout));
	while (f.left)
		steps[take(&f) % ARRAY_SIZE(steps)](&f);
	test_mem_free(&f.d.m);
	return 0;
}
