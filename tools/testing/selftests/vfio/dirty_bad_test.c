// SPDX-License-Identifier: GPL-2.0-only
/* What calls for a VF's log are refused, and that the log is as before. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "dirty.h"
#include "unit.h"

#define K4	4096UL
#define G4	(1UL << 32)

static struct vf *logging_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		      VFIO_DEVICE_FEATURE_SET) == -ENOTTY)
		unit_skip("this VF has no log");
	return vf;
}

static const struct log_range good = { G4, 64 * K4 };

static int start(struct vf *vf, uint64_t page_size, const void *ranges, uint32_t count)
{
	return log_start(vf, &page_size, ranges, count);
}

UNIT_TEST(starts_that_are_refused)
{
	static const struct {
		uint64_t page_size;
		struct log_range ranges[2];
		uint32_t count;
		int error;
	} bad[] = {
		{ K4, { { 0, K4 } }, 0, -EINVAL },
		{ K4, { { 0, K4 } }, 257, -E2BIG },
		{ K4, { { 0, K4 } }, ~0U, -E2BIG },
		{ 0, { { 0, K4 } }, 1, -EINVAL },
		{ 0, { { 0, 0 } }, 1, -EINVAL },
		{ 3, { { 0, 3 * K4 } }, 1, -EINVAL },
		{ K4 + 1, { { 0, (K4 + 1) * K4 } }, 1, -EINVAL },
		{ K4, { { 1, K4 } }, 1, -EINVAL },
		{ K4, { { 0, K4 - 1 } }, 1, -EINVAL },
		/* vfio's core takes it for all addresses */
		{ K4, { { 0, 0 } }, 1, -E2BIG },
		{ K4, { { K4, 0 } }, 1, -EINVAL },
		{ K4, { { 0, 2 * K4 }, { K4, K4 } }, 2, -EINVAL },
		{ K4, { { K4, K4 }, { 0, 3 * K4 } }, 2, -EINVAL },
		{ K4, { { -K4, 2 * K4 } }, 1, -EOVERFLOW },
		{ K4, { { K4, -K4 } }, 1, -EOVERFLOW },
		{ K4, { { 0, 1UL << 50 } }, 1, -E2BIG },
		{ K4, { { 0, -K4 } }, 1, -E2BIG },
	};
	struct vf *vf = logging_fresh();

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		int ret = start(vf, bad[i].page_size, bad[i].ranges, bad[i].count);

		if (ret != bad[i].error)
			unit_fail(__FILE__, __LINE__, 0, "start %d gave %d, not %d", i, ret,
				  bad[i].error);
		if (!ret)
			ASSERT_EQ(log_stop(vf), 0);
	}
	EXPECT_EQ(start(vf, K4, (void *)K4, 1), -EFAULT);
	EXPECT_EQ(start(vf, K4, &good, 1), 0);
	EXPECT_EQ(log_stop(vf), 0);
}

UNIT_TEST(page_sizes_that_the_device_has_not_become_ones_that_it_has)
{
	static const struct { uint64_t want, got; } sizes[] = {
		{ 512, K4 }, { K4, K4 }, { 2 * K4, 2 * K4 }, { 1 << 16, 1 << 16 },
		{ 1 << 21, 1 << 21 }, { 1 << 30, 1 << 21 },
	};
	static const struct log_range large = { 1UL << 30, 1UL << 30 };
	struct vf *vf = logging_fresh();

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t page_size = sizes[i].want;

		ASSERT_EQ(log_start(vf, &page_size, &large, 1), 0);
		EXPECT_EQ(page_size, sizes[i].got);
		EXPECT_EQ(log_stop(vf), 0);
	}
}

UNIT_TEST(more_ranges_than_the_device_has)
{
	struct log_range ranges[256];
	struct vf *vf = logging_fresh();
	uint64_t bits = 0;

	for (int i = 0; i < ARRAY_SIZE(ranges); i++)
		ranges[i] = (struct log_range){ G4 + i * 3 * K4, K4 };
	ASSERT_EQ(start(vf, K4, ranges, ARRAY_SIZE(ranges)), 0);
	for (int i = 0; i < ARRAY_SIZE(ranges); i++)
		EXPECT_EQ(log_report(vf, ranges[i].iova, K4, K4, &bits), 0);
	EXPECT_EQ(bits, 0);
	EXPECT_EQ(log_report(vf, G4 + 256 * 3 * K4, K4, K4, &bits), -EINVAL);
	EXPECT_EQ(log_stop(vf), 0);
}

UNIT_TEST(out_of_turn)
{
	struct vf *vf = logging_fresh();
	uint64_t bits = 0;

	EXPECT_EQ(log_stop(vf), 0);
	EXPECT_EQ(log_report(vf, good.iova, good.length, K4, &bits), -EINVAL);
	ASSERT_EQ(start(vf, K4, &good, 1), 0);
	EXPECT_EQ(start(vf, K4, &good, 1), -EINVAL);
	EXPECT_EQ(log_report(vf, good.iova, good.length, K4, &bits), 0);
	EXPECT_EQ(log_stop(vf), 0);
	EXPECT_EQ(log_stop(vf), 0);
	EXPECT_EQ(log_report(vf, good.iova, good.length, K4, &bits), -EINVAL);
	EXPECT_EQ(bits, 0);
}

UNIT_TEST(reports_that_are_refused_clear_nothing)
{
	static const struct { uint64_t iova, length, page_size; int error; } bad[] = {
		{ G4 - K4, K4, K4, -EINVAL },
		{ G4 - K4, 2 * K4, K4, -EINVAL },
		{ DIRTY_IOVA + DIRTY_LENGTH, K4, K4, -EINVAL },
		{ DIRTY_IOVA, DIRTY_LENGTH + K4, K4, -EINVAL },
		{ DIRTY_IOVA, K4, 0, -EINVAL },
		{ DIRTY_IOVA, K4, 2048, -EINVAL },
		{ DIRTY_IOVA, K4, 3 * K4, -EINVAL },
		{ -K4, 2 * K4, K4, -EOVERFLOW },
		{ K4, -K4, K4, -EOVERFLOW },
	};
	struct pages told = {}, written = {};
	static uint64_t bits[64];
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	for (unsigned int page = 64; page < 80; page++) {
		ASSERT(target_write(&target, page));
		pages_add(&written, page);
	}
	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		int ret = log_report(target.vf, bad[i].iova, bad[i].length, bad[i].page_size, bits);

		if (ret != bad[i].error)
			unit_fail(__FILE__, __LINE__, 0, "report %d gave %d, not %d", i, ret,
				  bad[i].error);
	}
	for (int i = 0; i < ARRAY_SIZE(bits); i++)
		EXPECT_EQ(bits[i], 0);
	ASSERT_EQ(target_report(&target, &told), 0);
	for (int i = 0; i < ARRAY_SIZE(told.words); i++)
		EXPECT_EQ(written.words[i] & ~told.words[i], 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/*
 * vfio's core of 6.1 refuses it; later ones look for the bitmap when there is a bit to be
 * set, and do not tell a driver that it is not there
 */
UNIT_TEST(a_bitmap_that_is_not_there_is_no_harm)
{
	struct pages told = {};
	struct target target;
	int ret;

	target_start(&target, logging_fresh());
	target_log(&target);
	ASSERT(target_write(&target, 64));
	ret = log_report(target.vf, DIRTY_IOVA, DIRTY_LENGTH, K4, NULL);
	EXPECT(ret == -EFAULT || ret == 0);
	ASSERT(target_write(&target, 65));
	ASSERT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, 65));
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* A byte behind the last one of a bitmap is not the driver's */
UNIT_TEST(a_report_does_not_write_behind_the_bitmap)
{
	uint8_t *two = mmap(NULL, 2 * K4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	struct target target;
	uint8_t *bits;

	ASSERT(two != MAP_FAILED);
	ASSERT_EQ(mprotect(two + K4, K4, PROT_NONE), 0);
	target_start(&target, logging_fresh());
	target_log(&target);
	for (unsigned int page = 64; page < 96; page++)
		ASSERT(target_write(&target, page));
	/* eight bytes at the end of a page, for a window within pages that all were written to */
	bits = two + K4 - 8;
	ASSERT_EQ(log_report(target.vf, DIRTY_IOVA + 66 * K4, 5 * K4, K4, bits), 0);
	EXPECT_EQ(bits[0], 0x1f);
	for (int i = 1; i < 8; i++)
		EXPECT_EQ(bits[i], 0);
	/* a part of a page is the page's bit */
	bits[0] = 0;
	ASSERT_EQ(log_report(target.vf, DIRTY_IOVA + 80 * K4, K4 / 2, K4, bits), 0);
	EXPECT_EQ(bits[0], 1);
	EXPECT_EQ(log_stop(target.vf), 0);
	munmap(two, 2 * K4);
}
