// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device sleep, and how does it come through a reset of its PCI
 * function that somebody else asked for: sysfs, vfio, or error recovery?
 *
 * What happens to a function is an event; virtio_pci_state_table.c has what is
 * to be done in which state. This file feeds it the events of the PCI core and of the
 * driver core, and does it.
 *
 * A driver's code runs on a device that answers, or on the offline kind, never on a
 * device that is known to be dead. At a PCI error no driver code runs at all until
 * the function was reset.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/virtio.h>
#include <linux/virtio_ids.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

/* How long a driver may keep its device's lock before we go on without it */
#define VP_DRIVER_LOCK_MS	5000

static int vp_event(struct vp_device *vp, enum vp_event event);

/* --- the function --- */

/* An error recovery or a resume that was given up leaves the function disabled */
void vp_disable(struct vp_device *vp)
{
	if (pci_is_enabled(vp->pci_dev))
		pci_disable_device(vp->pci_dev);
}

/*
 * What to restore after a reset of the bus is used up by each; bus mastering is off
 * in it, since no reset of the device was seen yet.
 */
int vp_enable(struct vp_device *vp)
{
	struct pci_dev *pdev = vp->pci_dev;
	int ret;

	/* what was restored may be what another reset had left: a VF after its PF's */
	ret = pci_is_enabled(pdev) ? pci_reenable_device(pdev) : pci_enable_device(pdev);
	if (!ret)
		pci_save_state(pdev);
	return ret;
}

/*
 * A driver that probes or goes holds the lock, and may be waiting for a device that
 * does not answer. The others below the same port shall not wait with it.
 */
static bool vp_lock_driver(struct vp_device *vp)
{
	unsigned long end = jiffies + msecs_to_jiffies(VP_DRIVER_LOCK_MS);

	while (!device_trylock(&vp->vdev.dev)) {
		if (time_after(jiffies, end)) {
			dev_err(&vp->pci_dev->dev, "%s is held by its driver: reset without it\n",
				dev_name(&vp->vdev.dev));
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

static int vp_freeze_driver(struct vp_device *vp)
{
	int ret;

	ret = virtio_device_freeze(&vp->vdev);
	if (!ret)
		vp_event(vp, VP_EV_FROZEN);
	return ret;
}

/*
 * virtio_9p's removal waits until nothing is mounted, virtio_balloon's for the device's
 * answer.
 */
static bool vp_removal_waits(struct vp_device *vp)
{
	return vp->vdev.id.device == VIRTIO_ID_9P ||
	       (vp->kind->offline && vp->vdev.id.device == VIRTIO_ID_BALLOON);
}

/* The lock is held, but not while the driver is removed */
static void vp_remove_driver(struct vp_device *vp)
{
	while (vp->vdev.dev.driver) {
		device_unlock(&vp->vdev.dev);
		device_release_driver(&vp->vdev.dev);
		device_lock(&vp->vdev.dev);
	}
}

/*
 * By the path that the driver has for resets, if it has one. What it has for sleep
 * assumes frozen user space: most drivers free by it what a running task may be using.
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
			 "reset under %s, whose driver cannot follow: bind it again\n",
			 dev_name(&vp->vdev.dev));
		return VP_EV_STUCK;
	}
	vp_remove_driver(vp);
	return VP_EV_VACATED;
}

static void vp_detach(struct vp_device *vp)
{
	/* reset or removed by now: nobody answers what it has */
	if (vp->kind->offline)
		vp_abort(vp);
	vp_event(vp, vp_take_from_driver(vp));
	vp_admin_quiesce(vp);
}

static int vp_hand_back_offline(struct vp_device *vp, int err,
				int (*hand_back)(struct virtio_device *vdev))
{
	dev_err(&vp->pci_dev->dev, "%s did not come back (%d): its requests will fail\n",
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

/* For a driver to come: what register_virtio_device() does, and a reset undoes */
static void vp_start(struct vp_device *vp)
{
	if (!pci_is_enabled(vp->pci_dev)) {
		vp_event(vp, VP_EV_RESET_MISSED);
		return;
	}
	virtio_reset_device(&vp->vdev);
	virtio_add_status(&vp->vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

/* Return: 0, or why sleep or a driver's return failed. With the device's lock held. */
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
 * Does the device still do what its driver waits for? Not if it lost its state: a
 * VF after a reset of its PF, a device whose power was lost.
 */
static bool vp_dead(struct vp_device *vp)
{
	u8 status;

	if (!vp->vdev.dev.driver || vp->state != VP_UP)
		return false;
	status = vp_get_status(&vp->vdev);
	return !(status & VIRTIO_CONFIG_S_DRIVER_OK) || status & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* --- the virtio driver comes and goes: the driver core holds the lock --- */

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

/* --- sleep --- */

static int __maybe_unused vp_freeze(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret;

	if (!vp_lock_driver(vp))
		return -EBUSY;
	/* silenced before its buffers are given back; its freeze waits for them */
	if (vp_dead(vp)) {
		vp_break(vp);
		virtio_reset_device(&vp->vdev);
		vp_abort_requests(vp);
	}
	if (vp->state == VP_GONE)
		dev_err(&vp->pci_dev->dev, "%s is gone: its requests will fail\n",
			dev_name(&vp->vdev.dev));
	ret = vp_event(vp, VP_EV_SUSPEND);
	/* a driver without a path for sleep has not reset its device */
	if (!ret)
		vp_admin_quiesce(vp);
	if (vp->state == VP_ASLEEP)
		vp_disable(vp);
	device_unlock(&vp->vdev.dev);
	return ret;
}

static int __maybe_unused vp_restore(struct device *dev)
{
	struct vp_device *vp = dev_get_drvdata(dev);
	int ret = 0;

	device_lock(&vp->vdev.dev);
	if (vp->state == VP_ASLEEP)
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

/* --- a reset of the function --- */

/*
 * The function was reset. With the lock held, which it gives back: a driver that
 * was removed is probed without it.
 */
static void vp_come_back(struct vp_device *vp)
{
	bool probe = vp->state == VP_VACANT;

	vp_event(vp, VP_EV_RESET_DONE);
	device_unlock(&vp->vdev.dev);
	if (probe && device_attach(&vp->vdev.dev) <= 0)
		dev_err(&vp->pci_dev->dev, "%s has no driver since the reset\n",
			dev_name(&vp->vdev.dev));
}

/* The driver's probe and removal wait until it is over */
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

	if (READ_ONCE(vp->state) != VP_ASLEEP && vp_enable(vp))
		pci_err(pdev, "cannot be enabled after a reset\n");
	if (vp->reset_locked)
		vp_come_back(vp);
	vp->reset_locked = false;
}

/* --- error recovery: the same, in steps, and not always to the end --- */

/*
 * First of all the queues are broken and commands are aborted: whoever holds the lock
 * may be waiting for an answer.
 */
static bool vp_error_lock(struct vp_device *vp)
{
	vp_break(vp);
	return vp_lock_driver(vp);
}

void vp_lost(struct vp_device *vp)
{
	if (!vp_error_lock(vp))
		return;
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
	if (READ_ONCE(vp->state) != VP_ASLEEP && vp_enable(vp))
		return PCI_ERS_RESULT_DISCONNECT;
	return PCI_ERS_RESULT_RECOVERED;
}

static void vp_error_resume(struct pci_dev *pdev)
{
	struct vp_device *vp = pci_get_drvdata(pdev);

	if (!vp_lock_driver(vp))
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
