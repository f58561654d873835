// SPDX-License-Identifier: GPL-2.0-only
/*
 * Group administration commands as bytes.
 * sources: drivers/virtio/virtio_pci_admin_codec.c
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/virtio/virtio_pci_admin_codec.h"
#include "unit.h"

UNIT_TEST(request_is_24_bytes_little_endian)
{
	static const u8 wire[24] = {
		0x34, 0x12, 0x01, 0x00,
		[16] = 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
	};
	struct virtio_admin_abi_request req;

	memset(&req, 0xee, sizeof(req));
	vp_admin_request_encode(&req, 0x1234, 1, 0x0102030405060708ULL);
	ASSERT_EQ(sizeof(req), sizeof(wire));
	EXPECT(!memcmp(&req, wire, sizeof(wire)));
}

UNIT_TEST(wire_sizes)
{
	EXPECT_EQ(sizeof(struct virtio_admin_abi_response), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_legacy_write), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_legacy_read), 1);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_notify_info), 16);
	EXPECT_EQ(offsetof(struct virtio_admin_abi_notify_info, offset), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_cap), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_cap_dev_parts), 2);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_cap_own_part), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_obj), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_obj_create), 24);
	EXPECT_EQ(offsetof(struct virtio_admin_abi_obj_create, kind), 16);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_parts_get), 16);
	EXPECT_EQ(offsetof(struct virtio_admin_abi_parts_get, type), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_part), 16);
	EXPECT_EQ(offsetof(struct virtio_admin_abi_part, length), 12);
}

UNIT_TEST(rows_are_sorted_and_named)
{
	vp_admin_log_opcode = 112;
	for (int i = 0; i < VP_ADMIN_ROWS; i++) {
		EXPECT(vp_admin_rows[i].groups);
		EXPECT(vp_admin_rows[i].name);
		if (i)
			EXPECT(vp_admin_opcode(i) > vp_admin_opcode(i - 1));
	}
}

/* FIELD: "Use self group type": legacy commands exist for the SR-IOV group only */
UNIT_TEST(rows_belong_to_their_groups)
{
	vp_admin_log_opcode = 112;
	for (int i = 0; i < VP_ADMIN_ROWS; i++) {
		const struct vp_admin_row *row = &vp_admin_rows[i];
		u16 opcode = vp_admin_opcode(i);

		if (opcode <= 1)
			EXPECT_EQ(row->groups, VP_ADMIN_GROUP_SRIOV | VP_ADMIN_GROUP_SELF);
		else if (opcode <= 6)
			EXPECT_EQ(row->groups, VP_ADMIN_GROUP_SRIOV);
		else if (opcode <= 9)
			EXPECT_EQ(row->groups, VP_ADMIN_GROUP_SELF);
		else
			EXPECT_EQ(row->groups, VP_ADMIN_GROUP_SRIOV);
	}
}

/* What moves a device's state shall leave register accesses their slots */
UNIT_TEST(commands_of_device_parts_are_bulk)
{
	vp_admin_log_opcode = 112;
	for (int i = 0; i < VP_ADMIN_ROWS; i++)
		EXPECT_EQ(!!(vp_admin_rows[i].flags & VP_ADMIN_ROW_BULK),
			  vp_admin_opcode(i) >= 0xa);
}

/* Documentation/dirty-log.rst: four opcodes in a row, where the parameter says */
UNIT_TEST(opcodes_of_the_log_are_a_parameter)
{
	static const enum vp_admin_row_id rows[] = {
		VP_ADMIN_DMA_LOG_IDENTITY, VP_ADMIN_DMA_LOG_START, VP_ADMIN_DMA_LOG_READ,
		VP_ADMIN_DMA_LOG_STOP,
	};

	for (u32 opcode = 0; opcode <= 0xffff; opcode++)
		EXPECT_EQ(vp_admin_log_opcode_valid(opcode),
			  !opcode || (opcode >= 18 && opcode <= 124));
	for (int i = 0; i < (int)ARRAY_SIZE(rows); i++) {
		vp_admin_log_opcode = 0;
		EXPECT(!vp_admin_row_known(rows[i]));
		vp_admin_log_opcode = 18;
		EXPECT(vp_admin_row_known(rows[i]));
		EXPECT_EQ(vp_admin_opcode(rows[i]), 18 + i);
	}
	for (int i = 0; i < VP_ADMIN_DMA_LOG_IDENTITY; i++) {
		vp_admin_log_opcode = 0;
		EXPECT(vp_admin_row_known(i));
		EXPECT_EQ(vp_admin_opcode(i), vp_admin_rows[i].opcode);
	}
}

static int decode_log(const u8 wire[32], struct virtio_pci_admin_log_limits *limits)
{
	struct virtio_admin_abi_log_identity identity;

	memcpy(&identity, wire, sizeof(identity));
	return vp_admin_log_decode(&identity, limits);
}

UNIT_TEST(identity_of_a_log)
{
	static const u8 wire[32] = {
		'V', 'V', 'D', 'L', 1, 0, 0x10, 0x02, 0, 0x30, 0x20, 0, 0x78, 0x56, 0x34, 0x12,
		8, 7, 6, 5, 4, 3, 2, 1,
	};
	static const struct { int at, len; } fields[] = {
		{ 6, 2 }, { 8, 4 }, { 12, 4 }, { 16, 8 },
	};
	struct virtio_pci_admin_log_limits limits;

	EXPECT_EQ(sizeof(struct virtio_admin_abi_log_identity), sizeof(wire));
	EXPECT_EQ(sizeof(struct virtio_admin_abi_log_start), 8);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_log_range), 16);
	ASSERT_EQ(decode_log(wire, &limits), 0);
	EXPECT_EQ(limits.ranges, 0x210);
	EXPECT_EQ(limits.page_sizes, 0x203000);
	EXPECT_EQ(limits.window, 0x12345678);
	EXPECT_EQ(limits.pages, 0x0102030405060708ULL);
	/* another magic or version is not it, nor one without room for anything */
	for (int i = 0; i < 6; i++) {
		u8 other[32];

		memcpy(other, wire, sizeof(wire));
		other[i]++;
		EXPECT_EQ(decode_log(other, &limits), -EOPNOTSUPP);
	}
	for (int i = 0; i < (int)ARRAY_SIZE(fields); i++) {
		u8 other[32];

		memcpy(other, wire, sizeof(wire));
		memset(other + fields[i].at, 0, fields[i].len);
		EXPECT_EQ(decode_log(other, &limits), -EOPNOTSUPP);
	}
}

UNIT_TEST(every_status_maps_to_a_listed_errno)
{
	static const struct { u16 status; int err; } named[] = {
		{ 0, 0 }, { 6, -ENXIO }, { 11, -EAGAIN }, { 12, -ENOMEM },
		{ 16, -EBUSY }, { 22, -EINVAL }, { 28, -ENOSPC },
	};

	for (u32 status = 0; status <= 0xffff; status++) {
		int want = -EINVAL;

		for (int i = 0; i < (int)ARRAY_SIZE(named); i++)
			if (named[i].status == status)
				want = named[i].err;
		if (vp_admin_errno(status) != want)
			unit_fail(__FILE__, __LINE__, 1, "status %u maps to %d, not %d", status,
				  vp_admin_errno(status), want);
	}
}

UNIT_TEST(response_lengths)
{
	static const u8 ok[8];
	struct vp_admin_answer answer;

	/* without status and qualifier it is no answer */
	for (u32 len = 0; len < 4; len++)
		EXPECT_EQ(vp_admin_response_decode(ok, len, 0, &answer), -EIO);
	for (u32 len = 4; len <= 8; len++) {
		EXPECT_EQ(vp_admin_response_decode(ok, len, 0, &answer), 0);
		EXPECT_EQ(answer.result_len, 0);
	}
	EXPECT_EQ(vp_admin_response_decode(ok, 9, 0, &answer), 0);
	EXPECT_EQ(answer.result_len, 1);
	/* the result's length does not count the status (regression: it once did) */
	EXPECT_EQ(vp_admin_response_decode(ok, 72, 64, &answer), 0);
	EXPECT_EQ(answer.result_len, 64);
	EXPECT_EQ(vp_admin_response_decode(ok, 71, 64, &answer), -EIO);
}

UNIT_TEST(response_status_and_qualifier)
{
	static const u8 einval[8] = { 22, 0, 4, 0 };
	static const u8 reserved[8] = { 0x10, 0x27, 0xff, 0xff };	/* 10000 */
	struct vp_admin_answer answer;

	EXPECT_EQ(vp_admin_response_decode(einval, 8, 64, &answer), -EINVAL);
	EXPECT_EQ(answer.status, 22);
	EXPECT_EQ(answer.qualifier, 4);
	EXPECT_EQ(vp_admin_response_decode(reserved, 8, 0, &answer), -EINVAL);
	EXPECT_EQ(answer.status, 10000);
	EXPECT_EQ(answer.qualifier, 0xffff);
}

/* One field each, any part of it */
UNIT_TEST(legacy_common_accesses)
{
	static const u8 field[24] = {
		0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 8, 9, 9,
	};

	for (int offset = 0; offset < 256; offset++) {
		for (int size = 0; size < 256; size++) {
			int want;

			if (!size || size > 4)
				want = -EINVAL;
			else if (offset + size > 24)
				want = -ERANGE;
			else
				want = field[offset] == field[offset + size - 1] ? 0 : -EINVAL;
			if (vp_admin_legacy_check_common(offset, size) != want)
				unit_fail(__FILE__, __LINE__, 1, "offset %d size %d: %d, not %d",
					  offset, size, vp_admin_legacy_check_common(offset, size),
					  want);
		}
	}
}

UNIT_TEST(legacy_device_accesses)
{
	EXPECT_EQ(vp_admin_legacy_check_device(0, 0), -EINVAL);
	EXPECT_EQ(vp_admin_legacy_check_device(0, 65), -EINVAL);
	EXPECT_EQ(vp_admin_legacy_check_device(0, 6), 0);
	EXPECT_EQ(vp_admin_legacy_check_device(192, 64), 0);
	EXPECT_EQ(vp_admin_legacy_check_device(193, 64), -ERANGE);
	EXPECT_EQ(vp_admin_legacy_check_device(255, 1), 0);
	EXPECT_EQ(vp_admin_legacy_check_device(255, 2), -ERANGE);
}

static unsigned int decode(const u8 *flags, int n, size_t len,
			   struct virtio_pci_legacy_notify *list)
{
	struct virtio_admin_abi_notify_info info[VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES] = {};

	for (int i = 0; i < n; i++) {
		info[i].flags = flags[i];
		info[i].bar = 2;
		info[i].offset = 0x1000 * (i + 1);
	}
	return vp_admin_notify_decode(info, len, list);
}

UNIT_TEST(notify_list_ends_where_it_says)
{
	struct virtio_pci_legacy_notify list[VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES];

	EXPECT_EQ(decode((u8[]){ 0, 2, 2, 2 }, 4, 64, list), 0);
	EXPECT_EQ(decode((u8[]){ 2, 1, 0, 2 }, 4, 64, list), 2);
	EXPECT_EQ(list[0].flags, 2);
	EXPECT_EQ(list[1].flags, 1);
	EXPECT_EQ(list[1].offset, 0x2000);
	/* no end of list at all */
	EXPECT_EQ(decode((u8[]){ 2, 1, 2, 1 }, 4, 64, list), 4);
	/* a short result: what is missing reads as zero and ends the list */
	EXPECT_EQ(decode((u8[]){ 2, 2, 2, 0 }, 4, 31, list), 1);
	EXPECT_EQ(decode((u8[]){ 2, 2, 2, 0 }, 4, 0, list), 0);
}

UNIT_TEST(notify_entries_that_must_be_ignored)
{
	static const struct {
		struct virtio_pci_legacy_notify entry;
		u64 bar_len;
		bool valid;
	} cases[] = {
		{ { 2, 1, 0 }, 0x1000, true },
		{ { 1, 5, 0xffe }, 0x1000, true },
		{ { 3, 1, 0 }, 0x1000, false },		/* reserved flags */
		{ { 0xff, 1, 0 }, 0x1000, false },
		{ { 2, 0, 0 }, 0x1000, false },		/* BAR0 of a VF is hardwired to zero */
		{ { 2, 6, 0 }, 0x1000, false },
		{ { 2, 1, 1 }, 0x1000, false },		/* odd */
		{ { 2, 1, 0x1000 }, 0x1000, false },	/* outside */
		{ { 2, 1, 0xfffffffffffffffeULL }, 0x1000, false },
		{ { 2, 1, 0 }, 0, false },		/* no such BAR */
		{ { 2, 1, 0 }, 1, false },
	};

	for (int i = 0; i < (int)ARRAY_SIZE(cases); i++)
		if (virtio_pci_legacy_notify_valid(&cases[i].entry, cases[i].bar_len) !=
		    cases[i].valid)
			unit_fail(__FILE__, __LINE__, 0, "case %d", i);
}

UNIT_TEST(no_status_of_a_device_is_an_errno)
{
	EXPECT_EQ(virtio_errno(0), 0);
	EXPECT_EQ(virtio_errno(-EINVAL), -EINVAL);
	EXPECT_EQ(virtio_errno(-4095), -4095);
	EXPECT_EQ(virtio_errno(-4096), -EIO);
	EXPECT_EQ(virtio_errno(-0x8000), -EIO);
	EXPECT_EQ(virtio_errno(22), -EIO);
}
