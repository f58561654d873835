// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a function suspended by its own status register? ("Device Suspend",
 * VIRTIO_F_SUSPEND)
 *
 * For functions whose owner cannot stop them. The feature is accepted here and not by the
 * device's driver, which does not see it, nor the bit: to it a suspended device has DRIVER_OK.
 *
 * The specification wants all that was taken to be used before the function says that it is
 * suspended: the place of a split ring is its used index. It has no way to start a queue
 * elsewhere than at its first entry.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/jiffies.h>

#include "vp_vdpa.h"

#define VPV_SUSPEND_BITS	(VIRTIO_CONFIG_S_SUSPEND | VIRTIO_CONFIG_S_DRIVER_OK)

/* "The driver MUST NOT clear a device status bit", nor resume by writing another one */
u8 vpv_suspend_write(const struct vpv_device *vp, u8 status)
{
	lockdep_assert_held(&vp->lock);
	if (!vp->status_suspended)
		return status;
	return (status & ~VIRTIO_CONFIG_S_DRIVER_OK) | VIRTIO_CONFIG_S_SUSPEND;
}

u8 vpv_suspend_read(const struct vpv_device *vp, u8 status)
{
	if (!(vp->extra_features & BIT_ULL(VIRTIO_F_SUSPEND)) ||
	    !(status & VIRTIO_CONFIG_S_SUSPEND))
		return status;
	return (status & ~VIRTIO_CONFIG_S_SUSPEND) | VIRTIO_CONFIG_S_DRIVER_OK;
}

static int vpv_status_get(struct vpv_device *vp)
{
	if (!(vp->func->features & BIT_ULL(VIRTIO_F_SUSPEND)))
		return -EOPNOTSUPP;
	vp->extra_features |= BIT_ULL(VIRTIO_F_SUSPEND);
	return 0;
}

/* The function has been reset, or is dead */
static void vpv_status_put(struct vpv_device *vp)
{
}

/*
 * In both directions DRIVER_OK and SUSPEND are written, and the function clears the one that
 * does not hold any more.
 */
static void vpv_status_ask(struct vpv_device *vp)
{
	mutex_lock(&vp->lock);
	vp->status_suspended = true;
	vp_reg_write(&vp->func->regs.common, VP_STATUS, vp->status | VPV_SUSPEND_BITS);
	mutex_unlock(&vp->lock);
}

/* Return: 0, or -EIO and the device is dead. A function that is gone reads as all ones. */
static int vpv_status_wait(struct vpv_device *vp, u8 wanted)
{
	unsigned long start = jiffies;
	bool late = false;
	u8 status;

	for (;;) {
		status = vp_reg_read(&vp->func->regs.common, VP_STATUS);
		if (status & VIRTIO_CONFIG_S_NEEDS_RESET)
			break;
		if ((status & VPV_SUSPEND_BITS) == wanted)
			return 0;
		if (late)
			break;
		usleep_range(200, 1000);
		late = time_after(jiffies, start + msecs_to_jiffies(vpv_timeout_ms(vp))) ||
		       READ_ONCE(vp->dead);
	}
	dev_err_ratelimited(&vp->vdev.dev, "the function does not %s, status 0x%02x after %u ms: bus mastering disabled\n",
			    wanted == VIRTIO_CONFIG_S_SUSPEND ? "suspend" : "resume", status,
			    jiffies_to_msecs(jiffies - start));
	vpv_lost(vp);
	return -EIO;
}

static int vpv_status_suspend(struct vpv_device *vp)
{
	vpv_status_ask(vp);
	return vpv_status_wait(vp, VIRTIO_CONFIG_S_SUSPEND);
}

static int vpv_status_resume(struct vpv_device *vp)
{
	int ret;

	vpv_status_ask(vp);
	ret = vpv_status_wait(vp, VIRTIO_CONFIG_S_DRIVER_OK);
	if (ret)
		return ret;
	mutex_lock(&vp->lock);
	vp->status_suspended = false;
	mutex_unlock(&vp->lock);
	return 0;
}

static int vpv_status_begin(struct vpv_device *vp, bool moved)
{
	return 0;
}

static int vpv_status_place(struct vpv_device *vp, u16 idx, bool moved)
{
	return 0;
}

const struct vpv_place_ops vpv_status_places = {
	.get = vpv_status_get,
	.put = vpv_status_put,
	.suspend = vpv_status_suspend,
	.resume = vpv_status_resume,
	.begin = vpv_status_begin,
	.place = vpv_status_place,
	.where = vpv_ring_where,
};
