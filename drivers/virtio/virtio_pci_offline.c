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

#define OFFLINE_QUEUE_SIZE	64

static u8 offline_get_status(struct vp_device *vp)
{
	return vp->offline_status;
}

static void offline_set_status(struct vp_device *vp, u8 status)
{
	vp->offline_status = status;
}

static u8 offline_read_isr(struct vp_device *vp)
{
	return 0;
}

static u16 offline_config_vector(struct vp_device *vp, u16 vector)
{
	return vector;
}

static u16 offline_queue_vector(struct vp_device *vp, u16 index, u16 vector)
{
	return vector;
}

static unsigned int offline_queue_max(struct vp_device *vp, u16 index)
{
	return OFFLINE_QUEUE_SIZE;
}

static int offline_queue_prepare(struct vp_device *vp, struct virtqueue *vq)
{
	/* before anything can be added: some drivers wait for answers without end */
	__virtqueue_break(vq);
	return 0;
}

static void offline_queue_enable(struct vp_device *vp, u16 index)
{
}

static void offline_queue_forget(struct vp_device *vp, struct virtqueue *vq)
{
}

static bool offline_notify(struct virtqueue *vq)
{
	return false;
}

/* as a device reads that has left the bus */
static void offline_config_get(struct virtio_device *vdev, unsigned int offset, void *buf,
			       unsigned int len)
{
	memset(buf, 0xff, len);
}

static void offline_config_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
			       unsigned int len)
{
}

/* A driver comes and asks afresh: perhaps the device itself answers by now */
static u64 offline_get_features(struct virtio_device *vdev)
{
	struct vp_device *vp = to_vp_device(vdev);

	vp_go_online(vp);
	vp_reset(vdev);
	vp->kind->set_status(vp, vp->offline_status);
	return vdev->config->get_features(vdev);
}

static int offline_finalize_features(struct virtio_device *vdev)
{
	return 0;
}

static const struct virtio_config_ops offline_config_ops = {
	VP_CONFIG_OPS,
	.get = offline_config_get,
	.set = offline_config_set,
	.get_features = offline_get_features,
	.finalize_features = offline_finalize_features,
};

static void offline_detach(struct vp_device *vp)
{
	vp->replaced->detach(vp);
}

static const struct vp_kind vp_offline = {
	.name = "offline",
	.ring_align = SMP_CACHE_BYTES,
	.ring_may_shrink = true,
	.offline = true,
	.config_ops = &offline_config_ops,
	.get_status = offline_get_status,
	.set_status = offline_set_status,
	.read_isr = offline_read_isr,
	.config_vector = offline_config_vector,
	.queue_vector = offline_queue_vector,
	.queue_max = offline_queue_max,
	.queue_prepare = offline_queue_prepare,
	.queue_enable = offline_queue_enable,
	.queue_forget = offline_queue_forget,
	.notify = offline_notify,
	.notify_with_data = offline_notify,
	.detach = offline_detach,
};

/*
 * From here on the driver talks to nobody. The device locks are held, the driver
 * has let go of its queues or failed to get them.
 */
void vp_go_offline(struct vp_device *vp)
{
	if (vp->kind->offline)
		return;
	vp->replaced = vp->kind;
	vp->kind = &vp_offline;
	vp->vdev.config = &offline_config_ops;
}

/* The device itself is tried again. Same context, the driver has no queues. */
void vp_go_online(struct vp_device *vp)
{
	if (!vp->kind->offline)
		return;
	vp->kind = vp->replaced;
	vp->vdev.config = vp->kind->config_ops;
}
