// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can `vdpa dev add` ask of a NIC, and what does that change? A function's MAC address
 * and MTU are for its driver to read: those are accepted that it has. It can have fewer
 * queue pairs than its function. Then its control queue, which follows the last pair, is
 * another one of the function's.
 */
#include <linux/errno.h>
#include <linux/etherdevice.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_net.h>

#include "vp_vdpa.h"

#define VPV_NET_AT(field)	offsetof(struct virtio_net_config, field)

/* "max_virtqueue_pairs only exists if VIRTIO_NET_F_MQ or VIRTIO_NET_F_RSS is set" */
#define VPV_NET_MANY	(BIT_ULL(VIRTIO_NET_F_MQ) | BIT_ULL(VIRTIO_NET_F_RSS))

static u16 vpv_net_u16(const struct vpv_device *vp, unsigned int offset)
{
	__le16 value;

	vp_regs_config_get(&vp->func->regs, offset, &value, sizeof(value));
	return le16_to_cpu(value);
}

static bool vpv_net_mac(const struct vpv_device *vp, const struct vdpa_dev_config *config)
{
	u8 mac[ETH_ALEN];

	vp_regs_config_get(&vp->func->regs, VPV_NET_AT(mac), mac, sizeof(mac));
	if (vp->vdev.info.features & BIT_ULL(VIRTIO_NET_F_MAC) &&
	    ether_addr_equal_unaligned(mac, config->mac))
		return true;
	dev_notice(&vp->func->pdev->dev, "mac %pM refused: the function has %pM, which cannot be changed\n",
		   config->mac, mac);
	return false;
}

static bool vpv_net_mtu(const struct vpv_device *vp, const struct vdpa_dev_config *config)
{
	u16 mtu = 0;

	if (vp->vdev.info.features & BIT_ULL(VIRTIO_NET_F_MTU))
		mtu = vpv_net_u16(vp, VPV_NET_AT(mtu));
	if (mtu == config->mtu)
		return true;
	dev_notice(&vp->func->pdev->dev, "mtu %u refused: the function has %u, which cannot be changed (0: it has none)\n",
		   config->mtu, mtu);
	return false;
}

static bool vpv_net_pairs(struct vpv_device *vp, const struct vdpa_dev_config *config)
{
	u64 *features = &vp->vdev.info.features;
	u16 pairs = 1;

	if (*features & VPV_NET_MANY)
		pairs = vpv_net_u16(vp, VPV_NET_AT(max_virtqueue_pairs));
	if (config->max_vq_pairs > pairs) {
		dev_notice(&vp->func->pdev->dev, "max_vqp %u refused: the function has %u with the features 0x%llx\n",
			   config->max_vq_pairs, pairs, *features);
		return false;
	}
	if (config->max_vq_pairs == pairs)
		return true;
	if (config->max_vq_pairs == 1 && !(config->given & VDPA_GIVEN_FEATURES)) {
		*features &= ~VPV_NET_MANY;
		return true;
	}
	vp->pairs = config->max_vq_pairs;
	vp->func_pairs = pairs;
	return true;
}

/* Return: 0 or -EOPNOTSUPP, logged, and *config->refused says of what */
int vpv_net_ask(struct vpv_device *vp, const struct vdpa_dev_config *config)
{
	if (config->given & VDPA_GIVEN_MAC && !vpv_net_mac(vp, config))
		*config->refused |= VDPA_GIVEN_MAC;
	else if (config->given & VDPA_GIVEN_MTU && !vpv_net_mtu(vp, config))
		*config->refused |= VDPA_GIVEN_MTU;
	else if (config->given & VDPA_GIVEN_MAX_VQP && !vpv_net_pairs(vp, config))
		*config->refused |= VDPA_GIVEN_MAX_VQP;
	return *config->refused ? -EOPNOTSUPP : 0;
}

/* Without features there are no more, whatever the register says */
u32 vpv_net_queues(const struct vpv_device *vp)
{
	u64 features = vp->vdev.info.features;
	u32 control = features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ) ? 1 : 0;

	/* "MQ requires CTRL_VQ", and so does RSS */
	if (!control || !(features & VPV_NET_MANY))
		return 2 + control;
	return vp->pairs ? 2 * vp->pairs + control : U32_MAX;
}

/* Where the device's queue is in the function, with the features that were accepted */
u16 vpv_net_index(const struct vpv_device *vp, u16 idx)
{
	if (vp->pairs && vp->features & VPV_NET_MANY && idx == 2 * vp->pairs)
		return 2 * vp->func_pairs;
	return idx;
}

/* What was read of the function's configuration, as the device's */
void vpv_net_config(const struct vpv_device *vp, unsigned int offset, u8 *buf, unsigned int len)
{
	__le16 pairs = cpu_to_le16(vp->pairs);

	for (unsigned int i = 0; vp->pairs && i < sizeof(pairs); i++) {
		unsigned int at = VPV_NET_AT(max_virtqueue_pairs) + i;

		if (at >= offset && at - offset < len)
			buf[at - offset] = ((u8 *)&pairs)[i];
	}
}
