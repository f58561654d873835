// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a back end get a device's queues and memory?
 *
 * A kernel driver's memory is one file, of bounce pages and rings, whose offsets are I/O
 * addresses. It is one region for the back end; or two, when the bounce pages are memory of our
 * own. A process's memory is a region for each of its mappings. User addresses, in
 * which a back end is told where rings are, are I/O addresses here, from BASE on.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vduse.h>
#include <linux/vduse_ext.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge.h"

#define BASE	(1ULL << 46)

struct memory {
	struct vu_region regions[VU_REGIONS];
	unsigned int n;
};

static void memory_put(struct memory *memory)
{
	for (unsigned int i = 0; i < memory->n; i++)
		close(memory->regions[i].fd);
	memory->n = 0;
}

static int memory_add(struct memory *memory, uint64_t first, uint64_t last, uint64_t offset, int fd)
{
	if (memory->n == VU_REGIONS) {
		close(fd);
		return -E2BIG;
	}
	memory->regions[memory->n++] = (struct vu_region) {
		.guest_addr = first,
		.size = last - first + 1,
		.user_addr = BASE + first,
		.offset = offset,
		.fd = fd,
	};
	return 0;
}

/* Return: the memory at @iova is bounce memory: a kernel driver's */
static bool is_bounce(struct bridge *b, uint64_t iova)
{
	struct vduse_iova_info info = { .start = iova, .last = iova };

	return !ioctl(b->dev, VDUSE_IOTLB_GET_INFO, &info) &&
	       info.capability & VDUSE_IOVA_CAP_UMEM;
}

/* One region of a kernel driver's: what comes after the bounce memory is in the same file */
static int memory_merge(struct bridge *b, struct memory *memory,
			const struct vduse_iotlb_entry *entry, int fd)
{
	unsigned int rings = b->bounce_fd >= 0;

	if (memory->n <= rings)
		return memory_add(memory, entry->start, entry->last, entry->start, fd);
	memory->regions[rings].size = entry->last - memory->regions[rings].guest_addr + 1;
	close(fd);
	return 0;
}

/* All that is mapped. On failure there is nothing to put. */
static int memory_get(struct bridge *b, struct memory *memory)
{
	bool kernel = is_bounce(b, 0);
	struct vduse_iotlb_entry entry = {};
	int fd, ret = 0;

	memory->n = 0;
	do {
		entry.last = UINT64_MAX;
		fd = ioctl(b->dev, VDUSE_IOTLB_GET_FD, &entry);
		if (fd < 0)
			break;
		if (kernel && !entry.start && b->bounce_fd >= 0) {
			close(fd);
			fd = fcntl(b->bounce_fd, F_DUPFD_CLOEXEC, 0);
			ret = fd < 0 ? -errno : memory_add(memory, 0, entry.last, 0, fd);
		} else if (kernel) {
			ret = memory_merge(b, memory, &entry, fd);
		} else {
			ret = memory_add(memory, entry.start, entry.last, entry.offset, fd);
		}
		entry.start = entry.last + 1;
	} while (!ret && entry.start);
	if (!ret && !memory->n)
		ret = -ENOENT;
	if (ret)
		memory_put(memory);
	if (ret == -E2BIG)
		fprintf(stderr, "%s: the driver's memory is in more than %u pieces\n", b->name,
			VU_REGIONS);
	return ret;
}

static const struct vu_region *region_of(const struct memory *memory, uint64_t iova)
{
	for (unsigned int i = 0; i < memory->n; i++)
		if (iova - memory->regions[i].guest_addr < memory->regions[i].size)
			return &memory->regions[i];
	return NULL;
}

static void unmap_used(struct bridge_queue *queue)
{
	if (queue->used_page)
		munmap(queue->used_page, queue->used_len);
	queue->used_page = NULL;
	queue->used_index = NULL;
}

/* To know how far a back end was that is gone */
static int map_used(struct bridge_queue *queue, const struct memory *memory, uint64_t used)
{
	uint64_t iova = used + 2, within;
	const struct vu_region *region = region_of(memory, iova);
	struct stat st;
	void *at;

	unmap_used(queue);
	if (!region || fstat(region->fd, &st))
		return -EFAULT;
	/* a huge page of hugetlbfs */
	queue->used_len = st.st_blksize > 4096 ? st.st_blksize : 4096;
	within = region->offset + (iova - region->guest_addr);
	at = mmap(NULL, queue->used_len, PROT_READ, MAP_SHARED, region->fd,
		  within & ~(queue->used_len - 1));
	if (at == MAP_FAILED)
		return -errno;
	queue->used_page = at;
	queue->used_index = (void *)((char *)at + (within & (queue->used_len - 1)));
	return 0;
}

/* The eventfds are the queue's for good; the kernel drops them at a reset */
static int give_eventfds(struct bridge *b, unsigned int index)
{
	struct bridge_queue *queue = &b->queues[index];
	struct vduse_vq_eventfd eventfd = { .index = index, .fd = queue->kick };

	if (ioctl(b->dev, VDUSE_VQ_SETUP_KICKFD, &eventfd))
		return -errno;
	eventfd.fd = queue->call;
	return ioctl(b->dev, VDUSE_VQ_SETUP_CALLFD, &eventfd) ? -errno : 0;
}

/* Look at the queue once, and interrupt once: neither may have been done */
static void wake(struct bridge_queue *queue)
{
	uint64_t one = 1;

	if (write(queue->kick, &one, sizeof(one)) < 0 ||
	    write(queue->call, &one, sizeof(one)) < 0)
		perror("eventfd");
}

static int start_queue(struct bridge *b, const struct memory *memory, unsigned int index,
		       enum bridge_from from)
{
	struct bridge_queue *queue = &b->queues[index];
	struct vduse_vq_info info = { .index = index };
	struct vu_queue at;
	int ret;

	if (ioctl(b->dev, VDUSE_VQ_GET_INFO, &info))
		return -errno;
	if (!info.ready || !info.num)
		return 0;
	ret = map_used(queue, memory, info.device_addr);
	if (ret)
		return ret;
	if (from == FROM_DRIVER)
		queue->base = info.split.avail_index;
	else if (from == FROM_USED)
		queue->base = *queue->used_index;
	at = (struct vu_queue) {
		.index = index,
		.num = info.num,
		.base = queue->base,
		.desc = BASE + info.desc_addr,
		.avail = BASE + info.driver_addr,
		.used = BASE + info.device_addr,
		.kick = queue->kick,
		.call = queue->call,
	};
	ret = give_eventfds(b, index);
	if (!ret)
		ret = vu_start_queue(&b->vu, &at);
	queue->started = !ret;
	if (!ret)
		wake(queue);
	return ret;
}

static int hand_inflight(struct bridge *b, enum bridge_from from)
{
	int ret = 0;

	if (!vu_has(&b->vu, VU_PROTOCOL_INFLIGHT))
		return 0;
	if (from != FROM_USED && b->inflight.fd >= 0) {
		close(b->inflight.fd);
		b->inflight.fd = -1;
	}
	if (b->inflight.fd < 0) {
		b->inflight.queues = b->nqueues;
		b->inflight.queue_size = b->queue_size;
		ret = vu_get_inflight(&b->vu, &b->inflight);
	}
	return ret ?: vu_set_inflight(&b->vu, &b->inflight);
}

/*
 * A back end may still look for stopped rings in new memory (libvhost-user does, and ends the
 * connection when they are not there): it gets a new connection with new memory.
 */
static void connect_again(struct bridge *b)
{
	if (!b->stale)
		return;
	b->stale = false;
	vu_close(&b->vu);
	if (vu_open(&b->vu, b->path))
		fprintf(stderr, "%s: the back end is gone\n", b->path);
}

/* Without a back end this succeeds: queues are started when there is one again */
int bridge_start(struct bridge *b, enum bridge_from from)
{
	struct memory memory;
	int ret;

	if (ioctl(b->dev, VDUSE_DEV_GET_FEATURES, &b->driver_features))
		return -errno;
	connect_again(b);
	if (b->vu.fd < 0)
		return 0;
	ret = memory_get(b, &memory);
	if (ret)
		return ret;
	/* ACCESS_PLATFORM is not among these: for a back end it is an IOMMU that it has to ask */
	ret = vu_set_features(&b->vu, b->driver_features & b->borrowed);
	if (!ret)
		ret = hand_inflight(b, from);
	if (!ret)
		ret = vu_set_memory(&b->vu, memory.regions, memory.n);
	for (unsigned int i = 0; i < b->nqueues && !ret; i++)
		ret = start_queue(b, &memory, i, from);
	memory_put(&memory);
	if (ret)
		fprintf(stderr, "%s: the back end does not start: %s\n", b->name, strerror(-ret));
	b->running = !ret;
	return ret;
}

void bridge_stop(struct bridge *b, bool back_end)
{
	for (unsigned int i = 0; i < b->nqueues; i++) {
		struct bridge_queue *queue = &b->queues[i];

		if (!queue->started)
			continue;
		queue->started = false;
		b->stale = back_end;
		if (back_end && vu_stop_queue(&b->vu, i, &queue->base))
			back_end = false;
		if (!back_end)
			queue->base = *queue->used_index;
		unmap_used(queue);
	}
	b->running = false;
}

int bridge_remap(struct bridge *b)
{
	struct memory memory;
	int ret;

	if (!b->running)
		return 0;
	ret = memory_get(b, &memory);
	if (ret)
		return ret;
	ret = vu_set_memory(&b->vu, memory.regions, memory.n);
	memory_put(&memory);
	return ret;
}

bool bridge_is_wanted(struct bridge *b)
{
	struct vduse_vq_info info;

	for (unsigned int i = 0; i < b->nqueues && !b->suspended; i++) {
		info = (struct vduse_vq_info) { .index = i };
		if (!ioctl(b->dev, VDUSE_VQ_GET_INFO, &info) && info.ready)
			return true;
	}
	return false;
}
