// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO_DEVICE_IOEVENTFD on the legacy notify register: an eventfd is tied to a
 * queue, and signalling it notifies the device, which is the witness.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "vf.h"
#include "witness.h"

#define TIES_MAX	1024
#define WIDTH_2		VFIO_DEVICE_IOEVENTFD_16

static int request(struct vf *vf, unsigned int offset, unsigned int flags, uint64_t data, int fd)
{
	struct vfio_device_ioeventfd request = {
		.argsz = sizeof(request),
		.flags = flags,
		.offset = vf->offset[BAR0] + offset,
		.data = data,
		.fd = fd,
	};

	return ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &request) ? -errno : 0;
}

static int tie(struct vf *vf, unsigned int queue, int fd)
{
	return request(vf, QUEUE_NOTIFY, WIDTH_2, queue, fd);
}

static int untie(struct vf *vf, unsigned int queue)
{
	return tie(vf, queue, -1);
}

static int new_eventfd(unsigned int value)
{
	int fd = eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK);

	ASSERT(fd >= 0);
	return fd;
}

static void signal_it(int fd)
{
	uint64_t one = 1;

	ASSERT_EQ(write(fd, &one, sizeof(one)), sizeof(one));
}

/* A fresh VF with @fd tied to queue 0 */
static struct vf *tied_vf(int fd)
{
	struct vf *vf = vf_fresh();
	int ret = tie(vf, 0, fd);

	if (ret == -EOPNOTSUPP)
		unit_skip("the device has named no notification address");
	ASSERT_EQ(ret, 0);
	return vf;
}

/* @times signals are @expected notifications, no more and no less */
static void check(int fd, int times, int expected)
{
	long before = witness_count();

	for (int i = 0; i < times; i++)
		signal_it(fd);
	EXPECT_EQ(witness_wait(before + expected) - before, expected);
}

UNIT_TEST(each_signal_is_a_notification)
{
	int fd = new_eventfd(0);
	uint64_t left;

	tied_vf(fd);
	check(fd, 1, 1);
	check(fd, 100, 100);
	/* it was taken, so that no signal is lost when many come */
	EXPECT_EQ(read(fd, &left, sizeof(left)), -1);
	EXPECT_EQ(errno, EAGAIN);
	close(fd);
}

UNIT_TEST(one_that_was_signalled_before)
{
	int fd = new_eventfd(1);
	long before = witness_count();

	tied_vf(fd);
	EXPECT_EQ(witness_wait(before + 1), before + 1);
	close(fd);
}

UNIT_TEST(each_queue_has_its_own)
{
	int fds[3] = { new_eventfd(0), new_eventfd(0), new_eventfd(0) };
	struct vf *vf = tied_vf(fds[0]);

	ASSERT_EQ(tie(vf, 1, fds[1]), 0);
	ASSERT_EQ(tie(vf, 0xffff, fds[2]), 0);
	for (int i = 0; i < 3; i++)
		check(fds[i], 2, 2);
	ASSERT_EQ(untie(vf, 1), 0);
	check(fds[1], 2, 0);
	check(fds[0], 2, 2);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

UNIT_TEST(one_for_several_queues)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	ASSERT_EQ(tie(vf, 1, fd), 0);
	ASSERT_EQ(tie(vf, 2, fd), 0);
	check(fd, 5, 15);
	close(fd);
}

UNIT_TEST(writes_go_on_beside_it)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);
	long before = witness_count();

	for (int i = 0; i < 10; i++) {
		signal_it(fd);
		ASSERT_EQ(vf_write(vf, BAR0, QUEUE_NOTIFY, 2, 0), 0);
	}
	EXPECT_EQ(witness_wait(before + 20), before + 20);
	close(fd);
}

UNIT_TEST(untied_and_tied_again)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	EXPECT_EQ(untie(vf, 1), -ENODEV);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(untie(vf, 0), 0);
		EXPECT_EQ(untie(vf, 0), -ENODEV);
		check(fd, 3, 0);
		/* nobody has taken them: they count when it is tied */
		ASSERT_EQ(read(fd, &(uint64_t){ 0 }, 8), 8);
		ASSERT_EQ(tie(vf, 0, fd), 0);
		check(fd, 3, 3);
	}
	close(fd);
}

UNIT_TEST(a_second_one_for_a_queue_is_refused)
{
	int fd = new_eventfd(0), other = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	EXPECT_EQ(tie(vf, 0, other), -EEXIST);
	EXPECT_EQ(tie(vf, 0, fd), -EEXIST);
	check(other, 2, 0);
	check(fd, 2, 2);
	close(fd);
	close(other);
}

UNIT_TEST(one_that_was_closed_makes_room)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	for (int i = 0; i < 3; i++) {
		close(fd);
		fd = new_eventfd(0);
		ASSERT_EQ(tie(vf, 0, fd), 0);
		check(fd, 1, 1);
	}
	close(fd);
	EXPECT_EQ(untie(vf, 0), 0);
}

UNIT_TEST(other_registers_and_widths_are_refused)
{
	int fd = new_eventfd(0), no_eventfd = open("/dev/null", O_RDWR);
	struct vf *vf = tied_vf(fd);
	const struct {
		unsigned int offset, flags;
		uint64_t data;
		int fd, error;
	} table[] = {
		{ QUEUE_NOTIFY, VFIO_DEVICE_IOEVENTFD_8, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, VFIO_DEVICE_IOEVENTFD_32, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, VFIO_DEVICE_IOEVENTFD_64, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, 0, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2 | VFIO_DEVICE_IOEVENTFD_8, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2 | 1U << 4, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2 | 1U << 31, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2, 0x10000, fd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2, ~0ULL, fd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2, 1, -2, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2, 1, no_eventfd, -EINVAL },
		{ QUEUE_NOTIFY, WIDTH_2, 1, 99999, -EBADF },
		{ QUEUE_NOTIFY, WIDTH_2, 1, -1, -ENODEV },
		{ QUEUE_NOTIFY - 1, WIDTH_2, 1, fd, -EINVAL },
		{ QUEUE_NOTIFY + 1, WIDTH_2, 1, fd, -EINVAL },
		{ QUEUE_SELECT, WIDTH_2, 1, fd, -EINVAL },
		{ DEVICE_STATUS, VFIO_DEVICE_IOEVENTFD_8, 1, fd, -EINVAL },
		{ DEVICE_FEATURES, VFIO_DEVICE_IOEVENTFD_32, 1, fd, -EINVAL },
		{ vf->size[BAR0], WIDTH_2, 1, fd, -EINVAL },
		{ vf->size[BAR0] + QUEUE_NOTIFY, WIDTH_2, 1, fd, -EINVAL },
	};

	for (int i = 0; i < ARRAY_SIZE(table); i++) {
		int ret = request(vf, table[i].offset, table[i].flags, table[i].data, table[i].fd);

		if (ret != table[i].error)
			unit_fail(__FILE__, __LINE__, 0, "row %d: %d, not %d", i, ret,
				  table[i].error);
	}
	/* none of them is left */
	check(fd, 2, 2);
	close(fd);
	close(no_eventfd);
}

UNIT_TEST(sizes_of_the_argument)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);
	struct vfio_device_ioeventfd exact = {
		.argsz = offsetof(struct vfio_device_ioeventfd, fd) + sizeof(exact.fd),
		.flags = WIDTH_2,
		.offset = vf->offset[BAR0] + QUEUE_NOTIFY,
		.data = 1,
		.fd = fd,
	};

	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &exact), 0);
	exact.data = 2;
	exact.argsz--;
	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &exact), -1);
	EXPECT_EQ(errno, EINVAL);
	exact.argsz = 4096;
	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &exact), 0);
	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, NULL), -1);
	EXPECT_EQ(errno, EFAULT);
	close(fd);
}

UNIT_TEST(so_many_and_no_more)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	for (int queue = 1; queue < TIES_MAX; queue++)
		ASSERT_EQ(tie(vf, queue, fd), 0);
	EXPECT_EQ(tie(vf, TIES_MAX, fd), -ENOSPC);
	EXPECT_EQ(tie(vf, 0, fd), -EEXIST);
	check(fd, 1, TIES_MAX);
	ASSERT_EQ(untie(vf, 500), 0);
	EXPECT_EQ(tie(vf, TIES_MAX, fd), 0);
	EXPECT_EQ(tie(vf, 500, fd), -ENOSPC);
	/* another open begins with none */
	tied_vf(fd);
	check(fd, 1, 1);
	close(fd);
}

UNIT_TEST(the_vfs_own_bars_are_vfio_pcis)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);
	unsigned int doorbells = vf_capability(vf, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG);
	struct vfio_device_ioeventfd own = {
		.argsz = sizeof(own),
		.flags = WIDTH_2,
		.offset = vf->offset[vf_read(vf, CONFIG, doorbells + VIRTIO_PCI_CAP_BAR, 1)] +
			  vf_read(vf, CONFIG, doorbells + VIRTIO_PCI_CAP_OFFSET, 4),
		.fd = fd,
	};

	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &own), 0);
	own.fd = -1;
	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &own), 0);
	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &own), -1);
	EXPECT_EQ(errno, ENODEV);
	close(fd);
}

UNIT_TEST(closed_while_it_is_tied)
{
	int fd = new_eventfd(0);

	for (int i = 0; i < 3; i++) {
		struct vf *vf = tied_vf(fd);

		ASSERT_EQ(tie(vf, 1, fd), 0);
		vf_close(vf);
		check(fd, 3, 0);
		ASSERT_EQ(read(fd, &(uint64_t){ 0 }, 8), 8);
	}
	close(fd);
}

UNIT_TEST(nothing_without_decoding)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	ASSERT_EQ(vf_decode(vf, false), 0);
	check(fd, 3, 0);
	ASSERT_EQ(vf_decode(vf, true), 0);
	check(fd, 3, 3);
	close(fd);
}

/* A guest's reset does not undo what its VMM has set up */
UNIT_TEST(reset_while_it_is_tied)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(vf_reset(vf), 0);
		/* which turned decoding off */
		check(fd, 3, 0);
		ASSERT_EQ(vf_decode(vf, true), 0);
		check(fd, 3, 3);
	}
	close(fd);
}

UNIT_TEST(nothing_in_d3)
{
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);
	unsigned int at = vf_capability(vf, PCI_CAP_ID_PM, -1);

	if (!at)
		unit_skip("the VF has no power management capability");
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_PM_CTRL, 2, 3), 0);
	check(fd, 3, 0);
	ASSERT_EQ(vf_write(vf, CONFIG, at + PCI_PM_CTRL, 2, 0), 0);
	check(fd, 3, 3);
	close(fd);
}

UNIT_TEST(a_signal_wakes_the_device)
{
	struct vfio_device_feature feature = {
		.argsz = sizeof(feature),
		.flags = VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
	};
	int fd = new_eventfd(0);
	struct vf *vf = tied_vf(fd);

	if (ioctl(vf->device, VFIO_DEVICE_FEATURE, &feature))
		unit_skip("this kernel's vfio does not enter low power for the device");
	/* the worker that wakes it takes all signals that came meanwhile for one */
	check(fd, 1, 1);
	check(fd, 1, 1);
	close(fd);
}

static void __attribute__((noreturn)) signal_for_ever(int fd)
{
	for (;;)
		signal_it(fd);
}

UNIT_TEST(signalled_during_resets_and_at_the_close)
{
	int fd = new_eventfd(0);

	for (int round = 0; round < 3; round++) {
		struct vf *vf = tied_vf(fd);
		long before = witness_count();
		pid_t child = fork();
		int status;

		if (!child)
			signal_for_ever(fd);
		for (int i = 0; i < 5; i++) {
			ASSERT_EQ(vf_reset(vf), 0);
			ASSERT_EQ(vf_decode(vf, true), 0);
			ASSERT_EQ(untie(vf, 0), 0);
			ASSERT_EQ(tie(vf, 0, fd), 0);
			usleep(2000);
		}
		vf_close(vf);
		EXPECT(kill(child, SIGKILL) == 0);
		ASSERT_EQ(waitpid(child, &status, 0), child);
		/* the child has the device open too */
		EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		EXPECT(witness_count() > before);
	}
	tied_vf(fd);
	check(fd, 2, 2);
	close(fd);
}
