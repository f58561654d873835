// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF's state on another VF: field by field the same, the driver's rings go on
 * where they were, the network finds it.
 */
#include "migrate.h"
#include "victim.h"

#define PARTS		"Device parts"
#define NET_PARTS	"Network Device, Device parts"
#define OWN		"The part of our own"

static void same_parts(struct parts *one, struct parts *other)
{
	struct found a, b;
	size_t at_a = 0, at_b = 0;

	while (part_next(one, &at_a, &a)) {
		g_assert(part_next(other, &at_b, &b));
		if (memcmp(a.header, b.header, PART_HEADER) || memcmp(a.value, b.value, a.len))
			g_error("part %#x, selector %#x: differs", lduw_le_p(a.header),
				ldl_le_p(a.header + PART_SELECTOR));
	}
	g_assert_cmpuint(at_b, ==, other->len);
}

static void restart_at(struct ring *ring, struct func *func)
{
	ring->func = func;
	if (ring->doorbell)
		ring->doorbell = func->notify + ring->index * func->notify_multiplier;
}

/* All of VF FROM onto VF TO; the first stays stopped. */
static void move(struct card *card, unsigned int from, unsigned int to)
{
	struct parts saved, restored;

	expect_ok(mode_set(card, from, STOPPED));
	saved = parts_of(card, from);
	expect_ok(mode_set(card, to, STOPPED));
	expect_ok(parts_to(card, to, &saved));
	restored = parts_of(card, to);
	same_parts(&saved, &restored);
	expect_ok(mode_set(card, to, 0));
}

/* For the way back: as a VMM that closes the device */
static void clear(struct card *card, struct func *func)
{
	func_flr(func);
	cfg_put16(func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
}

/* --- rings go on --- */

/* Each request once: none is lost, none is done again. */
static void expect_all_used(struct victim *victim)
{
	card_step(victim->card, 1000);
	g_assert_cmpuint(qtest_readw(victim->card->qts, victim->ring.used + 2), ==,
			 victim->ring.next_avail);
}

static void requests_before_and_after(struct victim *victim, struct func vfs[2])
{
	struct card *card = victim->card;

	for (unsigned int i = 0; i < 6; i++) {
		unsigned int from = i & 1, to = !from;

		/* some before, some that are there when it stops, some after */
		for (unsigned int n = 0; n < 15; n++)
			victim->works(victim);
		expect_ok(mode_set(card, from, STOPPED));
		for (unsigned int n = 0; n < 15; n++)
			victim_offer_good(victim);
		move(card, from, to);
		restart_at(&victim->ring, &vfs[to]);
		for (unsigned int n = 0; n < 15; n++)
			g_assert(ring_wait(&victim->ring));
		expect_all_used(victim);
		clear(card, &vfs[from]);
	}
	victim->works(victim);
	expect_all_used(victim);
}

static void modern(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct func vfs[2] = { vf_open(card, 0), vf_open(card, 1) };

	migration_ready(card, 1);
	victim.start(&victim);
	requests_before_and_after(&victim, vfs);
}

/* Without the part of our own, as with a driver that does not know it */
static void modern_plain(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct func vfs[2] = { vf_open(card, 0), vf_open(card, 1) };

	migration_ready(card, 0);
	victim.start(&victim);
	requests_before_and_after(&victim, vfs);
}

/* The VF that the legacy driver's doorbells go to */
static unsigned int legacy_at;

static void kick_legacy(struct victim *victim)
{
	legacy_put(victim->card, legacy_at, L_QUEUE_NOTIFY, 2, victim->ring.index);
}

static void legacy(struct card *card)
{
	struct victim victim = vf_legacy_victim(card);
	struct func vfs[2] = { vf_open(card, 0), vf_open(card, 1) };

	victim.start(&victim);
	victim.kick = kick_legacy;
	migration_ready(card, 1);
	for (unsigned int i = 0; i < 4; i++) {
		legacy_at = i & 1;
		for (unsigned int n = 0; n < 10; n++)
			victim.works(&victim);
		legacy_put(card, legacy_at, L_QUEUE_SELECT, 2, victim.ring.index);
		move(card, legacy_at, !legacy_at);
		clear(card, &vfs[legacy_at]);
		legacy_at = !legacy_at;
		g_assert_cmphex(legacy_get(card, legacy_at, L_QUEUE_ADDRESS, 4), ==,
				victim.ring.desc >> 12);
		g_assert_cmphex(legacy_get(card, legacy_at, L_STATUS, 1), ==,
				ACKNOWLEDGE | DRIVER | DRIVER_OK);
		/* the modern interface is not for it */
		common_put16(&vfs[legacy_at], COMMON_QUEUE_SELECT, 77);
		g_assert_cmpuint(common16(&vfs[legacy_at], COMMON_QUEUE_SELECT), ==,
				 victim.ring.index);
	}
	legacy_at = 0;
	victim.works(&victim);
}

/* A driver that is there, and nothing of it is running yet */
static void half_started(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct func to = vf_open(card, 1);

	migration_ready(card, 1);
	modern_begin(&victim.func, F_VERSION_1 | F_PLATFORM);
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, NO_VECTOR);
	move(card, 0, 1);
	g_assert_cmphex(common8(&to, COMMON_STATUS), ==, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	restart_at(&victim.ring, &to);
	modern_driver_ok(&to);
	victim.works(&victim);
}

static void nobody(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	migration_ready(card, 1);
	move(card, 0, 1);
	victim.func = vf_open(card, 1);
	victim.start(&victim);
	victim.works(&victim);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

/* The driver's memory cannot be reached when the VF goes on: it begins as soon as it can. */
static void master_later(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct func to = vf_open(card, 1);
	struct parts saved;

	migration_ready(card, 1);
	victim.start(&victim);
	for (unsigned int n = 0; n < 5; n++)
		victim.works(&victim);
	expect_ok(mode_set(card, 0, STOPPED));
	saved = parts_of(card, 0);
	cfg_put16(&to, PCI_CMD, PCI_CMD_MEMORY);
	expect_ok(mode_set(card, 1, STOPPED));
	expect_ok(parts_to(card, 1, &saved));
	/* QEMU's own device forgets DRIVER_OK at this */
	cfg_put16(&to, PCI_CMD, PCI_CMD_MEMORY);
	expect_ok(mode_set(card, 1, 0));
	restart_at(&victim.ring, &to);
	victim_offer_good(&victim);
	victim.kick(&victim);
	card_step(card, 1000);
	cfg_put16(&to, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	g_assert(ring_wait(&victim.ring));
	victim.works(&victim);
	g_assert_cmphex(common8(&to, COMMON_STATUS) & DRIVER_OK, !=, 0);
}

/* --- packed rings --- */

static struct parts packed_parts(struct card *card, uint16_t own)
{
	struct func vf = vf_open(card, 0);

	migration_ready(card, own);
	modern_begin(&vf, F_VERSION_1 | F_PLATFORM | F_PACKED);
	ring_modern(&vf, data_queue(card), 64, NO_VECTOR);
	modern_driver_ok(&vf);
	expect_ok(mode_set(card, 0, STOPPED));
	expect_ok(mode_set(card, 1, STOPPED));
	return parts_of(card, 0);
}

/* Where the device is in a packed ring is not in memory. */
static void packed_plain(struct card *card)
{
	struct parts parts = packed_parts(card, 0);

	expect_ok(parts_to(card, 1, &parts));
	g_assert_cmpuint(mode_set(card, 1, 0).status, ==, EINVAL_);
	/* it is as it was: stopped, and may be told something else */
	g_assert_cmpuint(mode_set(card, 1, STOPPED).status, ==, OK);
	expect_ok(parts_to(card, 1, &parts));
}

static void packed_places(struct card *card)
{
	struct parts parts = packed_parts(card, 1), after;
	struct found own = part_find(&parts, PART_OWN, 0x53505656);

	g_assert_cmpuint(lduw_le_p(own.value + OWN_QUEUES), ==, 1);
	g_assert_cmpuint(lduw_le_p(own.value + OWN_LEN + OWN_Q_INDEX), ==, data_queue(card));
	/* in its first lap */
	g_assert_cmphex(lduw_le_p(own.value + OWN_LEN + OWN_Q_AVAIL), ==, 0x8000);
	g_assert_cmphex(lduw_le_p(own.value + OWN_LEN + OWN_Q_USED), ==, 0x8000);
	stw_le_p(own.value + OWN_LEN + OWN_Q_AVAIL, 17);
	stw_le_p(own.value + OWN_LEN + OWN_Q_USED, 0x8000 | 16);
	expect_ok(parts_to(card, 1, &parts));
	expect_ok(mode_set(card, 1, 0));
	expect_ok(mode_set(card, 1, STOPPED));
	after = parts_of(card, 1);
	own = part_find(&after, PART_OWN, 0x53505656);
	g_assert_cmphex(lduw_le_p(own.value + OWN_LEN + OWN_Q_AVAIL), ==, 17);
	g_assert_cmphex(lduw_le_p(own.value + OWN_LEN + OWN_Q_USED), ==, 0x8000 | 16);
	/* outside of the ring that comes with it */
	stw_le_p(part_find(&parts, PART_QUEUE, data_queue(card)).value + VQ_SIZE, 16);
	expect_ok(parts_to(card, 1, &parts));
	g_assert_cmpuint(mode_set(card, 1, 0).status, ==, EINVAL_);
}

/* --- the network device's own state --- */

#define NET_FEATURES	(F_VERSION_1 | F_PLATFORM | NET_F_CTRL_VQ | NET_F_CTRL_RX | \
			 NET_F_CTRL_VLAN | NET_F_CTRL_RX_EXTRA | NET_F_CTRL_MAC_ADDR)

struct net {
	struct func func;
	struct ring rx, control;
};

static void net_start(struct net *net, uint64_t features, uint16_t control)
{
	modern_begin(&net->func, features);
	net->rx = ring_modern(&net->func, 0, 64, NO_VECTOR);
	net->control = ring_modern(&net->func, control, 16, NO_VECTOR);
	modern_driver_ok(&net->func);
}

static void control(struct net *net, uint8_t class, uint8_t command, const void *data, size_t len)
{
	struct card *card = net->func.card;
	uint8_t head[2] = { class, command };
	uint64_t ack = card_ram(card, 1, 16);
	struct buf bufs[] = {
		{ card_fill(card, head, sizeof(head)), sizeof(head) },
		{ card_fill(card, data, len), len },
		{ ack, 1, true },
	};

	qtest_memset(card->qts, ack, UNTOUCHED, 1);
	ring_add(&net->control, bufs, ARRAY_SIZE(bufs));
	ring_kick(&net->control);
	g_assert(ring_wait(&net->control));
	g_assert_cmpuint(qtest_readb(card->qts, ack), ==, 0);
}

static void expect_part(struct parts *parts, uint8_t class, uint8_t command, const void *data,
			size_t len)
{
	struct found found = part_find(parts, PART_CVQ, CVQ(class, command));

	g_assert_cmpuint(found.len, ==, len);
	g_assert(!memcmp(found.value, data, len));
}

static const uint8_t guests_mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };
/* two unicast addresses, one multicast */
static const uint8_t mac_table[] = {
	2, 0, 0, 0, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2,
	1, 0, 0, 0, 0x33, 0x33, 0, 0, 0, 5,
};
static const uint8_t vlans[] = { 5, 0, 0x34, 0x02, 0xff, 0x0f };

static void set_all(struct net *net)
{
	for (uint8_t mode = 0; mode < 6; mode++) {
		uint8_t on = mode & 1;

		control(net, NET_RX, mode, &on, 1);
	}
	control(net, NET_MAC, 0, mac_table, sizeof(mac_table));
	control(net, NET_MAC, 1, guests_mac, sizeof(guests_mac));
	/* in any order */
	control(net, NET_VLAN, 0, vlans + 4, 2);
	control(net, NET_VLAN, 0, vlans, 2);
	control(net, NET_VLAN, 0, vlans + 2, 2);
}

/* What the driver said by the control queue is what the parts say, there and back. */
static void control_queue(struct card *card)
{
	struct net net = { .func = vf_open(card, 0) };
	struct func to = vf_open(card, 1);
	struct parts parts;

	migration_ready(card, 1);
	net_start(&net, NET_FEATURES, 2);
	set_all(&net);
	parts = parts_of(card, 0);
	for (uint8_t mode = 0; mode < 6; mode++) {
		uint8_t on = mode & 1;

		expect_part(&parts, NET_RX, mode, &on, 1);
	}
	expect_part(&parts, NET_MAC, 0, mac_table, sizeof(mac_table));
	expect_part(&parts, NET_MAC, 1, guests_mac, sizeof(guests_mac));
	expect_part(&parts, NET_VLAN, 0, vlans, sizeof(vlans));
	g_assert(!part_has(&parts, PART_CVQ, CVQ(NET_MQ, 0)));
	move(card, 0, 1);
	for (unsigned int i = 0; i < 6; i++)
		g_assert_cmphex(qtest_readb(card->qts, to.config + i), ==, guests_mac[i]);
	/* and none of it is left when the VF is reset */
	clear(card, &to);
	parts = parts_of(card, 1);
	g_assert(!part_has(&parts, PART_CVQ, CVQ(NET_VLAN, 0)));
	g_assert(memcmp(part_find(&parts, PART_CVQ, CVQ(NET_MAC, 1)).value, guests_mac, 6));
}

static void queue_pairs(struct card *card)
{
	struct net net = { .func = vf_open(card, 0) };
	struct func to = vf_open(card, 1);
	struct parts parts;

	migration_ready(card, 0);
	net_start(&net, NET_FEATURES | NET_F_MQ, 8);
	control(&net, NET_MQ, 0, "\3", 2);
	parts = parts_of(card, 0);
	expect_part(&parts, NET_MQ, 0, "\3", 2);
	g_assert(part_has(&parts, PART_QUEUE, 8));
	/* the destination has as many queues as come with the features */
	g_assert_cmpuint(common16(&to, COMMON_NUM_QUEUES), ==, 3);
	move(card, 0, 1);
	g_assert_cmpuint(common16(&to, COMMON_NUM_QUEUES), ==, 9);
	restart_at(&net.control, &to);
	control(&net, NET_MQ, 0, "\1", 2);
}

/* More addresses than the device filters: only the part of our own can say it. */
static void overflow(struct card *card)
{
	uint8_t table[4 + 100 * 6 + 4] = { 100 };
	struct net net = { .func = vf_open(card, 0) };
	struct parts parts;

	migration_ready(card, 1);
	net_start(&net, NET_FEATURES, 2);
	control(&net, NET_MAC, 0, table, sizeof(table));
	parts = parts_of(card, 0);
	g_assert_cmphex(part_find(&parts, PART_OWN, 0x53505656).value[OWN_FLAGS], ==, 1);
	move(card, 0, 1);
}

static void refused(struct card *card)
{
	static const struct {
		uint8_t class, command, len, value[30];
	} bad[] = {
		{ NET_RX, 0, 1, { 2 } }, { NET_RX, 0, 2 }, { NET_RX, 6, 1 },
		{ NET_MAC, 1, 5 }, { NET_MAC, 1, 6, { 1 } }, { NET_MAC, 0, 4 },
		{ NET_MAC, 0, 7 }, { NET_MAC, 0, 9 }, { NET_MAC, 0, 8, { 1 } },
		{ NET_MAC, 0, 8, { 0xff, 0xff, 0xff, 0xff } },
		{ NET_VLAN, 0, 3 }, { NET_VLAN, 0, 2, { 0, 0x10 } }, { NET_VLAN, 1, 2 },
		{ NET_MQ, 0, 2, { 1 } }, { 3, 0, 0 }, { 99, 0, 1 },
	};
	struct net net = { .func = vf_open(card, 0) };
	struct parts before, after;

	migration_ready(card, 0);
	net_start(&net, NET_FEATURES, 2);
	expect_ok(mode_set(card, 0, STOPPED));
	before = parts_of(card, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct parts parts = { .len = 0 };

		part_add(&parts, PART_CVQ, 0, CVQ(bad[i].class, bad[i].command), bad[i].value,
			 bad[i].len);
		if (parts_to(card, 0, &parts).status != EINVAL_)
			g_error("taken: number %u", i);
	}
	after = parts_of(card, 0);
	same_parts(&before, &after);
}

/* --- the network finds it --- */

#define RX_BUFFER 2048

static void add_buffers(struct ring *rx)
{
	for (unsigned int i = 0; i < 16; i++) {
		struct buf buf = { card_ram(rx->func->card, RX_BUFFER, 64), RX_BUFFER, true };

		ring_add(rx, &buf, 1);
	}
	ring_kick(rx);
}

/* The next frame that came, without the header; false: there is none. */
static bool take_frame(struct ring *rx, uint8_t frame[60])
{
	QTestState *qts = rx->func->card->qts;
	uint32_t id, len;

	if (!ring_take(rx, &id, &len))
		return false;
	g_assert_cmpuint(len, >=, 12 + 60);
	qtest_memread(qts, qtest_readq(qts, rx->desc + 16 * id) + 12, frame, 60);
	return true;
}

static void announced(struct card *card, uint64_t more_features)
{
	static const uint8_t type[] = { 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3 };
	struct net net = { .func = vf_open(card, 0) }, other = { .func = vf_open(card, 2) };
	struct func to = vf_open(card, 1);
	uint8_t frame[60];

	migration_ready(card, 0);
	net_start(&net, NET_FEATURES | more_features, 2);
	control(&net, NET_MAC, 1, guests_mac, sizeof(guests_mac));
	net_start(&other, NET_FEATURES, 2);
	add_buffers(&other.rx);
	/* one that was only stopped has not moved */
	expect_ok(mode_set(card, 0, STOPPED));
	expect_ok(mode_set(card, 0, 0));
	g_assert(!take_frame(&other.rx, frame));
	move(card, 0, 1);
	g_assert(take_frame(&other.rx, frame));
	for (unsigned int i = 0; i < 6; i++)
		g_assert_cmphex(frame[i], ==, 0xff);
	g_assert(!memcmp(frame + 6, guests_mac, 6));
	g_assert(!memcmp(frame + 12, type, sizeof(type)));
	g_assert(!memcmp(frame + 22, guests_mac, 6));
	g_assert(!memcmp(frame + 32, guests_mac, 6));
	g_assert(!take_frame(&other.rx, frame));
	/* once */
	expect_ok(mode_set(card, 1, STOPPED));
	expect_ok(mode_set(card, 1, 0));
	g_assert(!take_frame(&other.rx, frame));
	/* VIRTIO_NET_S_ANNOUNCE in net_config::status */
	g_assert_cmphex(qtest_readw(card->qts, to.config + 6) & 2, ==,
			more_features & NET_F_GUEST_ANNOUNCE ? 2 : 0);
}

static void announces(struct card *card)
{
	announced(card, 0);
}

static void guest_announces(struct card *card)
{
	announced(card, NET_F_GUEST_ANNOUNCE | 1 << 16);
}

/* Frames to the guest's address arrive where it is, without a word of its own. */
static void frames_follow(struct card *card)
{
	struct net net = { .func = vf_open(card, 0) };
	struct func to = vf_open(card, 1), other = vf_open(card, 2);
	uint8_t data[12 + 60] = {}, frame[60];
	struct ring rings[2];

	migration_ready(card, 0);
	net_start(&net, NET_FEATURES, 2);
	control(&net, NET_MAC, 1, guests_mac, sizeof(guests_mac));
	control(&net, NET_RX, 0, "\0", 1);
	add_buffers(&net.rx);
	modern_start(&other, rings, 2);
	memcpy(data + 12, guests_mac, 6);
	data[12 + 6] = 2;
	for (unsigned int at = 0; at < 2; at++) {
		struct buf buf;

		data[12 + 20] = 0x40 + at;
		buf = (struct buf){ card_fill(card, data, sizeof(data)), sizeof(data) };
		ring_add(&rings[1], &buf, 1);
		ring_kick(&rings[1]);
		g_assert(ring_wait(&rings[1]));
		g_assert(take_frame(&net.rx, frame));
		g_assert_cmphex(frame[20], ==, 0x40 + at);
		if (!at) {
			move(card, 0, 1);
			restart_at(&net.rx, &to);
		}
	}
}

static const struct row restore_rows[] = {
	{ "modern", PARTS, TYPES | BOTH, GROUP, modern },
	{ "modern-plain", PARTS, TYPES | TOLERANT, GROUP, modern_plain },
	{ "modern-4-queues", PARTS, TYPES | TOLERANT, GROUP, modern, 2, ",vf-queues=4" },
	{ "legacy", PARTS, TYPES | BOTH, LEGACY, legacy },
	{ "half-started", PARTS, TYPES | TOLERANT, GROUP, half_started },
	{ "nobody", PARTS, TYPES | TOLERANT, GROUP, nobody },
	{ "master-later", PARTS, TYPES | TOLERANT, GROUP, master_later },
	{ "packed-plain", OWN, TYPES | TOLERANT, GROUP, packed_plain, 0, ",packed=on" },
	{ "packed-places", OWN, TYPES | TOLERANT, GROUP, packed_places, 0, ",packed=on" },
	{ "control-queue", NET_PARTS, NET | BOTH, GROUP, control_queue },
	{ "queue-pairs", NET_PARTS, NET | BOTH, GROUP, queue_pairs, 2, ",vf-queues=4" },
	{ "overflow", OWN, NET | BOTH, GROUP, overflow },
	{ "refused", NET_PARTS, NET | BOTH, GROUP, refused },
	{ "announces", "Documentation/device-parts.rst", NET | BOTH, GROUP, announces },
	{ "guest-announces", "Documentation/device-parts.rst", NET | TOLERANT, GROUP,
	  guest_announces },
	{ "frames-follow", "Documentation/device-parts.rst", NET | BOTH, GROUP, frames_follow },
};

FAMILY(restore);
