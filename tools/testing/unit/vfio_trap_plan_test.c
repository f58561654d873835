// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of a VF's BARs may be mapped.
 * sources: drivers/vfio/pci/virtio/trap_plan.c
 */
#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "drivers/vfio/pci/virtio/trap_plan.h"
#include "unit.h"

#define K4	0x1000ULL

#define COMMON	VIRTIO_PCI_CAP_COMMON_CFG
#define NOTIFY	VIRTIO_PCI_CAP_NOTIFY_CFG
#define ISR	VIRTIO_PCI_CAP_ISR_CFG
#define DEVICE	VIRTIO_PCI_CAP_DEVICE_CFG
#define WINDOW	VIRTIO_PCI_CAP_PCI_CFG
#define MEMORY	VIRTIO_PCI_CAP_SHARED_MEMORY_CFG

static const u64 bars[] = { 0, 0x1000, 0, 0x200, 0x8000, 0x100000000 };

static struct virtiovf_trap_plan plan;

static bool make(const struct virtiovf_structure *list, unsigned int count)
{
	return virtiovf_trap_plan(&plan, list, count, bars, K4);
}

/* Is it exactly this area of this BAR, and no byte around it? */
static void expect_area(unsigned int i, u8 bar, u64 start, u64 end)
{
	ASSERT(i < plan.count);
	EXPECT_EQ(plan.areas[i].bar, bar);
	EXPECT_EQ(plan.areas[i].start, start);
	EXPECT_EQ(plan.areas[i].end, end);
	EXPECT(virtiovf_trap_mappable(&plan, bar, start, end - start));
	EXPECT(virtiovf_trap_mappable(&plan, bar, end - K4, K4));
	EXPECT(!virtiovf_trap_mappable(&plan, bar, start, end - start + K4));
	EXPECT(!virtiovf_trap_mappable(&plan, bar, end, K4));
	if (start) {
		EXPECT(!virtiovf_trap_mappable(&plan, bar, start - K4, K4));
		EXPECT(!virtiovf_trap_mappable(&plan, bar, start - K4, 2 * K4));
	}
}

UNIT_TEST(doorbells_on_pages_of_their_own)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0, 64 }, { ISR, 4, K4, 1 }, { DEVICE, 4, 2 * K4, 64 },
		{ NOTIFY, 4, 3 * K4, 0x1000 }, { WINDOW, 0, 0, 0 },
	};

	ASSERT(make(list, 5));
	EXPECT_EQ(plan.bars, 1 << 4);
	EXPECT_EQ(plan.count, 1);
	expect_area(0, 4, 3 * K4, 4 * K4);
}

UNIT_TEST(other_bars_are_mapped_as_they_were)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0, 64 }, { NOTIFY, 4, 3 * K4, 4 }, { MEMORY, 5, 0, 0x100000000 },
	};

	ASSERT(make(list, 3));
	EXPECT_EQ(plan.bars, 1 << 4);
	EXPECT_EQ(plan.count, 1);
	EXPECT(virtiovf_trap_mappable(&plan, 5, 0, 0x100000000));
	EXPECT(virtiovf_trap_mappable(&plan, 1, 0, K4));
	EXPECT(virtiovf_trap_mappable(&plan, 6, 0, K4));
	EXPECT(virtiovf_trap_mappable(&plan, 255, 0, K4));
}

UNIT_TEST(whole_pages)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0, K4 }, { NOTIFY, 4, K4 + 4, K4 }, { DEVICE, 4, 3 * K4, 1 },
	};

	ASSERT(make(list, 3));
	EXPECT_EQ(plan.count, 1);
	expect_area(0, 4, K4, 3 * K4);
}

UNIT_TEST(a_shared_page_is_mapped_and_so_is_all_else)
{
	static const struct virtiovf_structure shared[][3] = {
		{ { COMMON, 4, 0, 64 }, { NOTIFY, 4, 64, 64 } },
		{ { COMMON, 4, 0, 64 }, { NOTIFY, 4, K4 - 2, 4 } },
		{ { COMMON, 4, 0, K4 + 1 }, { NOTIFY, 4, 2 * K4 - 2, 2 } },
		{ { COMMON, 4, 0, 64 }, { NOTIFY, 4, K4, 64 }, { ISR, 4, K4 + 64, 1 } },
		{ { COMMON, 4, 0, 64 }, { NOTIFY, 4, K4, 64 }, { DEVICE, 4, 2 * K4 - 1, 1 } },
		{ { COMMON, 3, 0, 64 }, { NOTIFY, 3, 64, 64 } },
		{ { COMMON, 5, 0, 64 }, { MEMORY, 5, 0x800, 0x80000000 } },
		/* one BAR would do: half of the registers is no use */
		{ { COMMON, 4, 0, 64 }, { DEVICE, 1, 0, 64 }, { NOTIFY, 1, 64, 64 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++) {
		EXPECT(!make(shared[i], 3));
		EXPECT_EQ(plan.bars, 0);
		EXPECT_EQ(plan.count, 0);
		EXPECT(virtiovf_trap_mappable(&plan, 4, 0, 0x8000));
	}
}

/* the host may have larger pages than the card was made for */
UNIT_TEST(large_pages)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 5, 0, 64 }, { NOTIFY, 5, 3 * K4, 0x1000 },
	};

	EXPECT(!virtiovf_trap_plan(&plan, list, 2, bars, 0x10000));
	EXPECT(virtiovf_trap_plan(&plan, list, 2, bars, K4));
}

UNIT_TEST(several_areas_are_sorted_and_joined)
{
	static const struct virtiovf_structure list[] = {
		{ NOTIFY, 5, 0x80000000, 0x80000000 }, { NOTIFY, 4, 6 * K4, K4 },
		{ NOTIFY, 4, 3 * K4, 4 }, { COMMON, 4, 0, 64 }, { NOTIFY, 4, 4 * K4, 4 },
		{ NOTIFY, 4, 3 * K4 + 4, K4 }, { ISR, 5, 0, 1 }, { MEMORY, 5, 2 * K4, K4 },
	};

	ASSERT(make(list, 8));
	EXPECT_EQ(plan.bars, 1 << 4 | 1 << 5);
	EXPECT_EQ(plan.count, 4);
	expect_area(0, 4, 3 * K4, 5 * K4);
	expect_area(1, 4, 6 * K4, 7 * K4);
	expect_area(2, 5, 2 * K4, 3 * K4);
	expect_area(3, 5, 0x80000000, 0x100000000);
}

UNIT_TEST(doorbells_in_a_bar_without_registers)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0, 64 }, { NOTIFY, 5, 0, 0x1000 },
	};

	ASSERT(make(list, 2));
	EXPECT_EQ(plan.bars, 1 << 4);
	EXPECT_EQ(plan.count, 0);
	EXPECT(!virtiovf_trap_mappable(&plan, 4, 0, K4));
	EXPECT(virtiovf_trap_mappable(&plan, 5, 0, K4));
}

UNIT_TEST(what_is_not_within_a_bar_is_not_there)
{
	static const struct virtiovf_structure bad[] = {
		{ NOTIFY, 4, 3 * K4, 0 }, { NOTIFY, 4, 0x8000, 4 }, { NOTIFY, 4, 0x7ffe, 4 },
		{ NOTIFY, 4, ~0ULL, 4 }, { NOTIFY, 4, 4, ~0ULL }, { NOTIFY, 4, ~0ULL, ~0ULL },
		{ NOTIFY, 6, 3 * K4, 4 }, { NOTIFY, 255, 3 * K4, 4 }, { NOTIFY, 2, 0, 4 },
		{ 0, 4, 3 * K4, 4 }, { 6, 4, 3 * K4, 4 }, { 7, 4, 3 * K4, 4 },
		{ 9, 4, 3 * K4, 4 }, { 255, 4, 3 * K4, 4 }, { WINDOW, 4, 3 * K4, 4 },
	};
	struct virtiovf_structure list[2] = { { COMMON, 4, 0, 64 } };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		list[1] = bad[i];
		EXPECT(make(list, 2));
		EXPECT_EQ(plan.bars, 1 << 4);
		EXPECT_EQ(plan.count, 0);
		/* nor do registers trap a BAR that they are not in */
		list[1].type = bad[i].type == NOTIFY ? COMMON : bad[i].type;
		EXPECT(make(list + 1, 1));
		EXPECT_EQ(plan.bars, 0);
	}
}

UNIT_TEST(no_virtio_device)
{
	EXPECT(make(NULL, 0));
	EXPECT_EQ(plan.bars, 0);
	EXPECT(virtiovf_trap_mappable(&plan, 4, 0, 0x8000));
}

UNIT_TEST(lengths_of_a_request)
{
	static const struct virtiovf_structure list[] = {
		{ COMMON, 4, 0, 64 }, { NOTIFY, 4, 3 * K4, 2 * K4 },
	};

	ASSERT(make(list, 2));
	EXPECT(virtiovf_trap_mappable(&plan, 4, 4 * K4, K4));
	EXPECT(!virtiovf_trap_mappable(&plan, 4, 4 * K4, 2 * K4));
	EXPECT(!virtiovf_trap_mappable(&plan, 4, 4 * K4, ~0ULL));
	EXPECT(!virtiovf_trap_mappable(&plan, 4, ~0ULL, K4));
	EXPECT(!virtiovf_trap_mappable(&plan, 4, ~0ULL - K4 + 1, K4));
}
