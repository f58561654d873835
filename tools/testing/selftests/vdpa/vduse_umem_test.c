// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounce memory that the daemon supplies: what is taken, what is refused, who pays for it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"
#include "pinned.h"
#include "privilege.h"
#include "unit.h"

#define NAME	"vduseumem"
#define BOUNCE	1048576UL
#define HUGE	2097152UL

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

	pair_start(NAME, 1, 0);
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
	pair_end();
	EXPECT_EQ(pinned(), before);
	munmap(at, BOUNCE + 4096);
}

UNIT_TEST(bad_memory)
{
	void *at = memory(PROT_NONE);
	long before = pinned();

	pair_start(NAME, 0, 0);
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
	pair_start(NAME, 0, 0);
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

/* Return: huge pages that nobody has */
static long huge_free(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long n = -1;

	ASSERT(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "HugePages_Free: %ld", &n) == 1)
			break;
	fclose(f);
	return n;
}

/*
 * Memory in huge pages: these themselves are pinned, so they are not free before the daemon
 * deregisters them, though it has unmapped them. Where the memory begins in the middle of one, the
 * bounce memory is two halves and what is between.
 */
UNIT_TEST(huge_pages)
{
	static const char *const sizes[] = { "4194304", "2097152" };
	long before = pinned(), free = huge_free();

	if (free < 2)
		unit_skip("two huge pages are needed: echo 2 >/proc/sys/vm/nr_hugepages");
	for (int i = 0; i < 2; i++) {
		uint64_t size = strtoul(sizes[i], NULL, 10);
		char *at = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

		ASSERT(at != MAP_FAILED);
		pair_start(NAME, 0, 0);
		ASSERT_EQ(daemon_sysfs(&d, "bounce_size", sizes[i]), 0);
		EXPECT_EQ(umem(VDUSE_IOTLB_REG_UMEM, at + i * HUGE / 2, 0, size, 0), 0);
		EXPECT_EQ(pinned() - before, size / 4096);
		munmap(at, 2 * HUGE);
		EXPECT_EQ(huge_free(), free - 2);
		EXPECT_EQ(umem(VDUSE_IOTLB_DEREG_UMEM, at, 0, size, 0), 0);
		EXPECT_EQ(pinned(), before);
		EXPECT_EQ(huge_free(), free);
		daemon_exit(&d);
	}
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

	pair_start(NAME, 0, 0);
	ASSERT_EQ(daemon_sysfs(&d, "bounce_size", "1048576"), 0);
	EXPECT_EQ(reg_limited(at), -ENOMEM);
	daemon_exit(&d);
	munmap(at, BOUNCE + 4096);
}
