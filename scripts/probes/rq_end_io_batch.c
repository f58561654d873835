// SPDX-License-Identifier: GPL-2.0-only
/* rq_end_io_fn has the batch as third argument (6.18) */
#include <linux/blk-mq.h>

enum rq_end_io_ret probe(struct request *rq);
enum rq_end_io_ret probe(struct request *rq)
{
	return rq->end_io(rq, BLK_STS_IOERR, NULL);
}
