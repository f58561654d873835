/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzers of split and packed rings have in common: a driver that writes
 * anything anywhere into its memory, at any moment. What a chain says stays
 * consistent, calls end, nothing outside the memory is touched.
 *
 * Who includes this has NUM, PIECES, ACCESSES_MAX, a struct fuzz_driver that has its
 * memory in m, and at the end the two functions declared below.
 */
#include <assert.h>

#include "fuzz.h"

struct fuzz {
	const uint8_t *data;
	size_t left;
	struct fuzz_driver d;
	struct vdpa_ring ring;
	struct vdpa_ring_chain chain;
	bool held;
};

/* a chain that is nearly right gets further than noise */
static void step_offer(struct fuzz *f);
/* what holds at any time, and of a chain that is held */
static void check_ring(const struct fuzz *f);

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

static void check_part(const struct vdpa_ring_part *part)
{
	u64 sum = 0;

	for (int i = 0; i < part->count; i++) {
		assert(part->pieces[i].len);
		sum += part->pieces[i].len;
	}
	assert(sum == part->len);
}

static void step_next(struct fuzz *f)
{
	int ret;

	f->d.m.accesses = 0;
	ret = vdpa_ring_next(&f->ring, &f->chain);
	assert(ret <= 1 && f->d.m.accesses <= ACCESSES_MAX);
	f->held = ret == 1;
	check_ring(f);
	if (!f->held)
		return;
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
	ret = vdpa_ring_copy_out(&f->ring, &f->chain, offset, buf, len);
	assert((u64)offset + len <= f->chain.out.len || ret == -EINVAL);
	ret = vdpa_ring_copy_in(&f->ring, &f->chain, offset, buf, len);
	assert((u64)offset + len <= f->chain.in.len || ret == -EINVAL);
}

/* from the chain's one part to its other */
static void step_move(struct fuzz *f)
{
	u32 to = take(f) * 32, from = take(f) * 32, len = take(f);
	int ret;

	if (!f->held)
		return;
	ret = vdpa_ring_move(&f->ring, &f->chain, to, &f->chain, from, len);
	assert(((u64)to + len <= f->chain.in.len && (u64)from + len <= f->chain.out.len) ||
	       ret == -EINVAL);
}

/* or, now and then, put back */
static void step_return(struct fuzz *f)
{
	if (f->held && take(f) % 8)
		assert(vdpa_ring_complete(&f->ring, &f->chain, take(f)) == 0);
	else if (f->held)
		vdpa_ring_undo(&f->ring);
	f->held = false;
	check_ring(f);
	assert(vdpa_ring_publish(&f->ring) == 0);
	assert(vdpa_ring_wants_interrupt(&f->ring) <= 1);
}

static void step_notify(struct fuzz *f)
{
	assert(vdpa_ring_disable_notify(&f->ring) <= 0);
	assert(vdpa_ring_enable_notify(&f->ring) <= 1);
}

/* all steps that the rest of the input asks for */
static void fuzz_ring(struct fuzz *f, struct vdpa_ring_layout *layout, uint8_t how)
{
	static void (* const steps[])(struct fuzz *) = {
		step_scribble, step_offer, step_offer, step_next, step_next, step_copy,
		step_move, step_return, step_notify,
	};
	static struct vdpa_ring_piece pieces[PIECES];

	f->chain = (struct vdpa_ring_chain) { .pieces = pieces, .max = PIECES };
	layout->event_idx = how & 1;
	layout->indirect = how & 2;
	assert(!vdpa_ring_init(&f->ring, &f->d.m.mem, layout));
	while (f->left)
		steps[take(f) % ARRAY_SIZE(steps)](f);
	test_mem_free(&f->d.m);
}
