// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is every page that a VF writes to in its log? By comparing memory, and with the
 * card's own record, if that logs; while the device works, in every state, by two VFs at once.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dirty.h"
#include "mig_test.h"
#include "unit.h"

static struct vf *logging_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		      VFIO_DEVICE_FEATURE_SET) == -ENOTTY)
		unit_skip("this VF has no log");
	return vf;
}

/* --- truth: what memory says --- */

static uint8_t before[DIRTY_LENGTH];

static void remember(struct target *target)
{
	memcpy(before, target->memory, DIRTY_LENGTH);
}

/* Pages that changed since; those before the used ring are the driver's */
static void find_changed(struct target *target, struct pages *changed)
{
	for (unsigned int page = 0; page < DIRTY_PAGES; page++)
		if ((target_is_used(target, page) || page >= DIRTY_FIRST) &&
		    memcmp(before + page * DIRTY_PAGE, target->memory + page * DIRTY_PAGE,
			   DIRTY_PAGE))
			pages_add(changed, page);
}

static unsigned int count_missed(const struct pages *truth, const struct pages *told)
{
	unsigned int n = 0;

	for (int i = 0; i < ARRAY_SIZE(truth->words); i++)
		n += __builtin_popcountll(truth->words[i] & ~told->words[i]);
	return n;
}

/* The device overwrites what is there */
static void prepare(struct target *target, unsigned int page)
{
	memset(target->memory + page * DIRTY_PAGE, 0xa5, DIRTY_PAGE);
}

static unsigned int any_page(void)
{
	return DIRTY_FIRST + rand() % (DIRTY_PAGES - DIRTY_FIRST);
}

/* --- truth: what the card says, with VFIO_LOG_EVER, of its first VF since the start --- */

static void ask_card(struct pages *ever)
{
	const char *command = getenv("VFIO_LOG_EVER");
	unsigned long first, count;
	FILE *answer;

	memset(ever, 0, sizeof(*ever));
	if (!command)
		unit_skip("set VFIO_LOG_EVER to a command that prints what the card wrote to");
	answer = popen(command, "r");
	ASSERT(answer);
	while (fscanf(answer, "%lu+%lu", &first, &count) == 2)
		for (unsigned long page = first - DIRTY_IOVA / DIRTY_PAGE;
		     count && page < DIRTY_PAGES; page++, count--)
			pages_add(ever, page);
	ASSERT_EQ(pclose(answer), 0);
}

UNIT_TEST(three_features_are_offered)
{
	struct vf *vf = vf_fresh();

	EXPECT_EQ(log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START, VFIO_DEVICE_FEATURE_SET), 0);
	EXPECT_EQ(log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, VFIO_DEVICE_FEATURE_SET), 0);
	EXPECT_EQ(log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
			    VFIO_DEVICE_FEATURE_GET), 0);
	EXPECT_EQ(log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, VFIO_DEVICE_FEATURE_SET),
		  -EINVAL);
}

UNIT_TEST(what_is_written_is_reported_once_and_nothing_else)
{
	struct pages all = {}, ever, told, truth;
	unsigned int extra = 0;
	struct target target;

	target_start(&target, logging_fresh());
	ASSERT(target_write(&target, DIRTY_FIRST));
	target_log(&target);
	srand(1);
	for (int round = 0; round < 8; round++) {
		memset(&told, 0, sizeof(told));
		memset(&truth, 0, sizeof(truth));
		for (int i = 0; i < 40; i++) {
			unsigned int page = any_page();

			prepare(&target, page);
			remember(&target);
			ASSERT(target_write(&target, page));
			find_changed(&target, &truth);
			ASSERT(pages_has(&truth, page));
		}
		ASSERT_EQ(target_report(&target, &told), 0);
		EXPECT_EQ(count_missed(&truth, &told), 0);
		extra += count_missed(&told, &truth);
		for (int i = 0; i < ARRAY_SIZE(all.words); i++)
			all.words[i] |= told.words[i];
		memset(&told, 0, sizeof(told));
		ASSERT_EQ(target_report(&target, &told), 0);
		/* a NIC may have got somebody else's frame meanwhile: there is no buffer for it */
		EXPECT_EQ(target_count_other(&target, &told), 0);
	}
	printf("# %u pages, %u reports of pages that did not change\n", pages_count(&all), extra);
	EXPECT_EQ(extra, 0);
	if (!target_logged_by_driver()) {
		ask_card(&ever);
		EXPECT_EQ(count_missed(&ever, &all), 0);
		EXPECT_EQ(count_missed(&all, &ever), 0);
	}
	EXPECT_EQ(log_stop(target.vf), 0);
	ASSERT(target_write(&target, DIRTY_FIRST));
}

UNIT_TEST(bits_are_added_in_the_window_only)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	for (int i = 0; i < 3; i++)
		ASSERT(target_write(&target, 100 + i));
	pages_add(&told, 500);
	ASSERT_EQ(log_report(target.vf, DIRTY_IOVA + 101 * DIRTY_PAGE, DIRTY_PAGE, DIRTY_PAGE,
			     told.words), 0);
	EXPECT_EQ(told.words[0], 1);
	EXPECT(pages_has(&told, 500));
	EXPECT_EQ(pages_count(&told), 2);
	/* neighbours have not been cleared */
	memset(&told, 0, sizeof(told));
	ASSERT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, 100));
	EXPECT(!pages_has(&told, 101));
	EXPECT(pages_has(&told, 102));
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* --- while the device works --- */

struct traffic {
	struct target *target;
	pthread_t thread;
	unsigned int done;		/* writes, each to the page after the one before */
	bool end, failed;
};

static unsigned int page_of(unsigned int n)
{
	return DIRTY_FIRST + n % (DIRTY_PAGES - DIRTY_FIRST);
}

static void *write_on(void *arg)
{
	struct traffic *traffic = arg;

	while (!__atomic_load_n(&traffic->end, __ATOMIC_ACQUIRE)) {
		if (!target_write(traffic->target, page_of(traffic->done))) {
			traffic->failed = true;
			break;
		}
		__atomic_add_fetch(&traffic->done, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static unsigned int done(struct traffic *traffic)
{
	return __atomic_load_n(&traffic->done, __ATOMIC_ACQUIRE);
}

static void begin(struct traffic *traffic, struct target *target)
{
	*traffic = (struct traffic){ .target = target };
	ASSERT_EQ(pthread_create(&traffic->thread, NULL, write_on, traffic), 0);
	for (int i = 0; i < 10000 && done(traffic) < 3; i++)
		usleep(1000);
}

static void end(struct traffic *traffic)
{
	__atomic_store_n(&traffic->end, true, __ATOMIC_RELEASE);
	pthread_join(traffic->thread, NULL);
}

UNIT_TEST(started_and_read_while_the_device_works_nothing_is_lost)
{
	struct traffic traffic;
	struct target target;

	target_start(&target, logging_fresh());
	begin(&traffic, &target);
	for (int round = 0; round < 5; round++) {
		unsigned int first, last, missed = 0;
		struct pages told = {};

		target_log(&target);
		/* one may be under way, before the start or after it */
		first = done(&traffic) + 1;
		for (int i = 0; i < 20; i++)
			EXPECT_EQ(target_report(&target, &told), 0);
		for (int i = 0; i < 2000 && done(&traffic) < first + 30; i++)
			usleep(1000);
		last = done(&traffic);
		EXPECT_EQ(target_report(&target, &told), 0);
		EXPECT_EQ(log_stop(target.vf), 0);
		for (unsigned int n = first; n < last; n++)
			missed += !pages_has(&told, page_of(n));
		EXPECT_EQ(missed, 0);
		EXPECT(last >= first + 5);
	}
	end(&traffic);
	EXPECT(!traffic.failed);
}

struct mapper {
	struct vf *vf;
	bool end;
	unsigned int rounds;
};

static void *map_on(void *arg)
{
	struct mapper *mapper = arg;
	void *memory = mmap(NULL, DIRTY_LENGTH, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	while (!__atomic_load_n(&mapper->end, __ATOMIC_ACQUIRE)) {
		if (vf_map(mapper->vf, DIRTY_IOVA + DIRTY_LENGTH, memory, DIRTY_LENGTH) ||
		    vf_unmap(mapper->vf, DIRTY_IOVA + DIRTY_LENGTH, DIRTY_LENGTH))
			break;
		__atomic_add_fetch(&mapper->rounds, 1, __ATOMIC_RELEASE);
	}
	munmap(memory, DIRTY_LENGTH);
	return NULL;
}

UNIT_TEST(memory_comes_and_goes_while_it_is_read)
{
	static const struct log_range more = { DIRTY_IOVA, 2 * DIRTY_LENGTH };
	static uint64_t bits[2 * DIRTY_PAGES / 64];
	uint64_t page_size = DIRTY_PAGE;
	struct target target;
	struct mapper mapper;
	pthread_t thread;

	target_start(&target, logging_fresh());
	mapper = (struct mapper){ .vf = target.vf };
	ASSERT_EQ(log_start(target.vf, &page_size, &more, 1), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, map_on, &mapper), 0);
	for (int i = 0; i < 100; i++) {
		EXPECT(target_write(&target, page_of(i)));
		EXPECT_EQ(log_report(target.vf, more.iova, more.length, DIRTY_PAGE, bits), 0);
	}
	__atomic_store_n(&mapper.end, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	EXPECT(mapper.rounds > 0);
	for (int i = 0; i < 100; i++)
		EXPECT(bits[page_of(i) / 64] >> page_of(i) % 64 & 1);
	for (int i = DIRTY_PAGES / 64; i < 2 * DIRTY_PAGES / 64; i++)
		EXPECT_EQ(bits[i], 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* --- states, resets, other VFs --- */

UNIT_TEST(in_every_state_of_a_migration)
{
	struct target target;

	target_start(&target, logging_fresh());
	if (mig_flags(target.vf) == -ENOTTY)
		unit_skip("this VF cannot migrate");
	for (int state = MIG_STOP; state < MIG_STATES; state++) {
		struct pages told = {};
		int fd;

		target_log(&target);
		ASSERT(target_write(&target, 64 + state));
		mig_enter(target.vf, state, &fd);
		EXPECT_EQ(target_report(&target, &told), 0);
		EXPECT(pages_has(&told, 64 + state));
		/* and nothing more, of a device that is stopped */
		memset(&told, 0, sizeof(told));
		EXPECT_EQ(target_report(&target, &told), 0);
		EXPECT_EQ(target_count_other(&target, &told), 0);
		EXPECT_EQ(log_stop(target.vf), 0);
		target_log(&target);
		EXPECT_EQ(log_stop(target.vf), 0);
		if (state == MIG_RESUMING) {
			ASSERT_EQ(vf_reset(target.vf), 0);
			mig_end(&fd);
			target_start(&target, logging_fresh());
			continue;
		}
		mig_enter(target.vf, MIG_RUNNING, &fd);
		mig_end(&fd);
	}
}

UNIT_TEST(after_a_reset_no_report_succeeds_until_it_is_started_again)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	ASSERT(target_write(&target, 64));
	ASSERT_EQ(vf_reset(target.vf), 0);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(pages_count(&told), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
	EXPECT_EQ(target_report(&target, &told), -EINVAL);
	target_log(&target);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT_EQ(pages_count(&told), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* The guest's driver resets its device: status 0 leaves the card's log as it is */
UNIT_TEST(a_drivers_reset_does_not_end_the_cards_log)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	ASSERT(target_write(&target, 64));
	target_reset(&target);
	if (target_logged_by_driver()) {
		EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	} else {
		ASSERT_EQ(target_report(&target, &told), 0);
		EXPECT(pages_has(&told, 64));
	}
	EXPECT_EQ(log_stop(target.vf), 0);
}

UNIT_TEST(closed_while_it_logs_it_is_as_new)
{
	struct pages told = {};
	struct target target;

	for (int i = 0; i < 3; i++) {
		target_start(&target, logging_fresh());
		EXPECT_EQ(target_report(&target, &told), -EINVAL);
		target_log(&target);
		ASSERT(target_write(&target, 64));
		vf_close(target.vf);
	}
	target_start(&target, logging_fresh());
	target_log(&target);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT_EQ(pages_count(&told), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

UNIT_TEST(two_vfs_have_a_log_each)
{
	static struct vf other = { .container = -1, .group = -1, .device = -1 };
	static const struct log_range all = { DIRTY_IOVA, DIRTY_LENGTH };
	const char *address = getenv("VFIO_OTHER");
	struct pages told = {}, others = {};
	uint64_t page_size = DIRTY_PAGE;
	struct target target;

	if (!address)
		unit_skip("set VFIO_OTHER to the address of a third VF of the same card");
	target_start(&target, logging_fresh());
	vf_close(&other);
	ASSERT_EQ(vf_open(&other, address), 0);
	target_log(&target);
	ASSERT_EQ(log_start(&other, &page_size, &all, 1), 0);
	for (int i = 0; i < 20; i++) {
		ASSERT(target_write(&target, page_of(i)));
		EXPECT_EQ(log_report(&other, DIRTY_IOVA, DIRTY_LENGTH, DIRTY_PAGE,
				     others.words), 0);
	}
	EXPECT_EQ(pages_count(&others), 0);
	/* the end of one is not the other's */
	EXPECT_EQ(log_stop(&other), 0);
	ASSERT_EQ(target_report(&target, &told), 0);
	for (int i = 0; i < 20; i++)
		EXPECT(pages_has(&told, page_of(i)));
	vf_close(&other);
	EXPECT_EQ(log_stop(target.vf), 0);
}
