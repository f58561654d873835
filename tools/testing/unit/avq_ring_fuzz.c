// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that writes anything anywhere into the ring's memory at any moment.
 * A slot comes back only if it is in flight, at most once, and never with more
 * bytes than it had room for. A ring that has nothing to give shows nothing.
 * sources: drivers/virtio/avq/ring.c drivers/virtio/avq/split.c
 * sources: drivers/virtio/avq/packed.c
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/virtio/avq/ring.h"
#include "fuzz.h"
#include "ring_device.h"

#define SLOTS	4
#define NUM	(SLOTS * VP_RING_DESCS_PER_SLOT)

struct fuzz {
	const uint8_t *data;
	size_t left;
	struct vp_ring ring;
	struct vp_ring_slot slots[SLOTS];
	struct device dev;
	uint8_t *memory;
	size_t memory_size;
	uint32_t writable[SLOTS];	/* 0: ours */
	struct dev_chain held[SLOTS];
	unsigned int n_held;
};

static uint8_t take(struct fuzz *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->data++;
}

static void step_add(struct fuzz *f)
{
	uint8_t choice = take(f);
	uint16_t slot = choice % SLOTS;
	struct vp_ring_request req = {
		.out = { .addr = choice, .len = 24 },
		.in = { .addr = choice, .len = 8 + choice },
		.indirect = choice & 0x80,
	};

	if (f->writable[slot])
		return;
	f->writable[slot] = req.in.len;
	vp_ring_add(&f->ring, slot, &req);
	f->ring.ops->kick_needed(&f->ring);
}

static void step_get(struct fuzz *f)
{
	bool faulty = f->ring.fault;
	uint16_t slot;
	uint32_t len;
	int ret = vp_ring_get(&f->ring, &slot, &len);

	assert(ret <= 1);
	assert(!faulty || ret < 0);
	assert((ret < 0) == !!f->ring.fault);
	/* "none" while one is pending would keep a reader in its loop */
	assert(ret || !vp_ring_pending(&f->ring));
	if (ret <= 0)
		return;
	assert(slot < SLOTS && f->writable[slot] && len <= f->writable[slot]);
	f->writable[slot] = 0;
}

/* an honest return now and then lets the ring get somewhere */
static void step_honest(struct fuzz *f)
{
	uint8_t choice = take(f);

	if (f->n_held < SLOTS && dev_pop(&f->dev, &f->held[f->n_held]))
		f->n_held++;
	if (!f->n_held)
		return;
	choice %= f->n_held;
	dev_push(&f->dev, &f->held[choice], take(f));
	f->held[choice] = f->held[--f->n_held];
}

static void step_write(struct fuzz *f)
{
	size_t at = (take(f) | take(f) << 8) % f->memory_size;

	f->memory[at] = take(f);
}

static void step_irq(struct fuzz *f)
{
	f->ring.ops->irq_on(&f->ring);
	vp_ring_pending(&f->ring);
	f->ring.ops->irq_off(&f->ring);
}

static void step_reset(struct fuzz *f)
{
	for (uint16_t slot = 0; slot < SLOTS; slot++) {
		assert(vp_ring_reclaim(&f->ring, slot) == !!f->writable[slot]);
		f->writable[slot] = 0;
	}
	assert(!f->ring.inflight);
	memset(f->memory, 0, f->memory_size);
	vp_ring_init(&f->ring, f->memory);
	dev_init(&f->dev, f->dev.packed, NUM, f->dev.desc, f->dev.driver, f->dev.device);
	f->n_held = 0;
}

static void (* const steps[])(struct fuzz *) = {
	step_add, step_get, step_honest, step_write, step_irq, step_add, step_get, step_reset,
};

FUZZ_TARGET
{
	struct fuzz f = { .data = input, .left = len };
	uint8_t mode = take(&f);
	struct vp_ring_layout layout;

	f.ring.ops = mode & 1 ? &vp_ring_packed : &vp_ring_split;
	f.ring.event_idx = mode & 2;
	f.ring.num = NUM;
	f.ring.slots = SLOTS;
	f.ring.slot = f.slots;
	f.ring.ops->layout(NUM, &layout);
	f.memory_size = layout.size;
	f.memory = calloc(1, layout.size);
	vp_ring_init(&f.ring, f.memory);
	dev_init(&f.dev, mode & 1, NUM, f.memory, f.memory + layout.driver,
		 f.memory + layout.device);
	while (f.left)
		steps[take(&f) % ARRAY_SIZE(steps)](&f);
	free(f.memory);
	return 0;
}
