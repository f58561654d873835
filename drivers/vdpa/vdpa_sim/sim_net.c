// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a simulated NIC configured, reset and started? (virtio 1.4, "Network Device")
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_ring.h>

#include "sim_net.h"

/* QEMU's shadow virtqueues support these from 8.2 on: 7.2 refuses such a device */
static bool ctrl_rx;
module_param(ctrl_rx, bool, 0644);
MODULE_PARM_DESC(ctrl_rx,
		 "new NICs offer CTRL_RX, CTRL_RX_EXTRA and CTRL_VLAN (default: no)");

#define SIM_NET_RX_FEATURES	(BIT_ULL(VIRTIO_NET_F_CTRL_RX) |	\
				 BIT_ULL(VIRTIO_NET_F_CTRL_RX_EXTRA) |	\
				 BIT_ULL(VIRTIO_NET_F_CTRL_VLAN))

#define SIM_NET_CTRL_FEATURES	(BIT_ULL(VIRTIO_NET_F_CTRL_VQ) |	\
				 SIM_NET_RX_FEATURES |			\
				 BIT_ULL(VIRTIO_NET_F_CTRL_MAC_ADDR) |	\
				 BIT_ULL(VIRTIO_NET_F_MQ))

/* The control queue's index depends on the negotiated features; before, on the offered ones */
static u32 sim_net_pairs(struct sim_dev *sim)
{
	u64 features = READ_ONCE(sim->features) ?: sim->vdev.info.features;

	return features & BIT_ULL(VIRTIO_NET_F_MQ) ? sim_to_net(sim)->pairs : 1;
}

static bool sim_net_is_ctrl(struct sim_dev *sim, u16 index)
{
	return (sim->vdev.info.features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ)) &&
	       index == 2 * sim_net_pairs(sim);
}

/* the control queue is a group of its own, for an address space of its own */
static u32 sim_net_group(struct sim_dev *sim, u16 index)
{
	return sim_net_is_ctrl(sim, index);
}

static int sim_net_serve(struct sim_queue *queue, const struct sim_turn *turn)
{
	struct sim_dev *sim = queue->sim;

	if (sim_net_is_ctrl(sim, queue->index))
		return sim_queue_serve(queue, turn, sim_net_ctrl);
	if (queue->index >= 2 * sim_net_pairs(sim))
		return 0;
	return queue->index % 2 ? sim_net_serve_tx(queue, turn) : sim_net_serve_rx(queue, turn);
}

/* Disconnect from the wire, and restore the initial MAC, filter and number of pairs */
static void sim_net_reset(struct sim_dev *sim)
{
	struct sim_net *net = sim_to_net(sim);

	sim_wire_unplug(net, sim->suspended);
	ether_addr_copy(net->config->mac, net->mac);
	WRITE_ONCE(net->active_pairs, 1);
	sim_wire_filter_reset(net);
}

static void sim_net_start(struct sim_dev *sim)
{
	struct sim_net *net = sim_to_net(sim);
	struct sim_net_filter *filter = sim_wire_filter_lock(net);

	filter->by_vlan = sim_has(sim, VIRTIO_NET_F_CTRL_VLAN);
	sim_wire_filter_unlock(net);
	sim_wire_plug(net);
}

static void sim_net_set_mac(struct sim_net *net, const u8 *mac)
{
	struct sim_net_filter *filter;

	ether_addr_copy(net->config->mac, mac);
	filter = sim_wire_filter_lock(net);
	ether_addr_copy(filter->mac, mac);
	sim_wire_filter_unlock(net);
}

static int sim_net_change(struct sim_dev *sim, const struct vdpa_dev_config *config)
{
	struct sim_net *net = sim_to_net(sim);

	if (config->given != VDPA_GIVEN_MAC)
		return -EOPNOTSUPP;
	ether_addr_copy(net->mac, config->mac);
	sim_net_set_mac(net, config->mac);
	sim_config_changed(sim);
	return 0;
}

/* Only the MAC can be written, byte by byte too */
static void sim_net_write_config(struct sim_dev *sim, unsigned int offset, const void *buf,
				 unsigned int len)
{
	struct sim_net *net = sim_to_net(sim);
	u8 mac[ETH_ALEN] __aligned(2);

	BUILD_BUG_ON(offsetof(struct virtio_net_config, mac));
	if (offset >= sizeof(mac))
		return;
	ether_addr_copy(mac, net->config->mac);
	memcpy(mac + offset, buf, min_t(size_t, len, sizeof(mac) - offset));
	sim_net_set_mac(net, mac);
}

static u64 sim_net_offer(void)
{
	return READ_ONCE(ctrl_rx) ? SIM_NET_RX_FEATURES : 0;
}

static int sim_net_create(struct sim_dev *sim, const struct vdpa_dev_config *config)
{
	struct sim_net *net = sim_to_net(sim);
	struct virtio_net_config *c;
	u16 mtu = ETH_DATA_LEN;

	net->pairs = config->given & VDPA_GIVEN_MAX_VQP ? config->max_vq_pairs : 1;
	if (net->pairs > SIM_NET_PAIRS_MAX)
		return -EINVAL;
	if (net->pairs == 1 && !(config->given & VDPA_GIVEN_FEATURES))
		sim->vdev.info.features &= ~BIT_ULL(VIRTIO_NET_F_MQ);
	/* MQ and the other CTRL features need the control queue */
	if (!(sim->vdev.info.features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ)) &&
	    (sim->vdev.info.features & SIM_NET_CTRL_FEATURES))
		return -EINVAL;
	if (net->pairs > 1 && !(sim->vdev.info.features & BIT_ULL(VIRTIO_NET_F_MQ)))
		return -EINVAL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	if (config->given & VDPA_GIVEN_MTU)
		mtu = config->mtu;
	if (config->given & VDPA_GIVEN_MAC)
		ether_addr_copy(net->mac, config->mac);
	else
		eth_random_addr(net->mac);
	ether_addr_copy(c->mac, net->mac);
	c->status = (__force __virtio16)cpu_to_le16(VIRTIO_NET_S_LINK_UP);
	c->mtu = (__force __virtio16)cpu_to_le16(mtu);
	c->max_virtqueue_pairs = (__force __virtio16)cpu_to_le16(net->pairs);
	net->config = c;
	net->active_pairs = 1;
	sim_wire_init_device(net);
	sim->config = c;
	sim->vdev.info.config_size = sizeof(*c);
	sim->vdev.info.nvqs = 2 * net->pairs +
		!!(sim->vdev.info.features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ));
	sim->vdev.info.ngroups = SIM_GROUPS_MAX;
	sim->vdev.info.nas = SIM_SPACES_MAX;
	return 0;
}

static void sim_net_destroy(struct sim_dev *sim)
{
	sim_wire_unplug(sim_to_net(sim), false);
}

static const struct sim_type sim_net_type = {
	.owner = THIS_MODULE,
	.name = "vdpasim_net",
	.device_id = VIRTIO_ID_NET,
	.features = BIT_ULL(VIRTIO_F_VERSION_1) |
		    BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
		    BIT_ULL(VIRTIO_F_ANY_LAYOUT) |
		    BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |
		    BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
		    BIT_ULL(VIRTIO_F_RING_RESET) |
		    BIT_ULL(VIRTIO_F_RING_PACKED) |
		    BIT_ULL(VIRTIO_NET_F_MAC) |
		    BIT_ULL(VIRTIO_NET_F_MTU) |
		    BIT_ULL(VIRTIO_NET_F_STATUS) |
		    SIM_NET_CTRL_FEATURES,
	.on_demand = SIM_NET_RX_FEATURES,
	.offer = sim_net_offer,
	.supported = VDPA_GIVEN_FEATURES | VDPA_GIVEN_MAC | VDPA_GIVEN_MTU | VDPA_GIVEN_MAX_VQP,
	.max_vqs = 2 * SIM_NET_PAIRS_MAX + 1,
	.size = sizeof(struct sim_net),
	.create = sim_net_create,
	.destroy = sim_net_destroy,
	.serve = sim_net_serve,
	.reset = sim_net_reset,
	.change = sim_net_change,
	.write_config = sim_net_write_config,
	.group = sim_net_group,
	.start = sim_net_start,
};

static struct sim_mgmt *sim_net_mgmt;

static int __init sim_net_init(void)
{
	sim_net_mgmt = sim_mgmt_create(&sim_net_type);
	return PTR_ERR_OR_ZERO(sim_net_mgmt);
}
module_init(sim_net_init);

static void __exit sim_net_exit(void)
{
	sim_mgmt_destroy(sim_net_mgmt);
	sim_wire_exit();
}
module_exit(sim_net_exit);

MODULE_DESCRIPTION("vDPA simulator: network device");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
