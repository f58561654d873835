// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long does it take to report a log, and what does one cost the device? Printed; judged is
 * that what is reported is right: make bench has the judgements.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "dirty.h"
#include "unit.h"

static struct vf *logging_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		      VFIO_DEVICE_FEATURE_SET) == -ENOTTY)
		unit_skip("this VF has no log");
	return vf;
}

static unsigned int page_of(unsigned int n)
{
	return DIRTY_FIRST + n % (DIRTY_PAGES - DIRTY_FIRST);
}

static double ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1e3 + (now.tv_nsec - start->tv_nsec) / 1e6;
}

#define G1	(1UL << 30)
#define REPORTS	21

/* One after the other, after a write each: the one in the middle, and the longest */
static void time_reports(struct target *target, const struct log_range *all, uint64_t *bits)
{
	double ms[REPORTS];

	for (int i = 0; i < REPORTS; i++) {
		struct timespec start;

		ASSERT(target_write(target, page_of(i)));
		clock_gettime(CLOCK_MONOTONIC, &start);
		ASSERT_EQ(log_report(target->vf, all->iova, all->length, DIRTY_PAGE, bits), 0);
		ms[i] = ms_since(&start);
		for (int at = i; at && ms[at] < ms[at - 1]; at--) {
			double longer = ms[at - 1];

			ms[at - 1] = ms[at];
			ms[at] = longer;
		}
	}
	printf("# %lu GiB with a page, %d times: %.1f ms, at most %.1f ms\n", all->length / G1,
	       REPORTS, ms[REPORTS / 2], ms[REPORTS - 1]);
}

/* Of one command, and of 256: the bits are where they belong */
UNIT_TEST(large_ranges_are_read_in_pieces)
{
	static const struct { struct log_range range; int written; } rows[] = {
		{ { DIRTY_IOVA - G1 / 2, G1 }, DIRTY_PAGES - DIRTY_FIRST },
		{ { 4 * G1, 4 * G1 }, 10 },
		{ { 4 * G1, 8 * G1 }, 10 },
		{ { 4 * G1, 1024 * G1 }, 10 },
	};
	struct target target;

	target_start(&target, logging_fresh());
	for (int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct log_range all = rows[i].range;
		uint64_t page_size = DIRTY_PAGE, bytes = all.length / DIRTY_PAGE / 8, set = 0;
		uint64_t *bits = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		uint64_t page = (DIRTY_IOVA - all.iova) / DIRTY_PAGE;
		struct timespec start;

		ASSERT(bits != MAP_FAILED);
		/* its pages are there: a report would be the first to use them */
		memset(bits, 0, bytes);
		ASSERT_EQ(log_start(target.vf, &page_size, &all, 1), 0);
		EXPECT_EQ(page_size, DIRTY_PAGE);
		for (int n = 0; n < rows[i].written; n++)
			ASSERT(target_write(&target, page_of(n)));
		clock_gettime(CLOCK_MONOTONIC, &start);
		ASSERT_EQ(log_report(target.vf, all.iova, all.length, DIRTY_PAGE, bits), 0);
		printf("# %lu GiB with %d pages reported in %.1f ms\n", all.length / G1,
		       rows[i].written, ms_since(&start));
		for (uint64_t word = 0; word < bytes / 8; word++)
			set += __builtin_popcountll(bits[word]);
		for (int n = 0; n < rows[i].written; n++)
			EXPECT(bits[(page + page_of(n)) / 64] >> (page + page_of(n)) % 64 & 1);
		/* and the used ring */
		EXPECT(set > rows[i].written && set <= rows[i].written + 3);
		if (!i)
			time_reports(&target, &all, bits);
		EXPECT_EQ(log_stop(target.vf), 0);
		munmap(bits, bytes);
	}
}

static unsigned int writes_for(struct target *target, double ms, bool report)
{
	struct timespec start, last;
	struct pages told = {};
	unsigned int n = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	last = start;
	while (ms_since(&start) < ms) {
		ASSERT(target_write(target, page_of(n++)));
		if (!report || ms_since(&last) < 100)
			continue;
		ASSERT_EQ(target_report(target, &told), 0);
		clock_gettime(CLOCK_MONOTONIC, &last);
	}
	return n;
}

/* No judgement: a machine with other things to do measures those */
UNIT_TEST(what_a_log_costs_is_measured)
{
	unsigned int without = 0, with = 0;
	struct target target;

	target_start(&target, logging_fresh());
	for (int round = 0; round < 4; round++) {
		without += writes_for(&target, 500, false);
		target_log(&target);
		with += writes_for(&target, 500, true);
		ASSERT_EQ(log_stop(target.vf), 0);
	}
	printf("# %u writes in 2 s without a log, %u with one that is read every 100 ms\n", without,
	       with);
}
