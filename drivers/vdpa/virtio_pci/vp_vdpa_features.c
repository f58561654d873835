// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which features of the function does its vDPA device offer? See vp_vdpa_features.h.
 *
 * Features of the device type are passed on. Of the others only those that this driver
 * knows: each changes how a queue is set up, notified or stopped.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_net.h>
#include <uapi/linux/virtio_ring.h>

#include "vp_vdpa_features.h"

/* "0 to 23, and 50 to 127: Feature bits for the specific device type" */
#define VPV_TYPE_FEATURES	(GENMASK_ULL(23, 0) | GENMASK_ULL(63, 50))

/*
 * QEMU's shadow virtqueues, which live migration of a guest needs, refuse a device that
 * offers one of those "on demand". A ring reset makes the guest's VMM stop one queue,
 * which most cannot do.
 */
enum vpv_when {
	VPV_ALWAYS,
	VPV_ON_DEMAND,
	VPV_NEEDED,
};

static const struct {
	unsigned int bit;
	enum vpv_when when;
	const char *name;
} vpv_ring_features[] = {
	{ VIRTIO_RING_F_INDIRECT_DESC, VPV_ON_DEMAND, "INDIRECT_DESC" },
	{ VIRTIO_RING_F_EVENT_IDX, VPV_ALWAYS, "EVENT_IDX" },
	{ VIRTIO_F_VERSION_1, VPV_NEEDED, "VERSION_1" },
	/* without it the function may bypass the IOMMU, with addresses from a guest */
	{ VIRTIO_F_ACCESS_PLATFORM, VPV_NEEDED, "ACCESS_PLATFORM" },
	{ VIRTIO_F_RING_PACKED, VPV_ON_DEMAND, "RING_PACKED" },
	{ VIRTIO_F_IN_ORDER, VPV_ON_DEMAND, "IN_ORDER" },
	/* a driver that does not know it uses barriers that are too weak for the function */
	{ VIRTIO_F_ORDER_PLATFORM, VPV_ALWAYS, "ORDER_PLATFORM" },
	{ VIRTIO_F_RING_RESET, VPV_ON_DEMAND, "RING_RESET" },
};

const char *vpv_features(u64 function, struct vpv_offer *offer)
{
	const char *missing = NULL;

	offer->possible = function & VPV_TYPE_FEATURES;
	offer->by_default = offer->possible;
	for (unsigned int i = 0; i < ARRAY_SIZE(vpv_ring_features); i++) {
		u64 bit = BIT_ULL(vpv_ring_features[i].bit);

		if (!(function & bit)) {
			if (vpv_ring_features[i].when == VPV_NEEDED && !missing)
				missing = vpv_ring_features[i].name;
			continue;
		}
		offer->possible |= bit;
		if (vpv_ring_features[i].when != VPV_ON_DEMAND)
			offer->by_default |= bit;
	}
	return missing;
}

/*
 * QEMU's shadow virtqueues refuse a NIC that offers one of those. GUEST_ANNOUNCE QEMU offers to
 * the guest by itself. The others are younger: statistics, coalescing, segmentation of UDP, the
 * exact length of headers.
 */
#define VPV_NET_ON_DEMAND \
	(BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE) | GENMASK_ULL(56, 50) | GENMASK_ULL(59, 58))

u64 vpv_on_demand(u32 device_id)
{
	return device_id == VIRTIO_ID_NET ? VPV_NET_ON_DEMAND : 0;
}
