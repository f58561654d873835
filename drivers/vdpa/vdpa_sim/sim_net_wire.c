// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which simulated NIC receives a frame? All are connected by one wire. A frame goes to
 * every other NIC whose filter accepts it, and back to its sender when it is addressed to
 * the sender itself.
 *
 * A NIC that is reset while suspended is about to continue, perhaps as another device: a VMM
 * migrates it, or exchanges its rings. For a while the wire keeps frames for its address, as a
 * switch might; the next NIC started with that address receives them.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "sim_net.h"

static DEFINE_SPINLOCK(sim_wire_lock);
static LIST_HEAD(sim_wire);

static uint sim_wire_keep_ms = 2000;
module_param_named(keep_ms, sim_wire_keep_ms, uint, 0644);
MODULE_PARM_DESC(keep_ms,
		 "how long frames wait for a NIC that was reset while suspended, in milliseconds (default 2000)");

#define SIM_WIRE_ABSENT_MAX	8	/* addresses at a time */
#define SIM_WIRE_KEPT_MAX	64	/* frames of each */

/* An address whose NIC is to continue; under sim_wire_lock */
struct sim_wire_absent {
	struct list_head list;
	struct list_head frames;
	unsigned int count;
	unsigned long since;	/* jiffies */
	u8 mac[ETH_ALEN] __aligned(2);
};

static LIST_HEAD(sim_wire_absents);	/* the oldest first */
static unsigned int sim_wire_n_absent;

/* As on a network, nobody is told: a test needs the number to tell such a loss from a bug's */
static ulong sim_wire_lost;
module_param_named(lost_frames, sim_wire_lost, ulong, 0444);
MODULE_PARM_DESC(lost_frames,
		 "number of unicast frames that no NIC accepted, or that waited for a buffer of a NIC that was reset");

static void sim_wire_lose(struct sim_frame *frame)
{
	lockdep_assert_held(&sim_wire_lock);
	if (!is_multicast_ether_addr(frame->data))
		sim_wire_lost++;
	kfree(frame);
}

static void sim_wire_forget(struct sim_wire_absent *absent)
{
	struct sim_frame *frame, *next;

	list_for_each_entry_safe(frame, next, &absent->frames, list)
		sim_wire_lose(frame);
	list_del(&absent->list);
	sim_wire_n_absent--;
	kfree(absent);
}

static struct sim_wire_absent *sim_wire_find_absent(const u8 *mac)
{
	unsigned long keep = msecs_to_jiffies(READ_ONCE(sim_wire_keep_ms));
	struct sim_wire_absent *absent, *next;

	lockdep_assert_held(&sim_wire_lock);
	list_for_each_entry_safe(absent, next, &sim_wire_absents, list)
		if (time_after(jiffies, absent->since + keep))
			sim_wire_forget(absent);
	list_for_each_entry(absent, &sim_wire_absents, list)
		if (ether_addr_equal(absent->mac, mac))
			return absent;
	return NULL;
}

static void sim_wire_add_absent(const u8 *mac)
{
	struct sim_wire_absent *absent = sim_wire_find_absent(mac);

	if (absent) {
		absent->since = jiffies;
		return;
	}
	absent = kzalloc(sizeof(*absent), GFP_ATOMIC | __GFP_NOWARN);
	if (!absent)
		return;
	if (sim_wire_n_absent == SIM_WIRE_ABSENT_MAX)
		sim_wire_forget(list_first_entry(&sim_wire_absents, struct sim_wire_absent,
						 list));
	INIT_LIST_HEAD(&absent->frames);
	ether_addr_copy(absent->mac, mac);
	absent->since = jiffies;
	list_add_tail(&absent->list, &sim_wire_absents);
	sim_wire_n_absent++;
}

/* A frame without a receiver; its address is at the beginning of its data */
static void sim_wire_keep_or_lose(struct sim_frame *frame)
{
	u8 mac[ETH_ALEN] __aligned(2);
	struct sim_wire_absent *absent;

	memcpy(mac, frame->data, sizeof(mac));
	absent = sim_wire_find_absent(mac);
	if (!absent || absent->count == SIM_WIRE_KEPT_MAX) {
		sim_wire_lose(frame);
		return;
	}
	absent->count++;
	list_add_tail(&frame->list, &absent->frames);
}

static void sim_wire_drop_all(struct sim_net *net)
{
	struct sim_frame *frame, *next;

	for (int i = 0; i < ARRAY_SIZE(net->backlog); i++) {
		list_for_each_entry_safe(frame, next, &net->backlog[i].frames, list)
			sim_wire_keep_or_lose(frame);
		INIT_LIST_HEAD(&net->backlog[i].frames);
		net->backlog[i].count = 0;
	}
}

void sim_wire_init_device(struct sim_net *net)
{
	INIT_LIST_HEAD(&net->wire);
	for (int i = 0; i < ARRAY_SIZE(net->backlog); i++)
		INIT_LIST_HEAD(&net->backlog[i].frames);
}

void sim_wire_unplug(struct sim_net *net, bool continues)
{
	spin_lock(&sim_wire_lock);
	if (continues && !list_empty(&net->wire))
		sim_wire_add_absent(net->filter.mac);
	list_del_init(&net->wire);
	sim_wire_drop_all(net);
	spin_unlock(&sim_wire_lock);
}

void sim_wire_exit(void)
{
	struct sim_wire_absent *absent, *next;

	spin_lock(&sim_wire_lock);
	list_for_each_entry_safe(absent, next, &sim_wire_absents, list)
		sim_wire_forget(absent);
	spin_unlock(&sim_wire_lock);
}

struct sim_net_filter *sim_wire_filter_lock(struct sim_net *net)
	__acquires(&sim_wire_lock)
{
	spin_lock(&sim_wire_lock);
	return &net->filter;
}

void sim_wire_filter_unlock(struct sim_net *net)
	__releases(&sim_wire_lock)
{
	spin_unlock(&sim_wire_lock);
}

/* Default, until control commands change it: own address, broadcasts and all multicasts */
void sim_wire_filter_reset(struct sim_net *net)
{
	struct sim_net_filter *filter = sim_wire_filter_lock(net);

	memset(filter, 0, sizeof(*filter));
	filter->allmulti = true;
	ether_addr_copy(filter->mac, net->mac);
	sim_wire_filter_unlock(net);
}

static bool sim_macs_have(const struct sim_net_macs *macs, const u8 *mac)
{
	if (macs->overflow)
		return true;
	for (u32 i = 0; i < macs->count; i++)
		if (!memcmp(macs->mac[i], mac, ETH_ALEN))
			return true;
	return false;
}

/* virtio 1.4, "Packet Receive Filtering" */
static bool sim_filter_wants_mac(const struct sim_net_filter *filter, const u8 *mac)
{
	if (filter->promisc)
		return true;
	if (is_broadcast_ether_addr(mac))
		return !filter->nobcast;
	if (is_multicast_ether_addr(mac))
		return !filter->nomulti &&
		       (filter->allmulti || sim_macs_have(&filter->multicast, mac));
	return !filter->nouni && (filter->alluni || ether_addr_equal(filter->mac, mac) ||
				  sim_macs_have(&filter->unicast, mac));
}

/* "VLAN Filtering": of tagged frames */
static bool sim_filter_wants(const struct sim_net_filter *filter, const void *frame, u32 len)
{
	const struct vlan_ethhdr *vlan = frame;

	if (filter->by_vlan && len >= VLAN_ETH_HLEN &&
	    vlan->h_vlan_proto == htons(ETH_P_8021Q) &&
	    !test_bit(ntohs(vlan->h_vlan_TCI) & VLAN_VID_MASK, filter->vlans))
		return false;
	return sim_filter_wants_mac(filter, frame);
}

static struct sim_frame *sim_frame_copy(const struct sim_frame *frame)
{
	return kmemdup(frame, struct_size(frame, data, frame->len), GFP_ATOMIC | __GFP_NOWARN);
}

/* Return: the number of drops: 0, or 1 without room or memory */
static unsigned int sim_wire_deliver(struct sim_net *net, u16 pair, struct sim_frame *frame)
{
	u16 to = pair % READ_ONCE(net->active_pairs);
	struct sim_net_backlog *backlog = &net->backlog[to];

	if (!frame || backlog->count >= SIM_NET_BACKLOG_MAX) {
		kfree(frame);
		return 1;
	}
	backlog->count++;
	list_add_tail(&frame->list, &backlog->frames);
	kthread_queue_work(net->sim.worker, &net->sim.queues[2 * to].work);
	return 0;
}

void sim_wire_plug(struct sim_net *net)
{
	struct sim_wire_absent *absent;
	struct sim_frame *frame, *next;

	spin_lock(&sim_wire_lock);
	absent = sim_wire_find_absent(net->filter.mac);
	if (list_empty(&net->wire))
		list_add_tail(&net->wire, &sim_wire);
	if (absent) {
		list_for_each_entry_safe(frame, next, &absent->frames, list)
			sim_wire_deliver(net, 0, frame);
		INIT_LIST_HEAD(&absent->frames);
		sim_wire_forget(absent);
	}
	spin_unlock(&sim_wire_lock);
}

/* A frame, or its first bytes up to a VLAN's tag. A device reads its own MAC without the lock. */
static bool sim_wire_wants(const struct sim_net *net, const struct sim_net *from,
			   const void *frame, u32 len)
{
	if (net == from)
		return ether_addr_equal(frame, from->filter.mac);
	return sim_filter_wants(&net->filter, frame, len);
}

static bool sim_wire_others_want(const struct sim_net *from, const void *frame, u32 len)
{
	const struct sim_net *net;

	lockdep_assert_held(&sim_wire_lock);
	list_for_each_entry(net, &sim_wire, wire)
		if (net != from && sim_wire_wants(net, from, frame, len))
			return true;
	return false;
}

bool sim_wire_is_loop(struct sim_net *net, u16 pair, const void *frame, u32 len)
{
	bool loop;

	if (!sim_wire_wants(net, net, frame, len))
		return false;
	spin_lock(&sim_wire_lock);
	loop = !net->backlog[pair].count && !sim_wire_others_want(net, frame, len);
	spin_unlock(&sim_wire_lock);
	return loop;
}

unsigned int sim_wire_send(struct sim_net *from, u16 pair, struct sim_frame *frame)
{
	struct sim_net *net, *last = NULL;
	unsigned int lost = 0;

	spin_lock(&sim_wire_lock);
	list_for_each_entry(net, &sim_wire, wire) {
		if (!sim_wire_wants(net, from, frame->data, frame->len))
			continue;
		/* the last receiver, usually the only one, gets the frame itself, not a copy */
		if (last)
			lost += sim_wire_deliver(last, pair, sim_frame_copy(frame));
		last = net;
	}
	if (last)
		lost += sim_wire_deliver(last, pair, frame);
	else
		sim_wire_keep_or_lose(frame);
	spin_unlock(&sim_wire_lock);
	return lost;
}

struct sim_frame *sim_wire_take(struct sim_net *net, u16 pair)
{
	struct sim_net_backlog *backlog = &net->backlog[pair];
	struct sim_frame *frame;

	spin_lock(&sim_wire_lock);
	frame = list_first_entry_or_null(&backlog->frames, struct sim_frame, list);
	if (frame) {
		list_del(&frame->list);
		backlog->count--;
	}
	spin_unlock(&sim_wire_lock);
	return frame;
}

void sim_wire_put_back(struct sim_net *net, u16 pair, struct sim_frame *frame)
{
	struct sim_net_backlog *backlog = &net->backlog[pair];

	spin_lock(&sim_wire_lock);
	list_add(&frame->list, &backlog->frames);
	backlog->count++;
	spin_unlock(&sim_wire_lock);
}
