// SPDX-License-Identifier: GPL-2.0-only
/*
 * Used rings in device parts: found, replaced, and put back.
 * sources: drivers/vfio/pci/virtio/relay_parts.c drivers/vfio/pci/virtio/mig_parts.c
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/relay_parts.h"
#include "unit.h"

struct cfg {
	u16 size, vector, enabled, reserved;
	u64 desc, driver, device;
};

static u8 bytes[1024], before[1024];
static u32 len;

static void add(u16 type, u16 index, const void *value, u32 value_len)
{
	u8 *at = bytes + len;

	memset(at, 0, 16);
	memcpy(at, &type, 2);
	memcpy(at + 4, &index, 2);
	memcpy(at + 12, &value_len, 4);
	memcpy(at + 16, value, value_len);
	len += 16 + value_len;
}

static void add_queue(u16 index, u16 enabled, u64 base)
{
	struct cfg cfg = { 256, index + 1, enabled, 0, base, base + 0x1000, base + 0x2000 };

	add(0x104, index, &cfg, sizeof(cfg));
}

/* A byte of another part before, so that nothing is aligned */
static void fresh(void)
{
	u64 features = 0x8000000120000021;

	len = 0;
	add(0x101, 0, &features, 8);
	add(0x103, 0, "\7", 1);
	add_queue(0, 1, 0x100000);
	add_queue(1, 0, 0x200000);
	add_queue(300, 1, 0x300000);
	add(0x105, 0, "12345678", 8);
	memcpy(before, bytes, sizeof(bytes));
}

static struct cfg queue_at(u32 n)
{
	struct cfg cfg;

	memcpy(&cfg, bytes + 24 + 17 + n * 48 + 16, sizeof(cfg));
	return cfg;
}

UNIT_TEST(features_are_the_drivers)
{
	u64 features = 1;

	fresh();
	EXPECT(virtiovf_relay_parts_features(bytes, len, &features));
	EXPECT_EQ(features, 0x8000000120000021);
	/* a shorter or longer part */
	len = 0;
	add(0x101, 0, "\1\2\3\4", 4);
	EXPECT(virtiovf_relay_parts_features(bytes, len, &features));
	EXPECT_EQ(features, 0x04030201);
	len = 0;
	add(0x101, 0, "\1\2\3\4\5\6\7\10\11\12", 10);
	EXPECT(virtiovf_relay_parts_features(bytes, len, &features));
	EXPECT_EQ(features, 0x0807060504030201);
	len = 0;
	add(0x103, 0, "\7", 1);
	EXPECT(!virtiovf_relay_parts_features(bytes, len, &features));
}

UNIT_TEST(queues_that_are_enabled_are_found)
{
	struct virtiovf_relay_place places[3] = {};

	fresh();
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	EXPECT_EQ(places[0].index, 0);
	EXPECT_EQ(places[1].index, 300);
	EXPECT_EQ(places[1].size, 256);
	EXPECT_EQ(places[1].vector, 301);
	EXPECT_EQ(places[1].desc, 0x300000);
	EXPECT_EQ(places[1].avail, 0x301000);
	EXPECT_EQ(places[1].used, 0x302000);
	EXPECT_EQ(places[1].ours, 0);
	EXPECT_EQ(virtiovf_relay_parts_find(bytes, len, places, 1), -E2BIG);
	EXPECT_EQ(virtiovf_relay_parts_find(bytes, 0, places, 1), 0);
}

UNIT_TEST(what_a_driver_may_have_accepted)
{
	static const u8 refused[] = { 34, 35, 38, 39 };
	u64 features = ~0ULL;

	EXPECT(!virtiovf_relay_parts_refusal(0));
	for (int i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT(virtiovf_relay_parts_refusal(1ULL << refused[i]));
		features &= ~(1ULL << refused[i]);
	}
	EXPECT(!virtiovf_relay_parts_refusal(features));
}

UNIT_TEST(where_a_queue_is_notified)
{
	struct virtiovf_relay_place places[3] = {};

	fresh();
	/* one of a queue that is not enabled, one too short, and of a later one */
	add(0x105, 1, "\7\0\0\0\0\0\0", 8);
	add(0x105, 300, "\7\0\0\0\0\0", 7);
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	EXPECT_EQ(places[0].notify_off, 0x3231);
	EXPECT(places[1].notify_off < 0);
	add(0x105, 300, "\377\377\1\0\0\0\0", 8);
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	EXPECT_EQ(places[0].notify_off, 0x3231);
	EXPECT_EQ(places[1].notify_off, 0xffff);
}

UNIT_TEST(rings_are_replaced_and_put_back)
{
	struct virtiovf_relay_place places[3];

	fresh();
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	places[0].ours = 0xffff0000;
	places[1].ours = 0xffff8000;
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, true), 2);
	EXPECT_EQ(queue_at(0).device, 0xffff0000);
	EXPECT_EQ(queue_at(0).vector, 0xffff);
	EXPECT_EQ(queue_at(0).desc, 0x100000);
	EXPECT_EQ(queue_at(2).device, 0xffff8000);
	/* not enabled */
	EXPECT_EQ(queue_at(1).device, 0x202000);
	/* once is enough */
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, true), 0);
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, false), 2);
	EXPECT(!memcmp(bytes, before, len));
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, false), 0);
}

UNIT_TEST(what_the_guest_has_set_meanwhile_stays)
{
	struct virtiovf_relay_place places[3];
	u16 vector = 9;
	u64 ring = 0x777000;

	fresh();
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	places[0].ours = 0xffff0000;
	places[1].ours = 0xffff8000;
	virtiovf_relay_parts_put(bytes, len, places, 2, true);
	/* a vector, and a ring of a queue that was set up anew */
	memcpy(bytes + 24 + 17 + 16 + 2, &vector, 2);
	memcpy(bytes + 24 + 17 + 2 * 48 + 16 + 24, &ring, 8);
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, false), 1);
	EXPECT_EQ(queue_at(0).device, 0x102000);
	EXPECT_EQ(queue_at(0).vector, 9);
	EXPECT_EQ(queue_at(2).device, 0x777000);
	EXPECT_EQ(queue_at(2).vector, 0xffff);
}

UNIT_TEST(a_queue_without_a_ring_of_ours_stays)
{
	struct virtiovf_relay_place places[3];

	fresh();
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, true), 0);
	EXPECT_EQ(virtiovf_relay_parts_put(bytes, len, places, 2, false), 0);
	EXPECT(!memcmp(bytes, before, len));
}

/* Cut anywhere: nothing behind the end is touched, and no half of a part */
UNIT_TEST(parts_that_are_cut_off)
{
	struct virtiovf_relay_place places[3];

	fresh();
	ASSERT_EQ(virtiovf_relay_parts_find(bytes, len, places, 3), 2);
	places[0].ours = 0xffff0000;
	places[1].ours = 0xffff8000;
	for (u32 cut = 0; cut <= len; cut++) {
		virtiovf_relay_parts_put(bytes, cut, places, 2, true);
		EXPECT(!memcmp(bytes + cut, before + cut, len - cut));
		memcpy(bytes, before, len);
	}
}
