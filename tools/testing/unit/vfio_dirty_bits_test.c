// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bits of a log that the driver keeps.
 * sources: drivers/vfio/pci/virtio/dirty_bits.c
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/dirty_bits.h"
#include "drivers/vfio/pci/virtio/dirty_plan.h"
#include "unit.h"

#define K4	0x1000ULL
#define LAST	(~0ULL)

static union { u64 words[64]; u8 bytes[512]; } memory;
static u8 *const bytes = memory.bytes;

static const struct virtiovf_dirty_range three[] = {
	{ 0, 13 * K4 - 1 }, { 20 * K4, 1044 * K4 - 1 }, { LAST - 9 * K4 + 1, LAST },
};

static struct virtiovf_dirty_bits fresh(void)
{
	struct virtiovf_dirty_bits bits = {
		.ranges = three, .count = ARRAY_SIZE(three), .shift = 12, .words = memory.words,
	};

	memset(bytes, 0, sizeof(memory));
	/* a guard */
	bytes[virtiovf_dirty_bits_len(&bits)] = 0xee;
	return bits;
}

static void check_guard(const struct virtiovf_dirty_bits *bits)
{
	EXPECT_EQ(bytes[virtiovf_dirty_bits_len(bits)], 0xee);
}

static unsigned int take(struct virtiovf_dirty_bits *bits, u64 page, u32 pages, u8 *result)
{
	unsigned int n = 0;

	memset(result, 0xaa, DIV_ROUND_UP(pages, 8));
	virtiovf_dirty_bits_take(bits, page * K4, pages, result);
	for (u32 i = 0; i < pages; i++)
		n += result[i / 8] >> i % 8 & 1;
	return n;
}

UNIT_TEST(length)
{
	struct virtiovf_dirty_bits bits = fresh();

	EXPECT_EQ(virtiovf_dirty_bits_len(&bits), 8 + 128 + 8);
}

UNIT_TEST(a_page_is_marked_by_any_byte_of_it)
{
	struct virtiovf_dirty_bits bits = fresh();
	u8 result[2];

	virtiovf_dirty_bits_mark(&bits, 3 * K4, 3 * K4);
	virtiovf_dirty_bits_mark(&bits, 6 * K4 - 1, 6 * K4);
	virtiovf_dirty_bits_mark(&bits, 12 * K4 + 5, 12 * K4 + 6);
	EXPECT_EQ(take(&bits, 0, 13, result), 4);
	EXPECT_EQ(result[0], 0x68);
	EXPECT_EQ(result[1], 0x10);
	EXPECT_EQ(take(&bits, 0, 13, result), 0);
	check_guard(&bits);
}

UNIT_TEST(what_is_not_logged_is_ignored)
{
	struct virtiovf_dirty_bits bits = fresh();
	u8 result[128];

	virtiovf_dirty_bits_mark(&bits, 13 * K4, 20 * K4 - 1);
	virtiovf_dirty_bits_mark(&bits, 1044 * K4, LAST - 9 * K4);
	for (int i = 0; i < 144; i++)
		EXPECT_EQ(bytes[i], 0);
	/* and a buffer from before a range to behind it marks all of it */
	virtiovf_dirty_bits_mark(&bits, 19 * K4, 1050 * K4);
	EXPECT_EQ(take(&bits, 20, 1024, result), 1024);
	EXPECT_EQ(take(&bits, 0, 13, result), 0);
	virtiovf_dirty_bits_mark(&bits, 0, LAST);
	EXPECT_EQ(take(&bits, 0, 13, result), 13);
	EXPECT_EQ(take(&bits, 20, 1024, result), 1024);
	EXPECT_EQ(take(&bits, LAST / K4 - 8, 9, result), 9);
	check_guard(&bits);
}

/* Any window of a range, against a bit for each page */
UNIT_TEST(windows_read_and_clear_their_own_pages)
{
	struct virtiovf_dirty_bits bits = fresh();
	static bool model[1024];
	u8 result[128];

	srand(1);
	for (int round = 0; round < 20000; round++) {
		unsigned int first = rand() % 1024, count = 1 + rand() % (1024 - first);

		if (count > 40 && rand() % 4)
			count = 1 + rand() % 40;
		count = min(count, 1024 - first);
		if (rand() % 2) {
			virtiovf_dirty_bits_mark(&bits, (20 + first) * K4 + rand() % K4,
						 (20 + first + count - 1) * K4 + K4 - 1);
			memset(model + first, 1, count);
			continue;
		}
		take(&bits, 20 + first, count, result);
		for (unsigned int i = 0; i < count; i++)
			ASSERT_EQ(result[i / 8] >> i % 8 & 1, model[first + i]);
		for (unsigned int i = count; i % 8; i++)
			ASSERT_EQ(result[i / 8] >> i % 8 & 1, 0);
		memset(model + first, 0, count);
	}
	EXPECT_EQ(memory.words[0] | memory.words[17], 0);
	check_guard(&bits);
}
