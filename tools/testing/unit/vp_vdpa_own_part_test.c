// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places in packed rings, by the part of our own among a device's parts.
 * sources: drivers/vdpa/virtio_pci/vp_vdpa_own_part.c
 */
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_device_parts.h>
#include <asm/byteorder.h>

#include "drivers/vdpa/virtio_pci/vp_vdpa_own_part.h"
#include "unit.h"

/* another part, of three bytes, then ours: a header that is 4 bytes longer, two longer records */
static struct {
	struct virtio_admin_abi_part other;
	u8 other_value[3];
	struct virtio_admin_abi_part part;
	struct virtio_admin_abi_own_part own;
	u8 more[4];
	struct {
		struct virtio_admin_abi_own_queue queue;
		u8 more[2];
	} __attribute__((packed)) records[2];
} __attribute__((packed)) parts;

#define BYTES	((u8 *)&parts)
#define LEN	((u32)sizeof(parts))
#define VALUE	(sizeof(parts.own) + sizeof(parts.more) + sizeof(parts.records))

static void fill(void)
{
	memset(&parts, 0, sizeof(parts));
	parts.other.type = cpu_to_le16(VIRTIO_ADMIN_ABI_PART_DEV_FEATURES);
	parts.other.length = cpu_to_le32(sizeof(parts.other_value));
	parts.part.type = cpu_to_le16(VIRTIO_ADMIN_ABI_PART_OWN);
	parts.part.length = cpu_to_le32(VALUE);
	parts.own.magic = cpu_to_le32(VIRTIO_ADMIN_ABI_OWN_PART_MAGIC);
	parts.own.version = cpu_to_le16(1);
	parts.own.header_len = cpu_to_le16(sizeof(parts.own) + sizeof(parts.more));
	parts.own.queue_len = cpu_to_le16(sizeof(parts.records[0]));
	parts.own.queues = cpu_to_le16(2);
	parts.records[0].queue.index = cpu_to_le16(0);
	parts.records[0].queue.next_avail = cpu_to_le16(0x8003);
	parts.records[0].queue.next_used = cpu_to_le16(0x8002);
	parts.records[1].queue.index = cpu_to_le16(7);
	parts.records[1].queue.next_avail = cpu_to_le16(1);
	parts.records[1].queue.next_used = cpu_to_le16(0x8005);
}

UNIT_TEST(the_wire)
{
	EXPECT_EQ(sizeof(struct virtio_admin_abi_own_part), 32);
	EXPECT_EQ(sizeof(struct virtio_admin_abi_own_queue), 8);
}

UNIT_TEST(places_by_the_queues_index)
{
	struct vpv_place place;

	fill();
	EXPECT(vpv_own_there(BYTES, LEN));
	ASSERT(vpv_own_get(BYTES, LEN, 0, &place));
	EXPECT_EQ(place.avail, 0x8003);
	EXPECT_EQ(place.used, 0x8002);
	ASSERT(vpv_own_get(BYTES, LEN, 7, &place));
	EXPECT_EQ(place.avail, 1);
	EXPECT_EQ(place.used, 0x8005);
	EXPECT(!vpv_own_get(BYTES, LEN, 1, &place));
}

UNIT_TEST(a_place_is_set_and_nothing_else)
{
	struct vpv_place place = { 0x8001, 4 };
	u8 before[sizeof(parts)];

	fill();
	parts.records[1].more[0] = 0x5a;
	memcpy(before, &parts, sizeof(parts));
	EXPECT(!vpv_own_set(BYTES, LEN, 1, &place));
	EXPECT(!memcmp(before, &parts, sizeof(parts)));
	ASSERT(vpv_own_set(BYTES, LEN, 7, &place));
	EXPECT_EQ(le16_to_cpu(parts.records[1].queue.next_avail), 0x8001);
	EXPECT_EQ(le16_to_cpu(parts.records[1].queue.next_used), 4);
	parts.records[1].queue.next_avail = cpu_to_le16(1);
	parts.records[1].queue.next_used = cpu_to_le16(0x8005);
	EXPECT(!memcmp(before, &parts, sizeof(parts)));
}

UNIT_TEST(parts_without_ours)
{
	fill();
	parts.part.type = cpu_to_le16(VIRTIO_ADMIN_ABI_PART_VQ_CFG);
	EXPECT(!vpv_own_there(BYTES, LEN));
	EXPECT(!vpv_own_there(BYTES, 0));
}

UNIT_TEST(cut_off_anywhere)
{
	fill();
	for (u32 len = 0; len < LEN; len++) {
		/* the buffer ends there, for a sanitizer to see */
		u8 *cut = malloc(len ?: 1);

		memcpy(cut, &parts, len);
		EXPECT(!vpv_own_there(cut, len));
		free(cut);
	}
}

UNIT_TEST(lengths_that_lie)
{
	fill();
	parts.own.queues = cpu_to_le16(3);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.own.queue_len = cpu_to_le16(7);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.own.queue_len = cpu_to_le16(0xffff);
	parts.own.queues = cpu_to_le16(0xffff);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.own.header_len = cpu_to_le16(31);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.own.header_len = cpu_to_le16(0xffff);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.other.length = cpu_to_le32(0xffffffff);
	EXPECT(!vpv_own_there(BYTES, LEN));
}

UNIT_TEST(somebody_elses)
{
	fill();
	parts.own.magic = cpu_to_le32(1);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.own.version = cpu_to_le16(2);
	EXPECT(!vpv_own_there(BYTES, LEN));
	fill();
	parts.own.version = 0;
	EXPECT(!vpv_own_there(BYTES, LEN));
}
