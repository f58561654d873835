// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each command of /dev/vhost-vdpa: what it answers, a bad pointer, a bad index, the
 * wrong moment.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vdpa.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"
#include "queue.h"
#include "sysfs.h"
#include "unit.h"

#define NOWHERE	((void *)8)
#define NVQS	3
#define NEEDED	(1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_ACCESS_PLATFORM)

static struct vhost v;

static void start(void)
{
	v = vhost_new("ioctltest", "vdpasim_net");
}

static uint32_t get_u32(unsigned long cmd)
{
	uint32_t value = 0xdeadbeef;

	EXPECT_EQ(vhost_ioctl(&v, cmd, &value), 0);
	return value;
}

UNIT_TEST(what_a_device_is)
{
	struct vhost_vdpa_iova_range range;
	uint16_t num;

	start();
	EXPECT_EQ(get_u32(VHOST_VDPA_GET_DEVICE_ID), VIRTIO_ID_NET);
	EXPECT_EQ(get_u32(VHOST_VDPA_GET_VQS_COUNT), NVQS);
	EXPECT_EQ(get_u32(VHOST_VDPA_GET_GROUP_NUM), 2);
	EXPECT_EQ(get_u32(VHOST_VDPA_GET_AS_NUM), 2);
	EXPECT_EQ(get_u32(VHOST_VDPA_GET_CONFIG_SIZE), sizeof(struct virtio_net_config));
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_VRING_NUM, &num), 0);
	EXPECT_EQ(num, 1024);
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, 0), 1024);
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_GROUP, 0), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_GROUP, 2), 1);
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_DESC_GROUP, 0), -EOPNOTSUPP);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_IOVA_RANGE, &range), 0);
	EXPECT(range.first == 0 && range.last == ~0ULL);
	vhost_end(&v);
}

/* a command, and what it says to a pointer that points nowhere */
UNIT_TEST(bad_pointers)
{
	static const unsigned long cmds[] = {
		VHOST_GET_FEATURES, VHOST_SET_FEATURES, VHOST_SET_MEM_TABLE, VHOST_SET_VRING_NUM,
		VHOST_SET_VRING_ADDR, VHOST_SET_VRING_BASE, VHOST_GET_VRING_BASE,
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,
		VHOST_SET_VRING_BUSYLOOP_TIMEOUT, VHOST_GET_VRING_BUSYLOOP_TIMEOUT,
		VHOST_SET_BACKEND_FEATURES, VHOST_GET_BACKEND_FEATURES,
		VHOST_VDPA_GET_DEVICE_ID, VHOST_VDPA_GET_STATUS, VHOST_VDPA_SET_STATUS,
		VHOST_VDPA_GET_CONFIG, VHOST_VDPA_SET_CONFIG, VHOST_VDPA_SET_VRING_ENABLE,
		VHOST_VDPA_GET_VRING_NUM, VHOST_VDPA_SET_CONFIG_CALL,
		VHOST_VDPA_GET_IOVA_RANGE, VHOST_VDPA_GET_CONFIG_SIZE, VHOST_VDPA_GET_AS_NUM,
		VHOST_VDPA_GET_VRING_GROUP, VHOST_VDPA_SET_GROUP_ASID,
		VHOST_VDPA_GET_VRING_DESC_GROUP, VHOST_VDPA_GET_VQS_COUNT,
		VHOST_VDPA_GET_GROUP_NUM, VHOST_VDPA_GET_VRING_SIZE,
	};

	start();
	for (int i = 0; i < ARRAY_SIZE(cmds); i++)
		if (vhost_ioctl(&v, cmds[i], NOWHERE) != -EFAULT)
			unit_fail(__FILE__, __LINE__, 0, "command %#lx is not EFAULT", cmds[i]);
	vhost_end(&v);
}

UNIT_TEST(bad_indices)
{
	static const unsigned long cmds[] = {
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE, VHOST_GET_VRING_BASE,
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,
		VHOST_SET_VRING_BUSYLOOP_TIMEOUT, VHOST_GET_VRING_BUSYLOOP_TIMEOUT,
		VHOST_VDPA_SET_VRING_ENABLE, VHOST_VDPA_GET_VRING_GROUP,
		VHOST_VDPA_GET_VRING_DESC_GROUP, VHOST_VDPA_GET_VRING_SIZE,
	};
	static const uint32_t indices[] = { NVQS, 0x10000, 0xffffffff };
	struct vhost_vring_addr addr = { .index = NVQS };

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	for (int i = 0; i < ARRAY_SIZE(cmds); i++)
		for (int j = 0; j < 3; j++)
			if (vhost_state(&v, cmds[i], indices[j], 0) != -ENOBUFS)
				unit_fail(__FILE__, __LINE__, 0, "command %#lx takes index %u",
					  cmds[i], indices[j]);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -ENOBUFS);
	vhost_end(&v);
}

UNIT_TEST(unknown_commands)
{
	start();
	EXPECT_EQ(vhost_ioctl(&v, _IO(VHOST_VIRTIO, 0xee), NULL), -ENOTTY);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_LOG_BASE, NOWHERE), -ENOTTY);
	/* the right number, another size */
	EXPECT_EQ(vhost_ioctl(&v, _IOR(VHOST_VIRTIO, 0x71, uint32_t), NOWHERE), -ENOTTY);
	vhost_end(&v);
}

/* Who serves rings itself needs these. A client of both kinds sends them to each. */
UNIT_TEST(commands_without_effect)
{
	struct {
		struct vhost_memory memory;
		struct vhost_memory_region regions[65];
	} table = { .memory = { .nregions = 64 } };

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_MEM_TABLE, &table), -EPERM);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_MEM_TABLE, &table), 0);
	table.memory.nregions = 0;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_MEM_TABLE, &table), 0);
	table.memory.nregions = 65;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_MEM_TABLE, &table), -E2BIG);
	table.memory.nregions = 0xffffffff;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_MEM_TABLE, &table), -E2BIG);
	table.memory = (struct vhost_memory) { .padding = 1 };
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_MEM_TABLE, &table), -EOPNOTSUPP);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BUSYLOOP_TIMEOUT, 1), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, 1, 50), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BUSYLOOP_TIMEOUT, 1), 50);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BUSYLOOP_TIMEOUT, 0), 0);
	vhost_end(&v);
}

/* a child, or whoever was sent the file, has other memory than the rings are in */
UNIT_TEST(only_the_owner_sets_up_queues)
{
	static const unsigned long cmds[] = {
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE, VHOST_GET_VRING_BASE,
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,
		VHOST_VDPA_SET_VRING_ENABLE, VHOST_VDPA_SET_GROUP_ASID,
	};
	struct vhost_vring_addr addr = {};
	int status;

	start();
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 16), -EPERM);
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	if (!fork()) {
		int bad = vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr) != -EPERM;

		for (int i = 0; i < ARRAY_SIZE(cmds); i++)
			bad |= vhost_state(&v, cmds[i], 0, 0) != -EPERM;
		/* but it may ask */
		bad |= vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, 0) != 1024;
		_exit(bad);
	}
	wait(&status);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 16), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	vhost_end(&v);
}

UNIT_TEST(one_opener_one_owner)
{
	int other;

	start();
	other = vhost_open("ioctltest");
	EXPECT_EQ(other, -EBUSY);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), -EBUSY);
	close(v.fd);
	v.fd = vhost_open("ioctltest");
	EXPECT(v.fd >= 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	vhost_end(&v);
}

UNIT_TEST(features)
{
	uint64_t offered, features;

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT_EQ(offered & NEEDED, NEEDED);
	features = offered | 1ULL << 63;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &features), -EINVAL);
	features = offered & ~(1ULL << VIRTIO_F_ACCESS_PLATFORM);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &features), -EINVAL);
	/* without features FEATURES_OK does not stick */
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &offered), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK), 0);
	EXPECT_EQ(vhost_get_status(&v), VIRTIO_CONFIG_S_FEATURES_OK);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &offered), -EBUSY);
	vhost_end(&v);
}

/* a VMM negotiates it for its guest, and then has no way to carry it out */
UNIT_TEST(ring_reset_is_offered_on_demand)
{
	static const char parameter[] = "/sys/module/vhost_vdpa/parameters/ring_reset";
	static const uint64_t with = NEEDED | 1ULL << VIRTIO_F_RING_RESET;
	uint64_t offered;

	v = vhost_new_features("ioctltest", "vdpasim_net", with);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT_EQ(offered & with, NEEDED);
	offered |= 1ULL << VIRTIO_F_RING_RESET;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &offered), -EINVAL);
	EXPECT_EQ(write_to(parameter, "Y"), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT_EQ(offered & with, with);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &offered), 0);
	EXPECT_EQ(write_to(parameter, "N"), 0);
	vhost_end(&v);
}

/* a length, then 64 features each: those the device has no word for are none */
UNIT_TEST(features_as_an_array)
{
	uint64_t offered, array[34] = { 3, 7, 7, 7, 7 };

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES_ARRAY, array), 0);
	EXPECT(array[1] == offered && !array[2] && !array[3] && array[4] == 7);
	array[0] = 0;
	array[1] = 7;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES_ARRAY, array), 0);
	EXPECT_EQ(array[1], 7);
	array[0] = 33;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES_ARRAY, array), -E2BIG);
	array[0] = ~0ULL;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES_ARRAY, array), -E2BIG);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES_ARRAY, NOWHERE), -EFAULT);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES_ARRAY, NOWHERE), -EFAULT);
	array[0] = 2;
	array[1] = offered;
	array[2] = 1;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES_ARRAY, array), -EOPNOTSUPP);
	array[2] = 0;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES_ARRAY, array), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK), 0);
	EXPECT_EQ(vhost_get_status(&v), VIRTIO_CONFIG_S_FEATURES_OK);
	vhost_end(&v);
}

UNIT_TEST(backend_features)
{
	uint64_t offered, features;

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_BACKEND_FEATURES, &offered), 0);
	for (int bit = 1; bit <= 8; bit++)
		if (bit != VHOST_BACKEND_F_DESC_ASID)
			EXPECT(offered & 1ULL << bit);
	features = 1ULL << VHOST_BACKEND_F_DESC_ASID;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_BACKEND_FEATURES, &features), -EOPNOTSUPP);
	features = 1ULL << 40;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_BACKEND_FEATURES, &features), -EOPNOTSUPP);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_BACKEND_FEATURES, &offered), 0);
	vhost_end(&v);
}

UNIT_TEST(status_bits_go_by_reset_only)
{
	uint8_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE;

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_STATUS, &status), -EINVAL);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	/* and what was agreed on goes with them */
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	vhost_end(&v);
}

static int config_io(unsigned long cmd, uint32_t off, uint32_t len, void *data, uint32_t data_len)
{
	char buf[4096] = {};
	struct vhost_vdpa_config *config = (void *)buf;
	int ret;

	config->off = off;
	config->len = len;
	memcpy(config->buf, data, data_len);
	ret = vhost_ioctl(&v, cmd, buf);
	memcpy(data, config->buf, data_len);
	return ret;
}

UNIT_TEST(config_space_ends)
{
	struct virtio_net_config config = {};
	uint32_t size = sizeof(config);
	unsigned char mac[6] = {};

	start();
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 0, size, &config, size), 0);
	EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 1, 5, mac, 5), 0);
	EXPECT(!memcmp(mac, config.mac + 1, 5));
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, size - 1, 1, mac, 1), 0);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, size - 1, 2, mac, 2), -EINVAL);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, size, 1, mac, 1), -EINVAL);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 0, 0, mac, 0), -EINVAL);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 0xffffffff, 2, mac, 2), -EINVAL);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 2, 0xffffffff, mac, 2), -EINVAL);
	EXPECT_EQ(config_io(VHOST_VDPA_SET_CONFIG, 0xffffffff, 2, mac, 2), -EINVAL);
	EXPECT_EQ(config_io(VHOST_VDPA_SET_CONFIG, 2, 0xffffffff, mac, 2), -EINVAL);
	/* allowed, and without effect: a VERSION_1 driver has nothing to write there */
	EXPECT_EQ(config_io(VHOST_VDPA_SET_CONFIG, 0, 6, mac, 6), 0);
	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 0, 6, mac, 6), 0);
	EXPECT(!memcmp(mac, config.mac, 6));
	vhost_end(&v);
}

UNIT_TEST(queue_sizes)
{
	static const uint32_t bad[] = { 0, 3, 1025, 2048, 0x10000, 0x10010 };

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, bad[i]), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 1), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 1024), 0);
	vhost_end(&v);
}

UNIT_TEST(queue_places)
{
	struct vhost_vring_addr addr = { .flags = 1 << VHOST_VRING_F_LOG };

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EOPNOTSUPP);
	addr = (struct vhost_vring_addr) { .desc_user_addr = 8 };
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EINVAL);
	addr = (struct vhost_vring_addr) { .avail_user_addr = 1 };
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EINVAL);
	addr = (struct vhost_vring_addr) { .used_user_addr = 2 };
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EINVAL);
	addr = (struct vhost_vring_addr) { .desc_user_addr = 16, .avail_user_addr = 2 };
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0x10000), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0xffff), 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 0xffff);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 2), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	vhost_end(&v);
}

/* a ring of 16 fits below the last address, one of 1024 does not */
UNIT_TEST(a_reset_forgets_sizes)
{
	struct vhost_vring_addr addr = {
		.desc_user_addr = -16ULL * 16,
		.avail_user_addr = 0x1000,
		.used_user_addr = 0x2000,
	};

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 16), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), -EINVAL);
	vhost_end(&v);
}

UNIT_TEST(a_running_queue_stays_as_it_is)
{
	struct vhost_vring_addr addr = {};
	struct queue q;

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	ASSERT_EQ(queue_start(&q, &v, 0), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 32), -EBUSY);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 1), -EBUSY);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EBUSY);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 1), -EBUSY);
	queue_end(&q);
	vhost_end(&v);
}

UNIT_TEST(groups_and_spaces)
{
	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 1, 1), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 2, 0), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 2), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0xffffffff, 0xffffffff), -EINVAL);
	vhost_end(&v);
}

UNIT_TEST(eventfds)
{
	static const unsigned long cmds[] = {
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,
	};
	int fd = eventfd(0, 0), bad = open("/dev/null", O_RDWR), none = -1;

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, fd), 0);
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, fd), 0);
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, bad), -EINVAL);
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, 1000000), -EBADF);
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, none), 0);
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, none), 0);
		EXPECT_EQ(vhost_vring_fd(&v, cmds[i], 0, fd), 0);
	}
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &bad), -EINVAL);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &fd), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &none), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &none), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &fd), 0);
	vhost_end(&v);
	/* still ours after the device is gone */
	EXPECT_EQ(eventfd_write(fd, 1), 0);
	close(fd);
	close(bad);
}

/* A config interrupt while its eventfd is taken away: this once killed kernels */
UNIT_TEST(regression_config_call_without_eventfd)
{
	struct queue q;
	int fd = eventfd(0, EFD_NONBLOCK), none = -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int armed = 0; armed < 2; armed++) {
		start();
		EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
		ASSERT_EQ(queue_start(&q, &v, 1), 0);
		EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &fd), 0);
		if (!armed)
			EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &none), 0);
		EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
		queue_offer(&q, 999);	/* breaks the device: its configuration changes */
		queue_kick(&q);
		EXPECT_EQ(poll(&p, 1, armed ? 5000 : 300), armed);
		queue_end(&q);
		vhost_end(&v);
	}
	close(fd);
}

UNIT_TEST(suspend_in_the_wrong_moment)
{
	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	vhost_end(&v);
}

UNIT_TEST(no_doorbell_to_map)
{
	static const struct {
		size_t len;
		int prot, flags;
		off_t at;
		int err;
	} rows[] = {
		{ 4096, PROT_WRITE, MAP_SHARED, 0, EOPNOTSUPP },
		{ 8192, PROT_WRITE, MAP_SHARED, 0, EINVAL },
		{ 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, EINVAL },
		{ 4096, PROT_WRITE, MAP_PRIVATE, 0, EINVAL },
		{ 4096, PROT_WRITE, MAP_SHARED, NVQS * 4096, EINVAL },
	};

	start();
	for (int i = 0; i < ARRAY_SIZE(rows); i++) {
		errno = 0;
		EXPECT(mmap(NULL, rows[i].len, rows[i].prot, rows[i].flags, v.fd, rows[i].at) ==
		       MAP_FAILED);
		EXPECT_EQ(errno, rows[i].err);
	}
	vhost_end(&v);
}

static void *get_config_slowly(void *arg)
{
	uint64_t mac;

	EXPECT_EQ(config_io(VHOST_VDPA_GET_CONFIG, 0, 6, &mac, 6), 0);
	return NULL;
}

/* a device that takes its time: what mmap() says does not depend on that */
UNIT_TEST(mmap_waits_for_no_command)
{
	static const char parameter[] = "/sys/module/vdpa_sim/parameters/stall_ms";
	pthread_t thread;

	start();
	EXPECT_EQ(write_to(parameter, "1000"), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, get_config_slowly, NULL), 0);
	usleep(300 * 1000);
	errno = 0;
	EXPECT(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, v.fd, 0) == MAP_FAILED);
	EXPECT_EQ(errno, EOPNOTSUPP);
	pthread_join(thread, NULL);
	EXPECT_EQ(write_to(parameter, "0"), 0);
	vhost_end(&v);
}

/* The device goes, the file stays */
UNIT_TEST(removal_while_open_and_mapped)
{
	uint64_t features;
	struct queue q;

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	ASSERT_EQ(queue_start(&q, &v, 0), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(nl_dev_del("ioctltest"), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &features), -ENODEV);
	EXPECT_EQ(vhost_get_status(&v), -ENODEV);
	EXPECT_EQ(vhost_map(&v, 0x1000, 4096, q.m, VHOST_ACCESS_RW), -ENODEV);
	EXPECT_EQ(vhost_unmap(&v, q.iova, sizeof(*q.m)), -ENODEV);
	queue_kick(&q);
	/* a new one of the same name is another device */
	EXPECT_EQ(nl_dev_add("ioctltest", "vdpasim_net"), 0);
	EXPECT_EQ(vhost_get_status(&v), -ENODEV);
	vhost_end(&v);
}

UNIT_TEST(reset_keeps_eventfds_and_mappings)
{
	struct queue q;

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	ASSERT_EQ(queue_start(&q, &v, 1), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_map(&v, q.iova, 4096, q.m, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 1), 0);
	vhost_end(&v);
}

/* whoever has not closed it in time, or was killed, leaves nothing running */
UNIT_TEST(the_last_close_resets)
{
	struct nl_request stats;

	start();
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	nl_start(&stats, VDPA_CMD_DEV_VSTATS_GET);
	nl_add_string(&stats, VDPA_ATTR_DEV_NAME, v.name);
	nl_add_u32(&stats, VDPA_ATTR_DEV_QUEUE_INDEX, 0);
	EXPECT_EQ(nl_send(&stats), 0);
	close(v.fd);
	/* of a driver that has agreed on nothing there are none */
	EXPECT_EQ(nl_send(&stats), -EAGAIN);
	EXPECT_EQ(nl_dev_del(v.name), 0);
}
