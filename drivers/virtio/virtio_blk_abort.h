/* SPDX-License-Identifier: GPL-2.0-only */
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
 *
 * For one source file of a transport.
 */
#ifndef VIRTIO_BLK_ABORT_H
#define VIRTIO_BLK_ABORT_H

#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/mutex.h>
#include <linux/virtio.h>

/* virtio_blk_end_io: end_io of the request that is being failed, one at a time globally */
static DEFINE_MUTEX(virtio_blk_abort_lock);
static rq_end_io_fn *virtio_blk_end_io;

static enum rq_end_io_ret virtio_blk_request_failed(RQ_END_IO_PARAMETERS)
{
	rq->end_io = virtio_blk_end_io;
	return rq_end_io_call(virtio_blk_end_io, rq, BLK_STS_IOERR);
}

/* The driver's completion runs with a stale status, which does not matter */
static void virtio_blk_fail_request(struct request *rq)
{
	for (struct bio *bio = rq->bio; bio; bio = bio->bi_next)
		bio->bi_status = BLK_STS_IOERR;
	virtio_blk_end_io = rq->end_io;
	if (rq->end_io)
		rq->end_io = virtio_blk_request_failed;
	blk_mq_set_request_complete(rq);
	rq->q->mq_ops->complete(rq);
}

/*
 * Fail the requests in a queue that is broken, whose callback does not run, and whose
 * buffers the device does not write to. With virtio_blk_abort_lock. Return: how many.
 */
static unsigned int virtio_blk_fail_requests(struct virtqueue *vq)
{
	struct request *last = NULL;
	unsigned int n = 0;
	void *pdu;

	lockdep_assert_held(&virtio_blk_abort_lock);
	while ((pdu = virtqueue_detach_unused_buf(vq))) {
		if (last)
			virtio_blk_fail_request(last);
		last = blk_mq_rq_from_pdu(pdu);
		n++;
	}
	if (!last)
		return 0;
	/*
	 * The driver stopped its queue when the virtqueue was full. With a request in flight,
	 * the queue cannot be deleted meanwhile.
	 */
	blk_mq_start_stopped_hw_queues(last->q, true);
	virtio_blk_fail_request(last);
	return n;
}

#endif /* VIRTIO_BLK_ABORT_H */
