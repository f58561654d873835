// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network device's configuration space as attributes (virtio 1.4, "Network
 * Device", "Device configuration layout"). A field is shown only when the device offers
 * its feature.
 */
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>
#include <uapi/linux/virtio_net.h>

#include "vdpa_priv.h"

#define HAS(features, bit)	((features) & BIT_ULL(bit))

static void net_config(struct virtio_net_config *net, const struct vdpa_query *query)
{
	BUILD_BUG_ON(sizeof(*net) > sizeof(query->config));
	*net = (struct virtio_net_config) {};
	memcpy(net, query->config, min_t(size_t, sizeof(*net), query->config_size));
}

/* "max_virtqueue_pairs only exists if VIRTIO_NET_F_MQ or VIRTIO_NET_F_RSS is set" */
static bool has_pairs(u64 features)
{
	return HAS(features, VIRTIO_NET_F_MQ) || HAS(features, VIRTIO_NET_F_RSS);
}

/* The number of queue pairs, also where it is not in the configuration space */
int vdpa_nl_net_pairs(struct sk_buff *msg, u64 features, const struct vdpa_query *query)
{
	struct virtio_net_config net;

	net_config(&net, query);
	return nla_put_u16(msg, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, has_pairs(features) ?
			   le16_to_cpu((__force __le16)net.max_virtqueue_pairs) : 1);
}

int vdpa_nl_net_config(struct sk_buff *msg, u64 features, const struct vdpa_query *query)
{
	struct virtio_net_config net;

	net_config(&net, query);
	if (HAS(features, VIRTIO_NET_F_MAC) &&
	    nla_put(msg, VDPA_ATTR_DEV_NET_CFG_MACADDR, sizeof(net.mac), net.mac))
		return -EMSGSIZE;
	if (HAS(features, VIRTIO_NET_F_STATUS) &&
	    nla_put_u16(msg, VDPA_ATTR_DEV_NET_STATUS, le16_to_cpu((__force __le16)net.status)))
		return -EMSGSIZE;
	if (HAS(features, VIRTIO_NET_F_MTU) &&
	    nla_put_u16(msg, VDPA_ATTR_DEV_NET_CFG_MTU, le16_to_cpu((__force __le16)net.mtu)))
		return -EMSGSIZE;
	return has_pairs(features) ? vdpa_nl_net_pairs(msg, features, query) : 0;
}
