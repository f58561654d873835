// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How does a frame find its port?
 *
 * By the address it was last seen to come from; a frame for an address not
 * known, or for a group, goes to every port but its own. No port waits for
 * another: a port whose peer takes nothing holds a bounded number of frames,
 * then loses what comes, and its net client's info text counts the loss.
 *
 * A port whose peer has several queue pairs has a lane for each. A flow's frames
 * take one lane, so that they stay in order.
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "net/eth.h"
#include "net/net.h"
#include "switch.h"

/*
 * A newcomer takes the place of whoever has the same hash, so a guest that
 * invents addresses costs its neighbours flooded frames, never memory.
 */
#define L2_ADDRESSES	1024
#define L2_WAITING_MAX	256

struct l2_port {
	NetClientState nc;	/* first: QEMU allocates and frees it */
	L2Switch *l2;
	struct l2_port **lanes;	/* of the port, the first of which is the port itself */
	unsigned int lane_count;
	unsigned int lane;	/* which of them this is */
	unsigned int waiting;	/* frames that QEMU's queue to the peer holds */
	uint64_t lost;
	QTAILQ_ENTRY(l2_port) next;
};

struct l2_address {
	uint8_t mac[ETH_ALEN];
	struct l2_port *port;	/* NULL: the place is free */
};

struct L2Switch {
	char *name;
	QTAILQ_HEAD(, l2_port) ports;
	struct l2_address addresses[L2_ADDRESSES];
};

static struct l2_port *port_of(NetClientState *nc)
{
	return container_of(nc, struct l2_port, nc);
}

/* FNV-1a: addresses of one card differ in their last bytes only. */
static uint32_t hash_of(const uint8_t *bytes, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash ^ hash >> 16;
}

static struct l2_address *place_of(L2Switch *l2, const uint8_t *mac)
{
	return &l2->addresses[hash_of(mac, ETH_ALEN) % L2_ADDRESSES];
}

static void learn(L2Switch *l2, const uint8_t *mac, struct l2_port *port)
{
	struct l2_address *place;

	if (is_multicast_ether_addr(mac))
		return;
	place = place_of(l2, mac);
	memcpy(place->mac, mac, ETH_ALEN);
	place->port = port;
}

static struct l2_port *find(L2Switch *l2, const uint8_t *mac)
{
	struct l2_address *place = place_of(l2, mac);

	if (is_multicast_ether_addr(mac) || memcmp(place->mac, mac, ETH_ALEN))
		return NULL;
	return place->port;
}

static void forget(L2Switch *l2, const struct l2_port *port)
{
	for (int i = 0; i < L2_ADDRESSES; i++) {
		if (l2->addresses[i].port == port)
			l2->addresses[i].port = NULL;
	}
}

/* A frame that waited was taken, or thrown away with its queue. */
static void no_longer_waits(NetClientState *nc, ssize_t taken)
{
	port_of(nc)->waiting--;
}

/* IPv4 without options: both addresses, and what follows, which is ports mostly */
#define L2_FLOW		(ETH_HLEN + 12)
#define L2_FLOW_LEN	12

/* A lane that takes nothing is a queue pair that the driver does not use. */
static struct l2_port *lane_of(struct l2_port *port, const uint8_t *frame, size_t len)
{
	struct l2_port *lane;

	if (port->lane_count == 1 || len < L2_FLOW + L2_FLOW_LEN)
		return port;
	lane = port->lanes[hash_of(frame + L2_FLOW, L2_FLOW_LEN) % port->lane_count];
	return qemu_can_send_packet(&lane->nc) ? lane : port;
}

static void send_out(struct l2_port *to, const uint8_t *frame, size_t len)
{
	struct l2_port *port = lane_of(to, frame, len);

	if (!port->nc.peer)
		return;
	if (port->waiting == L2_WAITING_MAX) {
		port->lost++;
		qemu_set_info_str(&port->nc, "switch=%s,lost=%" PRIu64, port->l2->name, port->lost);
		return;
	}
	/*
	 * Counted before: a queue that was flushed while it takes the frame has
	 * called back by the time it answers.
	 */
	port->waiting++;
	if (qemu_send_packet_async(&port->nc, frame, len, no_longer_waits))
		port->waiting--;
}

static ssize_t port_receive(NetClientState *nc, const uint8_t *frame, size_t len)
{
	const struct eth_header *eth = (const struct eth_header *)frame;
	struct l2_port *from = port_of(nc)->lanes[0];
	L2Switch *l2 = from->l2;
	struct l2_port *to;

	if (len < ETH_HLEN)
		return len;
	learn(l2, eth->h_source, from);
	to = find(l2, eth->h_dest);
	if (to) {
		if (to != from)
			send_out(to, frame, len);
		return len;
	}
	QTAILQ_FOREACH(to, &l2->ports, next) {
		if (to != from)
			send_out(to, frame, len);
	}
	return len;
}

static void port_cleanup(NetClientState *nc)
{
	struct l2_port *port = port_of(nc);

	/* The first goes first. */
	if (port->lane)
		return;
	forget(port->l2, port);
	QTAILQ_REMOVE(&port->l2->ports, port, next);
	g_free(port->lanes);
}

/* QEMU has no name for a switch of one's own; nothing looks behind this one. */
static NetClientInfo port_info = {
	.type = NET_CLIENT_DRIVER_SOCKET,
	.size = sizeof(struct l2_port),
	.receive = port_receive,
	.cleanup = port_cleanup,
};

/* Lanes have one name, by which QEMU knows that they go together. */
static struct l2_port *lane_new(L2Switch *l2, const char *name)
{
	NetClientState *nc = qemu_new_net_client(&port_info, NULL, "l2-switch", name);
	struct l2_port *port = port_of(nc);

	/* A switch passes frames on as they are. */
	nc->do_not_pad = true;
	port->l2 = l2;
	qemu_set_info_str(nc, "switch=%s,lost=0", l2->name);
	return port;
}

NetClientState *l2_switch_port_new(L2Switch *l2, const char *name, unsigned int count)
{
	g_autofree char *full = g_strdup_printf("switch-%s-%s", l2->name, name);
	struct l2_port **lanes = g_new(struct l2_port *, count);

	for (unsigned int i = 0; i < count; i++) {
		lanes[i] = lane_new(l2, full);
		lanes[i]->lanes = lanes;
		lanes[i]->lane_count = count;
		lanes[i]->lane = i;
	}
	QTAILQ_INSERT_TAIL(&l2->ports, lanes[0], next);
	return &lanes[0]->nc;
}

NetClientState *l2_switch_port_lane(NetClientState *port, unsigned int lane)
{
	return &port_of(port)->lanes[lane]->nc;
}

void l2_switch_port_free(NetClientState *port)
{
	qemu_del_net_client(port);
}

L2Switch *l2_switch_new(const char *name)
{
	L2Switch *l2 = g_new0(L2Switch, 1);

	l2->name = g_strdup(name);
	QTAILQ_INIT(&l2->ports);
	return l2;
}

void l2_switch_free(L2Switch *l2)
{
	assert(QTAILQ_EMPTY(&l2->ports));
	g_free(l2->name);
	g_free(l2);
}
