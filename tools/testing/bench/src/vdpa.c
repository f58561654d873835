// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do devices of the vDPA simulator cost, by the interfaces both sides have?
 *
 *	vdpa cycles COUNT		make and remove a NIC so many times
 *	vdpa map huge|scattered MIB	map 4 * MIB for a process, and unmap them
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

/* Touched in an order that leaves hardly two neighbours beside each other */
static void scatter(char *at, size_t size)
{
	size_t pages = size / PAGE, stride = 1021;

	madvise(at, size, MADV_NOHUGEPAGE);
	while (pages % stride == 0)
		stride += 2;
	for (size_t i = 0, page = 0; i < pages; i++, page = (page + stride) % pages)
		at[page * PAGE] = 1;
}

static char *memory(const char *kind, size_t size)
{
	int huge = !strcmp(kind, "huge");
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
			(huge ? MAP_HUGETLB | MAP_POPULATE : 0), -1, 0);

	if (at == MAP_FAILED)
		fail("%zu bytes, %s: %s", size, kind, strerror(errno));
	if (!huge)
		scatter(at, size);
	return at;
}

static void map(const char *kind, size_t size)
{
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	char *at = memory(kind, size);
	struct vhost v;
	uint64_t start;
	int err = 0;

	setrlimit(RLIMIT_MEMLOCK, &none);
	v = vhost_new("bench", "vdpasim_net");
	err = vhost_negotiate(&v, ~0ULL);
	start = ticks();
	for (int i = 0; i < COPIES && !err; i++)
		err = vhost_map(&v, i * size, size, at, VHOST_ACCESS_RW);
	if (err)
		fail("map %s: %s", kind, strerror(-err));
	emit("vdpa-map", kind, "ms", ms_since(start));
	start = ticks();
	for (int i = 0; i < COPIES && !err; i++)
		err = vhost_unmap(&v, i * size, size);
	if (err)
		fail("unmap %s: %s", kind, strerror(-err));
	emit("vdpa-unmap", kind, "ms", ms_since(start));
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
	else if (argc == 4 && !strcmp(argv[1], "map"))
		map(argv[2], (size_t)number(argv[3]) << 20);
	else if (argc == 5 && !strcmp(argv[1], "packets"))
		packets(argv[2], number(argv[3]), number(argv[4]));
	else
		fail("usage: vdpa cycles COUNT | map huge|scattered MIB | packets INTERFACE SECONDS BYTES");
	return 0;
}
