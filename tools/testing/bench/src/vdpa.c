// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do devices of the vDPA simulator cost, by the interfaces both sides have?
 *
 *	vdpa cycles COUNT		make and remove a NIC so many times
 *	vdpa map huge|scattered MODE MIB	map 4 * MIB for a process, and unmap them;
 *					MODE: of the simulator, pinned or va
 *	vdpa packets INTERFACE SECONDS BYTES	frames that a NIC sends to itself
 *
 * vdpa_sim_net is loaded; for map vhost_vdpa as well, for packets virtio_vdpa.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "nl.h"
#include "vhost.h"

#define PAGE		4096UL
#define COPIES		4	/* the VM has no 4 GiB to give: the same memory so many times */
#define BURST		64
#define CHUNK		(256UL << 10)
/* the median of so many counts; odd */
#define PINNED_RUNS	3
#define VA_RUNS		51
#define HUGE_VA_RUNS	2001	/* of some microseconds each */

static double ms_since(uint64_t start)
{
	return ticks_to_ns(ticks() - start) / 1e6;
}

static void cycles(unsigned int count)
{
	uint64_t start = ticks();

	for (unsigned int i = 0; i < count; i++) {
		int err = nl_dev_add("bench", "vdpasim_net");

		err = err ?: nl_dev_del("bench");
		if (err)
			fail("cycle %u: %s", i, strerror(-err));
	}
	emit("vdpa-add-del", "net", "ms", ms_since(start) / count);
}

/*
 * Memory that is shared, since the kernel's own leaves out all other without a word
 * where it maps virtual addresses.
 */
static int memory_fd(int huge, size_t size)
{
	int fd = memfd_create("bench", huge ? MFD_HUGETLB : 0);

	if (fd < 0 || ftruncate(fd, size))
		fail("%zu bytes of a memory file: %s", size, strerror(errno));
	return fd;
}

/* a number below @count for each one, so that hardly two neighbours stay beside each other */
static size_t strided(size_t i, size_t count)
{
	size_t stride = 1021;

	while (count % stride == 0)
		stride += 2;
	return i * stride % count;
}

/* Physical pages in one order, and parts of the file in another: nothing can be merged */
static char *scattered(int fd, size_t size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return at;
	for (size_t i = 0; i < size / PAGE; i++)
		at[strided(i, size / PAGE) * PAGE] = 1;
	for (size_t i = 0; i < size / CHUNK; i++)
		if (mmap(at + i * CHUNK, CHUNK, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
			 strided(i, size / CHUNK) * CHUNK) == MAP_FAILED)
			return MAP_FAILED;
	return at;
}

static char *memory(const char *kind, size_t size)
{
	int huge = !strcmp(kind, "huge"), fd = memory_fd(huge, size);
	char *at;

	at = huge ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0) :
		    scattered(fd, size);
	if (at == MAP_FAILED)
		fail("%zu bytes, %s: %s", size, kind, strerror(errno));
	close(fd);
	return at;
}

static int batch(const struct vhost *v, int type)
{
	return vhost_message(v, 0, type, 0, 0, NULL, 0);
}

/* as an emulator does it: one batch for all of a guest's memory */
static double map_all(const struct vhost *v, char *at, size_t size)
{
	uint64_t start = ticks();
	int err = batch(v, VHOST_IOTLB_BATCH_BEGIN);

	for (int i = 0; i < COPIES && !err; i++)
		err = vhost_map(v, i * size, size, at, VHOST_ACCESS_RW);
	err = err ?: batch(v, VHOST_IOTLB_BATCH_END);
	if (err)
		fail("map: %s", strerror(-err));
	return ms_since(start);
}

static double unmap_all(const struct vhost *v, size_t size)
{
	uint64_t start = ticks();
	int err = batch(v, VHOST_IOTLB_BATCH_BEGIN);

	for (int i = 0; i < COPIES && !err; i++)
		err = vhost_unmap(v, i * size, size);
	err = err ?: batch(v, VHOST_IOTLB_BATCH_END);
	if (err)
		fail("unmap: %s", strerror(-err));
	return ms_since(start);
}

/* What is mapped cannot be mapped again: neither its first page nor its last */
static void expect_mapped(const struct vhost *v, char *at, size_t size)
{
	if (!vhost_map(v, 0, PAGE, at, VHOST_ACCESS_RW) ||
	    !vhost_map(v, COPIES * size - PAGE, PAGE, at, VHOST_ACCESS_RW))
		fail("it was not mapped at all");
}

static int compare_times(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static unsigned int map_runs(const char *kind, const char *mode)
{
	if (strcmp(mode, "va"))
		return PINNED_RUNS;
	return strcmp(kind, "huge") ? VA_RUNS : HUGE_VA_RUNS;
}

static void maps(const char *kind, const char *mode, size_t size)
{
	static double mapped[HUGE_VA_RUNS], unmapped[HUGE_VA_RUNS];
	unsigned int runs = map_runs(kind, mode);
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	char *at = memory(kind, size), what[32];
	struct vhost v;
	int err;

	setrlimit(RLIMIT_MEMLOCK, &none);
	v = vhost_new("bench", "vdpasim_net");
	err = vhost_negotiate(&v, ~0ULL);
	if (err)
		fail("negotiate: %s", strerror(-err));
	for (unsigned int i = 0; i < runs; i++) {
		mapped[i] = map_all(&v, at, size);
		expect_mapped(&v, at, size);
		unmapped[i] = unmap_all(&v, size);
	}
	qsort(mapped, runs, sizeof(*mapped), compare_times);
	qsort(unmapped, runs, sizeof(*unmapped), compare_times);
	snprintf(what, sizeof(what), "%s,%s", kind, mode);
	emit("vdpa-map", what, "ms", mapped[runs / 2]);
	emit("vdpa-unmap", what, "ms", unmapped[runs / 2]);
	vhost_end(&v);
}

static unsigned long received(const char *interface)
{
	unsigned long count = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_packets", interface);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%lu", &count) != 1)
		fail("%s", path);
	fclose(file);
	return count;
}

static int packet_socket(const char *interface, unsigned char *mac)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0), yes = 1;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(interface),
	};
	struct ifreq req = {};

	strncpy(req.ifr_name, interface, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &req) ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof(yes)))
		fail("%s: %s", interface, strerror(errno));
	memcpy(mac, req.ifr_hwaddr.sa_data, 6);
	return fd;
}

static void packets(const char *interface, unsigned int seconds, size_t len)
{
	unsigned char frame[ETH_FRAME_LEN] = {};
	int fd = packet_socket(interface, frame);
	struct iovec part = { frame, len };
	struct mmsghdr burst[BURST] = {};
	unsigned long before;
	uint64_t start, end;
	char what[16];

	if (len < ETH_HLEN || len > sizeof(frame))
		fail("frames have %d to %zu bytes", ETH_HLEN, sizeof(frame));
	memcpy(frame + 6, frame, 6);
	/* for local experiments: no stack wants it */
	frame[12] = 0x88;
	frame[13] = 0xb5;
	for (int i = 0; i < BURST; i++)
		burst[i].msg_hdr = (struct msghdr) { .msg_iov = &part, .msg_iovlen = 1 };
	before = received(interface);
	start = ticks();
	end = start + ns_to_ticks(seconds * NSEC_PER_SEC);
	while (ticks() < end)
		if (sendmmsg(fd, burst, BURST, 0) < 0 && errno != ENOBUFS && errno != EAGAIN)
			fail("%s: %s", interface, strerror(errno));
	snprintf(what, sizeof(what), "%zu", len);
	emit("vdpa-net", what, "packets/s",
	     (received(interface) - before) / (ms_since(start) / 1e3));
	close(fd);
}

int main(int argc, char **argv)
{
	clock_start();
	usleep(100000);
	if (argc == 3 && !strcmp(argv[1], "cycles"))
		cycles(number(argv[2]));
	else if (argc == 5 && !strcmp(argv[1], "map"))
		maps(argv[2], argv[3], (size_t)number(argv[4]) << 20);
	else if (argc == 5 && !strcmp(argv[1], "packets"))
		packets(argv[2], number(argv[3]), number(argv[4]));
	else
		fail("usage: vdpa cycles, map or packets, as the head of vdpa.c says");
	return 0;
}
