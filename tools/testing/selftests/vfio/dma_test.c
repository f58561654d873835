// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA of a VF in the address space that its user gave it: a buffer is offered by
 * a legacy queue, the device reads it and says so in the used ring.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "vf.h"

#define IOVA		0x100000
#define PAGE		4096
#define LENGTH		(64 * PAGE)
#define BUFFER		(48 * PAGE)	/* behind the largest ring, of 1024 entries */
#define WAIT_US		2000000
#define POLL_US		1000

struct descriptor { uint64_t address; uint32_t len; uint16_t flags, next; };
struct available { uint16_t flags, index, ring[]; };
struct used { uint16_t flags, index; struct { uint32_t id, len; } ring[]; };

enum { NEXT = 1, DEVICE_WRITES = 2 };

/* What each type is given to do: parts of one chain, then the bytes that the device writes */
struct work {
	uint16_t transitional_id;
	uint16_t queue;
	struct { uint32_t offset, len; uint16_t flags; } parts[3];
	uint32_t written;
};

static const struct work works[] = {
	/* a frame to send, behind a header of zeroes */
	{ 0x1000, 1, { { 0, 10, NEXT }, { 16, 60, 0 } }, 0 },
	/* a sector to read: the request, 512 bytes, the status */
	{ 0x1001, 0, { { 0, 16, NEXT }, { 16, 512, NEXT | DEVICE_WRITES },
		       { 528, 1, DEVICE_WRITES } }, 513 },
};

static const struct work *work_of(struct vf *vf)
{
	for (int i = 0; i < ARRAY_SIZE(works); i++)
		if (works[i].transitional_id == vf->type->transitional_id)
			return &works[i];
	unit_skip("what a device of this type does with a buffer is not known here");
}

static void *memory(void)
{
	static void *all;

	if (!all)
		all = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT(all != MAP_FAILED);
	memset(all, 0, LENGTH);
	return all;
}

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(vf, BAR0, offset, len, value), 0);
}

/* Where the used ring is, "Legacy Interfaces: A Note on Virtqueue Layout" */
static size_t used_offset(unsigned int size)
{
	size_t end = size * sizeof(struct descriptor) + (3 + size) * sizeof(uint16_t);

	return (end + PAGE - 1) / PAGE * PAGE;
}

/* The chain in its place, the device told of it */
static volatile struct used *offer(struct vf *vf, const struct work *work, void *all)
{
	struct descriptor *descriptors = all;
	struct available *available;
	unsigned int size;

	ASSERT_EQ(vf_write(vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), 0);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, 0);
	put(vf, QUEUE_SELECT, 2, work->queue);
	size = vf_read(vf, BAR0, QUEUE_SIZE, 2);
	ASSERT(size >= 4 && used_offset(size) + PAGE * 3 <= BUFFER);
	put(vf, QUEUE_ADDRESS, 4, IOVA / PAGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
	for (int i = 0; i < 3 && work->parts[i].len; i++) {
		descriptors[i].address = IOVA + BUFFER + work->parts[i].offset;
		descriptors[i].len = work->parts[i].len;
		descriptors[i].flags = work->parts[i].flags;
		descriptors[i].next = i + 1;
	}
	available = all + size * sizeof(*descriptors);
	__atomic_store_n(&available->index, 1, __ATOMIC_RELEASE);
	put(vf, QUEUE_NOTIFY, 2, work->queue);
	return all + used_offset(size);
}

static int index_after_wait(volatile struct used *used, int us)
{
	for (; us > 0 && !used->index; us -= POLL_US)
		usleep(POLL_US);
	return used->index;
}

UNIT_TEST(device_reads_and_writes_what_is_mapped)
{
	struct vf *vf = vf_fresh();
	const struct work *work = work_of(vf);
	unsigned char *all = memory();
	volatile struct used *used;

	ASSERT_EQ(vf_map(vf, IOVA, all, LENGTH), 0);
	memset(all + BUFFER + 16, 0xa5, 600);
	used = offer(vf, work, all);
	ASSERT_EQ(index_after_wait(used, WAIT_US), 1);
	EXPECT_EQ(used->ring[0].id, 0);
	EXPECT_EQ(used->ring[0].len, work->written);
	for (unsigned int i = 0; i < work->written; i++)
		EXPECT_EQ(all[BUFFER + 16 + i], 0);	/* a blank disk, status OK */
	EXPECT_EQ(all[BUFFER + 16 + work->written], 0xa5);
	ASSERT_EQ(vf_reset(vf), 0);
	EXPECT_EQ(vf_unmap(vf, IOVA, LENGTH), 0);
}

UNIT_TEST(nothing_arrives_where_the_user_has_not_mapped_it)
{
	struct vf *vf = vf_fresh();
	const struct work *work = work_of(vf);
	volatile struct used *used;
	void *all = memory();

	ASSERT_EQ(vf_map(vf, IOVA, all, LENGTH), 0);
	ASSERT_EQ(vf_unmap(vf, IOVA, LENGTH), 0);
	used = offer(vf, work, all);
	EXPECT_EQ(index_after_wait(used, WAIT_US / 10), 0);
	ASSERT_EQ(vf_reset(vf), 0);
}

UNIT_TEST(no_address_is_mapped_twice)
{
	struct vf *vf = vf_fresh();
	void *all = memory();

	ASSERT_EQ(vf_map(vf, IOVA, all, LENGTH), 0);
	EXPECT_EQ(vf_map(vf, IOVA + PAGE, all, PAGE), -EEXIST);
	EXPECT_EQ(vf_unmap(vf, IOVA, LENGTH), 0);
	EXPECT_EQ(vf_map(vf, IOVA + PAGE, all, PAGE), 0);
}
