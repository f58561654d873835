// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is read of one VF and written to another: the stream is as its page describes it,
 * what is read back is what was there, and the rings go on where they were.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pair.h"
#include "unit.h"

#define WAIT_US		2000000
#define POLL_US		1000

struct descriptor { uint64_t address; uint32_t len; uint16_t flags, next; };
struct available { uint16_t flags, index, ring[]; };
struct used { uint16_t flags, index; struct { uint32_t id, len; } ring[]; };

enum { NEXT = 1, DEVICE_WRITES = 2 };

static struct mig_stream stream;

static void moves(bool driven, bool pre_copy)
{
	struct registers before, after;

	pair_fresh();
	if (driven)
		drive(&from);
	else
		ASSERT_EQ(vf_msix(&from, 2), 0);
	look(&from, &before);
	save(&from, pre_copy, &stream);
	master(&to);
	ASSERT_EQ(vf_msix(&to, 2), 0);
	ASSERT_EQ(load(&to, &stream, stream.len, 0).error, 0);
	run(&to);
	look(&to, &after);
	arrived(&before, &after);
}

UNIT_TEST(what_a_driver_set_arrives_by_stop_copy)
{
	moves(true, false);
}

UNIT_TEST(what_a_driver_set_arrives_by_pre_copy)
{
	moves(true, true);
}

UNIT_TEST(a_device_that_nobody_drives_moves)
{
	moves(false, false);
}

/* Field by field: registers as they were before */
UNIT_TEST(the_stream_is_what_its_page_says)
{
	static const int types[] = {
		RECORD_IDENTITY, RECORD_PARTS, RECORD_PARTS, RECORD_END
	};
	struct mig_identity *identity;
	struct mig_record *record;
	struct registers it;
	struct mig_part *part;
	unsigned int n = 0;

	pair_fresh();
	drive(&from);
	look(&from, &it);
	save(&from, true, &stream);
	while ((record = mig_record(&stream, n))) {
		uint32_t check = record->check;

		ASSERT(n < ARRAY_SIZE(types));
		EXPECT_EQ(record->magic, RECORD_MAGIC);
		EXPECT_EQ(record->type, types[n]);
		EXPECT_EQ(record->flags, 0);
		mig_seal(record);
		EXPECT_EQ(record->check, check);
		n++;
	}
	ASSERT_EQ(n, 4);
	identity = (void *)(mig_record(&stream, 0) + 1);
	EXPECT_EQ(identity->version, 1);
	EXPECT_EQ(identity->virtio_id, from.own_id - 0x1040);
	EXPECT_EQ(identity->flags, 1);
	EXPECT_EQ(*(uint32_t *)(mig_record(&stream, 3) + 1), 3);
	record = mig_record(&stream, 2);
	part = mig_part(record, 0x101, 0);
	ASSERT(part);
	EXPECT_EQ(*(uint32_t *)(part + 1), it.features);
	part = mig_part(record, 0x103, 0);
	ASSERT(part);
	EXPECT_EQ(*(uint8_t *)(part + 1), it.status);
	for (int queue = 0; queue < QUEUES_MAX; queue++) {
		uint16_t *value;

		part = mig_part(record, 0x104, queue);
		EXPECT_EQ(!!part, !!it.size[queue]);
		if (!part)
			continue;
		value = (void *)(part + 1);
		EXPECT_EQ(value[0], it.size[queue]);
		EXPECT_EQ(value[1], it.vector[queue]);
		EXPECT_EQ(value[2], 1);
		EXPECT_EQ(*(uint64_t *)(value + 4), it.address[queue] * PAGE);
	}
	/* the part of our own says that it is a legacy driver: offset 12 */
	part = mig_part(record, 0xfff0, 'V');
	ASSERT(part);
	EXPECT_EQ(((uint8_t *)(part + 1))[12], 2);
}

/* What each type is given to do: parts of one chain */
static const struct work {
	uint16_t transitional_id;
	uint16_t queue;
	struct { uint32_t offset, len; uint16_t flags; } parts[3];
} works[] = {
	{ 0x1000, 1, { { 0, 10, NEXT }, { 16, 60, 0 } } },
	{ 0x1001, 0, { { 0, 16, NEXT }, { 16, 512, NEXT | DEVICE_WRITES },
		       { 528, 1, DEVICE_WRITES } } },
};

static const struct work *work_of(struct vf *vf)
{
	for (int i = 0; i < ARRAY_SIZE(works); i++)
		if (works[i].transitional_id == vf->type->transitional_id)
			return &works[i];
	unit_skip("what a device of this type does with a buffer is not known here");
}

static unsigned int selected_size(struct vf *vf, unsigned int queue)
{
	put(vf, QUEUE_SELECT, 2, queue);
	return vf_read(vf, BAR0, QUEUE_SIZE, 2);
}

/* Offer the same chain the @nth time, without a word to the device */
static void offer(struct vf *vf, const struct work *work, unsigned int nth)
{
	uint8_t *all = memory + work->queue * QUEUE_ROOM;
	struct descriptor *descriptors = (void *)all;
	uint64_t buffer = IOVA + work->queue * QUEUE_ROOM + QUEUE_BUFFER;
	struct available *available;
	unsigned int size = selected_size(vf, work->queue);

	for (int i = 0; i < 3 && work->parts[i].len; i++)
		descriptors[i] = (struct descriptor) {
			.address = buffer + work->parts[i].offset,
			.len = work->parts[i].len,
			.flags = work->parts[i].flags,
			.next = i + 1,
		};
	available = (void *)(all + size * sizeof(*descriptors));
	__atomic_store_n(&available->index, nth, __ATOMIC_RELEASE);
}

static unsigned int times_used(struct vf *vf, const struct work *work, unsigned int wanted)
{
	unsigned int size = selected_size(vf, work->queue);
	size_t end = size * sizeof(struct descriptor) + (3 + size) * sizeof(uint16_t);
	volatile struct used *used = (void *)(memory + work->queue * QUEUE_ROOM +
					      (end + PAGE - 1) / PAGE * PAGE);

	for (int us = WAIT_US; us > 0 && used->index != wanted; us -= POLL_US)
		usleep(POLL_US);
	return used->index;
}

UNIT_TEST(rings_go_on_where_they_were)
{
	const struct work *work;
	struct registers it;

	pair_fresh();
	work = work_of(&from);
	drive(&from);
	look(&from, &it);
	if (it.size[work->queue] > 1024)
		unit_skip("the rings are larger than this test's");
	for (unsigned int round = 1; round <= 6; round += 2) {
		struct vf other;
		int none;

		offer(&from, work, round);
		put(&from, QUEUE_NOTIFY, 2, work->queue);
		EXPECT_EQ(times_used(&from, work, round), round);
		save(&from, round % 4 == 1, &stream);
		/* offered while nobody runs: it is seen without a notification */
		offer(&from, work, round + 1);
		usleep(20000);
		EXPECT_EQ(times_used(&from, work, round), round);
		master(&to);
		ASSERT_EQ(vf_msix(&to, 2), 0);
		ASSERT_EQ(load(&to, &stream, stream.len, 0).error, 0);
		run(&to);
		EXPECT_EQ(times_used(&to, work, round + 1), round + 1);
		/* and back */
		ASSERT_EQ(vf_reset(&from), 0);
		ASSERT_EQ(vf_decode(&from, true), 0);
		ASSERT_EQ(mig_set(&from, MIG_RUNNING, &none), 0);
		other = from;
		from = to;
		to = other;
	}
}

/* One that has been stopped goes on with what it was given meanwhile */
UNIT_TEST(stopped_it_looks_at_no_ring)
{
	const struct work *work;
	int none;

	pair_fresh();
	work = work_of(&from);
	drive(&from);
	ASSERT_EQ(mig_set(&from, MIG_RUNNING_P2P, &none), 0);
	offer(&from, work, 1);
	put(&from, QUEUE_NOTIFY, 2, work->queue);
	usleep(50000);
	EXPECT_EQ(times_used(&from, work, 0), 0);
	ASSERT_EQ(mig_set(&from, MIG_RUNNING, &none), 0);
	EXPECT_EQ(times_used(&from, work, 1), 1);
}

UNIT_TEST(any_cut_of_writes_will_do)
{
	struct registers before, after;

	pair_fresh();
	drive(&from);
	look(&from, &before);
	save(&from, true, &stream);
	for (size_t cut = 1; cut < stream.len; cut++) {
		int fd, none;

		ASSERT_EQ(mig_set(&to, MIG_RESUMING, &fd), 0);
		ASSERT_EQ(mig_write(fd, stream.bytes, cut, 0), 0);
		ASSERT_EQ(mig_write(fd, stream.bytes + cut, stream.len - cut, 0), 0);
		ASSERT_EQ(mig_set(&to, MIG_STOP, &none), 0);
		close(fd);
	}
	printf("# cut at %zu places\n", stream.len - 1);
	ASSERT_EQ(load(&to, &stream, stream.len, 1).error, 0);
	master(&to);
	ASSERT_EQ(vf_msix(&to, 2), 0);
	run(&to);
	look(&to, &after);
	arrived(&before, &after);
}
