// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do a guest and its VMM notice of a log that the driver keeps? Nothing: interrupts,
 * notifications, rings and vectors are the guest's own. Needs VFIO_LOG_BY=driver.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dirty.h"
#include "mig_test.h"
#include "unit.h"

#define VECTOR		1
#define SOON_MS		10000
#define LATE_MS		100

/* "Available Ring": its flags, before the index; behind the descriptors */
#define NO_INTERRUPT	1

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
	target_set_vector(target, VECTOR);
	ASSERT_EQ(target_vector(target), VECTOR);
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

	target_start(&target, driver_logging_fresh());
	use_vectors(&target, fds);
	target_work(&target, 0, 1);
	ASSERT(signalled(fds[VECTOR], SOON_MS));
	drain(fds[VECTOR]);
	target_log(&target);
	/* a card may have put off the one before, and has no vector to signal it by any more */
	EXPECT(signalled(fds[VECTOR], SOON_MS));
	drain(fds[VECTOR]);
	for (int i = 0; i < 20; i++) {
		target_work(&target, i, 1);
		ASSERT(signalled(fds[VECTOR], SOON_MS));
	}
	/* a VMM exchanges it, when the guest masks the vector for one */
	other = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ASSERT_EQ(set_eventfds(target.vf, VECTOR, &other, 1), 0);
	drain(fds[VECTOR]);
	for (int i = 0; i < 5; i++) {
		target_work(&target, i, 1);
		ASSERT(signalled(other, SOON_MS));
	}
	EXPECT(!signalled(fds[VECTOR], LATE_MS));
	ASSERT_EQ(log_stop(target.vf), 0);
	/* the device has its vector again */
	EXPECT_EQ(target_vector(&target), VECTOR);
	signalled(other, LATE_MS);
	drain(other);
	for (int i = 0; i < 5; i++) {
		target_work(&target, i, 1);
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

	target_start(&target, driver_logging_fresh());
	use_vectors(&target, fds);
	flags = (void *)(target.memory + 16 * target.size);
	target_log(&target);
	drain(fds[VECTOR]);
	*flags = NO_INTERRUPT;
	target_work(&target, 0, 5);
	EXPECT(!signalled(fds[VECTOR], LATE_MS));
	*flags = 0;
	target_work(&target, 5, 1);
	EXPECT(signalled(fds[VECTOR], SOON_MS));
	/* vectors are turned off, and the log goes on */
	ASSERT_EQ(vf_msix(target.vf, 0), 0);
	target_work(&target, 6, 5);
	EXPECT_EQ(log_stop(target.vf), 0);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}

/* The device looks for it at a notification only: by the driver's doorbell, or the address */
UNIT_TEST(what_is_made_available_without_a_notification_is_found)
{
	struct target target;

	target_start(&target, driver_logging_fresh());
	if (target.nic)
		unit_skip("a NIC takes buffers when there is a frame");
	target_work(&target, 0, 1);
	target_publish(&target, DIRTY_FIRST + 1);
	usleep(LATE_MS * 1000);
	EXPECT(!target_is_done(&target));
	EXPECT_EQ(target_notify(&target), 0);
	for (int ms = 0; ms < SOON_MS && !target_is_done(&target); ms++)
		usleep(1000);
	target_log(&target);
	for (int i = 2; i < 6; i++) {
		target_publish(&target, DIRTY_FIRST + i);
		for (int ms = 0; ms < SOON_MS && !target_is_done(&target); ms++)
			usleep(1000);
		ASSERT(target_is_done(&target));
	}
	EXPECT_EQ(log_stop(target.vf), 0);
	target_work(&target, 6, 1);
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

	target_start(&target, driver_logging_fresh());
	use_vectors(&target, fds);
	ring = target_used(&target);
	ASSERT_EQ(ring_of_stream(target.vf, &vector), ring);
	ASSERT_EQ(vector, VECTOR);
	for (int i = 0; i < 3; i++) {
		target_log(&target);
		target_work(&target, 0, 3);
		EXPECT_EQ(ring_of_stream(target.vf, &vector), ring);
		EXPECT_EQ(vector, VECTOR);
		target_work(&target, 3, 3);
		ASSERT_EQ(log_stop(target.vf), 0);
		EXPECT_EQ(ring_of_stream(target.vf, &vector), ring);
		EXPECT_EQ(vector, VECTOR);
		target_work(&target, 6, 3);
	}
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}

/* Whatever the device has then: the guest's own is in the register, and interrupts it */
UNIT_TEST(a_vector_that_is_set_while_it_logs)
{
	struct target target;
	uint16_t vector;
	int fds[2];

	target_start(&target, driver_logging_fresh());
	use_vectors(&target, fds);
	target_log(&target);
	EXPECT_EQ(target_vector(&target), VECTOR);
	target_work(&target, 0, 1);
	ASSERT(signalled(fds[VECTOR], SOON_MS));
	target_set_vector(&target, 0);
	EXPECT_EQ(target_vector(&target), 0);
	drain(fds[VECTOR]);
	for (int i = 1; i < 4; i++) {
		target_work(&target, i, 1);
		ASSERT(signalled(fds[0], SOON_MS));
	}
	target_set_vector(&target, NO_VECTOR);
	target_work(&target, 4, 1);
	EXPECT(!signalled(fds[0], LATE_MS));
	ring_of_stream(target.vf, &vector);
	EXPECT_EQ(vector, NO_VECTOR);
	/* more than the device has */
	target_set_vector(&target, 0x7ff);
	EXPECT_EQ(target_vector(&target), NO_VECTOR);
	target_set_vector(&target, 0);
	ASSERT_EQ(log_stop(target.vf), 0);
	EXPECT_EQ(target_vector(&target), 0);
	signalled(fds[0], LATE_MS);
	drain(fds[0]);
	target_work(&target, 5, 1);
	EXPECT(signalled(fds[0], SOON_MS));
	EXPECT(!signalled(fds[VECTOR], 0));
	for (int i = 0; i < 2; i++)
		close(fds[i]);
}
