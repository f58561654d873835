// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulator's packed ring against honest and hostile drivers.
 * sources: drivers/vdpa/ring/ring.c drivers/vdpa/ring/ring_packed.c
 * sources: drivers/vdpa/ring/ring_split.c drivers/vdpa/ring/ring_walk.c
 */
#include "vdpa_ring_packed_driver.h"
#include "unit.h"

#define NUM	6	/* no power of two */
#define PIECES	16
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define INDIRECT	VRING_DESC_F_INDIRECT

static struct packed_driver d;
static struct vdpa_ring ring;
static struct vdpa_ring_piece pieces[PIECES];
static struct vdpa_ring_chain chain = { .pieces = pieces, .max = PIECES };
static bool event_idx, indirect;

static void start_at(u16 index, bool wrap)
{
	struct vdpa_ring_layout layout;

	test_mem_free(&d.m);
	packed_driver_init(&d, NUM, (struct vdpa_ring_place) { index, wrap });
	layout = packed_layout(&d);
	layout.event_idx = event_idx;
	layout.indirect = indirect;
	ASSERT_EQ(vdpa_ring_init(&ring, &d.m.mem, &layout), 0);
}

static void start(bool with_event_idx, bool with_indirect)
{
	event_idx = with_event_idx;
	indirect = with_indirect;
	start_at(0, true);
}

/* one readable and one writable piece */
static void offer_pair(u16 id)
{
	packed_put(&d, DATA_ADDR + 100, 10, NEXT, 0x7777);
	packed_put(&d, DATA_ADDR + 200, 20, WRITE, id);
}

static void take_and_return(u16 id, u32 written)
{
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	EXPECT_EQ(chain.head, id);
	ASSERT_EQ(vdpa_ring_complete(&ring, &chain, written), 0);
	ASSERT_EQ(vdpa_ring_publish(&ring), 0);
}

UNIT_TEST(init_refuses_what_no_packed_ring_can_be)
{
	static const struct {
		u64 desc, driver, device;
		u32 num;
		u16 take, give;
	} bad[] = {
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, 0, 0, 0 },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, 32769, 0, 0 },
		{ DESC_ADDR + 8, AVAIL_ADDR, USED_ADDR, NUM, 0, 0 },
		{ DESC_ADDR, AVAIL_ADDR + 2, USED_ADDR, NUM, 0, 0 },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR + 2, NUM, 0, 0 },
		{ -16ULL, AVAIL_ADDR, USED_ADDR, NUM, 0, 0 },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, NUM, NUM, 0 },
		{ DESC_ADDR, AVAIL_ADDR, USED_ADDR, NUM, 0, 0x7fff },
	};
	struct vdpa_ring_layout layout;

	start(false, false);
	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		layout = packed_layout(&d);
		layout.desc = bad[i].desc;
		layout.avail = bad[i].driver;
		layout.used = bad[i].device;
		layout.num = bad[i].num;
		layout.take.index = bad[i].take;
		layout.give.index = bad[i].give;
		EXPECT_EQ(vdpa_ring_init(&ring, &d.m.mem, &layout), -EINVAL);
	}
}

UNIT_TEST(an_empty_packed_ring_has_nothing)
{
	start(false, false);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
	for (int i = 0; i < NUM; i++) {
		start_at(i, true);
		EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
		start_at(i, false);
		EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
	}
}

UNIT_TEST(what_both_flags_claim_is_nobodys)
{
	start(false, false);
	d.desc[0].flags = PACKED_AVAIL | PACKED_USED;
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
	start_at(0, false);
	d.desc[0].flags = 0;
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

UNIT_TEST(a_packed_chain_is_taken_copied_and_returned)
{
	u8 buf[20];

	start(false, false);
	for (int i = 0; i < 10; i++)
		d.data[100 + i] = i;
	offer_pair(0x1234);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	EXPECT_EQ(chain.head, 0x1234);
	EXPECT_EQ(chain.count, 2);
	EXPECT_EQ(chain.out.len, 10);
	EXPECT_EQ(chain.in.len, 20);
	ASSERT_EQ(vdpa_ring_copy_out(&ring, &chain, 3, buf, 7), 0);
	EXPECT(buf[0] == 3 && buf[6] == 9);
	memset(buf, 0x5a, sizeof(buf));
	ASSERT_EQ(vdpa_ring_copy_in(&ring, &chain, 0, buf, 20), 0);
	EXPECT(d.data[200] == 0x5a && d.data[219] == 0x5a && !d.data[220]);
	EXPECT(!packed_is_used(&d));
	ASSERT_EQ(vdpa_ring_complete(&ring, &chain, 20), 0);
	EXPECT(packed_is_used(&d));
	EXPECT_EQ(d.desc[0].id, 0x1234);
	EXPECT_EQ(d.desc[0].len, 20);
	EXPECT_EQ(d.desc[0].flags, PACKED_AVAIL | PACKED_USED | WRITE);
	/* the second one is skipped: it stays as the driver left it */
	EXPECT_EQ(d.desc[1].flags, PACKED_AVAIL | WRITE);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
	/* nothing was written: the length has no meaning, and the flag says so */
	offer_pair(5);
	take_and_return(5, 0);
	EXPECT_EQ(d.desc[2].flags, PACKED_AVAIL | PACKED_USED);
}

UNIT_TEST(a_packed_chain_that_was_undone_comes_again)
{
	start(false, false);
	packed_put(&d, DATA_ADDR, 1, 0, 1);
	take_and_return(1, 0);
	/* over the ring's end */
	for (int i = 0; i < NUM; i++)
		packed_put(&d, DATA_ADDR, 1, i < NUM - 1 ? NEXT : 0, 9);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	vdpa_ring_undo(&ring);
	take_and_return(9, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

UNIT_TEST(a_packed_ring_goes_on_behind_what_it_returned)
{
	struct vdpa_ring_layout layout;

	start(false, false);
	for (int id = 0; id < 3; id++)
		offer_pair(id);
	take_and_return(0, 20);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	layout = packed_layout(&d);
	vdpa_ring_position(&ring, &layout);
	EXPECT_EQ(layout.take.index, 2);
	EXPECT_EQ(layout.give.index, 2);
	vdpa_ring_rewind(&ring);
	take_and_return(1, 20);
	take_and_return(2, 20);
	vdpa_ring_position(&ring, &layout);
	EXPECT_EQ(layout.take.index, 0);
	EXPECT(!layout.take.wrap);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
}

UNIT_TEST(an_honest_driver_for_many_laps)
{
	u32 lengths[NUM] = { 3, 1, 6, 2, 5, 4 };

	for (int wrap = 0; wrap < 2; wrap++) {
		start(false, false);
		start_at(2, wrap);
		for (u16 lap = 0; lap < 1000; lap++) {
			u32 len = lengths[lap % NUM];

			for (u32 i = 0; i < len; i++)
				packed_put(&d, DATA_ADDR + i, 1, i < len - 1 ? NEXT : 0, lap);
			EXPECT(!packed_is_used(&d));
			take_and_return(lap, 0);
			EXPECT_EQ(chain.count, len);
			EXPECT_EQ(chain.out.len, len);
			ASSERT(packed_is_used(&d));
			EXPECT_EQ(d.desc[d.used.index].id, lap);
			packed_step(&d.used, NUM, len);
			EXPECT_EQ(vdpa_ring_next(&ring, &chain), 0);
		}
		EXPECT_EQ(ring.take.index, d.next.index);
		EXPECT_EQ(ring.give.index, d.used.index);
		EXPECT_EQ(ring.give.wrap, d.used.wrap);
	}
}

UNIT_TEST(hostile_packed_chains_are_refused)
{
	/* without an end: each one says that another follows */
	start(false, true);
	for (int i = 0; i < NUM; i++)
		packed_put(&d, DATA_ADDR, 1, NEXT, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	/* empty ones count as well */
	start(false, true);
	for (int i = 0; i < NUM; i++)
		packed_put(&d, DATA_ADDR, 0, NEXT, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	/* its second descriptor is not the device's */
	start(false, true);
	packed_put(&d, DATA_ADDR, 1, NEXT, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	/* readable after writable */
	start(false, true);
	packed_put(&d, DATA_ADDR, 1, NEXT | WRITE, 0);
	packed_put(&d, DATA_ADDR, 1, 0, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	/* addresses that wrap */
	start(false, true);
	packed_put(&d, -1ULL, 2, 0, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	/* more than 2^32 bytes */
	start(false, true);
	packed_put(&d, 0, 0xffffffff, NEXT, 0);
	packed_put(&d, 0, 0xffffffff, 0, 0);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	/* what is refused is not taken */
	EXPECT_EQ(ring.take.index, 0);
	/* the ring itself cannot be reached */
	start(false, true);
	ring.desc += 0x1000;
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EFAULT);
}

/* memory that changes under us: whatever was read is available in the next lap as well */
static int racing_read(struct vdpa_ring_mem *mem, u64 addr, void *buf, size_t len)
{
	int ret = test_mem_read(mem, addr, buf, len);

	if (!ret && len == sizeof(*d.desc))
		d.desc[(addr - DESC_ADDR) / 16].flags ^= PACKED_AVAIL | PACKED_USED;
	return ret;
}

UNIT_TEST(a_driver_that_writes_while_we_read)
{
	static const struct vdpa_ring_mem_ops racing = {
		.read = racing_read, .write = test_mem_write,
		.load16 = test_mem_load16, .store16 = test_mem_store16,
	};

	start(false, false);
	d.m.mem.ops = &racing;
	for (int i = 0; i < NUM; i++)
		packed_put(&d, DATA_ADDR, 0, NEXT, 0);
	d.m.accesses = 0;
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	EXPECT_EQ(d.m.accesses, 1 + NUM);
}

static int next_indirect(u64 addr, u32 len)
{
	packed_put(&d, addr, len, INDIRECT, 3);
	return vdpa_ring_next(&ring, &chain);
}

UNIT_TEST(packed_indirect_tables)
{
	start(false, true);
	/* in a table only "writable" has a meaning */
	table_set(&d, 0, DATA_ADDR, 3, 0);
	table_set(&d, 1, DATA_ADDR + 10, 4, WRITE | NEXT);
	ASSERT_EQ(next_indirect(TABLE_ADDR, 32), 1);
	EXPECT_EQ(chain.count, 1);
	EXPECT_EQ(chain.head, 3);
	EXPECT_EQ(chain.out.len, 3);
	EXPECT_EQ(chain.in.len, 4);
	/* not negotiated */
	start(false, false);
	EXPECT_EQ(next_indirect(TABLE_ADDR, 32), -EINVAL);
	/* going on after it, odd sizes, no size */
	start(false, true);
	packed_put(&d, TABLE_ADDR, 32, INDIRECT | NEXT, 3);
	packed_put(&d, DATA_ADDR, 1, 0, 3);
	EXPECT_EQ(vdpa_ring_next(&ring, &chain), -EINVAL);
	start(false, true);
	EXPECT_EQ(next_indirect(TABLE_ADDR, 33), -EINVAL);
	start(false, true);
	EXPECT_EQ(next_indirect(TABLE_ADDR, 0), -EINVAL);
	/* as many as we have room for, if they are empty; one more */
	start(false, true);
	EXPECT_EQ(next_indirect(DATA_ADDR, 16 * PIECES), 1);
	EXPECT_EQ(next_indirect(DATA_ADDR, 16 * (PIECES + 1)), -EINVAL);
	/* not all of it is there */
	start(false, true);
	EXPECT_EQ(next_indirect(TABLE_ADDR, 16 * (TABLE_DESCS + 1)), -EFAULT);
	/* readable after writable in it */
	start(false, true);
	table_set(&d, 0, DATA_ADDR, 3, WRITE);
	table_set(&d, 1, DATA_ADDR, 4, 0);
	EXPECT_EQ(next_indirect(TABLE_ADDR, 32), -EINVAL);
}

UNIT_TEST(packed_interrupts_follow_the_flags)
{
	start(false, false);
	offer_pair(0);
	take_and_return(0, 0);
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 1);
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 0);	/* nothing new */
	put16(d.driver_event + 2, VRING_PACKED_EVENT_FLAG_DISABLE);
	offer_pair(1);
	take_and_return(1, 0);
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 0);
	/* a place, where none was negotiated: better one too many */
	put16(d.driver_event + 2, VRING_PACKED_EVENT_FLAG_DESC);
	put16(d.driver_event, 0);
	offer_pair(2);
	take_and_return(2, 0);
	EXPECT_EQ(vdpa_ring_wants_interrupt(&ring), 1);
}

/* the driver waits for the return at @place, and @count of one descriptor are returned */
static int wants_after(u16 place, bool wrap, int count)
{
	put16(d.driver_event, place | (wrap ? 1 << VRING_PACKED_EVENT_F_WRAP_CTR : 0));
	put16(d.driver_event + 2, VRING_PACKED_EVENT_FLAG_DESC);
	for (int i = 0; i < count; i++) {
		packed_put(&d, DATA_ADDR, 1, 0, i);
		take_and_return(i, 0);
	}
	return vdpa_ring_wants_interrupt(&ring);
}

UNIT_TEST(packed_interrupts_follow_the_place)
{
	start(true, false);
	EXPECT_EQ(wants_after(1, true, 1), 0);	/* 0 was returned */
	EXPECT_EQ(wants_after(1, true, 1), 1);	/* 1 */
	EXPECT_EQ(wants_after(1, true, 1), 0);	/* 2: that is passed */
	EXPECT_EQ(wants_after(4, true, 3), 1);	/* 3 to 5, the lap's last */
	EXPECT_EQ(wants_after(0, true, 1), 0);	/* 0 of the next lap, not of this one */
	EXPECT_EQ(wants_after(1, false, 1), 1);	/* 1 of the next lap */
	EXPECT_EQ(wants_after(5, false, 3), 0);	/* 2 to 4 */
	EXPECT_EQ(wants_after(5, false, 2), 1);	/* over the ring's end */
	EXPECT_EQ(wants_after(0x7fff, true, 1), 1);	/* nonsense: better one too many */
}

UNIT_TEST(packed_notifications_are_switched)
{
	start(false, false);
	EXPECT_EQ(vdpa_ring_disable_notify(&ring), 0);
	EXPECT_EQ(get16(d.device_event + 2), VRING_PACKED_EVENT_FLAG_DISABLE);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 0);
	EXPECT_EQ(get16(d.device_event + 2), VRING_PACKED_EVENT_FLAG_ENABLE);
	offer_pair(0);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 1);

	start(true, false);
	offer_pair(0);
	take_and_return(0, 0);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 0);
	EXPECT_EQ(get16(d.device_event), 2 | 1 << VRING_PACKED_EVENT_F_WRAP_CTR);
	EXPECT_EQ(get16(d.device_event + 2), VRING_PACKED_EVENT_FLAG_DESC);
	start_at(4, false);
	EXPECT_EQ(vdpa_ring_enable_notify(&ring), 0);
	EXPECT_EQ(get16(d.device_event), 4);
}

UNIT_TEST(a_packed_chain_costs_few_accesses)
{
	start(false, false);
	offer_pair(0);
	d.m.accesses = 0;
	ASSERT_EQ(vdpa_ring_next(&ring, &chain), 1);
	/* flags, two descriptors */
	EXPECT_EQ(d.m.accesses, 3);
	ASSERT_EQ(vdpa_ring_complete(&ring, &chain, 0), 0);
	EXPECT_EQ(d.m.accesses, 5);
}
