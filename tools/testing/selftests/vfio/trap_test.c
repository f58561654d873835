// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of the modern BAR can be mapped, and do its registers by read() and write()
 * do what they do when mapped?
 *
 * VFIO_MAPPED is another VF of the same card that was bound with trap_modern=N.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modern.h"
#include "unit.h"

#define PAGE	MODERN_PAGE

static struct vf *vf;
static struct modern modern;
static bool trapped;

static bool is_trapped(const char *address)
{
	char state[32] = "";

	ASSERT_EQ(vf_sysfs_read(address, "modern_registers", state, sizeof(state)), 0);
	return !strcmp(state, "trapped\n");
}

static void begin(void)
{
	vf = vf_fresh();
	modern_init(&modern, vf);
	trapped = is_trapped(vf->address);
}

static uint64_t doorbells_start(void)
{
	return modern.notify.offset & ~(PAGE - 1);
}

static uint64_t doorbells_end(void)
{
	return (modern.notify.offset + modern.notify.len + PAGE - 1) & ~(PAGE - 1);
}

/* May all of it be mapped, as the VF's capabilities have it? */
static bool may_map(int bar, uint64_t offset, uint64_t len)
{
	if (offset + len > vf->size[bar])
		return false;
	return !trapped || bar != modern.common.bar ||
	       (bar == modern.notify.bar && offset >= doorbells_start() &&
		offset + len <= doorbells_end());
}

static int map_error(int bar, uint64_t offset, uint64_t len, int prot, int flags)
{
	void *map = mmap(NULL, len, prot, flags, vf->device, vf->offset[bar] + offset);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, len);
	return 0;
}

static void check_map(int bar, uint64_t offset, uint64_t len)
{
	EXPECT_EQ(map_error(bar, offset, len, PROT_READ | PROT_WRITE, MAP_SHARED),
		  may_map(bar, offset, len) ? 0 : -EINVAL);
}

/* --- what vfio says --- */

static struct vfio_region_info *region(int bar, uint32_t room)
{
	static uint64_t buffer[128];
	struct vfio_region_info *info = (void *)buffer;

	ASSERT(room <= sizeof(buffer));
	memset(buffer, 0x5a, sizeof(buffer));
	info->argsz = room;
	info->index = bar;
	info->flags = 0;
	ASSERT_EQ(ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, info), 0);
	return info;
}

UNIT_TEST(the_areas_are_the_doorbells)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	struct vfio_region_info *info;

	begin();
	if (!trapped)
		unit_skip("the modern registers of this VF are mapped");
	info = region(modern.common.bar, 1024);
	EXPECT_EQ(info->flags, VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
		  VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS);
	EXPECT_EQ(info->index, modern.common.bar);
	EXPECT_EQ(info->size, vf->size[modern.common.bar]);
	EXPECT_EQ(info->offset, vf->offset[modern.common.bar]);
	ASSERT_EQ(info->cap_offset, sizeof(*info));
	sparse = (void *)info + info->cap_offset;
	EXPECT_EQ(sparse->header.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
	EXPECT_EQ(sparse->header.version, 1);
	EXPECT_EQ(sparse->header.next, 0);
	EXPECT_EQ(sparse->reserved, 0);
	ASSERT_EQ(sparse->nr_areas, 1);
	EXPECT_EQ(sparse->areas[0].offset, doorbells_start());
	EXPECT_EQ(sparse->areas[0].size, doorbells_end() - doorbells_start());
	/* nothing behind it was written */
	EXPECT_EQ(*(uint64_t *)&sparse->areas[1], 0x5a5a5a5a5a5a5a5a);
}

UNIT_TEST(a_short_argument_is_told_the_length)
{
	const uint32_t len = sizeof(struct vfio_region_info) +
			     sizeof(struct vfio_region_info_cap_sparse_mmap) +
			     sizeof(struct vfio_region_sparse_mmap_area);
	const uint32_t short_ones[] = { 32, 33, len - 1 };
	struct vfio_region_info *info;

	begin();
	if (!trapped)
		unit_skip("the modern registers of this VF are mapped");
	for (int i = 0; i < ARRAY_SIZE(short_ones); i++) {
		info = region(modern.common.bar, short_ones[i]);
		EXPECT(info->flags & VFIO_REGION_INFO_FLAG_CAPS);
		EXPECT_EQ(info->argsz, len);
		EXPECT_EQ(info->cap_offset, 0);
		EXPECT_EQ(((uint8_t *)info)[32], 0x5a);
	}
	info = region(modern.common.bar, len);
	EXPECT_EQ(info->argsz, len);
	EXPECT_EQ(info->cap_offset, 32);
	info = (struct vfio_region_info *)&(struct vfio_region_info) {
		.argsz = 31, .index = modern.common.bar,
	};
	EXPECT(ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, info) == -1 && errno == EINVAL);
}

/* An argument that begins in this page and goes on in one that cannot be written */
UNIT_TEST(areas_that_cannot_be_written)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	struct vfio_region_info *info;

	begin();
	ASSERT(pages != MAP_FAILED);
	if (!trapped)
		unit_skip("the modern registers of this VF are mapped");
	ASSERT_EQ(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
	info = (void *)(pages + PAGE - 32);
	info->argsz = 1024;
	info->index = modern.common.bar;
	EXPECT(ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, info) == -1 && errno == EFAULT);
	munmap(pages, 2 * PAGE);
}

UNIT_TEST(no_areas_for_bars_that_are_mapped)
{
	begin();
	for (int bar = 1; bar < 6; bar++) {
		struct vfio_region_info *info = region(bar, 1024);
		struct vfio_info_cap_header *header;

		if (!info->size || (trapped && bar == modern.common.bar))
			continue;
		EXPECT(info->flags & VFIO_REGION_INFO_FLAG_MMAP);
		if (!(info->flags & VFIO_REGION_INFO_FLAG_CAPS))
			continue;
		for (uint32_t at = info->cap_offset; at; at = header->next) {
			header = (void *)info + at;
			EXPECT(header->id != VFIO_REGION_INFO_CAP_SPARSE_MMAP);
		}
	}
}

/* --- what can be mapped --- */

UNIT_TEST(each_page)
{
	begin();
	for (int bar = 1; bar < 6; bar++)
		for (uint64_t at = 0; at < vf->size[bar] + PAGE; at += PAGE)
			check_map(bar, at, PAGE);
	/* and that some can, and some cannot */
	EXPECT(may_map(modern.notify.bar, doorbells_start(), PAGE));
	EXPECT_EQ(may_map(modern.common.bar, modern.common.offset & ~(PAGE - 1), PAGE), !trapped);
}

UNIT_TEST(ranges_across_an_edge)
{
	const int bar = 4;
	uint64_t start, end;

	begin();
	ASSERT_EQ(modern.notify.bar, bar);
	start = doorbells_start();
	end = doorbells_end();
	check_map(bar, 0, vf->size[bar]);
	check_map(bar, start - PAGE, 2 * PAGE);
	check_map(bar, start - PAGE, end - start + 2 * PAGE);
	check_map(bar, end - PAGE, 2 * PAGE);
	check_map(bar, start, end - start);
	/* a part of a page is the page */
	EXPECT_EQ(map_error(bar, end - PAGE, 1, PROT_READ, MAP_SHARED), 0);
	EXPECT_EQ(map_error(bar, end - PAGE, PAGE + 1, PROT_READ, MAP_SHARED),
		  may_map(bar, end - PAGE, 2 * PAGE) ? 0 : -EINVAL);
	/* the last pages of the region's number, and more than there can be */
	EXPECT_EQ(map_error(bar, (1ULL << 40) - PAGE, PAGE, PROT_READ, MAP_SHARED), -EINVAL);
	EXPECT_EQ(map_error(bar, start, 1ULL << 40, PROT_READ, MAP_SHARED), -EINVAL);
}

UNIT_TEST(a_mapping_does_not_grow)
{
	char *map;

	begin();
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vf->device,
		   vf->offset[modern.notify.bar] + doorbells_end() - PAGE);
	ASSERT(map != MAP_FAILED);
	EXPECT(mremap(map, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED);
	/* no private copy of a doorbell either */
	EXPECT_EQ(map_error(modern.notify.bar, doorbells_start(), PAGE, PROT_READ, MAP_PRIVATE),
		  -EINVAL);
	munmap(map, PAGE);
}

/* 0, or a negative errno; an @fd of -1 takes it away */
static int tie(const struct modern_place *place, uint64_t offset, int fd)
{
	struct vfio_device_ioeventfd request = {
		.argsz = sizeof(request),
		.flags = VFIO_DEVICE_IOEVENTFD_16,
		.offset = vf->offset[place->bar] + place->offset + offset,
		.fd = fd,
	};

	return ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &request) ? -errno : 0;
}

/* A write that would not pass the driver is refused as a mapping is */
UNIT_TEST(eventfds)
{
	const int fds[] = { eventfd(0, EFD_CLOEXEC), -1 };

	begin();
	ASSERT(fds[0] >= 0);
	for (int i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(tie(&modern.notify, 0, fds[i]), 0);
		EXPECT_EQ(tie(&modern.common, M_QUEUE_ENABLE, fds[i]), trapped ? -EINVAL : 0);
		EXPECT_EQ(tie(&modern.device, 0, fds[i]), trapped ? -EINVAL : 0);
	}
	close(fds[0]);
}

/* --- what the registers do --- */

/* The same card's other VF, with all of its BAR mapped */
static struct vf peer = { .container = -1, .group = -1, .device = -1 };
static struct modern mapped;
static volatile uint8_t *map;

static void open_mapped(void)
{
	const char *address = getenv("VFIO_MAPPED");

	vf_close(&peer);
	if (!address)
		unit_skip("set VFIO_MAPPED to a VF of the same card, bound with trap_modern=N");
	ASSERT(!is_trapped(address));
	ASSERT_EQ(vf_open(&peer, address), 0);
	ASSERT_EQ(peer.own_id, vf->own_id);
	modern_init(&mapped, &peer);
	map = mmap(NULL, peer.size[mapped.common.bar], PROT_READ | PROT_WRITE, MAP_SHARED,
		   peer.device, peer.offset[mapped.common.bar]);
	ASSERT(map != MAP_FAILED);
}

static uint64_t load(uint64_t at, size_t len)
{
	if (len == 1)
		return map[at];
	if (len == 2)
		return *(volatile uint16_t *)(map + at);
	if (len == 4)
		return *(volatile uint32_t *)(map + at);
	return *(volatile uint64_t *)(map + at);
}

static void store(uint64_t at, size_t len, uint64_t value)
{
	if (len == 1)
		map[at] = value;
	else if (len == 2)
		*(volatile uint16_t *)(map + at) = value;
	else if (len == 4)
		*(volatile uint32_t *)(map + at) = value;
	else
		*(volatile uint64_t *)(map + at) = value;
}

/* It counts the changes of one VF's configuration, and no reset sets it back */
static uint64_t without_generation(const struct modern_place *place, uint32_t at, size_t len,
				   uint64_t value)
{
	if (place != &modern.common || at > M_GENERATION || at + len <= M_GENERATION)
		return value;
	return value & ~(0xffULL << 8 * (M_GENERATION - at));
}

/* Every aligned access, at every width. Return: how many were compared */
static unsigned int same(const struct modern_place *place, uint32_t from)
{
	unsigned int n = 0;

	for (size_t len = 1; len <= 8; len *= 2) {
		uint32_t at = (from + len - 1) / len * len;

		for (; at + len <= place->len; at += len) {
			uint64_t one = 0, other = load(place->offset + at, len);

			EXPECT_EQ(vf_get(vf, place->bar, place->offset + at, &one, len), len);
			one = without_generation(place, at, len, one);
			other = without_generation(place, at, len, other);
			if (one != other)
				unit_fail(__FILE__, __LINE__, 0,
					  "%zu bytes at %#x are %#llx by read(), %#llx mapped",
					  len, place->offset + at, (long long)one,
					  (long long)other);
			n++;
		}
	}
	return n;
}

static void all_the_same(void)
{
	EXPECT(same(&modern.common, 0) >= M_COMMON_LEN);
	/* a MAC address is the VF's own */
	same(&modern.device, vf->own_id == 0x1041 ? 6 : 0);
	same(&modern.isr, 0);
}

static void both(unsigned int offset, size_t len, uint64_t value)
{
	modern_put(&modern, offset, len, value);
	store(mapped.common.offset + offset, len, value);
}

UNIT_TEST(registers_do_the_same_by_read_and_write_as_mapped)
{
	static const struct { uint8_t offset, len; uint64_t value; } steps[] = {
		{ M_STATUS, 1, ACKNOWLEDGE }, { M_STATUS, 1, ACKNOWLEDGE | DRIVER },
		{ M_DEVICE_FEATURE_SELECT, 4, 1 }, { M_DEVICE_FEATURE_SELECT, 2, 0 },
		{ M_DEVICE_FEATURE_SELECT, 1, 1 },
		{ M_DRIVER_FEATURE_SELECT, 4, 1 }, { M_DRIVER_FEATURE, 4, 1 },
		{ M_DRIVER_FEATURE_SELECT, 8, 1ULL << 32 },
		{ M_STATUS, 1, ACKNOWLEDGE | DRIVER | M_FEATURES_OK },
		{ M_CONFIG_VECTOR, 2, 0 }, { M_CONFIG_VECTOR, 2, 0xfff0 },
		{ M_CONFIG_VECTOR, 4, 0 }, { M_CONFIG_VECTOR, 1, 0 },
		{ M_QUEUE_SELECT, 2, 1 }, { M_QUEUE_SELECT, 2, 0xffff }, { M_QUEUE_SELECT, 1, 0 },
		{ M_QUEUE_SELECT, 2, 0 }, { M_QUEUE_SIZE, 2, 16 }, { M_QUEUE_SIZE, 1, 8 },
		{ M_QUEUE_SIZE, 4, 16 }, { M_QUEUE_VECTOR, 2, 1 },
		{ M_QUEUE_DESC, 4, MODERN_IOVA }, { M_QUEUE_DESC, 2, 0x1234 },
		{ M_QUEUE_DESC, 8, MODERN_IOVA },
		{ M_QUEUE_DRIVER, 8, MODERN_IOVA + PAGE },
		{ M_QUEUE_DEVICE, 8, 0x123456789a000 },
		{ M_QUEUE_DEVICE, 8, MODERN_IOVA + 2 * PAGE },
		{ M_NUM_QUEUES, 2, 7 }, { M_GENERATION, 1, 9 }, { M_QUEUE_NOTIFY_OFF, 2, 3 },
		{ M_QUEUE_ENABLE, 1, 1 }, { M_QUEUE_ENABLE, 2, 1 },
		{ M_QUEUE_ENABLE, 4, 0x00010001 },
		{ M_STATUS, 4, 0 }, { M_STATUS, 2, ACKNOWLEDGE }, { M_STATUS, 1, 0 },
		{ M_STATUS, 1, 0xff }, { M_STATUS, 1, 0 },
	};

	begin();
	if (!trapped)
		unit_skip("the modern registers of this VF are mapped");
	open_mapped();
	/* what a reset leaves as it was */
	for (int word = 1; word >= 0; word--) {
		both(M_DEVICE_FEATURE_SELECT, 4, word);
		both(M_DRIVER_FEATURE_SELECT, 4, word);
		both(M_DRIVER_FEATURE, 4, 0);
	}
	both(M_QUEUE_SELECT, 2, 0);
	all_the_same();
	for (int i = 0; i < ARRAY_SIZE(steps); i++) {
		both(steps[i].offset, steps[i].len, steps[i].value);
		all_the_same();
	}
	munmap((void *)map, peer.size[mapped.common.bar]);
	vf_close(&peer);
}

UNIT_TEST(a_request_with_a_mapped_doorbell)
{
	uint64_t doorbell;
	char *page;

	begin();
	modern_start(&modern);
	doorbell = modern_doorbell(&modern);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vf->device,
		    vf->offset[modern.notify.bar] + (doorbell & ~(PAGE - 1)));
	ASSERT(page != MAP_FAILED);
	for (int i = 0; i < 40; i++) {
		modern_publish(&modern);
		*(volatile uint16_t *)(page + doorbell % PAGE) = modern_queue(&modern);
		ASSERT(modern_completes(&modern, MODERN_WAIT_US));
	}
	munmap(page, PAGE);
	modern_put(&modern, M_STATUS, 1, 0);
	EXPECT_EQ(modern_get(&modern, M_STATUS, 1), 0);
	EXPECT_EQ(modern_get(&modern, M_QUEUE_ENABLE, 2), 0);
}

UNIT_TEST(a_request_with_a_written_doorbell)
{
	uint64_t doorbell;

	begin();
	modern_start(&modern);
	doorbell = modern_doorbell(&modern);
	for (int i = 0; i < 40; i++) {
		modern_publish(&modern);
		ASSERT_EQ(vf_write(vf, modern.notify.bar, doorbell, 2, modern_queue(&modern)), 0);
		ASSERT(modern_completes(&modern, MODERN_WAIT_US));
	}
}

/* A function level reset is seen in the registers, and they go on after it */
UNIT_TEST(a_reset_of_the_function)
{
	begin();
	modern_start(&modern);
	EXPECT(modern_get(&modern, M_STATUS, 1) & DRIVER_OK);
	ASSERT_EQ(vf_reset(vf), 0);
	EXPECT_EQ(modern_get(&modern, M_STATUS, 1), 0);
	check_map(modern.common.bar, modern.common.offset & ~(PAGE - 1), PAGE);
	check_map(modern.notify.bar, doorbells_start(), PAGE);
}
