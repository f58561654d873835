// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a notification ever lost, in either direction? A driver that does what Linux's
 * does, a disk, and so many rounds that each step meets each other one. A round that
 * does not end in five seconds is a lost notification: which one, the failure says.
 */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "queue.h"
#include "unit.h"

#define MS		5000
#define ROUNDS		4000
#define EVENT_IDX	(1ULL << VIRTIO_RING_F_EVENT_IDX)
#define STATUS(at)	(64 + (at))

static struct vhost v;
static struct queue q;
static int event_idx;
static uint16_t kicked;		/* the index that was last thought about */

static void start(uint64_t features)
{
	struct virtio_blk_outhdr flush = { .type = VIRTIO_BLK_T_FLUSH };

	v = vhost_new("notifytest", "vdpasim_blk");
	ASSERT_EQ(vhost_negotiate(&v, features), 0);
	ASSERT_EQ(queue_start(&q, &v, 0), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	event_idx = !!(features & EVENT_IDX);
	kicked = 0;
	*(struct virtio_blk_outhdr *)q.m->data = flush;
	for (int at = 0; at < QUEUE_NUM; at += 2) {
		queue_desc(&q, at, QUEUE_DATA(&q, 0), sizeof(flush), VRING_DESC_F_NEXT, at + 1);
		queue_desc(&q, at + 1, QUEUE_DATA(&q, STATUS(at)), 1, VRING_DESC_F_WRITE, 0);
	}
}

static void end(void)
{
	queue_end(&q);
	vhost_end(&v);
}

/* "Available Buffer Notification Suppression": kick only a device that asked for it */
static void notify(void)
{
	uint16_t new = q.m->avail.idx, old = kicked;
	int wanted;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	kicked = new;
	if (event_idx)
		wanted = vring_need_event(__atomic_load_n(&q.m->used.avail_event, __ATOMIC_RELAXED),
					  new, old);
	else
		wanted = !(__atomic_load_n(&q.m->used.flags, __ATOMIC_RELAXED) &
			   VRING_USED_F_NO_NOTIFY);
	if (wanted)
		queue_kick(&q);
}

static uint16_t used(void)
{
	return __atomic_load_n(&q.m->used.idx, __ATOMIC_ACQUIRE);
}

/* "Used Buffer Notification Suppression": ask for one interrupt, after all that was offered */
static void ask(uint16_t event)
{
	if (event_idx)
		__atomic_store_n(&q.m->avail.used_event, event, __ATOMIC_RELAXED);
	else
		__atomic_store_n(&q.m->avail.flags, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void ask_not(void)
{
	if (!event_idx)
		__atomic_store_n(&q.m->avail.flags, VRING_AVAIL_F_NO_INTERRUPT, __ATOMIC_RELAXED);
}

/* Wait for all that was offered, asleep but for the interrupt. Return: 0 or -ETIMEDOUT. */
static int wait_all(int call)
{
	struct pollfd p = { .fd = call, .events = POLLIN };
	uint16_t all = q.m->avail.idx;
	eventfd_t count;

	for (;;) {
		ask(all - 1);
		if (used() == all)
			break;
		if (poll(&p, 1, MS) <= 0)
			return -ETIMEDOUT;
		eventfd_read(call, &count);
		ask_not();
	}
	q.seen = all;
	return 0;
}

/* what was lost? */
static void report(int round)
{
	int late, stuck = used() != q.m->avail.idx;

	queue_kick(&q);
	usleep(300000);
	late = used() == q.m->avail.idx;
	unit_fail(__FILE__, __LINE__, 1, "round %d: %s", round,
		  !stuck ? "the interrupt was lost" :
		  late ? "the kick was lost" : "the device is stuck");
}

static void offer(int count)
{
	for (int i = 0; i < count; i++) {
		queue_offer(&q, 2 * (q.m->avail.idx % (QUEUE_NUM / 2)));
		if (random() % 2)
			notify();
	}
	notify();
}

/* so that the device's worker and we meet in every state: a few microseconds, or none */
static void dawdle(void)
{
	for (int i = random() % 2000; i > 0; i--)
		__asm__ ("" ::: "memory");
}

static void rounds(int count, int call)
{
	for (int round = 0; round < count; round++) {
		offer(1 + random() % (QUEUE_NUM / 2));
		dawdle();
		if (wait_all(call))
			report(round);
		dawdle();
	}
}

UNIT_TEST(none_is_lost_by_index)
{
	start(~0ULL);
	rounds(ROUNDS, q.call);
	end();
}

UNIT_TEST(none_is_lost_by_flag)
{
	start(~EVENT_IDX);
	rounds(ROUNDS, q.call);
	end();
}

/*
 * What a hypervisor does when the guest masks and unmasks the vector: another eventfd
 * while it is masked, then the first one again, and what came meanwhile is sent on.
 */
static int done;

static void *mask(void *arg)
{
	int masked = eventfd(0, EFD_NONBLOCK);
	eventfd_t count;

	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, masked);
		dawdle();
		vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, q.call);
		if (!eventfd_read(masked, &count))
			eventfd_write(q.call, 1);
		dawdle();
	}
	close(masked);
	return NULL;
}

/* The same on the other side: a kick's eventfd that is replaced, by itself or by another */
static void *replace(void *arg)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, q.kick);
		dawdle();
		vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, VHOST_FILE_UNBIND);
		dawdle();
		vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, q.kick);
	}
	return NULL;
}

static void rounds_beside(void *(*other)(void *arg))
{
	pthread_t thread;

	start(~0ULL);
	done = 0;
	ASSERT_EQ(pthread_create(&thread, NULL, other, NULL), 0);
	rounds(ROUNDS / 4, q.call);
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	end();
}

UNIT_TEST(regression_interrupt_while_its_eventfd_changes)
{
	rounds_beside(mask);
}

UNIT_TEST(regression_kick_while_its_eventfd_changes)
{
	rounds_beside(replace);
}

/* signalled before the device knew of it */
UNIT_TEST(regression_kick_before_its_eventfd_was_set)
{
	start(~0ULL);
	for (int i = 0; i < 100; i++) {
		EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, VHOST_FILE_UNBIND), 0);
		offer(1);
		EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, q.kick), 0);
		if (wait_all(q.call))
			report(i);
	}
	end();
}

/* before DRIVER_OK and after a reset the device looks at no ring, whoever kicks it */
UNIT_TEST(regression_nothing_runs_in_reset)
{
	start(~EVENT_IDX);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, MS), 1);
	EXPECT_EQ(vhost_reset(&v), 0);
	for (int step = 0; step < 3; step++) {
		queue_offer(&q, 2);
		queue_kick(&q);
		EXPECT_EQ(queue_wait(&q, 200), -ETIMEDOUT);
		EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 0);
		/* nor before DRIVER_OK, with and without an enabled queue */
		if (step == 0)
			EXPECT_EQ(vhost_negotiate(&v, ~EVENT_IDX), 0);
		if (step == 1)
			EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	}
	EXPECT(!(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET));
	end();
}

static int signalled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	eventfd_t count;

	return poll(&p, 1, MS) == 1 && !eventfd_read(fd, &count);
}

/* who gave them once need not give them again: all three are the file's, not the ring's */
UNIT_TEST(regression_eventfds_stay_over_a_reset)
{
	struct vhost_vring_addr addr;
	int config = eventfd(0, EFD_NONBLOCK);
	eventfd_t count;

	start(~EVENT_IDX);
	addr = queue_addr(&q);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &config), 0);
	/* a suspension does not stay */
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_negotiate(&v, ~EVENT_IDX), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, QUEUE_NUM), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	/* an empty ring was looked at: only a kick makes the device look again */
	usleep(100000);
	eventfd_read(q.call, &count);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT(signalled(q.call));
	EXPECT_EQ(used(), 1);
	q.m->avail.idx += QUEUE_NUM + 1;
	queue_kick(&q);
	EXPECT(signalled(config));
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	end();
	close(config);
}
