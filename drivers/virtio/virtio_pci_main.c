// SPDX-License-Identifier: GPL-2.0-only
/* What happens when a PCI function is probed, gets VFs, and is removed? */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

static bool force_legacy;
module_param(force_legacy, bool, 0644);
MODULE_PARM_DESC(force_legacy,
		 "drive transitional devices by their legacy registers, if bound after this is set (default N)");

/* --- attach: which kind of device is it? --- */

static int vp_attach(struct vp_device *vp)
{
	const struct vp_kind *kinds[] = { &vp_modern, &vp_legacy };
	int ret = -ENODEV;

	if (force_legacy)
		swap(kinds[0], kinds[1]);
	for (int i = 0; i < ARRAY_SIZE(kinds) && ret == -ENODEV; i++) {
		ret = kinds[i]->attach(vp);
		vp->hw = kinds[i];
	}
	if (ret == -ENODEV)
		dev_err(&vp->pci_dev->dev, "refused: neither a modern nor a legacy device%s\n",
			force_legacy ? " (force_legacy is set)" : "");
	return ret;
}

/* The last reference was dropped, perhaps long after PCI remove */
static void vp_release(struct device *dev)
{
	kfree(to_vp_device(dev_to_virtio(dev)));
}

static struct vp_device *vp_alloc(struct pci_dev *pdev)
{
	struct vp_device *vp = kzalloc(sizeof(*vp), GFP_KERNEL);

	if (!vp)
		return NULL;
	vp->pci_dev = pdev;
	vp->vdev.dev.parent = &pdev->dev;
	vp->vdev.dev.release = vp_release;
	vp->vdev.config = &vp_config_ops;
	mutex_init(&vp->queues_lock);
	mutex_init(&vp->select_lock);
	mutex_init(&vp->admin_lock);
	return vp;
}

/* Prepare the device for register_virtio_device() */
static int vp_setup(struct vp_device *vp)
{
	struct pci_dev *pdev = vp->pci_dev;
	int ret;

	ret = pci_enable_device(pdev);
	if (ret)
		return ret;
	ret = vp_attach(vp);
	if (ret)
		goto err_disable;
	vp_state_init(vp);
	/* restored after a bus reset, with bus mastering disabled */
	pci_save_state(pdev);
	ret = vp_admin_create(vp);
	if (ret)
		goto err_detach;
	return 0;

err_detach:
	vp->hw->detach(vp);
err_disable:
	pci_disable_device(pdev);
	return ret;
}

static void vp_teardown(struct vp_device *vp)
{
	vp_admin_destroy(vp);
	vp->hw->detach(vp);
	vp_disable(vp);
}

static int vp_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vp_device *vp = vp_alloc(pdev);
	int ret;

	if (!vp)
		return -ENOMEM;
	ret = vp_setup(vp);
	if (ret) {
		kfree(vp);
		return ret;
	}
	pci_set_drvdata(pdev, vp);
	ret = register_virtio_device(&vp->vdev);
	if (ret)
		goto err_teardown;
	ret = vp_notify_drivers(vp);
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	get_device(&vp->vdev.dev);
	unregister_virtio_device(&vp->vdev);
err_teardown:
	vp_teardown(vp);
	/* register_virtio_device() initialized the device even if it failed */
	put_device(&vp->vdev.dev);
	return ret;
}

/* --- VFs --- */

static void vp_vfs_gone(struct vp_device *vp)
{
	mutex_lock(&vp->admin_lock);
	vp_admin_vfs_gone(vp);
	mutex_unlock(&vp->admin_lock);
	pci_disable_sriov(vp->pci_dev);
}

static int vp_vfs_come(struct vp_device *vp, unsigned int n)
{
	int ret;

	mutex_lock(&vp->admin_lock);
	ret = vp_admin_vfs_prepare(vp, n);
	mutex_unlock(&vp->admin_lock);
	if (ret)
		return ret;
	ret = pci_enable_sriov(vp->pci_dev, n);
	if (!ret)
		return 0;
	mutex_lock(&vp->admin_lock);
	vp_admin_vfs_gone(vp);
	mutex_unlock(&vp->admin_lock);
	return ret;
}

/* echo N > sriov_numvfs, under the PCI device's lock */
static int vp_sriov_configure(struct pci_dev *pdev, int n)
{
	struct vp_device *vp = pci_get_drvdata(pdev);
	int ret;

	if (!n) {
		if (pci_vfs_assigned(pdev))
			return -EPERM;
		vp_vfs_gone(vp);
		return 0;
	}
	if (vp->kind->offline)
		return -ENODEV;
	/* VIRTIO_F_SR_IOV must be negotiated, so a driver is needed */
	if (!(vp_get_status(&vp->vdev) & VIRTIO_CONFIG_S_DRIVER_OK)) {
		pci_warn(pdev, "cannot enable VFs: no driver bound to %s\n",
			 dev_name(&vp->vdev.dev));
		return -EBUSY;
	}
	if (!__virtio_test_bit(&vp->vdev, VIRTIO_F_SR_IOV)) {
		pci_warn(pdev, "cannot enable VFs: the device does not offer VIRTIO_F_SR_IOV\n");
		return -EINVAL;
	}
	ret = vp_vfs_come(vp, n);
	return ret ?: n;
}

/* --- removal --- */

static void vp_remove(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	get_device(&vp->vdev.dev);
	/*
	 * Surprise removal: abort callers that wait for an answer first, because the
	 * VFs' drivers may be among them, and removing the VFs waits for those.
	 */
	if (!pci_device_is_present(pdev))
		vp_lost(vp);
	vp_vfs_gone(vp);
	unregister_virtio_device(&vp->vdev);
	vp_forget_drivers(vp);
	vp_teardown(vp);
	put_device(&vp->vdev.dev);
}

static struct pci_driver vp_driver = {
	.name = vp_driver_name,
	.id_table = vp_ids,
	.probe = vp_probe,
	.remove = vp_remove,
	.sriov_configure = vp_sriov_configure,
	.driver.pm = &vp_pm_ops,
	.err_handler = &vp_error_handlers,
};
module_pci_driver(vp_driver);

MODULE_DESCRIPTION("virtio over PCI: modern, transitional and legacy devices, SR-IOV owners");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
