// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a kernel driver when its device breaks?
 *
 * Its queues are marked broken, which drivers that poll them check. A disk's requests in
 * flight are failed, but only if the device maps memory by operations of its own: then it
 * cannot access a buffer after it is unmapped. Another device might still write to it.
 */
#include <linux/rcupdate.h>
#include <linux/virtio_ids.h>

#include "virtio_blk_abort.h"
#include "virtio_vdpa.h"

/*
 * synchronize_rcu() waits for submitters and interrupt handlers that have not seen the queues
 * broken: they hold the RCU read lock, or have interrupts or softirqs disabled. The queues
 * may be deleted at the same time, hence vqs_lock.
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
		dev_warn(&vv->vdpa->dev, "%u requests aborted: the device does not answer\n", n);
}
