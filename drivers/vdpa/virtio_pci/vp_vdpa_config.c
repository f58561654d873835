// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are status, features and configuration space of the device accessed? And the
 * table of all operations.
 */
#include <linux/errno.h>

#include "vp_vdpa.h"

static int vpv_set_driver_features(struct vdpa_device *vdev, u64 features)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	struct vpv_offer needed;

	/* what the function must have, its driver must accept */
	if (vpv_features(features, &needed))
		return -EINVAL;
	if (READ_ONCE(vp->dead))
		return -EIO;
	mutex_lock(&vp->lock);
	vp_regs_driver_features(&vp->func->regs, 0, features | vp->extra_features);
	vp_regs_driver_features(&vp->func->regs, 1, 0);
	vp->features = features;
	mutex_unlock(&vp->lock);
	return 0;
}

static u8 vpv_get_status(struct vdpa_device *vdev)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	u8 status = vp_reg_read(&vp->func->regs.common, VP_STATUS);

	if (status == 0xff)
		vdpa_device_broken(vdev);
	if (status == 0xff || READ_ONCE(vp->dead))
		return READ_ONCE(vp->status) | VIRTIO_CONFIG_S_NEEDS_RESET;
	return vpv_suspend_read(vp, status);
}

static int vpv_start(struct vpv_device *vp, bool moved)
{
	u16 vector;
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = vpv_queues_start(vp, moved);
	if (ret)
		return ret;
	vector = vp_regs_config_vector(&vp->func->regs, vp->plan.config);
	if (vector == vp->plan.config)
		return 0;
	dev_err(&vp->vdev.dev, "configuration changes: device refused MSI-X vector %u, reads 0x%x\n",
		vp->plan.config, vector);
	return -EBUSY;
}

/* Return: 0, or a negative errno and DRIVER_OK was not set */
static int vpv_write_status(struct vpv_device *vp, u8 status, bool moved)
{
	bool starts, accepts;
	int ret = 0;

	mutex_lock(&vp->lock);
	starts = status & ~vp->status & VIRTIO_CONFIG_S_DRIVER_OK;
	accepts = status & ~vp->status & VIRTIO_CONFIG_S_FEATURES_OK;
	if (READ_ONCE(vp->dead))
		ret = -EIO;
	else if (starts)
		ret = vpv_start(vp, moved);
	if (ret)
		status &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	WRITE_ONCE(vp->status, status);
	if (!READ_ONCE(vp->dead))
		vp_reg_write(&vp->func->regs.common, VP_STATUS, vpv_suspend_write(vp, status));
	/* an error is logged; the queue has no size then, and is not started */
	if (accepts && !READ_ONCE(vp->dead))
		vpv_queues_find(vp);
	mutex_unlock(&vp->lock);
	return ret;
}

static void vpv_set_driver_ok(struct vpv_device *vp, u8 status)
{
	bool moved = vp->places && vpv_queues_moved(vp);
	int ret = vp->places ? vp->places->begin(vp, moved) : 0;

	if (ret) {
		vpv_write_status(vp, status & ~VIRTIO_CONFIG_S_DRIVER_OK, false);
		return;
	}
	if (vpv_write_status(vp, status, moved))
		return;
	ret = moved ? vp->places->commit(vp) : 0;
	mutex_lock(&vp->lock);
	if (ret)
		WRITE_ONCE(vp->status, vp->status & ~VIRTIO_CONFIG_S_DRIVER_OK);
	else
		vpv_queues_live(vp);
	mutex_unlock(&vp->lock);
}

static void vpv_set_status(struct vdpa_device *vdev, u8 status)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);

	mutex_lock(&vp->steps);
	if (status & ~READ_ONCE(vp->status) & VIRTIO_CONFIG_S_DRIVER_OK)
		vpv_set_driver_ok(vp, status);
	else
		vpv_write_status(vp, status, false);
	mutex_unlock(&vp->steps);
}

/* Before it stops, so that it is not notified while it is stopped */
static void vpv_pause(struct vpv_device *vp)
{
	mutex_lock(&vp->lock);
	vpv_queues_pause(vp);
	mutex_unlock(&vp->lock);
}

static void vpv_paused(struct vpv_device *vp, bool suspended)
{
	mutex_lock(&vp->lock);
	vp->suspended = suspended;
	if (!suspended && !READ_ONCE(vp->dead))
		vpv_queues_live(vp);
	mutex_unlock(&vp->lock);
}

/* Before DRIVER_OK there is nothing to suspend, and queues may still be set up */
static bool vpv_can_suspend(const struct vpv_device *vp)
{
	return READ_ONCE(vp->status) & VIRTIO_CONFIG_S_DRIVER_OK && !vp->suspended;
}

static int vpv_suspend(struct vdpa_device *vdev)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int ret = 0;

	mutex_lock(&vp->steps);
	if (READ_ONCE(vp->dead)) {
		ret = -EIO;
	} else if (vpv_can_suspend(vp)) {
		vpv_pause(vp);
		ret = vp->places->suspend(vp);
		vpv_paused(vp, !ret);
	}
	mutex_unlock(&vp->steps);
	return ret;
}

static int vpv_resume(struct vdpa_device *vdev)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int ret = 0;

	mutex_lock(&vp->steps);
	if (READ_ONCE(vp->dead)) {
		ret = -EIO;
	} else if (vp->suspended) {
		ret = vp->places->resume(vp);
		if (!ret)
			vpv_paused(vp, false);
	}
	mutex_unlock(&vp->steps);
	return ret;
}

static int vpv_reset(struct vdpa_device *vdev)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int ret;

	mutex_lock(&vp->steps);
	ret = vpv_reset_function(vp);
	mutex_lock(&vp->lock);
	WRITE_ONCE(vp->status, 0);
	vp->features = 0;
	vp->suspended = false;
	vp->status_suspended = false;
	vpv_queues_forget(vp);
	vpv_callback_set(&vp->config_callback, &(struct vdpa_callback) {});
	mutex_unlock(&vp->lock);
	mutex_unlock(&vp->steps);
	return ret;
}

/* The generation shows a change during a read. Give up if it keeps changing. */
#define VPV_CONFIG_TRIES	16

static void vpv_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf,
			   unsigned int len)
{
	const struct vp_regs *regs = &vdev_to_vpv(vdev)->func->regs;
	u32 generation;

	for (int i = 0; i < VPV_CONFIG_TRIES; i++) {
		generation = vp_reg_read(&regs->common, VP_CONFIG_GENERATION);
		vp_regs_config_get(regs, offset, buf, len);
		if (vp_reg_read(&regs->common, VP_CONFIG_GENERATION) == generation)
			break;
	}
	vpv_net_config(vdev_to_vpv(vdev), offset, buf, len);
}

static void vpv_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
			   unsigned int len)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);

	mutex_lock(&vp->lock);
	/* "MUST NOT make any changes" while suspended: some functions would ignore it anyway */
	if (vp->status_suspended)
		dev_notice_ratelimited(&vdev->dev, "%u bytes at offset %u of the configuration not written: the function is suspended\n",
				       len, offset);
	else if (!READ_ONCE(vp->dead))
		vp_regs_config_set(&vp->func->regs, offset, buf, len);
	mutex_unlock(&vp->lock);
}

static u32 vpv_get_generation(struct vdpa_device *vdev)
{
	return vp_reg_read(&vdev_to_vpv(vdev)->func->regs.common, VP_CONFIG_GENERATION);
}

static void vpv_set_vq_cb(struct vdpa_device *vdev, u16 idx, const struct vdpa_callback *cb)
{
	vpv_callback_set(&vdev_to_vpv(vdev)->queues[idx].callback, cb);
}

static void vpv_set_config_cb(struct vdpa_device *vdev, const struct vdpa_callback *cb)
{
	vpv_callback_set(&vdev_to_vpv(vdev)->config_callback, cb);
}

/* The device may be partly set up only; its function may be unbound */
static void vpv_free(struct vdpa_device *vdev)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);

	vpv_queues_destroy(vp);
	mutex_destroy(&vp->lock);
	mutex_destroy(&vp->steps);
}

const struct vdpa_config_ops vpv_config_ops = {
	.set_vq_address = vpv_set_vq_address,
	.set_vq_num = vpv_set_vq_num,
	.set_vq_state = vpv_set_vq_state,
	.get_vq_state = vpv_get_vq_state,
	.set_vq_ready = vpv_set_vq_ready,
	.get_vq_ready = vpv_get_vq_ready,
	.set_vq_cb = vpv_set_vq_cb,
	.kick_vq = vpv_kick_vq,
	.get_vq_size = vpv_get_vq_size,
	.get_vq_notification = vpv_get_vq_notification,
	.get_vq_irq = vpv_get_vq_irq,
	.get_vq_stats = vpv_get_vq_stats,
	.set_vq_affinity = vpv_set_vq_affinity,
	.get_vq_affinity = vpv_get_vq_affinity,
	.set_driver_features = vpv_set_driver_features,
	.get_status = vpv_get_status,
	.set_status = vpv_set_status,
	.reset = vpv_reset,
	.suspend = vpv_suspend,
	.resume = vpv_resume,
	.get_config = vpv_get_config,
	.set_config = vpv_set_config,
	.get_generation = vpv_get_generation,
	.set_config_cb = vpv_set_config_cb,
	.free = vpv_free,
};
