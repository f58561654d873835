// SPDX-License-Identifier: GPL-2.0-only
/* The NIC of old_pci.c: a header of its own before each frame, no offload. */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "old_virtio.h"

#define FEATURE_MAC	(1u << 5)
#define HEADER_LEN	10
#define FRAME_LEN	(ETH_FRAME_LEN + VLAN_HLEN)
#define VLAN_HLEN	4

enum { RECEIVE, TRANSMIT };

struct nic {
	struct old_device *old;
	u8 no_header[HEADER_LEN];	/* nothing to offload; the device only reads it */
};

/* A header is in a descriptor of its own: "Legacy Interface: Framing Requirements" */
static int add(struct old_device *old, unsigned int queue, struct sk_buff *skb, void *header,
	       u32 len)
{
	bool device = queue == RECEIVE;
	struct old_piece pieces[] = {
		{ header, HEADER_LEN, device },
		{ skb->data, len, device },
	};

	return old_add(&old->queues[queue], pieces, ARRAY_SIZE(pieces), skb);
}

/* As many as there is room for. A received header goes where the frame is not yet. */
static void fill(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	while (nic->old->queues[RECEIVE].free_count >= 2) {
		struct sk_buff *skb = netdev_alloc_skb(dev, HEADER_LEN + FRAME_LEN);

		if (!skb)
			break;
		skb_reserve(skb, HEADER_LEN);
		add(nic->old, RECEIVE, skb, skb->data - HEADER_LEN, FRAME_LEN);
	}
	old_notify(nic->old, RECEIVE);
}

static void received(struct net_device *dev, struct sk_buff *skb, u32 len)
{
	if (len < HEADER_LEN + ETH_HLEN || len > HEADER_LEN + FRAME_LEN) {
		dev->stats.rx_errors++;
		dev_kfree_skb_any(skb);
		return;
	}
	skb_put(skb, len - HEADER_LEN);
	dev->stats.rx_packets++;
	dev->stats.rx_bytes += skb->len;
	skb->protocol = eth_type_trans(skb, dev);
	netif_rx(skb);
}

static void nic_used(struct old_device *old, unsigned int queue)
{
	struct net_device *dev = old->private;
	struct sk_buff *skb;
	bool any = false;
	u32 len;

	/* not there yet, or not any more */
	if (!dev)
		return;
	while ((skb = old_used(&old->queues[queue], &len))) {
		any = true;
		if (queue == RECEIVE)
			received(dev, skb, len);
		else
			dev_kfree_skb_any(skb);
	}
	if (any && queue == RECEIVE)
		fill(dev);
	else if (any)
		netif_wake_queue(dev);
}

static netdev_tx_t nic_transmit(struct sk_buff *skb, struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&nic->old->lock, flags);
	ret = add(nic->old, TRANSMIT, skb, nic->no_header, skb->len);
	if (ret) {
		netif_stop_queue(dev);
	} else {
		dev->stats.tx_packets++;
		dev->stats.tx_bytes += skb->len;
		old_notify(nic->old, TRANSMIT);
	}
	spin_unlock_irqrestore(&nic->old->lock, flags);
	return ret ? NETDEV_TX_BUSY : NETDEV_TX_OK;
}

static int nic_open(struct net_device *dev)
{
	netif_start_queue(dev);
	return 0;
}

static int nic_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

static const struct net_device_ops nic_ops = {
	.ndo_open = nic_open,
	.ndo_stop = nic_stop,
	.ndo_start_xmit = nic_transmit,
};

static int nic_start(struct old_device *old)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct nic));
	struct nic *nic;
	u8 mac[ETH_ALEN];
	int ret;

	if (!dev)
		return -ENOMEM;
	nic = netdev_priv(dev);
	nic->old = old;
	for (int i = 0; i < ETH_ALEN; i++)
		mac[i] = ioread8(old->ports + OLD_CONFIG + i);
	eth_hw_addr_set(dev, mac);
	dev->netdev_ops = &nic_ops;
	SET_NETDEV_DEV(dev, &old->pdev->dev);
	ret = register_netdev(dev);
	if (ret) {
		free_netdev(dev);
		return ret;
	}
	spin_lock_irq(&old->lock);
	old->private = dev;
	fill(dev);
	spin_unlock_irq(&old->lock);
	netif_carrier_on(dev);
	return 0;
}

/* Its buffers stay behind: the guest is powered off */
static void nic_end(struct old_device *old)
{
	struct net_device *dev = old->private;

	unregister_netdev(dev);
	spin_lock_irq(&old->lock);
	old->private = NULL;
	spin_unlock_irq(&old->lock);
	free_netdev(dev);
}

const struct old_type old_net = {
	.features = FEATURE_MAC,
	.queues = 2,
	.start = nic_start,
	.stop = nic_end,
	.used = nic_used,
};
