// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vduse/NAME: every command in every state that a driver can bring the device to.
 * The driver is this test as well, by vhost-vdpa.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/vduse_ext.h>

#include "daemon.h"
#include "nl.h"
#include "pinned.h"
#include "privilege.h"
#include "unit.h"
#include "vhost.h"

#define NAME	"vdusenode"

static struct daemon d;
static struct vhost v;

static void start(uint64_t api, uint64_t features)
{
	daemon_init(&d, NAME, api, features);
	ASSERT_EQ(daemon_make(&d), 0);
}

/* on the bus, and open */
static void attach(uint64_t api, uint64_t features)
{
	start(api, features);
	daemon_start(&d);
	v = vhost_new(NAME, "vduse");
}

static void end(void)
{
	vhost_end(&v);
	daemon_stop(&d);
	daemon_exit(&d);
}

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

static int kickfd(uint32_t index, int fd)
{
	struct vduse_vq_eventfd eventfd = { .index = index, .fd = fd };

	return daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, &eventfd);
}

static int inject(uint32_t index)
{
	return daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index);
}

static int count_of(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&pfd, 1, 200) <= 0 || read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

UNIT_TEST(no_such_command)
{
	start(0, 0);
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

	start(0, 0);
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
	start(1, 0);
	EXPECT_EQ(daemon_setup(&d, 1, 256, 1), 0);
	EXPECT_EQ(daemon_setup(&d, 1, 256, 2), -EINVAL);
	EXPECT_EQ(daemon_setup(&d, 1, 256, ~0U), -EINVAL);
	daemon_exit(&d);
}

/* on the bus: what is said again is no change, what is another is none either */
UNIT_TEST(vq_setup_attached)
{
	attach(0, 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 128, 0), -EBUSY);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 128, 0), -EBUSY);
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, 0), 256);
	end();
}

UNIT_TEST(vq_setup_attached_v1)
{
	attach(1, 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 1), -EBUSY);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 1), -EINVAL);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	end();
}

UNIT_TEST(features)
{
	uint64_t features = 7;

	attach(0, 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_NEEDS), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, DAEMON_NEEDS);
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, 0);
	end();
}

/* Without VERSION_1 or ACCESS_PLATFORM, addresses would be something else */
UNIT_TEST(needed_features)
{
	attach(0, 0);
	EXPECT_EQ(vhost_negotiate(&v, 1ULL << 32), -EINVAL);
	EXPECT_EQ(vhost_negotiate(&v, 1ULL << 33), -EINVAL);
	end();
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

	attach(0, 0);
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
	end();
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
	end();
}

/* A daemon that is not told when a queue stops is stopped by a reset only */
UNIT_TEST(queue_stops)
{
	struct vduse_vq_info info;

	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), -EOPNOTSUPP);
	EXPECT_EQ(vq_info(0, &info), 0);
	EXPECT_EQ(info.ready, 1);
	end();
}

UNIT_TEST(config)
{
	unsigned char bytes[64], got[64];

	attach(0, 0);
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
	end();
}

UNIT_TEST(config_interrupt)
{
	int fd = eventfd(0, 0);

	attach(0, 0);
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
	end();
	close(fd);
}

UNIT_TEST(interrupt)
{
	int fd = eventfd(0, 0);

	attach(0, 0);
	EXPECT_EQ(inject(0), -EINVAL);
	EXPECT_EQ(inject(2), -EINVAL);
	EXPECT_EQ(inject(~0U), -EINVAL);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, fd), 0);
	EXPECT_EQ(inject(0), -EINVAL);
	EXPECT_EQ(count_of(fd), 0);
	/* a process has it as soon as the queue is ready */
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(inject(0), 0);
	EXPECT_EQ(count_of(fd), 1);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(inject(0), 0);
	EXPECT_EQ(inject(0), 0);
	EXPECT_EQ(count_of(fd), 2);
	/* of the other nobody wants to hear */
	EXPECT_EQ(inject(1), 0);
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(inject(0), -EINVAL);
	EXPECT_EQ(count_of(fd), 0);
	end();
	close(fd);
}

UNIT_TEST(kick_descriptors)
{
	int pipes[2], fd = eventfd(0, 0);

	start(0, 0);
	ASSERT_EQ(pipe(pipes), 0);
	EXPECT_EQ(kickfd(2, fd), -EINVAL);
	EXPECT_EQ(kickfd(~0U, fd), -EINVAL);
	EXPECT_EQ(kickfd(0, 9999), -EBADF);
	EXPECT_EQ(kickfd(0, pipes[0]), -EINVAL);
	EXPECT_EQ(kickfd(0, fd), 0);
	EXPECT_EQ(kickfd(0, fd), 0);
	/* others below 0 have always been ignored */
	EXPECT_EQ(kickfd(0, -2), 0);
	EXPECT_EQ(kickfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	EXPECT_EQ(kickfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	daemon_exit(&d);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

static void kick(int fd)
{
	uint64_t one = 1;

	EXPECT_EQ(write(fd, &one, sizeof(one)), sizeof(one));
}

UNIT_TEST(kicks)
{
	int driver = eventfd(0, 0), fd = eventfd(0, 0);

	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	EXPECT_EQ(kickfd(0, fd), 0);
	kick(driver);
	/* the queue is not ready */
	EXPECT_EQ(count_of(fd), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	kick(driver);
	EXPECT_EQ(count_of(fd), 1);
	/* one that comes while there is no eventfd is not lost */
	EXPECT_EQ(kickfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	kick(driver);
	EXPECT_EQ(count_of(fd), 0);
	EXPECT_EQ(kickfd(0, fd), 0);
	EXPECT_EQ(count_of(fd), 1);
	EXPECT_EQ(kickfd(0, fd), 0);
	EXPECT_EQ(count_of(fd), 0);
	/* a reset forgets it */
	ASSERT_EQ(vhost_reset(&v), 0);
	kick(driver);
	EXPECT_EQ(count_of(fd), 0);
	end();
	close(fd);
	close(driver);
}

/* The kick's eventfd and the daemon's are one: that ends, and is the daemon's own fault */
UNIT_TEST(kick_in_a_circle)
{
	int a = eventfd(0, EFD_NONBLOCK), b = eventfd(0, EFD_NONBLOCK);

	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, i, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, a), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 1, b), 0);
	EXPECT_EQ(kickfd(0, b), 0);
	EXPECT_EQ(kickfd(1, a), 0);
	kick(a);
	usleep(300000);
	/* everything else goes on */
	EXPECT_EQ(kickfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	EXPECT_EQ(kickfd(1, VDUSE_EVENTFD_DEASSIGN), 0);
	end();
	close(a);
	close(b);
}

static int callfd(uint32_t index, int fd)
{
	struct vduse_vq_eventfd eventfd = { .index = index, .fd = fd };

	return daemon_ioctl(&d, VDUSE_VQ_SETUP_CALLFD, &eventfd);
}

UNIT_TEST(completion_eventfd)
{
	int pipes[2], call = eventfd(0, 0), fd = eventfd(0, EFD_NONBLOCK);
	uint64_t count;

	attach(0, 0);
	ASSERT_EQ(pipe(pipes), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP_CALLFD, NULL), -EFAULT);
	EXPECT_EQ(callfd(2, fd), -EINVAL);
	EXPECT_EQ(callfd(0, 9999), -EBADF);
	EXPECT_EQ(callfd(0, -2), -EBADF);
	EXPECT_EQ(callfd(0, pipes[0]), -EINVAL);
	EXPECT_EQ(callfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	EXPECT_EQ(callfd(0, fd), 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, call), 0);
	/* the queue is not ready */
	kick(fd);
	EXPECT_EQ(count_of(call), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	for (int i = 0; i < 3; i++) {
		kick(fd);
		EXPECT_EQ(count_of(call), 1);
		/* the kernel has read it */
		EXPECT_EQ(read(fd, &count, 8), -1);
	}
	EXPECT_EQ(inject(0), 0);
	EXPECT_EQ(count_of(call), 1);
	EXPECT_EQ(callfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	kick(fd);
	EXPECT_EQ(count_of(call), 0);
	/* one that was written to before */
	EXPECT_EQ(callfd(0, fd), 0);
	EXPECT_EQ(count_of(call), 1);
	/* a reset takes it away */
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(read(fd, &count, 8) < 0 ? 0 : 1, 0);
	kick(fd);
	EXPECT_EQ(count_of(call), 0);
	end();
	close(call);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

/* The driver's eventfd is the daemon's too: that is its own fault, and everything else goes on */
UNIT_TEST(completion_in_a_circle)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, fd), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(callfd(0, fd), 0);
	kick(fd);
	usleep(300000);
	EXPECT_EQ(callfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	end();
	close(fd);
}

static int inject_many(uint32_t first, uint64_t queues, uint32_t reserved)
{
	struct vduse_vq_irqs irqs = { first, reserved, queues };

	return daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQS, &irqs);
}

UNIT_TEST(interrupts_at_once)
{
	int fds[2];

	attach(0, 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQS, NULL), -EFAULT);
	EXPECT_EQ(inject_many(0, 1, 0), -EINVAL);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	for (int i = 0; i < 2; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK);
		EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, i, fds[i]), 0);
		EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, i, 1), 0);
	}
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(inject_many(0, 0, 0), 0);
	EXPECT_EQ(inject_many(0, 1, 1), -EINVAL);
	/* nothing is done where one of them does not exist */
	EXPECT_EQ(inject_many(0, 7, 0), -EINVAL);
	EXPECT_EQ(inject_many(1, 3, 0), -EINVAL);
	EXPECT_EQ(inject_many(0, 1 | 1ULL << 63, 0), -EINVAL);
	EXPECT_EQ(inject_many(2, 0, 0), -EINVAL);
	EXPECT_EQ(inject_many(~0U, 1, 0), -EINVAL);
	EXPECT_EQ(count_of(fds[0]), 0);
	EXPECT_EQ(count_of(fds[1]), 0);
	EXPECT_EQ(inject_many(0, 3, 0), 0);
	EXPECT_EQ(count_of(fds[0]), 1);
	EXPECT_EQ(count_of(fds[1]), 1);
	EXPECT_EQ(inject_many(1, 1, 0), 0);
	EXPECT_EQ(count_of(fds[0]), 0);
	EXPECT_EQ(count_of(fds[1]), 1);
	end();
	close(fds[0]);
	close(fds[1]);
}

static int driver_kick(uint32_t index)
{
	return daemon_ioctl(&d, VDUSE_VQ_GET_KICKFD, &index);
}

/* The process's eventfd itself: the kernel is not in between */
UNIT_TEST(kick_handed_through)
{
	int driver = eventfd(0, EFD_NONBLOCK), late = eventfd(0, EFD_NONBLOCK);
	int own = eventfd(0, EFD_NONBLOCK), fd;
	uint64_t count;

	attach(0, 1ULL << VDUSE_F_KICKFD);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_GET_KICKFD, NULL), -EFAULT);
	EXPECT_EQ(driver_kick(2), -EINVAL);
	EXPECT_EQ(driver_kick(0), -ENOENT);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(kickfd(0, own), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	fd = driver_kick(0);
	ASSERT(fd >= 0);
	EXPECT_EQ(driver_kick(1), -ENOENT);
	kick(driver);
	kick(driver);
	EXPECT_EQ(count_of(own), 0);
	EXPECT_EQ(count_of(fd), 2);
	EXPECT_EQ(read(driver, &count, 8), -1);
	close(fd);
	/* another one, while it runs: by the daemon's own */
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, late), 0);
	EXPECT_EQ(driver_kick(0), -ENOENT);
	kick(late);
	EXPECT_EQ(count_of(own), 1);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, -1), 0);
	/* after a reset as at first */
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	close(driver_kick(0));
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, -1), 0);
	EXPECT_EQ(driver_kick(0), -ENOENT);
	end();
	close(driver);
	close(late);
	close(own);
}

/* A daemon that did not say so gets its kicks as ever */
UNIT_TEST(kick_not_handed_through)
{
	int driver = eventfd(0, EFD_NONBLOCK);

	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	EXPECT_EQ(driver_kick(0), -ENOENT);
	end();
	close(driver);
}

#define BOUNCE	1048576UL

static int umem(unsigned long cmd, void *at, uint64_t iova, uint64_t size, uint32_t asid)
{
	struct vduse_iova_umem arg = {
		.uaddr = (uintptr_t)at, .iova = iova, .size = size, .asid = asid,
	};

	return daemon_ioctl(&d, cmd, &arg);
}

static int reg(void *at)
{
	return umem(VDUSE_IOTLB_REG_UMEM, at, 0, BOUNCE, 0);
}

static int dereg(void *at)
{
	return umem(VDUSE_IOTLB_DEREG_UMEM, at, 0, BOUNCE, 0);
}

static void *memory(int prot)
{
	void *at = mmap(NULL, BOUNCE + 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT(at != MAP_FAILED);
	return at;
}

/* Before it is on the bus, and after */
UNIT_TEST(own_memory)
{
	struct vduse_iova_umem bad = { .size = BOUNCE };
	long before = pinned();
	void *at = memory(PROT_READ | PROT_WRITE);

	start(1, 0);
	ASSERT_EQ(daemon_sysfs(&d, "bounce_size", "1048576"), 0);
	EXPECT_EQ(dereg(at), -ENOENT);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at, 4096, BOUNCE, 0), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at, 0, BOUNCE - 4096, 0), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at, 0, BOUNCE + 4096, 0), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at, 0, 0, 0), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at, 0, BOUNCE, 1), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at, 0, BOUNCE, 2), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, (char *)at + 8, 0, BOUNCE, 0), -EINVAL);
	for (int i = 0; i < 5; i++) {
		bad.uaddr = (uintptr_t)at;
		bad.reserved[i] = 1;
		EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_REG_UMEM, &bad), -EINVAL);
		EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_DEREG_UMEM, &bad), -EINVAL);
		bad.reserved[i] = 0;
	}
	EXPECT_EQ(pinned(), before);
	EXPECT_EQ(reg(at), 0);
	EXPECT_EQ(pinned() - before, BOUNCE / 4096);
	EXPECT_EQ(reg(at), -EEXIST);
	EXPECT_EQ(daemon_sysfs(&d, "bounce_size", "2097152"), -EPERM);
	EXPECT_EQ(umem(VDUSE_IOTLB_DEREG_UMEM, at, 0, BOUNCE - 4096, 0), -EINVAL);
	EXPECT_EQ(umem(VDUSE_IOTLB_DEREG_UMEM, at, 0, BOUNCE, 1), -ENOENT);
	EXPECT_EQ(dereg(at), 0);
	EXPECT_EQ(dereg(at), -ENOENT);
	EXPECT_EQ(pinned(), before);
	/* the closing of the node takes it away */
	EXPECT_EQ(reg(at), 0);
	daemon_close(&d);
	EXPECT_EQ(pinned(), before);
	EXPECT_EQ(daemon_open(&d), 0);
	daemon_start(&d);
	v = vhost_new(NAME, "vduse");
	EXPECT_EQ(reg(at), 0);
	end();
	EXPECT_EQ(pinned(), before);
	munmap(at, BOUNCE + 4096);
}

UNIT_TEST(bad_memory)
{
	void *at = memory(PROT_NONE);
	long before = pinned();

	start(0, 0);
	ASSERT_EQ(daemon_sysfs(&d, "bounce_size", "1048576"), 0);
	EXPECT_EQ(reg(NULL), -EFAULT);
	EXPECT_EQ(reg(at), -EFAULT);
	mprotect(at, BOUNCE, PROT_READ);
	EXPECT_EQ(reg(at), -EFAULT);
	/* all but the last page */
	mprotect(at, BOUNCE - 4096, PROT_READ | PROT_WRITE);
	EXPECT_EQ(reg(at), -EFAULT);
	EXPECT_EQ(pinned(), before);
	mprotect(at, BOUNCE, PROT_READ | PROT_WRITE);
	EXPECT_EQ(reg(at), 0);
	/* it is pinned: what the daemon does with its addresses changes nothing */
	munmap(at, BOUNCE);
	EXPECT_EQ(pinned() - before, BOUNCE / 4096);
	daemon_exit(&d);
	EXPECT_EQ(pinned(), before);
}

/* A memfd that is shorter than its mapping; then one that is cut off while it is in use */
UNIT_TEST(truncated_memory)
{
	int fd = memfd_create("vduse", MFD_CLOEXEC);
	long before = pinned();
	void *at;

	ASSERT(fd >= 0);
	ASSERT_EQ(ftruncate(fd, BOUNCE - 4096), 0);
	at = mmap(NULL, BOUNCE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	start(0, 0);
	ASSERT_EQ(daemon_sysfs(&d, "bounce_size", "1048576"), 0);
	EXPECT_EQ(reg(at), -EFAULT);
	EXPECT_EQ(pinned(), before);
	ASSERT_EQ(ftruncate(fd, BOUNCE), 0);
	EXPECT_EQ(reg(at), 0);
	ASSERT_EQ(ftruncate(fd, 0), 0);
	EXPECT_EQ(pinned() - before, BOUNCE / 4096);
	EXPECT_EQ(dereg(at), 0);
	EXPECT_EQ(pinned(), before);
	daemon_exit(&d);
	munmap(at, BOUNCE);
	close(fd);
}

static int reg_limited(void *at)
{
	struct rlimit limit = { BOUNCE - 4096, BOUNCE - 4096 };
	pid_t child = fork();
	int status = 0;

	if (!child) {
		setrlimit(RLIMIT_MEMLOCK, &limit);
		drop_ipc_lock();
		_exit(-reg(at));
	}
	ASSERT_EQ(waitpid(child, &status, 0), child);
	return -WEXITSTATUS(status);
}

UNIT_TEST(memory_is_accounted)
{
	void *at = memory(PROT_READ | PROT_WRITE);

	start(0, 0);
	ASSERT_EQ(daemon_sysfs(&d, "bounce_size", "1048576"), 0);
	EXPECT_EQ(reg_limited(at), -ENOMEM);
	daemon_exit(&d);
	munmap(at, BOUNCE + 4096);
}

/* Nothing a daemon does holds up what the driver does, and the other way round */
UNIT_TEST(storm)
{
	int driver = eventfd(0, EFD_NONBLOCK), call = eventfd(0, EFD_NONBLOCK), fds[2];
	long long stop;

	fds[0] = eventfd(0, EFD_NONBLOCK);
	fds[1] = eventfd(0, EFD_NONBLOCK);
	attach(0, 0);
	stop = daemon_now() + 1000;
	for (int i = 0; daemon_now() < stop; i++) {
		ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
		ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
		ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, call), 0);
		ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
		ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
		for (int j = 0; j < 50; j++) {
			ASSERT_EQ(kickfd(0, fds[j % 2]), 0);
			kick(driver);
			ASSERT_EQ(inject(0), 0);
		}
		ASSERT_EQ(vhost_reset(&v), 0);
	}
	end();
	close(driver);
	close(call);
	close(fds[0]);
	close(fds[1]);
}
