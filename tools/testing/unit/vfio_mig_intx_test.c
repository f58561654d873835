// SPDX-License-Identifier: GPL-2.0-only
/*
 * An INTx line as a record of a stream: there and back, and refused.
 * sources: drivers/vfio/pci/virtio/mig_intx.c drivers/vfio/pci/virtio/intx_setup.c
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_intx.h"
#include "drivers/vfio/pci/virtio/mig_record.h"
#include "unit.h"

#define FIXED	8

static struct virtiovf_intx_saved saved, got;
static struct virtiovf_mig_intx record;
static const char *reason;

static u32 encode(void)
{
	memset(&record, 0xaa, sizeof(record));
	return virtiovf_mig_intx_encode(&saved, &record);
}

static int decode(u32 len)
{
	memset(&got, 0x55, sizeof(got));
	return virtiovf_mig_intx_decode(&record, len, &got, &reason);
}

static void start(void)
{
	memset(&saved, 0, sizeof(saved));
}

static void same(u32 len)
{
	ASSERT_EQ(encode(), len);
	ASSERT_EQ(decode(len), 0);
	EXPECT(!reason);
	EXPECT_EQ(got.vectors, saved.vectors);
	EXPECT_EQ(got.status, saved.status);
	EXPECT_EQ(got.setup.modern, saved.setup.modern);
	EXPECT_EQ(got.setup.select, saved.setup.select);
	EXPECT(!memcmp(got.setup.queues, saved.setup.queues, sizeof(got.setup.queues)));
}

UNIT_TEST(there_and_back)
{
	start();
	same(FIXED);
	for (int status = 0; status < 4; status++) {
		saved.status = status;
		saved.vectors = !saved.vectors;
		saved.setup.modern = status & 2;
		saved.setup.select = 0x1234 + status;
		same(FIXED);
	}
	for (int queue = 0; queue < VIRTIOVF_SETUP_QUEUES; queue++) {
		start();
		saved.setup.queues[queue / 64] = 1ULL << queue % 64;
		same(FIXED + 8 * (queue / 64 + 1));
	}
	memset(saved.setup.queues, 0xff, sizeof(saved.setup.queues));
	same(FIXED + sizeof(saved.setup.queues));
}

/* The bytes are those of Documentation/migration.rst */
UNIT_TEST(layout)
{
	static const u8 want[] = {
		1, 0,  0x34, 0x12,  3,  1,  0, 0,  5, 0, 0, 0, 0, 0, 0, 0x80,
	};

	start();
	saved.vectors = true;
	saved.status = 3;
	saved.setup.select = 0x1234;
	saved.setup.queues[0] = 0x8000000000000005ULL;
	ASSERT_EQ(encode(), sizeof(want));
	EXPECT(!memcmp(&record, want, sizeof(want)));
	saved.setup.modern = true;
	ASSERT_EQ(encode(), sizeof(want));
	EXPECT_EQ(record.flags, 3);
	saved.vectors = false;
	ASSERT_EQ(encode(), sizeof(want));
	EXPECT_EQ(record.flags, 2);
}

UNIT_TEST(lengths)
{
	start();
	encode();
	for (u32 len = 0; len <= sizeof(record); len++) {
		int want = len < FIXED ? -EPROTONOSUPPORT : len % 8 ? -EBADMSG : 0;

		ASSERT_EQ(decode(len), want);
		EXPECT(!!reason == !!want);
	}
	EXPECT_EQ(decode(sizeof(record) + 8), -EBADMSG);
}

UNIT_TEST(fields)
{
	for (int bit = 0; bit < 8; bit++) {
		start();
		encode();
		record.status = 1 << bit;
		EXPECT_EQ(decode(FIXED), bit < 2 ? 0 : -EBADMSG);
		encode();
		record.flags = 1 << bit;
		EXPECT_EQ(decode(FIXED), bit < 2 ? 0 : -EPROTONOSUPPORT);
		encode();
		record.version ^= cpu_to_le16(1 << bit);
		EXPECT_EQ(decode(FIXED), -EPROTONOSUPPORT);
		record.version = cpu_to_le16(1 | 0x100 << bit);
		EXPECT_EQ(decode(FIXED), -EPROTONOSUPPORT);
	}
}
