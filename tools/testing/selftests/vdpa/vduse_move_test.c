// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver's ring goes from one VDUSE device to another by VDUSE_SUSPEND, or is resumed on the
 * same one by VDUSE_RESUME: each request is served once.
 */
#include <errno.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "queue.h"
#include "rings.h"
#include "unit.h"

#define REQUESTS	1024
#define SLOTS		8	/* requests that are offered at a time; two descriptors each */
#define MS		5000
#define ALL		(-1)

/* A daemon, in a thread of its own, and its device on the bus. @rings is first: see work(). */
struct side {
	struct rings rings;
	struct daemon d;
	struct vhost v;
	pthread_t thread;
	int kick;		/* the driver's */
	int left;		/* so many requests it serves yet; ALL: any number */
	int end;
	unsigned int served[REQUESTS];
};

static struct side a, b;
static struct queue q;
static unsigned int offered, taken;

/* It answers each number by one more than three times as much */
static void work(struct rings *rings, unsigned int queue)
{
	struct side *side = (struct side *)rings;
	struct rings_chain chain;
	uint64_t number = 0;

	if (queue)
		return;
	while (__atomic_load_n(&side->left, __ATOMIC_ACQUIRE) && rings_take(rings, queue, &chain)) {
		if (side->left > 0)
			__atomic_sub_fetch(&side->left, 1, __ATOMIC_RELEASE);
		rings_copy_out(&chain, &number, sizeof(number));
		if (number < REQUESTS)
			side->served[number]++;
		number = 3 * number + 1;
		rings_give(rings, queue, &chain, rings_copy_in(&chain, &number, sizeof(number)));
	}
}

static void *serve(void *arg)
{
	struct side *side = arg;

	while (!__atomic_load_n(&side->end, __ATOMIC_ACQUIRE))
		rings_step(&side->rings, 20, -1);
	return NULL;
}

static void side_start(struct side *side, const char *name, uint64_t features)
{
	memset(side, 0, sizeof(*side));
	side->left = ALL;
	side->kick = eventfd(0, EFD_NONBLOCK);
	daemon_init(&side->d, name, 1, features);
	ASSERT_EQ(daemon_make(&side->d), 0);
	rings_init(&side->rings, &side->d, work);
	ASSERT_EQ(pthread_create(&side->thread, NULL, serve, side), 0);
	side->v = vhost_new(name, "vduse");
}

static void side_end(struct side *side)
{
	vhost_end(&side->v);
	__atomic_store_n(&side->end, 1, __ATOMIC_RELEASE);
	pthread_join(side->thread, NULL);
	rings_exit(&side->rings);
	daemon_exit(&side->d);
	close(side->kick);
}

/* The ring, in memory that a daemon can map */
static void ring_make(void)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);

	ASSERT(fd >= 0);
	ASSERT_EQ(ftruncate(fd, sizeof(*q.m)), 0);
	q = (struct queue) { .iova = QUEUE_IOVA, .call = eventfd(0, EFD_NONBLOCK) };
	q.m = mmap(NULL, sizeof(*q.m), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(q.m != MAP_FAILED);
	close(fd);
	offered = 0;
	taken = 0;
}

static void ring_free(void)
{
	munmap(q.m, sizeof(*q.m));
	close(q.call);
}

/* The device takes the ring, whose next available entry is @base */
static void drive(struct side *side, uint16_t base)
{
	struct vhost_vring_addr addr = queue_addr(&q);

	ASSERT_EQ(vhost_negotiate(&side->v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_map(&side->v, q.iova, sizeof(*q.m), q.m, VHOST_ACCESS_RW), 0);
	ASSERT_EQ(vhost_state(&side->v, VHOST_SET_VRING_NUM, 0, QUEUE_NUM), 0);
	ASSERT_EQ(vhost_ioctl(&side->v, VHOST_SET_VRING_ADDR, &addr), 0);
	ASSERT_EQ(vhost_state(&side->v, VHOST_SET_VRING_BASE, 0, base), 0);
	ASSERT_EQ(vhost_vring_fd(&side->v, VHOST_SET_VRING_KICK, 0, side->kick), 0);
	ASSERT_EQ(vhost_vring_fd(&side->v, VHOST_SET_VRING_CALL, 0, q.call), 0);
	ASSERT_EQ(vhost_state(&side->v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&side->v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	eventfd_write(side->kick, 1);
}

/* Return: the ring's next available entry. Nothing of it is the device's any more. */
static uint16_t take_away(struct side *side)
{
	int base;

	ASSERT_EQ(vhost_ioctl(&side->v, VHOST_VDPA_SUSPEND, NULL), 0);
	base = vhost_state_get(&side->v, VHOST_GET_VRING_BASE, 0);
	ASSERT(base >= 0);
	/* all that it has taken is completed */
	EXPECT_EQ(base, q.m->used.idx);
	ASSERT_EQ(vhost_reset(&side->v), 0);
	ASSERT_EQ(vhost_unmap(&side->v, q.iova, sizeof(*q.m)), 0);
	return base;
}

static uint64_t *slot(unsigned int number, bool answer)
{
	return (uint64_t *)q.m->data + number % SLOTS * 2 + answer;
}

static void offer(unsigned int n)
{
	for (; n; n--, offered++) {
		unsigned int at = offered % SLOTS * 16, head = offered % SLOTS * 2;

		*slot(offered, false) = offered;
		*slot(offered, true) = 0;
		queue_desc(&q, head, QUEUE_DATA(&q, at), 8, VRING_DESC_F_NEXT, head + 1);
		queue_desc(&q, head + 1, QUEUE_DATA(&q, at + 8), 8, VRING_DESC_F_WRITE, 0);
		queue_offer(&q, head);
	}
}

/* Take @n answers, in order */
static void take(unsigned int n)
{
	for (; n; n--, taken++) {
		ASSERT_EQ(queue_wait(&q, MS), 8);
		EXPECT_EQ(*slot(taken, true), 3 * taken + 1);
	}
}

static void kick_side(struct side *side)
{
	eventfd_write(side->kick, 1);
}

static void served_once(void)
{
	EXPECT_EQ(taken, offered);
	EXPECT_EQ(q.m->used.idx, (uint16_t)offered);
	for (unsigned int i = 0; i < REQUESTS; i++)
		EXPECT_EQ(a.served[i] + b.served[i], i < offered);
}

UNIT_TEST(requests_go_to_the_other_device)
{
	ring_make();
	side_start(&a, "vdusea", RINGS_F);
	side_start(&b, "vduseb", RINGS_F);
	a.left = 5;
	drive(&a, 0);
	offer(8);
	kick_side(&a);
	take(5);
	/* three were not taken: the other one serves them */
	drive(&b, take_away(&a));
	take(3);
	EXPECT_EQ(a.rings.suspends, 1);
	EXPECT_EQ(a.rings.states, 1);
	EXPECT_EQ(b.served[4], 0);
	EXPECT_EQ(b.served[5], 1);
	offer(4);
	kick_side(&b);
	take(4);
	served_once();
	side_end(&a);
	side_end(&b);
	ring_free();
}

/* What is offered while nobody has the ring is served by the next */
UNIT_TEST(forth_and_back)
{
	struct side *from = &a, *to = &b, *other;

	ring_make();
	side_start(&a, "vdusea", RINGS_F);
	side_start(&b, "vduseb", RINGS_F);
	drive(&a, 0);
	for (int i = 0; i < 40; i++) {
		uint16_t base;

		__atomic_store_n(&from->left, i % 5, __ATOMIC_RELEASE);
		offer(4);
		kick_side(from);
		take(i % 5);
		base = take_away(from);
		__atomic_store_n(&to->left, ALL, __ATOMIC_RELEASE);
		offer(2);
		drive(to, base);
		take(6 - i % 5);
		other = from;
		from = to;
		to = other;
	}
	EXPECT_EQ(offered, 240);
	served_once();
	side_end(&a);
	side_end(&b);
	ring_free();
}

UNIT_TEST(resumed)
{
	ring_make();
	side_start(&a, "vdusea", RINGS_F | 1ULL << VDUSE_F_RESUME);
	drive(&a, 0);
	offer(3);
	kick_side(&a);
	take(3);
	ASSERT_EQ(vhost_ioctl(&a.v, VHOST_VDPA_SUSPEND, NULL), 0);
	offer(4);
	kick_side(&a);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(q.m->used.idx, 3);
	ASSERT_EQ(vhost_ioctl(&a.v, VHOST_VDPA_RESUME, NULL), 0);
	take(4);
	EXPECT_EQ(a.rings.resumes, 1);
	memset(b.served, 0, sizeof(b.served));
	served_once();
	side_end(&a);
	ring_free();
}
