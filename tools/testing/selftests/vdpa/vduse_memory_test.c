// SPDX-License-Identifier: GPL-2.0-only
/*
 * A daemon and the memory of a process: it gets what was mapped, with the permission that it
 * was mapped with, and nothing beyond, however it tries.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon.h"
#include "memcg.h"
#include "nl.h"
#include "unit.h"
#include "vhost.h"

#define NAME	"vdusemem"
#define PAGE	4096UL
#define PAGES	16
#define IOVA	0x100000ULL

static struct daemon d;
static struct vhost v;
static int file;		/* the process's memory */
static char *memory;

static void attach_memory(uint64_t api, int fd)
{
	file = fd;
	ASSERT(file >= 0);
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	ASSERT(memory != MAP_FAILED);
	for (int i = 0; i < PAGES; i++)
		memset(memory + i * PAGE, 'a' + i, PAGE);
	daemon_init(&d, NAME, api, 0);
	ASSERT_EQ(daemon_make(&d), 0);
	daemon_start(&d);
	v = vhost_new(NAME, "vduse");
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
}

static int new_memfd(unsigned int flags, size_t size)
{
	int fd = memfd_create("vduse", MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);

	if (fd >= 0 && ftruncate(fd, size)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void attach(uint64_t api)
{
	attach_memory(api, new_memfd(0, PAGES * PAGE));
}

static void end(void)
{
	vhost_end(&v);
	daemon_stop(&d);
	daemon_exit(&d);
	munmap(memory, PAGES * PAGE);
	close(file);
}

static int get_fd(uint64_t first, uint64_t last, struct vduse_iotlb_entry *entry)
{
	*entry = (struct vduse_iotlb_entry) { .start = first, .last = last };
	return daemon_ioctl(&d, VDUSE_IOTLB_GET_FD, entry);
}

/* pages 4 to 7, at IOVA */
static int map_four(int perm)
{
	return vhost_map(&v, IOVA, 4 * PAGE, memory + 4 * PAGE, perm);
}

/* the descriptor of them */
static int get_four(void)
{
	struct vduse_iotlb_entry entry;
	int fd = get_fd(IOVA, IOVA, &entry);

	ASSERT(fd >= 0);
	return fd;
}

UNIT_TEST(a_stretch)
{
	struct vduse_iotlb_entry entry;
	struct stat st;
	char *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	/* as libvduse asks: from the middle */
	fd = get_fd(IOVA + PAGE, IOVA + PAGE + 1, &entry);
	ASSERT(fd >= 0);
	EXPECT_EQ(entry.start, IOVA);
	EXPECT_EQ(entry.last, IOVA + 4 * PAGE - 1);
	EXPECT_EQ(entry.perm, VDUSE_ACCESS_RW);
	EXPECT_EQ(entry.offset, 0);
	EXPECT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	/* DPDK takes it for the page size */
	ASSERT_EQ(fstat(fd, &st), 0);
	EXPECT_EQ(st.st_blksize, PAGE);
	/* its vhost library maps no more than that */
	EXPECT_EQ(st.st_size, 4 * PAGE);
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	close(fd);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(at[i * PAGE], 'e' + i);
	at[0] = 'X';
	EXPECT_EQ(memory[4 * PAGE], 'X');
	memory[7 * PAGE] = 'Y';
	EXPECT_EQ(at[3 * PAGE], 'Y');
	munmap(at, 4 * PAGE);
	end();
}

UNIT_TEST(not_there)
{
	struct vduse_iotlb_entry entry;

	attach(0);
	EXPECT_EQ(get_fd(0, ~0ULL, &entry), -EINVAL);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	EXPECT_EQ(get_fd(IOVA - 2, IOVA - 1, &entry), -EINVAL);
	EXPECT_EQ(get_fd(IOVA + 4 * PAGE, ~0ULL, &entry), -EINVAL);
	EXPECT_EQ(get_fd(IOVA + 1, IOVA, &entry), -EINVAL);
	close(get_fd(0, ~0ULL, &entry));
	EXPECT_EQ(entry.start, IOVA);
	ASSERT_EQ(vhost_unmap(&v, IOVA, 4 * PAGE), 0);
	EXPECT_EQ(get_fd(0, ~0ULL, &entry), -EINVAL);
	end();
}

/* It is written to a place where it cannot be: no descriptor is left behind */
UNIT_TEST(answer_to_a_bad_address)
{
	struct vduse_iotlb_entry *entry;
	int before, after;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	entry = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(entry != MAP_FAILED);
	entry->start = IOVA;
	entry->last = IOVA;
	mprotect(entry, PAGE, PROT_READ);
	before = dup(0);
	close(before);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_FD, entry), -EFAULT);
	after = dup(0);
	close(after);
	EXPECT_EQ(after, before);
	munmap(entry, PAGE);
	end();
}

UNIT_TEST(no_further)
{
	char *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	fd = get_four();
	EXPECT(mmap(NULL, 5 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	EXPECT_EQ(errno, EINVAL);
	EXPECT(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 4 * PAGE) == MAP_FAILED);
	EXPECT_EQ(errno, EINVAL);
	EXPECT(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE) == MAP_FAILED);
	EXPECT(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (1ULL << 62)) == MAP_FAILED);
	EXPECT(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, ~0ULL - 2 * PAGE + 1) == MAP_FAILED);
	/* a private copy has no more of it */
	EXPECT(mmap(NULL, 5 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 3 * PAGE);
	ASSERT(at != MAP_FAILED);
	EXPECT_EQ(at[0], 'h');
	/* an area does not grow */
	EXPECT(mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	at[0] = 'z';
	/* the file itself cannot be changed by it */
	EXPECT_EQ(ftruncate(fd, PAGE), -1);
	EXPECT_EQ(ftruncate(fd, 8 * PAGE), -1);
	EXPECT_EQ(lseek(fd, 0, SEEK_END), -1);
	EXPECT_EQ(errno, ESPIPE);
	EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	EXPECT_EQ(pread(fd, d.space, 1, 0), -1);
	EXPECT_EQ(pwrite(fd, d.space, 1, 0), -1);
	EXPECT_EQ(memory[7 * PAGE], 'z');
	munmap(at, PAGE);
	close(fd);
	end();
}

/* Return: what smaps says of the swap of the area at @at, in KiB, or -1 */
static long swapped_kb(const void *at)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long long start;
	long kb = -1;
	char line[512];
	bool is = false;

	while (smaps && kb < 0 && fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%llx-", &start) == 1 && strchr(line, '-'))
			is = start == (uintptr_t)at;
		else if (is)
			sscanf(line, "Swap: %ld", &kb);
	}
	if (smaps)
		fclose(smaps);
	return kb;
}

/* The kernel takes it for a file of shmem, and then expects its inode to be one of shmem's */
UNIT_TEST(seals_and_swap)
{
	void *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	fd = get_four();
	EXPECT_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	EXPECT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), -1);
	EXPECT_EQ(errno, EPERM);
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	EXPECT_EQ(swapped_kb(at), 0);
	munmap(at, 4 * PAGE);
	close(fd);
	end();
}

/* The area's file is asked again, and it is ours */
UNIT_TEST(remapped_file_pages)
{
	char *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	fd = get_four();
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	close(fd);
	for (unsigned long pgoff = 4; pgoff < PAGES; pgoff++)
		EXPECT_EQ(syscall(SYS_remap_file_pages, at, PAGE, 0, pgoff, 0), -1);
	if (!syscall(SYS_remap_file_pages, at, PAGE, 0, 2, 0))
		EXPECT_EQ(at[0], 'g');
	munmap(at, 4 * PAGE);
	end();
}

UNIT_TEST(read_only)
{
	struct vduse_iotlb_entry entry;
	char path[64], *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RO), 0);
	fd = get_fd(IOVA, IOVA, &entry);
	ASSERT(fd >= 0);
	EXPECT_EQ(entry.perm, VDUSE_ACCESS_RO);
	EXPECT(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	EXPECT_EQ(errno, EACCES);
	at = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	EXPECT_EQ(at[0], 'e');
	EXPECT_EQ(mprotect(at, PAGE, PROT_READ | PROT_WRITE), -1);
	EXPECT_EQ(errno, EACCES);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_EQ(open(path, O_RDWR), -1);
	EXPECT_EQ(open(path, O_RDONLY), -1);
	munmap(at, 4 * PAGE);
	close(fd);
	end();
}

UNIT_TEST(write_only)
{
	struct vduse_iotlb_entry entry;
	char *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_WO), 0);
	fd = get_fd(IOVA, IOVA, &entry);
	ASSERT(fd >= 0);
	EXPECT_EQ(entry.perm, VDUSE_ACCESS_WO);
	at = mmap(NULL, 4 * PAGE, PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	at[PAGE] = 'W';
	EXPECT_EQ(memory[5 * PAGE], 'W');
	munmap(at, 4 * PAGE);
	close(fd);
	end();
}

static sigjmp_buf fault;

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

/* Return: the signal that touching it gives, or 0 */
static int touch(volatile char *at)
{
	struct sigaction act = { .sa_handler = on_fault }, old[2];
	int sig;

	sigaction(SIGBUS, &act, &old[0]);
	sigaction(SIGSEGV, &act, &old[1]);
	sig = sigsetjmp(fault, 1);
	if (!sig)
		at[0] = at[0];
	sigaction(SIGBUS, &old[0], NULL);
	sigaction(SIGSEGV, &old[1], NULL);
	return sig;
}

/* Its owner cuts the memory off: it is gone for the daemon too, and comes back empty */
UNIT_TEST(truncated)
{
	char *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	fd = get_four();
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(touch(at + i * PAGE), 0);
	ASSERT_EQ(ftruncate(file, 6 * PAGE), 0);
	EXPECT_EQ(touch(at), 0);
	EXPECT_EQ(touch(at + PAGE), 0);
	EXPECT_EQ(touch(at + 2 * PAGE), SIGBUS);
	EXPECT_EQ(touch(at + 3 * PAGE), SIGBUS);
	ASSERT_EQ(ftruncate(file, PAGES * PAGE), 0);
	EXPECT_EQ(touch(at + 2 * PAGE), 0);
	EXPECT_EQ(at[2 * PAGE], 0);
	/* a hole is a hole for both */
	ASSERT_EQ(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * PAGE, PAGE), 0);
	EXPECT_EQ(at[0], 0);
	/* and one file has one writer's seal */
	EXPECT_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), -1);
	munmap(at, 4 * PAGE);
	close(fd);
	end();
}

/* All is closed but the daemon's area */
UNIT_TEST(outlives)
{
	char *at;
	int fd;

	attach(0);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	fd = get_four();
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	close(fd);
	end();
	EXPECT_EQ(touch(at + 3 * PAGE), 0);
	EXPECT_EQ(at[0], 'e');
	munmap(at, 4 * PAGE);
}

UNIT_TEST(huge_pages)
{
	size_t size = 2 << 20;
	int fd = new_memfd(MFD_HUGETLB, size);
	struct vduse_iotlb_entry entry;
	char *huge, *at;

	if (fd < 0)
		unit_skip("no huge pages");
	attach(0);
	huge = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (huge == MAP_FAILED) {
		end();
		unit_skip("no huge pages");
	}
	huge[PAGE] = 'H';
	ASSERT_EQ(vhost_map(&v, 4 * size, PAGE, huge + PAGE, VHOST_ACCESS_RO), 0);
	close(fd);
	fd = get_fd(4 * size, 4 * size, &entry);
	ASSERT(fd >= 0);
	/* it is given as a whole, and with the permission */
	EXPECT_EQ(entry.offset, PAGE);
	EXPECT(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	EXPECT_EQ(at[PAGE], 'H');
	munmap(at, size);
	munmap(huge, size);
	close(fd);
	end();
}

/*
 * What no other process can map is skipped: QEMU maps a guest's firmware beside its memory, and
 * would not use a device that refuses that
 */
UNIT_TEST(regression_not_shared)
{
	struct vduse_iotlb_entry entry;
	char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *copy;

	attach(0);
	ASSERT(own != MAP_FAILED);
	copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	ASSERT(copy != MAP_FAILED);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, own, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, PAGE, PAGE, copy, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(get_fd(0, ~0ULL, &entry), -EINVAL);
	EXPECT_EQ(vhost_unmap(&v, 0, 2 * PAGE), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_UPDATE_IOTLB], 0);
	/* not whole pages */
	EXPECT_EQ(vhost_map(&v, 0, PAGE, memory + 8, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, 0, 8, memory, VHOST_ACCESS_RW), -EINVAL);
	munmap(own, PAGE);
	munmap(copy, PAGE);
	end();
}

/* Memory of two kinds behind one mapping: two stretches */
UNIT_TEST(pieces)
{
	struct vduse_iotlb_entry entry;
	char *both;

	attach(0);
	both = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(mmap(both, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
		    8 * PAGE) == both);
	ASSERT(mmap(both + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
		    0) == both + 2 * PAGE);
	ASSERT_EQ(vhost_map(&v, IOVA, 4 * PAGE, both, VHOST_ACCESS_RW), 0);
	close(get_fd(IOVA, ~0ULL, &entry));
	EXPECT_EQ(entry.last, IOVA + 2 * PAGE - 1);
	close(get_fd(IOVA + 2 * PAGE, ~0ULL, &entry));
	EXPECT_EQ(entry.start, IOVA + 2 * PAGE);
	EXPECT_EQ(entry.last, IOVA + 4 * PAGE - 1);
	munmap(both, 4 * PAGE);
	end();
}

/* What the kernel remembers of a process's mappings is its own group's to pay */
UNIT_TEST(mappings_are_charged)
{
	/* vhost_vdpa's region of 192 bytes, and the device's entry of 72 in 96 */
	const unsigned int times = 40000, each = 192 + 72;
	unsigned int n = 0;
	long before;

	enter_group_or_skip();
	attach(0);
	before = group_kib();
	while (n < times && !vhost_map(&v, IOVA + n * PAGE, PAGE, memory, VHOST_ACCESS_RW))
		n++;
	printf("# %u mappings: %ld KiB\n", n, group_kib() - before);
	EXPECT_EQ(n, times);
	EXPECT(group_kib() - before > (long)times * each / 1024);
	end();
	leave_group();
}

UNIT_TEST(information)
{
	struct vduse_iova_info info = { .start = 0, .last = ~0ULL };

	attach(0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_INFO, &info), -EINVAL);
	ASSERT_EQ(map_four(VHOST_ACCESS_RW), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_INFO, &info), 0);
	EXPECT_EQ(info.start, IOVA);
	EXPECT_EQ(info.last, IOVA + 4 * PAGE - 1);
	EXPECT_EQ(info.capability, 0);
	info = (struct vduse_iova_info) { .start = 1 };
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_INFO, &info), -EINVAL);
	info = (struct vduse_iova_info) { .last = ~0ULL, .asid = 1 };
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_INFO, &info), -EFAULT);
	for (int i = 0; i < 5; i++) {
		info = (struct vduse_iova_info) { .last = ~0ULL };
		info.reserved[i] = 1;
		EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_INFO, &info), -EFAULT);
	}
	end();
}

UNIT_TEST(spaces)
{
	struct vduse_iotlb_entry_v2 entry = { .last = ~0ULL, .asid = 1 };
	int fd;

	attach(1);
	ASSERT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, IOVA, PAGE, memory + 9 * PAGE,
				VHOST_ACCESS_RW), 0);
	fd = daemon_ioctl(&d, VDUSE_IOTLB_GET_FD2, &entry);
	EXPECT(fd >= 0);
	EXPECT_EQ(entry.start, IOVA);
	close(fd);
	entry = (struct vduse_iotlb_entry_v2) { .last = ~0ULL };
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_FD2, &entry), -EINVAL);
	entry = (struct vduse_iotlb_entry_v2) { .last = ~0ULL, .asid = 2 };
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_FD2, &entry), -EINVAL);
	for (int i = 0; i < 11; i++) {
		entry = (struct vduse_iotlb_entry_v2) { .last = ~0ULL, .asid = 1 };
		entry.reserved[i] = 1;
		EXPECT_EQ(daemon_ioctl(&d, VDUSE_IOTLB_GET_FD2, &entry), -EINVAL);
	}
	ASSERT_EQ(vhost_message(&v, 1, VHOST_IOTLB_INVALIDATE, IOVA, PAGE, NULL, 0), 0);
	end();
}
