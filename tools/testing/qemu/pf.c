// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PF: a virtio device of its own, owner of the SR-IOV group, with the
 * admin queue after its own virtqueues.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "card.h"
#include "adm_cmd.h"

#define CARD_SRIOV_OFFSET	0x140
#define CARD_VFS_DEFAULT	8
/* A bus has 256 function numbers, the first is the PF's */
#define CARD_VFS_MAX		255
#define CARD_VF_QUEUES_MAX	64
/* Four in a row, in the list's words */
#define DIRTY_LOG_OPCODE_MAX	(ADM_LIST_WORDS * 64 - 4)

struct card_vf *card_pf_any_vf(struct card_pf *pf, unsigned int index)
{
	return CARD_VF(PCI_DEVICE(pf)->exp.sriov_pf.vf[index]);
}

struct card_vf *card_pf_vf(struct card_pf *pf, unsigned int index)
{
	PCIDevice *vf = pcie_sriov_get_vf_at_index(PCI_DEVICE(pf), index);

	return vf ? CARD_VF(vf) : NULL;
}

unsigned int card_pf_num_vfs(struct card_pf *pf)
{
	return pcie_sriov_num_vfs(PCI_DEVICE(pf));
}

/* It may have no members. */
bool card_pf_has_group(struct card_pf *pf)
{
	PCIDevice *dev = PCI_DEVICE(pf);

	return pci_get_word(dev->config + CARD_SRIOV_OFFSET + PCI_SRIOV_CTRL) &
	       PCI_SRIOV_CTRL_VFE;
}

/* --- registers --- */

static bool pf_common_read(struct card_func *func, hwaddr addr, uint64_t *val)
{
	struct card_pf *pf = CARD_PF(func);

	switch (addr) {
	case SPEC_COMMON_NUM_QUEUES:
		/* stops at the gap before the admin queue, which does not count */
		*val = virtio_get_num_queues(func->vdev);
		return true;
	case SPEC_COMMON_ADMIN_QUEUE_INDEX:
		*val = pf->admin_index;
		return true;
	case SPEC_COMMON_ADMIN_QUEUE_NUM:
		*val = pf->queue.vq ? 1 : 0;
		return true;
	default:
		return false;
	}
}

/* A ring reset forgets popped elements as a device reset does. */
static bool pf_common_write(struct card_func *func, hwaddr addr, uint64_t val)
{
	struct card_pf *pf = CARD_PF(func);

	if (addr == SPEC_COMMON_QUEUE_RESET && func->vdev->queue_sel == pf->admin_index)
		adm_queue_drop(&pf->queue);
	return false;
}

static void pf_legacy_notify(struct card_func *func, unsigned int page, uint16_t queue)
{
	struct card_vf *vf = card_pf_vf(CARD_PF(func), page);

	if (!vf || !card_func_enter(&vf->func))
		return;
	card_vf_legacy_notify(vf, queue, CARD_NOTIFY_OWNER);
	card_func_leave(&vf->func);
}

/* Those of members beyond the first MEMBERS */
static void stop_logs(struct card_pf *pf, unsigned int members)
{
	for (unsigned int i = members; PCI_DEVICE(pf)->exp.sriov_pf.vf && i < pf->vfs; i++)
		dma_log_stop(&card_pf_any_vf(pf, i)->log);
}

/* "After reset [...] the list of legal commands [is] LIST_QUERY and LIST_USE" */
static void pf_before_reset(struct card_func *func)
{
	struct card_pf *pf = CARD_PF(func);

	adm_queue_drop(&pf->queue);
	memset(&pf->caps, 0, sizeof(pf->caps));
	adm_objects_drop(pf, 0);
	stop_logs(pf, 0);
	memset(pf->used, 0, sizeof(pf->used));
	for (unsigned int group = 0; group < SPEC_GROUPS; group++) {
		adm_list_set(&pf->used[group], SPEC_CMD_LIST_QUERY);
		adm_list_set(&pf->used[group], SPEC_CMD_LIST_USE);
	}
}

static void pf_pci_reset(struct card_func *func)
{
	memory_region_transaction_begin();
	pcie_sriov_pf_reset(PCI_DEVICE(func));
	memory_region_transaction_commit();
}

/* Objects go with the members that they are of. */
static void pf_config_written(struct card_func *func)
{
	struct card_pf *pf = CARD_PF(func);

	unsigned int members = card_pf_has_group(pf) ? card_pf_num_vfs(pf) : 0;

	adm_objects_drop(pf, members);
	stop_logs(pf, members);
}

/* --- properties --- */

static char *get_faults(Object *obj, Error **errp)
{
	return g_strdup(CARD_PF(obj)->faults_text ?: "");
}

static void act_on_faults(struct card_pf *pf)
{
	for (unsigned int i = 0; i <= pf->vfs; i++) {
		struct card_func *func = i ? &card_pf_any_vf(pf, i - 1)->func : &pf->func;

		card_func_set_gone(func, card_fault(&pf->faults[i], FAULT_GONE, NULL));
		card_hold_set(func, card_fault(&pf->faults[i], FAULT_HOLD, NULL));
	}
	adm_queue_kick(&pf->queue);
}

static void set_faults(Object *obj, const char *text, Error **errp)
{
	struct card_pf *pf = CARD_PF(obj);

	/* Before realize the number of VFs is not known: the text is read then. */
	if (pf->faults) {
		struct card_faults *faults = card_faults_parse(text, pf->vfs, errp);

		if (!faults)
			return;
		g_free(pf->faults);
		pf->faults = faults;
	}
	g_free(pf->faults_text);
	pf->faults_text = g_strdup(text);
	if (pf->faults)
		act_on_faults(pf);
}

static char *get_personality(Object *obj, Error **errp)
{
	return g_strdup(CARD_PF(obj)->strict ? "strict" : "tolerant");
}

static void set_personality(Object *obj, const char *text, Error **errp)
{
	if (strcmp(text, "strict") && strcmp(text, "tolerant")) {
		error_setg(errp, "personality is strict or tolerant, not '%s'", text);
		return;
	}
	CARD_PF(obj)->strict = !strcmp(text, "strict");
}

static void get_latency(Object *obj, Visitor *visitor, const char *name, void *opaque, Error **errp)
{
	visit_type_uint32(visitor, name, &CARD_PF(obj)->queue.latency_us, errp);
}

static void set_latency(Object *obj, Visitor *visitor, const char *name, void *opaque, Error **errp)
{
	visit_type_uint32(visitor, name, &CARD_PF(obj)->queue.latency_us, errp);
}

static char *get_stats(Object *obj, Error **errp)
{
	struct card_pf *pf = CARD_PF(obj);
	GString *json = g_string_new("{\"pf\": ");

	card_stats_append(json, &pf->func.stats);
	g_string_append(json, ", \"vfs\": [");
	for (unsigned int i = 0; pf->faults && i < pf->vfs; i++) {
		g_string_append(json, i ? ", " : "");
		card_stats_append(json, &card_pf_any_vf(pf, i)->func.stats);
	}
	g_string_append(json, "]}");
	return g_string_free(json, false);
}

static char *get_log_stats(Object *obj, Error **errp)
{
	struct card_pf *pf = CARD_PF(obj);
	GString *json = g_string_new("[");

	for (unsigned int i = 0; pf->faults && i < pf->vfs; i++) {
		g_string_append(json, i ? ", " : "");
		dma_log_append_stats(&card_pf_any_vf(pf, i)->log, json);
	}
	g_string_append(json, "]");
	return g_string_free(json, false);
}

/* A line for each VF */
static char *get_log_ever(Object *obj, Error **errp)
{
	struct card_pf *pf = CARD_PF(obj);
	GString *text = g_string_new(NULL);

	for (unsigned int i = 0; pf->faults && i < pf->vfs; i++) {
		g_autoptr(GString) line = g_string_new(NULL);

		dma_log_append_ever(&card_pf_any_vf(pf, i)->log, line);
		g_string_append_printf(text, "%s\n", line->str);
	}
	return g_string_free(text, false);
}

static void unplug_bh(void *opaque)
{
	PCIDevice *dev = opaque;

	if (DEVICE(dev)->realized)
		card_surprise_unplug(dev);
	object_unref(OBJECT(dev));
}

static bool get_unplug(Object *obj, Error **errp)
{
	return false;
}

/* Not from here: the property's caller still holds the device. */
static void set_unplug(Object *obj, bool value, Error **errp)
{
	if (!value)
		return;
	if (!DEVICE(obj)->realized) {
		error_setg(errp, "unplug: the device is not plugged");
		return;
	}
	object_ref(obj);
	aio_bh_schedule_oneshot(qemu_get_aio_context(), unplug_bh, PCI_DEVICE(obj));
}

static const Property pf_properties[] = {
	DEFINE_PROP_UINT16("vfs", struct card_pf, vfs, CARD_VFS_DEFAULT),
	DEFINE_PROP_UINT16("vf-queues", struct card_pf, vf_queues, 1),
	DEFINE_PROP_UINT16("dirty-log", struct card_pf, dirty_log, 0),
	DEFINE_PROP_BOOL("migration", struct card_pf, migration, true),
	DEFINE_PROP_BOOL("suspend", struct card_pf, suspend, false),
	DEFINE_PROP_UINT8("object-limit", struct card_pf, object_limit, UINT8_MAX),
	/* Shorter than 64 bytes: a device from before virtio 1.2, without admin queue */
	DEFINE_PROP_UINT16("common-len", struct card_pf, func.common_len, SPEC_COMMON_LEN),
};

static void add_properties(ObjectClass *class)
{
	device_class_set_props(DEVICE_CLASS(class), pf_properties);
	object_class_property_add_str(class, "faults", get_faults, set_faults);
	object_class_property_add_str(class, "personality", get_personality, set_personality);
	object_class_property_add(class, "latency-us", "uint32", get_latency, set_latency,
				  NULL, NULL);
	object_class_property_add_str(class, "stats", get_stats, NULL);
	object_class_property_add_str(class, "log-stats", get_log_stats, NULL);
	object_class_property_add_str(class, "log-ever", get_log_ever, NULL);
	object_class_property_add_bool(class, "unplug", get_unplug, set_unplug);
}

/* --- life --- */

static bool check_config(struct card_pf *pf, Error **errp)
{
	if (!pci_is_express(PCI_DEVICE(pf))) {
		error_setg(errp, "an SR-IOV card wants bus= to be a PCI Express root port");
		return false;
	}
	if (pf->vfs < 1 || pf->vfs > CARD_VFS_MAX) {
		error_setg(errp, "vfs=%u: 1 to %u", pf->vfs, CARD_VFS_MAX);
		return false;
	}
	if (pf->vf_queues < 1 || pf->vf_queues > CARD_VF_QUEUES_MAX) {
		error_setg(errp, "vf-queues=%u: 1 to %u", pf->vf_queues, CARD_VF_QUEUES_MAX);
		return false;
	}
	if (pf->func.common_len < 0x38 || pf->func.common_len > 0x1000) {
		error_setg(errp, "common-len=%u: 56 to 4096", pf->func.common_len);
		return false;
	}
	if (pf->dirty_log && (pf->dirty_log <= SPEC_CMD_DEV_MODE_SET ||
			      pf->dirty_log > DIRTY_LOG_OPCODE_MAX)) {
		error_setg(errp, "dirty-log=%u: 0, or an opcode from %u to %u", pf->dirty_log,
			   SPEC_CMD_DEV_MODE_SET + 1, DIRTY_LOG_OPCODE_MAX);
		return false;
	}
	if (pf->suspend && pf->migration) {
		error_setg(errp, "suspend=on: wants migration=off, no device part has that state");
		return false;
	}
	pf->faults = card_faults_parse(pf->faults_text, pf->vfs, errp);
	return pf->faults;
}

/*
 * QEMU hands out the first free index. One is left free before the admin queue,
 * for QEMU's devices count their own queues up to the first that is not there.
 */
static void add_admin_queue(struct card_pf *pf)
{
	VirtIODevice *vdev = pf->func.vdev;
	unsigned int gap = virtio_get_num_queues(vdev);
	VirtQueue *vq;

	if (pf->func.common_len < SPEC_COMMON_LEN)
		return;
	/* This QEMU makes them of this size whatever it is asked for */
	virtio_add_queue(vdev, VIRTQUEUE_MAX_SIZE, NULL);
	vq = virtio_add_queue(vdev, VIRTQUEUE_MAX_SIZE, adm_queue_doorbell);
	virtio_del_queue(vdev, gap);
	pf->admin_index = virtio_get_queue_index(vq);
	adm_queue_attach(&pf->queue, vq);
	virtio_add_feature(&vdev->host_features, SPEC_F_ADMIN_VQ);
}

/* VF BAR0 stays zero: the legacy commands ask for that. */
static bool add_vfs(struct card_pf *pf, Error **errp)
{
	const struct card_type *type = card_func_type(&pf->func);
	g_autofree char *name = g_strdup_printf("virtio-%s-vf", type->name);
	PCIDevice *dev = PCI_DEVICE(pf);
	struct card_func *vf;
	bool done;

	virtio_add_feature(&pf->func.vdev->host_features, SPEC_F_SR_IOV);
	/* One new memory map for all of them: each VF has a map of its own to be made */
	memory_region_transaction_begin();
	done = pcie_sriov_pf_init(dev, CARD_SRIOV_OFFSET, name,
				  pci_get_word(dev->config + PCI_DEVICE_ID), pf->vfs, pf->vfs,
				  1, 1, errp);
	memory_region_transaction_commit();
	if (!done)
		return false;
	vf = &card_pf_any_vf(pf, 0)->func;
	pcie_sriov_pf_init_vf_bar(dev, vf->proxy.msix_bar_idx, PCI_BASE_ADDRESS_SPACE_MEMORY,
				  memory_region_size(&PCI_DEVICE(vf)->msix_exclusive_bar));
	pcie_sriov_pf_init_vf_bar(dev, vf->proxy.modern_mem_bar_idx,
				  PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_PREFETCH |
				  PCI_BASE_ADDRESS_MEM_TYPE_64,
				  memory_region_size(&vf->proxy.modern_bar));
	return true;
}

static bool attach(struct card_pf *pf, Error **errp)
{
	const struct card_type *type = card_func_type(&pf->func);
	unsigned int vectors;

	if (type->pf_prepare && !type->pf_prepare(pf, errp))
		return false;
	/* Those of the configuration, of each queue, and of the admin queue */
	vectors = 1 + type->queues(pf->func.vdev) + 1;
	if (!card_func_realize(&pf->func, vectors, pf->vfs, errp))
		return false;
	add_admin_queue(pf);
	if (!add_vfs(pf, errp))
		return false;
	act_on_faults(pf);
	return true;
}

static void pf_realize(VirtIOPCIProxy *proxy, Error **errp)
{
	struct card_pf *pf = CARD_PF(proxy);

	adm_queue_init(&pf->queue, pf);
	if (!check_config(pf, errp) || !attach(pf, errp))
		card_func_unrealize(&pf->func);
}

static void pf_exit(struct card_func *func)
{
	struct card_pf *pf = CARD_PF(func);
	const struct card_type *type = card_func_type(func);
	PCIDevice *dev = PCI_DEVICE(pf);

	adm_queue_exit(&pf->queue);
	if (dev->exp.sriov_pf.vf) {
		memory_region_transaction_begin();
		pcie_sriov_pf_exit(dev);
		memory_region_transaction_commit();
	}
	if (type->pf_exit)
		type->pf_exit(pf);
	g_free(pf->faults);
	pf->faults = NULL;
}

static void pf_init(Object *obj)
{
	CARD_PF(obj)->objects = g_array_new(false, true, sizeof(struct adm_object));
}

static void pf_finalize(Object *obj)
{
	g_array_unref(CARD_PF(obj)->objects);
	g_free(CARD_PF(obj)->faults_text);
}

static void pf_class_init(ObjectClass *class, void *data)
{
	struct card_func_class *func_class = CARD_FUNC_CLASS(class);

	func_class->legacy_notify = pf_legacy_notify;
	func_class->before_reset = pf_before_reset;
	func_class->pci_reset = pf_pci_reset;
	func_class->exit = pf_exit;
	func_class->common_read = pf_common_read;
	func_class->common_write = pf_common_write;
	func_class->config_written = pf_config_written;
	VIRTIO_PCI_CLASS(class)->realize = pf_realize;
	add_properties(class);
}

static const TypeInfo pf_info = {
	.name = TYPE_CARD_PF,
	.parent = TYPE_CARD_FUNC,
	.instance_size = sizeof(struct card_pf),
	.instance_init = pf_init,
	.instance_finalize = pf_finalize,
	.class_init = pf_class_init,
	.abstract = true,
};

static void pf_register(void)
{
	type_register_static(&pf_info);
}

type_init(pf_register)
