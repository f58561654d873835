// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a PF and a VF have in common: a modern virtio-pci function on top of
 * QEMU's own, with regions laid over its registers that see accesses first, a
 * legacy notify page, and the fault "gone".
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pcie.h"
#include "hw/pci/msix.h"
#include "hw/qdev-properties.h"
#include "hw/virtio/virtio-bus.h"
#include "qapi/error.h"
#include "qemu/bitops.h"
#include "qemu/module.h"
#include "card.h"

#define CARD_ARI_OFFSET	0x100
/* notify_off_multiplier */
#define CARD_DOORBELL_SIZE	4
#define CARD_DOORBELL_PAGE	0x1000

#define CARD_QUIET_NO_DMA	(BIT(CARD_QUIET_STOPPED) | BIT(CARD_QUIET_SUSPENDED))

const struct card_type *card_func_type(struct card_func *func)
{
	return CARD_FUNC_GET_CLASS(func)->type;
}

/* A device that is in the middle of an access refuses another one. */
bool card_func_enter(struct card_func *func)
{
	MemReentrancyGuard *guard = &DEVICE(func)->mem_reentrancy_guard;

	if (guard->engaged_in_io)
		return false;
	guard->engaged_in_io = true;
	return true;
}

void card_func_leave(struct card_func *func)
{
	DEVICE(func)->mem_reentrancy_guard.engaged_in_io = false;
}

static void before_reset(struct card_func *func)
{
	struct card_func_class *class = CARD_FUNC_GET_CLASS(func);

	if (class->before_reset)
		class->before_reset(func);
	card_hold_drop(func, CARD_HOLD_ALL_QUEUES);
	func->driven_by = CARD_IDLE;
}

/* What a status of zero does: the virtio part alone, none of PCI. */
void card_func_reset(struct card_func *func)
{
	before_reset(func);
	virtio_bus_reset(&func->proxy.bus);
	msix_unuse_all_vectors(PCI_DEVICE(func));
	memset(func->proxy.vqs, 0, sizeof(func->proxy.vqs));
	card_suspend_reset(func);
	card_func_update_disabled(func);
}

/* --- in front of virtio-pci's registers --- */

/* What a driver touches there it does not know to be there. */
static void note_beyond(struct card_func *func, hwaddr addr, unsigned int size)
{
	if (addr + size > func->common_len)
		func->stats.common_beyond++;
}

static uint64_t common_read(void *opaque, hwaddr addr, unsigned int size)
{
	struct card_func *func = opaque;
	struct card_func_class *class = CARD_FUNC_GET_CLASS(func);
	uint64_t val;

	note_beyond(func, addr, size);
	if (!class->common_read || !class->common_read(func, addr, &val))
		val = func->proxy.common.mr.ops->read(&func->proxy, addr, size);
	if (addr == SPEC_COMMON_DEVICE_STATUS)
		val = card_suspend_read(func, val);
	val = card_lies_apply(func->lies, LIE_COMMON, 0, 0, addr, size, val);
	val = card_lies_apply(func->lies, LIE_FEATURE, func->proxy.dfselect, 0, addr, size, val);
	return card_lies_apply(func->lies, LIE_QUEUE, func->vdev->queue_sel, 0, addr, size, val);
}

/* One interface at a time: while legacy drives, the modern one can only reset. */
static void common_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
	struct card_func *func = opaque;
	struct card_func_class *class = CARD_FUNC_GET_CLASS(func);
	bool status = addr == SPEC_COMMON_DEVICE_STATUS;
	bool reset = status && !(val & 0xff);

	note_beyond(func, addr, size);
	if (func->driven_by == CARD_LEGACY && !reset)
		return;
	if (reset)
		before_reset(func);
	else if (status)
		func->driven_by = CARD_MODERN;
	if (status && !reset)
		val = card_suspend_write(func, val);
	if (class->common_write && class->common_write(func, addr, val))
		return;
	if (addr == SPEC_COMMON_QUEUE_RESET)
		card_hold_drop(func, func->vdev->queue_sel);
	func->proxy.common.mr.ops->write(&func->proxy, addr, val, size);
	if (!reset)
		return;
	card_suspend_reset(func);
	/* QEMU's reset forgets it */
	card_func_update_disabled(func);
}

static uint64_t device_read(void *opaque, hwaddr addr, unsigned int size)
{
	struct card_func *func = opaque;

	return func->proxy.device.mr.ops->read(&func->proxy, addr, size);
}

static void device_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
	struct card_func *func = opaque;

	if (func->driven_by != CARD_LEGACY && !card_suspended(func))
		func->proxy.device.mr.ops->write(&func->proxy, addr, val, size);
}

static uint64_t notify_read(void *opaque, hwaddr addr, unsigned int size)
{
	return 0;
}

static unsigned int doorbell_size(struct card_func *func)
{
	return func->proxy.flags & VIRTIO_PCI_FLAG_PAGE_PER_VQ ? CARD_DOORBELL_PAGE :
								 CARD_DOORBELL_SIZE;
}

static void notify_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
	struct card_func *func = opaque;
	unsigned int index = addr / doorbell_size(func);

	if (func->driven_by == CARD_LEGACY)
		return;
	func->stats.notifies[CARD_NOTIFY_MODERN]++;
	card_stats_doorbell(&func->stats, index, val, size);
	card_func_notify(func, index);
}

/* The first two bytes of each page take a 16-bit virtqueue index. */
static void legacy_notify_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
	struct card_func *func = opaque;

	if (addr % CARD_LEGACY_NOTIFY_PAGE == 0 && size >= 2)
		CARD_FUNC_GET_CLASS(func)->legacy_notify(func, addr / CARD_LEGACY_NOTIFY_PAGE, val);
}

static uint64_t gone_read(void *opaque, hwaddr addr, unsigned int size)
{
	return UINT64_MAX;
}

static void gone_write(void *opaque, hwaddr addr, uint64_t val, unsigned int size)
{
}

#define FRONT_OPS(name, read_fn, write_fn)				\
	static const MemoryRegionOps name = {				\
		.read = read_fn,					\
		.write = write_fn,					\
		.impl = { .min_access_size = 1, .max_access_size = 4 },	\
		.endianness = DEVICE_LITTLE_ENDIAN,			\
	}

FRONT_OPS(common_ops, common_read, common_write);
FRONT_OPS(device_ops, device_read, device_write);
FRONT_OPS(notify_ops, notify_read, notify_write);
FRONT_OPS(legacy_notify_ops, notify_read, legacy_notify_write);
FRONT_OPS(gone_ops, gone_read, gone_write);

struct front {
	MemoryRegion *region;
	MemoryRegion *over;
	const MemoryRegionOps *ops;
	const char *name;
	hwaddr offset;
	uint64_t size;
	int priority;
	bool hidden;
};

#define CARD_FRONTS	6

static void list_fronts(struct card_func *func, struct front fronts[CARD_FRONTS])
{
	VirtIOPCIProxy *proxy = &func->proxy;
	MemoryRegion *msix = &PCI_DEVICE(func)->msix_exclusive_bar;
	struct front all[CARD_FRONTS] = {
		{ &func->common_front, &proxy->common.mr, &common_ops, "card-common",
		  0, proxy->common.size, 1 },
		{ &func->device_front, &proxy->device.mr, &device_ops, "card-device",
		  0, proxy->device.size, 1 },
		{ &func->notify_front, &proxy->notify.mr, &notify_ops, "card-notify",
		  0, proxy->notify.size, 1 },
		{ &func->legacy_notify, &proxy->modern_bar, &legacy_notify_ops,
		  "card-legacy-notify", func->legacy_notify_base,
		  func->legacy_notify_pages * CARD_LEGACY_NOTIFY_PAGE, 1 },
		{ &func->gone_modern, &proxy->modern_bar, &gone_ops, "card-gone",
		  0, memory_region_size(&proxy->modern_bar), 2, true },
		{ &func->gone_msix, msix, &gone_ops, "card-gone-msix",
		  0, memory_region_size(msix), 2, true },
	};

	memcpy(fronts, all, sizeof(all));
}

static void add_fronts(struct card_func *func)
{
	struct front fronts[CARD_FRONTS];

	list_fronts(func, fronts);
	for (size_t i = 0; i < ARRAY_SIZE(fronts); i++) {
		struct front *front = &fronts[i];

		memory_region_init_io(front->region, OBJECT(func), front->ops, func,
				      front->name, front->size);
		memory_region_set_enabled(front->region, !front->hidden);
		memory_region_add_subregion_overlap(front->over, front->offset, front->region,
						    front->priority);
	}
	func->fronts_added = true;
}

static void remove_fronts(struct card_func *func)
{
	struct front fronts[CARD_FRONTS];

	if (!func->fronts_added)
		return;
	func->fronts_added = false;
	list_fronts(func, fronts);
	for (size_t i = 0; i < ARRAY_SIZE(fronts); i++)
		memory_region_del_subregion(fronts[i].over, fronts[i].region);
}

/* --- configuration space --- */

/* Where the first virtio capability of @type is, or 0 */
static unsigned int find_cap(PCIDevice *dev, unsigned int type)
{
	uint8_t at = dev->config[PCI_CAPABILITY_LIST];

	while (at && (dev->config[at] != PCI_CAP_ID_VNDR ||
		      dev->config[at + SPEC_CAP_CFG_TYPE] != type))
		at = dev->config[at + PCI_CAP_LIST_NEXT];
	return at;
}

static uint32_t lie_in_config(struct card_func *func, uint32_t addr, int len, uint32_t val)
{
	val = card_lies_apply(func->lies, LIE_CONFIG, 0, 0, addr, len, val);
	for (unsigned int type = SPEC_CAP_COMMON_CFG; func->lies && type <= SPEC_CAP_LAST; type++) {
		unsigned int at = find_cap(PCI_DEVICE(func), type);

		if (at)
			val = card_lies_apply(func->lies, LIE_CAP, type, at, addr, len, val);
	}
	return val;
}

/* A VF has no memory enable of its own; underneath, the bit is the PF's VF MSE. */
static uint32_t hide_memory_enable(PCIDevice *dev, uint32_t addr, int len, uint32_t val)
{
	if (pci_is_vf(dev) && ranges_overlap(addr, len, PCI_COMMAND, 1))
		val &= ~(PCI_COMMAND_MEMORY << 8 * (PCI_COMMAND - addr));
	return val;
}

static uint32_t config_read(PCIDevice *dev, uint32_t addr, int len)
{
	struct card_func *func = CARD_FUNC(dev);

	if (func->gone)
		return UINT32_MAX;
	return lie_in_config(func, addr, len,
			     hide_memory_enable(dev, addr, len, func->config_read(dev, addr, len)));
}

static uint16_t sriov_control(PCIDevice *dev)
{
	return dev->exp.sriov_cap ?
	       pci_get_word(dev->config + dev->exp.sriov_cap + PCI_SRIOV_CTRL) : 0;
}

/* QEMU maps a VF's BARs by its own memory enable, and when its command register is written. */
static void set_vf_memory(PCIDevice *dev, bool on)
{
	for (int i = 0; i < pcie_sriov_num_vfs(dev); i++) {
		PCIDevice *vf = pcie_sriov_get_vf_at_index(dev, i);
		uint16_t command = pci_get_word(vf->config + PCI_COMMAND) & ~PCI_COMMAND_MEMORY;

		pci_set_word(vf->config + PCI_COMMAND, command | (on ? PCI_COMMAND_MEMORY : 0));
		pci_default_write_config(vf, PCI_COMMAND, command, 2);
	}
}

/*
 * QEMU takes DRIVER_OK away when bus mastering is switched off. A stopped or suspended VF
 * does not use it anyway, and its status is the one that it was told.
 */
static void keep_status(struct card_func *func, uint8_t status)
{
	VirtIODevice *vdev = func->vdev;

	if (func->quiet & CARD_QUIET_NO_DMA &&
	    vdev->status == (status & ~VIRTIO_CONFIG_S_DRIVER_OK))
		virtio_set_status(vdev, status);
}

/* Any message of the function's, once its vector was not masked */
static void msi_trigger(PCIDevice *dev, MSIMessage message)
{
	struct card_func *func = CARD_FUNC(dev);

	func->stats.interrupts++;
	func->msi_trigger(dev, message);
}

/* Realizing a device sets it at last, so not before the first write that may enable MSI-X */
static void hook_interrupts(struct card_func *func)
{
	PCIDevice *dev = PCI_DEVICE(func);

	if (dev->msi_trigger == msi_trigger)
		return;
	func->msi_trigger = dev->msi_trigger;
	dev->msi_trigger = msi_trigger;
}

/* VFs come and go in one step for the memory map, however many they are. */
static void config_write(PCIDevice *dev, uint32_t addr, uint32_t val, int len)
{
	struct card_func *func = CARD_FUNC(dev);
	struct card_func_class *class = CARD_FUNC_GET_CLASS(func);
	uint16_t before = sriov_control(dev);
	uint8_t status = func->vdev->status;

	if (func->gone)
		return;
	hook_interrupts(func);
	memory_region_transaction_begin();
	func->config_write(dev, addr, val, len);
	pcie_sriov_config_write(dev, addr, val, len);
	if (sriov_control(dev) != before)
		set_vf_memory(dev, sriov_control(dev) & PCI_SRIOV_CTRL_MSE);
	memory_region_transaction_commit();
	keep_status(func, status);
	card_func_update_disabled(func);
	if (class->config_written)
		class->config_written(func);
}

static void hook_config(struct card_func *func)
{
	PCIDevice *dev = PCI_DEVICE(func);

	func->config_read = dev->config_read;
	func->config_write = dev->config_write;
	dev->config_read = config_read;
	dev->config_write = config_write;
}

/* The common configuration's capability says how much of it there is. */
static void set_common_len(struct card_func *func)
{
	PCIDevice *dev = PCI_DEVICE(func);
	unsigned int at = find_cap(dev, SPEC_CAP_COMMON_CFG);

	if (at)
		stl_le_p(dev->config + at + SPEC_CAP_LENGTH, func->common_len);
}

/* A function that is gone, stopped or suspended does no DMA. */
void card_func_update_disabled(struct card_func *func)
{
	bool master = pci_get_word(PCI_DEVICE(func)->config + PCI_COMMAND) & PCI_COMMAND_MASTER;

	virtio_set_disabled(func->vdev, func->gone || !master ||
			    func->quiet & CARD_QUIET_NO_DMA);
}

void card_func_set_gone(struct card_func *func, bool gone)
{
	if (func->gone == gone)
		return;
	func->gone = gone;
	card_func_update_disabled(func);
	memory_region_set_enabled(&func->gone_modern, gone);
	memory_region_set_enabled(&func->gone_msix, gone);
}

/* --- properties --- */

static char *get_lies(Object *obj, Error **errp)
{
	return g_strdup(CARD_FUNC(obj)->lies_text ?: "");
}

static void set_lies(Object *obj, const char *text, Error **errp)
{
	struct card_func *func = CARD_FUNC(obj);
	GArray *lies = card_lies_parse(text, errp);

	if (!lies)
		return;
	g_clear_pointer(&func->lies, g_array_unref);
	func->lies = lies;
	g_free(func->lies_text);
	func->lies_text = g_strdup(text);
}

/* --- life --- */

void card_func_pages(struct card_func *func)
{
	func->proxy.flags |= VIRTIO_PCI_FLAG_PAGE_PER_VQ;
	func->proxy.notify.size = CARD_DOORBELL_PAGE * VIRTIO_QUEUE_MAX;
}

/* The modern BAR grows by the legacy notify pages, before anything uses its size. */
static void place_notify_pages(struct card_func *func, unsigned int pages)
{
	VirtIOPCIProxy *proxy = &func->proxy;

	func->legacy_notify_base = ROUND_UP(proxy->notify.offset + proxy->notify.size,
					    CARD_LEGACY_NOTIFY_PAGE);
	func->legacy_notify_pages = pages;
	memory_region_set_size(&proxy->modern_bar,
			       pow2ceil(func->legacy_notify_base +
					(uint64_t)pages * CARD_LEGACY_NOTIFY_PAGE));
}

bool card_func_realize(struct card_func *func, unsigned int vectors, unsigned int notify_pages,
		       Error **errp)
{
	PCIDevice *dev = PCI_DEVICE(func);

	if (func->proxy.nvectors == DEV_NVECTORS_UNSPECIFIED)
		func->proxy.nvectors = vectors;
	place_notify_pages(func, notify_pages);
	if (!qdev_realize(DEVICE(func->vdev), BUS(&func->proxy.bus), errp))
		return false;
	if (!msix_present(dev)) {
		error_setg(errp, "%s: no MSI-X with %u vectors", object_get_typename(OBJECT(func)),
			   func->proxy.nvectors);
		return false;
	}
	set_common_len(func);
	pcie_ari_init(dev, CARD_ARI_OFFSET);
	add_fronts(func);
	hook_config(func);
	card_quiet_init(func);
	return true;
}

void card_func_unrealize(struct card_func *func)
{
	struct card_func_class *class = CARD_FUNC_GET_CLASS(func);

	card_quiet_exit(func);
	/* It is gone by itself but for a realize that failed after it was realized. */
	if (DEVICE(func->vdev)->realized)
		qdev_unrealize(DEVICE(func->vdev));
	if (class->exit)
		class->exit(func);
	remove_fronts(func);
	class->parent_exit(PCI_DEVICE(func));
}

static void func_exit(PCIDevice *dev)
{
	card_func_unrealize(CARD_FUNC(dev));
}

static void func_reset_hold(Object *obj, ResetType type)
{
	struct card_func *func = CARD_FUNC(obj);
	struct card_func_class *class = CARD_FUNC_GET_CLASS(func);

	before_reset(func);
	class->parent_phases.hold(obj, type);
	card_suspend_reset(func);
	if (class->pci_reset)
		class->pci_reset(func);
}

static void func_init(Object *obj)
{
	struct card_func *func = CARD_FUNC(obj);
	const struct card_type *type = card_func_type(func);
	Object *backend = object_new(type->backend);

	func->vdev = VIRTIO_DEVICE(backend);
	func->common_len = SPEC_COMMON_LEN;
	card_hold_init(func);
	object_property_add_child(obj, "virtio-backend", backend);
	object_unref(backend);
	qdev_alias_all_properties(DEVICE(backend), obj);
	/* DMA goes through the function's own requester id, legacy DMA too */
	object_property_set_bool(backend, "iommu_platform", true, &error_abort);
	virtio_pci_force_virtio_1(&func->proxy);
}

static void func_finalize(Object *obj)
{
	struct card_func *func = CARD_FUNC(obj);

	g_clear_pointer(&func->lies, g_array_unref);
	g_free(func->lies_text);
}

static const Property func_properties[] = {
	DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors, DEV_NVECTORS_UNSPECIFIED),
};

static const VMStateDescription func_vmstate = {
	.name = "virtio-card",
	.unmigratable = 1,
};

static void func_class_init(ObjectClass *class, void *data)
{
	struct card_func_class *func_class = CARD_FUNC_CLASS(class);
	PCIDeviceClass *pci_class = PCI_DEVICE_CLASS(class);
	DeviceClass *dev_class = DEVICE_CLASS(class);

	device_class_set_props(dev_class, func_properties);
	object_class_property_add_str(class, "lies", get_lies, set_lies);
	dev_class->vmsd = &func_vmstate;
	func_class->parent_exit = pci_class->exit;
	pci_class->exit = func_exit;
	resettable_class_set_parent_phases(RESETTABLE_CLASS(class), NULL, func_reset_hold, NULL,
					   &func_class->parent_phases);
}

void card_func_set_type(ObjectClass *class, const struct card_type *type)
{
	CARD_FUNC_CLASS(class)->type = type;
	PCI_DEVICE_CLASS(class)->class_id = type->pci_class;
	PCI_DEVICE_CLASS(class)->device_id = 0;
}

static const TypeInfo func_info = {
	.name = TYPE_CARD_FUNC,
	.parent = TYPE_VIRTIO_PCI,
	.instance_size = sizeof(struct card_func),
	.instance_init = func_init,
	.instance_finalize = func_finalize,
	.class_size = sizeof(struct card_func_class),
	.class_init = func_class_init,
	.abstract = true,
	.interfaces = (InterfaceInfo[]) {
		{ INTERFACE_PCIE_DEVICE },
		{ },
	},
};

static void func_register(void)
{
	type_register_static(&func_info);
}

type_init(func_register)
