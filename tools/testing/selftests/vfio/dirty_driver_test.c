// SPDX-License-Identifier: GPL-2.0-only
/*
 * A log that the driver keeps: what the guest notices of it (nothing), what ends it, and
 * what a guest or a card can do to it. Needs VFIO_LOG_BY=driver. With VFIO_FAULTS, a command
 * that sets the faults of the first VF, cards that refuse as well.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dirty.h"
#include "mig_test.h"
#include "modern.h"
#include "unit.h"

#define VECTOR		1
#define SOON_MS		10000
#define LATE_MS		100

/* "Available Ring": its flags, before the index; behind the descriptors */
#define NO_INTERRUPT	1

static struct vf *logging_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (!target_logged_by_driver())
		unit_skip("set VFIO_LOG_BY=driver, and bind the VF with dirty_log=driver");
	if (log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		      VFIO_DEVICE_FEATURE_SET) == -ENOTTY)
		unit_skip("this VF has no log");
	return vf;
}

/* The device works: so many pages, one after the other */
static void work(struct target *target, unsigned int first, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		ASSERT(target_write(target, DIRTY_FIRST + first + i));
}

/* --- interrupts --- */

static int set_eventfds(struct vf *vf, unsigned int start, const int *fds, unsigned int count)
{
	struct {
		struct vfio_irq_set set;
		int32_t fds[4];
	} irqs = {
		.set = {
			.argsz = sizeof(irqs.set) + count * sizeof(int32_t),
			.flags = VFIO_IRQ_SET_ACTION_TRIGGER | VFIO_IRQ_SET_DATA_EVENTFD,
			.index = VFIO_PCI_MSIX_IRQ_INDEX,
			.start = start,
			.count = count,
		},
	};

	memcpy(irqs.fds, fds, count * sizeof(*fds));
	return ioctl(vf->device, VFIO_DEVICE_SET_IRQS, &irqs) ? -errno : 0;
}

static bool signalled(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	eventfd_t value;

	return poll(&poll_fd, 1, ms) == 1 && !eventfd_read(fd, &value);
}

/* Two vectors, the second one the queue's */
static void use_vectors(struct target *target, int fds[2])
{
	for (int i = 0; i < 2; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		ASSERT(fds[i] >= 0);
	}
	ASSERT_EQ(set_eventfds(target->vf, 0, fds, 2), 0);
	ASSERT_EQ(vf_write(target->vf, BAR0, QUEUE_SELECT, 2, 0), 0);
	ASSERT_EQ(vf_write(target->vf, BAR0, QUEUE_VECTOR, 2, VECTOR), 0);
	ASSERT_EQ(vf_read(target->vf, BAR0, QUEUE_VECTOR, 2), VECTOR);
}

static void drain(int fd)
{
	while (signalled(fd, 0))
		;
}

UNIT_TEST(each_write_interrupts_by_the_guests_own_eventfd)
{
	struct target target;
	int fds[2], other;

	target_start(&target, logging_fresh());
	use_vectors(&target, fds);
	work(&target, 0, 1);
	ASSERT(signalled(fds[VECTOR], SOON_MS));
	drain(fds[VECTOR]);
	target_log(&target);
	/* a card may have put off the one before, and has no vector to signal it by any more */
	EXPECT(signalled(fds[VECTOR], SOON_MS));
	drain(fds[VECTOR]);
	for (int i = 0; i < 20; i++) {
		work(&target, i, 1);
		ASSERT(signalled(fds[VECTOR], SOON_MS));
	}
	/* a VMM exchanges it, when the guest masks the vector for one */
	other = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ASSERT_EQ(set_eventfds(target.vf, VECTOR, &other, 1), 0);
	drain(fds[VECTOR]);
	for (int i = 0; i < 5; i++) {
		work(&target, i, 1);
		ASSERT(signalled(other, SOON_MS));
	}
	EXPECT(!signalled(fds[VECTOR], LATE_MS));
	ASSERT_EQ(log_stop(target.vf), 0);
	/* the device has its vector again */
	EXPECT_EQ(vf_read(target.vf, BAR0, QUEUE_VECTOR, 2), VECTOR);
	signalled(other, LATE_MS);
	drain(other);
	for (int i = 0; i < 5; i++) {
		work(&target, i, 1);
		ASSERT(signalled(other, SOON_MS));
	}
	EXPECT(!signalled(fds[0], 0));
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	close(other);
}

UNIT_TEST(a_guest_that_wants_no_interrupts_gets_none)
{
	uint16_t *flags;
	struct target target;
	int fds[2];

	target_start(&target, logging_fresh());
	use_vectors(&target, fds);
	flags = (void *)(target.memory + 16 * target.size);
	target_log(&target);
	drain(fds[VECTOR]);
	*flags = NO_INTERRUPT;
	work(&target, 0, 5);
	EXPECT(!signalled(fds[VECTOR], LATE_MS));
	*flags = 0;
	work(&target, 5, 1);
	EXPECT(signalled(fds[VECTOR], SOON_MS));
	/* vectors are turned off, and the log goes on */
	ASSERT_EQ(vf_msix(target.vf, 0), 0);
	work(&target, 6, 5);
	EXPECT_EQ(log_stop(target.vf), 0);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}

/* --- the guest's rings are shown, and come back --- */

static uint64_t ring_of_stream(struct vf *vf, uint16_t *vector)
{
	static struct mig_stream stream;
	struct mig_record *record;
	struct mig_part *part;
	uint64_t ring;
	int fd;

	stream.len = 0;
	ASSERT_EQ(mig_set(vf, MIG_PRE_COPY, &fd), 0);
	ASSERT_EQ(mig_read(fd, &stream), ENOMSG);
	mig_end(&fd);
	ASSERT_EQ(mig_set(vf, MIG_RUNNING, &fd), 0);
	record = mig_record(&stream, 1);
	ASSERT(record && record->type == RECORD_PARTS);
	part = mig_part(record, 0x104, 0);
	ASSERT(part && part->length == 32);
	memcpy(vector, (uint8_t *)(part + 1) + 2, sizeof(*vector));
	memcpy(&ring, (uint8_t *)(part + 1) + 24, sizeof(ring));
	return ring;
}

UNIT_TEST(the_saved_state_has_the_guests_rings_and_vectors)
{
	struct target target;
	uint16_t vector;
	uint64_t ring;
	int fds[2];

	target_start(&target, logging_fresh());
	use_vectors(&target, fds);
	ring = DIRTY_IOVA + target.used_page * DIRTY_PAGE;
	ASSERT_EQ(ring_of_stream(target.vf, &vector), ring);
	ASSERT_EQ(vector, VECTOR);
	for (int i = 0; i < 3; i++) {
		target_log(&target);
		work(&target, 0, 3);
		EXPECT_EQ(ring_of_stream(target.vf, &vector), ring);
		EXPECT_EQ(vector, VECTOR);
		work(&target, 3, 3);
		ASSERT_EQ(log_stop(target.vf), 0);
		EXPECT_EQ(ring_of_stream(target.vf, &vector), ring);
		EXPECT_EQ(vector, VECTOR);
		work(&target, 6, 3);
	}
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}

UNIT_TEST(a_guest_moves_its_queue_to_another_vector)
{
	struct target target;
	uint16_t vector;
	int fds[2];

	target_start(&target, logging_fresh());
	use_vectors(&target, fds);
	target_log(&target);
	work(&target, 0, 1);
	ASSERT_EQ(vf_write(target.vf, BAR0, QUEUE_VECTOR, 2, 0), 0);
	ASSERT_EQ(vf_read(target.vf, BAR0, QUEUE_VECTOR, 2), 0);
	usleep(LATE_MS * 1000);
	drain(fds[VECTOR]);
	for (int i = 0; i < 5; i++) {
		work(&target, i, 1);
		ASSERT(signalled(fds[0], SOON_MS));
	}
	EXPECT(!signalled(fds[VECTOR], LATE_MS));
	ring_of_stream(target.vf, &vector);
	EXPECT_EQ(vector, 0);
	ASSERT_EQ(log_stop(target.vf), 0);
	EXPECT_EQ(vf_read(target.vf, BAR0, QUEUE_VECTOR, 2), 0);
	drain(fds[0]);
	work(&target, 5, 1);
	EXPECT(signalled(fds[0], SOON_MS));
	EXPECT(!signalled(fds[VECTOR], LATE_MS));
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}

/* With the device stopped, all that it used is in the guest's memory */
UNIT_TEST(stopped_and_resumed_while_it_logs)
{
	struct pages told = {};
	struct target target;
	int fd;

	target_start(&target, logging_fresh());
	target_log(&target);
	for (int i = 0; i < 5; i++) {
		work(&target, 10 * i, 3);
		mig_enter(target.vf, MIG_STOP, &fd);
		mig_enter(target.vf, MIG_RUNNING, &fd);
		work(&target, 10 * i + 5, 3);
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
	work(&target, 0, 3);
}

/* --- what ends a log --- */

UNIT_TEST(a_new_ring_ends_it)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	work(&target, 0, 3);
	ASSERT_EQ(vf_write(target.vf, BAR0, QUEUE_ADDRESS, 4, DIRTY_IOVA / DIRTY_PAGE), 0);
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
	struct vf *vf = logging_fresh();

	ASSERT_EQ(log_start(vf, &page_size, &all, 1), 0);
	EXPECT_EQ(log_report(vf, DIRTY_IOVA, DIRTY_LENGTH, DIRTY_PAGE, told.words), 0);
	target_start(&target, vf);
	work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(vf), 0);
	target_log(&target);
	work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST));
	EXPECT_EQ(log_stop(vf), 0);
}

UNIT_TEST(a_modern_driver_ends_it)
{
	struct pages told = {};
	struct modern modern;
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	work(&target, 0, 3);
	modern_init(&modern, target.vf);
	modern_put(&modern, M_STATUS, 1, 0);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* By VIRTIO_PCI_CAP_PCI_CFG: which structure, where in it, how many bytes; and the data */
UNIT_TEST(a_register_that_is_written_by_the_window_ends_it)
{
	struct pages told = {};
	struct modern modern;
	struct target target;
	unsigned int at;

	target_start(&target, logging_fresh());
	at = vf_capability(target.vf, 9, 5);
	if (!at)
		unit_skip("the VF has no window to its registers");
	modern_init(&modern, target.vf);
	target_log(&target);
	work(&target, 0, 3);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 4, 1, modern.common.bar), 0);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 8, 4, modern.common.offset + M_STATUS), 0);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 12, 4, 1), 0);
	EXPECT_EQ(target_report(&target, &told), 0);
	ASSERT_EQ(vf_write(target.vf, CONFIG, at + 16, 1, 0), 0);
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(vf_read(target.vf, BAR0, DEVICE_STATUS, 1), 0);
	EXPECT_EQ(log_stop(target.vf), 0);
}

/* It is refused for now, and the guest goes on */
UNIT_TEST(a_modern_driver_is_refused)
{
	static const struct log_range all = { 0, 1 << 30 };
	uint64_t page_size = DIRTY_PAGE;
	struct modern modern;
	struct vf *vf = logging_fresh();

	modern_init(&modern, vf);
	modern_start(&modern);
	ASSERT_EQ(log_start(vf, &page_size, &all, 1), -EOPNOTSUPP);
	modern_publish(&modern);
	ASSERT_EQ(vf_write(vf, modern.notify.bar, modern_doorbell(&modern), 2,
			   modern_queue(&modern)), 0);
	EXPECT(modern_completes(&modern, MODERN_WAIT_US));
}

/* --- guests that mean no good --- */

UNIT_TEST(memory_that_is_unmapped_costs_the_log)
{
	struct pages told = {};
	struct target target;
	int ret = 0;

	target_start(&target, logging_fresh());
	target_log(&target);
	work(&target, 0, 3);
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
	work(&target, 0, 3);
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

		target_start(&target, logging_fresh());
		target_log(&target);
		/* chains that make sense, to begin with */
		work(&target, round, 2);
		ASSERT_EQ(pthread_create(&thread, NULL, spoil, &spoiler), 0);
		for (int i = 0; i < 200; i++) {
			vf_write(target.vf, BAR0, QUEUE_NOTIFY, 2, 0);
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
	target_start(&target, logging_fresh());
	target_log(&target);
	work(&target, 0, 10);
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
		vf_write(target->vf, BAR0, QUEUE_NOTIFY, 2, 0);
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

		target_start(&target, logging_fresh());
		work(&target, 0, 2);
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
	target_start(&target, logging_fresh());
	work(&target, 0, 3);
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
	work(target, 0, 3);
}

/* DEV_MODE_SET is 17, DEV_PARTS_SET 16, DEV_PARTS_GET 15 */
UNIT_TEST(a_start_that_the_card_refuses_changes_nothing)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	work(&target, 0, 3);
	start_fails(&target, "vf0:status=22;vf0:only=17", -EINVAL);
	start_fails(&target, "vf0:status=22;vf0:only=15", -EINVAL);
	start_fails(&target, "vf0:status=22;vf0:only=16", -EINVAL);
	target_log(&target);
	work(&target, 0, 3);
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

	target_start(&target, logging_fresh());
	work(&target, 0, 3);
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
	work(&target, 0, 3);
	mig_enter(target.vf, MIG_STOP, &fd);
	mig_enter(target.vf, MIG_RUNNING, &fd);
	target_log(&target);
	work(&target, 3, 3);
	EXPECT_EQ(log_stop(target.vf), 0);
	work(&target, 6, 3);
}

/* LEGACY_COMMON_CFG_WRITE is 2. A device that was not reset still has the driver's rings */
UNIT_TEST(a_reset_that_the_card_refuses)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	work(&target, 0, 3);
	fault("vf0:status=22;vf0:only=2");
	EXPECT(vf_write(target.vf, BAR0, DEVICE_STATUS, 1, 0) < 0);
	fault("");
	EXPECT_EQ(target_report(&target, &told), -ECANCELED);
	EXPECT_EQ(log_stop(target.vf), 0);
	work(&target, 0, 3);
}

/* The rings stay the driver's, and the guest goes on; the next start gives them back */
UNIT_TEST(a_stop_that_the_card_refuses)
{
	struct pages told = {};
	struct target target;

	target_start(&target, logging_fresh());
	target_log(&target);
	work(&target, 0, 3);
	fault("vf0:status=22;vf0:only=16");
	EXPECT_EQ(log_stop(target.vf), -EINVAL);
	work(&target, 0, 3);
	EXPECT_EQ(target_report(&target, &told), -EINVAL);
	fault("");
	work(&target, 3, 3);
	target_log(&target);
	work(&target, 6, 3);
	EXPECT_EQ(target_report(&target, &told), 0);
	EXPECT(pages_has(&told, DIRTY_FIRST + 6));
	EXPECT(!pages_has(&told, DIRTY_FIRST + 3));
	EXPECT_EQ(log_stop(target.vf), 0);
	work(&target, 9, 3);
}
