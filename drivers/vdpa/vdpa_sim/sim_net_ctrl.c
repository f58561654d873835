// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are commands of the control queue executed? (virtio 1.4, "Network Device",
 * "Control Virtqueue")
 *
 * A command that has not its exact length, or is unknown, is refused with VIRTIO_NET_ERR.
 */
#include "sim_net.h"

/* A command's data, read field by field */
struct sim_net_command {
	struct sim_net *net;
	struct sim_queue *queue;
	struct vdpa_ring_chain *chain;
	u32 at;			/* offset of the next field */
	u8 cmd;
};

static bool sim_ctrl_read(struct sim_net_command *c, void *buf, u32 len)
{
	if (sim_queue_read(c->queue, c->chain, c->at, buf, len))
		return false;
	c->at += len;
	return true;
}

static bool sim_ctrl_all_read(const struct sim_net_command *c)
{
	return c->at == c->chain->out.len;
}

static bool *sim_ctrl_rx_switch(struct sim_net_filter *filter, u8 cmd)
{
	switch (cmd) {
	case VIRTIO_NET_CTRL_RX_PROMISC:
		return &filter->promisc;
	case VIRTIO_NET_CTRL_RX_ALLMULTI:
		return &filter->allmulti;
	case VIRTIO_NET_CTRL_RX_ALLUNI:
		return &filter->alluni;
	case VIRTIO_NET_CTRL_RX_NOMULTI:
		return &filter->nomulti;
	case VIRTIO_NET_CTRL_RX_NOUNI:
		return &filter->nouni;
	default:
		return &filter->nobcast;
	}
}

static bool sim_ctrl_rx(struct sim_net_command *c)
{
	struct sim_net_filter *filter;
	u8 on;

	if (!sim_ctrl_read(c, &on, sizeof(on)) || !sim_ctrl_all_read(c))
		return false;
	filter = sim_wire_filter_lock(c->net);
	*sim_ctrl_rx_switch(filter, c->cmd) = on;
	sim_wire_filter_unlock(c->net);
	return true;
}

static bool sim_ctrl_read_macs(struct sim_net_command *c, struct sim_net_macs *macs)
{
	__le32 raw;
	u32 count;

	if (!sim_ctrl_read(c, &raw, sizeof(raw)))
		return false;
	count = le32_to_cpu(raw);
	if (count > (c->chain->out.len - c->at) / ETH_ALEN)
		return false;
	macs->overflow = count > SIM_NET_MACS_MAX;
	macs->count = macs->overflow ? 0 : count;
	if (macs->overflow) {
		c->at += count * ETH_ALEN;
		return true;
	}
	return sim_ctrl_read(c, macs->mac, count * ETH_ALEN);
}

static bool sim_ctrl_mac_table(struct sim_net_command *c)
{
	struct sim_net_macs unicast, multicast;
	struct sim_net_filter *filter;

	if (!sim_ctrl_read_macs(c, &unicast) || !sim_ctrl_read_macs(c, &multicast) ||
	    !sim_ctrl_all_read(c))
		return false;
	filter = sim_wire_filter_lock(c->net);
	filter->unicast = unicast;
	filter->multicast = multicast;
	/* once there is a table, multicasts are filtered by it */
	filter->allmulti = false;
	sim_wire_filter_unlock(c->net);
	return true;
}

static bool sim_ctrl_mac(struct sim_net_command *c)
{
	struct sim_net_filter *filter;
	u8 mac[ETH_ALEN] __aligned(2);

	if (!sim_ctrl_read(c, mac, sizeof(mac)) || !sim_ctrl_all_read(c))
		return false;
	ether_addr_copy(c->net->config->mac, mac);
	filter = sim_wire_filter_lock(c->net);
	ether_addr_copy(filter->mac, mac);
	sim_wire_filter_unlock(c->net);
	return true;
}

static bool sim_ctrl_vlan(struct sim_net_command *c)
{
	struct sim_net_filter *filter;
	__le16 raw;
	u16 vid;

	if (!sim_ctrl_read(c, &raw, sizeof(raw)) || !sim_ctrl_all_read(c))
		return false;
	vid = le16_to_cpu(raw);
	if (vid >= VLAN_N_VID)
		return false;
	filter = sim_wire_filter_lock(c->net);
	if (c->cmd == VIRTIO_NET_CTRL_VLAN_ADD)
		__set_bit(vid, filter->vlans);
	else
		__clear_bit(vid, filter->vlans);
	sim_wire_filter_unlock(c->net);
	return true;
}

static bool sim_ctrl_pairs(struct sim_net_command *c)
{
	__le16 raw;
	u16 pairs;

	if (!sim_ctrl_read(c, &raw, sizeof(raw)) || !sim_ctrl_all_read(c))
		return false;
	pairs = le16_to_cpu(raw);
	if (!pairs || pairs > c->net->pairs)
		return false;
	WRITE_ONCE(c->net->active_pairs, pairs);
	return true;
}

/* A row per command, with the feature it requires */
static const struct {
	u8 class;
	u8 cmd;
	u8 feature;
	bool (*handle)(struct sim_net_command *c);
} sim_net_commands[] = {
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, VIRTIO_NET_F_CTRL_RX, sim_ctrl_rx },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI, VIRTIO_NET_F_CTRL_RX, sim_ctrl_rx },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLUNI, VIRTIO_NET_F_CTRL_RX_EXTRA, sim_ctrl_rx },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOMULTI, VIRTIO_NET_F_CTRL_RX_EXTRA, sim_ctrl_rx },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOUNI, VIRTIO_NET_F_CTRL_RX_EXTRA, sim_ctrl_rx },
	{ VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOBCAST, VIRTIO_NET_F_CTRL_RX_EXTRA, sim_ctrl_rx },
	{ VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, VIRTIO_NET_F_CTRL_RX,
	  sim_ctrl_mac_table },
	{ VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, VIRTIO_NET_F_CTRL_MAC_ADDR,
	  sim_ctrl_mac },
	{ VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD, VIRTIO_NET_F_CTRL_VLAN, sim_ctrl_vlan },
	{ VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_DEL, VIRTIO_NET_F_CTRL_VLAN, sim_ctrl_vlan },
	{ VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, VIRTIO_NET_F_MQ, sim_ctrl_pairs },
};

static bool sim_ctrl_dispatch(struct sim_net_command *c)
{
	struct virtio_net_ctrl_hdr header;

	if (!sim_ctrl_read(c, &header, sizeof(header)))
		return false;
	for (int i = 0; i < ARRAY_SIZE(sim_net_commands); i++) {
		if (sim_net_commands[i].class != header.class ||
		    sim_net_commands[i].cmd != header.cmd)
			continue;
		if (!sim_has(&c->net->sim, sim_net_commands[i].feature))
			return false;
		c->cmd = header.cmd;
		return sim_net_commands[i].handle(c);
	}
	return false;
}

int sim_net_ctrl(struct sim_queue *queue, const struct sim_turn *turn,
		 struct vdpa_ring_chain *chain, u32 *written)
{
	struct sim_net_command c = {
		.net = sim_to_net(queue->sim),
		.queue = queue,
		.chain = chain,
	};
	u8 ack = VIRTIO_NET_OK;

	/* no room for the ack: the only way to report that is to break the device */
	if (!chain->in.len)
		return -EINVAL;
	if (!sim_ctrl_dispatch(&c)) {
		ack = VIRTIO_NET_ERR;
		queue->stats.errors++;
	}
	*written = sizeof(ack);
	return sim_queue_write(queue, chain, 0, &ack, sizeof(ack));
}
