// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stream of a migration: whole in every cut, refused when a byte is another.
 * sources: drivers/vfio/pci/virtio/mig_record.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_record.h"
#include "unit.h"

#define HEADER		16

static u8 stream[4096];
static u32 stream_len;

static void add(u16 type, u16 flags, const void *payload, u32 len)
{
	struct virtiovf_mig_header *record = aligned_alloc(8, 1024);

	ASSERT(record && len + HEADER <= 1024);
	memcpy(record + 1, payload, len);
	virtiovf_mig_seal(record, type, flags, len);
	memcpy(stream + stream_len, record, HEADER + len);
	stream_len += HEADER + len;
	free(record);
}

static void add_identity(u16 version)
{
	struct virtiovf_mig_identity identity = { .version = cpu_to_le16(version),
						  .virtio_id = cpu_to_le16(1) };

	add(VIRTIOVF_MIG_IDENTITY, 0, &identity, sizeof(identity));
}

static void add_parts(u8 fill, u32 len)
{
	u8 parts[512];

	memset(parts, fill, sizeof(parts));
	add(VIRTIOVF_MIG_PARTS, 0, parts, len);
}

static void add_end(u32 records)
{
	struct virtiovf_mig_end end = { cpu_to_le32(records) };

	add(VIRTIOVF_MIG_END, 0, &end, sizeof(end));
}

/* As a VF that is saved with PRE_COPY writes it */
static void good_stream(void)
{
	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add_parts(1, 100);
	add_parts(2, 60);
	add_end(3);
}

struct result {
	int error;
	u32 records, last_parts, payloads_given;
	u8 last_fill;
};

/* Feed the stream, at most @cut bytes at a time, the first time @first */
static struct result feed(u32 first, u32 cut)
{
	struct virtiovf_mig_decoder decoder;
	struct result result = {};
	u32 at = 0, until = first;
	void *room = NULL;
	int event = 0;

	virtiovf_mig_decode(&decoder);
	while (at < stream_len) {
		u8 *to;
		u32 want = virtiovf_mig_want(&decoder, &to), now;

		if (!want)
			break;
		if (at >= until)
			until = at + cut;
		now = min(min(want, stream_len - at), until - at);
		memcpy(to, stream + at, now);
		at += now;
		event = virtiovf_mig_took(&decoder, now);
		if (event == VIRTIOVF_MIG_ROOM) {
			/* exactly as long: a byte too many is found by ASan */
			room = malloc(virtiovf_mig_length(&decoder));
			virtiovf_mig_room(&decoder, room);
			result.payloads_given++;
		} else if (event == VIRTIOVF_MIG_RECORD) {
			if (virtiovf_mig_type(&decoder) == VIRTIOVF_MIG_PARTS) {
				result.last_parts = virtiovf_mig_length(&decoder);
				result.last_fill = *(u8 *)room;
			}
			free(room);
			room = NULL;
			virtiovf_mig_next_record(&decoder);
		} else if (event < 0) {
			break;
		}
	}
	free(room);
	result.records = decoder.records;
	result.error = virtiovf_mig_complete(&decoder);
	EXPECT((result.error == 0) == (decoder.reason == NULL));
	EXPECT(!decoder.error || !virtiovf_mig_want(&decoder, &(u8 *){ NULL }));
	/* what comes behind the end is nobody's */
	if (!result.error && at < stream_len)
		result.error = -EFBIG;
	return result;
}

UNIT_TEST(whole_in_every_cut)
{
	good_stream();
	for (u32 first = 1; first <= stream_len; first++) {
		for (u32 cut = 1; cut <= stream_len; cut += cut < 40 ? 1 : 37) {
			struct result result = feed(first, cut);

			ASSERT_EQ(result.error, 0);
			ASSERT_EQ(result.records, 4);
			ASSERT_EQ(result.last_parts, 60);
			ASSERT_EQ(result.last_fill, 2);
		}
	}
}

UNIT_TEST(incomplete_at_every_byte)
{
	u32 whole;

	good_stream();
	whole = stream_len;
	for (stream_len = 0; stream_len < whole; stream_len++)
		ASSERT_EQ(feed(whole, whole).error, -ENODATA);
}

UNIT_TEST(no_bit_may_be_another)
{
	good_stream();
	for (u32 bit = 0; bit < stream_len * 8; bit++) {
		struct result result;

		stream[bit / 8] ^= 1 << bit % 8;
		result = feed(stream_len, stream_len);
		if (!result.error)
			unit_fail(__FILE__, __LINE__, 0, "bit %u of byte %u", bit % 8, bit / 8);
		stream[bit / 8] ^= 1 << bit % 8;
	}
}

UNIT_TEST(no_room_before_the_length_was_judged)
{
	good_stream();
	for (u32 length = 0; length < 16; length++) {
		stream[8] = length;
		/* 8 is right; a longer one takes bytes of the next record */
		EXPECT_EQ(feed(1, 1).error, length == 8 ? 0 : -EBADMSG);
	}
	good_stream();
	memcpy(stream + 8, &(u32){ VIRTIOVF_MIG_LENGTH_MAX + 1 }, 4);
	EXPECT_EQ(feed(1, 1).error, -E2BIG);
	EXPECT_EQ(feed(1, 1).payloads_given, 0);
	memcpy(stream + 8, &(u32){ ~0U }, 4);
	EXPECT_EQ(feed(1, 1).error, -E2BIG);
}

UNIT_TEST(another_version)
{
	for (u32 version = 0; version < 3; version++) {
		stream_len = 0;
		add_identity(version);
		add_end(1);
		EXPECT_EQ(feed(1, 1).error, version == VIRTIOVF_MIG_VERSION ? 0 : -EPROTONOSUPPORT);
	}
	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add(77, 0, "x", 1);
	add_end(2);
	EXPECT_EQ(feed(1, 1).error, -EPROTONOSUPPORT);
	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add(77, VIRTIOVF_MIG_OPTIONAL, "x", 1);
	add_end(2);
	EXPECT_EQ(feed(1, 1).error, 0);
}

UNIT_TEST(the_order_of_records)
{
	stream_len = 0;
	add_parts(1, 100);
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);

	stream_len = 0;
	add_end(0);
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);

	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add_identity(VIRTIOVF_MIG_VERSION);
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);

	good_stream();
	add_parts(3, 20);
	EXPECT_EQ(feed(1, 1).error, -EFBIG);

	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add_parts(1, 15);
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);
}

UNIT_TEST(a_record_that_was_lost)
{
	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add_end(2);
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);
}

UNIT_TEST(a_record_that_came_twice)
{
	stream_len = 0;
	add_identity(VIRTIOVF_MIG_VERSION);
	add_parts(1, 20);
	add_parts(1, 20);
	add_end(2);
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);
}

/* The kernel's own driver takes our first eight bytes for a length, of less than 4 GiB */
UNIT_TEST(neither_driver_takes_the_others_stream)
{
	u64 length;

	good_stream();
	memcpy(&length, stream, sizeof(length));
	EXPECT(le64_to_cpu(length) > U32_MAX);
	/* {le64 length, le32 flags, le32 tag} and parts */
	memset(stream, 0, sizeof(stream));
	stream[0] = 200;
	EXPECT_EQ(feed(1, 1).error, -EBADMSG);
}
