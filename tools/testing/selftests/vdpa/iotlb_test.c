// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping a process's memory: what is refused, what is paid, what is left behind. The
 * simulator may have been loaded with use_va=1: then nothing is pinned, nor paid for.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/uio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memcg.h"
#include "privilege.h"
#include "unit.h"
#include "vhost.h"

#define PAGE	4096UL
#define MIB	(1UL << 20)

static struct vhost v;

static void start(void)
{
	v = vhost_new("iotlbtest", "vdpasim_net");
	ASSERT_EQ(vhost_negotiate(&v, ~0ULL), 0);
}

static bool is_on(const char *path)
{
	FILE *file = fopen(path, "r");
	bool is = file && fgetc(file) == 'Y';

	if (file)
		fclose(file);
	return is;
}

static bool by_va(void)
{
	return is_on("/sys/module/vdpa_sim/parameters/use_va");
}

/* new devices get whole tables of mappings */
static bool by_table(void)
{
	return is_on("/sys/module/vdpa_sim/parameters/batch_mapping");
}

static void *memory(size_t size, int flags)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* the KiB that a line of a file of /proc says */
/* KiB of ours that are locked */
static long locked(void)
{
	return kib_of("/proc/self/status", "VmLck: %ld kB");
}

UNIT_TEST(only_the_owner_maps)
{
	void *at = memory(PAGE, MAP_PRIVATE);
	int status;

	v = vhost_new("iotlbtest", "vdpasim_net");
	EXPECT_EQ(vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW), -EPERM);
	EXPECT_EQ(vhost_unmap(&v, 0, PAGE), -EPERM);
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_BEGIN, 0, 0, NULL, 0), -EPERM);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	/* the child's memory is not the owner's */
	if (!fork())
		_exit(vhost_map(&v, 0x100000, PAGE, at, VHOST_ACCESS_RW) == -EPERM ? 0 : 1);
	wait(&status);
	EXPECT_EQ(status, 0);
	vhost_end(&v);
	munmap(at, PAGE);
}

UNIT_TEST(ranges)
{
	char *at = memory(4 * PAGE, MAP_PRIVATE);

	start();
	EXPECT_EQ(vhost_map(&v, PAGE, 0, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, -PAGE, 2 * PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, PAGE, PAGE, at, 0), -EINVAL);
	EXPECT_EQ(vhost_map(&v, PAGE, PAGE, at, 4), -EINVAL);
	/* pinned pages: the same place in both pages, or none */
	EXPECT_EQ(vhost_map(&v, 8 * PAGE + 1, PAGE, at, VHOST_ACCESS_RW), by_va() ? 0 : -EINVAL);
	EXPECT_EQ(vhost_map(&v, PAGE + 16, PAGE, at + 16, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, -PAGE, PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, 4 * PAGE);
}

UNIT_TEST(overlaps)
{
	char *at = memory(16 * PAGE, MAP_PRIVATE);

	start();
	EXPECT_EQ(vhost_map(&v, 4 * PAGE, 4 * PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, 4 * PAGE, 4 * PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(vhost_map(&v, 7 * PAGE, PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(vhost_map(&v, 0, 5 * PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(vhost_map(&v, 8 * PAGE, PAGE, at, VHOST_ACCESS_RW), 0);
	/* a cut through a mapping is refused, and changes nothing */
	EXPECT_EQ(vhost_unmap(&v, 5 * PAGE, PAGE), -EINVAL);
	EXPECT_EQ(vhost_unmap(&v, 5 * PAGE, 8 * PAGE), -EINVAL);
	EXPECT_EQ(vhost_map(&v, 8 * PAGE, PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(vhost_unmap(&v, 4 * PAGE, 4 * PAGE), 0);
	EXPECT_EQ(vhost_map(&v, 4 * PAGE, 4 * PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, 16 * PAGE);
}

UNIT_TEST(unmapping_what_is_not_mapped)
{
	start();
	EXPECT_EQ(vhost_unmap(&v, 0, PAGE), 0);
	EXPECT_EQ(vhost_unmap(&v, 0, ~0ULL), 0);
	EXPECT_EQ(vhost_unmap(&v, 1, ~0ULL), 0);
	EXPECT_EQ(vhost_unmap(&v, 2, ~0ULL), -EINVAL);
	EXPECT_EQ(vhost_unmap(&v, 0, 0), -EINVAL);
	vhost_end(&v);
}

UNIT_TEST(memory_that_is_not_there)
{
	char *at = memory(4 * PAGE, MAP_PRIVATE);
	long before;

	start();
	before = locked();
	munmap(at + 2 * PAGE, PAGE);
	EXPECT_EQ(vhost_map(&v, 0, 4 * PAGE, at, VHOST_ACCESS_RW), -EFAULT);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, (void *)(-1UL << 47), VHOST_ACCESS_RW), -EFAULT);
	EXPECT_EQ(vhost_map(&v, 0, 1UL << 62, at, VHOST_ACCESS_RW), -EFAULT);
	mprotect(at, PAGE, PROT_READ);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW), by_va() ? -EACCES : -EFAULT);
	EXPECT_EQ(locked(), before);
	/* nothing of it stayed in the table either */
	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
	EXPECT_EQ(vhost_map(&v, 0, 2 * PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, 4 * PAGE);
}

/* the screen's memory, as the machine has it: registers for all that is known */
UNIT_TEST(a_devices_registers_are_no_memory)
{
	int fd = open("/dev/mem", O_RDWR);
	void *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0xa0000);

	ASSERT(at != MAP_FAILED);
	start();
	EXPECT_EQ(vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW), by_va() ? -EINVAL : -EFAULT);
	EXPECT_EQ(locked(), 0);
	vhost_end(&v);
	munmap(at, PAGE);
	close(fd);
}

UNIT_TEST(address_spaces)
{
	char *at = memory(PAGE, MAP_PRIVATE);
	uint64_t features = 1 << VHOST_BACKEND_F_IOTLB_MSG_V2;

	start();
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_message(&v, 2, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_message(&v, ~0U, VHOST_IOTLB_INVALIDATE, 0, PAGE, at, 0), -EINVAL);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_INVALIDATE, 0, PAGE, at, 0), 0);
	/* one that did not agree on spaces has one */
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_BACKEND_FEATURES, &features), 0);
	EXPECT_EQ(vhost_message(&v, 7, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	/* nor has one that asks nothing, whatever the one before it agreed on */
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), -EBUSY);
	close(v.fd);
	v.fd = vhost_open("iotlbtest");
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_OWNER, NULL), 0);
	EXPECT_EQ(vhost_message(&v, 7, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, PAGE);
}

UNIT_TEST(batches)
{
	char *at = memory(PAGE, MAP_PRIVATE);

	start();
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_END, 0, 0, NULL, 0), 0);
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_BEGIN, 0, 0, NULL, 0), 0);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_BATCH_END, 0, 0, NULL, 0), -EINVAL);
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_END, 0, 0, NULL, 0), 0);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, PAGE);
}

UNIT_TEST(bad_messages)
{
	struct vhost_msg_v2 msg = { .type = VHOST_IOTLB_MSG_V2 };
	char big[200] = {};

	start();
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_MISS, 0, PAGE, NULL, 0), -EINVAL);
	EXPECT_EQ(vhost_message(&v, 0, 0, 0, PAGE, NULL, 0), -EINVAL);
	EXPECT_EQ(vhost_message(&v, 0, 255, 0, PAGE, NULL, 0), -EINVAL);
	for (size_t len = 0; len < 40; len++)
		EXPECT(write(v.fd, &msg, len) < 0);
	EXPECT(write(v.fd, big, sizeof(big)) < 0 && errno == EINVAL);
	EXPECT(syscall(SYS_write, v.fd, 8UL, sizeof(msg)) < 0 && errno == EFAULT);
	msg.type = 3;
	EXPECT(write(v.fd, &msg, sizeof(msg)) < 0 && errno == EINVAL);
	vhost_end(&v);
}

UNIT_TEST(messages_in_parts)
{
	char *at = memory(PAGE, MAP_PRIVATE);
	struct vhost_msg_v2 msg = {
		.type = VHOST_IOTLB_MSG_V2,
		.iotlb = {
			.iova = PAGE, .size = PAGE, .uaddr = (uintptr_t)at,
			.perm = VHOST_ACCESS_RW, .type = VHOST_IOTLB_UPDATE,
		},
	};
	struct iovec parts[] = { { &msg, 12 }, { (char *)&msg + 12, sizeof(msg) - 12 } };

	start();
	EXPECT(writev(v.fd, parts, 1) < 0 && errno == EINVAL);
	EXPECT_EQ(writev(v.fd, parts, 2), sizeof(msg));
	EXPECT_EQ(vhost_map(&v, PAGE, PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(vhost_unmap(&v, PAGE, PAGE), 0);
	parts[1].iov_base = (void *)8;
	EXPECT(writev(v.fd, parts, 2) < 0 && errno == EFAULT);
	EXPECT_EQ(vhost_map(&v, PAGE, PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, PAGE);
}

UNIT_TEST(first_version_of_messages)
{
	char *at = memory(PAGE, MAP_PRIVATE);
	struct vhost_msg msg = {
		.type = VHOST_IOTLB_MSG,
		.iotlb = {
			.iova = PAGE, .size = PAGE, .uaddr = (uintptr_t)at,
			.perm = VHOST_ACCESS_RW, .type = VHOST_IOTLB_UPDATE,
		},
	};

	start();
	EXPECT_EQ(write(v.fd, &msg, sizeof(msg)), sizeof(msg));
	EXPECT_EQ(vhost_map(&v, PAGE, PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	vhost_end(&v);
	munmap(at, PAGE);
}

UNIT_TEST(pinned_memory_is_accounted)
{
	char *at = memory(16 * MIB, MAP_PRIVATE);
	long before;

	start();
	before = locked();
	EXPECT_EQ(vhost_map(&v, 0, 16 * MIB, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(locked() - before, by_va() ? 0 : 16 * 1024);
	EXPECT_EQ(vhost_unmap(&v, 0, 16 * MIB), 0);
	EXPECT_EQ(locked(), before);
	EXPECT_EQ(vhost_map(&v, 0, 16 * MIB, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	EXPECT_EQ(locked(), before);
	munmap(at, 16 * MIB);
}

UNIT_TEST(the_limit_holds_but_for_the_privileged)
{
	struct rlimit limit = { 2 * MIB, 2 * MIB };
	char *at = memory(4 * MIB, MAP_PRIVATE);
	int status, over = by_va() ? 0 : -ENOMEM;

	start();
	close(v.fd);
	if (!fork()) {
		int bad = 0;

		v.fd = vhost_open("iotlbtest");
		bad |= vhost_negotiate(&v, ~0ULL);
		setrlimit(RLIMIT_MEMLOCK, &limit);
		bad |= vhost_map(&v, 0, 4 * MIB, at, VHOST_ACCESS_RW) != 0;
		bad |= vhost_unmap(&v, 0, 4 * MIB) != 0;
		drop_ipc_lock();
		bad |= vhost_map(&v, 0, 4 * MIB, at, VHOST_ACCESS_RW) != over;
		bad |= vhost_unmap(&v, 0, 4 * MIB) != 0;
		bad |= vhost_map(&v, 0, MIB, at, VHOST_ACCESS_RW) != 0;
		bad |= vhost_map(&v, 2 * MIB, 2 * MIB, at, VHOST_ACCESS_RW) != over;
		_exit(!!bad);
	}
	wait(&status);
	EXPECT_EQ(status, 0);
	v.fd = vhost_open("iotlbtest");
	EXPECT(v.fd >= 0);
	vhost_end(&v);
	munmap(at, 4 * MIB);
}

/* Pages in reverse order: as many pieces as pages, more than any fixed table holds */
UNIT_TEST(regression_more_than_2048_pieces)
{
	size_t pages = 5000;
	char *from = memory(pages * PAGE, MAP_SHARED), *to = memory(pages * PAGE, MAP_PRIVATE);
	long before;

	memset(from, 1, pages * PAGE);
	for (size_t i = 0; i < pages; i++)
		mremap(from + i * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       to + (pages - 1 - i) * PAGE);
	start();
	before = locked();
	EXPECT_EQ(vhost_map(&v, 0, pages * PAGE, to, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_unmap(&v, 0, pages * PAGE), 0);
	EXPECT_EQ(locked(), before);
	vhost_end(&v);
	munmap(to, pages * PAGE);
}

static long parameter(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "/sys/module/vdpa_sim/parameters/%s", name);
	return kib_of(path, "%ld");
}

/* max_iotlb_entries */
UNIT_TEST(a_limit_of_the_device)
{
	long limit = parameter("max_iotlb_entries");
	char *at = memory(PAGE, MAP_PRIVATE);
	long n = 0;
	int ret = 0;

	if (limit <= 0)
		unit_skip("vdpa_sim has no limit: max_iotlb_entries is 0");
	start();
	while (!ret && n < 100000)
		ret = vhost_map(&v, n++ * PAGE, PAGE, at, VHOST_ACCESS_RW);
	EXPECT_EQ(ret, -ENOSPC);
	EXPECT_EQ(n, limit + 1);
	/* what was refused left nothing behind */
	EXPECT_EQ(vhost_unmap(&v, 0, PAGE), 0);
	EXPECT_EQ(vhost_map(&v, (n - 1) * PAGE, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, n * PAGE, PAGE, at, VHOST_ACCESS_RW), -ENOSPC);
	vhost_end(&v);
	munmap(at, PAGE);
}

UNIT_TEST(mappings_have_a_limit)
{
	char *at = memory(PAGE, MAP_PRIVATE);
	unsigned long n = 0;
	int ret = 0;

	start();
	while (!ret && n < 100000)
		ret = vhost_map(&v, n++ * PAGE, PAGE, at, VHOST_ACCESS_RW);
	EXPECT_EQ(ret, -ENOSPC);
	EXPECT_EQ(n, 65537);
	EXPECT_EQ(vhost_unmap(&v, 0, PAGE), 0);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	munmap(at, PAGE);
}

/* What the kernel remembers of a process's mappings is its own group's to pay */
UNIT_TEST(mappings_are_charged)
{
	char *at = memory(PAGE, MAP_PRIVATE);
	/* the device's entry of 72 bytes, and vhost_vdpa's region of more than twice that */
	unsigned int each = 72 + 150, n = 0;
	long before;

	enter_group_or_skip();
	start();
	/* the table's entry */
	if (by_table())
		each += 96;
	before = group_kib();
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_BEGIN, 0, 0, NULL, 0), 0);
	while (n < 40000 && !vhost_map(&v, n * PAGE, PAGE, at, VHOST_ACCESS_RW))
		n++;
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_END, 0, 0, NULL, 0), 0);
	printf("# %u mappings: %ld KiB\n", n, group_kib() - before);
	EXPECT_EQ(n, 40000);
	EXPECT(group_kib() - before > 40000L * each / 1024);
	vhost_end(&v);
	leave_group();
	munmap(at, PAGE);
}

/*
 * Nothing is pinned of virtual addresses, and nothing paid for. Each area that maps another
 * place of a file is a piece; a piece is some 100 bytes of the kernel's.
 */
UNIT_TEST(pieces_have_a_limit)
{
	int fd = syscall(SYS_memfd_create, "iotlb", 0), ret = 0, times;
	size_t areas = 20000;
	char *at = memory(areas * PAGE, MAP_PRIVATE);
	long before;

	if (ftruncate(fd, PAGE))
		ASSERT(0);
	/* the same page over and over: no area goes on where the one before it ends */
	for (size_t i = 0; i < areas; i++)
		mmap(at + i * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	start();
	before = kib_of("/proc/meminfo", "SUnreclaim: %ld kB");
	for (times = 0; times < 40 && !ret; times++)
		ret = vhost_map(&v, times * areas * PAGE, areas * PAGE, at, VHOST_ACCESS_RO);
	printf("# %d times %zu areas: %ld KiB\n", times, areas,
	       kib_of("/proc/meminfo", "SUnreclaim: %ld kB") - before);
	if (by_va()) {
		EXPECT_EQ(ret, -ENOSPC);
		EXPECT_EQ(times, 4);
		EXPECT(kib_of("/proc/meminfo", "SUnreclaim: %ld kB") - before < 64 * 1024);
		EXPECT_EQ(vhost_unmap(&v, 0, areas * PAGE), 0);
		EXPECT_EQ(vhost_map(&v, 0, areas * PAGE, at, VHOST_ACCESS_RO), 0);
	} else {
		/* these are paid for by the pages that are pinned */
		EXPECT_EQ(ret, 0);
	}
	vhost_end(&v);
	munmap(at, areas * PAGE);
	close(fd);
}

/* one file from end to end is one piece, however many areas it has */
UNIT_TEST(areas_of_one_file_are_one_piece)
{
	int fd = syscall(SYS_memfd_create, "iotlb", 0), ret = 0;
	size_t areas = 20000;
	char *at;

	if (ftruncate(fd, areas * PAGE))
		ASSERT(0);
	at = mmap(NULL, areas * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	for (size_t i = 0; i < areas; i += 2)
		mprotect(at + i * PAGE, PAGE, PROT_READ);
	start();
	for (int times = 0; times < 10 && !ret; times++)
		ret = vhost_map(&v, times * areas * PAGE, areas * PAGE, at, VHOST_ACCESS_RO);
	EXPECT_EQ(ret, 0);
	vhost_end(&v);
	munmap(at, areas * PAGE);
	close(fd);
}

/* Return: how many packet sockets are there? */
static int packet_sockets(void)
{
	FILE *file = fopen("/proc/net/packet", "r");
	char line[200];
	int lines = 0;

	while (file && fgets(line, sizeof(line), file))
		lines++;
	if (file)
		fclose(file);
	return lines;
}

/* a socket could hold our file, as a message under way: kept by it, neither would end */
UNIT_TEST(a_sockets_ring_is_memory_without_a_file)
{
	struct tpacket_req ring = {
		.tp_block_size = PAGE, .tp_block_nr = 1, .tp_frame_size = 2048, .tp_frame_nr = 2,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), before = packet_sockets();
	void *at;

	ASSERT_EQ(setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)), 0);
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	start();
	EXPECT_EQ(vhost_map(&v, 0, PAGE, at, VHOST_ACCESS_RW), 0);
	munmap(at, PAGE);
	close(fd);
	EXPECT_EQ(packet_sockets(), before - 1);
	vhost_end(&v);
}

UNIT_TEST(every_kind_of_memory)
{
	int fd = syscall(SYS_memfd_create, "iotlb", 0);
	char *kinds[3];

	if (ftruncate(fd, MIB))
		ASSERT(0);
	kinds[0] = memory(MIB, MAP_PRIVATE);
	kinds[1] = memory(MIB, MAP_SHARED);
	kinds[2] = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	start();
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(vhost_map(&v, i * MIB, MIB, kinds[i], VHOST_ACCESS_RW), 0);
	vhost_end(&v);
	for (int i = 0; i < 3; i++)
		munmap(kinds[i], MIB);
	close(fd);
}

/* a file whose memory is mapped by virtual addresses stays until it is unmapped, no longer */
static void expect_file_goes(void (*unmap)(void))
{
	int fd = syscall(SYS_memfd_create, "iotlb", 0);
	long before = kib_of("/proc/meminfo", "Shmem: %ld kB"), held;
	char *at;

	if (ftruncate(fd, 16 * MIB))
		ASSERT(0);
	at = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	/* many areas, so that many pieces */
	for (int i = 0; i < 16; i += 2)
		mprotect(at + i * MIB, MIB, PROT_READ);
	EXPECT_EQ(vhost_map(&v, 0, 16 * MIB, at, VHOST_ACCESS_RO), 0);
	EXPECT_EQ(vhost_map(&v, 16 * MIB, MIB, at, VHOST_ACCESS_RO), 0);
	munmap(at, 16 * MIB);
	close(fd);
	held = kib_of("/proc/meminfo", "Shmem: %ld kB") - before;
	EXPECT(!by_va() || held > 15 * 1024);
	unmap();
	held = kib_of("/proc/meminfo", "Shmem: %ld kB") - before;
	EXPECT(held < 1024);
}

static void unmap_both(void)
{
	EXPECT_EQ(vhost_unmap(&v, 0, 17 * MIB), 0);
}

static void close_file(void)
{
	close(v.fd);
}

UNIT_TEST(files_are_let_go)
{
	start();
	expect_file_goes(unmap_both);
	expect_file_goes(close_file);
	v.fd = vhost_open("iotlbtest");
	EXPECT(v.fd >= 0);
	vhost_end(&v);
}
