// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which ranges and pages a device logs what a user wants.
 * sources: drivers/vfio/pci/virtio/dirty_plan.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/dirty_plan.h"
#include "unit.h"

#define K4	0x1000ULL
#define LAST	(~0ULL)

static const struct virtio_pci_admin_log_limits card = {
	.page_sizes = 0x3ff000, .window = 1 << 20, .ranges = 16, .pages = 1 << 28,
};

static struct virtiovf_dirty_range ranges[256];
static u8 shift;

static int plan_with(struct virtio_pci_admin_log_limits limits, u64 page_size,
		     const struct virtiovf_dirty_range *wanted, unsigned int count)
{
	shift = 0xee;
	memcpy(ranges, wanted, count * sizeof(*wanted));
	return virtiovf_dirty_plan(ranges, count, page_size, &limits, &shift);
}

static int plan(u64 page_size, u64 first, u64 last)
{
	return plan_with(card, page_size, &(struct virtiovf_dirty_range){ first, last }, 1);
}

UNIT_TEST(what_fits_stays)
{
	static const struct virtiovf_dirty_range guest[] = {
		{ 0, 0xbfffffff }, { 0x100000000, 0x23fffffff }, { 0xfd00000000, 0xfd00003fff },
	};

	ASSERT_EQ(plan_with(card, 4096, guest, 3), 3);
	EXPECT_EQ(shift, 12);
	EXPECT(!memcmp(ranges, guest, sizeof(guest)));
}

UNIT_TEST(page_sizes)
{
	static const struct { u64 want; u8 shift; } sizes[] = {
		{ 1, 12 }, { 2048, 12 }, { 4096, 12 }, { 8192, 13 }, { 1 << 16, 16 },
		{ 1 << 21, 21 }, { 1 << 22, 21 }, { 1ULL << 40, 21 }, { 1ULL << 63, 21 },
	};
	struct virtio_pci_admin_log_limits odd = card;

	for (int i = 0; i < (int)ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(plan(sizes[i].want, 0, (1 << 22) - 1), 1);
		EXPECT_EQ(shift, sizes[i].shift);
	}
	/* a device that has large pages only logs more, and it has gaps between sizes */
	odd.page_sizes = 1U << 16 | 1U << 31;
	ASSERT_EQ(plan_with(odd, 4096, &(struct virtiovf_dirty_range){ K4, 2 * K4 - 1 }, 1), 1);
	EXPECT_EQ(shift, 16);
	EXPECT_EQ(ranges[0].first, 0);
	EXPECT_EQ(ranges[0].last, 0xffff);
	ASSERT_EQ(plan_with(odd, 1 << 30, &(struct virtiovf_dirty_range){ 0, K4 - 1 }, 1), 1);
	EXPECT_EQ(shift, 16);
	ASSERT_EQ(plan_with(odd, 1ULL << 31, &(struct virtiovf_dirty_range){ 0, K4 - 1 }, 1), 1);
	EXPECT_EQ(shift, 31);
}

UNIT_TEST(what_is_none_is_refused)
{
	static const u64 none[] = { 0, 3, 4095, 4097, 6 << 20, LAST };
	static const struct virtiovf_dirty_range twice[] = { { 0, K4 - 1 }, { 0, K4 - 1 } };
	static const struct virtiovf_dirty_range down[] = { { K4, 2 * K4 - 1 }, { 0, K4 - 1 } };
	static const struct virtiovf_dirty_range touch[] = { { 0, K4 }, { K4, 2 * K4 - 1 } };

	for (int i = 0; i < (int)ARRAY_SIZE(none); i++)
		EXPECT_EQ(plan(none[i], 0, K4 - 1), -EINVAL);
	EXPECT_EQ(plan_with(card, 4096, twice, 0), -EINVAL);
	/* of length 0: the last address is before the first */
	EXPECT_EQ(plan(4096, K4, K4 - 1), -EINVAL);
	EXPECT_EQ(plan_with(card, 4096, twice, 2), -EINVAL);
	EXPECT_EQ(plan_with(card, 4096, down, 2), -EINVAL);
	EXPECT_EQ(plan_with(card, 4096, touch, 2), -EINVAL);
}

UNIT_TEST(too_many_pages_become_larger_ones)
{
	ASSERT_EQ(plan(4096, 0, (1ULL << 40) - 1), 1);
	EXPECT_EQ(shift, 12);
	ASSERT_EQ(plan(4096, 0, (1ULL << 40) + K4 - 1), 1);
	EXPECT_EQ(shift, 13);
	EXPECT_EQ(ranges[0].last, (1ULL << 40) + 2 * K4 - 1);
	ASSERT_EQ(plan(4096, 0, (1ULL << 49) - 1), 1);
	EXPECT_EQ(shift, 21);
	EXPECT_EQ(plan(4096, 0, 1ULL << 49), -E2BIG);
	EXPECT_EQ(plan(4096, 0, LAST), -E2BIG);
	EXPECT_EQ(plan(4096, 0, LAST - 1), -E2BIG);
	/* the end of all addresses is no trouble */
	ASSERT_EQ(plan(4096, LAST - K4 + 1, LAST), 1);
	EXPECT_EQ(ranges[0].first, LAST - K4 + 1);
	EXPECT_EQ(ranges[0].last, LAST);
}

UNIT_TEST(too_many_ranges_are_joined_where_least_is_between)
{
	static const struct virtiovf_dirty_range four[] = {
		{ 0, K4 - 1 }, { 9 * K4, 10 * K4 - 1 }, { 12 * K4, 13 * K4 - 1 },
		{ 30 * K4, 31 * K4 - 1 },
	};
	struct virtio_pci_admin_log_limits few = card;

	few.ranges = 3;
	ASSERT_EQ(plan_with(few, 4096, four, 4), 3);
	EXPECT_EQ(ranges[1].first, 9 * K4);
	EXPECT_EQ(ranges[1].last, 13 * K4 - 1);
	EXPECT_EQ(ranges[2].first, 30 * K4);
	few.ranges = 1;
	ASSERT_EQ(plan_with(few, 4096, four, 4), 1);
	EXPECT_EQ(ranges[0].first, 0);
	EXPECT_EQ(ranges[0].last, 31 * K4 - 1);
	/* those that become one by rounding need no joining */
	ASSERT_EQ(plan_with(card, 1 << 16, four, 4), 1);
	EXPECT_EQ(ranges[0].first, 0);
	EXPECT_EQ(ranges[0].last, 0x1ffff);
}

static bool covered(const struct virtiovf_dirty_range *log, int count, u64 first, u64 last)
{
	const struct virtiovf_dirty_range *range = virtiovf_dirty_find(log, count, first);

	return range && range->last >= last;
}

/* Whatever is asked for is logged, in whole pages that are in one range each */
UNIT_TEST(everything_asked_for_is_logged)
{
	struct virtiovf_dirty_range wanted[256];

	srand(1);
	for (int round = 0; round < 3000; round++) {
		struct virtio_pci_admin_log_limits limits = card;
		int count = 1 + rand() % 256, got;
		u64 at = rand() % 64 * K4;

		limits.ranges = 1 + rand() % 20;
		limits.pages = 1ULL << (8 + rand() % 21);
		for (int i = 0; i < count; i++) {
			wanted[i].first = at;
			wanted[i].last = at + (1 + rand() % 100) * K4 - 1;
			at = wanted[i].last + 1 + (rand() % 3 ? rand() % 5000 * K4 : 0);
		}
		got = plan_with(limits, K4 << (rand() % 4), wanted, count);
		if (got == -E2BIG)
			continue;
		ASSERT(got >= 1 && got <= limits.ranges);
		for (int i = 0; i < got; i++) {
			EXPECT(!(ranges[i].first & ((1ULL << shift) - 1)));
			EXPECT(!((ranges[i].last + 1) & ((1ULL << shift) - 1)));
			EXPECT(!i || ranges[i].first > ranges[i - 1].last + 1);
		}
		for (int i = 0; i < count; i++)
			ASSERT(covered(ranges, got, wanted[i].first, wanted[i].last));
	}
}

UNIT_TEST(an_address_is_found_in_its_range)
{
	static const struct virtiovf_dirty_range two[] = { { K4, 2 * K4 - 1 }, { 4 * K4, LAST } };

	EXPECT(!virtiovf_dirty_find(two, 2, K4 - 1));
	EXPECT(virtiovf_dirty_find(two, 2, K4) == &two[0]);
	EXPECT(virtiovf_dirty_find(two, 2, 2 * K4 - 1) == &two[0]);
	EXPECT(!virtiovf_dirty_find(two, 2, 2 * K4));
	EXPECT(virtiovf_dirty_find(two, 2, LAST) == &two[1]);
	EXPECT(!virtiovf_dirty_find(two, 1, LAST));
}
