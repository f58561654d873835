// SPDX-License-Identifier: GPL-2.0-only
/* How does a VF come to write to a page? */
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dirty.h"
#include "ring.h"
#include "unit.h"

unsigned int pages_count(const struct pages *pages)
{
	unsigned int n = 0;

	for (int i = 0; i < ARRAY_SIZE(pages->words); i++)
		n += __builtin_popcountll(pages->words[i]);
	return n;
}

struct descriptor { uint64_t address; uint32_t len; uint16_t flags, next; };
struct available { uint16_t flags, index, ring[]; };
struct used { uint16_t flags, index; };

enum { NEXT = 1, DEVICE_WRITES = 2 };

#define HEADER_PAGE	16	/* of a request, and behind any ring */
#define WAIT_US		10000000
#define POLL_US		50
#define RESEND_US	50000

bool target_logged_by_driver(void)
{
	const char *by = getenv("VFIO_LOG_BY");

	return by && !strcmp(by, "driver");
}

static struct vf peer = { .container = -1, .group = -1, .device = -1 };
static struct ring sender;

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(vf, BAR0, offset, len, value), 0);
}

/* Frames for everybody, from the other VF */
static void start_sender(void)
{
	const char *address = getenv("VFIO_PEER");

	vf_close(&peer);
	if (!address)
		unit_skip("set VFIO_PEER to the address of another VF of the same card");
	ASSERT_EQ(vf_open(&peer, address), 0);
	ASSERT_EQ(vf_decode(&peer, true), 0);
	ring_init(&sender, &peer);
	ASSERT_EQ(ring_map(&sender), 0);
	memset(sender.buffer + 16, 0xff, 6);
	sender.buffer[16 + 6] = 2;
	ring_start(&sender);
}

static void map_memory(struct target *target)
{
	static void *memory;

	if (!memory)
		memory = mmap(NULL, DIRTY_LENGTH, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT(memory != MAP_FAILED);
	target->memory = memory;
	/* the device writes zeroes, or a header of zeroes: that is seen */
	memset(memory, 0xa5, DIRTY_LENGTH);
	memset(memory, 0, DIRTY_FIRST * DIRTY_PAGE);
	ASSERT_EQ(vf_map(target->vf, DIRTY_IOVA, memory, DIRTY_LENGTH), 0);
}

/* "Legacy Interfaces: A Note on Virtqueue Layout" */
static void lay_out(struct target *target)
{
	size_t end = target->size * sizeof(struct descriptor) + (3 + target->size) * 2;

	target->used_page = (end + DIRTY_PAGE - 1) / DIRTY_PAGE;
	ASSERT(target->size >= 4);
	ASSERT(target->used_page + 3 <= HEADER_PAGE);
}

bool target_is_used(const struct target *target, unsigned int page)
{
	unsigned int last = (6 + 8 * target->size - 1) / DIRTY_PAGE;

	return page >= target->used_page && page <= target->used_page + last;
}

void target_start(struct target *target, struct vf *vf)
{
	*target = (struct target){ .vf = vf, .nic = vf->type->transitional_id == 0x1000 };
	if (!target->nic && vf->type->transitional_id != 0x1001)
		unit_skip("how a device of this type is made to write is not known here");
	if (target->nic)
		start_sender();
	map_memory(target);
	ASSERT_EQ(vf_write(vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), 0);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, 0);
	put(vf, QUEUE_SELECT, 2, 0);
	target->size = vf_read(vf, BAR0, QUEUE_SIZE, 2);
	lay_out(target);
	put(vf, QUEUE_ADDRESS, 4, DIRTY_IOVA / DIRTY_PAGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

/* A sector to be read into the page, its status behind it; or room for a frame */
static void offer(struct target *target, unsigned int page)
{
	struct descriptor *descriptors = (void *)target->memory;
	struct available *available = (void *)(descriptors + target->size);
	uint64_t at = DIRTY_IOVA + page * DIRTY_PAGE;

	if (target->nic) {
		descriptors[0] = (struct descriptor){ at, 2048, DEVICE_WRITES, 0 };
	} else {
		descriptors[0] = (struct descriptor){ DIRTY_IOVA + HEADER_PAGE * DIRTY_PAGE, 16,
						      NEXT, 1 };
		descriptors[1] = (struct descriptor){ at, 512, NEXT | DEVICE_WRITES, 2 };
		descriptors[2] = (struct descriptor){ at + 512, 1, DEVICE_WRITES, 0 };
	}
	available->ring[target->offered % target->size] = 0;
	target->offered++;
	__atomic_store_n(&available->index, target->offered, __ATOMIC_RELEASE);
}

void target_offer(struct target *target, unsigned int page)
{
	offer(target, page);
	put(target->vf, QUEUE_NOTIFY, 2, 0);
	if (target->nic)
		ring_offer(&sender);
}

bool target_write(struct target *target, unsigned int page)
{
	volatile struct used *used = (void *)(target->memory + target->used_page * DIRTY_PAGE);
	int left = WAIT_US;

	offer(target, page);
	if (vf_write(target->vf, BAR0, QUEUE_NOTIFY, 2, 0))
		return false;
	if (target->nic)
		ring_offer(&sender);
	while (used->index != target->offered && left > 0) {
		usleep(POLL_US);
		left -= POLL_US;
		/* a log by the driver begins and ends with a stop, which may drop a frame */
		if (target->nic && target_logged_by_driver() && !(left % RESEND_US))
			ring_offer(&sender);
	}
	return left > 0;
}

unsigned int target_count_other(const struct target *target, const struct pages *pages)
{
	unsigned int n = 0;

	for (unsigned int page = 0; page < DIRTY_PAGES; page++)
		n += pages_has(pages, page) &&
		     !(target_logged_by_driver() && target_is_used(target, page));
	return n;
}

void target_log(struct target *target)
{
	static const struct log_range all = { DIRTY_IOVA, DIRTY_LENGTH };
	uint64_t page_size = DIRTY_PAGE;

	ASSERT_EQ(log_start(target->vf, &page_size, &all, 1), 0);
	ASSERT_EQ(page_size, DIRTY_PAGE);
}

int target_report(struct target *target, struct pages *pages)
{
	return log_report(target->vf, DIRTY_IOVA, DIRTY_LENGTH, DIRTY_PAGE, pages->words);
}
