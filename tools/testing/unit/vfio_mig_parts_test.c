// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which device parts of another device are refused before the device is asked.
 * sources: drivers/vfio/pci/virtio/mig_parts.c
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_parts.h"
#include "unit.h"

#define VERSION_1	(1ULL << 32)

struct list {
	u8 bytes[1024];
	u32 len;
};

static void add(struct list *list, u16 type, u8 index, const void *value, u32 len)
{
	u8 *at = list->bytes + list->len;

	memset(at, 0, 16);
	memcpy(at, &type, 2);
	at[4] = index;
	memcpy(at + 12, &len, 4);
	memcpy(at + 16, value, len);
	list->len += 16 + len;
}

/* A device that offers @features in @words bytes and has @queues queues; its driver uses @used */
static struct list device(u64 features, u64 used, u32 bytes, int queues)
{
	struct list list = {};
	u8 queue[32] = {};
	u64 words[2] = { features }, used_words[2] = { used };

	add(&list, 0x100, 0, words, bytes);
	add(&list, 0x101, 0, used_words, bytes);
	add(&list, 0x103, 0, "", 1);
	for (int i = 0; i < queues; i++)
		add(&list, 0x104, i, queue, sizeof(queue));
	return list;
}

static int check(const struct list *from, const struct list *to)
{
	struct virtiovf_mig_parts parts = { from->bytes, from->len }, own = { to->bytes, to->len };
	const char *reason = NULL;
	int ret = virtiovf_mig_parts_check(&parts, &own, &reason);

	EXPECT((ret != 0) == (reason != NULL));
	return ret;
}

UNIT_TEST(its_own_fit)
{
	struct list list = device(0x8000000130000021, 0x21, 8, 3);

	EXPECT_EQ(check(&list, &list), 0);
}

UNIT_TEST(features_that_are_not_offered)
{
	struct list here = device(VERSION_1 | 0xff00, 0, 8, 1), there;

	for (int bit = 0; bit < 64; bit++) {
		there = device(~0ULL, VERSION_1 | 1ULL << bit, 8, 1);
		EXPECT_EQ(check(&there, &here),
			  (bit >= 8 && bit < 16) || bit == 32 ? 0 : -EINVAL);
	}
	/* what the other device offers is no matter */
	there = device(~0ULL, VERSION_1 | 0x100, 8, 1);
	EXPECT_EQ(check(&there, &here), 0);
}

/* DEV_FEATURES are those for modern drivers: without NOTIFY_ON_EMPTY, ANY_LAYOUT and others */
UNIT_TEST(features_of_a_legacy_driver)
{
	struct list here = device(VERSION_1 | 0xff00, 0, 8, 1);
	struct list there = device(VERSION_1 | 0xff00, 0x0900ff00, 8, 1);

	EXPECT_EQ(check(&there, &here), 0);
	/* its own are passed on too */
	EXPECT_EQ(check(&there, &there), 0);
}

UNIT_TEST(features_in_words_of_another_number)
{
	struct list here = device(VERSION_1 | 0xff, 0, 8, 1);
	struct list there = device(VERSION_1 | 0xff, VERSION_1 | 0x80, 16, 1);

	EXPECT_EQ(check(&there, &here), 0);
	EXPECT_EQ(check(&here, &there), 0);
	there.bytes[16 + 16 + 16 + 15] = 1;
	EXPECT_EQ(check(&there, &here), -EINVAL);
}

/* A device whose driver did not accept MQ or CTRL_VQ yet may show fewer than it has */
UNIT_TEST(queues_that_are_not_there_yet)
{
	struct list here = device(0, 0, 8, 2), there;

	for (int queues = 0; queues < 6; queues++) {
		there = device(0, 0, 8, queues);
		EXPECT_EQ(check(&there, &here), 0);
	}
}

UNIT_TEST(parts_that_nobody_here_knows)
{
	struct list here = device(0, 0, 8, 1), there = here;

	add(&there, 0xfff0, 7, "anything", 8);
	EXPECT_EQ(check(&there, &here), 0);
}

UNIT_TEST(cut_at_every_byte)
{
	struct list whole = device(0, 0, 8, 2), cut = whole;
	int ends = 0;

	for (cut.len = 0; cut.len <= whole.len; cut.len++) {
		int ret = check(&cut, &whole);

		EXPECT(ret == 0 || ret == -EBADMSG);
		ends += ret == 0;
	}
	/* none, and behind each of five parts */
	EXPECT_EQ(ends, 6);
}

UNIT_TEST(lengths_that_leave_the_list)
{
	struct list here = device(0, 0, 8, 2), there = here;
	u32 lengths[] = { 9, 0x10000, ~0U, ~0U - 16, 0x7fffffff };

	for (int i = 0; i < ARRAY_SIZE(lengths); i++) {
		there = device(0, 0, 8, 0);
		memcpy(there.bytes + 12, &lengths[i], 4);
		EXPECT(check(&there, &here) != 0 || lengths[i] == 9);
		EXPECT(check(&here, &there) == 0 || check(&here, &there) == -EINVAL);
	}
}
