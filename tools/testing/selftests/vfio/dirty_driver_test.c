// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log that the driver keeps: what ends it, and what a guest or a card can do to it. Needs
 * VFIO_LOG_BY=driver. With VFIO_FAULTS, a command that sets the faults of the first VF, cards
 * that refuse as well.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dirty.h"
#include "mig_test.h"
#include "modern.h"
#include "unit.h"

/* --- its life --- */

/* With the device stopped, all that it used is in the guest's memory */
UNIT_TEST(stopped_and_resumed_while_it_logs)
{
	struct pages told = {};
	struct target target;
	int fd;

	target_start(&target, driver_logging_fresh());
	target_log(&target);
	for (int i = 0; i < 5; i++) {
		target_work(&target, 10 * i, 3);
		mig_enter(target.vf, MIG_STOP, &fd);
		mig_enter(target.vf, MIG_RUNNING, &fd);
		target_work(&target, 10 * i + 5, 3);
	}
	ASSERT_EQ(target_report(&target, &told), 0);
	for (int i = 0; i < 5; i++)
		for (int n = 0; n < 3; n++) {
			EXPECT(pages_has(&told, DIRTY_FIRST + 10 * i + n));
			EXPECT(pages_has(&told, DIRTY_FIRST + 10 * i + 5 + n));
		}
	/* ended while it is stopped */
	mig_enter(target.vf, MIG_STOP, &fd);
	EXPECT_EQ(log_stop(target.vf), 0);
	mig_enter(target.vf, MIG_RUNNING, &fd);
	target_work(&target, 0, 3);
}

/* --- what ends a log --- */

UNIT_TEST(a_new_ring_ends_it)
{
	struct pages told = {};
	struct target target;

	target_start(&target, driver_logging_fresh());
	target_log(&target);
	target_work(&target, 0, 3);
	target_move_ring(&target);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(target.vf), 0);
	EXPECT_EQ(target_report(&target, &told), -EINVAL);
}

/* A guest whose driver comes later: nobody would look at its rings */
UNIT_TEST(a_driver_that_comes_later_ends_it)
{
	static const struct log_range all = { DIRTY_IOVA, DIRTY_LENGTH };
	uint64_t page_size = DIRTY_PAGE;
	struct pages told = {};
	struct target target;
	struct vf *vf = driver_logging_fresh();

	ASSERT_EQ(log_start(vf, &page_size, &all, 1), 0);
	EXPECT_EQ(log_report(vf, DIRTY_IOVA, DIRTY_LENGTH, DIRTY_PAGE, told.words), 0);
	target_start(&target, vf);
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(vf), 0);
	target_log(&target);
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST));
	EXPECT_EQ(log_stop(vf), 0);
}

/* Of a device that a legacy driver drives, too: it is reset by it */
UNIT_TEST(a_reset_by_the_modern_interface_ends_it)
{
	struct pages told = {};
	struct modern modern;
	struct target target;

	target_start(&target, driver_logging_fresh());
	target_log(&target);
	target_work(&target, 0, 3);
	modern_find(&modern, target.vf);
	modern_put(&modern, M_STATUS, 1, 0);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(target.vf), 0);
	target_start(&target, driver_logging_fresh());
	target_log(&target);
	target_work(&target, 0, 3);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* By VIRTIO_PCI_CAP_PCI_CFG: which structure, where in it, how many bytes; and the data */
UNIT_TEST(a_register_that_is_written_by_the_window_ends_it)
{
	struct pages told = {};
	struct modern modern;
	struct target target;
	unsigned int at;

	target_start(&target, driver_logging_fresh());
	at = vf_capability(target.vf, 9, 5);
	if (!at)
		unit_skip("the VF has no window to its registers");
	modern_find(&modern, target.vf);
	target_log(&target);
	target_work(&target, 0, 3);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 4, 1, modern.common.bar), 0);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 8, 4, modern.common.offset + M_STATUS), 0);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 12, 4, 1), 0);
	EXPECT_EQ(target_report(&target, &told), 0);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 16, 1, 0), 0);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(vf_read(target.vf, BAR0, DEVICE_STATUS, 1), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* --- guests that mean no good --- */

UNIT_TEST(memory_that_is_unmapped_costs_the_log)
{
	struct pages told = {};
	struct target target;
	int ret = 0;

	target_start(&target, driver_logging_fresh());
	target_log(&target);
	target_work(&target, 0, 3);
	ASSERT_EQ(vf_unmap(target.vf, DIRTY_IOVA, DIRTY_LENGTH), 0);
	for (int i = 0; i < 1000 && !ret; i++) {
		ret = target_report(&target, &told);
		usleep(1000);
	}
	EXPECT_EQ(ret, -EIO);
	EXPECT_EQ(log_stop(target.vf), 0);
	ASSERT_EQ(vf_reset(target.vf), 0);
	ASSERT_EQ(vf_decode(target.vf, true), 0);
	target_start(&target, target.vf);
	target_log(&target);
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

struct spoiler {
	struct target *target;
	bool end;
};

/* Descriptors and the available ring change while the device and the driver read them */
static void *spoil(void *arg)
{
	struct spoiler *spoiler = arg;
	struct target *target = spoiler->target;
	unsigned int words = (16 * target->size + 4 + 2 * target->size) / 4, seed = 1;
	volatile uint32_t *ring = (void *)target->memory;

	while (!__atomic_load_n(&spoiler->end, __ATOMIC_ACQUIRE)) {
		unsigned int at = rand_r(&seed) % 4 ? rand_r(&seed) % 16 :
				  rand_r(&seed) % words;
		uint32_t old = ring[at];

		ring[at] = rand_r(&seed) % 3 ? rand_r(&seed) % 8 : rand_r(&seed);
		usleep(rand_r(&seed) % 50);
		/* mostly right, or the device would not get far */
		if (rand_r(&seed) % 8)
			ring[at] = old;
	}
	return NULL;
}

UNIT_TEST(rings_that_change_under_the_driver)
{
	struct pages told = {};
	struct target target;
	pthread_t thread;

	for (int round = 0; round < 10; round++) {
		struct spoiler spoiler = { .target = &target };

		target_start(&target, driver_logging_fresh());
		target_log(&target);
		/* chains that make sense, to begin with */
		target_work(&target, round, 2);
		ASSERT_EQ(pthread_create(&thread, NULL, spoil, &spoiler), 0);
		for (int i = 0; i < 200; i++) {
			target_notify(&target);
			((volatile uint16_t *)(target.memory + 16 * target.size))[1]++;
			usleep(200);
			if (!(i % 50))
				target_report(&target, &told);
		}
		__atomic_store_n(&spoiler.end, true, __ATOMIC_RELEASE);
		pthread_join(thread, NULL);
		/* by turns: ended, reset, closed */
		if (round % 3 == 0)
			EXPECT_EQ(log_stop(target.vf), 0);
		else if (round % 3 == 1)
			EXPECT_EQ(vf_reset(target.vf), 0);
		vf_close(target.vf);
	}
	target_start(&target, driver_logging_fresh());
	target_log(&target);
	target_work(&target, 0, 10);
	memset(&told, 0, sizeof(told));
	ASSERT_EQ(target_report(&target, &told), 0);
	for (int i = 0; i < 10; i++)
		EXPECT(pages_has(&told, DIRTY_FIRST + i));
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* --- resets and closes under traffic --- */

struct traffic {
	struct target *target;
	bool end;
};

/* Writes that nobody waits for */
static void *write_on(void *arg)
{
	struct traffic *traffic = arg;
	struct target *target = traffic->target;
	volatile uint16_t *index = (void *)(target->memory + 16 * target->size + 2);

	while (!__atomic_load_n(&traffic->end, __ATOMIC_ACQUIRE)) {
		(*index)++;
		target_notify(target);
		usleep(100);
	}
	return NULL;
}

UNIT_TEST(reset_and_closed_under_traffic)
{
	struct pages told = {};
	struct target target;
	pthread_t thread;

	for (int round = 0; round < 6; round++) {
		struct traffic traffic = { .target = &target };

		target_start(&target, driver_logging_fresh());
		target_work(&target, 0, 2);
		ASSERT_EQ(pthread_create(&thread, NULL, write_on, &traffic), 0);
		target_log(&target);
		usleep(20000);
		if (round % 2) {
			EXPECT_EQ(vf_reset(target.vf), 0);
			EXPECT_EQ(target_report(&target, &told), -ECANCELED);
		}
		__atomic_store_n(&traffic.end, true, __ATOMIC_RELEASE);
		pthread_join(thread, NULL);
		vf_close(target.vf);
	}
	target_start(&target, driver_logging_fresh());
	target_work(&target, 0, 3);
}

/* --- cards that do not do their part --- */

static void fault(const char *text)
{
	const char *command = getenv("VFIO_FAULTS");
	char line[256];

	if (!command)
		unit_skip("set VFIO_FAULTS to a command that sets faults of the first VF");
	snprintf(line, sizeof(line), "%s '%s' >/dev/null", command, text);
	ASSERT_EQ(system(line), 0);
}

static void start_fails(struct target *target, const char *faults, int error)
{
	static const struct log_range all = { DIRTY_IOVA, DIRTY_LENGTH };
	uint64_t page_size = DIRTY_PAGE;
	struct pages told = {};

	fault(faults);
	EXPECT_EQ(log_start(target->vf, &page_size, &all, 1), error);
	fault("");
	EXPECT_EQ(target_report(target, &told), -EINVAL);
	target_work(target, 0, 3);
}

/* DEV_MODE_SET is 17, DEV_PARTS_SET 16, DEV_PARTS_GET 15 */
UNIT_TEST(a_start_that_the_card_refuses_changes_nothing)
{
	struct pages told = {};
	struct target target;

	target_start(&target, driver_logging_fresh());
	target_work(&target, 0, 3);
	start_fails(&target, "vf0:status=22;vf0:only=17", -EINVAL);
	start_fails(&target, "vf0:status=22;vf0:only=15", -EINVAL);
	start_fails(&target, "vf0:status=22;vf0:only=16", -EINVAL);
	target_log(&target);
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST));
	EXPECT_EQ(log_stop(target.vf), 0);
}

static void *start_in_a_thread(void *target)
{
	static const struct log_range all = { DIRTY_IOVA, DIRTY_LENGTH };
	uint64_t page_size = DIRTY_PAGE;

	return (void *)(intptr_t)log_start(((struct target *)target)->vf, &page_size, &all, 1);
}

/* It is stopped for a start of the log, and nobody but the driver would resume it */
UNIT_TEST(a_card_that_does_not_go_on_is_told_again)
{
	struct target target;
	pthread_t thread;
	void *ret;
	int fd;

	target_start(&target, driver_logging_fresh());
	target_work(&target, 0, 3);
	/* of about ten commands the first and the last are DEV_MODE_SET */
	fault("vf0:late-ms=700");
	ASSERT_EQ(pthread_create(&thread, NULL, start_in_a_thread, &target), 0);
	usleep(1200000);
	fault("vf0:status=22;vf0:only=17");
	pthread_join(thread, &ret);
	EXPECT_EQ((intptr_t)ret, -EINVAL);
	EXPECT_EQ(mig_state(target.vf), MIG_ERROR);
	fault("");
	/* within the driver's 2 s and a bit */
	for (int i = 0; i < 500 && mig_state(target.vf) != MIG_RUNNING; i++)
		usleep(10000);
	ASSERT_EQ(mig_state(target.vf), MIG_RUNNING);
	target_work(&target, 0, 3);
	mig_enter(target.vf, MIG_STOP, &fd);
	mig_enter(target.vf, MIG_RUNNING, &fd);
	target_log(&target);
	target_work(&target, 3, 3);
	EXPECT_EQ(log_stop(target.vf), 0);
	target_work(&target, 6, 3);
}

/* LEGACY_COMMON_CFG_WRITE is 2. A device that was not reset still has the driver's rings */
UNIT_TEST(a_reset_that_the_card_refuses)
{
	struct pages told = {};
	struct target target;

	target_start(&target, driver_logging_fresh());
	if (target.is_modern)
		unit_skip("its reset is no command");
	target_log(&target);
	target_work(&target, 0, 3);
	fault("vf0:status=22;vf0:only=2");
	EXPECT(vf_write(target.vf, BAR0, DEVICE_STATUS, 1, 0) < 0);
	fault("");
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(target.vf), 0);
	target_work(&target, 0, 3);
}

/* The rings stay the driver's, and the guest goes on; the next start gives them back */
UNIT_TEST(a_stop_that_the_card_refuses)
{
	struct pages told = {};
	struct target target;

	target_start(&target, driver_logging_fresh());
	target_log(&target);
	target_work(&target, 0, 3);
	fault("vf0:status=22;vf0:only=16");
	EXPECT_EQ(log_stop(target.vf), -EINVAL);
	target_work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), -EINVAL);
	fault("");
	target_work(&target, 3, 3);
	target_log(&target);
	target_work(&target, 6, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST + 6));
	EXPECT(!pages_has(&told, DIRTY_FIRST + 3));
	EXPECT_EQ(log_stop(target.vf), 0);
	target_work(&target, 9, 3);
}
