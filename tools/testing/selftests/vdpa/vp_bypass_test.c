// SPDX-License-Identifier: GPL-2.0-only
/*
 * When is a queue a producer for irq bypass? A disk as in vp.h; the module vdpa_bypass is the
 * consumer. What hardware would do with it is not seen here.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "vp.h"

static int consumer;
static int added, deleted, irq;

static void look(void)
{
	char text[64] = "", *at = text;

	ASSERT(read(consumer, text, sizeof(text) - 1) > 0);
	added = strtol(at, &at, 10);
	deleted = strtol(at, &at, 10);
	irq = strtol(at, &at, 10);
}

static void consume(int fd)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", fd);

	consumer = open("/dev/vdpa_bypass", O_RDWR);
	ASSERT(consumer >= 0);
	ASSERT_EQ(write(consumer, text, len), len);
}

#define EXPECT_COUNTS(times_added, times_deleted)	\
	do {						\
		look();					\
		EXPECT_EQ(added, times_added);		\
		EXPECT_EQ(deleted, times_deleted);	\
	} while (0)

/* The name that the queue's interrupt has to have in /proc/interrupts */
static int is_the_queues(int number)
{
	char line[4096], *end;
	FILE *interrupts = fopen("/proc/interrupts", "r");
	int found = 0;

	while (!found && fgets(line, sizeof(line), interrupts))
		found = atoi(line) == number && strstr(line, "vdpa-") &&
			(end = strrchr(line, '-')) && !strcmp(end, "-0\n");
	fclose(interrupts);
	return found;
}

UNIT_TEST(from_start_to_reset)
{
	negotiate();
	consume(q.call);
	EXPECT_COUNTS(0, 0);
	ASSERT(starts());
	EXPECT_COUNTS(1, 0);
	EXPECT(is_the_queues(irq));
	EXPECT(works());
	EXPECT_COUNTS(1, 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_COUNTS(1, 1);
	close(consumer);
	leave();
}

UNIT_TEST(to_the_last_close)
{
	run();
	consume(q.call);
	EXPECT_COUNTS(1, 0);
	EXPECT(works());
	close(v.fd);
	EXPECT_COUNTS(1, 1);
	close(consumer);
	v.fd = -1;
	leave();
}

UNIT_TEST(a_consumer_comes_and_goes)
{
	run();
	for (int i = 0; i < 5; i++) {
		consume(q.call);
		EXPECT_COUNTS(1, 0);
		EXPECT(works());
		close(consumer);
		EXPECT(works());
	}
	leave();
}

UNIT_TEST(with_its_eventfd)
{
	int other = eventfd(0, EFD_NONBLOCK), first;

	run();
	consume(q.call);
	first = consumer;
	EXPECT_COUNTS(1, 0);
	ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, other), 0);
	EXPECT_COUNTS(1, 1);
	consume(other);
	EXPECT_COUNTS(1, 0);
	ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, -1), 0);
	EXPECT_COUNTS(1, 1);
	ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, q.call), 0);
	EXPECT_COUNTS(1, 1);
	close(consumer);
	consumer = first;
	EXPECT_COUNTS(2, 1);
	EXPECT(works());
	close(consumer);
	close(other);
	leave();
}

/* as VMMs do */
UNIT_TEST(a_queue_is_enabled_after_it_starts)
{
	negotiate();
	consume(q.call);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	ASSERT(starts());
	EXPECT_COUNTS(0, 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_COUNTS(1, 0);
	/* a running queue stays, and so does its producer */
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), -EOPNOTSUPP);
	EXPECT_COUNTS(2, 1);
	EXPECT(works());
	close(consumer);
	leave();
}

/* not while it is suspended: run by the scenario with a function that can be */
UNIT_TEST(not_while_suspended)
{
	run();
	consume(q.call);
	EXPECT_COUNTS(1, 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_COUNTS(1, 1);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT_COUNTS(2, 1);
	EXPECT(works());
	close(consumer);
	leave();
}

/* and this with one whose queues share a vector */
UNIT_TEST(never_with_a_shared_vector)
{
	run();
	consume(q.call);
	EXPECT_COUNTS(0, 0);
	EXPECT(works());
	EXPECT_COUNTS(0, 0);
	close(consumer);
	leave();
}
