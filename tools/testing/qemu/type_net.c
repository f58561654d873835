// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-net-pf and its VFs: all are ports of one switch that comes and goes
 * with the PF, and so is the netdev named by uplink=.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_ids.h"
#include "hw/virtio/virtio-net.h"
#include "net/net.h"
#include "qapi/error.h"
#include "card.h"
#include "parts_net.h"
#include "switch.h"

struct net_pf {
	char *uplink_name;
	L2Switch *l2;
	NetClientState *port;
	NetClientState *uplink_port;
};

static const struct card_field net_fields[] = {
	{ 0, 6 },	/* mac */
	{ 6, 2 },	/* status */
	{ 8, 2 },	/* max_virtqueue_pairs */
	{ 10, 2 },	/* mtu */
	{ 12, 4 },	/* speed */
	{ 16, 1 },	/* duplex */
	{ 17, 1 },	/* rss_max_key_size */
	{ 18, 2 },	/* rss_max_indirection_table_length */
	{ 20, 4 },	/* supported_hash_types */
	{ }
};

/* Receive and transmit for each pair, control. */
static unsigned int net_queues(VirtIODevice *vdev)
{
	return 2 * VIRTIO_NET(vdev)->nic_conf.peers.queues + 1;
}

/* All queues of this QEMU are of one size, the control queue comes after the pairs in use. */
static unsigned int net_queue_max(VirtIODevice *vdev, uint64_t features, unsigned int index)
{
	bool many = virtio_has_feature(features, SPEC_NET_F_MQ) ||
		    virtio_has_feature(features, SPEC_NET_F_RSS);
	unsigned int pairs = many ? VIRTIO_NET(vdev)->max_queue_pairs : 1;

	return index < 2 * pairs + 1 ? virtio_queue_get_max_num(vdev, 0) : 0;
}

static struct net_pf *net_of(struct card_pf *pf)
{
	if (!pf->type_data)
		pf->type_data = g_new0(struct net_pf, 1);
	return pf->type_data;
}

static NetClientState *plug_in(struct card_func *func, L2Switch *l2, const char *name,
			       unsigned int pairs)
{
	VirtIONet *net = VIRTIO_NET(func->vdev);
	NetClientState *port = l2_switch_port_new(l2, name, pairs);

	for (unsigned int i = 0; i < pairs; i++)
		net->nic_conf.peers.ncs[i] = l2_switch_port_lane(port, i);
	net->nic_conf.peers.queues = pairs;
	virtio_net_set_netclient_name(net, name, object_get_typename(OBJECT(func)));
	return port;
}

static bool plug_in_uplink(struct net_pf *net, Error **errp)
{
	NetClientState *uplink;

	if (!net->uplink_name)
		return true;
	uplink = qemu_find_netdev(net->uplink_name);
	if (!uplink) {
		error_setg(errp, "uplink=%s: there is no such netdev", net->uplink_name);
		return false;
	}
	if (uplink->peer) {
		error_setg(errp, "uplink=%s: the netdev is in use", net->uplink_name);
		return false;
	}
	net->uplink_port = l2_switch_port_new(net->l2, net->uplink_name, 1);
	net->uplink_port->peer = uplink;
	uplink->peer = net->uplink_port;
	return true;
}

static bool net_pf_prepare(struct card_pf *pf, Error **errp)
{
	struct net_pf *net = net_of(pf);
	const char *name = DEVICE(pf)->id ?: "pf";

	if (VIRTIO_NET(pf->func.vdev)->nic_conf.peers.ncs[0]) {
		error_setg(errp, "the PF is on its own switch: use uplink= instead of netdev=");
		return false;
	}
	net->l2 = l2_switch_new(name);
	if (!plug_in_uplink(net, errp))
		return false;
	net->port = plug_in(&pf->func, net->l2, name, 1);
	return true;
}

/* Locally administered: 02, the PF's last three bytes, the VF's number. */
static void vf_mac(struct card_vf *vf)
{
	const uint8_t *pf = VIRTIO_NET(vf->pf->func.vdev)->nic_conf.macaddr.a;
	MACAddr mac = { { 0x02, pf[3], pf[4], pf[5], vf->index >> 8, vf->index } };

	VIRTIO_NET(vf->func.vdev)->nic_conf.macaddr = mac;
}

static bool net_vf_prepare(struct card_vf *vf, Error **errp)
{
	g_autofree char *name = g_strdup_printf("%s.vf%u", DEVICE(vf->pf)->id ?: "pf", vf->index);

	vf_mac(vf);
	vf->type_data = plug_in(&vf->func, net_of(vf->pf)->l2, name, vf->pf->vf_queues);
	return vf->pf->vf_queues == 1 ||
	       object_property_set_bool(OBJECT(vf->func.vdev), "mq", true, errp);
}

static void net_vf_exit(struct card_vf *vf)
{
	if (vf->type_data)
		l2_switch_port_free(vf->type_data);
	vf->type_data = NULL;
}

static void net_pf_exit(struct card_pf *pf)
{
	struct net_pf *net = net_of(pf);

	if (net->port)
		l2_switch_port_free(net->port);
	if (net->uplink_port)
		l2_switch_port_free(net->uplink_port);
	if (net->l2)
		l2_switch_free(net->l2);
	g_free(net->uplink_name);
	g_free(net);
	pf->type_data = NULL;
}

static char *get_uplink(Object *obj, Error **errp)
{
	return g_strdup(net_of(CARD_PF(obj))->uplink_name ?: "");
}

static void set_uplink(Object *obj, const char *text, Error **errp)
{
	struct net_pf *net = net_of(CARD_PF(obj));

	if (DEVICE(obj)->realized) {
		error_setg(errp, "uplink can only be set at the start");
		return;
	}
	g_free(net->uplink_name);
	net->uplink_name = g_strdup(text);
}

static void net_pf_class_init(ObjectClass *class)
{
	object_class_property_add_str(class, "uplink", get_uplink, set_uplink);
}

static const struct card_type net_type = {
	.name = "net",
	.backend = TYPE_VIRTIO_NET,
	.pci_class = PCI_CLASS_NETWORK_ETHERNET,
	.fields = net_fields,
	.pf_class_init = net_pf_class_init,
	.queues = net_queues,
	.parts = &parts_net,
	.queue_max = net_queue_max,
	.own_known_flags = OWN_UNI_OVERFLOW | OWN_MULTI_OVERFLOW,
	.own_flags = parts_net_flags,
	.set_own_flags = parts_net_set_flags,
	.arrived = parts_net_arrived,
	.pf_prepare = net_pf_prepare,
	.vf_prepare = net_vf_prepare,
	.pf_exit = net_pf_exit,
	.vf_exit = net_vf_exit,
};

DEFINE_CARD_TYPE(net_type)
