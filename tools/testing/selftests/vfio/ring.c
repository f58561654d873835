// SPDX-License-Identifier: GPL-2.0-only
/* How is a request brought to a VF by its legacy queue, and seen to be completed? */
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring.h"
#include "unit.h"
#include "vf.h"

#define IOVA		0x100000
#define PAGE		4096
#define LENGTH		(64 * PAGE)
#define BUFFER		(48 * PAGE)	/* behind the largest ring, of 1024 entries */
#define POLL_US		50

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

static unsigned char *memory(void)
{
	static void *all;

	if (!all)
		all = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT(all != MAP_FAILED);
	memset(all, 0, LENGTH);
	return all;
}

void ring_init(struct ring *ring, struct vf *vf)
{
	*ring = (struct ring) { .vf = vf };
	for (int i = 0; i < ARRAY_SIZE(works); i++)
		if (works[i].transitional_id == vf->type->transitional_id)
			ring->work = &works[i];
	if (!ring->work)
		unit_skip("what a device of this type does with a buffer is not known here");
	ring->buffer = memory() + BUFFER;
}

int ring_map(struct ring *ring)
{
	return vf_map(ring->vf, IOVA, ring->buffer - BUFFER, LENGTH);
}

int ring_unmap(struct ring *ring)
{
	return vf_unmap(ring->vf, IOVA, LENGTH);
}

static void put(struct ring *ring, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(ring->vf, BAR0, offset, len, value), 0);
}

void ring_command(struct ring *ring, unsigned int command)
{
	ASSERT_EQ(vf_write(ring->vf, CONFIG, PCI_COMMAND, 2, command), 0);
}

/* Where the used ring is, "Legacy Interfaces: A Note on Virtqueue Layout" */
static size_t used_offset(unsigned int size)
{
	size_t end = size * sizeof(struct descriptor) + (3 + size) * sizeof(uint16_t);

	return (end + PAGE - 1) / PAGE * PAGE;
}

static void lay_out(struct ring *ring)
{
	unsigned char *all = ring->buffer - BUFFER;
	struct descriptor *descriptors = (void *)all;
	const struct work *work = ring->work;

	memset(all, 0, BUFFER);
	for (int i = 0; i < 3 && work->parts[i].len; i++) {
		descriptors[i].address = IOVA + BUFFER + work->parts[i].offset;
		descriptors[i].len = work->parts[i].len;
		descriptors[i].flags = work->parts[i].flags;
		descriptors[i].next = i + 1;
	}
	ring->available = (void *)(all + ring->size * sizeof(*descriptors));
	ring->used = (void *)(all + used_offset(ring->size));
	ring->offered = 0;
}

uint32_t ring_page(struct ring *ring)
{
	return IOVA / PAGE;
}

void ring_set_up(struct ring *ring)
{
	put(ring, DEVICE_STATUS, 1, ACKNOWLEDGE);
	put(ring, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(ring, DRIVER_FEATURES, 4, 0);
	put(ring, QUEUE_SELECT, 2, ring->work->queue);
	ring->size = vf_read(ring->vf, BAR0, QUEUE_SIZE, 2);
	ASSERT(ring->size >= 4 && used_offset(ring->size) + PAGE * 3 <= BUFFER);
	lay_out(ring);
	put(ring, QUEUE_ADDRESS, 4, ring_page(ring));
}

void ring_ready(struct ring *ring)
{
	put(ring, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

void ring_start(struct ring *ring)
{
	ring_command(ring, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	ring_set_up(ring);
	ring_ready(ring);
}

/* All requests are the one chain, which the device has given back before */
void ring_publish(struct ring *ring)
{
	ring->available->ring[ring->offered % ring->size] = 0;
	ring->offered++;
	__atomic_store_n(&ring->available->index, ring->offered, __ATOMIC_RELEASE);
}

void ring_offer(struct ring *ring)
{
	ring_publish(ring);
	put(ring, QUEUE_NOTIFY, 2, ring->work->queue);
}

uint16_t ring_completed(struct ring *ring, int us)
{
	for (; us > 0 && ring->used->index != ring->offered; us -= POLL_US)
		usleep(POLL_US);
	return ring->used->index;
}

uint32_t ring_first_len(struct ring *ring)
{
	EXPECT_EQ(ring->used->ring[0].id, 0);
	return ring->used->ring[0].len;
}

unsigned int ring_written(struct ring *ring)
{
	return ring->work->written;
}

unsigned int ring_queue(struct ring *ring)
{
	return ring->work->queue;
}
