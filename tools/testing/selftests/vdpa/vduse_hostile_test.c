// SPDX-License-Identifier: GPL-2.0-only
/*
 * A daemon that is a disk of the host's own driver, and does what no disk may: to its rings, to
 * its requests, to its memory. Whatever it does, requests end, its device can be taken off the
 * bus in a bounded time, and it is a disk again afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bad_disk.h"
#include "nl.h"
#include "sysfs.h"
#include "unit.h"

#define NAME		"vdusehostile"
#define BLOCK		4096
#define COHERENT	(128UL << 20)
#define OWN		0xc3	/* what the reader's buffer had */
#define LONG_MS		300000	/* ends at all: it takes a second, or 30 (VDUSE_LEAVE_ROUNDS) */

/* Return: the disk, open for what is not cached, or a negative errno */
static int open_disk(void)
{
	int fd = -ENODEV;
	glob_t found;
	char path[64];

	for (int i = 0; i < LONG_MS / 10 && fd < 0; i++, usleep(10000)) {
		if (!glob("/sys/bus/vdpa/devices/" NAME "/virtio*/block/*", 0, NULL, &found)) {
			snprintf(path, sizeof(path), "/dev/%s",
				 strrchr(found.gl_pathv[0], '/') + 1);
			fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
			globfree(&found);
		}
	}
	return fd < 0 ? -errno : fd;
}

/* One block. Return: its first byte, or a negative errno. */
static int read_block(int fd, off_t at)
{
	unsigned char *block = aligned_alloc(BLOCK, BLOCK);
	int ret;

	memset(block, OWN, BLOCK);
	ret = pread(fd, block, BLOCK, at) < 0 ? -errno : block[0];
	for (int i = 1; ret >= 0 && i < BLOCK; i++)
		EXPECT_EQ(block[i], ret);
	free(block);
	return ret;
}

static pid_t read_in_child(int fd, off_t at)
{
	pid_t child = fork();

	ASSERT(child >= 0);
	if (!child)
		_exit(read_block(fd, at) < 0);
	return child;
}

static bool ended(pid_t child, int ms)
{
	for (; ms > 0; ms -= 10, usleep(10000))
		if (waitpid(child, NULL, WNOHANG) == child)
			return true;
	return false;
}

static void del_in_time(void)
{
	long long begin = daemon_now();

	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT(daemon_now() - begin < LONG_MS);
}

/* on the bus, and it is a disk that works: whatever was before */
static int good_disk(void)
{
	int fd;

	bad_manners = GOOD;
	ASSERT_EQ(nl_dev_add(NAME, "vduse"), 0);
	fd = open_disk();
	ASSERT(fd >= 0);
	EXPECT_EQ(read_block(fd, 0), BAD_DISK_FILL);
	return fd;
}

/* It is read from while the daemon does that; then it goes, and comes back */
static void survives(enum bad_manners how)
{
	pid_t child;
	bool over;
	int fd;

	bad_disk_start(NAME);
	fd = good_disk();
	bad_manners = how;
	child = read_in_child(fd, 8 * BLOCK);
	/* time to do it; the reader may get something, and end */
	over = ended(child, 300);
	close(fd);
	del_in_time();
	EXPECT(over || ended(child, LONG_MS));
	close(good_disk());
	del_in_time();
	bad_disk_end();
}

UNIT_TEST(serves_nothing) { survives(SERVES_NOTHING); }
UNIT_TEST(used_index_jumps) { survives(USED_JUMPS); }
UNIT_TEST(id_too_high) { survives(ID_TOO_HIGH); }
UNIT_TEST(id_twice) { survives(ID_TWICE); }
UNIT_TEST(id_of_no_head) { survives(ID_OF_NO_HEAD); }
UNIT_TEST(ring_scribbled) { survives(RING_SCRIBBLED); }
UNIT_TEST(interrupts_only) { survives(INTERRUPTS_ONLY); }

/* What a read comes to, and the next one, which is answered as it should be */
static void reads_as(enum bad_manners manners, int result)
{
	int fd;

	bad_disk_start(NAME);
	fd = good_disk();
	bad_manners = manners;
	EXPECT_EQ(read_block(fd, 8 * BLOCK), result);
	bad_manners = GOOD;
	EXPECT_EQ(read_block(fd, 8 * BLOCK), BAD_DISK_FILL);
	close(fd);
	del_in_time();
	bad_disk_end();
}

/* It says that it has written: the reader has its own bytes, and none of another request's */
UNIT_TEST(writes_nothing) { reads_as(WRITES_NOTHING, OWN); }
/* What comes back is as long as the request, whatever the daemon says */
UNIT_TEST(length_too_long) { reads_as(LENGTH_TOO_LONG, BAD_DISK_FILL); }
UNIT_TEST(status_unknown) { reads_as(STATUS_UNKNOWN, -EIO); }

static int touch(volatile unsigned char *at)
{
	return bad_disk_access(at, false);
}

/* The file of the bounce memory and the rings: nothing beyond, and nothing that is not there */
UNIT_TEST(domain_file)
{
	struct vduse_iotlb_entry entry;
	unsigned char *at;
	struct stat st;
	int disk, fd;

	bad_disk_start(NAME);
	disk = good_disk();
	fd = bad_disk_get_fd(0, &entry);
	ASSERT(fd >= 0);
	EXPECT_EQ(entry.last, BAD_DISK_BOUNCE - 1);
	/* DPDK's vhost library maps no more of a file than it has */
	ASSERT_EQ(fstat(fd, &st), 0);
	EXPECT_EQ(st.st_size, BAD_DISK_BOUNCE + COHERENT);
	EXPECT_EQ(ftruncate(fd, BLOCK), -1);
	EXPECT_EQ(lseek(fd, 0, SEEK_END), -1);
	EXPECT(mmap(NULL, BLOCK, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	EXPECT(mmap(NULL, BLOCK, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	at = mmap(NULL, BAD_DISK_BOUNCE + COHERENT + BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED,
		  fd, 0);
	ASSERT(at != MAP_FAILED);
	/* the daemon's own memory stands behind these */
	EXPECT_EQ(touch(at), SIGBUS);
	EXPECT_EQ(touch(at + BAD_DISK_BOUNCE - BLOCK), SIGBUS);
	EXPECT_EQ(touch(at + BAD_DISK_BOUNCE + COHERENT), SIGBUS);
	EXPECT(mremap(at, BLOCK, 2 * BLOCK, MREMAP_MAYMOVE) == MAP_FAILED);
	EXPECT_EQ(madvise(at, BLOCK, MADV_DODUMP), -1);
	close(disk);
	del_in_time();
	/* the rings are gone, with the driver */
	for (size_t i = 0; i < 64; i++)
		EXPECT_EQ(touch(at + BAD_DISK_BOUNCE + i * BLOCK), SIGBUS);
	bad_disk_end();
	/* and the device */
	EXPECT_EQ(touch(at), SIGBUS);
	munmap(at, BAD_DISK_BOUNCE + COHERENT + BLOCK);
	close(fd);
}

/* Another page of the ring for each side: the driver relies on its own descriptors */
UNIT_TEST(only_the_used_ring_is_writable)
{
	struct vduse_vq_info info = {};
	int fd, zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	unsigned char *at;
	size_t size;

	bad_disk_start(NAME);
	fd = good_disk();
	ASSERT_EQ(daemon_ioctl(&bad_disk, VDUSE_VQ_GET_INFO, &info), 0);
	at = bad_disk_map(info.desc_addr, &size);
	ASSERT(at);
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(bad_disk_access(at, true), SIGBUS);
		EXPECT_EQ(bad_disk_access(at + (info.driver_addr - info.desc_addr), true), SIGBUS);
		EXPECT_EQ(bad_disk_access(at + (info.device_addr - info.desc_addr), true), 0);
		EXPECT_EQ(touch(at), 0);
		/* nor by a system call */
		EXPECT_EQ(read(zero, at, 16), -1);
		EXPECT_EQ(errno, EFAULT);
		EXPECT_EQ(read_block(fd, 8 * BLOCK), BAD_DISK_FILL);
	}
	munmap(at, size);
	close(zero);
	close(fd);
	del_in_time();
	bad_disk_end();
}

/* A mapping of the ring from before: the next driver's is another */
UNIT_TEST(old_ring_is_nobodys)
{
	struct vduse_vq_info info = {};
	unsigned char *old, *used;
	size_t size;
	int fd;

	bad_disk_start(NAME);
	fd = good_disk();
	ASSERT_EQ(daemon_ioctl(&bad_disk, VDUSE_VQ_GET_INFO, &info), 0);
	old = bad_disk_map(info.desc_addr, &size);
	ASSERT(old);
	used = old + (info.device_addr - info.desc_addr);
	/* the page is mapped from now on, and not when it is written to below */
	EXPECT_EQ(bad_disk_access(used, true), 0);
	close(fd);
	del_in_time();
	fd = good_disk();
	memset(used, 0xff, BLOCK);
	EXPECT_EQ(read_block(fd, 8 * BLOCK), BAD_DISK_FILL);
	munmap(old, size);
	close(fd);
	del_in_time();
	bad_disk_end();
}

static int nic_flags(const char *name, int flags)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;
	struct ifreq request = { .ifr_flags = flags };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ret = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* The daemon of a NIC is stopped, and the time-out is an hour: RTNL is free */
UNIT_TEST(stopped_nic_and_rtnl)
{
	const char *pattern = "/sys/bus/vdpa/devices/" NAME "/virtio*/net/*", *name;
	glob_t found = {};
	struct daemon d;

	daemon_init(&d, NAME, 0, 0);
	d.space[0] = 2;	/* its address, of which it says that it has one */
	ASSERT_EQ(daemon_make(&d), 0);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "3600"), 0);
	daemon_fork(&d);
	ASSERT_EQ(nl_dev_add(NAME, "vduse"), 0);
	for (int i = 0; i < 6000 && glob(pattern, 0, NULL, &found); i++)
		usleep(10000);
	ASSERT_EQ(found.gl_pathc, 1);
	name = strrchr(found.gl_pathv[0], '/') + 1;
	EXPECT_EQ(nic_flags(name, IFF_UP), 0);
	kill(d.pid, SIGSTOP);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(nic_flags(name, 0), 0);
		EXPECT_EQ(nic_flags("lo", IFF_UP), 0);
		EXPECT_EQ(nic_flags(name, IFF_UP), 0);
	}
	globfree(&found);
	del_in_time();
	kill(d.pid, SIGCONT);
	daemon_kill(&d);
	daemon_exit(&d);
}

/* The module has users: devices, open nodes, memory that is mapped */
UNIT_TEST(module_in_use)
{
	int fd;

	bad_disk_start(NAME);
	fd = good_disk();
	EXPECT_EQ(syscall(SYS_delete_module, "vduse", O_NONBLOCK), -1);
	EXPECT(errno == EWOULDBLOCK || errno == EBUSY);
	EXPECT_EQ(read_block(fd, 0), BAD_DISK_FILL);
	close(fd);
	del_in_time();
	bad_disk_end();
}
