// SPDX-License-Identifier: GPL-2.0-only
/* A DHCP client that asks once for an address and a router (RFC 2131, 2132). */
#define _GNU_SOURCE
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_PORT	67
#define CLIENT_PORT	68
#define MAGIC		0x63825363
#define TRY_MS		1500

enum { DISCOVER = 1, OFFER = 2, REQUEST = 3, ACK = 5 };
enum { SUBNET = 1, ROUTER = 3, WANTED = 50, TYPE = 53, SERVER = 54, PARAMETERS = 55, END = 255 };

struct packet {
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[16], sname[64], file[128];
	uint32_t magic;
	uint8_t options[312];
} __attribute__((packed));

struct client {
	int fd;
	uint32_t xid;
	uint8_t mac[6];
};

static bool client_open(struct client *client, const char *interface)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(CLIENT_PORT) };
	struct ifreq ifr = { 0 };
	int one = 1;

	client->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	if (ioctl(client->fd, SIOCGIFHWADDR, &ifr) ||
	    setsockopt(client->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)) ||
	    setsockopt(client->fd, SOL_SOCKET, SO_BINDTODEVICE, interface, strlen(interface)) ||
	    bind(client->fd, (struct sockaddr *)&any, sizeof(any)))
		return failed("%s: DHCP socket: %s", interface, strerror(errno));
	memcpy(client->mac, ifr.ifr_hwaddr.sa_data, sizeof(client->mac));
	client->xid = now_us() ^ (uint32_t)client->mac[5] << 24;
	return true;
}

static uint8_t *put_option(uint8_t *at, uint8_t code, const void *value, uint8_t len)
{
	*at++ = code;
	*at++ = len;
	memcpy(at, value, len);
	return at + len;
}

static bool ask(const struct client *client, uint8_t type, uint32_t address, uint32_t server)
{
	struct sockaddr_in all = {
		.sin_family = AF_INET, .sin_port = htons(SERVER_PORT),
		.sin_addr.s_addr = htonl(INADDR_BROADCAST),
	};
	static const uint8_t parameters[] = { SUBNET, ROUTER };
	struct packet packet = {
		.op = 1, .htype = 1, .hlen = 6, .xid = client->xid,
		.flags = htons(0x8000),	/* we have no address yet: answer by broadcast */
		.magic = htonl(MAGIC),
	};
	uint8_t *at = packet.options;

	memcpy(packet.chaddr, client->mac, sizeof(client->mac));
	at = put_option(at, TYPE, &type, 1);
	at = put_option(at, PARAMETERS, parameters, sizeof(parameters));
	if (type == REQUEST) {
		at = put_option(at, WANTED, &address, 4);
		at = put_option(at, SERVER, &server, 4);
	}
	*at = END;
	return sendto(client->fd, &packet, sizeof(packet), 0, (struct sockaddr *)&all,
		      sizeof(all)) == sizeof(packet) ||
	       failed("sending a DHCP request: %s", strerror(errno));
}

/* The value of an option with at least LEN bytes, or NULL. */
static const uint8_t *option(const struct packet *packet, size_t size, uint8_t code, uint8_t len)
{
	const uint8_t *end = (const uint8_t *)packet + size;

	for (const uint8_t *at = packet->options; at < end && *at != END; at += 2 + at[1]) {
		if (!*at) {
			at--;	/* padding is one byte */
			continue;
		}
		if (at + 2 > end || at + 2 + at[1] > end)
			return NULL;
		if (*at == code)
			return at[1] >= len ? at + 2 : NULL;
	}
	return NULL;
}

static bool answer(const struct client *client, uint8_t type, struct packet *packet, size_t *size)
{
	struct pollfd wait = { .fd = client->fd, .events = POLLIN };
	long limit = now_us() + TRY_MS * 1000;

	while (now_us() < limit && poll(&wait, 1, (limit - now_us()) / 1000 + 1) > 0) {
		ssize_t n = recv(client->fd, packet, sizeof(*packet), 0);
		const uint8_t *got;

		if (n < (ssize_t)offsetof(struct packet, options) ||
		    packet->xid != client->xid || ntohl(packet->magic) != MAGIC)
			continue;
		got = option(packet, n, TYPE, 1);
		if (!got || *got != type)
			continue;
		*size = n;
		return true;
	}
	return failed("no DHCP answer");
}

static int prefix_of(const uint8_t *mask)
{
	uint32_t bits = 0;

	if (!mask)
		return 24;
	memcpy(&bits, mask, 4);
	return __builtin_popcount(bits);
}

static bool apply(const char *interface, const struct packet *packet, size_t size)
{
	struct in_addr in = { packet->yiaddr };
	const uint8_t *router = option(packet, size, ROUTER, 4);

	if (!net_address(interface, inet_ntoa(in), prefix_of(option(packet, size, SUBNET, 4))))
		return false;
	if (!router)
		return true;
	memcpy(&in, router, 4);
	return net_route(interface, inet_ntoa(in));
}

static bool obtain(const struct client *client, struct packet *packet, size_t *size)
{
	const uint8_t *server;
	uint32_t address, id;

	if (!ask(client, DISCOVER, 0, 0) || !answer(client, OFFER, packet, size))
		return false;
	server = option(packet, *size, SERVER, 4);
	if (!server)
		return failed("a DHCP offer without a server");
	address = packet->yiaddr;
	memcpy(&id, server, 4);
	return ask(client, REQUEST, address, id) && answer(client, ACK, packet, size);
}

bool dhcp_run(const char *interface, int limit_seconds)
{
	long limit = now_us() + limit_seconds * 1000000L;
	struct client client;
	struct packet packet;
	bool done = false;
	size_t size;

	if (!client_open(&client, interface))
		return false;
	while (!done && now_us() < limit)
		done = obtain(&client, &packet, &size);
	close(client.fd);
	return done && apply(interface, &packet, size);
}
