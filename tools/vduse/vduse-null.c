// SPDX-License-Identifier: GPL-2.0-only
/*
 * A minimal VDUSE daemon: a disk in memory, or a null device.
 *
 *	vduse-null [-n NAME] [-m MIB] [-k] [-c] [-u] [-p]
 *
 * -m MIB	size of the disk (default 64)
 * -k		keep what is written; without it, writes are dropped and reads leave the buffer
 * -c		complete requests by an eventfd instead of an ioctl
 * -u		supply the bounce memory, in huge pages if there are any
 * -p		poll the ring and suppress kicks
 *
 * One queue, one thread. Meant as an example, too.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vduse.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define QUEUE_SIZE	256
#define SECTOR		512
#define BOUNCE		(64ULL << 20)	/* the kernel's default */
#define MAX_SEGMENTS	126
#define MAX_STRETCHES	16
#define POLL_ROUNDS	20000

static const char *name = "null0";
static uint64_t capacity = 64ULL << 20;
static bool keep, by_eventfd, own_memory, polling;

static int dev = -1, kick = -1, call = -1;
static unsigned char *disk, *bounce;
static volatile sig_atomic_t ended;

/* I/O addresses that are mapped here */
static struct {
	uint64_t first, last;
	unsigned char *at;
} stretches[MAX_STRETCHES];
static unsigned int nstretches;

static struct vring ring;
static bool ready;
static uint16_t seen;		/* available entries taken */

static void unmap_all(void)
{
	while (nstretches) {
		nstretches--;
		if (stretches[nstretches].at != bounce)
			munmap(stretches[nstretches].at, stretches[nstretches].last -
			       stretches[nstretches].first + 1);
	}
}

/* Map the memory at an I/O address. Return: index of the stretch, or -1. */
static int fetch(uint64_t iova)
{
	struct vduse_iotlb_entry entry = { .start = iova, .last = iova };
	int fd, prot = 0;
	void *at;

	if (nstretches == MAX_STRETCHES)
		unmap_all();
	fd = ioctl(dev, VDUSE_IOTLB_GET_FD, &entry);
	if (fd < 0)
		return -1;
	if (entry.perm & VDUSE_ACCESS_RO)
		prot |= PROT_READ;
	if (entry.perm & VDUSE_ACCESS_WO)
		prot |= PROT_WRITE;
	if (own_memory && !entry.start)
		at = bounce;
	else
		at = mmap(NULL, entry.last - entry.start + 1, prot, MAP_SHARED, fd, entry.offset);
	close(fd);
	if (at == MAP_FAILED)
		return -1;
	stretches[nstretches].first = entry.start;
	stretches[nstretches].last = entry.last;
	stretches[nstretches].at = at;
	return nstretches++;
}

/* Return: where @len bytes at @iova are, or NULL */
static void *translate(uint64_t iova, uint64_t len)
{
	int i;

	for (i = nstretches - 1; i >= 0; i--)
		if (iova >= stretches[i].first && iova <= stretches[i].last)
			break;
	if (i < 0)
		i = fetch(iova);
	if (i < 0 || len - 1 > stretches[i].last - iova)
		return NULL;
	return stretches[i].at + (iova - stretches[i].first);
}

static uint8_t transfer(uint64_t at, void *data, uint32_t len, uint32_t type)
{
	if (at > capacity || len > capacity - at)
		return VIRTIO_BLK_S_IOERR;
	if (keep && type == VIRTIO_BLK_T_OUT)
		memcpy(disk + at, data, len);
	else if (keep)
		memcpy(data, disk + at, len);
	return VIRTIO_BLK_S_OK;
}

/* Serve one chain. Return: how many bytes were written to it. */
static uint32_t serve(uint16_t head)
{
	struct virtio_blk_outhdr header = { .type = ~0U };
	uint8_t status = VIRTIO_BLK_S_OK;
	uint32_t written = 0;
	uint64_t at = 0;

	for (unsigned int n = 0; n < ring.num; n++) {
		struct vring_desc desc = ring.desc[head];
		void *data = translate(desc.addr, desc.len);
		bool last = !(desc.flags & VRING_DESC_F_NEXT);

		if (!data)
			return written;
		if (!n && desc.len >= sizeof(header)) {
			memcpy(&header, data, sizeof(header));
			at = header.sector * SECTOR;
		} else if (last && desc.flags & VRING_DESC_F_WRITE) {
			*(uint8_t *)data = status;
			return written + 1;
		} else if (header.type == VIRTIO_BLK_T_IN || header.type == VIRTIO_BLK_T_OUT) {
			status = status ?: transfer(at, data, desc.len, header.type);
			at += desc.len;
			if (header.type == VIRTIO_BLK_T_IN)
				written += desc.len;
		} else if (header.type == VIRTIO_BLK_T_GET_ID) {
			snprintf(data, desc.len, "%s", name);
			written += desc.len;
		} else {
			status = VIRTIO_BLK_S_UNSUPP;
		}
		if (last)
			break;
		head = desc.next % ring.num;
	}
	return written;
}

static void interrupt(void)
{
	uint32_t index = 0;
	uint64_t one = 1;

	if (by_eventfd && write(call, &one, sizeof(one)) != sizeof(one))
		warn("the completion eventfd");
	else if (!by_eventfd)
		ioctl(dev, VDUSE_VQ_INJECT_IRQ, &index);
}

/* Return: was there something? */
static bool serve_queue(void)
{
	bool any = false;

	while (ready && __atomic_load_n(&ring.avail->idx, __ATOMIC_ACQUIRE) != seen) {
		uint16_t head = ring.avail->ring[seen++ % ring.num] % ring.num;
		uint16_t used = ring.used->idx;

		ring.used->ring[used % ring.num] = (struct vring_used_elem) {
			.id = head, .len = serve(head),
		};
		__atomic_store_n(&ring.used->idx, used + 1, __ATOMIC_RELEASE);
		any = true;
	}
	if (any) {
		/* the used index must be visible before the driver's flag is read */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!(ring.avail->flags & VRING_AVAIL_F_NO_INTERRUPT))
			interrupt();
	}
	return any;
}

static void queue_stop(void)
{
	ready = false;
	unmap_all();
}

static void queue_start(void)
{
	struct vduse_vq_eventfd eventfd = { .fd = kick };
	struct vduse_vq_info info = {};

	queue_stop();
	if (ioctl(dev, VDUSE_VQ_GET_INFO, &info) || !info.ready || !info.num)
		return;
	ring.num = info.num;
	ring.desc = translate(info.desc_addr, info.num * sizeof(*ring.desc));
	ring.avail = translate(info.driver_addr, sizeof(*ring.avail) + 2 * info.num);
	ring.used = translate(info.device_addr, sizeof(*ring.used) +
			      info.num * sizeof(ring.used->ring[0]));
	if (!ring.desc || !ring.avail || !ring.used)
		return;
	/* after a restart: requests that were not completed are served again */
	seen = ring.used->idx;
	if (polling)
		ring.used->flags = VRING_USED_F_NO_NOTIFY;
	if (ioctl(dev, VDUSE_VQ_SETUP_KICKFD, &eventfd))
		err(1, "VDUSE_VQ_SETUP_KICKFD");
	eventfd.fd = call;
	if (by_eventfd && ioctl(dev, VDUSE_VQ_SETUP_CALLFD, &eventfd))
		err(1, "VDUSE_VQ_SETUP_CALLFD");
	ready = true;
}

static void answer(void)
{
	struct vduse_dev_response response = {};
	struct vduse_dev_request request;

	if (read(dev, &request, sizeof(request)) != sizeof(request))
		return;
	response.request_id = request.request_id;
	switch (request.type) {
	case VDUSE_SET_STATUS:
		if (!request.s.status)
			queue_stop();
		else if (request.s.status & VIRTIO_CONFIG_S_DRIVER_OK)
			queue_start();
		break;
	case VDUSE_GET_VQ_STATE:
		response.vq_state.split.avail_index = seen;
		break;
	case VDUSE_UPDATE_IOTLB:
		unmap_all();
		break;
	default:
		response.result = VDUSE_REQ_RESULT_FAILED;
	}
	if (write(dev, &response, sizeof(response)) != sizeof(response))
		warn("write");
}

/* Huge pages for the bounce memory, or others */
static void supply_memory(void)
{
	struct vduse_iova_umem umem = { .size = BOUNCE };

	bounce = mmap(NULL, BOUNCE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (bounce == MAP_FAILED)
		bounce = mmap(NULL, BOUNCE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	if (bounce == MAP_FAILED)
		err(1, "memory");
	umem.uaddr = (uintptr_t)bounce;
	if (ioctl(dev, VDUSE_IOTLB_REG_UMEM, &umem))
		err(1, "VDUSE_IOTLB_REG_UMEM");
}

static void make_device(int control)
{
	struct {
		struct vduse_dev_config head;
		struct virtio_blk_config blk;
	} config = {
		.head = {
			.device_id = VIRTIO_ID_BLOCK,
			.features = 1ULL << VIRTIO_F_VERSION_1 |
				    1ULL << VIRTIO_F_ACCESS_PLATFORM |
				    1ULL << VIRTIO_BLK_F_SEG_MAX,
			.vq_num = 1,
			.vq_align = 4096,
			.config_size = sizeof(config.blk),
		},
		.blk = { .capacity = capacity / SECTOR, .seg_max = MAX_SEGMENTS },
	};
	struct vduse_vq_config vq = { .max_size = QUEUE_SIZE };
	uint64_t api = VDUSE_API_VERSION;
	char path[300];

	snprintf(config.head.name, sizeof(config.head.name), "%s", name);
	if (ioctl(control, VDUSE_SET_API_VERSION, &api))
		err(1, "VDUSE_SET_API_VERSION");
	/* it may exist, created by an earlier daemon that died: continue with it */
	if (ioctl(control, VDUSE_CREATE_DEV, &config) && errno != EEXIST)
		err(1, "VDUSE_CREATE_DEV");
	snprintf(path, sizeof(path), "/dev/vduse/%s", name);
	dev = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (dev < 0)
		err(1, "%s", path);
	if (ioctl(dev, VDUSE_VQ_SETUP, &vq))
		err(1, "VDUSE_VQ_SETUP");
}

static void on_end(int sig)
{
	ended = 1;
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:m:kcup")) != -1) {
		switch (c) {
		case 'n':
			name = optarg;
			break;
		case 'm':
			capacity = strtoull(optarg, NULL, 0) << 20;
			break;
		case 'k':
			keep = true;
			break;
		case 'c':
			by_eventfd = true;
			break;
		case 'u':
			own_memory = true;
			break;
		case 'p':
			polling = true;
			break;
		default:
			errx(1, "usage: %s [-n NAME] [-m MIB] [-kcup]", argv[0]);
		}
	}
	if (!capacity)
		errx(1, "a disk of no size");
}

/* Serve until there is nothing to do. While the ring is polled, check for messages at times. */
static void work(void)
{
	struct pollfd fds[] = { { .fd = dev, .events = POLLIN }, { .fd = kick, .events = POLLIN } };
	uint64_t count;

	for (int i = 0; polling && ready && i < POLL_ROUNDS; i++)
		if (serve_queue())
			i = 0;
	if (poll(fds, 2, polling && ready ? 0 : -1) < 0)
		return;
	if (fds[1].revents & POLLIN && read(kick, &count, sizeof(count)) != sizeof(count))
		warn("the kick");
	if (fds[0].revents & POLLIN)
		answer();
	serve_queue();
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_end };
	int control;

	options(argc, argv);
	disk = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (disk == MAP_FAILED)
		err(1, "memory for the disk");
	kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	control = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		err(1, "/dev/vduse/control");
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	make_device(control);
	if (own_memory)
		supply_memory();
	queue_start();
	printf("%s is there: vdpa dev add name %s mgmtdev vduse\n", name, name);
	fflush(stdout);
	while (!ended)
		work();
	close(dev);
	if (ioctl(control, VDUSE_DESTROY_DEV, name))
		err(1, "%s stays", name);
	return 0;
}
