/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long was each CPU busy? The kernel's own count of idle time is of no use where
 * processors are emulated: it counts what they did not have.
 */
#ifndef BENCH_SPARE_H
#define BENCH_SPARE_H

#include <stdint.h>

/* One thread on each CPU, which runs when nothing else wants to */
void spare_start(void);
void spare_stop(void);
/* What they had to do without up to now, all together */
struct spare_count {
	uint64_t at;
	uint64_t lost;
};

/* In ticks. Takes some milliseconds. */
struct spare_count spare_count(void);

#endif /* BENCH_SPARE_H */
