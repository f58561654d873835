// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a driver see of a device that does not answer: one that failed, left the
 * bus, or was not usable after resume or a reset?
 *
 * A driver cannot be removed in the middle of its resume, and some drivers wait for
 * answers for ever. So the driver gets a stand-in that accepts everything and whose
 * queues are broken: the driver starts, its requests fail, and it can be removed.
 * Nothing here accesses the device. virtio_pci_state_table.c says in which states it is
 * used.
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
	/* before a buffer can be added: some drivers wait for answers for ever */
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

/* As reads from a device that left the bus */
static void offline_config_get(struct vp_device *vp, unsigned int offset, void *buf,
			       unsigned int len)
{
	memset(buf, 0xff, len);
}

static void offline_config_set(struct vp_device *vp, unsigned int offset, const void *buf,
			       unsigned int len)
{
}

/* Not called: no driver is probed on it, since VP_EV_BIND switches back or refuses */
static u64 offline_get_features(struct vp_device *vp, unsigned int nth)
{
	return 0;
}

static int offline_finalize_features(struct vp_device *vp)
{
	return 0;
}

static void offline_detach(struct vp_device *vp)
{
	vp->hw->detach(vp);
}

const struct vp_kind vp_offline = {
	.ring_align = SMP_CACHE_BYTES,
	.ring_may_shrink = true,
	.offline = true,
	.get_features = offline_get_features,
	.finalize_features = offline_finalize_features,
	.config_get = offline_config_get,
	.config_set = offline_config_set,
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
