// SPDX-License-Identifier: GPL-2.0-only
/* Driver notifications by writes to the notify register, with the device as the witness. */
#include <errno.h>

#include "unit.h"
#include "vf.h"
#include "witness.h"

/* @writes of @len bytes at @offset are @expected notifications */
static void check(struct vf *vf, unsigned int offset, size_t len, uint64_t value, int writes,
		  int expected)
{
	long before = witness_count();

	for (int i = 0; i < writes; i++)
		ASSERT_EQ(vf_write(vf, BAR0, offset, len, value), 0);
	EXPECT_EQ(witness_count() - before, expected);
}

UNIT_TEST(each_write_is_a_notification)
{
	struct vf *vf = vf_fresh();

	check(vf, QUEUE_NOTIFY, 2, 0, 1, 1);
	check(vf, QUEUE_NOTIFY, 2, 1, 100, 100);
}

/* The device drops what names no queue, but it was told */
UNIT_TEST(whatever_the_number)
{
	check(vf_fresh(), QUEUE_NOTIFY, 2, 0xffff, 3, 3);
}

UNIT_TEST(a_low_byte_is_one_a_high_byte_is_none)
{
	struct vf *vf = vf_fresh();

	check(vf, QUEUE_NOTIFY, 1, 0, 5, 5);
	check(vf, QUEUE_NOTIFY + 1, 1, 0, 5, 0);
}

UNIT_TEST(within_a_wider_write)
{
	struct vf *vf = vf_fresh();

	check(vf, QUEUE_NOTIFY, 4, 0, 2, 2);
	check(vf, QUEUE_SIZE, 8, 0, 2, 2);
	check(vf, QUEUE_ADDRESS, 4, 0, 2, 0);
	check(vf, QUEUE_SELECT, 2, 0, 2, 0);
	check(vf, DEVICE_STATUS, 1, 0, 2, 0);
}

UNIT_TEST(reading_is_none)
{
	struct vf *vf = vf_fresh();
	long before = witness_count();

	for (int len = 1; len <= 4; len *= 2)
		EXPECT_EQ(vf_read(vf, BAR0, QUEUE_NOTIFY, len) & 0xff, 0xff);
	EXPECT_EQ(witness_count(), before);
}

UNIT_TEST(none_without_decoding)
{
	struct vf *vf = vf_fresh();
	long before = witness_count();

	ASSERT_EQ(vf_decode(vf, false), 0);
	EXPECT_EQ(vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0), -EIO);
	EXPECT_EQ(witness_count(), before);
}

/* The address is asked for anew, the mapping is another one */
UNIT_TEST(after_a_reset_and_another_open)
{
	struct vf *vf = vf_fresh();

	ASSERT_EQ(vf_reset(vf), 0);
	ASSERT_EQ(vf_decode(vf, true), 0);
	check(vf, QUEUE_NOTIFY, 2, 0, 2, 2);
	for (int i = 0; i < 3; i++)
		check(vf_fresh(), QUEUE_NOTIFY, 2, 0, 2, 2);
}
