// SPDX-License-Identifier: GPL-2.0-only
/*
 * The place of a VF's queue is in its ring, and a VF is suspended by its owner: what cannot
 * be, and what an owner that does not answer means. A disk as in vp.h.
 */
#include "vp.h"

/* The VF takes the index in memory: another one is refused, before anything is processed */
UNIT_TEST(a_place_that_is_not_in_the_ring)
{
	run();
	EXPECT(works());
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(queue_tell(&q), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 1), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT(!starts());
	EXPECT_EQ(q.m->used.idx, 2);
	EXPECT_EQ(vhost_reset(&v), 0);
	leave();
	run();
	EXPECT(works());
	leave();
}

UNIT_TEST(a_ring_that_is_not_mapped_has_no_place)
{
	run();
	EXPECT(works());
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ(vhost_unmap(&v, q.iova, sizeof(*q.m)), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), -EFAULT);
	leave();
}

/* run by the scenario with an owner that does not answer */
UNIT_TEST(mute_owner)
{
	run();
	EXPECT(works());
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), -ETIMEDOUT);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), -EIO);
	EXPECT_EQ(vhost_reset(&v), 0);
	leave();
}

/* this with one that does not set parts: the VF must not start at an entry of its own */
UNIT_TEST(owner_without_parts)
{
	run();
	EXPECT(works());
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(queue_tell(&q), 0);
	EXPECT(!starts());
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	EXPECT_EQ(q.m->used.idx, 2);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	leave();
}

/* and this with one that refuses to stop it */
UNIT_TEST(unwilling_owner)
{
	run();
	EXPECT(works());
	EXPECT(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL) < 0);
	EXPECT_EQ(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	EXPECT(works());
	leave();
}
