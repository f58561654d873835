/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since 6.18 rq_end_io_fn has the batch as its third argument. Here requests are
 * completed one by one.
 *
 * Remove when 6.12 and older are no longer built for.
 */
#ifndef _COMPAT_LINUX_BLK_MQ_H
#define _COMPAT_LINUX_BLK_MQ_H

#include_next <linux/blk-mq.h>
#include <compat_probes.h>

#ifdef HAVE_RQ_END_IO_BATCH
#define RQ_END_IO_PARAMETERS \
	struct request *rq, blk_status_t error, const struct io_comp_batch *batch
#define rq_end_io_call(function, rq, error)	((function)(rq, error, NULL))
#else
#define RQ_END_IO_PARAMETERS	struct request *rq, blk_status_t error
#define rq_end_io_call(function, rq, error)	((function)(rq, error))
#endif

#endif /* _COMPAT_LINUX_BLK_MQ_H */
