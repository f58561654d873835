// SPDX-License-Identifier: GPL-2.0-only
/* How does a VF come to write to a page? */
#include <errno.h>
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

static bool by_modern_registers(void)
{
	const char *interface = getenv("VFIO_INTERFACE");

	return interface && !strcmp(interface, "modern");
}

bool target_logged_by_driver(void)
{
	const char *by = getenv("VFIO_LOG_BY");

	return by && !strcmp(by, "driver");
}

struct vf *driver_logging_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (!target_logged_by_driver())
		unit_skip("set VFIO_LOG_BY=driver, and bind the VF with dirty_log=driver");
	if (log_probe(vf, VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		      VFIO_DEVICE_FEATURE_SET) == -ENOTTY)
		unit_skip("this VF has no log");
	return vf;
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

uint64_t target_used(const struct target *target)
{
	return DIRTY_IOVA + target->used_page * DIRTY_PAGE;
}

void target_enable(struct target *target)
{
	modern_set_up(&target->modern, DIRTY_IOVA,
		      DIRTY_IOVA + target->size * sizeof(struct descriptor), target_used(target));
}

bool target_is_used(const struct target *target, unsigned int page)
{
	unsigned int last = (6 + 8 * target->size - 1) / DIRTY_PAGE;

	return page >= target->used_page && page <= target->used_page + last;
}

static void start_legacy(struct target *target)
{
	struct vf *vf = target->vf;

	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, 0);
	put(vf, QUEUE_SELECT, 2, 0);
	target->size = vf_read(vf, BAR0, QUEUE_SIZE, 2);
	lay_out(target);
	put(vf, QUEUE_ADDRESS, 4, DIRTY_IOVA / DIRTY_PAGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

/* The rings are where a legacy driver has them */
static void start_modern(struct target *target)
{
	modern_find(&target->modern, target->vf);
	target->more = modern_begin(&target->modern, M_F_RING_RESET);
	target->doorbell = modern_doorbell_of(&target->modern, 0);
	target->size = modern_get(&target->modern, M_QUEUE_SIZE, 2);
	lay_out(target);
	target_enable(target);
	modern_driver_ok(&target->modern);
}

void target_start(struct target *target, struct vf *vf)
{
	*target = (struct target){ .vf = vf, .nic = vf->type->transitional_id == 0x1000,
				   .is_modern = by_modern_registers() };
	if (!target->nic && vf->type->transitional_id != 0x1001)
		unit_skip("how a device of this type is made to write is not known here");
	if (target->nic)
		start_sender();
	map_memory(target);
	ASSERT_EQ(vf_write(vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), 0);
	if (target->is_modern)
		start_modern(target);
	else
		start_legacy(target);
}

/* --- what its driver writes --- */

void target_reset(struct target *target)
{
	if (target->is_modern)
		modern_put(&target->modern, M_STATUS, 1, 0);
	else
		put(target->vf, DEVICE_STATUS, 1, 0);
}

void target_move_ring(struct target *target)
{
	if (target->is_modern)
		modern_put(&target->modern, M_QUEUE_DEVICE, 4, target_used(target) & 0xffffffff);
	else
		put(target->vf, QUEUE_ADDRESS, 4, DIRTY_IOVA / DIRTY_PAGE);
}

int target_notify(struct target *target)
{
	return target->is_modern ?
	       vf_write(target->vf, target->modern.notify.bar, target->doorbell, 2, 0) :
	       vf_write(target->vf, BAR0, QUEUE_NOTIFY, 2, 0);
}

void target_set_vector(struct target *target, uint16_t vector)
{
	if (target->is_modern) {
		modern_put(&target->modern, M_QUEUE_SELECT, 2, 0);
		modern_put(&target->modern, M_QUEUE_VECTOR, 2, vector);
	} else {
		put(target->vf, QUEUE_SELECT, 2, 0);
		put(target->vf, QUEUE_VECTOR, 2, vector);
	}
}

uint16_t target_vector(struct target *target)
{
	return target->is_modern ? modern_get(&target->modern, M_QUEUE_VECTOR, 2) :
				   vf_read(target->vf, BAR0, QUEUE_VECTOR, 2);
}

/* --- what the device is given to do --- */

/* A sector to be read into the page, its status behind it; or room for a frame */
void target_publish(struct target *target, unsigned int page)
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
	target_publish(target, page);
	ASSERT_EQ(target_notify(target), 0);
	if (target->nic)
		ring_offer(&sender);
}

bool target_is_done(struct target *target)
{
	volatile struct used *used = (void *)(target->memory + target->used_page * DIRTY_PAGE);

	return used->index == target->offered;
}

bool target_write(struct target *target, unsigned int page)
{
	int left = WAIT_US;

	target_publish(target, page);
	if (target_notify(target))
		return false;
	if (target->nic)
		ring_offer(&sender);
	while (!target_is_done(target) && left > 0) {
		usleep(POLL_US);
		left -= POLL_US;
		/* a log by the driver begins and ends with a stop, which may drop a frame */
		if (target->nic && target_logged_by_driver() && !(left % RESEND_US))
			ring_offer(&sender);
	}
	return left > 0;
}

void target_work(struct target *target, unsigned int first, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		ASSERT(target_write(target, DIRTY_FIRST + first + i));
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
