// SPDX-License-Identifier: GPL-2.0-only
/* How is a legacy queue of a VF kept busy? */
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "queue.h"

#define POLL_US		20
#define STUCK_MS	10000

enum { NEXT = 1, DEVICE_WRITES = 2 };

struct descriptor { uint64_t address; uint32_t len; uint16_t flags, next; };
struct available { uint16_t flags, index, ring[]; };
struct used { uint16_t flags, index; struct { uint32_t id, len; } ring[]; };

static void put(struct vf *vf, unsigned int offset, size_t len, uint64_t value)
{
	int ret = vf_write(vf, BAR0, offset, len, value);

	if (ret)
		fail("%s: register %u: %s", vf->address, offset, strerror(-ret));
}

void driver_begin(struct vf *vf)
{
	int ret = vf_write(vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

	if (ret)
		fail("%s: command: %s", vf->address, strerror(-ret));
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE);
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER);
	put(vf, DRIVER_FEATURES, 4, 0);
}

void driver_ready(struct vf *vf)
{
	put(vf, DEVICE_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
}

void queue_set_up(struct queue *queue, struct vf *vf, unsigned int index, unsigned int slots,
		  void *memory, uint64_t iova)
{
	size_t used;

	*queue = (struct queue){ .vf = vf, .index = index, .slots = slots };
	put(vf, QUEUE_SELECT, 2, index);
	queue->size = vf_read(vf, BAR0, QUEUE_SIZE, 2);
	/* "Legacy Interfaces: A Note on Virtqueue Layout" */
	used = queue->size * sizeof(struct descriptor) + (3 + queue->size) * sizeof(uint16_t);
	used = (used + PAGE - 1) / PAGE * PAGE;
	if (queue->size > 1024 || queue->size < slots * SLOT_PARTS)
		fail("%s: queue %u has %u entries", vf->address, index, queue->size);
	memset(memory, 0, QUEUE_ROOM);
	queue->descriptors = memory;
	queue->available = (void *)(queue->descriptors + queue->size);
	queue->used = (void *)((uint8_t *)memory + used);
	put(vf, QUEUE_ADDRESS, 4, iova / PAGE);
}

void queue_offer(struct queue *queue, unsigned int slot, const struct part *parts, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		queue->descriptors[slot * SLOT_PARTS + i] = (struct descriptor){
			.address = parts[i].address,
			.len = parts[i].len,
			.flags = (parts[i].device_writes ? DEVICE_WRITES : 0) |
				 (i + 1 < n ? NEXT : 0),
			.next = slot * SLOT_PARTS + i + 1,
		};
	queue->available->ring[queue->offered++ % queue->size] = slot * SLOT_PARTS;
}

void queue_notify(struct queue *queue)
{
	__atomic_store_n(&queue->available->index, queue->offered, __ATOMIC_RELEASE);
	put(queue->vf, QUEUE_NOTIFY, 2, queue->index);
}

bool queue_has_more(const struct queue *queue)
{
	return __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE) != queue->seen;
}

unsigned int queue_take_back(struct queue *queue)
{
	uint64_t start = ticks(), stuck = ns_to_ticks(STUCK_MS * 1000000ULL);
	unsigned int slot;

	while (!queue_has_more(queue)) {
		if (ticks() - start > stuck)
			fail("%s: queue %u: nothing has come back in %d ms", queue->vf->address,
			     queue->index, STUCK_MS);
		usleep(POLL_US);
	}
	slot = queue->used->ring[queue->seen++ % queue->size].id / SLOT_PARTS;
	if (slot >= queue->slots)
		fail("%s: queue %u: slot %u came back", queue->vf->address, queue->index, slot);
	return slot;
}

unsigned int queue_under_way(const struct queue *queue)
{
	return (uint16_t)(queue->offered - queue->seen);
}
