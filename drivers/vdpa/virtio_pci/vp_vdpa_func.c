// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is the lifetime of a function, from its driver's probe to its remove? Is it
 * accepted, and what happens to it in errors and sleep? For each driver of such functions.
 */
#include <linux/export.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_net.h>

#include "vp_vdpa.h"

/* A NIC that was reset may show fewer queues than it has with MQ */
static u32 vpv_func_queues(struct vpv_func *func, int type)
{
	u32 queues = vp_reg_read(&func->regs.common, VP_NUM_QUEUES);
	__le16 pairs = 0;

	if (type == VIRTIO_ID_NET && func->offer.possible & BIT_ULL(VIRTIO_NET_F_MQ))
		vp_regs_config_get(&func->regs,
				   offsetof(struct virtio_net_config, max_virtqueue_pairs),
				   &pairs, sizeof(pairs));
	return pairs ? max(queues, 2U * le16_to_cpu(pairs) + 1) : queues;
}

static int vpv_func_describe(struct vpv_func *func)
{
	struct device *dev = &func->pdev->dev;
	int type = vp_regs_type(func->pdev);
	const char *missing;
	u64 features;

	if (type < 0)
		return type;
	features = vp_regs_device_features(&func->regs, 0);
	/* not possible without this register */
	if (!vp_reg_there(&func->regs.common, VP_QUEUE_RESET))
		features &= ~BIT_ULL(VIRTIO_F_RING_RESET);
	func->features = features;
	missing = vpv_features(features, &func->offer);
	if (missing) {
		dev_err(dev, "refused: the function does not offer %s\n", missing);
		return -EOPNOTSUPP;
	}
	func->offer.by_default &= ~(func->kind->on_demand | vpv_on_demand(type));
	func->ids[0] = (struct virtio_device_id) { type, func->pdev->subsystem_vendor };
	func->mdev.device = dev;
	func->mdev.ops = &vpv_mgmt_ops;
	func->mdev.id_table = func->ids;
	func->mdev.supported = VDPA_GIVEN_FEATURES;
	if (type == VIRTIO_ID_NET)
		func->mdev.supported |= VDPA_GIVEN_MAC | VDPA_GIVEN_MTU | VDPA_GIVEN_MAX_VQP;
	func->mdev.supported_features = func->offer.possible;
	func->mdev.max_supported_vqs = vpv_func_queues(func, type);
	return 0;
}

/**
 * vpv_func_bind() - a driver's probe: make a management device of a function
 * @pdev: the function
 * @kind: what is particular to the driver's functions; used until vpv_func_unbind()
 *
 * The driver has vpv_error_handlers and vpv_pm_ops, which expect the function's drvdata.
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV if it is no modern virtio function; -EINVAL for invalid capabilities and
 * -EOPNOTSUPP if a feature is missing that is needed, both logged; -ENOMEM, or an error of the
 * PCI core.
 */
int vpv_func_bind(struct pci_dev *pdev, const struct vpv_kind *kind)
{
	struct vpv_func *func;
	int ret;

	func = kzalloc(sizeof(*func), GFP_KERNEL);
	if (!func)
		return -ENOMEM;
	func->pdev = pdev;
	func->kind = kind;
	mutex_init(&func->device_lock);
	ret = pci_enable_device(pdev);
	if (ret)
		goto err_free;
	ret = vp_regs_map(&func->regs, pdev);
	if (ret)
		goto err_disable;
	ret = vpv_func_describe(func);
	if (ret)
		goto err_unmap;
	pci_set_drvdata(pdev, func);
	ret = vdpa_mgmtdev_register(&func->mdev);
	if (ret)
		goto err_unmap;
	return 0;

err_unmap:
	vp_regs_unmap(&func->regs);
err_disable:
	pci_disable_device(pdev);
err_free:
	mutex_destroy(&func->device_lock);
	kfree(func);
	return ret;
}
EXPORT_SYMBOL_GPL(vpv_func_bind);

/**
 * vpv_func_unbind() - a driver's remove: delete the function's device, whoever uses it
 * @pdev: the function
 *
 * Context: process, may sleep. Commands of the `vdpa` tool wait meanwhile.
 */
void vpv_func_unbind(struct pci_dev *pdev)
{
	struct vpv_func *func = pci_get_drvdata(pdev);

	/* deletes the function's device */
	vdpa_mgmtdev_unregister(&func->mdev);
	vp_regs_unmap(&func->regs);
	pci_disable_device(pdev);
	mutex_destroy(&func->device_lock);
	kfree(func);
}
EXPORT_SYMBOL_GPL(vpv_func_unbind);

/* The function loses its state: its device is dead until its user resets it */
static void vpv_func_lost(struct pci_dev *pdev)
{
	struct vpv_func *func = pci_get_drvdata(pdev);

	mutex_lock(&func->device_lock);
	if (func->device) {
		dev_warn(&func->device->vdev.dev, "the function has lost its state: a reset is needed\n");
		vpv_lost(func->device);
	}
	mutex_unlock(&func->device_lock);
}

static pci_ers_result_t vpv_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	vpv_func_lost(pdev);
	return state == pci_channel_io_perm_failure ? PCI_ERS_RESULT_DISCONNECT :
						      PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vpv_slot_reset(struct pci_dev *pdev)
{
	/* with bus mastering as it was saved, before there was a device */
	pci_restore_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

const struct pci_error_handlers vpv_error_handlers = {
	.error_detected = vpv_error_detected,
	.slot_reset = vpv_slot_reset,
	/* a function reset by somebody else, such as by sysfs */
	.reset_prepare = vpv_func_lost,
};
EXPORT_SYMBOL_GPL(vpv_error_handlers);

static int vpv_func_sleep(struct device *dev)
{
	vpv_func_lost(to_pci_dev(dev));
	return 0;
}

static int vpv_func_wake(struct device *dev)
{
	return 0;
}

const struct dev_pm_ops vpv_pm_ops = {
	SYSTEM_SLEEP_PM_OPS(vpv_func_sleep, vpv_func_wake)
};
EXPORT_SYMBOL_GPL(vpv_pm_ops);
