// SPDX-License-Identifier: GPL-2.0-only
/*
 * A NIC with a control queue, as a VDUSE daemon:
 *
 *	vduse_nic NAME MAC
 *
 * The daemon itself is at the other end of the wire: it answers ARP for 10.7.0.1 and echoes. It
 * has no state but its queues', so a guest can continue with another such NIC at any time. The
 * control queue is in a group of its own, so that a VMM can put it into another address space.
 * Commands and other events are printed, a line each.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <err.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "rings.h"

#define RX		0
#define TX		1
#define CTRL		2
#define QUEUES		3
#define SIZE		1024	/* QEMU 10.0.13's guests use no less, whatever a device has */
#define HEADER		sizeof(struct virtio_net_hdr_v1)
#define FRAME_MAX	(HEADER + ETH_HLEN + 9000)
#define ADDRESS		0x0a070001	/* 10.7.0.1 */

#define FEATURES	(DAEMON_NEEDS | 1ULL << VIRTIO_NET_F_MAC |				\
			 1ULL << VIRTIO_NET_F_STATUS | 1ULL << VIRTIO_NET_F_CTRL_VQ |		\
			 1ULL << VIRTIO_NET_F_CTRL_RX | 1ULL << VIRTIO_NET_F_CTRL_MAC_ADDR)

struct arp {
	struct arphdr head;
	unsigned char from_mac[ETH_ALEN], from[4], to_mac[ETH_ALEN], to[4];
} __attribute__((packed));

static const unsigned char own_mac[ETH_ALEN] = { 2, 0, 0, 0, 7, 1 };
static volatile sig_atomic_t ended;
static unsigned int answered, dropped;

static uint16_t checksum(const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static bool answer_arp(unsigned char *at, size_t len)
{
	struct arp *arp = (void *)at;
	uint32_t address = htonl(ADDRESS);

	if (len < sizeof(*arp) || arp->head.ar_op != htons(ARPOP_REQUEST) ||
	    memcmp(arp->to, &address, sizeof(address)))
		return false;
	arp->head.ar_op = htons(ARPOP_REPLY);
	memcpy(arp->to_mac, arp->from_mac, ETH_ALEN);
	memcpy(arp->to, arp->from, sizeof(arp->to));
	memcpy(arp->from_mac, own_mac, ETH_ALEN);
	memcpy(arp->from, &address, sizeof(address));
	return true;
}

static bool answer_echo(unsigned char *at, size_t len)
{
	struct iphdr *ip = (void *)at;
	struct icmphdr *icmp;
	size_t head, all;

	if (len < sizeof(*ip) || ip->protocol != IPPROTO_ICMP || ip->daddr != htonl(ADDRESS))
		return false;
	head = ip->ihl * 4;
	all = ntohs(ip->tot_len);
	icmp = (void *)(at + head);
	if (head < sizeof(*ip) || all > len || all < head + sizeof(*icmp) ||
	    icmp->type != ICMP_ECHO || (ip->frag_off & htons(0x3fff)))
		return false;
	ip->daddr = ip->saddr;
	ip->saddr = htonl(ADDRESS);
	icmp->type = ICMP_ECHOREPLY;
	icmp->checksum = 0;
	icmp->checksum = checksum(icmp, all - head);
	return true;
}

/* The addresses in an IP header change places: its checksum stays. Return: is it an answer now? */
static bool answer_frame(unsigned char *frame, size_t len)
{
	struct ethhdr *eth = (void *)frame;
	bool any = false;

	if (len < ETH_HLEN)
		return false;
	if (eth->h_proto == htons(ETH_P_ARP))
		any = answer_arp(frame + ETH_HLEN, len - ETH_HLEN);
	else if (eth->h_proto == htons(ETH_P_IP))
		any = answer_echo(frame + ETH_HLEN, len - ETH_HLEN);
	memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	memcpy(eth->h_source, own_mac, ETH_ALEN);
	return any;
}

static void receive(struct rings *rings, unsigned char *packet, size_t len)
{
	struct virtio_net_hdr_v1 header = { .num_buffers = 1 };
	struct rings_chain chain;

	memcpy(packet, &header, HEADER);
	if (!rings->ring[RX].on || !rings_take(rings, RX, &chain)) {
		dropped++;
		return;
	}
	answered++;
	rings_give(rings, RX, &chain, rings_copy_in(&chain, packet, len));
}

static void transmit(struct rings *rings)
{
	static unsigned char packet[FRAME_MAX];
	struct rings_chain chain;

	while (rings_take(rings, TX, &chain)) {
		size_t len = rings_copy_out(&chain, packet, sizeof(packet));

		rings_give(rings, TX, &chain, 0);
		if (len > HEADER && answer_frame(packet + HEADER, len - HEADER))
			receive(rings, packet, len);
	}
}

/* Return: VIRTIO_NET_OK or VIRTIO_NET_ERR */
static unsigned char obey(const struct virtio_net_ctrl_hdr *hdr, size_t len)
{
	if (hdr->class == VIRTIO_NET_CTRL_RX && hdr->cmd <= VIRTIO_NET_CTRL_RX_ALLMULTI)
		return len == 1 ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
	if (hdr->class == VIRTIO_NET_CTRL_MAC && hdr->cmd == VIRTIO_NET_CTRL_MAC_ADDR_SET)
		return len == ETH_ALEN ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
	if (hdr->class == VIRTIO_NET_CTRL_MAC && hdr->cmd == VIRTIO_NET_CTRL_MAC_TABLE_SET)
		return len >= 8 ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
	return VIRTIO_NET_ERR;
}

static void control(struct rings *rings)
{
	static unsigned char command[1024];
	struct rings_chain chain;

	while (rings_take(rings, CTRL, &chain)) {
		struct virtio_net_ctrl_hdr hdr = { 255, 255 };
		size_t len = rings_copy_out(&chain, command, sizeof(command));
		unsigned char ack = VIRTIO_NET_ERR;

		if (len >= sizeof(hdr)) {
			memcpy(&hdr, command, sizeof(hdr));
			ack = obey(&hdr, len - sizeof(hdr));
		}
		printf("command %u.%u in space %u: %s\n", hdr.class, hdr.cmd,
		       rings->asid[rings->ring[CTRL].group], ack ? "refused" : "done");
		rings_give(rings, CTRL, &chain, rings_copy_in(&chain, &ack, 1));
	}
}

static void work(struct rings *rings, unsigned int queue)
{
	if (queue == TX)
		transmit(rings);
	else if (queue == CTRL)
		control(rings);
}

/* What has happened since it was last told */
static void tell(const struct rings *rings)
{
	static unsigned int suspends, states, resets;

	if (rings->suspends != suspends)
		printf("suspended\n");
	if (rings->states != states)
		printf("asked for the place of a queue\n");
	if (rings->resets != resets)
		printf("reset\n");
	suspends = rings->suspends;
	states = rings->states;
	resets = rings->resets;
}

static void on_end(int sig)
{
	ended = 1;
}

static void make(struct daemon *d, const char *name, const char *mac)
{
	struct virtio_net_config config = {
		.status = VIRTIO_NET_S_LINK_UP,
		.max_virtqueue_pairs = 1,
	};

	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &config.mac[0], &config.mac[1],
		   &config.mac[2], &config.mac[3], &config.mac[4], &config.mac[5]) != ETH_ALEN)
		errx(1, "%s is no MAC address", mac);
	daemon_init(d, name, 1, RINGS_F);
	d->config.features = FEATURES;
	d->config.vq_num = QUEUES;
	static_assert(sizeof(config) <= sizeof(d->space), "the space that daemon.h has for it");
	memcpy(d->space, &config, sizeof(config));
	if (daemon_create(d) || daemon_open(d))
		errx(1, "%s cannot be made", name);
	for (int i = 0; i < QUEUES; i++)
		if (daemon_setup(d, i, SIZE, i == CTRL))
			errx(1, "queue %d of %s cannot be set up", i, name);
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_end };
	static struct rings rings;
	static struct daemon d;

	if (argc != 3)
		errx(1, "usage: %s NAME MAC", argv[0]);
	setlinebuf(stdout);
	sigaction(SIGTERM, &act, NULL);
	make(&d, argv[1], argv[2]);
	rings_init(&rings, &d, work);
	rings.ring[CTRL].group = 1;
	printf("%s is there\n", argv[1]);
	while (!ended) {
		rings_step(&rings, 500, -1);
		tell(&rings);
	}
	printf("%u answered, %u dropped\n", answered, dropped);
	rings_exit(&rings);
	daemon_close(&d);
	if (daemon_destroy(&d))
		errx(1, "%s stays", argv[1]);
	return 0;
}
