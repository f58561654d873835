// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vduse/NAME: every command that sets up or reads a device, in every state that a
 * driver can bring it to.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"
#include "pair.h"
#include "unit.h"

#define NAME	"vdusenode"

static int vq_info(uint32_t index, struct vduse_vq_info *info)
{
	memset(info, 0xff, sizeof(*info));
	info->index = index;
	return daemon_ioctl(&d, VDUSE_VQ_GET_INFO, info);
}

static int set_config(uint32_t offset, uint32_t length, const void *from)
{
	struct {
		struct vduse_config_data head;
		unsigned char buffer[8192];
	} config = { .head = { offset, length } };

	memcpy(config.buffer, from, length < sizeof(d.space) ? length : sizeof(d.space));
	return daemon_ioctl(&d, VDUSE_DEV_SET_CONFIG, &config);
}

static int get_config(uint32_t offset, uint32_t length, void *to)
{
	struct {
		struct vhost_vdpa_config head;
		unsigned char buffer[64];
	} config = { .head = { offset, length } };
	int ret = vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &config);

	memcpy(to, config.buffer, length);
	return ret;
}

UNIT_TEST(no_such_command)
{
	pair_start(NAME, 0, 0);
	EXPECT_EQ(daemon_ioctl(&d, _IO(VDUSE_BASE, 0x3f), NULL), -ENOTTY);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_CREATE_DEV, NULL), -ENOTTY);
	EXPECT_EQ(daemon_ioctl(&d, _IOWR(VDUSE_BASE, 0x10, int), NULL), -ENOTTY);
	/* since the next version */
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_FD2, NULL), -ENOTTY);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_FD, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_SET_CONFIG, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_GET_INFO, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, NULL), -EFAULT);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_INFO, NULL), -EFAULT);
	daemon_exit(&d);
}

UNIT_TEST(vq_setup)
{
	struct vduse_vq_config vq = { .index = 1, .max_size = 128 };

	pair_start(NAME, 0, 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), 0);
	vq.index = 2;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	vq.index = ~0U;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	vq.index = 0;
	vq.reserved1 = 1;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	vq.reserved1 = 0;
	for (int i = 0; i < 10; i++) {
		vq.reserved2[i] = 1;
		EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
		vq.reserved2[i] = 0;
	}
	vq.group = 1;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	vq.group = 0;
	vq.max_size = 32768;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), 0);
	/* sizes that no ring has: refused, unlike by the kernel's own */
	vq.max_size = 32769;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	vq.max_size = 65535;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	vq.max_size = 3;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), -EINVAL);
	/* no queue any more */
	vq.max_size = 0;
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP, &vq), 0);
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), -EINVAL);
	daemon_exit(&d);
}

/* of a packed ring, others are as good */
UNIT_TEST(vq_setup_packed)
{
	daemon_init(&d, NAME, 0, 0);
	d.config.features |= 1ULL << 34;
	ASSERT_EQ(daemon_make(&d), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 3, 0), 0);
	daemon_exit(&d);
}

UNIT_TEST(vq_setup_groups)
{
	pair_start(NAME, 1, 0);
	EXPECT_EQ(daemon_setup(&d, 1, 256, 1), 0);
	EXPECT_EQ(daemon_setup(&d, 1, 256, 2), -EINVAL);
	EXPECT_EQ(daemon_setup(&d, 1, 256, ~0U), -EINVAL);
	daemon_exit(&d);
}

/* on the bus: what is said again is no change, what is another is none either */
UNIT_TEST(vq_setup_attached)
{
	pair_attach(NAME, 0, 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 128, 0), -EBUSY);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 128, 0), -EBUSY);
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, 0), 256);
	pair_end();
}

UNIT_TEST(vq_setup_attached_v1)
{
	pair_attach(NAME, 1, 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 1), -EBUSY);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 1), -EINVAL);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	pair_end();
}

UNIT_TEST(features)
{
	uint64_t features = 7;

	pair_attach(NAME, 0, 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_NEEDS), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, DAEMON_NEEDS);
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, 0);
	pair_end();
}

/* Without VERSION_1 or ACCESS_PLATFORM, addresses would be something else */
UNIT_TEST(needed_features)
{
	pair_attach(NAME, 0, 0);
	EXPECT_EQ(vhost_negotiate(&v, 1ULL << 32), -EINVAL);
	EXPECT_EQ(vhost_negotiate(&v, 1ULL << 33), -EINVAL);
	pair_end();
}

UNIT_TEST(queue_info)
{
	struct vhost_vring_addr addr = {
		.index = 1,
		.desc_user_addr = 0x1000,
		.avail_user_addr = 0x2000,
		.used_user_addr = 0x3000,
	};
	struct vduse_vq_info info;

	pair_attach(NAME, 0, 0);
	EXPECT_EQ(vq_info(2, &info), -EINVAL);
	EXPECT_EQ(vq_info(~0U, &info), -EINVAL);
	EXPECT_EQ(vq_info(1, &info), 0);
	EXPECT_EQ(info.ready, 0);
	EXPECT_EQ(info.num, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 1, 512), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 1, 64), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 1, 77), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 1, 1), 0);
	EXPECT_EQ(vq_info(1, &info), 0);
	EXPECT_EQ(info.index, 1);
	EXPECT_EQ(info.num, 64);
	EXPECT_EQ(info.desc_addr, 0x1000);
	EXPECT_EQ(info.driver_addr, 0x2000);
	EXPECT_EQ(info.device_addr, 0x3000);
	EXPECT_EQ(info.split.avail_index, 77);
	EXPECT_EQ(info.ready, 1);
	/* what is not said is nothing of the kernel's */
	for (int i = 41; i < sizeof(info); i++)
		EXPECT_EQ(((unsigned char *)&info)[i], 0);
	EXPECT_EQ(vq_info(0, &info), 0);
	EXPECT_EQ(info.ready, 0);
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vq_info(1, &info), 0);
	EXPECT_EQ(info.ready, 0);
	EXPECT_EQ(info.num, 0);
	EXPECT_EQ(info.desc_addr, 0);
	pair_end();
}

UNIT_TEST(queue_info_packed)
{
	struct vduse_vq_info info;

	daemon_init(&d, NAME, 0, 0);
	d.config.features |= 1ULL << 34;
	ASSERT_EQ(daemon_make(&d), 0);
	daemon_start(&d);
	v = vhost_new(NAME, "vduse");
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_NEEDS | 1ULL << 34), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0x00058003), 0);
	EXPECT_EQ(vq_info(0, &info), 0);
	EXPECT_EQ(info.packed.last_avail_counter, 1);
	EXPECT_EQ(info.packed.last_avail_idx, 3);
	EXPECT_EQ(info.packed.last_used_counter, 0);
	EXPECT_EQ(info.packed.last_used_idx, 5);
	pair_end();
}

/* A daemon that is not told when a queue stops is stopped by a reset only */
UNIT_TEST(queue_stops)
{
	struct vduse_vq_info info;

	pair_attach(NAME, 0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), -EOPNOTSUPP);
	EXPECT_EQ(vq_info(0, &info), 0);
	EXPECT_EQ(info.ready, 1);
	pair_end();
}

UNIT_TEST(config)
{
	unsigned char bytes[64], got[64];

	pair_attach(NAME, 0, 0);
	for (int i = 0; i < 64; i++)
		bytes[i] = i + 1;
	EXPECT_EQ(set_config(0, 64, bytes), 0);
	EXPECT_EQ(get_config(0, 64, got), 0);
	EXPECT(!memcmp(bytes, got, 64));
	EXPECT_EQ(set_config(63, 1, "x"), 0);
	EXPECT_EQ(get_config(62, 2, got), 0);
	EXPECT_EQ(got[0], 63);
	EXPECT_EQ(got[1], 'x');
	EXPECT_EQ(set_config(0, 0, bytes), -EINVAL);
	EXPECT_EQ(set_config(64, 0, bytes), -EINVAL);
	EXPECT_EQ(set_config(64, 1, bytes), -EINVAL);
	EXPECT_EQ(set_config(65, 1, bytes), -EINVAL);
	EXPECT_EQ(set_config(~0U, 1, bytes), -EINVAL);
	EXPECT_EQ(set_config(~0U, 2, bytes), -EINVAL);
	EXPECT_EQ(set_config(0, 65, bytes), -EINVAL);
	EXPECT_EQ(set_config(1, 64, bytes), -EINVAL);
	EXPECT_EQ(set_config(1, ~0U, bytes), -EINVAL);
	EXPECT_EQ(get_config(0, 1, got), 0);
	EXPECT_EQ(got[0], 1);
	pair_end();
}

UNIT_TEST(config_interrupt)
{
	int fd = eventfd(0, 0);

	pair_attach(NAME, 0, 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_INJECT_CONFIG_IRQ, NULL), -EINVAL);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &fd), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_INJECT_CONFIG_IRQ, NULL), -EINVAL);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_INJECT_CONFIG_IRQ, NULL), 0);
	EXPECT_EQ(count_of(fd), 1);
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_INJECT_CONFIG_IRQ, NULL), -EINVAL);
	EXPECT_EQ(count_of(fd), 0);
	pair_end();
	close(fd);
}

static void *rewrite_config(void *end)
{
	unsigned char bytes[64];

	for (int i = 0; !__atomic_load_n((bool *)end, __ATOMIC_ACQUIRE); i++) {
		memset(bytes, i, sizeof(bytes));
		EXPECT_EQ(set_config(0, sizeof(bytes), bytes), 0);
	}
	return NULL;
}

/* Written and read at the same time: what is read is one write's */
UNIT_TEST(config_is_of_one_piece)
{
	unsigned char got[64];
	bool end = false;
	pthread_t writer;
	int torn = 0;

	pair_attach(NAME, 0, 0);
	memset(got, 0, sizeof(got));
	ASSERT_EQ(set_config(0, sizeof(got), got), 0);
	ASSERT_EQ(pthread_create(&writer, NULL, rewrite_config, &end), 0);
	for (int i = 0; i < 20000; i++) {
		EXPECT_EQ(get_config(0, sizeof(got), got), 0);
		torn += !!memcmp(got, got + 1, sizeof(got) - 1);
	}
	__atomic_store_n(&end, true, __ATOMIC_RELEASE);
	pthread_join(writer, NULL);
	EXPECT_EQ(torn, 0);
	pair_end();
}

/* A descriptor of the node that another process has: the daemon is whoever has it */
UNIT_TEST(passed_on)
{
	uint64_t features;
	int end[2];
	pid_t child;

	pair_start(NAME, 0, 0);
	ASSERT_EQ(pipe(end), 0);
	child = fork();
	if (!child) {
		close(end[1]);
		_exit(read(end[0], &features, 1) != 0 ||
		      daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features));
	}
	close(end[0]);
	daemon_close(&d);
	EXPECT_EQ(daemon_open(&d), -EBUSY);
	EXPECT_EQ(daemon_destroy(&d), -EBUSY);
	close(end[1]);
	end[0] = -1;
	ASSERT_EQ(waitpid(child, end, 0), child);
	EXPECT_EQ(end[0], 0);
	EXPECT_EQ(daemon_open(&d), 0);
	daemon_exit(&d);
}
