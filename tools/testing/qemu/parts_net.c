// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The network device's part, 0x200: what its driver said by the control queue
 * ("Network Device", "Device parts"). A part is set by the very command it is
 * named after, but for the VLAN table, which is the sum of many.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/iov.h"
#include "hw/virtio/virtio-net.h"
#include "net/eth.h"
#include "parts.h"
#include "parts_net.h"

#define VLANS		4096
/* Of QEMU's tables; MAC_TABLE_SET of more than that makes them "overflow" */
#define MACS_MAX	64

enum {
	CLASS_RX = 0,
	CLASS_MAC = 1,
	CLASS_VLAN = 2,
	CLASS_MQ = 4,
};

enum { MAC_TABLE_SET = 0, MAC_ADDR_SET = 1 };

struct cvq_row {
	uint8_t class;
	uint8_t command;
	int8_t feature;			/* that the driver accepted; -1: it is always there */
	void (*get)(VirtIONet *net, bool longest, GByteArray *value);
	bool (*check)(VirtIONet *net, const uint8_t *value, size_t len);
	void (*set)(VirtIONet *net, const uint8_t *value, size_t len);	/* NULL: by the command */
};

static void append16(GByteArray *to, uint16_t value)
{
	uint8_t bytes[2];

	stw_le_p(bytes, value);
	g_byte_array_append(to, bytes, sizeof(bytes));
}

static void append32(GByteArray *to, uint32_t value)
{
	uint8_t bytes[4];

	stl_le_p(bytes, value);
	g_byte_array_append(to, bytes, sizeof(bytes));
}

/* --- receive modes --- */

#define RX_MODE(name)								\
	static void get_##name(VirtIONet *net, bool longest, GByteArray *value)	\
	{									\
		uint8_t on = !!net->name;					\
										\
		g_byte_array_append(value, &on, sizeof(on));			\
	}

RX_MODE(promisc)
RX_MODE(allmulti)
RX_MODE(alluni)
RX_MODE(nomulti)
RX_MODE(nouni)
RX_MODE(nobcast)

static bool check_rx_mode(VirtIONet *net, const uint8_t *value, size_t len)
{
	return len == 1 && *value <= 1;
}

/* --- MAC addresses --- */

/* An overflowed table is empty: that it did is in the part of our own. */
static void get_macs(VirtIONet *net, bool longest, GByteArray *value)
{
	unsigned int uni = net->mac_table.first_multi;
	unsigned int multi = net->mac_table.in_use - uni;

	if (longest) {
		g_byte_array_set_size(value, 2 * sizeof(uint32_t) + MACS_MAX * ETH_ALEN);
		return;
	}
	append32(value, uni);
	g_byte_array_append(value, net->mac_table.macs, uni * ETH_ALEN);
	append32(value, multi);
	g_byte_array_append(value, net->mac_table.macs + uni * ETH_ALEN, multi * ETH_ALEN);
}

/* One of the two tables; what is behind it, or NULL. */
static const uint8_t *skip_table(const uint8_t *at, const uint8_t *end)
{
	uint64_t macs;

	if (!at || end - at < sizeof(uint32_t))
		return NULL;
	macs = (uint64_t)ldl_le_p(at) * ETH_ALEN;
	at += sizeof(uint32_t);
	return macs <= end - at ? at + macs : NULL;
}

static bool check_macs(VirtIONet *net, const uint8_t *value, size_t len)
{
	const uint8_t *end = value + len;

	return skip_table(skip_table(value, end), end) == end;
}

static void get_mac(VirtIONet *net, bool longest, GByteArray *value)
{
	g_byte_array_append(value, net->mac, ETH_ALEN);
}

static bool check_mac(VirtIONet *net, const uint8_t *value, size_t len)
{
	return len == ETH_ALEN && !is_multicast_ether_addr(value);
}

/* --- VLANs: a bit for each id in QEMU, a list of ids here --- */

static void get_vlans(VirtIONet *net, bool longest, GByteArray *value)
{
	for (unsigned int id = 0; id < VLANS; id++)
		if (longest || net->vlans[id / 32] & BIT(id % 32))
			append16(value, id);
}

static bool check_vlans(VirtIONet *net, const uint8_t *value, size_t len)
{
	if (len % sizeof(uint16_t))
		return false;
	for (size_t i = 0; i < len; i += sizeof(uint16_t))
		if (lduw_le_p(value + i) >= VLANS)
			return false;
	return true;
}

static void set_vlans(VirtIONet *net, const uint8_t *value, size_t len)
{
	memset(net->vlans, 0, VLANS / 8);
	for (size_t i = 0; i < len; i += sizeof(uint16_t)) {
		unsigned int id = lduw_le_p(value + i);

		net->vlans[id / 32] |= BIT(id % 32);
	}
}

/* --- queue pairs --- */

static void get_pairs(VirtIONet *net, bool longest, GByteArray *value)
{
	append16(value, net->curr_queue_pairs);
}

static bool check_pairs(VirtIONet *net, const uint8_t *value, size_t len)
{
	return len == sizeof(uint16_t) && lduw_le_p(value) >= 1 &&
	       lduw_le_p(value) <= net->max_queue_pairs;
}

static const struct cvq_row cvq_rows[] = {
	{ CLASS_RX, 0, SPEC_NET_F_CTRL_RX, get_promisc, check_rx_mode },
	{ CLASS_RX, 1, SPEC_NET_F_CTRL_RX, get_allmulti, check_rx_mode },
	{ CLASS_RX, 2, SPEC_NET_F_CTRL_RX_EXTRA, get_alluni, check_rx_mode },
	{ CLASS_RX, 3, SPEC_NET_F_CTRL_RX_EXTRA, get_nomulti, check_rx_mode },
	{ CLASS_RX, 4, SPEC_NET_F_CTRL_RX_EXTRA, get_nouni, check_rx_mode },
	{ CLASS_RX, 5, SPEC_NET_F_CTRL_RX_EXTRA, get_nobcast, check_rx_mode },
	{ CLASS_MAC, MAC_TABLE_SET, SPEC_NET_F_CTRL_RX, get_macs, check_macs },
	/* a driver without the feature has the address of the device that it was made with */
	{ CLASS_MAC, MAC_ADDR_SET, -1, get_mac, check_mac },
	{ CLASS_VLAN, 0, SPEC_NET_F_CTRL_VLAN, get_vlans, check_vlans, set_vlans },
	{ CLASS_MQ, 0, SPEC_NET_F_MQ, get_pairs, check_pairs },
};

/* --- the part --- */

static bool there(const struct cvq_row *row, uint64_t features)
{
	return row->feature < 0 || (virtio_has_feature(features, SPEC_NET_F_CTRL_VQ) &&
				    virtio_has_feature(features, row->feature));
}

static void get_cvq(struct parts_out *out)
{
	VirtIONet *net = VIRTIO_NET(out->vf->func.vdev);

	for (size_t i = 0; i < ARRAY_SIZE(cvq_rows); i++) {
		const struct cvq_row *row = &cvq_rows[i];
		uint8_t selector[PARTS_SELECTOR] = { row->class, row->command };
		g_autoptr(GByteArray) value = g_byte_array_new();

		if (!there(row, VIRTIO_DEVICE(net)->guest_features))
			continue;
		row->get(net, out->longest, value);
		parts_emit(out, selector, value->data, value->len);
	}
}

static const struct cvq_row *find_row(const struct part *part)
{
	static const uint8_t zero[PARTS_SELECTOR - 2];

	if (memcmp(part->selector + 2, zero, sizeof(zero)))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(cvq_rows); i++)
		if (cvq_rows[i].class == part->selector[0] &&
		    cvq_rows[i].command == part->selector[1])
			return &cvq_rows[i];
	return NULL;
}

static bool check_cvq(struct parts_in *in, const struct part *part)
{
	const struct cvq_row *row = find_row(part);

	if (!row || !there(row, in->features))
		return part->flags & SPEC_PART_OPTIONAL;
	return row->check(VIRTIO_NET(in->vf->func.vdev), part->value, part->len);
}

static void run_command(VirtIODevice *vdev, const struct part *part)
{
	uint8_t ack;
	struct iovec in = { &ack, sizeof(ack) };
	struct iovec out[] = {
		{ (void *)part->selector, 2 },
		{ (void *)part->value, part->len },
	};

	virtio_net_handle_ctrl_iov(vdev, &in, 1, out, ARRAY_SIZE(out));
}

static void set_cvq(struct card_vf *vf, const struct part *part)
{
	const struct cvq_row *row = find_row(part);
	VirtIODevice *vdev = vf->func.vdev;

	if (!row || !there(row, vdev->guest_features))
		return;
	if (row->set)
		row->set(VIRTIO_NET(vdev), part->value, part->len);
	else
		run_command(vdev, part);
}

static const struct part_row rows[] = {
	{
		.type = SPEC_PART_NET_CVQ_CFG,
		.get = get_cvq,
		.check = check_cvq,
		.set = set_cvq,
	},
};

const struct part_rows parts_net = { rows, ARRAY_SIZE(rows) };

/* --- what is in the part of our own --- */

uint8_t parts_net_flags(VirtIODevice *vdev)
{
	VirtIONet *net = VIRTIO_NET(vdev);

	return (net->mac_table.uni_overflow ? OWN_UNI_OVERFLOW : 0) |
	       (net->mac_table.multi_overflow ? OWN_MULTI_OVERFLOW : 0);
}

void parts_net_set_flags(VirtIODevice *vdev, uint8_t flags)
{
	VirtIONet *net = VIRTIO_NET(vdev);

	net->mac_table.uni_overflow = !!(flags & OWN_UNI_OVERFLOW);
	net->mac_table.multi_overflow = !!(flags & OWN_MULTI_OVERFLOW);
}

/* --- who tells the network --- */

/* RARP, as hypervisors send it for a guest that has moved: the switch learns from its source. */
static void make_announcement(const uint8_t mac[ETH_ALEN], uint8_t frame[RARP_LEN])
{
	static const uint8_t fixed[] = {
		0x80, 0x35,			/* RARP */
		0, 1, 0x08, 0, ETH_ALEN, 4,	/* Ethernet, IPv4 */
		0, 3,				/* request reverse */
	};

	memset(frame, 0, RARP_LEN);
	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, mac, ETH_ALEN);
	memcpy(frame + 2 * ETH_ALEN, fixed, sizeof(fixed));
	memcpy(frame + RARP_SENDER, mac, ETH_ALEN);
	memcpy(frame + RARP_TARGET, mac, ETH_ALEN);
}

/* What waited for a device that nobody drove is not for this driver: it has seen it. */
static void forget_frames(VirtIONet *net)
{
	for (unsigned int i = 0; i < net->max_queue_pairs; i++) {
		NetClientState *port = qemu_get_subqueue(net->nic, i)->peer;

		if (port)
			qemu_purge_queued_packets(port);
	}
}

/* A guest that can do it better, with its VLANs and addresses, is asked as well. */
void parts_net_arrived(VirtIODevice *vdev)
{
	VirtIONet *net = VIRTIO_NET(vdev);
	uint8_t frame[RARP_LEN];

	forget_frames(net);
	make_announcement(net->mac, frame);
	qemu_send_packet(qemu_get_queue(net->nic), frame, sizeof(frame));
	if (virtio_vdev_has_feature(vdev, SPEC_NET_F_GUEST_ANNOUNCE) &&
	    virtio_vdev_has_feature(vdev, SPEC_NET_F_CTRL_VQ)) {
		net->status |= SPEC_NET_S_ANNOUNCE;
		virtio_notify_config(vdev);
	}
}
