// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a driver see of a device that did not come back from sleep or from a
 * reset?
 *
 * The virtio core leaves such a driver half way up, and some cannot even be
 * removed like that. So the device is replaced by one that agrees to everything
 * and whose queues are broken: the driver comes up, its requests fail, and it
 * goes in good order. Nothing here touches the device. The next driver, or the
 * next time the old one takes its device up again, tries the device itself.
 */
#include <linux/pci.h>

#include "virtio_pci.h"

#define SILENT_QUEUE_SIZE	64

static u8 silent_get_status(struct vp_device *vp)
{
	return vp->silent_status;
}

static void silent_set_status(struct vp_device *vp, u8 status)
{
	vp->silent_status = status;
}

static u8 silent_read_isr(struct vp_device *vp)
{
	return 0;
}

static u16 silent_config_vector(struct vp_device *vp, u16 vector)
{
	return vector;
}

static u16 silent_queue_vector(struct vp_device *vp, u16 index, u16 vector)
{
	return vector;
}

static unsigned int silent_queue_max(struct vp_device *vp, u16 index)
{
	return SILENT_QUEUE_SIZE;
}

static int silent_queue_prepare(struct vp_device *vp, struct virtqueue *vq)
{
	/* before anything can be added: some drivers wait for answers without end */
	__virtqueue_break(vq);
	return 0;
}

static void silent_queue_enable(struct vp_device *vp, u16 index)
{
}

static void silent_queue_forget(struct vp_device *vp, struct virtqueue *vq)
{
}

static bool silent_notify(struct virtqueue *vq)
{
	return false;
}

/* as a device reads that has left the bus */
static void silent_config_get(struct virtio_device *vdev, unsigned int offset, void *buf,
			      unsigned int len)
{
	memset(buf, 0xff, len);
}

static void silent_config_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
			      unsigned int len)
{
}

/* A driver comes and asks afresh: perhaps the device itself answers by now */
static u64 silent_get_features(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);

	vp_replace_silent(vp);
	vp_reset(vdev);
	vp->kind->set_status(vp, vp->silent_status);
	return vdev->config->get_features(vdev);
}

static int silent_finalize_features(struct virtio_device *vdev)
{
	return 0;
}

static const struct virtio_config_ops silent_config_ops = {
	VP_CONFIG_OPS,
	.get = silent_config_get,
	.set = silent_config_set,
	.get_features = silent_get_features,
	.finalize_features = silent_finalize_features,
};

static void silent_detach(struct vp_device *vp)
{
	vp->replaced->detach(vp);
}

static const struct vp_kind vp_silent = {
	.name = "silent",
	.ring_align = SMP_CACHE_BYTES,
	.ring_may_shrink = true,
	.silent = true,
	.config_ops = &silent_config_ops,
	.get_status = silent_get_status,
	.set_status = silent_set_status,
	.read_isr = silent_read_isr,
	.config_vector = silent_config_vector,
	.queue_vector = silent_queue_vector,
	.queue_max = silent_queue_max,
	.queue_prepare = silent_queue_prepare,
	.queue_enable = silent_queue_enable,
	.queue_forget = silent_queue_forget,
	.notify = silent_notify,
	.notify_with_data = silent_notify,
	.detach = silent_detach,
};

/*
 * From here on the driver talks to nobody. The device locks are held, the driver
 * has let go of its queues or failed to get them.
 */
void vp_replace_by_silent(struct vp_device *vp)
{
	if (vp->kind->silent)
		return;
	vp->replaced = vp->kind;
	vp->kind = &vp_silent;
	vp->vdev.config = &silent_config_ops;
}

/* The device itself is tried again. Same context, the driver has no queues. */
void vp_replace_silent(struct vp_device *vp)
{
	if (!vp->kind->silent)
		return;
	vp->kind = vp->replaced;
	vp->vdev.config = vp->kind->config_ops;
}
