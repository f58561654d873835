// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator's split ring against honest and hostile drivers.
 * sources: drivers/vdpa/ring/ring.c drivers/vdpa/ring/ring_packed.c
 * sources: drivers/vdpa/ring/ring_split.c drivers/vdpa/ring/ring_walk.c
 */
#include "vdpa_ring_driver.h"
#include "unit.h"

#define NUM	8
#define PIECES	16
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

static struct driver d;
static struct vdpa_ring ring;
static struct vdpa_ring_piece pieces[PIECES];
static struct vdpa_ring_chain chain = { .pieces = pieces, .max = PIECES };

static void start(bool event_idx, bool indirect)
{
	struct vdpa_ring_layout layout;

	test_mem_free(&d.m);
	driver_init(&d, NUM);
	layout = driver_layout(&d);
	layout.event_idx = event_idx;
	layout.indirect = indirect;
	ASSERT_EQ(vdpa_ring_init(&ring, &d.m.mem, &layout), 0);
}

/* one readable and one writable piece */
static void offer_pair(u16 head)
{
	desc_set(&d.desc[head], DATA_ADDR + 100, 10, NEXT, head + 1);
	desc_set(&d.desc[head + 1], DATA_ADDR + 200, 20, WRITE, 0);
	driver_offer(&d, head);
}

static int next_of(u16 head)
{
	driver_offer(&d, head);
	return vdpa_ring_next(&ring, &chain);
}

UNIT_TEST(init_refuses_what_no_ring_can_be)
{
	static const struct {
		u64 desc, avail, used;
		u32 num;
	} bad[] = {
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, 0 },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, 3 },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, 65536 },
		{ DESC_ADDR + 8, AVAIL_ADDR, USED_ADDR, NUM },
		{ DESC_ADDR, AVAIL_ADDR + 1, USED_ADDR, NUM },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR + 2, NUM },
		{ -16ULL, AVAIL_ADDR, USED_ADDR, NUM },
		{ DESC_ADDR, -2ULL, USED_ADDR, NUM },
		{ DESC_ADDR, AVAIL_ADDR, -4ULL, NUM },
	};
	struct vdpa_ring_layout layout;

	start(false, false);
	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		layout = driver_layout(&d);
		layout.desc = bad[i].desc;
		layout.avail = bad[i].avail;
		layout.used = bad[i].used;
		layout.num = bad[i].num;
		EXPECT_EQ(vdpa_ring_init(&ring, &d.m.mem, &layout), -EINVAL);
	}
}

UNIT_TEST(an_empty_ring_has_nothing)
{
	start(false, false);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

UNIT_TEST(a_chain_is_taken_copied_and_returned)
{
	u8 buf[20];

	start(false, false);
	for (int i = 0; i < 10; i++)
		d.data[100 + i] = i;
	offer_pair(2);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	EXPECT_EQ(chain.head, 2);
	EXPECT_EQ(chain.out.len, 10);
	EXPECT_EQ(chain.in.len, 20);
	ASSERT_EQ(vdpa_ring_copy_out(&ring, &chain, 3, buf, 7), 0);
	EXPECT_EQ(buf[0], 3);
	EXPECT_EQ(buf[6], 9);
	memset(buf, 0x5a, sizeof(buf));
	ASSERT_EQ(vdpa_ring_copy_in(&ring, &chain, 0, buf, 20), 0);
	EXPECT_EQ(d.data[200], 0x5a);
	EXPECT_EQ(d.data[219], 0x5a);
	EXPECT_EQ(d.data[220], 0);
	EXPECT_EQ(vdpa_ring_complete(&ring, &chain, 20), 0);
	EXPECT_EQ(get16(d.used + 2), 0);
	EXPECT_EQ(vdpa_ring_publish(&ring), 0);
	EXPECT_EQ(get16(d.used + 2), 1);
	EXPECT_EQ(get32(d.used + 4), 2);
	EXPECT_EQ(get32(d.used + 8), 20);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

UNIT_TEST(a_chain_that_was_undone_comes_again)
{
	start(false, false);
	offer_pair(0);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	vdpa_ring_undo(&ring);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	EXPECT_EQ(chain.head, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

/* one chain is seen by the driver, one is returned, one is in the device's hands */
UNIT_TEST(a_ring_goes_on_behind_what_the_driver_saw)
{
	struct vdpa_ring_layout layout = driver_layout(&d);

	start(false, false);
	for (int head = 0; head < 6; head += 2)
		offer_pair(head);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	ASSERT_EQ(vdpa_ring_complete(&ring, &chain, 20), 0);
	ASSERT_EQ(vdpa_ring_publish(&ring), 0);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	ASSERT_EQ(vdpa_ring_complete(&ring, &chain, 20), 0);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	vdpa_ring_position(&ring, &layout);
	EXPECT_EQ(layout.next, 1);
	vdpa_ring_rewind(&ring);
	for (int head = 2; head < 6; head += 2) {
		ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
		EXPECT_EQ(chain.head, head);
		ASSERT_EQ(vdpa_ring_complete(&ring, &chain, 7), 0);
	}
	ASSERT_EQ(vdpa_ring_publish(&ring), 0);
	EXPECT_EQ(get16(d.used + 2), 3);
	EXPECT_EQ(get32(d.used + 4 + 8), 2);
	EXPECT_EQ(get32(d.used + 4 + 16), 4);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

UNIT_TEST(copies_end_at_the_part_and_cross_pieces)
{
	u8 buf[64] = {};

	start(false, false);
	desc_set(&d.desc[0], DATA_ADDR, 5, NEXT, 1);
	desc_set(&d.desc[1], DATA_ADDR + 1000, 0, NEXT, 2);	/* an empty piece is no obstacle */
	desc_set(&d.desc[2], DATA_ADDR + 2000, 6, 0, 0);
	memset(d.data, 1, 5);
	memset(d.data + 2000, 2, 6);
	ASSERT_EQ(next_of(0), 1);
	EXPECT_EQ(chain.out.count, 2);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 4, buf, 2), 0);
	EXPECT(buf[0] == 1 && buf[1] == 2);
	/* back again, behind the place that was remembered */
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 0, buf, 11), 0);
	EXPECT(buf[0] == 1 && buf[10] == 2);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 0, buf, 12), -EINVAL);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 11, buf, 0), 0);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 12, buf, 0), -EINVAL);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 5, buf, 0xffffffff), -EINVAL);
	EXPECT_EQ(vdpa_ring_copy_in(&ring, &chain, 0, buf, 1), -EINVAL);
}

/* from pieces of 5 and 6 bytes into pieces of 2, 7 and 4; @to is another ring's chain */
static void offer_move(struct vdpa_ring_chain *to)
{
	static const u32 at[] = { 0, 2000, 3000, 4000, 5000 }, len[] = { 5, 6, 2, 7, 4 };

	for (int i = 0; i < 5; i++)
		desc_set(&d.desc[i], DATA_ADDR + at[i], len[i],
			 (i != 1 && i != 4 ? NEXT : 0) | (i > 1 ? WRITE : 0), i + 1);
	for (int i = 0; i < 11; i++)
		d.data[i < 5 ? i : 2000 + i - 5] = 'a' + i;
	ASSERT_EQ(next_of(0), 1);
	driver_offer(&d, 2);
	ASSERT_EQ(vdpa_ring_next(&ring, to), 1);
}

UNIT_TEST(bytes_go_from_chain_to_chain)
{
	static struct vdpa_ring_piece more[PIECES];
	struct vdpa_ring_chain to = { .pieces = more, .max = PIECES };

	start(false, false);
	offer_move(&to);
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 1, &chain, 0, 11), 0);
	EXPECT(!memcmp(d.data + 3000, "\0a\0", 3));
	EXPECT(!memcmp(d.data + 4000, "bcdefgh\0", 8));
	EXPECT(!memcmp(d.data + 5000, "ijk\0", 4));
	/* back again on both sides, and in the middle */
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 0, &chain, 4, 3), 0);
	EXPECT(!memcmp(d.data + 3000, "ef", 2) && !memcmp(d.data + 4000, "gcd", 3));
	/* to the last byte of both, and no further */
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 12, &chain, 10, 1), 0);
	EXPECT_EQ(d.data[5003], 'k');
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 11, &chain, 10, 2), -EINVAL);
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 12, &chain, 0, 2), -EINVAL);
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 13, &chain, 11, 0), 0);
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 14, &chain, 0, 0), -EINVAL);
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 0, &chain, 12, 0), -EINVAL);
	EXPECT_EQ(vdpa_ring_move(&ring, &to, 1, &chain, 1, 0xffffffff), -EINVAL);
	/* only what may be read, only to what may be written */
	EXPECT_EQ(vdpa_ring_move(&ring, &chain, 0, &to, 0, 1), -EINVAL);
}

UNIT_TEST(memory_the_device_may_not_reach_is_an_error)
{
	u8 buf[4];

	start(false, false);
	desc_set(&d.desc[0], DATA_ADDR + DATA_SIZE - 2, 4, NEXT, 1);
	desc_set(&d.desc[1], DATA_ADDR, 4, WRITE, 0);
	ASSERT_EQ(next_of(0), 1);
	EXPECT_EQ(vdpa_ring_move(&ring, &chain, 0, &chain, 0, 4), -EFAULT);
	EXPECT_EQ(vdpa_ring_move(&ring, &chain, 0, &chain, 0, 2), 0);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 0, buf, 4), -EFAULT);
	EXPECT_EQ(vdpa_ring_copy_out(&ring, &chain, 0, buf, 2), 0);
}

UNIT_TEST(hostile_chains_are_refused)
{
	/* a loop of one, a loop of two */
	start(false, true);
	desc_set(&d.desc[0], DATA_ADDR, 1, NEXT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	start(false, true);
	desc_set(&d.desc[0], DATA_ADDR, 1, NEXT, 1);
	desc_set(&d.desc[1], DATA_ADDR, 0, NEXT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* one that takes no room */
	start(false, true);
	desc_set(&d.desc[0], DATA_ADDR, 0, NEXT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	EXPECT(d.m.accesses <= NUM + 2);
	/* a head, a next out of range */
	start(false, true);
	EXPECT_EQ(next_of(NUM), -EINVAL);
	start(false, true);
	desc_set(&d.desc[0], DATA_ADDR, 1, NEXT, NUM);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* readable after writable */
	start(false, true);
	desc_set(&d.desc[0], DATA_ADDR, 1, NEXT | WRITE, 1);
	desc_set(&d.desc[1], DATA_ADDR, 1, 0, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* addresses that wrap */
	start(false, true);
	desc_set(&d.desc[0], -1ULL, 2, 0, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* more than 2^32 bytes */
	start(false, true);
	desc_set(&d.desc[0], 0, 0xffffffff, NEXT, 1);
	desc_set(&d.desc[1], 0, 0xffffffff, 0, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
}

UNIT_TEST(more_available_than_the_ring_holds_is_refused)
{
	start(false, false);
	put16(d.avail + 2, NUM + 1);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	start(false, false);
	put16(d.avail + 2, NUM);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 1);
}

UNIT_TEST(indirect_tables)
{
	start(false, true);
	desc_set(&d.table[0], DATA_ADDR, 3, NEXT, 1);
	desc_set(&d.table[1], DATA_ADDR + 10, 4, WRITE, 0);
	desc_set(&d.desc[0], DATA_ADDR + 50, 2, NEXT, 1);
	desc_set(&d.desc[1], TABLE_ADDR, 32, INDIRECT, 0);
	ASSERT_EQ(next_of(0), 1);
	EXPECT_EQ(chain.out.len, 5);
	EXPECT_EQ(chain.in.len, 4);
	/* not negotiated */
	start(false, false);
	desc_set(&d.desc[0], TABLE_ADDR, 32, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* a table in a table */
	start(false, true);
	desc_set(&d.table[0], TABLE_ADDR, 32, INDIRECT, 0);
	desc_set(&d.desc[0], TABLE_ADDR, 32, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* going on after a table, odd sizes, no size */
	start(false, true);
	desc_set(&d.desc[0], TABLE_ADDR, 32, INDIRECT | NEXT, 1);
	EXPECT_EQ(next_of(0), -EINVAL);
	start(false, true);
	desc_set(&d.desc[0], TABLE_ADDR, 33, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	start(false, true);
	desc_set(&d.desc[0], TABLE_ADDR, 0, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* beyond the table, a loop in it */
	start(false, true);
	desc_set(&d.table[0], DATA_ADDR, 1, NEXT, 2);
	desc_set(&d.desc[0], TABLE_ADDR, 32, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	start(false, true);
	desc_set(&d.table[0], DATA_ADDR, 1, NEXT, 0);
	desc_set(&d.desc[0], TABLE_ADDR, 16, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* longer than any ring */
	start(false, true);
	desc_set(&d.table[0], DATA_ADDR, 1, 0, 0);
	desc_set(&d.desc[0], TABLE_ADDR, 16 * 32768, INDIRECT, 0);
	EXPECT_EQ(next_of(0), 1);
	start(false, true);
	desc_set(&d.table[0], DATA_ADDR, 1, 0, 0);
	desc_set(&d.desc[0], TABLE_ADDR, 16 * 32769, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EINVAL);
	/* a table that is not there */
	start(false, true);
	desc_set(&d.desc[0], TABLE_ADDR + 16 * TABLE_DESCS, 16, INDIRECT, 0);
	EXPECT_EQ(next_of(0), -EFAULT);
}

UNIT_TEST(a_chain_longer_than_our_room_is_refused)
{
	static struct vdpa_ring_piece two[2];
	struct vdpa_ring_chain small = { .pieces = two, .max = 2 };

	start(false, false);
	desc_set(&d.desc[0], DATA_ADDR, 1, NEXT, 1);
	desc_set(&d.desc[1], DATA_ADDR, 1, NEXT, 2);
	desc_set(&d.desc[2], DATA_ADDR, 1, 0, 0);
	driver_offer(&d, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &small), -EINVAL);
}

UNIT_TEST(indices_wrap_at_65536)
{
	struct vdpa_ring_layout layout;

	start(false, false);
	layout = driver_layout(&d);
	layout.next = 65535;
	ASSERT_EQ(vdpa_ring_init(&ring, &d.m.mem, &layout), 0);
	d.avail_idx = 65535;
	put16(d.avail + 2, 65535);
	offer_pair(0);
	offer_pair(2);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
		EXPECT_EQ(chain.head, 2 * i);
		EXPECT_EQ(vdpa_ring_complete(&ring, &chain, 0), 0);
	}
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
	EXPECT_EQ(vdpa_ring_publish(&ring), 0);
	EXPECT_EQ(get16(d.used + 2), 1);
}

static void return_one(void)
{
	offer_pair(0);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	ASSERT_EQ(vdpa_ring_complete(&ring, &chain, 0), 0);
	ASSERT_EQ(vdpa_ring_publish(&ring), 0);
}

UNIT_TEST(interrupts_follow_the_flag)
{
	start(false, false);
	return_one();
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 1);
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 0);	/* nothing new */
	put16(d.avail, VRING_AVAIL_F_NO_INTERRUPT);
	return_one();
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 0);
}

UNIT_TEST(interrupts_follow_the_event_index)
{
	u8 *event;

	start(true, false);
	event = d.avail + 4 + 2 * NUM;
	put16(event, 0);
	return_one();
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 1);
	put16(event, 3);
	return_one();
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 0);
	return_one();
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 0);
	return_one();
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 1);
}

UNIT_TEST(notifications_are_switched_by_flag_and_by_event_index)
{
	start(false, false);
	EXPECT_EQ(vdpa_ring_disable_notify(&ring), 0);
	EXPECT_EQ(get16(d.used), VRING_USED_F_NO_NOTIFY);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 0);
	EXPECT_EQ(get16(d.used), 0);
	offer_pair(0);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 1);

	start(true, false);
	return_one();
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 0);
	EXPECT_EQ(get16(d.used + 4 + 8 * NUM), 1);
	put16(d.avail + 2, 100);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), -EINVAL);
}

UNIT_TEST(a_chain_costs_few_accesses)
{
	start(false, false);
	offer_pair(0);
	d.m.accesses = 0;
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	/* index, entry, two descriptors */
	EXPECT_EQ(d.m.accesses, 4);
}
