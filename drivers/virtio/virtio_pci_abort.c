// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of the requests that a dead disk will not answer?
 *
 * Broken queues take no more requests, and drivers that poll them give up. virtio_blk
 * has no timeout: its removal, its freeze and its probe wait until the block layer
 * has every request back. So they are given back here, as I/O errors.
 *
 * What virtio_blk has put into a queue is its part of a struct request, behind it.
 * The status byte in there is the device's to write and holds what an earlier
 * request left, so nobody may believe it: the error is noted in the bios and for
 * whoever else is told of the request's end, and the driver frees what is its own.
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

/* Of the request that is being failed; one at a time, all devices */
static DEFINE_MUTEX(vp_abort_lock);
static rq_end_io_fn *vp_abort_end_io;

static enum rq_end_io_ret vp_request_failed(RQ_END_IO_PARAMETERS)
{
	rq->end_io = vp_abort_end_io;
	return rq_end_io_call(vp_abort_end_io, rq, BLK_STS_IOERR);
}

/* The driver completes it, by the status of a request before, which does not count */
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

/* How many descriptors of the queues' are in use: those of requests in flight */
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

/* Is any request answered, in the time that a device has for a reset? */
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
 * The queues are broken. The device was reset, is gone, or is cut off from memory: it
 * writes to no buffer any more. With vdev's device lock held.
 */
void vp_abort_requests(struct vp_device *vp)
{
	unsigned int n = 0;

	if (!vp_in_flight(vp))
		return;
	/* who was adding one, or handling an interrupt, when the queues broke */
	synchronize_rcu();
	vp_irq_synchronize(vp);
	mutex_lock(&vp_abort_lock);
	for (unsigned int i = 0; i < vp->n_queues; i++)
		if (vp->queue[i].vq)
			n += vp_fail_requests(vp->queue[i].vq);
	mutex_unlock(&vp_abort_lock);
	dev_warn(&vp->pci_dev->dev, "%s: %u requests failed that the device will not answer\n",
		 dev_name(&vp->vdev.dev), n);
}
