// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are frames passed between a NIC's queues and the wire? (virtio 1.4, "Network
 * Device", "Device Operation")
 */
#include <linux/slab.h>

#include "sim_net.h"

/* "the legacy interface's header lacks num_buffers unless MRG_RXBUF was negotiated" */
static u32 sim_net_header(const struct sim_queue *queue)
{
	return sim_has(queue->sim, VIRTIO_F_VERSION_1) ? sizeof(struct virtio_net_hdr_v1) :
							 sizeof(struct virtio_net_hdr);
}

static u32 sim_net_frame_max(struct sim_net *net)
{
	return le16_to_cpu((__force __le16)net->config->mtu) + ETH_HLEN + 2 * VLAN_HLEN;
}

/* The receive queue for frames that this transmit queue sends to its own device */
static struct sim_queue *sim_net_peer(struct sim_queue *queue)
{
	struct sim_dev *sim = queue->sim;

	return &sim->queues[2 * (queue->index / 2 % READ_ONCE(sim_to_net(sim)->active_pairs))];
}

static int sim_net_write_header(struct sim_queue *queue, struct vdpa_ring_chain *chain)
{
	struct virtio_net_hdr_v1 header = {
		.num_buffers = (__force __virtio16)cpu_to_le16(1),
	};

	return sim_queue_write(queue, chain, 0, &header, sim_net_header(queue));
}

/*
 * A frame that only its sender receives is copied once, from buffer to buffer, and
 * published when the turn of the transmit queue ends. Without a buffer that is long enough
 * it goes over the wire.
 * Return: 1 when it was received, 0 when it must go over the wire, or a negative errno.
 */
static int sim_net_loop(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 len)
{
	struct sim_queue *peer = sim_net_peer(queue);
	u32 header = sim_net_header(queue);
	struct vlan_ethhdr head;
	struct vdpa_ring_chain to;
	int ret;

	if (!sim_queues_share(queue, peer))
		return 0;
	if (sim_queue_peek(queue, chain, header, &head, min_t(u32, len, sizeof(head))))
		return -EFAULT;
	if (!sim_wire_is_loop(sim_to_net(queue->sim), peer->index / 2, &head, len))
		return 0;
	ret = sim_queue_next(peer, &to, 1);
	if (ret <= 0)
		return ret;
	if (to.in.len < header + len) {
		sim_queue_undo(peer);
		return 0;
	}
	ret = sim_net_write_header(peer, &to);
	if (!ret)
		ret = sim_queue_move(peer, &to, header, queue, chain, header, len);
	if (!ret)
		ret = sim_queue_return(peer, &to, header + len);
	return ret ?: 1;
}

/* A frame from the driver to the wire */
static int sim_net_send(struct sim_queue *queue, const struct sim_turn *turn,
			struct vdpa_ring_chain *chain, u32 *written)
{
	struct sim_net *net = sim_to_net(queue->sim);
	u32 header = sim_net_header(queue), len;
	struct sim_frame *frame;
	int ret;

	if (chain->out.len < header + ETH_HLEN ||
	    chain->out.len - header > sim_net_frame_max(net)) {
		queue->stats.errors++;
		return 0;
	}
	len = chain->out.len - header;
	ret = sim_net_loop(queue, chain, len);
	if (ret)
		return min(ret, 0);
	frame = kmalloc(struct_size(frame, data, len), GFP_KERNEL | __GFP_NOWARN);
	if (!frame) {
		queue->stats.drops++;
		return 0;
	}
	frame->len = len;
	/* no offload was offered: the header is ignored */
	if (sim_queue_read(queue, chain, header, frame->data, len)) {
		kfree(frame);
		return -EFAULT;
	}
	queue->stats.drops += sim_wire_send(net, queue->index / 2, frame);
	return 0;
}

static int sim_net_fill(struct sim_queue *queue, struct vdpa_ring_chain *chain,
			const struct sim_frame *frame)
{
	u32 header = sim_net_header(queue);
	int ret;

	ret = sim_net_write_header(queue, chain);
	if (!ret)
		ret = sim_queue_write(queue, chain, header, frame->data, frame->len);
	if (!ret)
		ret = sim_queue_return(queue, chain, header + frame->len);
	return ret;
}

/* Return: 1 when the frame was received or dropped, 0 without a buffer, or a negative errno */
static int sim_net_receive(struct sim_queue *queue, const struct sim_frame *frame)
{
	struct vdpa_ring_chain chain;
	int ret;

	ret = sim_queue_next(queue, &chain, 0);
	if (ret <= 0)
		return ret;
	if (chain.in.len < sim_net_header(queue) + frame->len) {
		/* the buffer is too short: drop the frame, keep the buffer */
		sim_queue_undo(queue);
		queue->stats.drops++;
		return 1;
	}
	ret = sim_net_fill(queue, &chain, frame);
	return ret ?: 1;
}

int sim_net_serve_tx(struct sim_queue *queue, const struct sim_turn *turn)
{
	struct sim_queue *peer = sim_net_peer(queue);
	int ret, err = 0;

	ret = sim_queue_serve(queue, turn, sim_net_send);
	if (ret >= 0 && peer->live)
		err = sim_queue_flush(peer);
	return err ?: ret;
}

/*
 * Frames from the wire to the driver. Without a waiting frame notifications stay disabled:
 * new buffers alone need no service.
 */
int sim_net_serve_rx(struct sim_queue *queue, const struct sim_turn *turn)
{
	struct sim_net *net = sim_to_net(queue->sim);
	u16 pair = queue->index / 2;
	struct sim_frame *frame;
	unsigned int received;
	int ret = 1;

	for (received = 0; received < turn->chains && ret > 0; received++) {
		frame = sim_wire_take(net, pair);
		if (!frame)
			break;
		ret = sim_net_receive(queue, frame);
		if (ret)
			kfree(frame);
		else
			sim_wire_put_back(net, pair, frame);
	}
	if (ret < 0)
		return ret;
	if (received) {
		int err = sim_queue_flush(queue);

		if (err)
			return err;
	}
	if (!ret)
		return sim_queue_wait(queue);
	if (received == turn->chains)
		return 1;
	return sim_queue_ignore(queue);
}
