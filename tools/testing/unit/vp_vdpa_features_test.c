// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which features of a function its vDPA device offers.
 * sources: drivers/vdpa/virtio_pci/vp_vdpa_features.c
 */
#include <string.h>

#include <linux/bits.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_net.h>
#include <uapi/linux/virtio_ring.h>

#include "drivers/vdpa/virtio_pci/vp_vdpa_features.h"
#include "unit.h"

#define NEEDED		(BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

UNIT_TEST(a_function_without_what_is_needed)
{
	struct vpv_offer offer;

	ASSERT(vpv_features(0, &offer));
	EXPECT_EQ(strcmp(vpv_features(0, &offer), "VERSION_1"), 0);
	ASSERT(vpv_features(BIT_ULL(VIRTIO_F_VERSION_1), &offer));
	EXPECT_EQ(strcmp(vpv_features(BIT_ULL(VIRTIO_F_VERSION_1), &offer), "ACCESS_PLATFORM"), 0);
	EXPECT(!vpv_features(NEEDED, &offer));
	EXPECT_EQ(offer.by_default, NEEDED);
	EXPECT_EQ(offer.possible, NEEDED);
}

UNIT_TEST(features_of_the_type_pass)
{
	u64 type = BIT_ULL(0) | BIT_ULL(23) | BIT_ULL(50) | BIT_ULL(63);
	struct vpv_offer offer;

	EXPECT(!vpv_features(NEEDED | type, &offer));
	EXPECT_EQ(offer.by_default, NEEDED | type);
	EXPECT_EQ(offer.possible, NEEDED | type);
}

/* Shadow virtqueues refuse a device with any of them */
UNIT_TEST(some_are_offered_on_demand)
{
	u64 some = BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | BIT_ULL(VIRTIO_F_RING_PACKED) |
		   BIT_ULL(VIRTIO_F_IN_ORDER) | BIT_ULL(VIRTIO_F_RING_RESET);
	struct vpv_offer offer;

	EXPECT(!vpv_features(NEEDED | some, &offer));
	EXPECT_EQ(offer.by_default, NEEDED);
	EXPECT_EQ(offer.possible, NEEDED | some);
}

/* They refuse a NIC for its type's features as well, but for what they have known for long */
UNIT_TEST(of_a_nic_shadow_queues_know_some)
{
	u64 known = BIT_ULL(VIRTIO_NET_F_MAC) | BIT_ULL(VIRTIO_NET_F_STATUS) |
		    BIT_ULL(VIRTIO_NET_F_CTRL_VQ) | BIT_ULL(VIRTIO_NET_F_MQ) |
		    BIT_ULL(VIRTIO_NET_F_RSS) | BIT_ULL(VIRTIO_NET_F_SPEED_DUPLEX);

	EXPECT_EQ(vpv_on_demand(VIRTIO_ID_NET) & known, 0);
	EXPECT(vpv_on_demand(VIRTIO_ID_NET) & BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE));
	EXPECT(vpv_on_demand(VIRTIO_ID_NET) & BIT_ULL(56));	/* HOST_USO */
	EXPECT_EQ(vpv_on_demand(VIRTIO_ID_BLOCK), 0);
}

UNIT_TEST(order_and_event_index_are_always_offered)
{
	u64 both = BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | BIT_ULL(VIRTIO_F_ORDER_PLATFORM);
	struct vpv_offer offer;

	EXPECT(!vpv_features(NEEDED | both, &offer));
	EXPECT_EQ(offer.by_default, NEEDED | both);
}

/* SR_IOV, NOTIFICATION_DATA, ADMIN_VQ, vhost's own bits, and what nobody knows yet */
UNIT_TEST(the_rest_is_never_offered)
{
	struct vpv_offer offer;

	EXPECT(!vpv_features(~0ULL, &offer));
	for (unsigned int bit = 24; bit < 50; bit++) {
		bool known = bit == 28 || bit == 29 || (bit >= 32 && bit <= 36) || bit == 40;

		EXPECT_EQ(!!(offer.possible & BIT_ULL(bit)), known);
	}
	EXPECT_EQ(offer.by_default & ~offer.possible, 0);
}
