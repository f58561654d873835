// SPDX-License-Identifier: GPL-2.0-only
/*
 * The simulated disk against a process that is careful, and one that is not: every
 * length and range to the byte, every kind of spoilt ring.
 */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disk.h"
#include "unit.h"

UNIT_TEST(what_is_written_is_read_back)
{
	start(ALL);
	memset(body(), 0x5a, 8192);
	EXPECT_EQ(write_disk(7, 8192), VIRTIO_BLK_S_OK);
	memset(body(), 0, 8192);
	EXPECT_EQ(read_disk(7, 8192), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[0], 0x5a);
	EXPECT_EQ(body()[8191], 0x5a);
	EXPECT_EQ(read_disk(6, 512), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[511], 0);
	end();
}

UNIT_TEST(ranges_end_with_the_disk)
{
	start(ALL);
	EXPECT_EQ(read_disk(SECTORS - 1, 512), VIRTIO_BLK_S_OK);
	EXPECT_EQ(write_disk(SECTORS - 1, 512), VIRTIO_BLK_S_OK);
	EXPECT_EQ(read_disk(SECTORS - 1, 1024), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(write_disk(SECTORS - 1, 1024), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(SECTORS, 512), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(SECTORS, 0), VIRTIO_BLK_S_OK);
	EXPECT_EQ(read_disk(SECTORS + 1, 0), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(~0ULL, 512), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(1ULL << 55, 512), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(write_disk(~0ULL >> 9, 512), VIRTIO_BLK_S_IOERR);
	end();
}

/* 511 bytes beyond the last sector's end: a check of whole sectors lets this through */
UNIT_TEST(regression_last_sector_and_a_part)
{
	start(ALL);
	EXPECT_EQ(read_disk(SECTORS - 1, 1023), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(write_disk(SECTORS - 1, 1023), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(0, 511), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(write_disk(0, 513), VIRTIO_BLK_S_IOERR);
	end();
}

/* What was never written must not show old memory of the kernel */
UNIT_TEST(regression_fresh_disk_is_zeroes)
{
	start(ALL);
	for (uint64_t sector = 0; sector < SECTORS; sector += SECTORS / 16) {
		int dirty = 0;

		memset(body(), 0xff, 32768);
		EXPECT_EQ(read_disk(sector, 32768), VIRTIO_BLK_S_OK);
		for (int i = 0; i < 32768; i++)
			dirty |= body()[i];
		EXPECT_EQ(dirty, 0);
	}
	end();
}

UNIT_TEST(flush)
{
	start(ALL);
	EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0), VIRTIO_BLK_S_OK);
	EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 1, 0, 0), VIRTIO_BLK_S_IOERR);
	end();
	start(ALL & ~(1ULL << VIRTIO_BLK_F_FLUSH));
	EXPECT_EQ(request(VIRTIO_BLK_T_FLUSH, 0, 0, 0), VIRTIO_BLK_S_UNSUPP);
	end();
}

UNIT_TEST(identity)
{
	start(ALL);
	EXPECT_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 20, WRITE), VIRTIO_BLK_S_OK);
	EXPECT(!strcmp((char *)body(), "blktest"));
	memset(body(), 0xff, 40);
	EXPECT_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 3, WRITE), VIRTIO_BLK_S_OK);
	EXPECT(!memcmp(body(), "blk\377", 4));
	EXPECT_EQ(request(VIRTIO_BLK_T_GET_ID, 0, 40, WRITE), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[20], 0xff);
	end();
}

UNIT_TEST(unknown_types)
{
	start(ALL);
	EXPECT_EQ(request(3, 0, 0, 0), VIRTIO_BLK_S_UNSUPP);
	EXPECT_EQ(request(0xffffffff, 0, 512, WRITE), VIRTIO_BLK_S_UNSUPP);
	end();
}

UNIT_TEST(short_requests)
{
	start(ALL);
	/* half a header, with a status: an answer */
	header(VIRTIO_BLK_T_IN, 0);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), 8, NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT(queue_wait(&q, MS) >= 0);
	EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	end();
}

/* header and data in any cut: "the driver may place descriptors as it likes" */
UNIT_TEST(any_layout)
{
	start(ALL);
	header(VIRTIO_BLK_T_IN, 0);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), 1, NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, HEADER + 1), 15, NEXT, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, BODY), 100, NEXT | WRITE, 3);
	queue_desc(&q, 3, QUEUE_DATA(&q, BODY + 100), 413, WRITE, 0);
	memset(body(), 0xff, 600);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, MS), 513);
	EXPECT_EQ(body()[512], VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[511], 0);
	EXPECT_EQ(body()[513], 0xff);
	end();
}

/* The device must stop, say so, and work again after a reset */
static void expect_broken(void)
{
	queue_kick(&q);
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	EXPECT_EQ(queue_wait(&q, 0), -ETIMEDOUT);
	queue_end(&q);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_negotiate(&v, ALL), 0);
	EXPECT_EQ(queue_start(&q, &v, 0), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	end();
}

UNIT_TEST(hostile_loop)
{
	start(ALL);
	queue_desc(&q, 0, QUEUE_DATA(&q, 0), 16, NEXT, 0);
	queue_offer(&q, 0);
	expect_broken();
}

UNIT_TEST(hostile_head)
{
	start(ALL);
	queue_offer(&q, QUEUE_NUM);
	expect_broken();
}

UNIT_TEST(hostile_index)
{
	start(ALL);
	q.m->avail.idx += QUEUE_NUM + 1;
	expect_broken();
}

UNIT_TEST(hostile_no_status)
{
	start(ALL);
	header(VIRTIO_BLK_T_FLUSH, 0);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), 16, 0, 0);
	queue_offer(&q, 0);
	expect_broken();
}

UNIT_TEST(hostile_addresses)
{
	/* a header, then data, then a status that is not mapped */
	start(ALL);
	header(VIRTIO_BLK_T_IN, 0);
	queue_desc(&q, 0, 0xdead0000, 16, NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT(queue_wait(&q, MS) >= 0);
	EXPECT_EQ(q.m->data[STATUS], VIRTIO_BLK_S_IOERR);
	end();
	start(ALL);
	header(VIRTIO_BLK_T_FLUSH, 0);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), 16, NEXT, 1);
	queue_desc(&q, 1, 0xdead0000, 1, WRITE, 0);
	queue_offer(&q, 0);
	expect_broken();
}

UNIT_TEST(hostile_lengths)
{
	start(ALL);
	/* 4 GiB in one piece: in the mapping only with its first bytes */
	EXPECT_EQ(read_disk(0, 0xfffffe00), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(0, 128 << 20), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	end();
}

UNIT_TEST(a_read_only_mapping_is_not_written)
{
	static unsigned char page[4096] __attribute__((aligned(4096)));

	start(ALL);
	ASSERT_EQ(vhost_map(&v, 0x10000000, 4096, page, VHOST_ACCESS_RO), 0);
	memset(page, 7, sizeof(page));
	EXPECT_EQ(request_at(VIRTIO_BLK_T_IN, 0, 0x10000000, 512, WRITE), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(page[0], 7);
	end();
}

/* from within a page to within another one: the same bytes on both sides, and no others */
UNIT_TEST(a_mapping_may_begin_and_end_within_pages)
{
	static unsigned char pages[3 * 4096] __attribute__((aligned(4096)));
	const uint64_t iova = 0x10000000 + 1024;

	start(ALL);
	ASSERT_EQ(vhost_map(&v, iova, 8192, pages + 1024, VHOST_ACCESS_RW), 0);
	for (int i = 0; i < 16; i++)
		memset(pages + 1024 + 512 * i, 0x10 + i, 512);
	EXPECT_EQ(request_at(VIRTIO_BLK_T_OUT, 0, iova, 8192, 0), VIRTIO_BLK_S_OK);
	memset(pages, 0xee, sizeof(pages));
	EXPECT_EQ(request_at(VIRTIO_BLK_T_IN, 0, iova, 8192, WRITE), VIRTIO_BLK_S_OK);
	EXPECT_EQ(pages[1023], 0xee);
	EXPECT_EQ(pages[1024], 0x10);
	EXPECT_EQ(pages[1024 + 4096], 0x18);
	EXPECT_EQ(pages[1024 + 8191], 0x1f);
	EXPECT_EQ(pages[1024 + 8192], 0xee);
	/* the page goes on, the mapping does not */
	EXPECT_EQ(request_at(VIRTIO_BLK_T_OUT, 0, iova + 8192 - 512, 1024, 0), VIRTIO_BLK_S_IOERR);
	end();
}

#define PAGE		4096UL
#define KIND_SIZE	(8UL << 20)
#define KIND_IOVA	0x40000000ULL

static unsigned char *map_fd(int fd, int flags)
{
	if (fd >= 0 && ftruncate(fd, KIND_SIZE))
		return MAP_FAILED;
	return mmap(NULL, KIND_SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static unsigned char *kind_private(void)
{
	return map_fd(-1, MAP_PRIVATE | MAP_ANONYMOUS);
}

static unsigned char *kind_shared(void)
{
	return map_fd(-1, MAP_SHARED | MAP_ANONYMOUS);
}

static unsigned char *kind_memfd(void)
{
	return map_fd(syscall(SYS_memfd_create, "kind", 0), MAP_SHARED);
}

static unsigned char *kind_private_file(void)
{
	return map_fd(syscall(SYS_memfd_create, "kind", 0), MAP_PRIVATE);
}

static unsigned char *kind_huge(void)
{
	return map_fd(-1, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB);
}

/* 2048 pages in reverse order: no two are in one piece */
static unsigned char *kind_scattered(void)
{
	unsigned char *from = kind_shared(), *to = kind_shared();

	for (size_t at = 0; at < KIND_SIZE; at += PAGE) {
		from[at] = 1;
		mremap(from + at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		       to + KIND_SIZE - PAGE - at);
	}
	return to;
}

/* the same by ordinary and by huge pages, in a file or in none: see each page once */
static void disk_from(unsigned char *at)
{
	for (size_t done = 0; done < KIND_SIZE; done += 1 << 20) {
		memset(at + done, 0xa0 + (done >> 20), 1 << 20);
		ASSERT_EQ(request_at(VIRTIO_BLK_T_OUT, done / 512, KIND_IOVA + done, 1 << 20, 0),
			  VIRTIO_BLK_S_OK);
	}
	/* it comes back elsewhere: one megabyte further on */
	for (size_t done = 0; done < KIND_SIZE; done += 1 << 20) {
		size_t to = (done + (1 << 20)) % KIND_SIZE;

		ASSERT_EQ(request_at(VIRTIO_BLK_T_IN, done / 512, KIND_IOVA + to, 1 << 20, WRITE),
			  VIRTIO_BLK_S_OK);
		for (size_t i = 0; i < 1 << 20; i += PAGE / 2)
			if (at[to + i] != 0xa0 + (done >> 20))
				unit_fail(__FILE__, __LINE__, 1, "byte %#zx is %#x", to + i,
					  at[to + i]);
	}
}

UNIT_TEST(regression_every_kind_of_memory)
{
	static unsigned char *(*const kinds[])(void) = {
		kind_private, kind_shared, kind_memfd, kind_private_file, kind_huge,
		kind_scattered,
	};

	start(ALL);
	for (int i = 0; i < ARRAY_SIZE(kinds); i++) {
		unsigned char *at = kinds[i]();

		ASSERT(at != MAP_FAILED);
		/* as the kernel finds it, before we have touched it */
		EXPECT_EQ(vhost_map(&v, KIND_IOVA, KIND_SIZE, at, VHOST_ACCESS_RW), 0);
		disk_from(at);
		EXPECT_EQ(vhost_unmap(&v, KIND_IOVA, KIND_SIZE), 0);
		munmap(at, KIND_SIZE);
	}
	end();
}

/*
 * A page that its process gave up (MADV_FREE) stays when a device has written to it since:
 * nobody but the device, and who unpinned it, knows of that.
 */
UNIT_TEST(what_the_device_wrote_stays)
{
	unsigned char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	start(ALL);
	ASSERT(at != MAP_FAILED);
	memset(body(), 0x5a, PAGE);
	EXPECT_EQ(write_disk(0, PAGE), VIRTIO_BLK_S_OK);
	at[0] = 1;
	EXPECT_EQ(vhost_map(&v, KIND_IOVA, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(madvise(at, PAGE, MADV_FREE), 0);
	EXPECT_EQ(request_at(VIRTIO_BLK_T_IN, 0, KIND_IOVA, PAGE, WRITE), VIRTIO_BLK_S_OK);
	EXPECT_EQ(vhost_unmap(&v, KIND_IOVA, PAGE), 0);
	EXPECT_EQ(madvise(at, PAGE, MADV_PAGEOUT), 0);
	EXPECT_EQ(at[0], 0x5a);
	EXPECT_EQ(at[PAGE - 1], 0x5a);
	munmap(at, PAGE);
	end();
}

UNIT_TEST(nothing_is_reached_without_a_mapping)
{
	struct vhost_vring_addr addr;

	/* nor by one that the process before had: it was in use, and ended with the file */
	start(ALL);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	addr = queue_addr(&q);
	close(v.fd);
	v.fd = vhost_open("blktest");
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, QUEUE_NUM), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	end();
}

UNIT_TEST(suspend_keeps_the_place)
{
	start(ALL);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	header(VIRTIO_BLK_T_FLUSH, 0);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), 16, NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 1);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT(queue_wait(&q, MS) >= 0);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 2);
	end();
}
