// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network device's configuration space as attributes (virtio 1.4, "Network
 * Device", "Device configuration layout"). What a feature brings is shown only when
 * the device offers that feature.
 */
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>
#include <uapi/linux/virtio_net.h>

#include "vdpa_priv.h"

#define HAS(features, bit)	((features) & BIT_ULL(bit))

int vdpa_nl_net_config(struct sk_buff *msg, struct vdpa_device *vdev, u64 features)
{
	struct virtio_net_config net = {};
	size_t size = min_t(size_t, sizeof(net), vdev->info.config_size);
	u16 pairs;

	vdev->config->get_config(vdev, 0, &net, size);
	pairs = HAS(features, VIRTIO_NET_F_MQ) ?
		le16_to_cpu((__force __le16)net.max_virtqueue_pairs) : 1;
	if (HAS(features, VIRTIO_NET_F_MAC) &&
	    nla_put(msg, VDPA_ATTR_DEV_NET_CFG_MACADDR, sizeof(net.mac), net.mac))
		return -EMSGSIZE;
	if (HAS(features, VIRTIO_NET_F_STATUS) &&
	    nla_put_u16(msg, VDPA_ATTR_DEV_NET_STATUS, le16_to_cpu((__force __le16)net.status)))
		return -EMSGSIZE;
	if (HAS(features, VIRTIO_NET_F_MTU) &&
	    nla_put_u16(msg, VDPA_ATTR_DEV_NET_CFG_MTU, le16_to_cpu((__force __le16)net.mtu)))
		return -EMSGSIZE;
	return nla_put_u16(msg, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, pairs);
}
