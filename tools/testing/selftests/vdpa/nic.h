/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulated NIC that a test has for itself, with another one on the same wire */
#ifndef NIC_H
#define NIC_H

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "queue.h"
#include "unit.h"

#define MS	5000
#define OUT	0		/* offsets in a queue's data */
#define ACK	8192
#define RX	0
#define TX	1
#define CTRL	2
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define ALL	(~0ULL & ~(1ULL << VIRTIO_RING_F_EVENT_IDX))
#define HEADER	sizeof(struct virtio_net_hdr_v1)

/* what it knows, but for packed rings; it offers less unasked */
#define OFFERED	(1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_F_ACCESS_PLATFORM |	\
		 1ULL << VIRTIO_F_ANY_LAYOUT | 1ULL << VIRTIO_RING_F_EVENT_IDX |	\
		 1ULL << VIRTIO_RING_F_INDIRECT_DESC | 1ULL << VIRTIO_NET_F_MAC |	\
		 1ULL << VIRTIO_NET_F_MTU | 1ULL << VIRTIO_NET_F_STATUS |		\
		 1ULL << VIRTIO_NET_F_CTRL_VQ | 1ULL << VIRTIO_NET_F_CTRL_RX |		\
		 1ULL << VIRTIO_NET_F_CTRL_RX_EXTRA | 1ULL << VIRTIO_NET_F_CTRL_VLAN |	\
		 1ULL << VIRTIO_NET_F_CTRL_MAC_ADDR)

static struct vhost v;
static struct queue q[3];
static unsigned char mac[6];

/* From its reset on */
static inline void drive(uint64_t features)
{
	ASSERT_EQ(vhost_negotiate(&v, features), 0);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(queue_start(&q[i], &v, i), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
}

static inline void start(uint64_t features)
{
	struct {
		struct vhost_vdpa_config range;
		unsigned char mac[6];
	} config = { .range = { 0, 6 } };

	v = vhost_new_features("ctrltest", "vdpasim_net", OFFERED);
	drive(features);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &config), 0);
	memcpy(mac, config.mac, 6);
}

static inline void stop(void)
{
	for (int i = 0; i < 3; i++)
		queue_end(&q[i]);
}

static inline void end(void)
{
	stop();
	vhost_end(&v);
}

static inline void offer_command(int class, int cmd, const void *data, uint32_t len)
{
	unsigned char *out = q[CTRL].m->data + OUT;

	out[0] = class;
	out[1] = cmd;
	memcpy(out + 2, data, len);
	q[CTRL].m->data[ACK] = 0xee;
	queue_desc(&q[CTRL], 0, QUEUE_DATA(&q[CTRL], OUT), 2 + len, NEXT, 1);
	queue_desc(&q[CTRL], 1, QUEUE_DATA(&q[CTRL], ACK), 1, WRITE, 0);
	queue_offer(&q[CTRL], 0);
	queue_kick(&q[CTRL]);
}

/* Return: what the device acknowledges */
static inline int command(int class, int cmd, const void *data, uint32_t len)
{
	offer_command(class, cmd, data, len);
	return queue_wait(&q[CTRL], MS) == 1 ? q[CTRL].m->data[ACK] : -ETIMEDOUT;
}

static inline void offer_buffer(int at, uint32_t len)
{
	queue_desc(&q[RX], at, QUEUE_DATA(&q[RX], at * 2048), len, WRITE, 0);
	queue_offer(&q[RX], at);
	queue_kick(&q[RX]);
}

/* A frame of @len bytes to @to. Return: 0 when the device took it. */
static inline int send_on(struct queue *tx, const unsigned char *to, uint32_t len)
{
	unsigned char *out = tx->m->data;

	memset(out, 0, HEADER);
	memset(out + HEADER, 0x5a, len);
	memcpy(out + HEADER, to, 6);
	queue_desc(tx, 0, QUEUE_DATA(tx, 0), HEADER + len, 0, 0);
	queue_offer(tx, 0);
	queue_kick(tx);
	return queue_wait(tx, MS);
}

static inline int send_frame(const unsigned char *to, uint32_t len)
{
	return send_on(&q[TX], to, len);
}

/* The one that sends, on the same wire */
static struct vhost peer;
static struct queue peer_tx, peer_rx;

static inline void start_peer(void)
{
	peer = vhost_new_features("ctrlpeer", "vdpasim_net", OFFERED);
	ASSERT_EQ(vhost_negotiate(&peer, ALL), 0);
	ASSERT_EQ(queue_start(&peer_rx, &peer, RX), 0);
	ASSERT_EQ(queue_start(&peer_tx, &peer, TX), 0);
	ASSERT_EQ(vhost_add_status(&peer, VIRTIO_CONFIG_S_DRIVER_OK), 0);
}

static inline void end_peer(void)
{
	queue_end(&peer_rx);
	queue_end(&peer_tx);
	vhost_end(&peer);
}

static inline int mode(int cmd, unsigned char on)
{
	return command(VIRTIO_NET_CTRL_RX, cmd, &on, 1);
}

#endif /* NIC_H */
