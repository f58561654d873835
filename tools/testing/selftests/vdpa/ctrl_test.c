// SPDX-License-Identifier: GPL-2.0-only
/* The simulated NIC's control queue, command by command and badly. */
#include <errno.h>
#include <string.h>

#include "nic.h"
#include "unit.h"

static int set_mac(const unsigned char *address, unsigned int len)
{
	return command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, address, len);
}

UNIT_TEST(the_mac_by_command)
{
	static const unsigned char other[6] = { 2, 0, 0, 0, 0, 7 };

	start(ALL);
	EXPECT_EQ(set_mac(other, 6), VIRTIO_NET_OK);
	offer_buffer(0, 2048);
	EXPECT_EQ(send_frame(mac, 60), 0);
	EXPECT_EQ(queue_wait(&q[RX], 300), -ETIMEDOUT);
	EXPECT_EQ(send_frame(other, 60), 0);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 60);
	EXPECT_EQ(set_mac(other, 5), VIRTIO_NET_ERR);
	EXPECT_EQ(set_mac(other, 6), VIRTIO_NET_OK);
	end();
}

UNIT_TEST(receive_modes)
{
	unsigned char on = 1, two[2] = { 1, 1 };

	start(ALL);
	for (int cmd = 0; cmd <= VIRTIO_NET_CTRL_RX_NOBCAST; cmd++) {
		EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, cmd, &on, 1), VIRTIO_NET_OK);
		EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, cmd, two, 2), VIRTIO_NET_ERR);
		EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, cmd, two, 0), VIRTIO_NET_ERR);
	}
	EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, 6, &on, 1), VIRTIO_NET_ERR);
	end();
}

/* a good command before it must not answer for a bad one */
UNIT_TEST(regression_stale_answer)
{
	unsigned char on = 1;

	start(ALL);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, 0, &on, 1), VIRTIO_NET_OK);
	EXPECT_EQ(command(77, 0, &on, 1), VIRTIO_NET_ERR);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, 0, &on, 1), VIRTIO_NET_OK);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, 9, mac, 6), VIRTIO_NET_ERR);
	end();
}

UNIT_TEST(mac_tables)
{
	unsigned char table[4 + 65 * 6 + 4] = {};
	uint32_t count = 1;

	start(ALL);
	memcpy(table, &count, 4);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 4 + 6 + 4),
		  VIRTIO_NET_OK);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 4 + 6 + 3),
		  VIRTIO_NET_ERR);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 4 + 6 + 5),
		  VIRTIO_NET_ERR);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 3),
		  VIRTIO_NET_ERR);
	/* more than the table holds is not an error: then all are let in */
	count = 65;
	memcpy(table, &count, 4);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, sizeof(table)),
		  VIRTIO_NET_OK);
	count = 0xffffffff;
	memcpy(table, &count, 4);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, sizeof(table)),
		  VIRTIO_NET_ERR);
	/* so many that their bytes, in 32 bits, are two: the second table would be there */
	count = 0x2aaaaaab;
	memcpy(table, &count, 4);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 4 + 2 + 4),
		  VIRTIO_NET_ERR);
	end();
}

UNIT_TEST(vlans_and_pairs)
{
	uint16_t vid = 4095;

	start(ALL);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD, &vid, 2), VIRTIO_NET_OK);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_DEL, &vid, 2), VIRTIO_NET_OK);
	vid = 4096;
	EXPECT_EQ(command(VIRTIO_NET_CTRL_VLAN, VIRTIO_NET_CTRL_VLAN_ADD, &vid, 2), VIRTIO_NET_ERR);
	/* one pair, so no feature for more */
	vid = 1;
	EXPECT_EQ(command(VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, &vid, 2),
		  VIRTIO_NET_ERR);
	end();
}

/* a device that offers a choice of pairs, and has one */
UNIT_TEST(pairs_that_are_not_there)
{
	static const uint16_t wishes[] = { 0, 2, 9, 0xffff, 1 };

	v = vhost_new_features("ctrltest", "vdpasim_net",
			       1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_ACCESS_PLATFORM |
			       1 << VIRTIO_NET_F_MAC | 1 << VIRTIO_NET_F_CTRL_VQ |
			       1 << VIRTIO_NET_F_MQ);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(queue_start(&q[i], &v, i), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	for (int i = 0; i < ARRAY_SIZE(wishes); i++)
		EXPECT_EQ(command(VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, &wishes[i],
				  2), wishes[i] == 1 ? VIRTIO_NET_OK : VIRTIO_NET_ERR);
	end();
}

UNIT_TEST(commands_need_their_feature)
{
	unsigned char on = 1;

	start(ALL & ~(1ULL << VIRTIO_NET_F_CTRL_RX));
	EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, 0, &on, 1), VIRTIO_NET_ERR);
	end();
}

/* a short header must be answered, not dropped */
UNIT_TEST(regression_short_command)
{
	start(ALL);
	for (uint32_t len = 0; len < 2; len++) {
		q[CTRL].m->data[ACK] = 0xee;
		queue_desc(&q[CTRL], 0, QUEUE_DATA(&q[CTRL], OUT), len, NEXT, 1);
		queue_desc(&q[CTRL], 1, QUEUE_DATA(&q[CTRL], ACK), 1, WRITE, 0);
		queue_offer(&q[CTRL], 0);
		queue_kick(&q[CTRL]);
		EXPECT_EQ(queue_wait(&q[CTRL], MS), 1);
		EXPECT_EQ(q[CTRL].m->data[ACK], VIRTIO_NET_ERR);
	}
	end();
}

/* The control queue in another address space: its memory is not the others' */
static void control_queue_in_space(int late)
{
	unsigned char on = 1;

	v = vhost_new_features("ctrltest", "vdpasim_net", OFFERED);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	if (!late)
		ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 1, 1), 0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(queue_start(&q[i], &v, i), 0);
	if (late)
		ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 1, 1), 0);
	ASSERT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, q[CTRL].iova, sizeof(*q[CTRL].m),
				q[CTRL].m, VHOST_ACCESS_RW), 0);
	ASSERT_EQ(vhost_unmap(&v, q[CTRL].iova, sizeof(*q[CTRL].m)), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, 0, &on, 1), VIRTIO_NET_OK);
	ASSERT_EQ(vhost_message(&v, 1, VHOST_IOTLB_INVALIDATE, q[CTRL].iova, sizeof(*q[CTRL].m),
				NULL, 0), 0);
	offer_command(VIRTIO_NET_CTRL_RX, 0, &on, 1);
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	EXPECT_EQ(queue_wait(&q[CTRL], 0), -ETIMEDOUT);
	end();
}

UNIT_TEST(control_queue_in_its_own_space)
{
	control_queue_in_space(0);
}

/* the space is chosen when the queue is enabled already: it must not keep the old one */
UNIT_TEST(regression_space_of_an_enabled_queue)
{
	control_queue_in_space(1);
}

/* ... and a reset brings it back to the one where all are at first */
UNIT_TEST(regression_space_after_a_reset)
{
	unsigned char on = 1;

	v = vhost_new_features("ctrltest", "vdpasim_net", OFFERED);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 1, 1), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(queue_start(&q[i], &v, i), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(command(VIRTIO_NET_CTRL_RX, 0, &on, 1), VIRTIO_NET_OK);
	end();
}

/*
 * Does a frame to @to arrive? Another one to the device's own address, and longer, is
 * sent behind it: what comes first tells, and nobody waits for what must not come.
 */
static int arrives(const unsigned char *to)
{
	int len;

	offer_buffer(0, 2048);
	EXPECT_EQ(send_on(&peer_tx, to, 60), 0);
	EXPECT_EQ(send_on(&peer_tx, mac, 80), 0);
	len = queue_wait(&q[RX], MS);
	if (len == HEADER + 80)
		return 0;
	EXPECT_EQ(len, HEADER + 60);
	offer_buffer(0, 2048);
	EXPECT_EQ(queue_wait(&q[RX], MS), HEADER + 80);
	return 1;
}

static int one_multicast(const unsigned char *address)
{
	unsigned char table[4 + 4 + 6] = {};
	uint32_t count = 1;

	memcpy(table + 4, &count, 4);
	memcpy(table + 8, address, 6);
	return command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, sizeof(table));
}

/* a driver that says nothing gets all multicasts; one that filters gets those it named */
UNIT_TEST(regression_multicasts_are_filtered)
{
	static const unsigned char named[6] = { 1, 0, 0x5e, 0, 0, 1 };
	static const unsigned char other[6] = { 1, 0, 0x5e, 0, 0, 2 };
	static const unsigned char all[6] = { 255, 255, 255, 255, 255, 255 };
	static const unsigned char stranger[6] = { 2, 0, 0, 0, 9, 9 };

	start(ALL);
	start_peer();
	EXPECT_EQ(arrives(other), 1);
	EXPECT_EQ(arrives(all), 1);
	EXPECT_EQ(arrives(stranger), 0);
	EXPECT_EQ(one_multicast(named), VIRTIO_NET_OK);
	EXPECT_EQ(mode(VIRTIO_NET_CTRL_RX_ALLMULTI, 0), VIRTIO_NET_OK);
	EXPECT_EQ(arrives(named), 1);
	EXPECT_EQ(arrives(other), 0);
	EXPECT_EQ(arrives(all), 1);
	EXPECT_EQ(mode(VIRTIO_NET_CTRL_RX_NOMULTI, 1), VIRTIO_NET_OK);
	EXPECT_EQ(arrives(named), 0);
	EXPECT_EQ(mode(VIRTIO_NET_CTRL_RX_NOBCAST, 1), VIRTIO_NET_OK);
	EXPECT_EQ(arrives(all), 0);
	EXPECT_EQ(mode(VIRTIO_NET_CTRL_RX_PROMISC, 1), VIRTIO_NET_OK);
	EXPECT_EQ(arrives(stranger), 1);
	EXPECT_EQ(arrives(other), 1);
	end_peer();
	end();
}
