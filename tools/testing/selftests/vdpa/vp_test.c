// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function of the card as a vDPA device, its disk in the hands of a process: what each
 * command does in each state, and what the function can reach.
 *
 * The device "vptest" is made beforehand, a block function under vp_vdpa.
 */
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vp.h"

#define QUEUE_RESET	40

UNIT_TEST(what_it_is)
{
	uint32_t id = 0, groups = 0;
	uint64_t backend = 0;

	take();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_DEVICE_ID, &id), 0);
	EXPECT_EQ(id, VIRTIO_ID_BLOCK);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_GROUP_NUM, &groups), 0);
	EXPECT_EQ(groups, 1);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_BACKEND_FEATURES, &backend), 0);
	EXPECT(!(backend & BIT(VHOST_BACKEND_F_SUSPEND)));
	close(v.fd);
}

/* What QEMU's shadow queues refuse is not offered unasked, and what needs a PF never */
UNIT_TEST(what_is_offered_unasked)
{
	uint64_t offered = 0;

	take();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT_EQ(offered & NEEDED, NEEDED);
	EXPECT(!(offered & (BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_F_RING_PACKED) |
			    BIT(QUEUE_RESET) | BIT(37) | BIT(38) | BIT(41))));
	close(v.fd);
}

UNIT_TEST(what_is_needed_must_be_accepted)
{
	uint64_t features = BIT(VIRTIO_F_VERSION_1);

	take();
	ASSERT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &features), -EINVAL);
	features = BIT(VIRTIO_F_ACCESS_PLATFORM);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &features), -EINVAL);
	close(v.fd);
}

UNIT_TEST(the_disk_works)
{
	run();
	for (int i = 0; i < 20; i++)
		EXPECT(works());
	leave();
}

UNIT_TEST(a_kick_before_it_starts_is_not_lost)
{
	negotiate();
	header(VIRTIO_BLK_T_IN, 0);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), sizeof(struct virtio_blk_outhdr), NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, BODY), 512, NEXT | WRITE, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 100), -ETIMEDOUT);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT(queue_wait(&q, MS) > 0);
	EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_OK);
	leave();
}

/* as VMMs do */
UNIT_TEST(a_queue_is_enabled_after_it_starts)
{
	negotiate();
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT(works());
	leave();
}

/* there is no register for that; the rings are the function's until it is reset */
UNIT_TEST(a_running_queue_stays)
{
	struct vhost_vring_addr addr;

	run();
	addr = queue_addr(&q);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), -EOPNOTSUPP);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 8), -EBUSY);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EBUSY);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0), -EBUSY);
	EXPECT(works());
	leave();
}

UNIT_TEST(a_queue_starts_at_its_first_entry)
{
	negotiate();
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 1), -EOPNOTSUPP);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), -EOPNOTSUPP);
	EXPECT(works());
	leave();
}

UNIT_TEST(sizes)
{
	uint16_t most = 0;

	take();
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_VRING_NUM, &most), 0);
	EXPECT(most >= 64);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 0), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 3), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, most * 2), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, most), 0);
	close(v.fd);
}

/* The platform's IOMMU: what is not mapped is not reached, and the function says so */
UNIT_TEST(memory_that_is_not_mapped_is_not_reached)
{
	run();
	EXPECT(works());
	ASSERT_EQ(vhost_unmap(&v, q.iova, sizeof(*q.m)), 0);
	memset(body(), 0x77, 4096);
	header(VIRTIO_BLK_T_IN, 8);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(body()[0], 0x77);
	EXPECT_EQ(q.m->data[STATUS], 0xee);
	leave();
}

UNIT_TEST(a_bad_ring_needs_a_reset)
{
	run();
	queue_desc(&q, 0, ~0ULL - 64, 16, NEXT, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	leave();
	run();
	EXPECT(works());
	leave();
}

UNIT_TEST(again_and_again)
{
	for (int i = 0; i < 30; i++) {
		run();
		EXPECT(works());
		if (i % 2)
			EXPECT_EQ(vhost_reset(&v), 0);
		leave();
	}
}
