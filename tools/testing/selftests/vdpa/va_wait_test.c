// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that reaches a process's memory by virtual addresses is in the middle of a request
 * whose page does not come (userfaultfd, FUSE). Nobody waits for it but its queue. Needs
 * vdpa_sim use_va=1.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "nl.h"
#include "stuck_file.h"

#define PAGE	4096UL
#define IOVA	0x40000000UL	/* of the page that does not come */
#define STUCK	"/run/vawaittest"
#define SOON	2000		/* ms */

static int uffd;
static char *page;

static void hold(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(page != MAP_FAILED);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	ASSERT(uffd >= 0);
	ASSERT_EQ(ioctl(uffd, UFFDIO_API, &api), 0);
	reg.range.start = (unsigned long)page;
	reg.range.len = PAGE;
	ASSERT_EQ(ioctl(uffd, UFFDIO_REGISTER, &reg), 0);
	ASSERT_EQ(vhost_map(&v, IOVA, PAGE, page, VHOST_ACCESS_RW), 0);
}

static void give(void)
{
	struct uffdio_zeropage zero = { .range = { (unsigned long)page, PAGE } };

	ASSERT_EQ(ioctl(uffd, UFFDIO_ZEROPAGE, &zero), 0);
}

static void end_hold(void)
{
	vhost_unmap(&v, IOVA, PAGE);
	close(uffd);
	munmap(page, PAGE);
}

/* a write whose data is in that page; the device has it when this returns */
static void offer_stuck(void)
{
	header(VIRTIO_BLK_T_OUT, 8);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), sizeof(struct virtio_blk_outhdr), NEXT, 1);
	queue_desc(&q, 1, IOVA, 512, NEXT, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	usleep(200 * 1000);
}

/* Return: how long it took in ms, or -ETIMEDOUT after 10 s */
static int time_of(int (*how)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		nl_own_socket();
		_exit(how() ? 1 : 0);
	}
	for (int ms = 0; ms < 10000; ms += 10) {
		if (waitpid(child, &status, WNOHANG) == child) {
			printf("# %d ms\n", ms);
			EXPECT_EQ(status, 0);
			return ms;
		}
		usleep(10 * 1000);
	}
	return -ETIMEDOUT;
}

static bool is_soon(int (*how)(void))
{
	int ms = time_of(how);

	return ms >= 0 && ms < SOON;
}

static int reset(void)
{
	return vhost_reset(&v);
}

static int suspend(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL);
}

static int removal(void)
{
	return nl_dev_del("blktest");
}

static int figures(void)
{
	return system("vdpa dev vstats show blktest qidx 0 >/run/vawaittest.out");
}

/* the page comes at last */
UNIT_TEST(a_request_waits_for_its_page)
{
	start(ALL);
	hold();
	offer_stuck();
	EXPECT_EQ(queue_wait(&q, 100), -ETIMEDOUT);
	EXPECT(is_soon(figures));
	give();
	EXPECT(queue_wait(&q, MS) >= 0);
	EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_OK);
	end_hold();
	end();
}

/* ... and the worker is not lost by it: the device works at once */
UNIT_TEST(a_reset_does_not_wait_for_a_page)
{
	start(ALL);
	hold();
	offer_stuck();
	EXPECT(is_soon(reset));
	end_hold();
	queue_end(&q);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(queue_start(&q, &v, 0), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(write_disk(0, 512), VIRTIO_BLK_S_OK);
	end();
}

/* the request that it was in the middle of is found again */
UNIT_TEST(a_suspended_device_keeps_the_place_of_a_request)
{
	start(ALL);
	hold();
	EXPECT_EQ(write_disk(0, 512), VIRTIO_BLK_S_OK);
	offer_stuck();
	EXPECT(is_soon(suspend));
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 1);
	give();
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT(queue_wait(&q, MS) >= 0);
	EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_OK);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 2);
	end_hold();
	end();
}

/* memory that was unmapped meanwhile is not the request's any more */
UNIT_TEST(what_is_unmapped_meanwhile_is_not_reached)
{
	start(ALL);
	hold();
	offer_stuck();
	EXPECT_EQ(vhost_unmap(&v, IOVA, PAGE), 0);
	give();
	memset(page, 0x5a, PAGE);
	EXPECT(queue_wait(&q, MS) >= 0);
	EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_IOERR);
	end_hold();
	end();
}

UNIT_TEST(a_removal_does_not_wait_for_a_page)
{
	start(ALL);
	hold();
	offer_stuck();
	EXPECT(is_soon(removal));
	end_hold();
	end();
}

static void hold_by_file(void)
{
	int fd;

	ASSERT_EQ(stuck_file_mount(STUCK), 0);
	fd = open(STUCK "/file", O_RDWR);
	ASSERT(fd >= 0);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(page != MAP_FAILED);
	ASSERT_EQ(vhost_map(&v, IOVA, PAGE, page, VHOST_ACCESS_RW), 0);
	close(fd);
}

/* This wait cannot be interrupted. The device is freed when it is over. */
UNIT_TEST(a_removal_does_not_wait_for_a_file_server)
{
	start(ALL);
	hold_by_file();
	offer_stuck();
	EXPECT(is_soon(figures));
	EXPECT(is_soon(removal));
	/* its name is free, its module is not */
	EXPECT(system("rmmod vdpa_sim_blk 2>/run/vawaittest.out") != 0);
	queue_end(&q);
	close(v.fd);
	v = vhost_new("blktest", "vdpasim_blk");
	munmap(page, PAGE);
	stuck_file_end(STUCK);
	vhost_end(&v);
	/* nothing is left of it */
	usleep(500 * 1000);
	EXPECT_EQ(system("rmmod vdpa_sim_blk && modprobe vdpa_sim_blk"), 0);
}

/* Its own server: FUSE's file is opened before the device's, and closed after it */
static void own_server(void)
{
	start(ALL);
	hold_by_file();
	offer_stuck();
	_exit(0);
}

UNIT_TEST(a_process_that_serves_its_own_page_ends)
{
	pid_t child = fork();
	int status, ms;

	if (!child) {
		nl_own_socket();
		ASSERT_EQ(stuck_file_open(), 0);
		own_server();
	}
	for (ms = 0; ms < 10000 && waitpid(child, &status, WNOHANG) != child; ms += 10)
		usleep(10 * 1000);
	printf("# ended after %d ms\n", ms);
	EXPECT(ms < 5000);
	EXPECT_EQ(nl_dev_del("blktest"), 0);
	umount2(STUCK, MNT_DETACH);
	rmdir(STUCK);
}
