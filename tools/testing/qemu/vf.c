// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF: made and realized with its PF, shown while VF Enable is set. Its ids
 * and BARs are in the PF's SR-IOV capability; it has no interrupt pin.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_device.h"
#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "card.h"
#include "parts.h"

void card_vf_legacy_notify(struct card_vf *vf, uint16_t queue, enum card_notify_way way)
{
	VirtIODevice *vdev = vf->func.vdev;

	vf->func.stats.notifies[way]++;
	if (vf->func.driven_by == CARD_MODERN || vf->func.gone)
		return;
	if (queue < VIRTIO_QUEUE_MAX && virtio_queue_get_num(vdev, queue))
		card_func_notify(&vf->func, queue);
}

uint16_t card_vf_take_vector(struct card_vf *vf, uint16_t old, uint32_t vector)
{
	PCIDevice *dev = PCI_DEVICE(vf);

	if (old != VIRTIO_NO_VECTOR)
		msix_vector_unuse(dev, old);
	if (vector >= vf->func.proxy.nvectors)
		return VIRTIO_NO_VECTOR;
	msix_vector_use(dev, vector);
	return vector;
}

static void vf_legacy_notify(struct card_func *func, unsigned int page, uint16_t queue)
{
	card_vf_legacy_notify(CARD_VF(func), queue, CARD_NOTIFY_MEMBER);
}

static bool attach(struct card_vf *vf, Error **errp)
{
	const struct card_type *type = card_func_type(&vf->func);

	if (type->vf_prepare && !type->vf_prepare(vf, errp))
		return false;
	/* Rings and doorbells are the PF's kind */
	if (vf->pf->func.proxy.flags & VIRTIO_PCI_FLAG_PAGE_PER_VQ)
		card_func_pages(&vf->func);
	if (virtio_host_has_feature(vf->pf->func.vdev, VIRTIO_F_RING_PACKED) &&
	    !object_property_set_bool(OBJECT(vf->func.vdev), "packed", true, errp))
		return false;
	/* Vectors for the configuration and for each queue */
	if (!card_func_realize(&vf->func, 1 + type->queues(vf->func.vdev), 1, errp))
		return false;
	if (vf->pf->suspend)
		virtio_add_feature(&vf->func.vdev->host_features, SPEC_F_SUSPEND);
	return true;
}

static void vf_realize(VirtIOPCIProxy *proxy, Error **errp)
{
	struct card_vf *vf = CARD_VF(proxy);
	PCIDevice *dev = PCI_DEVICE(vf), *pf = pcie_sriov_get_pf(dev);

	if (!pf) {
		error_setg(errp, "%s: made by its PF only", object_get_typename(OBJECT(vf)));
		return;
	}
	vf->pf = CARD_PF(pf);
	vf->index = pcie_sriov_vf_number(dev);
	if (!attach(vf, errp)) {
		card_func_unrealize(&vf->func);
		return;
	}
	dev->config[PCI_INTERRUPT_PIN] = 0;
	pci_word_test_and_clear_mask(dev->wmask + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
}

static void vf_exit(struct card_func *func)
{
	const struct card_type *type = card_func_type(func);

	dma_log_stop(&CARD_VF(func)->log);
	if (type->vf_exit)
		type->vf_exit(CARD_VF(func));
}

static void vf_before_reset(struct card_func *func)
{
	card_vf_forget_places(CARD_VF(func));
}

/* Not by a reset of the virtio part alone: that is the VF's driver's, the log is the owner's. */
static void vf_pci_reset(struct card_func *func)
{
	dma_log_stop(&CARD_VF(func)->log);
	card_vf_mode_reset(CARD_VF(func));
}

static void vf_class_init(ObjectClass *class, void *data)
{
	CARD_FUNC_CLASS(class)->legacy_notify = vf_legacy_notify;
	CARD_FUNC_CLASS(class)->exit = vf_exit;
	CARD_FUNC_CLASS(class)->before_reset = vf_before_reset;
	CARD_FUNC_CLASS(class)->pci_reset = vf_pci_reset;
	CARD_FUNC_CLASS(class)->config_written = card_vf_memory_on;
	VIRTIO_PCI_CLASS(class)->realize = vf_realize;
	DEVICE_CLASS(class)->user_creatable = false;
}

static const TypeInfo vf_info = {
	.name = TYPE_CARD_VF,
	.parent = TYPE_CARD_FUNC,
	.instance_size = sizeof(struct card_vf),
	.class_init = vf_class_init,
	.abstract = true,
};

static void vf_register(void)
{
	type_register_static(&vf_info);
}

type_init(vf_register)
