// SPDX-License-Identifier: GPL-2.0-only
/* How does a disk serve its requests, and how badly? */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <unistd.h>

#include "bad_disk.h"
#include "unit.h"

#define SECTORS		2048ULL

struct daemon bad_disk;
volatile enum bad_manners bad_manners;

static pthread_t server;
static volatile bool ending;
static unsigned char *bounce;
static unsigned int seed = 1;

/* the ring, as it is mapped here */
static unsigned char *area;
static size_t area_size;
static struct vring ring;
static uint16_t seen;
static unsigned int statuses;	/* messages answered then: there may have been a reset since */

int bad_disk_get_fd(uint64_t at, struct vduse_iotlb_entry *entry)
{
	*entry = (struct vduse_iotlb_entry) { .start = at, .last = at };
	return daemon_ioctl(&bad_disk, VDUSE_IOTLB_GET_FD, entry);
}

void *bad_disk_map(uint64_t at, size_t *size)
{
	struct vduse_iotlb_entry entry;
	int fd = bad_disk_get_fd(at, &entry);
	unsigned char *to;

	if (fd < 0)
		return NULL;
	*size = entry.last - entry.start + 1;
	to = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, entry.offset);
	close(fd);
	return to == MAP_FAILED ? NULL : to;
}

/* where a thread goes on after a SIGBUS, or NULL */
static __thread void *volatile guard;	/* a sigjmp_buf */

static void on_fault(int sig)
{
	if (!guard)
		_exit(128 + sig);
	siglongjmp(*(sigjmp_buf *)guard, sig);
}

int bad_disk_access(volatile unsigned char *at, bool write)
{
	sigjmp_buf here;
	int sig = sigsetjmp(here, 1);

	guard = &here;
	if (!sig) {
		unsigned char byte = at[0];

		if (write)
			at[0] = byte;
	}
	guard = NULL;
	return sig;
}

static void drop_ring(void)
{
	if (area)
		munmap(area, area_size);
	area = NULL;
}

/* Return: is there a queue to serve? A split ring is one piece of memory. */
static bool find_ring(void)
{
	unsigned int now = __atomic_load_n(&bad_disk.manners->answered, __ATOMIC_ACQUIRE);
	struct vduse_vq_info info = {};

	if (now != statuses)
		drop_ring();
	statuses = now;
	if (daemon_ioctl(&bad_disk, VDUSE_VQ_GET_INFO, &info) || !info.ready || !info.num) {
		drop_ring();
		return false;
	}
	if (area)
		return true;
	area = bad_disk_map(info.desc_addr, &area_size);
	if (!area)
		return false;
	ring.num = info.num;
	ring.desc = (void *)area;
	ring.avail = (void *)(area + (info.driver_addr - info.desc_addr));
	ring.used = (void *)(area + (info.device_addr - info.desc_addr));
	seen = ring.used->idx;
	return true;
}

static uint32_t serve_chain(uint16_t head, enum bad_manners how)
{
	struct virtio_blk_outhdr header = {};
	uint32_t written = 0;
	bool first = true;

	for (unsigned int n = 0; n < ring.num; n++, first = false) {
		struct vring_desc desc = ring.desc[head];
		bool last = !(desc.flags & VRING_DESC_F_NEXT);
		void *data = bounce + desc.addr;

		if (desc.addr + desc.len > BAD_DISK_BOUNCE)
			break;
		if (first)
			memcpy(&header, data, sizeof(header));
		else if (last)
			*(uint8_t *)data = how == STATUS_UNKNOWN ? 0xee : VIRTIO_BLK_S_OK;
		else if (desc.flags & VRING_DESC_F_WRITE && how != WRITES_NOTHING)
			memset(data, BAD_DISK_FILL, desc.len);
		if (desc.flags & VRING_DESC_F_WRITE)
			written += desc.len;
		if (last)
			break;
		head = desc.next % ring.num;
	}
	return how == LENGTH_TOO_LONG ? ~0U : written;
}

static void use(uint32_t id, uint32_t len)
{
	uint16_t used = ring.used->idx;

	ring.used->ring[used % ring.num] = (struct vring_used_elem) { id, len };
	__atomic_store_n(&ring.used->idx, used + 1, __ATOMIC_RELEASE);
}

static void misuse(uint16_t head, enum bad_manners how)
{
	uint32_t len = serve_chain(head, how);

	switch (how) {
	case USED_JUMPS:
		ring.used->idx += 1000;
		break;
	case ID_TOO_HIGH:
		use(ring.num + 7, len);
		break;
	case ID_TWICE:
		use(head, len);
		use(head, len);
		break;
	case ID_OF_NO_HEAD:
		use(ring.desc[head].next, len);
		break;
	case RING_SCRIBBLED:
		/* the rest of it cannot be written to */
		for (unsigned char *at = (void *)ring.used; at < area + area_size; at++)
			*at = rand_r(&seed);
		break;
	default:
		use(head, len);
	}
}

static void serve_ring(void)
{
	enum bad_manners how = bad_manners;
	uint32_t index = 0;

	if (how == INTERRUPTS_ONLY)
		daemon_ioctl(&bad_disk, VDUSE_VQ_INJECT_IRQ, &index);
	if (how == SERVES_NOTHING || how == INTERRUPTS_ONLY)
		return;
	/* a ring that it has spoilt has more in it than there is: not on and on */
	while (__atomic_load_n(&ring.avail->idx, __ATOMIC_ACQUIRE) != seen && how == bad_manners &&
	       !ending) {
		misuse(ring.avail->ring[seen++ % ring.num] % ring.num, how);
		daemon_ioctl(&bad_disk, VDUSE_VQ_INJECT_IRQ, &index);
		if (how == RING_SCRIBBLED)
			return;
	}
}

static void *serve(void *arg)
{
	sigjmp_buf here;

	/* the ring is freed by a driver that has been told that it may: another is found then */
	if (sigsetjmp(here, 1))
		drop_ring();
	guard = &here;
	while (!ending) {
		if (find_ring())
			serve_ring();
		usleep(500);
	}
	drop_ring();
	return NULL;
}

void bad_disk_start(const char *name)
{
	struct virtio_blk_config blk = { .capacity = SECTORS };
	struct vduse_iova_umem umem = { .size = BAD_DISK_BOUNCE };

	daemon_init(&bad_disk, name, 0, 0);
	bad_disk.config.device_id = VIRTIO_ID_BLOCK;
	bad_disk.config.features = DAEMON_NEEDS;
	bad_disk.config.vq_num = 1;
	memcpy(bad_disk.space, &blk, MIN(sizeof(bad_disk.space), sizeof(blk)));
	ASSERT_EQ(daemon_make(&bad_disk), 0);
	ASSERT_EQ(daemon_sysfs(&bad_disk, "grace", "1"), 0);
	ASSERT_EQ(daemon_sysfs(&bad_disk, "bounce_size", "1048576"), 0);
	bounce = mmap(NULL, BAD_DISK_BOUNCE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT(bounce != MAP_FAILED);
	umem.uaddr = (uintptr_t)bounce;
	ASSERT_EQ(daemon_ioctl(&bad_disk, VDUSE_IOTLB_REG_UMEM, &umem), 0);
	signal(SIGBUS, on_fault);
	bad_manners = GOOD;
	ending = false;
	daemon_start(&bad_disk);
	ASSERT_EQ(pthread_create(&server, NULL, serve, NULL), 0);
}

void bad_disk_end(void)
{
	ending = true;
	pthread_join(server, NULL);
	daemon_stop(&bad_disk);
	daemon_exit(&bad_disk);
	munmap(bounce, BAD_DISK_BOUNCE);
}
