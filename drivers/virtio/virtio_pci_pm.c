// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device sleep, and how does it come through a reset of its PCI
 * function that somebody else asked for: sysfs, vfio, or error recovery?
 *
 * Alike: its driver lets go of it (reset, queues deleted, the admin queue with
 * them), and takes it up again afterwards.
 */
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/virtio.h>

#include "virtio_pci.h"
#include "vp_admin.h"

/* Hand the device back to its driver; if that fails, a silent one instead */
static int vp_take_up(struct vp_device *vp, int (*take_up)(struct virtio_device *vdev))
{
	int ret = take_up(&vp->vdev);

	if (!ret)
		return 0;
	dev_err(&vp->pci_dev->dev, "%s did not come back (%d): its requests will fail\n",
		dev_name(&vp->vdev.dev), ret);
	vp_admin_quiesce(vp);
	vp_replace_by_silent(vp);
	take_up(&vp->vdev);
	virtio_break_device(&vp->vdev);
	return ret;
}

/* --- sleep --- */

static int __maybe_unused vp_freeze(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret;

	ret = virtio_device_freeze(&vp->vdev);
	if (ret)
		return ret;
	/* a driver that cannot sleep has not reset its device */
	vp_admin_quiesce(vp);
	pci_disable_device(vp->pci_dev);
	return 0;
}

static int __maybe_unused vp_restore(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret;

	ret = pci_enable_device(vp->pci_dev);
	if (ret)
		return ret;
	pci_set_master(vp->pci_dev);
	return vp_take_up(vp, virtio_device_restore);
}

const struct dev_pm_ops vp_pm_ops = {
	SET_SYSTEM_SLEEP_PM_OPS(vp_freeze, vp_restore)
};

/* --- a reset of the function --- */

/* The driver's probe and removal wait until it is over */
static void vp_function_reset_prepare(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);
	int ret;

	device_lock(&vp->vdev.dev);
	ret = virtio_device_reset_prepare(&vp->vdev);
	vp_admin_quiesce(vp);
	vp->carried = !ret;
	if (ret && vp->vdev.dev.driver)
		pci_warn(pdev,
			 "reset under %s, whose driver cannot follow (%d): bind it again\n",
			 dev_name(&vp->vdev.dev), ret);
}

static void vp_function_reset_done(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	/* what was saved may be what another reset had left: a VF after its PF's */
	if (pci_reenable_device(pdev))
		pci_err(pdev, "cannot be enabled after a reset\n");
	pci_set_master(pdev);
	if (vp->carried)
		vp_take_up(vp, virtio_device_reset_done);
	device_unlock(&vp->vdev.dev);
}

/* --- error recovery: the same, in steps --- */

static pci_ers_result_t vp_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	if (state == pci_channel_io_normal)
		return PCI_ERS_RESULT_CAN_RECOVER;
	vp_admin_quiesce(vp);
	if (state == pci_channel_io_perm_failure) {
		virtio_break_device(&vp->vdev);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	device_lock(&vp->vdev.dev);
	vp->carried = !virtio_device_reset_prepare(&vp->vdev);
	device_unlock(&vp->vdev.dev);
	pci_disable_device(pdev);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vp_slot_reset(struct pci_dev *pdev)
{
	if (pci_enable_device(pdev))
		return PCI_ERS_RESULT_DISCONNECT;
	pci_restore_state(pdev);
	pci_save_state(pdev);
	pci_set_master(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void vp_error_resume(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	device_lock(&vp->vdev.dev);
	if (vp->carried)
		vp_take_up(vp, virtio_device_reset_done);
	vp->carried = false;
	device_unlock(&vp->vdev.dev);
}

const struct pci_error_handlers vp_error_handlers = {
	.error_detected = vp_error_detected,
	.slot_reset = vp_slot_reset,
	.resume = vp_error_resume,
	.reset_prepare = vp_function_reset_prepare,
	.reset_done = vp_function_reset_done,
};
