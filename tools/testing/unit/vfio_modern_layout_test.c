// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers an access to a modern BAR touches.
 * sources: drivers/vfio/pci/virtio/modern_layout.c drivers/vfio/pci/virtio/trap_plan.c
 */
#include <string.h>

#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "drivers/vfio/pci/virtio/modern_layout.h"
#include "unit.h"

#define K4	0x1000ULL

#define COMMON	VIRTIO_PCI_CAP_COMMON_CFG
#define ISR	VIRTIO_PCI_CAP_ISR_CFG
#define DEVICE	VIRTIO_PCI_CAP_DEVICE_CFG

static const u64 bars[] = { 0, 0x1000, 0, 0, 0x8000, 0 };

static const struct virtiovf_structure usual[] = {
	{ DEVICE, 4, 0x2000, 64 }, { COMMON, 4, 0x1000, 64 }, { ISR, 4, 0x1040, 1 },
	{ COMMON, 1, 0, 64 }, { ISR, 1, 64, 1 },
};

static struct virtiovf_modern_layout layout;

static bool make(const struct virtiovf_structure *list, unsigned int count)
{
	memset(&layout, 0xff, sizeof(layout));
	virtiovf_modern_layout(&layout, list, count, bars);
	return layout.at[VIRTIOVF_MODERN_COMMON].length;
}

static void expect_step(u8 bar, u64 offset, u64 len, enum virtiovf_modern_place place,
			u64 want_offset, u64 want_len)
{
	struct virtiovf_modern_step step = virtiovf_modern_step(&layout, bar, offset, len);

	EXPECT_EQ(step.place, place);
	EXPECT_EQ(step.offset, want_offset);
	EXPECT_EQ(step.len, want_len);
}

UNIT_TEST(the_first_of_each_type)
{
	ASSERT(make(usual, 5));
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_COMMON].bar, 4);
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_COMMON].offset, 0x1000);
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_ISR].bar, 4);
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_ISR].offset, 0x1040);
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_ELSEWHERE].length, 0);
}

/* Those that drivers do not find are not found here either */
UNIT_TEST(structures_outside_their_bar)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0x7fe0, 64 }, { COMMON, 6, 0, 64 }, { COMMON, 2, 0, 64 },
		{ COMMON, 1, 0, 64 }, { ISR, 1, 0x1000, 1 }, { ISR, 4, 0x7fff, 1 },
	};

	ASSERT(make(list, 6));
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_COMMON].bar, 1);
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_ISR].bar, 4);
	EXPECT_EQ(layout.at[VIRTIOVF_MODERN_ISR].offset, 0x7fff);
}

UNIT_TEST(one_that_is_missing_or_too_short)
{
	static const struct virtiovf_structure lists[][2] = {
		{ { COMMON, 4, 0, 64 }, { DEVICE, 4, 64, 1 } },
		{ { ISR, 4, 0, 1 }, { DEVICE, 4, 64, 1 } },
		{ { COMMON, 4, 0, 55 }, { ISR, 4, 64, 1 } },
		{ { COMMON, 4, 0, 56 }, { ISR, 4, 64, 0 } },
	};

	for (int i = 0; i < ARRAY_SIZE(lists); i++) {
		ASSERT(!make(lists[i], 2));
		EXPECT_EQ(layout.at[VIRTIOVF_MODERN_ISR].length, 0);
		expect_step(4, 0, 0x8000, VIRTIOVF_MODERN_ELSEWHERE, 0, 0x8000);
	}
	EXPECT(!make(NULL, 0));
}

UNIT_TEST(steps)
{
	ASSERT(make(usual, 5));
	/* in a structure: as wide as a register, aligned, within it */
	expect_step(4, 0x1014, 1, VIRTIOVF_MODERN_COMMON, 20, 1);
	expect_step(4, 0x101c, 2, VIRTIOVF_MODERN_COMMON, 28, 2);
	expect_step(4, 0x1020, 8, VIRTIOVF_MODERN_COMMON, 32, 4);
	expect_step(4, 0x1021, 8, VIRTIOVF_MODERN_COMMON, 33, 1);
	expect_step(4, 0x1022, 8, VIRTIOVF_MODERN_COMMON, 34, 2);
	expect_step(4, 0x1020, 3, VIRTIOVF_MODERN_COMMON, 32, 2);
	expect_step(4, 0x103e, 8, VIRTIOVF_MODERN_COMMON, 62, 2);
	expect_step(4, 0x1040, 4, VIRTIOVF_MODERN_ISR, 0, 1);
	/* outside: up to the next one */
	expect_step(4, 0, 0x8000, VIRTIOVF_MODERN_ELSEWHERE, 0, 0x1000);
	expect_step(4, 0, 0x1000, VIRTIOVF_MODERN_ELSEWHERE, 0, 0x1000);
	expect_step(4, 0, 0x1001, VIRTIOVF_MODERN_ELSEWHERE, 0, 0x1000);
	expect_step(4, 0x1041, 0x100, VIRTIOVF_MODERN_ELSEWHERE, 0x1041, 0x100);
	expect_step(4, 0x9000, 4, VIRTIOVF_MODERN_ELSEWHERE, 0x9000, 4);
	/* the second ones, and other BARs */
	expect_step(1, 0, 128, VIRTIOVF_MODERN_ELSEWHERE, 0, 128);
	expect_step(5, 0x1000, 4, VIRTIOVF_MODERN_ELSEWHERE, 0x1000, 4);
}

UNIT_TEST(vectors)
{
	for (u32 offset = 0; offset < 64; offset++) {
		u8 bytes[4] = { 1, 2, 3, 4 };

		for (u32 len = 1; len <= 4; len *= 2) {
			bool want = false;

			for (u32 at = offset; at < offset + len; at++)
				want |= at == 16 || at == 17 || at == 26 || at == 27;
			EXPECT_EQ(virtiovf_modern_is_vector(offset, len), want);
		}
		virtiovf_modern_hide_vectors(offset, 3, bytes);
		for (u32 i = 0; i < 4; i++)
			EXPECT_EQ(bytes[i], i < 3 && virtiovf_modern_is_vector(offset + i, 1) ?
				  0xff : i + 1);
	}
}

#define NOTIFY	VIRTIO_PCI_CAP_NOTIFY_CFG

UNIT_TEST(doorbells)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0x1000, 64 }, { ISR, 4, 0x1040, 1 },
		{ NOTIFY, 4, 0x7ff0, 0x20, 4 }, { NOTIFY, 1, 0x800, 0x12, 4 },
		{ NOTIFY, 4, 0x3000, 0x1000, 2 },
	};
	u64 at = 7;

	ASSERT(make(list, 5));
	EXPECT_EQ(layout.doorbells.bar, 1);
	EXPECT(virtiovf_modern_doorbell(&layout, 0, &at));
	EXPECT_EQ(at, 0x800);
	EXPECT(virtiovf_modern_doorbell(&layout, 4, &at));
	EXPECT_EQ(at, 0x810);
	/* the last has two bytes, the next none */
	EXPECT(!virtiovf_modern_doorbell(&layout, 5, &at));
	EXPECT(!virtiovf_modern_doorbell(&layout, 0xffff, &at));
	EXPECT_EQ(at, 0x810);
	/* all the same */
	layout.doorbells.multiplier = 0;
	EXPECT(virtiovf_modern_doorbell(&layout, 0xffff, &at));
	EXPECT_EQ(at, 0x800);
	/* odd ones, and an offset that does not wrap */
	layout.doorbells.multiplier = 1;
	EXPECT(!virtiovf_modern_doorbell(&layout, 3, &at));
	layout.doorbells.multiplier = 0xffffffff;
	EXPECT(!virtiovf_modern_doorbell(&layout, 0xffff, &at));
	layout.doorbells.length = 1;
	EXPECT(!virtiovf_modern_doorbell(&layout, 0, &at));
	ASSERT(make(list, 2));
	EXPECT(!virtiovf_modern_doorbell(&layout, 0, &at));
}

/* A driver may use any of them; those that are outside their BAR are none */
UNIT_TEST(several_common_configurations)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0x1000, 64 }, { ISR, 4, 0x1040, 1 }, { COMMON, 4, 0x7fff, 64 },
		{ COMMON, 1, 0, 64 },
	};

	ASSERT(make(list, 3));
	EXPECT(!layout.copies);
	ASSERT(make(list, 4));
	EXPECT(layout.copies);
}

/* What each access does to the rings, by offset: of a width that a driver uses, and of others */
UNIT_TEST(effects_of_writes)
{
	static const struct {
		u32 offset, len;
		enum virtiovf_modern_effect effect;
		u8 bytes[4];
	} rows[] = {
		{ 0, 4, VIRTIOVF_MODERN_NOTHING },
		{ 8, 4, VIRTIOVF_MODERN_NOTHING },
		{ 12, 4, VIRTIOVF_MODERN_NOTHING },
		{ 16, 2, VIRTIOVF_MODERN_NOTHING },
		{ 20, 1, VIRTIOVF_MODERN_RESET },
		{ 20, 1, VIRTIOVF_MODERN_NOTHING, { 15 } },
		{ 20, 2, VIRTIOVF_MODERN_RESET, { 0, 1 } },
		{ 20, 4, VIRTIOVF_MODERN_RESET, { 0, 1, 1, 1 } },
		{ 20, 4, VIRTIOVF_MODERN_NOTHING, { 1 } },
		{ 18, 4, VIRTIOVF_MODERN_RESET, { 1, 1, 0, 1 } },
		{ 21, 1, VIRTIOVF_MODERN_NOTHING },
		{ 22, 2, VIRTIOVF_MODERN_NOTHING },
		{ 24, 2, VIRTIOVF_MODERN_RING },
		{ 24, 4, VIRTIOVF_MODERN_RING },
		{ 26, 2, VIRTIOVF_MODERN_VECTOR },
		{ 26, 1, VIRTIOVF_MODERN_RING },
		{ 27, 1, VIRTIOVF_MODERN_RING },
		{ 28, 2, VIRTIOVF_MODERN_RING, { 1 } },
		{ 29, 1, VIRTIOVF_MODERN_RING },
		{ 28, 4, VIRTIOVF_MODERN_RING, { 1 } },
		{ 30, 2, VIRTIOVF_MODERN_NOTHING },
		{ 32, 4, VIRTIOVF_MODERN_RING },
		{ 44, 4, VIRTIOVF_MODERN_RING },
		{ 55, 1, VIRTIOVF_MODERN_RING },
		{ 56, 2, VIRTIOVF_MODERN_NOTHING },
		{ 56, 4, VIRTIOVF_MODERN_QUEUE_RESET, { 0, 0, 1 } },
		{ 58, 2, VIRTIOVF_MODERN_QUEUE_RESET, { 1 } },
		{ 60, 4, VIRTIOVF_MODERN_NOTHING },
	};

	for (int i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(virtiovf_modern_effect(rows[i].offset, rows[i].len, rows[i].bytes),
			  rows[i].effect);
}

/* Each byte is the one that an access of any width finds there */
UNIT_TEST(a_queue_is_shown)
{
	u8 all[64];

	for (u32 offset = 0; offset < 64; offset++) {
		for (u32 len = 1; len <= 4; len *= 2) {
			u8 bytes[4] = { 0xee, 0xee, 0xee, 0xee };
			bool any = false;

			if (offset % len)
				continue;
			memset(all, 0xee, sizeof(all));
			memcpy(all + 26, "\x34\x12", 2);
			memcpy(all + 48, "\xef\xcd\xab\x89\x67\x45\x23\x01", 8);
			virtiovf_modern_show_queue(0x0123456789abcdefULL, 0x1234, offset, len,
						   bytes);
			for (u32 i = 0; i < len; i++) {
				EXPECT_EQ(bytes[i], all[offset + i]);
				any |= all[offset + i] != 0xee;
			}
			EXPECT_EQ(virtiovf_modern_shows_queue(offset, len), any);
		}
	}
}
