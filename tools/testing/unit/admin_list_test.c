// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which of the commands a device lists are used.
 * sources: drivers/virtio/virtio_pci_admin_list_codec.c drivers/virtio/virtio_pci_admin_codec.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/virtio/virtio_pci_admin_codec.h"
#include "drivers/virtio/virtio_pci_admin_list_codec.h"
#include "unit.h"

#define SELF	0
#define SRIOV	1

static struct vp_admin_used used;
static struct vp_admin_offered offered;

static int negotiate(const void *list, size_t len, unsigned int group)
{
	memset(&used, 0xee, sizeof(used));
	memset(&offered, 0xee, sizeof(offered));
	return vp_admin_list_negotiate(list, len, group, &used, &offered);
}

UNIT_TEST(what_both_know_is_used)
{
	static const u8 list[8] = { 0x7f };

	EXPECT_EQ(negotiate(list, 8, SRIOV), 0);
	EXPECT_EQ(used.word[0], 0x7f);
	EXPECT_EQ(used.word[1], 0);
	EXPECT_EQ(offered.count, 7);
	EXPECT_EQ(offered.highest, 6);
}

/* bits 0 and 1 left out of LIST_USE would forbid both commands until reset */
UNIT_TEST(list_commands_stay_in_use)
{
	static const u8 list[8] = { 0x03 };

	EXPECT_EQ(negotiate(list, 8, SRIOV), 0);
	EXPECT(vp_admin_list_test(&used, 0) && vp_admin_list_test(&used, 1));
	EXPECT_EQ(used.word[0], 3);
}

UNIT_TEST(commands_unknown_to_us_are_not_used)
{
	u8 list[32];

	memset(list, 0xff, sizeof(list));
	EXPECT_EQ(negotiate(list, sizeof(list), SRIOV), 0);
	/* lists and legacy access: 0 to 6; objects and device parts: 0xa, 0xd to 0x11 */
	EXPECT_EQ(used.word[0], 0x7f | 1 << 0xa | 0x1f << 0xd);
	EXPECT_EQ(used.word[1], 0);
	EXPECT_EQ(offered.count, 256);
	EXPECT_EQ(offered.highest, 255);
}

/* FIELD: legacy commands are of the SR-IOV group, whatever SELF claims */
UNIT_TEST(commands_of_another_group_are_not_used)
{
	static const u8 list[8] = { 0x7f };

	EXPECT_EQ(negotiate(list, 8, SELF), 0);
	EXPECT_EQ(used.word[0], 0x03);
}

UNIT_TEST(a_list_without_the_list_commands_is_refused)
{
	static const u8 lists[3][8] = { { 0x7e }, { 0x7d }, { 0 } };

	for (int i = 0; i < 3; i++)
		EXPECT_EQ(negotiate(lists[i], 8, SRIOV), -EPROTO);
	EXPECT_EQ(negotiate(lists[0], 0, SRIOV), -EPROTO);
}

/* The log's are only where the parameter says, whatever a device lists */
UNIT_TEST(commands_of_the_log_are_used_when_their_opcode_is_known)
{
	u8 list[16];

	memset(list, 0xff, sizeof(list));
	vp_admin_log_opcode = 112;
	EXPECT_EQ(negotiate(list, sizeof(list), SRIOV), 0);
	EXPECT_EQ(used.word[1], 0xfULL << (112 - 64));
	EXPECT_EQ(negotiate(list, sizeof(list), SELF), 0);
	EXPECT_EQ(used.word[1], 0);
	list[112 / 8] = 0x05;
	EXPECT_EQ(negotiate(list, sizeof(list), SRIOV), 0);
	EXPECT_EQ(used.word[1], 0x5ULL << (112 - 64));
	vp_admin_log_opcode = 124;
	EXPECT_EQ(negotiate(list, sizeof(list), SRIOV), 0);
	EXPECT_EQ(used.word[1], 0xfULL << (124 - 64));
	vp_admin_log_opcode = 0;
	EXPECT_EQ(negotiate(list, sizeof(list), SRIOV), 0);
	EXPECT_EQ(used.word[1], 0);
}

UNIT_TEST(short_lists_read_as_zero_beyond_their_end)
{
	static const u8 list[8] = { 0x7f };

	for (size_t len = 1; len < 8; len++) {
		u8 *copy = malloc(len);

		memcpy(copy, list, len);
		EXPECT_EQ(negotiate(copy, len, SRIOV), 0);
		EXPECT_EQ(used.word[0], 0x7f);
		free(copy);
	}
}

/* FIELD: opcodes of 64 and more were undefined behaviour once */
UNIT_TEST(opcodes_beyond_64_bits)
{
	static u8 list[VP_ADMIN_LIST_BYTES_MAX];

	list[0] = 0x3f;
	list[8] = 0x01;				/* opcode 64 */
	list[VP_ADMIN_LIST_BYTES_MAX - 1] = 0x80;	/* opcode 65535 */
	EXPECT_EQ(negotiate(list, sizeof(list), SRIOV), 0);
	EXPECT_EQ(offered.count, 8);
	EXPECT_EQ(offered.highest, 0xffff);
	EXPECT_EQ(used.word[0], 0x3f);
	EXPECT(!vp_admin_list_test(&used, 64));
	EXPECT(!vp_admin_list_test(&used, 6));
	EXPECT(!vp_admin_list_test(&used, 128));
	EXPECT(!vp_admin_list_test(&used, 0xffff));
}

UNIT_TEST(encoding_is_whole_words_and_no_more)
{
	struct vp_admin_used use = { .word = { 0x0123456789abcdefULL } };
	static const u8 wire[8] = { 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01 };
	__le64 list[VP_ADMIN_USED_WORDS];

	EXPECT_EQ(vp_admin_list_encode(&use, list), 8);
	EXPECT(!memcmp(list, wire, 8));
	use.word[1] = 1;
	EXPECT_EQ(vp_admin_list_encode(&use, list), 16);
	memset(&use, 0, sizeof(use));
	EXPECT_EQ(vp_admin_list_encode(&use, list), 8);
}
