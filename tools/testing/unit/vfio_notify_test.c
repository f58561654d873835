// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which notification address is used.
 * sources: drivers/vfio/pci/virtio/notify_pick.c
 */
#include <linux/kernel.h>
#include <linux/virtio_pci_admin.h>

#include "drivers/vfio/pci/virtio/notify_pick.h"
#include "unit.h"

#define OWNER	VIRTIO_PCI_LEGACY_NOTIFY_OWNER
#define MEMBER	VIRTIO_PCI_LEGACY_NOTIFY_MEMBER

static const struct virtiovf_bar_sizes bars = {
	.owner = { 0x1000, 0, 0, 0, 0x10000, 0 },
	.member = { 0x1000, 0, 0x1000, 0, 0x4000, 1 },
};

/* the index of what was picked, -1 for none */
static int pick(const struct virtio_pci_legacy_notify *list, int count)
{
	const struct virtio_pci_legacy_notify *entry = virtiovf_notify_pick(list, count, &bars);

	return entry ? entry - list : -1;
}

UNIT_TEST(the_first_valid_one_of_the_vfs_own_is_taken)
{
	static const struct virtio_pci_legacy_notify list[] = {
		{ OWNER, 4, 0x4000 }, { MEMBER, 0, 0 }, { MEMBER, 4, 0x2000 }, { MEMBER, 2, 0 },
	};

	EXPECT_EQ(pick(list, 4), 2);
	EXPECT_EQ(pick(list + 2, 2), 0);
}

UNIT_TEST(else_the_first_valid_one_of_the_owners)
{
	static const struct virtio_pci_legacy_notify list[] = {
		{ OWNER, 0, 0 }, { OWNER, 4, 0x4000 }, { OWNER, 4, 0 }, { MEMBER, 4, 1 },
	};

	EXPECT_EQ(pick(list, 4), 1);
	EXPECT_EQ(pick(list, 2), 1);
	EXPECT_EQ(pick(list, 1), -1);
}

/* FIELD: the owner's addresses were ignored, and an offset was never checked */
UNIT_TEST(what_the_specification_forbids_is_passed_over)
{
	static const struct virtio_pci_legacy_notify bad[] = {
		{ 0, 4, 0 },				/* end of list */
		{ 3, 4, 0 },				/* reserved flags */
		{ OWNER | 0x80, 4, 0 },
		{ MEMBER, 0, 0 },			/* BAR0 */
		{ MEMBER, 6, 0 },			/* no such BAR */
		{ OWNER, 255, 0 },
		{ MEMBER, 1, 0 },			/* BAR without memory */
		{ OWNER, 2, 0 },			/* the other's BAR has some */
		{ MEMBER, 4, 1 },			/* odd */
		{ MEMBER, 4, 0x3fff },			/* half outside */
		{ MEMBER, 4, 0x4000 },			/* outside */
		{ OWNER, 4, 0x10000 },
		{ MEMBER, 5, 0 },			/* BAR shorter than a notification */
		{ MEMBER, 4, ~0ULL },			/* offset + 2 overflows */
		{ MEMBER, 4, ~0ULL - 1 },
	};
	struct virtio_pci_legacy_notify list[2] = { {}, { OWNER, 4, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(pick(&bad[i], 1), -1);
		list[0] = bad[i];
		EXPECT_EQ(pick(list, 2), 1);
	}
}

UNIT_TEST(the_last_place_in_a_bar_is_good)
{
	static const struct virtio_pci_legacy_notify list[] = {
		{ MEMBER, 4, 0x3ffe }, { OWNER, 4, 0xfffe },
	};

	EXPECT_EQ(pick(list, 1), 0);
	EXPECT_EQ(pick(list + 1, 1), 0);
}

UNIT_TEST(no_list_no_address)
{
	static const struct virtio_pci_legacy_notify list[] = { { MEMBER, 4, 0 } };

	EXPECT_EQ(pick(list, 0), -1);
	EXPECT_EQ(pick(list, -95), -1);
	EXPECT_EQ(pick(NULL, -110), -1);
}
