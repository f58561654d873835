// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ifc-net and ifc-blk: a function as Intel's cards have them, without a PF.
 *
 * A modern virtio-pci function with Intel's subsystem ids, its registers in BAR 0, MSI-X in
 * BAR 2, and in BAR 4 the area for live migration, of which the places of queues are
 * there. What public drivers rely on: queue_enable takes 0, which stops the queue, and each
 * queue starts at the place that its word has.
 */
#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pci_ids.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "hw/virtio/virtio-blk.h"
#include "hw/virtio/virtio-net.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "system/block-backend.h"
#include "card.h"

#define TYPE_IFC	"ifc-function"
#define IFC_BAR_MODERN	0
#define IFC_BAR_MSIX	2
#define IFC_BAR_LM	4
#define IFC_LM_SIZE	0x1000
#define IFC_LM_PLACES	0x20
#define IFC_PLACES_MAX	2

struct ifc {
	struct card_func func;		/* QOM parent, first */
	MemoryRegion lm;
	bool transitional;		/* ids of the C5000X-PL's functions */
	uint16_t place[IFC_PLACES_MAX];	/* of a queue that is not enabled */
};

struct ifc_class {
	struct card_func_class parent;
	unsigned int places;		/* words that public drivers agree about */
	uint16_t device, subsystem, transitional_device, transitional_subsystem;
	/* Before the backend is realized. May be NULL. */
	bool (*prepare)(VirtIODevice *vdev, Error **errp);
};

DECLARE_OBJ_CHECKERS(struct ifc, struct ifc_class, IFC, TYPE_IFC)

/* --- the area for live migration --- */

static bool enabled(struct ifc *ifc, unsigned int index)
{
	return ifc->func.proxy.vqs[index].enabled;
}

/* Low half: the next available entry; high half: the next used one. All taken is used. */
static uint32_t word(struct ifc *ifc, unsigned int index)
{
	uint16_t place = ifc->place[index];

	if (enabled(ifc, index))
		place = virtio_queue_get_last_avail_idx(ifc->func.vdev, index);
	return place | (uint32_t)place << 16;
}

static bool word_at(struct ifc *ifc, hwaddr addr, unsigned int *index)
{
	if (addr < IFC_LM_PLACES)
		return false;
	*index = (addr - IFC_LM_PLACES) / 4;
	return *index < IFC_GET_CLASS(ifc)->places;
}

static uint64_t lm_read(void *opaque, hwaddr addr, unsigned int size)
{
	struct ifc *ifc = opaque;
	unsigned int index;

	return word_at(ifc, addr, &index) ? word(ifc, index) >> 8 * (addr % 4) : 0;
}

/* The low half counts; that of a queue that runs cannot be changed. */
static void lm_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
	struct ifc *ifc = opaque;
	unsigned int index;

	if (word_at(ifc, addr, &index) && addr % 4 == 0 && size >= 2 && !enabled(ifc, index))
		ifc->place[index] = val;
}

static const MemoryRegionOps lm_ops = {
	.read = lm_read,
	.write = lm_write,
	.impl = { .min_access_size = 1, .max_access_size = 4 },
	.endianness = DEVICE_LITTLE_ENDIAN,
};

/* --- queues --- */

static void start_queue(struct ifc *ifc, unsigned int index)
{
	VirtIODevice *vdev = ifc->func.vdev;
	VirtIOPCIProxy *proxy = &ifc->func.proxy;

	if (enabled(ifc, index))
		return;
	proxy->common.mr.ops->write(proxy, SPEC_COMMON_QUEUE_ENABLE, 1, 2);
	if (index >= IFC_GET_CLASS(ifc)->places || !enabled(ifc, index))
		return;
	virtio_queue_set_last_avail_idx(vdev, index, ifc->place[index]);
	virtio_queue_update_used_idx(vdev, index);
	virtio_queue_invalidate_signalled_used(vdev, index);
}

static void stop_queue(struct ifc *ifc, unsigned int index)
{
	const struct card_type *type = card_func_type(&ifc->func);
	VirtIODevice *vdev = ifc->func.vdev;

	if (!enabled(ifc, index))
		return;
	if (type->drain)
		type->drain(vdev);
	if (index < IFC_GET_CLASS(ifc)->places)
		ifc->place[index] = virtio_queue_get_last_avail_idx(vdev, index);
	virtio_queue_reset(vdev, index);
	ifc->func.proxy.vqs[index].enabled = 0;
}

static bool ifc_common_write(struct card_func *func, hwaddr addr, uint64_t val)
{
	unsigned int index = func->vdev->queue_sel;

	if (addr != SPEC_COMMON_QUEUE_ENABLE || index >= VIRTIO_QUEUE_MAX)
		return false;
	if (val)
		start_queue(IFC(func), index);
	else
		stop_queue(IFC(func), index);
	return true;
}

static void ifc_before_reset(struct card_func *func)
{
	memset(IFC(func)->place, 0, sizeof(IFC(func)->place));
}

/* --- life --- */

static void set_ids(struct ifc *ifc)
{
	struct ifc_class *class = IFC_GET_CLASS(ifc);
	uint8_t *config = PCI_DEVICE(ifc)->config;
	bool old = ifc->transitional;

	pci_config_set_device_id(config, old ? class->transitional_device : class->device);
	pci_set_word(config + PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_INTEL);
	pci_set_word(config + PCI_SUBSYSTEM_ID,
		     old ? class->transitional_subsystem : class->subsystem);
}

static bool attach(struct ifc *ifc, Error **errp)
{
	const struct card_type *type = card_func_type(&ifc->func);
	struct ifc_class *class = IFC_GET_CLASS(ifc);

	if (!pci_is_express(PCI_DEVICE(ifc))) {
		error_setg(errp, "%s: wants bus= to be a PCI Express root port",
			   object_get_typename(OBJECT(ifc)));
		return false;
	}
	if (class->prepare && !class->prepare(ifc->func.vdev, errp))
		return false;
	if (!card_func_realize(&ifc->func, 1 + type->queues(ifc->func.vdev), 0, errp))
		return false;
	memory_region_init_io(&ifc->lm, OBJECT(ifc), &lm_ops, ifc, "ifc-lm", IFC_LM_SIZE);
	pci_register_bar(PCI_DEVICE(ifc), IFC_BAR_LM, PCI_BASE_ADDRESS_SPACE_MEMORY, &ifc->lm);
	set_ids(ifc);
	return true;
}

static void ifc_realize(VirtIOPCIProxy *proxy, Error **errp)
{
	proxy->modern_mem_bar_idx = IFC_BAR_MODERN;
	proxy->msix_bar_idx = IFC_BAR_MSIX;
	if (!attach(IFC(proxy), errp))
		card_func_unrealize(CARD_FUNC(proxy));
}

static const Property ifc_properties[] = {
	DEFINE_PROP_BOOL("transitional", struct ifc, transitional, false),
};

static void ifc_class_init(ObjectClass *class, void *data)
{
	CARD_FUNC_CLASS(class)->common_write = ifc_common_write;
	CARD_FUNC_CLASS(class)->before_reset = ifc_before_reset;
	VIRTIO_PCI_CLASS(class)->realize = ifc_realize;
	device_class_set_props(DEVICE_CLASS(class), ifc_properties);
}

/* --- the two types --- */

static unsigned int net_queues(VirtIODevice *vdev)
{
	return 2 * MAX(VIRTIO_NET(vdev)->nic_conf.peers.queues, 1) + 1;
}

static const struct card_type ifc_net = {
	.name = "ifc-net",
	.backend = TYPE_VIRTIO_NET,
	.pci_class = PCI_CLASS_NETWORK_ETHERNET,
	.queues = net_queues,
};

static unsigned int blk_queues(VirtIODevice *vdev)
{
	return 1;
}

static bool one_queue(VirtIODevice *vdev, Error **errp)
{
	return object_property_set_uint(OBJECT(vdev), "num-queues", blk_queues(vdev), errp);
}

static void drain_drive(VirtIODevice *vdev)
{
	blk_drain(VIRTIO_BLK(vdev)->blk);
}

static const struct card_type ifc_blk = {
	.name = "ifc-blk",
	.backend = TYPE_VIRTIO_BLK,
	.pci_class = PCI_CLASS_STORAGE_SCSI,
	.queues = blk_queues,
	.drain = drain_drive,
};

static void net_class_init(ObjectClass *class, void *data)
{
	struct ifc_class *ifc = IFC_CLASS(class);

	card_func_set_type(class, &ifc_net);
	ifc->places = 2;
	ifc->device = 0x1041;
	ifc->subsystem = 0x001a;
	ifc->transitional_device = 0x1000;
	ifc->transitional_subsystem = 0x0001;
}

/* There is only one kind of it */
static void blk_class_init(ObjectClass *class, void *data)
{
	struct ifc_class *ifc = IFC_CLASS(class);

	card_func_set_type(class, &ifc_blk);
	ifc->places = 1;
	ifc->prepare = one_queue;
	ifc->device = 0x1001;
	ifc->subsystem = 0x0002;
	ifc->transitional_device = ifc->device;
	ifc->transitional_subsystem = ifc->subsystem;
}

static const TypeInfo ifc_types[] = {
	{
		.name = TYPE_IFC,
		.parent = TYPE_CARD_FUNC,
		.instance_size = sizeof(struct ifc),
		.class_size = sizeof(struct ifc_class),
		.class_init = ifc_class_init,
		.abstract = true,
	}, {
		.name = "ifc-net",
		.parent = TYPE_IFC,
		.class_init = net_class_init,
	}, {
		.name = "ifc-blk",
		.parent = TYPE_IFC,
		.class_init = blk_class_init,
	},
};

DEFINE_TYPES(ifc_types)
