// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which config operations do all kinds of device share? Status and reset, with what
 * they do to the admin queue.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

static unsigned int reset_timeout_ms = 30000;
module_param(reset_timeout_ms, uint, 0644);
MODULE_PARM_DESC(reset_timeout_ms,
		 "timeout of a device reset in milliseconds; then bus mastering is disabled (default 30000)");

/* The bits of a status of all ones are not set if the device is gone */
u8 vp_get_status(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);
	u8 status;

	if (vp_state_traits[READ_ONCE(vp->state)].refuses)
		return 0;
	status = vp->kind->get_status(vp);
	return status == 0xff && vp_gone(vp) ? 0 : status;
}

void vp_set_status(struct virtio_device *vdev, u8 status)
{
	struct vp_device *vp = to_vp_device(vdev);
	bool ready = status & VIRTIO_CONFIG_S_DRIVER_OK &&
		     !(vp->kind->get_status(vp) & VIRTIO_CONFIG_S_DRIVER_OK);

	/* driver bug: writing zero is a reset, see vp_reset() */
	if (WARN_ON_ONCE(!status))
		return;
	vp->kind->set_status(vp, status);
	if (!ready)
		return;
	mutex_lock(&vp->admin_lock);
	vp_admin_ready(vp);
	mutex_unlock(&vp->admin_lock);
}

/*
 * Return: the deadline of a reset, in jiffies. During shutdown all devices share one
 * deadline, so that several dead devices do not add up.
 */
unsigned long vp_reset_end(void)
{
	static atomic_long_t shutdown_end;
	unsigned long end = jiffies + msecs_to_jiffies(READ_ONCE(reset_timeout_ms));

	if (system_state <= SYSTEM_RUNNING || system_state > SYSTEM_RESTART)
		return end;
	/* 0 means that it is not set */
	atomic_long_cmpxchg(&shutdown_end, 0, end | 1);
	return atomic_long_read(&shutdown_end);
}

/* Return: how the reset ended */
static enum vp_event vp_reset_wait(struct vp_device *vp)
{
	unsigned long end = vp_reset_end();

	for (;;) {
		bool late = time_after(jiffies, end);
		u8 status = vp->kind->get_status(vp);

		if (!status)
			return VP_EV_RESET_SEEN;
		if (status == 0xff && vp_gone(vp))
			return VP_EV_RESET_LOST;
		if (late)
			return VP_EV_RESET_MISSED;
		usleep_range(500, 1000);
	}
}

/*
 * When this returns, the device does not access memory or interrupt any more. If the
 * reset times out, bus mastering is disabled instead, because the rings are about to be
 * freed. In the states that use the offline kind it is disabled already.
 */
void vp_reset(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);
	enum vp_event event;

	vp_admin_quiesce(vp);
	vp->kind->set_status(vp, 0);
	if (!vp->kind->offline) {
		event = vp_reset_wait(vp);
		vp_state_event(vp, event);
		if (event == VP_EV_RESET_MISSED)
			dev_err(&vp->pci_dev->dev,
				"device reset timed out after %u ms: bus mastering disabled\n",
				reset_timeout_ms);
	}
	mutex_lock(&vp->admin_lock);
	vp_admin_reset_done(vp);
	mutex_unlock(&vp->admin_lock);
	vp_irq_synchronize(vp);
}
