// SPDX-License-Identifier: GPL-2.0-only
/*
 * The admin queue's ring, both formats, against honest and hostile devices.
 * sources: drivers/virtio/avq/ring.c drivers/virtio/avq/split.c
 * sources: drivers/virtio/avq/packed.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/virtio/avq/ring.h"
#include "ring_device.h"
#include "unit.h"

#define SLOTS	8
#define NUM	(SLOTS * VP_RING_DESCS_PER_SLOT)

static struct vp_ring ring;
static struct vp_ring_slot slots[SLOTS];
static struct device dev;
static u8 *memory;

static void start(const struct vp_ring_ops *ops, bool event_idx)
{
	struct vp_ring_layout layout;

	ops->layout(NUM, &layout);
	free(memory);
	/* of exactly this size, so that an access beyond it is seen */
	memory = calloc(1, layout.size);
	memset(slots, 0, sizeof(slots));
	ring = (struct vp_ring) {
		.ops = ops, .num = NUM, .slots = SLOTS, .slot = slots, .event_idx = event_idx,
	};
	vp_ring_init(&ring, memory);
	dev_init(&dev, ops == &vp_ring_packed, NUM, memory, memory + layout.driver,
		 memory + layout.device);
}

static struct vp_ring_request request(u16 slot, bool indirect)
{
	return (struct vp_ring_request) {
		.out = { .addr = 0x1000000000ULL + slot * 0x100, .len = 24 + slot },
		.in = { .addr = 0x2000000000ULL + slot * 0x100, .len = 8 + slot },
		.indirect = indirect,
	};
}

static void add(u16 slot, bool indirect)
{
	struct vp_ring_request req = request(slot, indirect);

	vp_ring_add(&ring, slot, &req);
}

/* Does the chain say what was asked for slot @slot? */
static void check_chain(const struct dev_chain *chain, u16 slot, bool indirect)
{
	struct vp_ring_request req = request(slot, indirect);

	ASSERT_EQ(chain->id, ring.ops == &vp_ring_split ? slot * 2 : slot);
	ASSERT_EQ(chain->n, indirect ? 1 : 2);
	ASSERT_EQ(chain->desc[0].addr, req.out.addr);
	ASSERT_EQ(chain->desc[0].len, req.out.len);
	ASSERT_EQ(chain->desc[0].flags, indirect ? DEV_INDIRECT : DEV_NEXT);
	if (indirect)
		return;
	ASSERT_EQ(chain->desc[1].addr, req.in.addr);
	ASSERT_EQ(chain->desc[1].len, req.in.len);
	ASSERT_EQ(chain->desc[1].flags, DEV_WRITE);
}

static void one_command(void)
{
	struct dev_chain chain;
	u16 slot = 0xffff;
	u32 len = 0;

	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 0);
	add(3, false);
	ASSERT(ring.ops->kick_needed(&ring));
	ASSERT(!vp_ring_pending(&ring));
	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 0);
	ASSERT(dev_pop(&dev, &chain));
	ASSERT(!dev_pop(&dev, &(struct dev_chain){}));
	check_chain(&chain, 3, false);
	dev_push(&dev, &chain, 9);
	ASSERT(vp_ring_pending(&ring));
	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 1);
	ASSERT_EQ(slot, 3);
	ASSERT_EQ(len, 9);
	ASSERT_EQ(ring.inflight, 0);
	ASSERT(!vp_ring_pending(&ring));
	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 0);
}

/*
 * Commands come and go at random until the 16 bit indexes wrapped twice; the
 * device completes in any order. Every slot comes back exactly once.
 */
static void any_order(void)
{
	struct dev_chain held[SLOTS];
	bool indirect[SLOTS], busy[SLOTS] = {};
	unsigned long done = 0;
	unsigned int n_held = 0;
	u16 slot;
	u32 len;

	srand(1);
	while (done < 140000) {
		slot = rand() % SLOTS;
		if (!busy[slot]) {
			busy[slot] = true;
			indirect[slot] = rand() % 4 == 0;
			add(slot, indirect[slot]);
			ring.ops->kick_needed(&ring);
			ASSERT(dev_pop(&dev, &held[n_held]));
			check_chain(&held[n_held++], slot, indirect[slot]);
		}
		while (n_held && rand() % 2) {
			unsigned int i = rand() % n_held;
			u16 id = ring.ops == &vp_ring_split ? held[i].id / 2 : held[i].id;

			dev_push(&dev, &held[i], id);
			held[i] = held[--n_held];
		}
		while (rand() % 4 && vp_ring_get(&ring, &slot, &len) == 1) {
			ASSERT(busy[slot]);
			ASSERT_EQ(len, slot);
			busy[slot] = false;
			done++;
		}
		ASSERT(!ring.fault);
	}
}

static void event_suppression_flags(void)
{
	u8 *flags = dev.packed ? dev.device + 2 : dev.device;

	add(0, false);
	EXPECT(ring.ops->kick_needed(&ring));
	put16(flags, 1);
	add(1, false);
	EXPECT(!ring.ops->kick_needed(&ring));
}

/* "Used buffer notification suppression" without event indexes */
static void interrupt_flags(void)
{
	u8 *flags = dev.packed ? dev.driver + 2 : dev.driver;

	EXPECT_EQ(get16(flags), 1);
	ring.ops->irq_on(&ring);
	EXPECT_EQ(get16(flags), 0);
	ring.ops->irq_off(&ring);
	EXPECT_EQ(get16(flags), 1);
}

static void returned_twice(void)
{
	struct dev_chain chain;
	u16 slot;
	u32 len;

	add(0, false);
	add(1, false);
	ASSERT(dev_pop(&dev, &chain));
	dev_push(&dev, &chain, 8);
	dev_push(&dev, &chain, 8);
	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 1);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
	EXPECT(ring.fault);
	/* it stays so */
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
	/* slot 1 is still the device's, and comes back by a reset, once */
	EXPECT_EQ(ring.inflight, 1);
	EXPECT(!vp_ring_reclaim(&ring, 0));
	EXPECT(vp_ring_reclaim(&ring, 1));
	EXPECT(!vp_ring_reclaim(&ring, 1));
	EXPECT_EQ(ring.inflight, 0);
}

static void never_submitted(void)
{
	struct dev_chain chain = { .id = dev.packed ? 5 : 10, .n = 2 };
	u16 slot;
	u32 len;

	add(0, false);
	dev_push(&dev, &chain, 8);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
}

static void id_out_of_range(u16 id)
{
	struct dev_chain chain = { .id = id, .n = 2 };
	u16 slot;
	u32 len;

	add(0, false);
	dev_push(&dev, &chain, 8);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
}

static void longer_than_the_buffer(u32 used_len)
{
	struct dev_chain chain;
	u16 slot;
	u32 len;

	add(4, false);
	ASSERT(dev_pop(&dev, &chain));
	dev_push(&dev, &chain, used_len);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
}

static const struct vp_ring_ops * const formats[] = { &vp_ring_split, &vp_ring_packed };

/* each for both formats, with and without event indexes */
static void everywhere(void (*test)(void))
{
	for (int i = 0; i < 4; i++) {
		start(formats[i / 2], i % 2);
		test();
	}
}

UNIT_TEST(one_command_there_and_back) { everywhere(one_command); }
UNIT_TEST(any_order_and_many_laps) { everywhere(any_order); }
UNIT_TEST(hostile_returned_twice) { everywhere(returned_twice); }
UNIT_TEST(hostile_never_submitted) { everywhere(never_submitted); }

UNIT_TEST(hostile_id_out_of_range)
{
	static const u16 ids[] = { 2 * SLOTS, 2 * SLOTS + 2, 0x7fff, 0x8000, 0xffff };

	for (unsigned int f = 0; f < 2; f++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
			start(formats[f], false);
			id_out_of_range(ids[i]);
		}
	}
	/* the packed ring's smallest; a split chain that is no head */
	start(&vp_ring_packed, false);
	id_out_of_range(SLOTS);
	start(&vp_ring_split, false);
	id_out_of_range(1);
}

UNIT_TEST(hostile_split_id_of_32_bits)
{
	u16 slot;
	u32 len;

	start(&vp_ring_split, false);
	add(0, false);
	split_push(&dev, 0x10000, 8);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
}

UNIT_TEST(hostile_length)
{
	/* slot 4 has 12 writable bytes */
	static const u32 lens[] = { 13, 0x7fffffff, 0x80000000, 0xffffffff };

	for (unsigned int f = 0; f < 2; f++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(lens); i++) {
			start(formats[f], false);
			longer_than_the_buffer(lens[i]);
		}
	}
}

UNIT_TEST(hostile_split_index_runs_ahead)
{
	u16 slot;
	u32 len;

	start(&vp_ring_split, false);
	add(0, false);
	put16(dev.device + 2, 2);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
	start(&vp_ring_split, false);
	put16(dev.device + 2, 0xffff);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
}

UNIT_TEST(hostile_packed_used_with_nothing_in_flight)
{
	u16 slot;
	u32 len;

	start(&vp_ring_packed, false);
	packed_push(&dev, 0, 8, 2);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
	EXPECT(ring.fault);
}

/* the last command in flight, completed twice: not "none, but pending" for ever */
static void last_returned_twice(void)
{
	struct dev_chain chain;
	u16 slot;
	u32 len;

	add(0, false);
	ASSERT(dev_pop(&dev, &chain));
	dev_push(&dev, &chain, 8);
	dev_push(&dev, &chain, 8);
	/* a split ring's index says too much at once */
	if (dev.packed)
		ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 1);
	EXPECT_EQ(vp_ring_get(&ring, &slot, &len), -EIO);
	EXPECT(ring.fault);
}

UNIT_TEST(hostile_last_returned_twice) { everywhere(last_returned_twice); }

UNIT_TEST(suppression_by_flags)
{
	for (unsigned int f = 0; f < 2; f++) {
		start(formats[f], false);
		event_suppression_flags();
		start(formats[f], false);
		interrupt_flags();
	}
	/* a packed ring's flags mean the same with event indexes */
	start(&vp_ring_packed, true);
	interrupt_flags();
}

UNIT_TEST(split_event_indexes)
{
	struct dev_chain chain;
	u8 *used_event, *avail_event;
	u16 slot;
	u32 len;

	start(&vp_ring_split, true);
	used_event = dev.driver + 4 + 2 * NUM;
	avail_event = dev.device + 4 + 8 * NUM;
	/* off: the next interrupt is 65535 commands away; the flag stays 0 */
	EXPECT_EQ(get16(used_event), 0xffff);
	EXPECT_EQ(get16(dev.driver), 0);
	put16(avail_event, 1);
	add(0, false);
	EXPECT(!ring.ops->kick_needed(&ring));
	add(1, false);
	EXPECT(ring.ops->kick_needed(&ring));
	add(2, false);
	EXPECT(!ring.ops->kick_needed(&ring));
	ASSERT(dev_pop(&dev, &chain));
	dev_push(&dev, &chain, 0);
	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 1);
	ring.ops->irq_on(&ring);
	EXPECT_EQ(get16(used_event), 1);
	ring.ops->irq_off(&ring);
	EXPECT_EQ(get16(used_event), 0);
}

/* driver event: offset 15 bits, wrap counter bit 15; flags DESC is 2 */
UNIT_TEST(packed_event_offsets)
{
	struct dev_chain chain;
	u16 slot;
	u32 len;

	start(&vp_ring_packed, true);
	put16(dev.device + 2, 2);
	put16(dev.device, 1 << 15 | 2);
	add(0, false);			/* descriptors 0 and 1 */
	EXPECT(!ring.ops->kick_needed(&ring));
	add(1, false);			/* 2 and 3 */
	EXPECT(ring.ops->kick_needed(&ring));
	add(2, false);
	EXPECT(!ring.ops->kick_needed(&ring));
	/* the last before the end, wanted after the wrap */
	put16(dev.device, 0 << 15 | 0);
	for (u16 i = 3; i < SLOTS; i++) {
		add(i, false);
		EXPECT(!ring.ops->kick_needed(&ring));
	}
	ASSERT(dev_pop(&dev, &chain));
	dev_push(&dev, &chain, 0);
	ASSERT_EQ(vp_ring_get(&ring, &slot, &len), 1);
	add(0, false);
	EXPECT(ring.ops->kick_needed(&ring));
	EXPECT_EQ(ring.ops->next(&ring), 2);
}

UNIT_TEST(areas_do_not_overlap_and_are_aligned)
{
	for (u32 num = 4; num <= 0x8000; num *= 2) {
		struct vp_ring_layout layout;

		vp_ring_split.layout(num, &layout);
		EXPECT(layout.driver >= 16 * num && layout.driver % 2 == 0);
		EXPECT(layout.device >= layout.driver + 6 + 2 * num && layout.device % 4 == 0);
		EXPECT(layout.size >= layout.device + 6 + 8 * num);
		/* no used entry straddles a page */
		EXPECT_EQ((layout.device + 4) % 8, 0);
		vp_ring_packed.layout(num, &layout);
		EXPECT(layout.driver >= 16 * num && layout.driver % 4 == 0);
		EXPECT(layout.device >= layout.driver + 4 && layout.device % 4 == 0);
		EXPECT(layout.size >= layout.device + 4);
	}
}

UNIT_TEST(indirect_tables)
{
	u8 table[3 * 16];

	for (unsigned int f = 0; f < 2; f++) {
		for (unsigned int i = 0; i < 3; i++) {
			struct vp_ring_buf buf = { .addr = 0x1000 * i, .len = 10 + i };

			formats[f]->table_entry(table, i, 3, &buf, i == 2);
		}
		for (unsigned int i = 0; i < 3; i++) {
			u16 flags = get16(table + 16 * i + (f ? 14 : 12));

			EXPECT_EQ(get64(table + 16 * i), 0x1000 * i);
			EXPECT_EQ(get32(table + 16 * i + 8), 10 + i);
			EXPECT_EQ(flags & DEV_WRITE, i == 2 ? DEV_WRITE : 0);
			/* a packed table is a list by its order alone */
			EXPECT_EQ(flags & DEV_NEXT, !f && i < 2 ? DEV_NEXT : 0);
			if (!f && i < 2)
				EXPECT_EQ(get16(table + 16 * i + 14), i + 1);
		}
	}
}
