// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is the function reset, and what if it does not answer? A reset is the only
 * operation that waits for it for long, and it has a timeout.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include "vp_vdpa.h"

/* of a device that is being deleted: whoever deletes it holds locks that others need */
#define VPV_LEAVING_MS	1000

static unsigned int reset_timeout_ms = 10000;
module_param(reset_timeout_ms, uint, 0644);
MODULE_PARM_DESC(reset_timeout_ms,
		 "timeout of a device reset in milliseconds; then bus mastering is disabled (default 10000)");

/* Registers of a function that is gone read as all ones, which is not a valid status */
bool vpv_gone(struct vpv_device *vp)
{
	return vp_reg_read(&vp->func->regs.common, VP_STATUS) == 0xff;
}

/**
 * vpv_timeout_ms() - how long may the function take for what it is waited for?
 * @vp: the device
 *
 * Context: any.
 * Return: milliseconds; fewer while the device is being deleted, so a loop asks each time.
 */
unsigned int vpv_timeout_ms(struct vpv_device *vp)
{
	unsigned int ms = READ_ONCE(reset_timeout_ms);

	return READ_ONCE(vp->leaving) ? min_t(unsigned int, ms, VPV_LEAVING_MS) : ms;
}
EXPORT_SYMBOL_GPL(vpv_timeout_ms);

static int vpv_reset_wait(struct vpv_device *vp)
{
	unsigned long start = jiffies;

	for (;;) {
		/* first, so that a long sleep is not taken for a slow function */
		bool late = time_after(jiffies, start + msecs_to_jiffies(vpv_timeout_ms(vp)));
		u8 status = vp_reg_read(&vp->func->regs.common, VP_STATUS);

		if (!status)
			return 0;
		if (status == 0xff)
			return -ENODEV;
		if (late)
			return -ETIMEDOUT;
		usleep_range(200, 1000);
	}
}

/**
 * vpv_lost() - the state of the function is lost, or unknown: it must not access memory any more
 * @vp: the device; dead until it is reset
 *
 * Bus mastering is disabled, and the device's driver is told.
 *
 * Context: process, may sleep; vpv_device::lock may be held.
 */
void vpv_lost(struct vpv_device *vp)
{
	WRITE_ONCE(vp->dead, true);
	pci_clear_master(vp->func->pdev);
	vdpa_device_broken(&vp->vdev);
}
EXPORT_SYMBOL_GPL(vpv_lost);

/*
 * When this returns, the function accesses no memory and raises no interrupt.
 *
 * Return: 0, or a negative errno: the device is dead
 */
int vpv_reset_function(struct vpv_device *vp)
{
	struct pci_dev *pdev = vp->func->pdev;
	unsigned long start = jiffies;
	int ret;

	vp_reg_write(&vp->func->regs.common, VP_STATUS, 0);
	ret = vpv_reset_wait(vp);
	if (!ret) {
		if (READ_ONCE(vp->dead))
			pci_set_master(pdev);
		WRITE_ONCE(vp->dead, false);
		return 0;
	}
	vpv_lost(vp);
	dev_err_ratelimited(&pdev->dev, "%s after %u ms: bus mastering disabled\n",
			    ret == -ENODEV ? "device is gone" : "device reset timed out",
			    jiffies_to_msecs(jiffies - start));
	return ret;
}
