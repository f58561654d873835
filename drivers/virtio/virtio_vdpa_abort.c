// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a kernel driver when its device breaks?
 *
 * Its queues are broken: drivers that wait for them see that. A disk's requests in flight
 * are failed, if the device maps memory by operations of its own: it cannot reach any
 * other, and a request's buffers are unmapped here. Another device may still write to them.
 */
#include <linux/rcupdate.h>
#include <linux/virtio_ids.h>

#include "virtio_blk_abort.h"
#include "virtio_vdpa.h"

/*
 * Who was adding a request, or handling an interrupt, when the queues broke, did so with
 * RCU's read lock held or with interrupts or softirqs disabled, and has ended. The queues
 * may be deleted meanwhile, hence the lock.
 */
void virtio_vdpa_abort(struct virtio_vdpa *vv)
{
	unsigned int n = 0;

	virtio_vdpa_break_vqs(vv);
	if (vv->vdev.id.device != VIRTIO_ID_BLOCK || !vv->vdpa->dma)
		return;
	synchronize_rcu();
	mutex_lock(&virtio_blk_abort_lock);
	spin_lock(&vv->vqs_lock);
	for (u32 i = 0; vv->vqs && i < vv->vdpa->info.nvqs; i++)
		if (vv->vqs[i])
			n += virtio_blk_fail_requests(vv->vqs[i]);
	spin_unlock(&vv->vqs_lock);
	mutex_unlock(&virtio_blk_abort_lock);
	if (n)
		dev_warn(&vv->vdpa->dev, "%u requests failed that the device will not answer\n", n);
}
