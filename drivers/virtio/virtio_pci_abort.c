// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are requests completed that a dead disk will not answer?
 *
 * Broken queues accept no more requests, and drivers that poll them give up. But
 * virtio_blk has no timeout: its removal, freeze and probe wait until all requests are
 * completed. So they are completed here, as I/O errors.
 *
 * The buffer that virtio_blk adds to a virtqueue is its PDU, behind the struct request.
 * The status byte in it is written by the device and may be left from an earlier
 * request, so it cannot be used: the error is set in the bios and passed to end_io
 * instead, and the driver's own completion frees what it has allocated.
 */
#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/virtio.h>
#include <linux/virtio_ids.h>

#include "virtio_pci.h"

/* vp_abort_end_io: end_io of the request that is being failed, one at a time globally */
static DEFINE_MUTEX(vp_abort_lock);
static rq_end_io_fn *vp_abort_end_io;

static enum rq_end_io_ret vp_request_failed(RQ_END_IO_PARAMETERS)
{
	rq->end_io = vp_abort_end_io;
	return rq_end_io_call(vp_abort_end_io, rq, BLK_STS_IOERR);
}

/* The driver's completion runs with a stale status, which does not matter */
static void vp_fail_request(struct request *rq)
{
	for (struct bio *bio = rq->bio; bio; bio = bio->bi_next)
		bio->bi_status = BLK_STS_IOERR;
	vp_abort_end_io = rq->end_io;
	if (rq->end_io)
		rq->end_io = vp_request_failed;
	blk_mq_set_request_complete(rq);
	rq->q->mq_ops->complete(rq);
}

static unsigned int vp_fail_requests(struct virtqueue *vq)
{
	struct request_queue *q = NULL;
	unsigned int n = 0;
	void *pdu;

	while ((pdu = virtqueue_detach_unused_buf(vq))) {
		struct request *rq = blk_mq_rq_from_pdu(pdu);

		q = rq->q;
		vp_fail_request(rq);
		n++;
	}
	/* the driver stopped it when the virtqueue was full */
	if (q)
		blk_mq_start_stopped_hw_queues(q, true);
	return n;
}

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

/*
 * The queues are broken, and the device cannot write to any buffer: it was reset, is
 * gone, or has bus mastering disabled. Called with vdev's device lock held.
 */
void vp_abort_requests(struct vp_device *vp)
{
	unsigned int n = 0;

	if (!vp_in_flight(vp))
		return;
	/* wait for submitters and interrupt handlers that ran when the queues broke */
	synchronize_rcu();
	vp_irq_synchronize(vp);
	mutex_lock(&vp_abort_lock);
	for (unsigned int i = 0; i < vp->n_queues; i++)
		if (vp->queue[i].vq)
			n += vp_fail_requests(vp->queue[i].vq);
	mutex_unlock(&vp_abort_lock);
	dev_warn(&vp->pci_dev->dev, "%s: %u requests aborted: the device does not answer\n",
		 dev_name(&vp->vdev.dev), n);
}
