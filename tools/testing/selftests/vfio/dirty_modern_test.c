// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log that the driver keeps of a modern driver's rings: what its registers show, and which
 * writes to them end it. Needs VFIO_LOG_BY=driver and VFIO_INTERFACE=modern.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "dirty.h"
#include "unit.h"

#define OTHER_RINGS	(DIRTY_IOVA + 20 * DIRTY_PAGE)
#define SOON_MS		10000

static void start(struct target *target)
{
	target_start(target, driver_logging_fresh());
	if (!target->is_modern)
		unit_skip("set VFIO_INTERFACE=modern");
}

/* By two accesses, as a driver makes them, or by one */
static void expect_address(struct target *target, unsigned int offset, uint64_t address)
{
	EXPECT_EQ(modern_get(&target->modern, offset, 4), address & 0xffffffff);
	EXPECT_EQ(modern_get(&target->modern, offset + 4, 4), address >> 32);
	EXPECT_EQ(modern_get(&target->modern, offset, 8), address);
}

static void expect_own_rings(struct target *target)
{
	modern_put(&target->modern, M_QUEUE_SELECT, 2, 0);
	expect_address(target, M_QUEUE_DESC, DIRTY_IOVA);
	expect_address(target, M_QUEUE_DRIVER, DIRTY_IOVA + 16 * target->size);
	expect_address(target, M_QUEUE_DEVICE, target_used(target));
	EXPECT_EQ(modern_get(&target->modern, M_QUEUE_SIZE, 2), target->size);
	EXPECT_EQ(modern_get(&target->modern, M_QUEUE_ENABLE, 2), 1);
	EXPECT_EQ(modern_get(&target->modern, M_QUEUE_SELECT, 2), 0);
}

UNIT_TEST(its_registers_have_its_own_rings)
{
	struct pages told = {};
	struct target target;

	start(&target);
	expect_own_rings(&target);
	for (int i = 0; i < 2; i++) {
		target_log(&target);
		expect_own_rings(&target);
		target_work(&target, 10 * i, 3);
		/* of a queue that is not set up */
		modern_put(&target.modern, M_QUEUE_SELECT, 2, 1);
		expect_address(&target, M_QUEUE_DEVICE, 0);
		EXPECT_EQ(modern_get(&target.modern, M_QUEUE_VECTOR, 2), NO_VECTOR);
		expect_own_rings(&target);
		EXPECT_EQ(target_report(&target, &told), 0);
		for (int n = 0; n < 3; n++)
			EXPECT(pages_has(&told, DIRTY_FIRST + 10 * i + n));
		ASSERT_EQ(log_stop(target.vf), 0);
		expect_own_rings(&target);
		target_work(&target, 10 * i + 5, 3);
	}
}

UNIT_TEST(what_is_no_ring_does_not_end_it)
{
	struct pages told = {};
	struct target target;

	start(&target);
	target_log(&target);
	modern_put(&target.modern, M_DEVICE_FEATURE_SELECT, 4, 0);
	modern_put(&target.modern, M_QUEUE_SELECT, 2, 1);
	modern_put(&target.modern, M_CONFIG_VECTOR, 2, NO_VECTOR);
	modern_put(&target.modern, M_STATUS, 1, modern_get(&target.modern, M_STATUS, 1));
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST + 2));
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* Its ring is empty: as a driver leaves it before it is enabled again */
static void clear_ring(struct target *target)
{
	memset(target->memory, 0, DIRTY_FIRST * DIRTY_PAGE);
	target->offered = 0;
}

UNIT_TEST(a_queue_that_is_reset_ends_it)
{
	struct pages told = {};
	struct target target;

	start(&target);
	if (!(target.more & M_F_RING_RESET))
		unit_skip("the device does not offer VIRTIO_F_RING_RESET");
	target_log(&target);
	target_work(&target, 0, 3);
	modern_put(&target.modern, M_QUEUE_SELECT, 2, 0);
	modern_put(&target.modern, M_QUEUE_RESET, 2, 1);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	for (int ms = 0; ms < SOON_MS && modern_get(&target.modern, M_QUEUE_RESET, 2); ms++)
		usleep(1000);
	ASSERT_EQ(modern_get(&target.modern, M_QUEUE_ENABLE, 2), 0);
	clear_ring(&target);
	target_enable(&target);
	expect_own_rings(&target);
	target_work(&target, 3, 3);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	ASSERT_EQ(log_stop(target.vf), 0);
	expect_own_rings(&target);
	target_work(&target, 6, 3);
	target_log(&target);
	target_work(&target, 9, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST + 9));
	EXPECT_EQ(log_stop(target.vf), 0);
}

UNIT_TEST(another_queue_ends_it)
{
	struct pages told = {};
	struct target target;

	start(&target);
	if (modern_get(&target.modern, M_NUM_QUEUES, 2) < 2)
		unit_skip("the device has one queue");
	target_log(&target);
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	modern_put(&target.modern, M_QUEUE_SELECT, 2, 1);
	modern_put(&target.modern, M_QUEUE_SIZE, 2, 16);
	modern_set_up(&target.modern, OTHER_RINGS, OTHER_RINGS + DIRTY_PAGE,
		      OTHER_RINGS + 2 * DIRTY_PAGE);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	/* its ring is the driver's own, and is so after the next start */
	expect_address(&target, M_QUEUE_DEVICE, OTHER_RINGS + 2 * DIRTY_PAGE);
	ASSERT_EQ(log_stop(target.vf), 0);
	target_log(&target);
	modern_put(&target.modern, M_QUEUE_SELECT, 2, 1);
	expect_address(&target, M_QUEUE_DEVICE, OTHER_RINGS + 2 * DIRTY_PAGE);
	target_work(&target, 3, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* They have no used ring; a line in the log says so */
UNIT_TEST(packed_rings_are_refused)
{
	static const struct log_range all = { DIRTY_IOVA, DIRTY_LENGTH };
	struct vf *vf = driver_logging_fresh();
	uint64_t page_size = DIRTY_PAGE;
	struct modern modern;

	modern_find(&modern, vf);
	if (!modern_begin(&modern, M_F_RING_PACKED))
		unit_skip("the device has no packed rings");
	EXPECT_EQ(log_start(vf, &page_size, &all, 1), -EOPNOTSUPP);
	/* and not those of the next driver */
	modern_begin(&modern, 0);
	EXPECT_EQ(log_start(vf, &page_size, &all, 1), 0);
	EXPECT_EQ(log_stop(vf), 0);
}
