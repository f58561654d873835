// SPDX-License-Identifier: GPL-2.0-only
/*
 * A NIC of a PCI function in the hands of a process: queues that it has with some features only.
 *
 * The device "vptest" is made beforehand, a network function with several queue pairs.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "unit.h"
#include "vhost.h"

#define NAME		"vptest"
#define BIT(n)		(1ULL << (n))
#define LATER_PAIR	4

static struct vhost v;

/* As a process that knows the device from before: a queue is set up, then features are accepted */
static void early(unsigned long cmd, uint32_t num)
{
	uint64_t features = 0;
	uint32_t id = 0;

	vhost_bind(NAME);
	v = (struct vhost) { .name = NAME, .fd = vhost_open(NAME) };
	ASSERT(v.fd >= 0);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_DEVICE_ID, &id), 0);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &features), 0);
	if (id != VIRTIO_ID_NET || !(features & BIT(VIRTIO_NET_F_MQ)))
		unit_skip("the device is no NIC with several queue pairs");
	/* with all features, so that the queue is there */
	ASSERT_EQ(vhost_negotiate(&v, features), 0);
	ASSERT(vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, LATER_PAIR) > 0);
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER), 0);
	ASSERT_EQ(vhost_state(&v, cmd, LATER_PAIR, num), 0);
	features &= ~BIT(VIRTIO_NET_F_MQ);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &features), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK), 0);
	ASSERT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, LATER_PAIR), 0);
}

UNIT_TEST(a_queue_that_is_gone_is_not_started)
{
	int kick = eventfd(0, EFD_CLOEXEC);

	early(VHOST_VDPA_SET_VRING_ENABLE, 1);
	ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, LATER_PAIR, kick), 0);
	ASSERT_EQ(eventfd_write(kick, 1), 0);
	vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK);
	EXPECT(!(vhost_get_status(&v) & VIRTIO_CONFIG_S_DRIVER_OK));
	/* there is no doorbell */
	ASSERT_EQ(eventfd_write(kick, 1), 0);
	close(v.fd);
	close(kick);
}

UNIT_TEST(it_is_not_made_ready_afterwards)
{
	early(VHOST_SET_VRING_NUM, 64);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, LATER_PAIR, 1), -ENOENT);
	vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_DRIVER_OK);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, LATER_PAIR, 1), -ENOENT);
	close(v.fd);
}
