// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which functions does the driver bind, and which features are offered only on request?
 * virtio_pci binds the same ones: whichever comes first, unless driver_override says
 * otherwise.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <uapi/linux/virtio_blk.h>
#include <uapi/linux/virtio_net.h>

#include "ifcvf.h"

#define IFCVF_VQ_NUM_MIN	64

static const struct vpv_place_ops *const ifcvf_ways[] = { &ifcvf_places, NULL };

/*
 * Only the places of the first queues are known for sure, see ifcvf_lm.c. By default a
 * device has no more queues than that: no control queue, nor what is done by it.
 */
static const struct vpv_kind ifcvf_net = {
	.places = ifcvf_ways,
	.vq_num_min = IFCVF_VQ_NUM_MIN,
	.on_demand = BIT_ULL(VIRTIO_NET_F_CTRL_VQ) | BIT_ULL(VIRTIO_NET_F_CTRL_RX) |
		     BIT_ULL(VIRTIO_NET_F_CTRL_VLAN) | BIT_ULL(VIRTIO_NET_F_CTRL_RX_EXTRA) |
		     BIT_ULL(VIRTIO_NET_F_CTRL_MAC_ADDR) |
		     BIT_ULL(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) |
		     BIT_ULL(VIRTIO_NET_F_GUEST_ANNOUNCE) | BIT_ULL(VIRTIO_NET_F_MQ) |
		     BIT_ULL(VIRTIO_NET_F_RSS) | BIT_ULL(VIRTIO_NET_F_HASH_REPORT),
};

static const struct vpv_kind ifcvf_blk = {
	.places = ifcvf_ways,
	.vq_num_min = IFCVF_VQ_NUM_MIN,
	.on_demand = BIT_ULL(VIRTIO_BLK_F_MQ),
};

static int ifcvf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct vpv_kind *kind = (const void *)id->driver_data;

	if (kind)
		return vpv_func_bind(pdev, kind);
	pci_err(pdev, "refused: %04x:%04x, subsystem %04x:%04x, is not known to the driver\n",
		pdev->vendor, pdev->device, pdev->subsystem_vendor, pdev->subsystem_device);
	return -EOPNOTSUPP;
}

#define IFCVF_ID(_device, _subdevice) \
	PCI_DEVICE_SUB(PCI_VENDOR_ID_REDHAT_QUMRANET, _device, PCI_VENDOR_ID_INTEL, _subdevice)

#define IFCVF_KIND(_kind)	.driver_data = (kernel_ulong_t)&(_kind)

static const struct pci_device_id ifcvf_ids[] = {
	{ IFCVF_ID(0x1041, 0x001a), IFCVF_KIND(ifcvf_net) },	/* N3000, network */
	{ IFCVF_ID(0x1000, 0x0001), IFCVF_KIND(ifcvf_net) },	/* C5000X-PL and F2000X, network */
	{ IFCVF_ID(0x1001, 0x0002), IFCVF_KIND(ifcvf_blk) },	/* the same, block */
	{ }
};
MODULE_DEVICE_TABLE(pci, ifcvf_ids);

static struct pci_driver ifcvf_driver = {
	.name = "ifcvf",
	.id_table = ifcvf_ids,
	.probe = ifcvf_probe,
	.remove = vpv_func_unbind,
	.err_handler = &vpv_error_handlers,
	.driver.pm = pm_sleep_ptr(&vpv_pm_ops),
};
module_pci_driver(ifcvf_driver);

MODULE_DESCRIPTION("vDPA devices on Intel's IFC functions");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
