/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulated network device, in four parts: setup and configuration (sim_net.c), frames
 * (sim_net_frame.c), the control queue (sim_net_ctrl.c), and the wire that connects all
 * devices (sim_net_wire.c).
 *
 * Lock order: sim_dev::lock, then the wire's lock, which protects the list of devices,
 * their filters and their backlogs. A filter is changed under both.
 */
#ifndef VDPA_SIM_NET_H
#define VDPA_SIM_NET_H

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <uapi/linux/virtio_net.h>

#include "sim.h"

#define SIM_NET_PAIRS_MAX	8
#define SIM_NET_MACS_MAX	64
/* frames that wait for a receive queue's buffers; more are dropped */
#define SIM_NET_BACKLOG_MAX	1024

/* A frame on the wire, without virtio's header */
struct sim_frame {
	struct list_head list;
	u32 len;
	u8 data[];
};

struct sim_net_macs {
	u32 count;
	bool overflow;		/* there were more: all of the kind pass */
	u8 mac[SIM_NET_MACS_MAX][ETH_ALEN];
};

/* A device's receive filter; under the wire's lock */
struct sim_net_filter {
	u8 mac[ETH_ALEN] __aligned(2);	/* as ether_addr_copy() wants it */
	bool promisc, allmulti, alluni, nomulti, nouni, nobcast;
	bool by_vlan;
	struct sim_net_macs unicast, multicast;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
};

/* A receive queue's waiting frames; under the wire's lock */
struct sim_net_backlog {
	struct list_head frames;
	unsigned int count;
};

struct sim_net {
	struct sim_dev sim;
	struct virtio_net_config *config;
	u8 mac[ETH_ALEN] __aligned(2);	/* as configured when it was added */
	u16 pairs;
	u16 active_pairs;	/* under sim_dev::lock; the wire reads it */
	/* the wire's lock: */
	struct list_head wire;	/* empty while it is not connected */
	struct sim_net_filter filter;
	struct sim_net_backlog backlog[SIM_NET_PAIRS_MAX];
};

static inline struct sim_net *sim_to_net(struct sim_dev *sim)
{
	return container_of(sim, struct sim_net, sim);
}

/* sim_net_frame.c: a transmit, a receive queue's turn, as sim_type::serve */
int sim_net_serve_tx(struct sim_queue *queue, const struct sim_turn *turn);
int sim_net_serve_rx(struct sim_queue *queue, const struct sim_turn *turn);

/* sim_net_ctrl.c: one command of the control queue */
sim_handle_t sim_net_ctrl;

/* sim_net_wire.c */
void sim_wire_init_device(struct sim_net *net);
void sim_wire_plug(struct sim_net *net);
/* Drop the backlogs, unless the device @continues: it was suspended */
void sim_wire_unplug(struct sim_net *net, bool continues);
void sim_wire_exit(void);
/* Send a frame, which then belongs to the wire. Return: how many receivers dropped it. */
unsigned int sim_wire_send(struct sim_net *from, u16 pair, struct sim_frame *frame);
/*
 * Would a frame be received by its sender only, as the next one of that pair? @frame: its
 * first bytes, up to the VLAN tag.
 */
bool sim_wire_is_loop(struct sim_net *net, u16 pair, const void *frame, u32 len);
struct sim_frame *sim_wire_take(struct sim_net *net, u16 pair);
void sim_wire_put_back(struct sim_net *net, u16 pair, struct sim_frame *frame);
/* Change a device's filter */
struct sim_net_filter *sim_wire_filter_lock(struct sim_net *net);
void sim_wire_filter_unlock(struct sim_net *net);
/* to the state after a reset */
void sim_wire_filter_reset(struct sim_net *net);

#endif /* VDPA_SIM_NET_H */
