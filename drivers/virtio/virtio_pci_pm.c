// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device sleep, and how does it come through a reset of its PCI
 * function that somebody else asked for: sysfs, vfio, or error recovery?
 *
 * Alike: its driver lets go of it (reset, queues deleted, the admin queue with
 * them), and takes it up again afterwards. A driver that cannot do so while
 * processes use it is removed before a reset, and probed again after it.
 */
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/virtio.h>
#include <linux/virtio_ids.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

/* A broken off error recovery, or wake-up, leaves the function disabled */
void vp_disable(struct vp_device *vp)
{
	if (pci_is_enabled(vp->pci_dev))
		pci_disable_device(vp->pci_dev);
}

/* The function is enabled: what to restore after a reset of the bus is used up by each */
void vp_function_ready(struct pci_dev *pdev)
{
	pci_set_master(pdev);
	pci_save_state(pdev);
}

/* --- the driver lets go, and takes up again --- */

/*
 * By the way that the driver has for resets. The one for sleep relies on processes
 * that stand still: most drivers free by it what these may be reading. virtio_blk
 * stops its queues first, so that it is enough.
 */
static int vp_carry_over(struct vp_device *vp)
{
	int ret;

	vp->take_up = virtio_device_reset_done;
	ret = virtio_device_reset_prepare(&vp->vdev);
	if (ret == -EOPNOTSUPP && vp->vdev.id.device == VIRTIO_ID_BLOCK) {
		vp->take_up = virtio_device_restore;
		ret = virtio_device_freeze(&vp->vdev);
	}
	if (ret)
		vp->take_up = NULL;
	return ret;
}

/*
 * Whose removal may not end: virtio_9p's waits until nothing is mounted, virtio_balloon's
 * for the device's answer.
 */
static bool vp_removal_waits(const struct vp_device *vp, bool dead)
{
	return vp->vdev.id.device == VIRTIO_ID_9P ||
	       (dead && vp->vdev.id.device == VIRTIO_ID_BALLOON);
}

/* Its lock is held, but not while it is removed */
static void vp_send_away(struct vp_device *vp)
{
	while (vp->vdev.dev.driver) {
		vp->sent_away = true;
		device_unlock(&vp->vdev.dev);
		device_release_driver(&vp->vdev.dev);
		device_lock(&vp->vdev.dev);
	}
}

/* @dead: the device does not answer, and nobody shall wait for it */
static void vp_let_go(struct vp_device *vp, bool dead)
{
	/* it did, at an error that nobody recovered from */
	if (vp->take_up)
		return;
	if (vp_carry_over(vp)) {
		bool stays = vp_removal_waits(vp, dead);

		if (stays || dead)
			virtio_break_device(&vp->vdev);
		if (stays)
			dev_warn(&vp->pci_dev->dev,
				 "reset under %s, whose driver cannot follow: bind it again\n",
				 dev_name(&vp->vdev.dev));
		else
			vp_send_away(vp);
	}
	vp_admin_quiesce(vp);
}

/* The driver gets its device back, but one that is offline */
static void vp_give_offline(struct vp_device *vp, int (*take_up)(struct virtio_device *vdev),
			    int err)
{
	dev_err(&vp->pci_dev->dev, "%s did not come back (%d): its requests will fail\n",
		dev_name(&vp->vdev.dev), err);
	vp_admin_quiesce(vp);
	vp_go_offline(vp);
	take_up(&vp->vdev);
	virtio_break_device(&vp->vdev);
}

/* Hand the device back to the driver that let go of it, if one did */
static int vp_take_up(struct vp_device *vp)
{
	int (*take_up)(struct virtio_device *vdev) = vp->take_up;
	int ret;

	if (!take_up)
		return 0;
	vp->take_up = NULL;
	/* one that did not come back the last time may do so now */
	vp_go_online(vp);
	ret = take_up(&vp->vdev);
	if (ret)
		vp_give_offline(vp, take_up, ret);
	return ret;
}

/*
 * The function was reset. With its lock held, which it gives back: a driver that was
 * sent away is probed without it. What register_virtio_device() does for one that is
 * to come, the reset undid.
 */
static void vp_come_back(struct vp_device *vp)
{
	bool call = vp->sent_away;

	vp->sent_away = false;
	if (!vp->vdev.dev.driver) {
		vp->take_up = NULL;
		vp_go_online(vp);
		virtio_reset_device(&vp->vdev);
		virtio_add_status(&vp->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	}
	vp_take_up(vp);
	device_unlock(&vp->vdev.dev);
	if (call && device_attach(&vp->vdev.dev) <= 0)
		dev_err(&vp->pci_dev->dev, "%s has no driver since the reset\n",
			dev_name(&vp->vdev.dev));
}

/* The device will not come back: a driver that waits for it gets an offline one */
static void vp_give_up(struct vp_device *vp)
{
	int (*take_up)(struct virtio_device *vdev) = vp->take_up;

	vp->take_up = NULL;
	if (take_up)
		vp_give_offline(vp, take_up, -ENODEV);
}

/*
 * The driver is about to be removed. It may be waiting for its device, when the
 * kernel broke off an error recovery, and some do not survive that.
 */
static int vp_unbind(struct notifier_block *block, unsigned long action, void *data)
{
	struct vp_device *vp = container_of(block, struct vp_device, unbind);

	if (action == BUS_NOTIFY_UNBIND_DRIVER && data == &vp->vdev.dev)
		vp_give_up(vp);
	return NOTIFY_DONE;
}

/* After register_virtio_device() */
int vp_watch_unbind(struct vp_device *vp)
{
	vp->unbind.notifier_call = vp_unbind;
	return bus_register_notifier(vp->vdev.dev.bus, &vp->unbind);
}

/* After unregister_virtio_device() */
void vp_unwatch_unbind(struct vp_device *vp)
{
	bus_unregister_notifier(vp->vdev.dev.bus, &vp->unbind);
}

/* --- sleep --- */

static int __maybe_unused vp_freeze(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret;

	/* it has let go already when an error recovery was broken off */
	if (!vp->take_up) {
		ret = virtio_device_freeze(&vp->vdev);
		if (ret)
			return ret;
		vp->take_up = virtio_device_restore;
	}
	/* a driver without a way to sleep has not reset its device */
	vp_admin_quiesce(vp);
	vp_disable(vp);
	return 0;
}

static int __maybe_unused vp_restore(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret;

	ret = pci_enable_device(vp->pci_dev);
	if (ret) {
		vp_give_up(vp);
		return ret;
	}
	vp_function_ready(vp->pci_dev);
	return vp_take_up(vp);
}

const struct dev_pm_ops vp_pm_ops = {
	SET_SYSTEM_SLEEP_PM_OPS(vp_freeze, vp_restore)
};

/* --- a reset of the function --- */

/* The driver's probe and removal wait until it is over */
static void vp_function_reset_prepare(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	device_lock(&vp->vdev.dev);
	vp_let_go(vp, false);
}

static void vp_function_reset_done(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	/* what was saved may be what another reset had left: a VF after its PF's */
	if (pci_reenable_device(pdev))
		pci_err(pdev, "cannot be enabled after a reset\n");
	vp_function_ready(pdev);
	vp_come_back(vp);
}

/* --- error recovery: the same, in steps, and not always to the end --- */

static pci_ers_result_t vp_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	if (state == pci_channel_io_normal)
		return PCI_ERS_RESULT_CAN_RECOVER;
	/* first: who holds the lock below may be waiting for a command */
	vp_admin_quiesce(vp);
	if (state == pci_channel_io_perm_failure) {
		virtio_break_device(&vp->vdev);
		device_lock(&vp->vdev.dev);
		vp_give_up(vp);
		device_unlock(&vp->vdev.dev);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	device_lock(&vp->vdev.dev);
	vp_let_go(vp, true);
	device_unlock(&vp->vdev.dev);
	vp_disable(vp);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vp_slot_reset(struct pci_dev *pdev)
{
	if (pci_enable_device(pdev))
		return PCI_ERS_RESULT_DISCONNECT;
	pci_restore_state(pdev);
	vp_function_ready(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void vp_error_resume(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	device_lock(&vp->vdev.dev);
	vp_come_back(vp);
}

const struct pci_error_handlers vp_error_handlers = {
	.error_detected = vp_error_detected,
	.slot_reset = vp_slot_reset,
	.resume = vp_error_resume,
	.reset_prepare = vp_function_reset_prepare,
	.reset_done = vp_function_reset_done,
};
