// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a device suspended and resumed, and how does it survive a reset of its PCI
 * function by sysfs, vfio or error recovery?
 *
 * Whatever happens to a function is an event; virtio_pci_state_table.c says what to do
 * in which state. This file feeds it the events of the PCI core and the driver core,
 * and carries out the actions.
 *
 * A driver's code runs on a device that answers or on the offline kind, never on a
 * device known to be dead. After a PCI error no driver code runs until the function
 * was reset.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/virtio.h>
#include <linux/virtio_ids.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

/* How long to wait for the device lock before going on without it */
#define VP_DRIVER_LOCK_MS	5000

static int vp_event(struct vp_device *vp, enum vp_event event);

/* --- the function --- */

/* A failed error recovery or resume leaves the function disabled already */
void vp_disable(struct vp_device *vp)
{
	if (pci_is_enabled(vp->pci_dev))
		pci_disable_device(vp->pci_dev);
}

/*
 * The saved state is consumed by each restore, so save it again; bus mastering is
 * disabled in it, because no reset of the device was seen yet.
 */
static int vp_enable(struct vp_device *vp)
{
	struct pci_dev *pdev = vp->pci_dev;
	int ret;

	/* a VF after a reset of its PF may be enabled in software only */
	ret = pci_is_enabled(pdev) ? pci_reenable_device(pdev) : pci_enable_device(pdev);
	if (!ret)
		pci_save_state(pdev);
	return ret;
}

/*
 * A driver's probe or removal holds the lock, and may be waiting for a device that does
 * not answer. Do not block the recovery of all other functions below the port.
 */
static bool vp_lock_driver(struct vp_device *vp)
{
	unsigned long end = jiffies + msecs_to_jiffies(VP_DRIVER_LOCK_MS);

	while (!device_trylock(&vp->vdev.dev)) {
		if (time_after(jiffies, end)) {
			dev_err(&vp->pci_dev->dev,
				"%s: device lock held by its driver for %u ms, going on without it\n",
				dev_name(&vp->vdev.dev), VP_DRIVER_LOCK_MS);
			return false;
		}
		msleep(20);
	}
	return true;
}

/* --- actions --- */

static void vp_break(struct vp_device *vp)
{
	virtio_break_device(&vp->vdev);
	vp_admin_quiesce(vp);
}

static void vp_abort(struct vp_device *vp)
{
	vp_break(vp);
	vp_abort_requests(vp);
}

/*
 * The device was reset or has bus mastering disabled, and the holder of the lock may be
 * waiting for requests that it will not answer: without them the holder goes on.
 */
static bool vp_abort_and_lock(struct vp_device *vp)
{
	vp_abort(vp);
	return vp_lock_driver(vp);
}

static int vp_freeze_driver(struct vp_device *vp)
{
	int ret;

	ret = virtio_device_freeze(&vp->vdev);
	if (!ret)
		vp_event(vp, VP_EV_FROZEN);
	return ret;
}

/*
 * Drivers whose remove() can block: virtio_9p until it is unmounted, virtio_balloon
 * until the device answers.
 */
static bool vp_removal_waits(struct vp_device *vp)
{
	return vp->vdev.id.device == VIRTIO_ID_9P ||
	       (vp->kind->offline && vp->vdev.id.device == VIRTIO_ID_BALLOON);
}

/* Called with the device lock, which is dropped while the driver is removed */
static void vp_remove_driver(struct vp_device *vp)
{
	while (vp->vdev.dev.driver) {
		device_unlock(&vp->vdev.dev);
		device_release_driver(&vp->vdev.dev);
		device_lock(&vp->vdev.dev);
	}
}

/*
 * By the driver's reset_prepare(), if it has one. freeze() is no substitute, because it
 * assumes frozen user space: most drivers free what a running task may be using.
 */
static enum vp_event vp_take_from_driver(struct vp_device *vp)
{
	if (!vp->vdev.dev.driver)
		return VP_EV_NO_DRIVER;
	if (!virtio_device_reset_prepare(&vp->vdev))
		return VP_EV_DETACHED;
	if (vp_removal_waits(vp)) {
		virtio_break_device(&vp->vdev);
		dev_warn(&vp->pci_dev->dev,
			 "%s: its driver can neither handle the reset nor be removed: rebind it\n",
			 dev_name(&vp->vdev.dev));
		return VP_EV_STUCK;
	}
	vp_remove_driver(vp);
	return VP_EV_VACATED;
}

static void vp_detach(struct vp_device *vp)
{
	/* the device was reset or removed: its requests will not be answered */
	if (vp->kind->offline)
		vp_abort(vp);
	vp_event(vp, vp_take_from_driver(vp));
	vp_admin_quiesce(vp);
}

static int vp_hand_back_offline(struct vp_device *vp, int err,
				int (*hand_back)(struct virtio_device *vdev))
{
	dev_err(&vp->pci_dev->dev, "%s: driver restart failed (%d), its requests will fail\n",
		dev_name(&vp->vdev.dev), err);
	vp_admin_quiesce(vp);
	hand_back(&vp->vdev);
	virtio_break_device(&vp->vdev);
	return err;
}

static int vp_hand_back(struct vp_device *vp, int (*hand_back)(struct virtio_device *vdev))
{
	int ret;

	ret = hand_back(&vp->vdev);
	if (!ret)
		return 0;
	vp_event(vp, VP_EV_NOT_BACK);
	return vp_hand_back_offline(vp, ret, hand_back);
}

/* Prepare for a driver's probe: the reset undid what register_virtio_device() has done */
static void vp_start(struct vp_device *vp)
{
	if (!pci_is_enabled(vp->pci_dev)) {
		vp_event(vp, VP_EV_RESET_MISSED);
		return;
	}
	virtio_reset_device(&vp->vdev);
	virtio_add_status(&vp->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

/* Return: 0, or the error of a freeze, thaw or reattach. Caller holds the device lock. */
static int vp_event(struct vp_device *vp, enum vp_event event)
{
	switch (vp_state_event(vp, event)) {
	case VP_DO_BREAK:
		vp_break(vp);
		return 0;
	case VP_DO_ABORT:
		vp_abort(vp);
		return 0;
	case VP_DO_FREEZE:
		return vp_freeze_driver(vp);
	case VP_DO_THAW:
		return vp_hand_back(vp, virtio_device_restore);
	case VP_DO_THAW_OFFLINE:
		return vp_hand_back_offline(vp, -ENODEV, virtio_device_restore);
	case VP_DO_DETACH:
		vp_detach(vp);
		return 0;
	case VP_DO_REATTACH:
		return vp_hand_back(vp, virtio_device_reset_done);
	case VP_DO_START:
		vp_start(vp);
		return 0;
	default:
		return 0;
	}
}

/*
 * Has the device lost its state? Then it will not answer what its driver waits for: a
 * VF after a reset of its PF, a device that lost power.
 */
static bool vp_dead(struct vp_device *vp)
{
	u8 status;

	if (!vp->vdev.dev.driver || vp->state != VP_UP)
		return false;
	status = vp_get_status(&vp->vdev);
	return !(status & VIRTIO_CONFIG_S_DRIVER_OK) || status & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* --- a virtio driver binds or unbinds: the driver core holds the lock --- */

static int vp_driver_changes(struct notifier_block *block, unsigned long action, void *data)
{
	struct vp_device *vp = container_of(block, struct vp_device, driver);

	if (data != &vp->vdev.dev)
		return NOTIFY_DONE;
	if (action == BUS_NOTIFY_BIND_DRIVER)
		vp_event(vp, VP_EV_BIND);
	if (action == BUS_NOTIFY_UNBIND_DRIVER) {
		if (vp_dead(vp))
			vp_event(vp, VP_EV_FOUND_DEAD);
		vp_event(vp, VP_EV_UNBIND);
	}
	return NOTIFY_DONE;
}

/* After register_virtio_device() */
int vp_notify_drivers(struct vp_device *vp)
{
	vp->driver.notifier_call = vp_driver_changes;
	return bus_register_notifier(vp->vdev.dev.bus, &vp->driver);
}

/* After unregister_virtio_device() */
void vp_forget_drivers(struct vp_device *vp)
{
	bus_unregister_notifier(vp->vdev.dev.bus, &vp->driver);
	vp->driver.notifier_call = NULL;
	vp_event(vp, VP_EV_REMOVE);
}

/* --- suspend and resume --- */

static int __maybe_unused vp_freeze(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret;

	if (!vp_lock_driver(vp))
		return -EBUSY;
	/* reset it before its requests are aborted; the driver's freeze waits for them */
	if (vp_dead(vp)) {
		vp_break(vp);
		virtio_reset_device(&vp->vdev);
		vp_abort_requests(vp);
	}
	if (vp->state == VP_GONE)
		dev_err(&vp->pci_dev->dev, "%s is gone: its requests will fail\n",
			dev_name(&vp->vdev.dev));
	ret = vp_event(vp, VP_EV_SUSPEND);
	/* a driver without freeze() has not reset its device */
	if (!ret)
		vp_admin_quiesce(vp);
	if (vp->state == VP_SUSPENDED)
		vp_disable(vp);
	device_unlock(&vp->vdev.dev);
	return ret;
}

static int __maybe_unused vp_restore(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret = 0;

	device_lock(&vp->vdev.dev);
	if (vp->state == VP_SUSPENDED)
		ret = vp_enable(vp);
	if (ret)
		vp_event(vp, VP_EV_LOST);
	else
		ret = vp_event(vp, VP_EV_RESUME);
	device_unlock(&vp->vdev.dev);
	return ret;
}

const struct dev_pm_ops vp_pm_ops = {
	SET_SYSTEM_SLEEP_PM_OPS(vp_freeze, vp_restore)
};

/* --- function reset --- */

/*
 * The function was reset. Releases the device lock, because a driver that was removed
 * is probed again without it.
 */
static void vp_come_back(struct vp_device *vp)
{
	bool probe = vp->state == VP_VACANT;

	vp_event(vp, VP_EV_RESET_DONE);
	device_unlock(&vp->vdev.dev);
	if (probe && device_attach(&vp->vdev.dev) <= 0)
		dev_err(&vp->pci_dev->dev, "%s: no driver bound after the reset\n",
			dev_name(&vp->vdev.dev));
}

/* Keeps the device lock, so that probe and removal of a driver wait for the reset */
static void vp_function_reset_prepare(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	vp->reset_locked = vp_lock_driver(vp);
	if (!vp->reset_locked) {
		vp_break(vp);
		return;
	}
	if (vp_dead(vp) || !vp_answers(vp))
		vp_event(vp, VP_EV_FOUND_DEAD);
	vp_event(vp, VP_EV_RESET_PREPARE);
}

static void vp_function_reset_done(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);
	int ret = 0;

	if (READ_ONCE(vp->state) != VP_SUSPENDED)
		ret = vp_enable(vp);
	if (ret)
		pci_err(pdev, "cannot enable the device after a reset (%d)\n", ret);
	if (vp->reset_locked)
		vp_come_back(vp);
	else
		vp_abort(vp);
	vp->reset_locked = false;
}

/* --- error recovery: a reset in several steps, any of which may be the last --- */

/*
 * Break the queues and abort commands first: the holder of the lock may be waiting for
 * an answer.
 */
static bool vp_error_lock(struct vp_device *vp)
{
	vp_break(vp);
	return vp_lock_driver(vp);
}

void vp_lost(struct vp_device *vp)
{
	if (!vp_error_lock(vp)) {
		vp_disable(vp);
		if (!vp_abort_and_lock(vp))
			return;
	}
	vp_event(vp, VP_EV_LOST);
	device_unlock(&vp->vdev.dev);
}

static pci_ers_result_t vp_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	if (state == pci_channel_io_normal)
		return PCI_ERS_RESULT_CAN_RECOVER;
	if (state == pci_channel_io_perm_failure) {
		vp_lost(vp);
		return PCI_ERS_RESULT_DISCONNECT;
	}
	vp->error_missed = !vp_error_lock(vp);
	if (!vp->error_missed) {
		vp_event(vp, VP_EV_ERROR);
		device_unlock(&vp->vdev.dev);
	}
	vp_disable(vp);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vp_slot_reset(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	pci_restore_state(pdev);
	if (READ_ONCE(vp->state) != VP_SUSPENDED && vp_enable(vp))
		return PCI_ERS_RESULT_DISCONNECT;
	return PCI_ERS_RESULT_RECOVERED;
}

static void vp_error_resume(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	if (!vp_lock_driver(vp) && !vp_abort_and_lock(vp))
		return;
	if (vp->error_missed)
		vp_event(vp, VP_EV_ERROR);
	vp->error_missed = false;
	vp_event(vp, VP_EV_ERROR_RESUME);
	vp_come_back(vp);
}

const struct pci_error_handlers vp_error_handlers = {
	.error_detected = vp_error_detected,
	.slot_reset = vp_slot_reset,
	.resume = vp_error_resume,
	.reset_prepare = vp_function_reset_prepare,
	.reset_done = vp_function_reset_done,
};
