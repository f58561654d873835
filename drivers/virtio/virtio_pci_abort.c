// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are requests completed that a dead disk will not answer?
 * Those of virtio_blk by virtio_blk_abort.h; here is when that may be done.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/virtio.h>
#include <linux/virtio_ids.h>

#include "virtio_blk_abort.h"
#include "virtio_pci.h"

/* Return: number of descriptors in use, which is 0 without requests in flight */
static unsigned int vp_in_flight(struct vp_device *vp)
{
	unsigned int n = 0;

	if (vp->vdev.id.device != VIRTIO_ID_BLOCK)
		return 0;
	for (unsigned int i = 0; i < vp->n_queues; i++) {
		struct virtqueue *vq = vp->queue[i].vq;

		if (vq)
			n += virtqueue_get_vring_size(vq) - READ_ONCE(vq->num_free);
	}
	return n;
}

/* Return: false if requests are in flight and none completes within reset_timeout_ms */
bool vp_answers(struct vp_device *vp)
{
	unsigned long end = vp_reset_end();
	unsigned int before = 0, now;

	for (now = vp_in_flight(vp); now && now >= before; now = vp_in_flight(vp)) {
		if (time_after(jiffies, end))
			return false;
		before = now;
		usleep_range(500, 1000);
	}
	return true;
}

/* Return: number of requests, -1 if there is nothing to abort */
static int vp_abort_locked(struct vp_device *vp)
{
	int n = 0;

	lockdep_assert_held(&vp->queues_lock);
	if (!vp_in_flight(vp))
		return -1;
	/* wait for submitters and interrupt handlers that ran when the queues broke */
	synchronize_rcu();
	vp_irq_synchronize(vp);
	mutex_lock(&virtio_blk_abort_lock);
	for (unsigned int i = 0; i < vp->n_queues; i++)
		if (vp->queue[i].vq)
			n += virtio_blk_fail_requests(vp->queue[i].vq);
	mutex_unlock(&virtio_blk_abort_lock);
	return n;
}

/*
 * The queues are broken, and the device cannot write to any buffer: it was reset, is
 * gone, or has bus mastering disabled. Not all callers have vdev's device lock: its
 * holder may be waiting for these very requests, and delete the queues after them.
 */
void vp_abort_requests(struct vp_device *vp)
{
	int n;

	mutex_lock(&vp->queues_lock);
	n = vp_abort_locked(vp);
	mutex_unlock(&vp->queues_lock);
	if (n >= 0)
		dev_warn(&vp->pci_dev->dev,
			 "%s: %d requests aborted: the device does not answer\n",
			 dev_name(&vp->vdev.dev), n);
}
