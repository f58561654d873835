// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams of a migration that are wrong: each is an error, of the write that shows it or at
 * the end, and the device that was to get it is as before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "random.h"
#include "unit.h"

static struct mig_stream stream;	/* a good one */

static void check_outcome(const char *what, struct outcome got, struct outcome want)
{
	if (got.error != want.error || (want.error && got.at_stop != want.at_stop))
		unit_fail(__FILE__, __LINE__, 0, "%s: %d %s, not %d %s", what, got.error,
			  got.at_stop ? "at the end" : "when written", want.error,
			  want.at_stop ? "at the end" : "when written");
}

/* A driver has begun with it: that is what must be left */
static void begin(struct vf *vf)
{
	ASSERT_EQ(vf_reset(vf), 0);
	ASSERT_EQ(vf_decode(vf, true), 0);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, QUEUE_SELECT, 2, 0);
	put(vf, QUEUE_ADDRESS, 4, 0x777);
}

static void refused(const char *what, const struct mig_stream *it, size_t len, struct outcome want)
{
	struct registers before, after;
	int none;

	begin(&to);
	look(&to, &before);
	check_outcome(what, load(&to, it, len, 0), want);
	look(&to, &after);
	same(&before, &after);
	/* the only way out, and it is usable */
	ASSERT_EQ(vf_reset(&to), 0);
	ASSERT_EQ(mig_set(&to, MIG_RUNNING, &none), 0);
}

UNIT_TEST(a_stream_that_ends_early_is_refused)
{
	struct outcome want = { -ENODATA, true };
	size_t at = 0;

	pair_fresh();
	drive(&from);
	save(&from, true, &stream);
	for (unsigned int n = 0; mig_record(&stream, n); n++) {
		char what[32];
		size_t size = sizeof(struct mig_record) + mig_record(&stream, n)->length;
		const size_t ends[] = {
			at, at + 1, at + 15, at + 16, at + size / 2, at + size - 1
		};

		for (int i = 0; i < ARRAY_SIZE(ends); i++) {
			snprintf(what, sizeof(what), "%zu bytes", ends[i]);
			refused(what, &stream, ends[i], want);
		}
		at += size;
	}
}

/* A change of a stream. Return: whether it could be made */
static struct mig_record *record_of(struct mig_stream *it, unsigned int n)
{
	struct mig_record *record = mig_record(it, n);

	ASSERT(record);
	return record;
}

static struct mig_identity *identity_of(struct mig_stream *it)
{
	return (void *)(record_of(it, 0) + 1);
}

static void wrong_magic(struct mig_stream *it) { record_of(it, 1)->magic++; }
static void wrong_checksum(struct mig_stream *it) { record_of(it, 1)->check ^= 1; }
static void wrong_byte(struct mig_stream *it) { it->bytes[16 + 8 + 16 + 30] ^= 4; }
static void no_identity(struct mig_stream *it) { mig_remove(it, 0); }
static void two_identities(struct mig_stream *it) { mig_double(it, 0); }
static void a_record_missing(struct mig_stream *it) { mig_remove(it, 1); }
static void a_record_too_many(struct mig_stream *it) { mig_double(it, 1); }
static void short_record(struct mig_stream *it) { record_of(it, 1)->length = 15; }
static void long_record(struct mig_stream *it) { record_of(it, 1)->length = 1024 * 1024 + 1; }
static void huge_record(struct mig_stream *it) { record_of(it, 1)->length = ~0U; }

static void empty_record(struct mig_stream *it)
{
	record_of(it, 1)->length = 0;
}

static void bytes_behind(struct mig_stream *it)
{
	it->bytes[it->len++] = 0;
}

static void later_version(struct mig_stream *it)
{
	identity_of(it)->version++;
	mig_seal(record_of(it, 0));
}

static void other_type(struct mig_stream *it)
{
	identity_of(it)->virtio_id = 26;
	mig_seal(record_of(it, 0));
}

static void not_transitional(struct mig_stream *it)
{
	identity_of(it)->flags = 0;
	mig_seal(record_of(it, 0));
}

static void later_flag(struct mig_stream *it)
{
	identity_of(it)->flags |= 2;
	mig_seal(record_of(it, 0));
}

static void later_record(struct mig_stream *it)
{
	mig_double(it, 1);
	record_of(it, 1)->type = 77;
	mig_seal(record_of(it, 1));
}

static void no_parts(struct mig_stream *it)
{
	mig_remove(it, 1);
	mig_remove(it, 1);
	*(uint32_t *)(record_of(it, 1) + 1) = 1;
	mig_seal(record_of(it, 1));
}

/* The last parts are what counts */
#define PARTS	2

static struct mig_part *part_of(struct mig_stream *it, uint16_t type, uint8_t selector)
{
	struct mig_part *part = mig_part(record_of(it, PARTS), type, selector);

	ASSERT(part);
	return part;
}

static void long_part(struct mig_stream *it)
{
	part_of(it, 0x103, 0)->length = 1 << 30;
	mig_seal(record_of(it, PARTS));
}

static void more_features(struct mig_stream *it)
{
	*(uint64_t *)(part_of(it, 0x101, 0) + 1) |= 1ULL << 62;
	mig_seal(record_of(it, PARTS));
}

static void more_modern_features(struct mig_stream *it)
{
	*(uint64_t *)(part_of(it, 0x101, 0) + 1) |= 1ULL << 62 | 1ULL << 32;
	mig_seal(record_of(it, PARTS));
}

static void more_queues(struct mig_stream *it)
{
	part_of(it, 0x104, 0)->selector[1] = 3;
	mig_seal(record_of(it, PARTS));
}

static void larger_rings(struct mig_stream *it)
{
	*(uint16_t *)(part_of(it, 0x104, 0) + 1) = 32768;
	mig_seal(record_of(it, PARTS));
}

static void other_device_features(struct mig_stream *it)
{
	*(uint64_t *)(part_of(it, 0x100, 0) + 1) ^= 2;
	mig_seal(record_of(it, PARTS));
}

static void unknown_part(struct mig_stream *it)
{
	part_of(it, 0x103, 0)->type = 0x1ff;
	mig_seal(record_of(it, PARTS));
}

static void shorter_part(struct mig_stream *it)
{
	struct mig_record *record = record_of(it, PARTS);
	struct mig_part *part = part_of(it, 0x101, 0);
	uint8_t *at = (void *)(part + 1);
	size_t rest = it->len - (at + 4 - it->bytes);

	/* four bytes of the features less */
	memmove(at, at + 4, rest);
	part->length -= 4;
	record->length -= 4;
	it->len -= 4;
	mig_seal(record);
}

static void later_optional_record(struct mig_stream *it)
{
	mig_double(it, 1);
	record_of(it, 1)->type = 77;
	record_of(it, 1)->flags = 1;
	mig_seal(record_of(it, 1));
	*(uint32_t *)(record_of(it, 4) + 1) = 4;
	mig_seal(record_of(it, 4));
}

static const struct {
	const char *what;
	void (*change)(struct mig_stream *it);
	struct outcome want;
} wrongs[] = {
	{ "magic", wrong_magic, { -EBADMSG, false } },
	{ "checksum", wrong_checksum, { -EBADMSG, false } },
	{ "a byte", wrong_byte, { -EBADMSG, false } },
	{ "no identity", no_identity, { -EBADMSG, false } },
	{ "two identities", two_identities, { -EBADMSG, false } },
	{ "a record is missing", a_record_missing, { -EBADMSG, false } },
	{ "a record too many", a_record_too_many, { -EBADMSG, false } },
	{ "an empty record", empty_record, { -EBADMSG, false } },
	{ "a record too short", short_record, { -EBADMSG, false } },
	{ "a record too long", long_record, { -E2BIG, false } },
	{ "a record of 4 GiB", huge_record, { -E2BIG, false } },
	{ "bytes behind the end", bytes_behind, { -EBADMSG, false } },
	{ "a later version", later_version, { -EPROTONOSUPPORT, false } },
	{ "another type of device", other_type, { -EINVAL, false } },
	{ "a device without the legacy interface", not_transitional, { -EINVAL, false } },
	{ "a flag of a later version", later_flag, { -EPROTONOSUPPORT, false } },
	{ "a record of a later version", later_record, { -EPROTONOSUPPORT, false } },
	{ "no parts", no_parts, { -EBADMSG, false } },
	{ "a part longer than its record", long_part, { -EBADMSG, false } },
	{ "more features than the device offers", more_features, { -EINVAL, true } },
	{ "the same of a modern driver", more_modern_features, { -EINVAL, false } },
	{ "more queues than the device has", more_queues, { -EINVAL, true } },
	{ "larger rings than the device has", larger_rings, { -EINVAL, true } },
	{ "features of another device", other_device_features, { -EINVAL, true } },
	{ "a part that nobody knows", unknown_part, { -EINVAL, true } },
	{ "a part shorter than it is", shorter_part, { -EINVAL, true } },
};

UNIT_TEST(each_wrong_stream_is_refused_and_the_device_as_before)
{
	static struct mig_stream changed;

	pair_fresh();
	drive(&from);
	save(&from, true, &stream);
	for (int i = 0; i < ARRAY_SIZE(wrongs); i++) {
		struct outcome want = wrongs[i].want;

		changed = stream;
		wrongs[i].change(&changed);
		/* a whole stream that says nothing is found out at its end */
		if (wrongs[i].change == no_parts)
			want.at_stop = true;
		refused(wrongs[i].what, &changed, changed.len, want);
	}
}

UNIT_TEST(what_is_optional_is_left_out)
{
	static struct mig_stream changed;

	pair_fresh();
	drive(&from);
	save(&from, true, &stream);
	changed = stream;
	later_optional_record(&changed);
	EXPECT_EQ(load(&to, &changed, changed.len, 0).error, 0);
}

/* --- what is random --- */

#define ROUNDS	200

static void change_at_random(struct mig_stream *it, uint64_t *seed)
{
	unsigned int n = random_below(seed, 4), times = 1 + random_below(seed, 4);
	struct mig_record *record = mig_record(it, n);

	if (!random_below(seed, 8)) {
		it->len = random_below(seed, it->len);
		return;
	}
	while (times--) {
		uint8_t *bytes = (void *)(record + 1);

		bytes[random_below(seed, record->length)] = random_next(seed) >> 40;
	}
	/* with a right checksum it is the device's to judge */
	if (random_below(seed, 4))
		mig_seal(record);
}

UNIT_TEST(random_streams_do_no_harm)
{
	uint64_t start = getenv("VFIO_SEED") ? strtoull(getenv("VFIO_SEED"), NULL, 0) : 1;
	uint64_t seed = random_start(start);
	static struct mig_stream changed;
	unsigned int taken = 0;
	int none;

	pair_fresh();
	drive(&from);
	save(&from, true, &stream);
	for (int round = 0; round < ROUNDS; round++) {
		struct outcome outcome;

		changed = stream;
		change_at_random(&changed, &seed);
		outcome = load(&to, &changed, changed.len, random_below(&seed, 100));
		taken += !outcome.error;
		if (outcome.error)
			ASSERT_EQ(vf_reset(&to), 0);
		/* what the device took it may refuse to go on with, and a reset mends */
		if (mig_set(&to, MIG_RUNNING, &none))
			ASSERT_EQ(vf_reset(&to), 0);
		ASSERT_EQ(mig_state(&to), MIG_RUNNING);
	}
	printf("# seed %llu: %u of %u were taken\n", (unsigned long long)start, taken, ROUNDS);
	EXPECT(taken < ROUNDS);
	ASSERT_EQ(vf_reset(&to), 0);
	ASSERT_EQ(load(&to, &stream, stream.len, 0).error, 0);
	run(&to);
}
