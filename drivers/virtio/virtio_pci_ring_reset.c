// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a single queue of a modern device reset and enabled again while the others
 * run? Section "Virtqueue Reset".
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/pci.h>

#include "virtio_pci.h"

#define VP_RING_RESET_TIMEOUT_MS	10000

static int ring_reset_wait(struct vp_device *vp, u16 index)
{
	unsigned long end = jiffies + msecs_to_jiffies(VP_RING_RESET_TIMEOUT_MS);

	lockdep_assert_held(&vp->select_lock);
	vp_regs_queue_reset(&vp->regs, index);
	while (!vp_regs_queue_is_reset(&vp->regs, index)) {
		if (vp_gone(vp))
			return -ENODEV;
		if (time_after(jiffies, end)) {
			dev_err(&vp->pci_dev->dev, "queue %u: reset timed out after %u ms\n", index,
				VP_RING_RESET_TIMEOUT_MS);
			return -ETIMEDOUT;
		}
		usleep_range(500, 1000);
	}
	return 0;
}

/* When it returns 0, neither the device nor our handlers access the ring any more */
int vp_ring_reset_disable(struct virtqueue *vq)
{
	struct vp_device *vp = to_vp_device(vq->vdev);
	struct vp_queue *queue = vp_queue_of(vq);
	int ret;

	if (!queue || vp->kind->offline || !virtio_has_feature(vq->vdev, VIRTIO_F_RING_RESET))
		return -ENOENT;
	mutex_lock(&vp->select_lock);
	ret = ring_reset_wait(vp, vq->index);
	mutex_unlock(&vp->select_lock);
	if (ret)
		return ret;
	WRITE_ONCE(queue->stopped, true);
	if (IS_ENABLED(CONFIG_VIRTIO_HARDEN_NOTIFICATION))
		__virtqueue_break(vq);
	vp_irq_synchronize(vp);
	vq->reset = true;
	return 0;
}

static int ring_reset_enable_locked(struct vp_device *vp, struct vp_queue *queue)
{
	struct virtqueue *vq = queue->vq;
	int ret;

	lockdep_assert_held(&vp->select_lock);
	/* -EBUSY if it is already enabled */
	if (!vp->kind->queue_max(vp, vq->index))
		return -EBUSY;
	ret = vp->kind->queue_prepare(vp, vq);
	if (ret)
		return ret;
	if (queue->vector != VP_NO_VECTOR &&
	    vp->kind->queue_vector(vp, vq->index, queue->vector) != queue->vector)
		return -EBUSY;
	if (IS_ENABLED(CONFIG_VIRTIO_HARDEN_NOTIFICATION))
		__virtqueue_unbreak(vq);
	/* pairs with vp_irq_queues(): a handler that sees false sees the new ring */
	smp_store_release(&queue->stopped, false);
	vp->kind->queue_enable(vp, vq->index);
	return 0;
}

int vp_ring_reset_enable(struct virtqueue *vq)
{
	struct vp_device *vp = to_vp_device(vq->vdev);
	struct vp_queue *queue = vp_queue_of(vq);
	int ret;

	if (!queue || vp->kind->offline || !vq->reset)
		return -EBUSY;
	mutex_lock(&vp->select_lock);
	ret = ring_reset_enable_locked(vp, queue);
	mutex_unlock(&vp->select_lock);
	if (!ret)
		vq->reset = false;
	return ret;
}
