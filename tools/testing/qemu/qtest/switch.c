// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card's layer-2 switch, as its ports see it: PF and VFs with rings of
 * their own, the uplink as a socket whose other end is here.
 */
#include "rows.h"
#include <sys/socket.h>

/* Other end: card->uplink, QEMU's stream format, a length and a frame */
#define UPLINK		",uplink=up0"
#define SWITCH		"the card's switch"
#define HEADER		12		/* struct virtio_net_hdr with VERSION_1 */
#define LEGACY_HEADER	10		/* without, and without mergeable buffers */
#define FRAME		64
#define BUFFERS		16

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t multicast[6] = { 0x33, 0x33, 0, 0, 0, 1 };
static const uint8_t outside[6] = { 0x02, 0xee, 0, 0, 0, 1 };
static const uint8_t unknown[6] = { 0x02, 0xdd, 0, 0, 0, 9 };

struct port {
	struct func *func;		/* the rings point to it as well */
	struct ring rx, tx;
	uint8_t mac[6];
	size_t header;
	int vf;				/* driven by commands; -1: by its registers */
};

static struct func *own(struct func func)
{
	struct func *copy = g_new(struct func, 1);

	*copy = func;
	return copy;
}

static void read_mac(struct port *port)
{
	for (unsigned int i = 0; i < 6; i++)
		port->mac[i] = qtest_readb(port->func->card->qts, port->func->config + i);
}

static void add_buffers(struct port *port, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct buf buf = { card_ram(port->func->card, 2048, 64), 2048, true };

		ring_add(&port->rx, &buf, 1);
	}
}

static struct port open_modern(struct func func, unsigned int buffers)
{
	struct port port = { .func = own(func), .header = HEADER, .vf = -1 };
	struct ring rings[2];

	modern_start(port.func, rings, 2);
	port.rx = rings[0];
	port.tx = rings[1];
	add_buffers(&port, buffers);
	ring_kick(&port.rx);
	read_mac(&port);
	return port;
}

static struct port open_legacy(struct card *card, unsigned int vf, unsigned int buffers)
{
	struct port port = { .func = own(vf_open(card, vf)), .header = LEGACY_HEADER, .vf = vf };
	struct ring rings[2];

	legacy_start(card, vf, port.func, rings, 2);
	port.rx = rings[0];
	port.tx = rings[1];
	add_buffers(&port, buffers);
	legacy_put(card, vf, L_QUEUE_NOTIFY, 2, 0);
	read_mac(&port);
	return port;
}

static void make_frame(uint8_t *frame, const uint8_t *to, const uint8_t *from, uint8_t mark)
{
	memset(frame, mark, FRAME);
	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	stw_be_p(frame + 12, 0x88b5);	/* for experiments */
}

static void send_from(struct port *port, const uint8_t *to, const uint8_t *from, uint8_t mark)
{
	struct card *card = port->func->card;
	uint8_t data[HEADER + FRAME] = {};
	struct buf buf = { .len = port->header + FRAME };

	make_frame(data + port->header, to, from, mark);
	buf.addr = card_fill(card, data, buf.len);
	ring_add(&port->tx, &buf, 1);
	if (port->vf < 0)
		ring_kick(&port->tx);
	else
		legacy_put(card, port->vf, L_QUEUE_NOTIFY, 2, 1);
	/* it leaves, whatever the others do */
	g_assert(ring_wait(&port->tx));
}

static void say(struct port *port, const uint8_t *to, uint8_t mark)
{
	send_from(port, to, port->mac, mark);
}

/* The mark of the next frame that PORT got; 0 when there is none. */
static uint8_t receive(struct port *port)
{
	struct card *card = port->func->card;
	uint32_t id, len;

	if (!ring_take(&port->rx, &id, &len))
		return 0;
	g_assert_cmpuint(len, ==, port->header + FRAME);
	return qtest_readb(card->qts, qtest_readq(card->qts, port->rx.desc + 16 * id) +
			   port->header + FRAME - 1);
}

static void expect(struct port *port, uint8_t mark)
{
	for (int tries = 0; tries < 100; tries++) {
		uint8_t got = receive(port);

		if (got) {
			g_assert_cmphex(got, ==, mark);
			return;
		}
		card_step(port->func->card, 10);
	}
	g_error("no frame %#x", mark);
}

static void expect_none(struct port *port)
{
	for (int tries = 0; tries < 5; tries++) {
		g_assert_cmphex(receive(port), ==, 0);
		card_step(port->func->card, 10);
	}
}

static void unicast_between_vfs(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	struct port c = open_modern(vf_open(card, 2), BUFFERS);

	/* b and a tell where they are */
	say(&b, broadcast, 1);
	expect(&a, 1);
	expect(&c, 1);
	say(&a, b.mac, 2);
	expect(&b, 2);
	say(&b, a.mac, 3);
	expect(&a, 3);
	expect_none(&c);
	expect_none(&b);
}

static void unicast_with_pf(struct card *card)
{
	struct port pf = open_modern(card->pf, BUFFERS);
	struct port a, b;

	vfs_set(card, card->vfs);
	a = open_modern(vf_open(card, 0), BUFFERS);
	b = open_modern(vf_open(card, 1), BUFFERS);
	say(&a, broadcast, 1);
	expect(&pf, 1);
	expect(&b, 1);
	say(&pf, a.mac, 2);
	expect(&a, 2);
	say(&a, pf.mac, 3);
	expect(&pf, 3);
	expect_none(&b);
}

static void legacy_and_modern(struct card *card)
{
	struct port a = open_legacy(card, 0, BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	struct port c = open_legacy(card, 2, BUFFERS);

	say(&a, broadcast, 1);
	expect(&b, 1);
	expect(&c, 1);
	say(&b, a.mac, 2);
	expect(&a, 2);
	say(&c, a.mac, 3);
	expect(&a, 3);
	expect_none(&b);
}

static void macs_differ(struct card *card)
{
	GHashTable *seen = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (unsigned int i = 0; i < card->vfs; i++) {
		struct port port = { .func = own(vf_open(card, i)) };
		uint64_t *key = g_new0(uint64_t, 1);

		read_mac(&port);
		g_assert_cmphex(port.mac[0] & 1, ==, 0);	/* no group's */
		memcpy(key, port.mac, 6);
		g_assert(g_hash_table_add(seen, key));
	}
}

static void broadcast_reaches_all(struct card *card)
{
	struct port ports[8];

	for (unsigned int i = 0; i < card->vfs; i++)
		ports[i] = open_modern(vf_open(card, i), BUFFERS);
	say(&ports[0], broadcast, 7);
	for (unsigned int i = 1; i < card->vfs; i++)
		expect(&ports[i], 7);
	expect_none(&ports[0]);
}

static void multicast_floods(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);

	say(&a, multicast, 5);
	say(&a, broadcast, 6);
	/* b's own filter may keep the group out; what follows arrives */
	for (uint8_t got = 0; got != 6;) {
		got = receive(&b);
		card_step(card, 10);
	}
	expect_none(&a);
}

/* A frame for nobody that is known is for all; none comes back. */
static void unknown_floods(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	uint8_t frame[FRAME];
	uint32_t len;

	say(&a, unknown, 5);
	g_assert_cmpint(recv(card->uplink, &len, 4, MSG_WAITALL), ==, 4);
	g_assert_cmpuint(ntohl(len), ==, FRAME);
	g_assert_cmpint(recv(card->uplink, frame, FRAME, MSG_WAITALL), ==, FRAME);
	g_assert_cmphex(frame[FRAME - 1], ==, 5);
	g_assert_cmpmem(frame, 6, unknown, 6);
	g_assert_cmpmem(frame + 6, 6, a.mac, 6);
	expect_none(&a);
	expect(&b, 5);
}

/* An address that moves is found where it was last. */
static void address_moves(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	struct port c = open_modern(vf_open(card, 2), BUFFERS);

	say(&b, broadcast, 1);
	expect(&a, 1);
	expect(&c, 1);
	send_from(&c, broadcast, b.mac, 2);
	expect(&a, 2);
	expect(&b, 2);
	/* b's address is at c now */
	say(&a, b.mac, 3);
	expect(&c, 3);
	expect_none(&b);
	/* b says a word and is found again */
	say(&b, a.mac, 4);
	expect(&a, 4);
	say(&a, b.mac, 5);
	expect(&b, 5);
}

/* --- the uplink --- */

static void uplink_send(struct card *card, const uint8_t *to, const uint8_t *from, uint8_t mark)
{
	uint8_t frame[4 + FRAME];

	stl_be_p(frame, FRAME);
	make_frame(frame + 4, to, from, mark);
	g_assert_cmpint(write(card->uplink, frame, sizeof(frame)), ==, sizeof(frame));
}

static void uplink_expect(struct card *card, uint8_t mark)
{
	struct timeval limit = { .tv_sec = 5 };
	uint8_t frame[4 + FRAME];

	setsockopt(card->uplink, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	g_assert_cmpint(recv(card->uplink, frame, sizeof(frame), MSG_WAITALL), ==, sizeof(frame));
	g_assert_cmphex(frame[sizeof(frame) - 1], ==, mark);
}

static void uplink_expect_none(struct card *card)
{
	uint8_t byte;

	g_assert_cmpint(recv(card->uplink, &byte, 1, MSG_DONTWAIT), ==, -1);
}

static void uplink_both_ways(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_legacy(card, 1, BUFFERS);

	uplink_send(card, broadcast, outside, 1);
	expect(&a, 1);
	expect(&b, 1);
	say(&a, outside, 2);
	uplink_expect(card, 2);
	say(&b, outside, 3);
	uplink_expect(card, 3);
	uplink_send(card, a.mac, outside, 4);
	expect(&a, 4);
	expect_none(&b);
	/* what is between VFs stays between them */
	say(&a, b.mac, 5);
	expect(&b, 5);
	uplink_expect_none(card);
}

static void uplink_broadcast(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);

	say(&a, broadcast, 9);
	uplink_expect(card, 9);
}

/* --- ports that take nothing --- */

/* A port that is up without buffers: the others do not wait for it. */
static void no_stall(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	struct port stuck = open_modern(vf_open(card, 2), 0);

	say(&stuck, broadcast, 1);
	expect(&a, 1);
	expect(&b, 1);
	for (unsigned int i = 0; i < 400; i++)
		say(&a, stuck.mac, 2);
	for (unsigned int i = 0; i < BUFFERS - 2; i++) {
		say(&a, broadcast, 10 + i);
		expect(&b, 10 + i);
	}
}

/* And when it has buffers again, it goes on. */
static void stuck_goes_on(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port stuck = open_modern(vf_open(card, 1), 0);

	say(&stuck, broadcast, 1);
	expect(&a, 1);
	for (unsigned int i = 0; i < 4; i++)
		say(&a, stuck.mac, 20 + i);
	add_buffers(&stuck, BUFFERS);
	ring_kick(&stuck.rx);
	for (unsigned int i = 0; i < 4; i++)
		expect(&stuck, 20 + i);
	say(&a, stuck.mac, 30);
	expect(&stuck, 30);
}

/* A VF that was reset, or is not enabled, is nobody to wait for. */
static void reset_port(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);

	say(&b, broadcast, 1);
	expect(&a, 1);
	common_put8(b.func, COMMON_STATUS, 0);
	for (unsigned int i = 0; i < 300; i++)
		say(&a, b.mac, 2);
	b = open_modern(vf_open(card, 1), BUFFERS);
	say(&a, broadcast, 3);
	for (uint8_t got = 0; got != 3;) {
		got = receive(&b);
		card_step(card, 10);
	}
}

static void disabled_ports(struct card *card)
{
	struct port a, b;

	for (unsigned int n = 0; n < 3; n++) {
		a = open_modern(vf_open(card, 0), BUFFERS);
		b = open_modern(vf_open(card, 1), BUFFERS);
		say(&a, broadcast, 1);
		expect(&b, 1);
		say(&a, b.mac, 2);
		vfs_set(card, 0);
		vfs_set(card, card->vfs);
	}
}

/* --- odd frames --- */

static void odd_lengths(struct card *card)
{
	static const uint32_t lengths[] = { 1, 5, 11, 12, 13, 25, 26, 27, 1530, 9000, 65000 };
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	uint64_t data = card_ram(card, 65536, 64);

	qtest_memset(card->qts, data, 0, 65536);
	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct buf buf = { data, lengths[i] };

		ring_add(&a.tx, &buf, 1);
		ring_kick(&a.tx);
		card_step(card, 100);
		card_alive(card);
		if (common8(a.func, COMMON_STATUS) & NEEDS_RESET)
			a = open_modern(vf_open(card, 0), BUFFERS);
	}
	say(&b, broadcast, 3);
	expect(&a, 3);
}

/* Take what waits, giving the buffers back. Returns how many there were. */
static unsigned int drain(struct port *port)
{
	unsigned int count = 0;

	for (int quiet = 0; quiet < 5; quiet++) {
		while (receive(port)) {
			struct buf buf = { card_ram(port->func->card, 2048, 64), 2048, true };

			ring_add(&port->rx, &buf, 1);
			ring_kick(&port->rx);
			count++;
			quiet = 0;
		}
		card_step(port->func->card, 10);
	}
	return count;
}

/* A guest that invents addresses costs no memory and no neighbour. */
static void many_addresses(struct card *card)
{
	struct port a = open_modern(vf_open(card, 0), BUFFERS);
	struct port b = open_modern(vf_open(card, 1), BUFFERS);
	uint8_t mac[6] = { 0x02, 0xaa };

	for (unsigned int i = 0; i < 3000; i++) {
		stl_be_p(mac + 2, i);
		send_from(&a, unknown, mac, 1);
	}
	/* b is flooded, and what waits for it is bounded */
	g_assert_cmpuint(drain(&b), <, 1000);
	say(&b, broadcast, 2);
	expect(&a, 2);
	say(&a, b.mac, 3);
	expect(&b, 3);
}


static const struct row switch_rows[] = {
	{ "unicast-between-vfs", SWITCH, NET | TOLERANT, GROUP, unicast_between_vfs },
	{ "unicast-with-pf", SWITCH, NET | TOLERANT, BARE, unicast_with_pf },
	{ "legacy-and-modern", SWITCH, NET | BOTH, LEGACY, legacy_and_modern },
	{ "macs-differ-of-64", SWITCH, NET | TOLERANT, GROUP, macs_differ, 64 },
	{ "broadcast-reaches-all", SWITCH, NET | TOLERANT, GROUP, broadcast_reaches_all, 8 },
	{ "multicast-floods", SWITCH, NET | TOLERANT, GROUP, multicast_floods },
	{ "address-moves", SWITCH, NET | TOLERANT, GROUP, address_moves },
	{ "no-stall", SWITCH, NET | TOLERANT, GROUP, no_stall },
	{ "stuck-goes-on", SWITCH, NET | TOLERANT, GROUP, stuck_goes_on },
	{ "reset-port", SWITCH, NET | TOLERANT, GROUP, reset_port },
	{ "disabled-ports", SWITCH, NET | TOLERANT, GROUP, disabled_ports },
	{ "odd-lengths", SWITCH, NET | TOLERANT, GROUP, odd_lengths },
	{ "many-addresses", SWITCH, NET | TOLERANT, GROUP, many_addresses },
	{ "unknown-floods", SWITCH, NET | TOLERANT, GROUP, unknown_floods, 0, UPLINK },
	{ "uplink-both-ways", SWITCH, NET | TOLERANT, LEGACY, uplink_both_ways, 0, UPLINK },
	{ "uplink-broadcast", SWITCH, NET | TOLERANT, GROUP, uplink_broadcast, 0, UPLINK },
};

FAMILY(switch);
