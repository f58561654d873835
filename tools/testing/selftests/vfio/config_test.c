// SPDX-License-Identifier: GPL-2.0-only
/* Configuration space, as a legacy guest and its firmware see it. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "unit.h"
#include "vf.h"

static int64_t get(struct vf *vf, unsigned int offset, size_t len)
{
	return vf_read(vf, CONFIG, offset, len);
}

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(vf, CONFIG, offset, len, value), 0);
}

UNIT_TEST(identity)
{
	struct vf *vf = vf_fresh();

	EXPECT_EQ(get(vf, PCI_VENDOR_ID, 2), 0x1af4);
	EXPECT_EQ(get(vf, PCI_DEVICE_ID, 2), vf->type->transitional_id);
	EXPECT_EQ(get(vf, PCI_REVISION_ID, 1), 0);
	EXPECT_EQ(get(vf, PCI_SUBSYSTEM_VENDOR_ID, 2), 0x1af4);
	EXPECT_EQ(get(vf, PCI_SUBSYSTEM_ID, 2), vf->type->subsystem_id);
	EXPECT_EQ(get(vf, PCI_VENDOR_ID, 4), 0x1af4 | vf->type->transitional_id << 16);
}

/* What a byte must be, where we know; MASK bits of it */
UNIT_TEST(every_byte_of_the_header_against_a_table)
{
	struct vf *vf = vf_fresh();
	const struct {
		unsigned char offset, mask, value;
	} table[] = {
		{ 0, 0xff, 0xf4 }, { 1, 0xff, 0x1a },
		{ 2, 0xff, vf->type->transitional_id & 0xff },
		{ 3, 0xff, vf->type->transitional_id >> 8 },
		{ 4, 0x01, 0x01 },		/* I/O, which vf_fresh() enabled */
		{ 6, 0x10, 0x10 },		/* there are capabilities */
		{ 8, 0xff, 0x00 },
		{ 14, 0x7f, 0x00 },		/* a normal function */
		{ 16, 0xff, 0x01 }, { 17, 0xff, 0 }, { 18, 0xff, 0 }, { 19, 0xff, 0 },
		{ 44, 0xff, 0xf4 }, { 45, 0xff, 0x1a },
		{ 46, 0xff, vf->type->subsystem_id }, { 47, 0xff, 0x00 },
		{ 61, 0xff, 0x01 },		/* INTA */
	};

	for (int i = 0; i < ARRAY_SIZE(table); i++)
		EXPECT_EQ(get(vf, table[i].offset, 1) & table[i].mask, table[i].value);
}

UNIT_TEST(any_width_reads_the_same_bytes)
{
	static const size_t widths[] = { 2, 4, 8, 64, 256 };
	struct vf *vf = vf_fresh();
	unsigned char bytes[256], wide[256];

	for (int i = 0; i < 256; i++)
		ASSERT_EQ(vf_get(vf, CONFIG, i, &bytes[i], 1), 1);
	for (int w = 0; w < ARRAY_SIZE(widths); w++)
		for (int at = 0; at + widths[w] <= 256; at++) {
			memset(wide, 0xa5, sizeof(wide));
			ASSERT_EQ(vf_get(vf, CONFIG, at, wide, widths[w]), widths[w]);
			ASSERT(!memcmp(wide, bytes + at, widths[w]));
		}
}

/* All ones by one access after the other, read back, and restored the same way */
static void size_bar0(struct vf *vf, const unsigned char *at, const unsigned char *len, int count)
{
	uint32_t ones = ~(vf->type->bar0_size - 1) | 1, saved;

	put(vf, PCI_BASE_ADDRESS_0, 4, 0xc000);
	saved = get(vf, PCI_BASE_ADDRESS_0, 4);
	EXPECT_EQ(saved, 0xc001);
	for (int i = 0; i < count; i++)
		put(vf, PCI_BASE_ADDRESS_0 + at[i], len[i], ~0ULL);
	for (int width = 1; width <= 4; width *= 2)
		for (int byte = 0; byte < 4; byte += width)
			EXPECT_EQ(get(vf, PCI_BASE_ADDRESS_0 + byte, width),
				  (ones >> (8 * byte)) & (~0U >> (32 - 8 * width)));
	for (int i = 0; i < count; i++)
		put(vf, PCI_BASE_ADDRESS_0 + at[i], len[i], saved >> (8 * at[i]));
	EXPECT_EQ(get(vf, PCI_BASE_ADDRESS_0, 4), saved);
}

UNIT_TEST(bar0_is_sized_by_any_widths_in_any_order)
{
	static const struct {
		unsigned char count, at[4], len[4];
	} orders[] = {
		{ 1, { 0 }, { 4 } },
		{ 2, { 0, 2 }, { 2, 2 } },
		{ 2, { 2, 0 }, { 2, 2 } },
		{ 3, { 0, 1, 2 }, { 1, 1, 2 } },
		{ 3, { 2, 1, 0 }, { 2, 1, 1 } },
		{ 3, { 3, 0, 2 }, { 1, 2, 1 } },
		{ 4, { 0, 1, 2, 3 }, { 1, 1, 1, 1 } },
		{ 4, { 3, 2, 1, 0 }, { 1, 1, 1, 1 } },
		{ 4, { 1, 3, 0, 2 }, { 1, 1, 1, 1 } },
	};
	struct vf *vf = vf_fresh();

	for (int i = 0; i < ARRAY_SIZE(orders); i++)
		size_bar0(vf, orders[i].at, orders[i].len, orders[i].count);
}

UNIT_TEST(low_bits_of_bar0_are_read_only)
{
	struct vf *vf = vf_fresh();

	for (unsigned int bits = 0; bits < vf->type->bar0_size; bits += 3) {
		put(vf, PCI_BASE_ADDRESS_0, 4, 0xabcd0000 | bits);
		EXPECT_EQ(get(vf, PCI_BASE_ADDRESS_0, 4), 0xabcd0001LL);
	}
}

UNIT_TEST(ids_are_read_only)
{
	static const unsigned char ids[] = { 0, 1, 2, 3, 8, 44, 45, 46, 47 };
	struct vf *vf = vf_fresh();

	for (int i = 0; i < sizeof(ids); i++) {
		int64_t before = get(vf, ids[i], 1);

		put(vf, ids[i], 1, ~before & 0xff);
		EXPECT_EQ(get(vf, ids[i], 1), before);
	}
}

UNIT_TEST(command_keeps_its_io_bit_beside_the_others)
{
	struct vf *vf = vf_fresh();

	put(vf, PCI_COMMAND, 2, 0);
	EXPECT_EQ(get(vf, PCI_COMMAND, 2) & 7, 0);
	put(vf, PCI_COMMAND, 1, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
	EXPECT_EQ(get(vf, PCI_COMMAND, 2) & 5, 5);
	put(vf, PCI_COMMAND + 1, 1, 0);
	EXPECT_EQ(get(vf, PCI_COMMAND, 2) & 5, 5);
	put(vf, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	EXPECT_EQ(get(vf, PCI_COMMAND, 2) & 5, 4);
}

/* Read out of configuration space and written back: nothing changes, nothing breaks */
UNIT_TEST(the_whole_of_it_can_be_restored)
{
	struct vf *vf = vf_fresh();
	unsigned char before[64], after[64];

	put(vf, PCI_BASE_ADDRESS_0, 4, 0xd000);
	ASSERT_EQ(vf_get(vf, CONFIG, 0, before, sizeof(before)), sizeof(before));
	ASSERT_EQ(vf_put(vf, CONFIG, 0, before, sizeof(before)), sizeof(before));
	ASSERT_EQ(vf_get(vf, CONFIG, 0, after, sizeof(after)), sizeof(after));
	EXPECT(!memcmp(before, after, sizeof(before)));
}

UNIT_TEST(bad_buffers_and_places)
{
	struct vf *vf = vf_fresh();
	unsigned char byte;

	EXPECT_EQ(vf_get(vf, CONFIG, 0, NULL, 4), -EFAULT);
	EXPECT_EQ(vf_put(vf, CONFIG, PCI_BASE_ADDRESS_0, NULL, 4), -EFAULT);
	EXPECT(vf_get(vf, CONFIG, vf->size[CONFIG], &byte, 1) < 0);
	EXPECT_EQ(get(vf, PCI_DEVICE_ID, 2), vf->type->transitional_id);
}
