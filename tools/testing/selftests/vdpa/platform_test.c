// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does vhost_vdpa treat a device without a translation of its own? The device is of
 * vdpa_exercise, and the function that accesses memory for it QEMU's edu, whose engine
 * copies between a buffer of its own and any address: what the platform's IOMMU lets
 * through is seen in the memory. Needs the parameter "platform" of vdpa_exercise, and an
 * IOMMU with 39 bits of address: the scenario vdpa-platform.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exercise.h"
#include "nl.h"
#include "pinned.h"
#include "privilege.h"
#include "unit.h"
#include "vhost.h"

#define PAGE	4096UL
#define FIRST	EXERCISE_IOVA_FIRST
#define NAME	"platformtest"

/* the IOMMU of the scenario has 39 bits of address, the device more */
#define PLATFORM_LAST	((1UL << 39) - 1)
/* the interrupts' addresses: of every x86 IOMMU */
#define MSI_FIRST	0xfee00000UL
#define MSI_LAST	0xfeefffffUL

/* edu: see "EDU device" in QEMU's documentation */
#define EDU_SIZE	(1UL << 20)
#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_RUN	1
#define EDU_DMA_TO_RAM	2
#define EDU_BUFFER	0x40000

static struct vhost v;
static volatile char *edu;

static volatile uint64_t *edu_register(unsigned int at)
{
	return (volatile uint64_t *)(edu + at);
}

/* Return: the registers of the function that stands in for the platform */
static volatile char *edu_registers(void)
{
	char address[32] = "", path[128];
	FILE *file = fopen("/sys/module/vdpa_exercise/parameters/platform", "r");
	void *at = MAP_FAILED;
	int fd;

	if (file) {
		if (fscanf(file, "%31s", address) != 1)
			address[0] = 0;
		fclose(file);
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", address);
	fd = open(path, O_RDWR);
	if (fd >= 0) {
		at = mmap(NULL, EDU_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	return at == MAP_FAILED ? NULL : at;
}

/* Return: whether it ended */
static bool edu_copies(uint64_t from, uint64_t to, uint64_t cmd)
{
	*edu_register(EDU_DMA_SRC) = from;
	*edu_register(EDU_DMA_DST) = to;
	*edu_register(EDU_DMA_COUNT) = PAGE;
	*edu_register(EDU_DMA_CMD) = cmd | EDU_DMA_RUN;
	for (int i = 0; i < 2000; i++) {
		if (!(*edu_register(EDU_DMA_CMD) & EDU_DMA_RUN))
			return true;
		usleep(1000);
	}
	return false;
}

static bool device_reads(uint64_t iova)
{
	return edu_copies(iova, EDU_BUFFER, 0);
}

static bool device_writes(uint64_t iova)
{
	return edu_copies(EDU_BUFFER, iova, EDU_DMA_TO_RAM);
}

static bool filled(const char *at, char with)
{
	for (size_t i = 0; i < PAGE; i++)
		if (at[i] != with)
			return false;
	return true;
}

/* @pages pages, each filled with its number, from 1 */
static char *memory(size_t pages)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	for (size_t i = 0; i < pages; i++)
		memset(at + i * PAGE, i + 1, PAGE);
	return at;
}

static void start(void)
{
	v = vhost_new(NAME, "vdpaexercise");
	ASSERT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	edu = edu_registers();
	ASSERT(edu);
}

static void end(void)
{
	munmap((void *)edu, EDU_SIZE);
	vhost_end(&v);
}

UNIT_TEST(what_is_mapped_is_reached)
{
	long before = pinned();
	char *at = memory(2);

	start();
	EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_GROUP, 0), 0);
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, FIRST + 16 * PAGE, PAGE, at + PAGE, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(pinned() - before, 2);
	EXPECT(device_reads(FIRST));
	EXPECT(device_writes(FIRST + 16 * PAGE));
	EXPECT(filled(at + PAGE, 1));
	end();
	EXPECT_EQ(pinned(), before);
	munmap(at, 2 * PAGE);
}

/* each of these would be found by the device if the domain were not the file's own */
UNIT_TEST(what_is_not_mapped_is_not)
{
	char *at = memory(3);

	start();
	EXPECT_EQ(vhost_map(&v, FIRST, 2 * PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT(device_reads(FIRST));
	EXPECT_EQ(vhost_unmap(&v, FIRST + PAGE, PAGE), -EINVAL);
	EXPECT_EQ(vhost_unmap(&v, FIRST, 2 * PAGE), 0);
	EXPECT(device_writes(FIRST));
	EXPECT(device_writes(FIRST + PAGE));
	EXPECT(filled(at, 1));
	EXPECT(filled(at + PAGE, 2));
	/* it is not left in a state in which nothing can be mapped */
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at + 2 * PAGE, VHOST_ACCESS_RW), 0);
	EXPECT(device_writes(FIRST));
	EXPECT(filled(at + 2 * PAGE, 1));
	EXPECT(filled(at, 1));
	end();
	munmap(at, 3 * PAGE);
}

UNIT_TEST(what_may_be_read_is_not_written)
{
	char *at = memory(2);

	start();
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, FIRST + PAGE, PAGE, at + PAGE, VHOST_ACCESS_RO), 0);
	EXPECT(device_reads(FIRST));
	EXPECT(device_writes(FIRST + PAGE));
	EXPECT(filled(at + PAGE, 2));
	EXPECT(device_reads(FIRST + PAGE));
	EXPECT(device_writes(FIRST));
	EXPECT(filled(at, 2));
	end();
	munmap(at, 2 * PAGE);
}

UNIT_TEST(addresses_that_the_platform_keeps)
{
	struct vhost_vdpa_iova_range range = {};
	char *at = memory(2);

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_IOVA_RANGE, &range), 0);
	EXPECT_EQ(range.first, FIRST);
	EXPECT_EQ(range.last, PLATFORM_LAST);
	EXPECT_EQ(vhost_map(&v, MSI_FIRST, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, MSI_LAST + 1 - PAGE, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, MSI_FIRST - PAGE, 2 * PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, MSI_FIRST - PAGE, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, MSI_LAST + 1, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, FIRST - PAGE, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, range.last + 1, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	end();
	munmap(at, 2 * PAGE);
}

UNIT_TEST(parts_of_pages)
{
	char *at = memory(2);
	long before;

	start();
	before = pinned();
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE / 2, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, FIRST + 64, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at + 64, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(pinned(), before);
	end();
	munmap(at, 2 * PAGE);
}

/* pages that are no neighbours: as many pieces, each found at its place */
UNIT_TEST(scattered_pages)
{
	size_t pages = 3000;
	char *from = memory(pages), *to = mmap(NULL, pages * PAGE, PROT_NONE,
					       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before;

	for (size_t i = 0; i < pages; i++)
		mremap(from + i * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       to + (pages - 1 - i) * PAGE);
	start();
	before = pinned();
	EXPECT_EQ(vhost_map(&v, FIRST, pages * PAGE, to, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(pinned() - before, pages);
	/* the last page was the first */
	EXPECT(device_reads(FIRST + (pages - 1) * PAGE));
	EXPECT(device_writes(FIRST + PAGE));
	EXPECT(filled(to + PAGE, 1));
	EXPECT_EQ(vhost_unmap(&v, FIRST, pages * PAGE), 0);
	EXPECT_EQ(pinned(), before);
	end();
	munmap(to, pages * PAGE);
}

/* a hole in the middle: what was mapped before it is taken back */
UNIT_TEST(memory_that_is_not_there)
{
	char *at = memory(100);

	start();
	expect_no_pins_of_a_hole(&v, FIRST, at, 100 * PAGE, 50 * PAGE);
	EXPECT(device_writes(FIRST));
	EXPECT(filled(at, 1));
	EXPECT_EQ(vhost_map(&v, FIRST, 50 * PAGE, at, VHOST_ACCESS_RW), 0);
	end();
	munmap(at, 100 * PAGE);
}

UNIT_TEST(the_limit_holds_but_for_the_privileged)
{
	struct rlimit limit = { 8 * PAGE, 8 * PAGE };
	char *at = memory(9);
	int status;

	start();
	close(v.fd);
	if (!fork()) {
		int bad = 0;

		v.fd = vhost_open(NAME);
		bad |= vhost_negotiate(&v, ~0ULL);
		setrlimit(RLIMIT_MEMLOCK, &limit);
		bad |= vhost_map(&v, FIRST, 9 * PAGE, at, VHOST_ACCESS_RW) != 0;
		bad |= vhost_unmap(&v, FIRST, 9 * PAGE) != 0;
		drop_ipc_lock();
		bad |= vhost_map(&v, FIRST, 9 * PAGE, at, VHOST_ACCESS_RW) != -ENOMEM;
		bad |= vhost_map(&v, FIRST, 8 * PAGE, at, VHOST_ACCESS_RW) != 0;
		_exit(!!bad);
	}
	wait(&status);
	EXPECT_EQ(status, 0);
	v.fd = vhost_open(NAME);
	EXPECT(v.fd >= 0);
	end();
	munmap(at, 9 * PAGE);
}

/* The page at @at is mapped, and in the device's reach */
static void start_with_page(char *at)
{
	start();
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT(device_reads(FIRST));
}

static void expect_out_of_reach(char *at)
{
	memset(at, 7, PAGE);
	EXPECT(device_writes(FIRST));
	EXPECT(filled(at, 7));
}

/* the next one to open finds an empty domain; whoever closed is out of the device's reach */
UNIT_TEST(a_close_ends_it)
{
	char *at = memory(2);
	long before = pinned();

	start_with_page(at);
	close(v.fd);
	EXPECT_EQ(pinned(), before);
	expect_out_of_reach(at);
	v.fd = vhost_open(NAME);
	expect_out_of_reach(at);
	EXPECT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at + PAGE, VHOST_ACCESS_RW), 0);
	EXPECT(device_writes(FIRST));
	EXPECT(filled(at + PAGE, 1));
	EXPECT(filled(at, 7));
	end();
	munmap(at, 2 * PAGE);
}

UNIT_TEST(a_removal_ends_it)
{
	char *at = memory(1);
	long before = pinned();

	start_with_page(at);
	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT_EQ(pinned(), before);
	expect_out_of_reach(at);
	close(v.fd);
	munmap((void *)edu, EDU_SIZE);
	munmap(at, PAGE);
}

/* Its space is that of its domain; nothing is offered then that needs more of them */
UNIT_TEST(regression_one_space)
{
	uint64_t offered, with_spaces = 1ULL << VHOST_BACKEND_F_IOTLB_ASID |
					1ULL << VHOST_BACKEND_F_DESC_ASID;
	uint32_t spaces = 0;

	/* all that is offered was accepted */
	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_AS_NUM, &spaces), 0);
	EXPECT_EQ(spaces, 1);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_BACKEND_FEATURES, &offered), 0);
	EXPECT(!(offered & with_spaces));
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 1), -EINVAL);
	end();
}
