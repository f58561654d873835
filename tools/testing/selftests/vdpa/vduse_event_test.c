// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kicks and interrupts of a VDUSE device: by ioctl, by eventfds of the daemon's and of the
 * driver's, in circles and in storms.
 */
#include <errno.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_config.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pair.h"
#include "unit.h"

#define NAME	"vduseevent"

UNIT_TEST(interrupt)
{
	int fd = eventfd(0, 0);

	pair_attach(NAME, 0, 0);
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
	pair_end();
	close(fd);
}

UNIT_TEST(kick_descriptors)
{
	int pipes[2], fd = eventfd(0, 0);

	pair_start(NAME, 0, 0);
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

UNIT_TEST(kicks)
{
	int driver = eventfd(0, 0), fd = eventfd(0, 0);

	pair_attach(NAME, 0, 0);
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
	pair_end();
	close(fd);
	close(driver);
}

/* The kick's eventfd and the daemon's are one: that ends, and is the daemon's own fault */
UNIT_TEST(kick_in_a_circle)
{
	int a = eventfd(0, EFD_NONBLOCK), b = eventfd(0, EFD_NONBLOCK);

	pair_attach(NAME, 0, 0);
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
	pair_end();
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

	pair_attach(NAME, 0, 0);
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
	pair_end();
	close(call);
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

/* The driver's eventfd is the daemon's too: that is its own fault, and everything else goes on */
UNIT_TEST(completion_in_a_circle)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	pair_attach(NAME, 0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, fd), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(callfd(0, fd), 0);
	kick(fd);
	usleep(300000);
	EXPECT_EQ(callfd(0, VDUSE_EVENTFD_DEASSIGN), 0);
	pair_end();
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

	pair_attach(NAME, 0, 0);
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
	pair_end();
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

	pair_attach(NAME, 0, 1ULL << VDUSE_F_KICKFD);
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
	pair_end();
	close(driver);
	close(late);
	close(own);
}

/* A daemon that did not say so gets its kicks as ever */
UNIT_TEST(kick_not_handed_through)
{
	int driver = eventfd(0, EFD_NONBLOCK);

	pair_attach(NAME, 0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	EXPECT_EQ(driver_kick(0), -ENOENT);
	pair_end();
	close(driver);
}

/* Nothing a daemon does holds up what the driver does, and the other way round */
UNIT_TEST(storm)
{
	int driver = eventfd(0, EFD_NONBLOCK), call = eventfd(0, EFD_NONBLOCK), fds[2];
	long long stop;

	fds[0] = eventfd(0, EFD_NONBLOCK);
	fds[1] = eventfd(0, EFD_NONBLOCK);
	pair_attach(NAME, 0, 0);
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
	pair_end();
	close(driver);
	close(call);
	close(fds[0]);
	close(fds[1]);
}
