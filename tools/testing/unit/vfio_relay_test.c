// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of a device's used ring gets to its driver, and what is marked as written to.
 * sources: drivers/vfio/pci/virtio/relay.c
 */
#include <stdlib.h>

#include "unit.h"
#include "vfio_relay_driver.h"

static struct driver d;
static struct virtiovf_relay_result result;

static void begin(void)
{
	ASSERT_EQ(virtiovf_relay_begin(&d.queue), 0);
}

static void fresh(void)
{
	driver_init(&d);
	/* what the chains of most tests are: one buffer that the device writes to */
	for (int i = 0; i < NUM; i++)
		put_desc(&d, DESC_AT, i, DATA_AT + i * 64, 64, VRING_DESC_F_WRITE, 0);
}

static int pass(void)
{
	return virtiovf_relay_pass(&d.queue, &result);
}

static unsigned int count(const u8 *bytes, u64 from, u64 len)
{
	unsigned int n = 0;

	for (u64 i = 0; i < len; i++)
		n += bytes[from - BASE + i];
	return n;
}

/* Every byte that was written to is marked */
static void check_marks(void)
{
	for (int i = 0; i < (int)sizeof(d.bytes); i++)
		if (d.written[i])
			ASSERT(d.marked[i]);
}

UNIT_TEST(the_ring_starts_where_the_drivers_is)
{
	fresh();
	d.queue.event_idx = true;
	put16(at(&d, USED_AT), 1);
	put16(at(&d, USED_AT + 2), 0xfffe);
	put16(at(&d, USED_AT + 4 + 8 * NUM), 0x1234);
	put16(at(&d, AVAIL_AT + 2), 3);
	memset(d.ring, 0xee, sizeof(d.ring));
	begin();
	EXPECT_EQ(get16(d.ring), 1);
	EXPECT_EQ(get16(d.ring + 2), 0xfffe);
	EXPECT_EQ(get16(d.ring + 4 + 8 * NUM), 0x1234);
	EXPECT_EQ(virtiovf_relay_ring_len(NUM), 4 + 8 * NUM + 2);
	/* nothing behind it */
	EXPECT_EQ(d.ring[4 + 8 * NUM + 2], 0xee);
	/* and nothing is new */
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, 0);
	EXPECT(!result.kick && !result.interrupt && !result.more && !result.error);
	EXPECT_EQ(count(d.written, BASE, sizeof(d.bytes)), 0);
	EXPECT_EQ(count(d.marked, BASE, sizeof(d.bytes)), 0);
}

UNIT_TEST(queues_that_are_none_are_refused)
{
	static const u16 sizes[] = { 0, 3, 7, 9, 0x8001, 0xffff };

	for (int i = 0; i < (int)ARRAY_SIZE(sizes); i++) {
		fresh();
		d.queue.size = sizes[i];
		EXPECT_EQ(virtiovf_relay_begin(&d.queue), -EINVAL);
	}
	for (int i = 0; i < 6; i++) {
		u64 bad = i % 2 ? 0 : -16ULL;

		fresh();
		*(i < 2 ? &d.queue.desc : i < 4 ? &d.queue.avail : &d.queue.used) = bad;
		EXPECT_EQ(virtiovf_relay_begin(&d.queue), -EINVAL);
	}
	fresh();
	d.queue.used = BASE + sizeof(d.bytes);
	EXPECT_EQ(virtiovf_relay_begin(&d.queue), -EFAULT);
}

UNIT_TEST(an_element_is_copied_and_its_buffer_marked)
{
	fresh();
	begin();
	device_use(&d, 3, 17);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, 1);
	EXPECT(result.interrupt);
	EXPECT_EQ(get16(at(&d, USED_AT + 2)), 1);
	EXPECT_EQ(get16(at(&d, USED_AT + 4)), 3);
	EXPECT_EQ(get16(at(&d, USED_AT + 8)), 17);
	/* all of the buffer, whatever the length says; no other */
	EXPECT_EQ(count(d.marked, DATA_AT + 3 * 64, 64), 64);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 64);
	EXPECT_EQ(count(d.marked, DESC_AT, 2 * PAGE), 0);
	/* the element, the word with the index and the element's id */
	EXPECT_EQ(count(d.written, USED_AT, PAGE), 12);
	EXPECT_EQ(count(d.marked, USED_AT, PAGE), 12);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, 0);
	EXPECT(!result.interrupt);
}

UNIT_TEST(what_the_device_only_reads_is_not_marked)
{
	fresh();
	put_desc(&d, DESC_AT, 0, DATA_AT, 16, VRING_DESC_F_NEXT, 5);
	put_desc(&d, DESC_AT, 5, DATA_AT + 100, 200, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 2);
	put_desc(&d, DESC_AT, 2, DATA_AT + 1000, 1, VRING_DESC_F_WRITE, 7);
	begin();
	device_use(&d, 0, 201);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.error, 0);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 201);
	EXPECT_EQ(count(d.marked, DATA_AT + 100, 200), 200);
	EXPECT_EQ(count(d.marked, DATA_AT + 1000, 1), 1);
}

UNIT_TEST(an_empty_buffer_marks_nothing)
{
	fresh();
	put_desc(&d, DESC_AT, 0, DATA_AT, 0, VRING_DESC_F_WRITE, 0);
	begin();
	device_use(&d, 0, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 0);
	EXPECT_EQ(d.outside, 0);
}

/* 40 descriptors, more than are read at a time, more than the queue has */
UNIT_TEST(an_indirect_table_is_walked)
{
	fresh();
	put_desc(&d, DESC_AT, 1, TABLE_AT, 40 * 16, VRING_DESC_F_INDIRECT, 0);
	for (int i = 0; i < 40; i++)
		put_desc(&d, TABLE_AT, i, DATA_AT + i * 10, 10,
			 (i < 39 ? VRING_DESC_F_NEXT : 0) | (i ? VRING_DESC_F_WRITE : 0), i + 1);
	begin();
	d.reads = 0;
	device_use(&d, 1, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.error, 0);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 390);
	EXPECT_EQ(count(d.marked, DATA_AT, 10), 0);
	/* the descriptor, three pieces, the index and the flags of the available ring */
	EXPECT_EQ(d.reads, 6);
}

UNIT_TEST(an_indirect_table_behind_others_out_of_order)
{
	fresh();
	put_desc(&d, DESC_AT, 0, DATA_AT, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 6);
	put_desc(&d, DESC_AT, 6, TABLE_AT, 20 * 16, VRING_DESC_F_INDIRECT, 0);
	put_desc(&d, TABLE_AT, 0, DATA_AT + 1, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 19);
	put_desc(&d, TABLE_AT, 19, DATA_AT + 2, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 2);
	put_desc(&d, TABLE_AT, 2, DATA_AT + 3, 1, VRING_DESC_F_WRITE, 0);
	begin();
	device_use(&d, 0, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.error, 0);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 4);
}

/* The driver's ring is served all the same: it costs the log only */
UNIT_TEST(chains_that_make_no_sense)
{
	static const struct { u16 flags, next; u64 addr; u32 len; int error; } bad[] = {
		{ VRING_DESC_F_NEXT, 0, DATA_AT, 1, -ELOOP },
		{ VRING_DESC_F_NEXT, NUM, DATA_AT, 1, -EINVAL },
		{ VRING_DESC_F_NEXT, 0xffff, DATA_AT, 1, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT, 0, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT, 15, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT, 17, -EINVAL },
		{ VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1, TABLE_AT, 16, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT, 16 * 32769, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, -16ULL, 32, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, 16, 16, -EFAULT },
		/* what is in the table */
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT, 16, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT + 16, 16, -ELOOP },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT + 32, 16, -EINVAL },
		{ VRING_DESC_F_INDIRECT, 0, TABLE_AT + 48, 32, -ELOOP },
	};

	for (int i = 0; i < (int)ARRAY_SIZE(bad); i++) {
		fresh();
		put_desc(&d, DESC_AT, 0, bad[i].addr, bad[i].len, bad[i].flags, bad[i].next);
		put_desc(&d, TABLE_AT, 0, TABLE_AT, 16, VRING_DESC_F_INDIRECT, 0);
		put_desc(&d, TABLE_AT, 1, DATA_AT, 16, VRING_DESC_F_NEXT, 0);
		put_desc(&d, TABLE_AT, 2, DATA_AT, 16, VRING_DESC_F_NEXT, 1);
		put_desc(&d, TABLE_AT, 3, DATA_AT, 16, VRING_DESC_F_NEXT, 1);
		put_desc(&d, TABLE_AT, 4, DATA_AT, 16, VRING_DESC_F_NEXT, 0);
		begin();
		device_use(&d, 0, 5);
		device_use(&d, 1, 6);
		EXPECT_EQ(pass(), 0);
		if (result.error != bad[i].error)
			unit_fail(__FILE__, __LINE__, 0, "chain %d gave %d, not %d", i,
				  result.error, bad[i].error);
		EXPECT_EQ(result.copied, 2);
		EXPECT_EQ(get16(at(&d, USED_AT + 2)), 2);
		EXPECT_EQ(count(d.marked, DATA_AT + 64, 64), 64);
		check_marks();
	}
}

UNIT_TEST(ids_that_are_none_are_passed_on)
{
	static const u32 ids[] = { NUM, 0xffff, 0x10000, ~0U };

	for (int i = 0; i < (int)ARRAY_SIZE(ids); i++) {
		u32 id;

		fresh();
		begin();
		device_use(&d, ids[i], 1);
		EXPECT_EQ(pass(), 0);
		EXPECT_EQ(result.error, -EINVAL);
		memcpy(&id, at(&d, USED_AT + 4), 4);
		EXPECT_EQ(id, ids[i]);
	}
}

UNIT_TEST(an_index_that_is_not_possible_is_an_error)
{
	fresh();
	begin();
	put16(d.ring + 2, NUM + 1);
	EXPECT_EQ(pass(), -EIO);
	put16(d.ring + 2, 0xffff);
	EXPECT_EQ(pass(), -EIO);
	EXPECT_EQ(count(d.written, BASE, sizeof(d.bytes)), 0);
	put16(d.ring + 2, NUM);
	EXPECT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, NUM);
}

/* Over the end of the ring, and of the index */
UNIT_TEST(the_ring_wraps)
{
	fresh();
	put16(at(&d, USED_AT + 2), 0xfffd);
	begin();
	for (int i = 0; i < 6; i++)
		device_use(&d, i, 100 + i);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, 6);
	EXPECT_EQ(get16(at(&d, USED_AT + 2)), 3);
	EXPECT(!memcmp(at(&d, USED_AT + 4), d.ring + 4, 8 * NUM));
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 6 * 64);
	check_marks();
}

/* A copy to user memory may be byte by byte, and both bytes of the index change */
UNIT_TEST(no_half_of_an_index_is_seen)
{
	static const u16 starts[] = { 0xfe, 0xff, 0x7ffe, 0xfffb, 0xffff };

	for (int i = 0; i < (int)ARRAY_SIZE(starts); i++) {
		u32 id = 0x1234567;

		fresh();
		put16(at(&d, USED_AT), VRING_USED_F_NO_NOTIFY);
		put16(at(&d, USED_AT + 2), starts[i]);
		memcpy(at(&d, USED_AT + 4), &id, 4);
		begin();
		for (u32 n = 1; n <= NUM; n++) {
			device_use(&d, n % NUM, n);
			ASSERT_EQ(pass(), 0);
			EXPECT_EQ(get16(at(&d, USED_AT + 2)), (u16)(starts[i] + n));
			EXPECT(!d.torn);
			/* what else is in the word stays */
			EXPECT_EQ(get16(at(&d, USED_AT)), VRING_USED_F_NO_NOTIFY);
			if ((u16)(starts[i] + n - 1) % NUM == 0)
				id = n % NUM;
			EXPECT(!memcmp(at(&d, USED_AT + 4), &id, 4));
		}
	}
}

/* A ring larger than a batch: one pass leaves the rest for the next */
UNIT_TEST(a_pass_is_bounded)
{
	static u8 large[4 + 8 * 64 + 2];

	fresh();
	d.queue.size = 64;
	d.queue.ring = large;
	for (int i = 0; i < 64; i++)
		put_desc(&d, DESC_AT, i, DATA_AT + i * 16, 16, VRING_DESC_F_WRITE, 0);
	begin();
	for (u32 i = 0; i < 50; i++)
		memcpy(large + 4 + 8 * i, &i, 4);
	put16(large + 2, 50);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, VIRTIOVF_RELAY_BATCH);
	EXPECT(result.more);
	EXPECT_EQ(get16(at(&d, USED_AT + 2)), VIRTIOVF_RELAY_BATCH);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 16 * VIRTIOVF_RELAY_BATCH);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(result.copied, 50 - VIRTIOVF_RELAY_BATCH);
	EXPECT(!result.more);
	EXPECT_EQ(get16(at(&d, USED_AT + 2)), 50);
	EXPECT_EQ(count(d.marked, DATA_AT, PAGE), 16 * 50);
}

UNIT_TEST(flags_of_the_device_reach_the_driver)
{
	fresh();
	begin();
	put16(d.ring, VRING_USED_F_NO_NOTIFY);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(get16(at(&d, USED_AT)), VRING_USED_F_NO_NOTIFY);
	EXPECT_EQ(count(d.written, USED_AT, PAGE), 2);
	check_marks();
	memset(d.written, 0, sizeof(d.written));
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(count(d.written, USED_AT, PAGE), 0);
	put16(d.ring, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(get16(at(&d, USED_AT)), 0);
	/* without the feature there is no event index */
	put16(d.ring + 4 + 8 * NUM, 5);
	memset(d.written, 0, sizeof(d.written));
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(count(d.written, USED_AT, PAGE), 0);
}

UNIT_TEST(the_event_index_of_the_device_reaches_the_driver)
{
	fresh();
	d.queue.event_idx = true;
	begin();
	put16(d.ring + 4 + 8 * NUM, 7);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(get16(at(&d, USED_AT + 4 + 8 * NUM)), 7);
	EXPECT_EQ(count(d.written, USED_AT, PAGE), 2);
	check_marks();
}

UNIT_TEST(the_device_is_notified_once_of_what_the_driver_adds)
{
	fresh();
	put16(at(&d, AVAIL_AT + 2), 2);
	begin();
	ASSERT_EQ(pass(), 0);
	EXPECT(!result.kick);
	put16(at(&d, AVAIL_AT + 2), 3);
	ASSERT_EQ(pass(), 0);
	EXPECT(result.kick);
	ASSERT_EQ(pass(), 0);
	EXPECT(!result.kick);
	/* not while it does not want it: it looks again itself */
	put16(d.ring, VRING_USED_F_NO_NOTIFY);
	put16(at(&d, AVAIL_AT + 2), 4);
	ASSERT_EQ(pass(), 0);
	EXPECT(!result.kick);
}

/* As a driver decides: notified when the index passes the event, over its wrap too */
UNIT_TEST(with_an_event_index_it_is_notified_when_it_wants_to_be)
{
	static const struct { u16 event, from, to; bool kick; } rows[] = {
		{ 0, 0, 1, true }, { 1, 0, 1, false }, { 1, 1, 2, true }, { 5, 2, 9, true },
		{ 9, 2, 9, false }, { 0xffff, 0xfffe, 1, true }, { 2, 0xfffe, 1, false },
		{ 3, 4, 5, false },
	};

	for (int i = 0; i < (int)ARRAY_SIZE(rows); i++) {
		fresh();
		d.queue.event_idx = true;
		put16(at(&d, AVAIL_AT + 2), rows[i].from);
		begin();
		put16(d.ring + 4 + 8 * NUM, rows[i].event);
		put16(at(&d, AVAIL_AT + 2), rows[i].to);
		ASSERT_EQ(pass(), 0);
		if (result.kick != rows[i].kick)
			unit_fail(__FILE__, __LINE__, 0, "row %d", i);
	}
}

UNIT_TEST(interrupts_as_the_driver_wants_them)
{
	fresh();
	begin();
	put16(at(&d, AVAIL_AT), VRING_AVAIL_F_NO_INTERRUPT);
	device_use(&d, 0, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT(!result.interrupt);
	put16(at(&d, AVAIL_AT), 0);
	ASSERT_EQ(pass(), 0);
	EXPECT(!result.interrupt);
	device_use(&d, 1, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT(result.interrupt);
}

UNIT_TEST(interrupts_by_the_event_index)
{
	static const struct { u16 event, from; u8 count; bool interrupt; } rows[] = {
		{ 0, 0, 1, true }, { 1, 0, 1, false }, { 1, 0, 3, true }, { 3, 0, 3, false },
		{ 0xfffe, 0xfffe, 3, true }, { 1, 0xfffe, 3, false }, { 0, 0xfffe, 3, true },
	};

	for (int i = 0; i < (int)ARRAY_SIZE(rows); i++) {
		fresh();
		d.queue.event_idx = true;
		put16(at(&d, USED_AT + 2), rows[i].from);
		put16(at(&d, AVAIL_AT + 4 + 2 * NUM), rows[i].event);
		/* without meaning here */
		put16(at(&d, AVAIL_AT), VRING_AVAIL_F_NO_INTERRUPT);
		begin();
		for (int n = 0; n < rows[i].count; n++)
			device_use(&d, n, 0);
		ASSERT_EQ(pass(), 0);
		if (result.interrupt != rows[i].interrupt)
			unit_fail(__FILE__, __LINE__, 0, "row %d", i);
	}
}

UNIT_TEST(an_empty_ring_interrupts_if_the_driver_wants_that)
{
	fresh();
	d.queue.notify_on_empty = true;
	put16(at(&d, AVAIL_AT), VRING_AVAIL_F_NO_INTERRUPT);
	begin();
	put16(at(&d, AVAIL_AT + 2), 2);
	device_use(&d, 0, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT(!result.interrupt);
	device_use(&d, 1, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT(result.interrupt);
}

/* A buffer up to the last address, and one that would go on behind it */
UNIT_TEST(addresses_do_not_wrap)
{
	fresh();
	put_desc(&d, DESC_AT, 0, -16ULL, 16, VRING_DESC_F_WRITE, 0);
	put_desc(&d, DESC_AT, 1, -16ULL, ~0U, VRING_DESC_F_WRITE, 0);
	put_desc(&d, DESC_AT, 2, 0, ~0U, VRING_DESC_F_WRITE, 0);
	begin();
	device_use(&d, 0, 0);
	device_use(&d, 1, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(d.outside, 2);
	EXPECT_EQ(count(d.marked, BASE, sizeof(d.bytes)), 4 + 8 * 2);
	device_use(&d, 2, 0);
	ASSERT_EQ(pass(), 0);
	EXPECT_EQ(count(d.marked, BASE, sizeof(d.bytes)), sizeof(d.bytes));
}

UNIT_TEST(memory_that_is_gone)
{
	/* the element, the index, the available ring's index, its flags */
	static const u64 gone[] = { USED_AT + 4, USED_AT + 2, AVAIL_AT + 2, AVAIL_AT };

	for (int i = 0; i < (int)ARRAY_SIZE(gone); i++) {
		fresh();
		begin();
		device_use(&d, 0, 0);
		d.fail_at = gone[i];
		EXPECT_EQ(pass(), -EFAULT);
	}
	/* a descriptor that cannot be read costs the log only */
	fresh();
	begin();
	device_use(&d, 0, 0);
	d.fail_at = DESC_AT;
	EXPECT_EQ(pass(), 0);
	EXPECT_EQ(result.error, -EFAULT);
	EXPECT_EQ(get16(at(&d, USED_AT + 2)), 1);
}
