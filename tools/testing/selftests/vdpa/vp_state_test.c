// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is a queue of a PCI function, and does it go on there? A disk (vp.h) of a function
 * that can be suspended.
 */
#include <linux/virtio_ring.h>

#include "vp.h"

static int place(void)
{
	return vhost_state_get(&v, VHOST_GET_VRING_BASE, 0);
}

static int suspend(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL);
}

static int resume(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL);
}

/* offer a read of a sector, as a driver would whose device is suspended or reset */
static void offer_read(void)
{
	header(VIRTIO_BLK_T_IN, 8);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), sizeof(struct virtio_blk_outhdr), NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, BODY), 512, NEXT | WRITE, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
}

static int read_ends(void)
{
	return queue_wait(&q, MS) > 0 && q.m->data[STATUS] == VIRTIO_BLK_S_OK;
}

/* suspend, reset, and set all up again but DRIVER_OK; the ring stays as it is */
static void interrupt(void)
{
	ASSERT_EQ(suspend(), 0);
	ASSERT_EQ(place(), q.m->used.idx);
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(queue_tell(&q), 0);
}

UNIT_TEST(it_says_that_it_can)
{
	uint64_t backend = 0;

	take();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_BACKEND_FEATURES, &backend), 0);
	EXPECT(backend & BIT(VHOST_BACKEND_F_SUSPEND));
	EXPECT(backend & BIT(VHOST_BACKEND_F_RESUME));
	close(v.fd);
}

UNIT_TEST(suspended_it_has_a_place)
{
	run();
	for (int i = 1; i <= 3; i++) {
		EXPECT(works());
		EXPECT_EQ(place(), -EOPNOTSUPP);
		EXPECT_EQ(suspend(), 0);
		EXPECT_EQ(place(), 2 * i);
		EXPECT_EQ(resume(), 0);
	}
	EXPECT(works());
	leave();
}

UNIT_TEST(suspended_it_does_nothing)
{
	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	offer_read();
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(q.m->data[STATUS], 0xee);
	EXPECT_EQ(place(), 2);
	EXPECT_EQ(resume(), 0);
	EXPECT(read_ends());
	EXPECT(works());
	leave();
}

UNIT_TEST(again_is_no_error)
{
	run();
	EXPECT_EQ(resume(), 0);
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(resume(), 0);
	EXPECT_EQ(resume(), 0);
	EXPECT(works());
	leave();
}

UNIT_TEST(before_it_runs_there_is_nothing_to_suspend)
{
	negotiate();
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), 0);
	EXPECT(starts());
	EXPECT(works());
	leave();
}

UNIT_TEST(after_a_reset_it_goes_on_in_the_ring)
{
	run();
	for (int i = 0; i < 5; i++) {
		EXPECT(works());
		interrupt();
		EXPECT_EQ(place(), q.m->avail.idx);
		ASSERT(starts());
	}
	EXPECT(works());
	leave();
}

/* no kick: it has to look by itself, as the other device was kicked */
UNIT_TEST(what_was_offered_meanwhile_is_done)
{
	run();
	EXPECT(works());
	interrupt();
	offer_read();
	ASSERT(starts());
	EXPECT(read_ends());
	EXPECT(works());
	leave();
}

/* as VMMs do */
UNIT_TEST(a_queue_is_enabled_there_after_it_starts)
{
	run();
	EXPECT(works());
	interrupt();
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	ASSERT(starts());
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), 4);
	leave();
}

/* A new ring is a new ring, whatever was before it: so do shadow queues */
UNIT_TEST(after_a_suspend_it_starts_anew)
{
	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	leave();
	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	leave();
	run();
	EXPECT(works());
	leave();
}

UNIT_TEST(another_place_while_it_runs)
{
	run();
	EXPECT(works());
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 1), -EBUSY);
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 1), -EBUSY);
	EXPECT_EQ(resume(), 0);
	EXPECT(works());
	leave();
}
