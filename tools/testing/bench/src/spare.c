// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do other threads and interrupts leave of the processors?
 *
 * A thread of the lowest priority (SCHED_IDLE) on each CPU looks at the clock all the
 * time. When it moved by more than a look takes, somebody else was on the CPU. That
 * also counts interrupts, which the kernel would charge to the thread they hit, and
 * what the machine below takes: compare with a time in which nothing was done.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "bench.h"
#include "spare.h"

#define CPUS_MAX	16
#define GAP_NS		1000
/* a thread that was kept away has to see that before its count is read */
#define SETTLE_US	20000

static struct spare {
	pthread_t thread;
	atomic_ullong lost;
} spares[CPUS_MAX];

static atomic_bool stop;

static void *spare_run(void *arg)
{
	const struct sched_param param = { 0 };
	struct spare *spare = arg;
	uint64_t gap = ns_to_ticks(GAP_NS), last;

	pin(spare - spares);
	if (sched_setscheduler(0, SCHED_IDLE, &param))
		fail("no lowest priority");
	last = ticks();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		uint64_t now = ticks();

		if (now - last > gap)
			atomic_fetch_add(&spare->lost, now - last);
		last = now;
	}
	return NULL;
}

void spare_start(void)
{
	if (cpus() > CPUS_MAX)
		fail("more than %u CPUs", CPUS_MAX);
	atomic_store(&stop, false);
	for (unsigned int cpu = 0; cpu < cpus(); cpu++) {
		atomic_store(&spares[cpu].lost, 0);
		if (pthread_create(&spares[cpu].thread, NULL, spare_run, &spares[cpu]))
			fail("no thread for CPU %u", cpu);
	}
}

void spare_stop(void)
{
	atomic_store(&stop, true);
	for (unsigned int cpu = 0; cpu < cpus(); cpu++)
		pthread_join(spares[cpu].thread, NULL);
}

struct spare_count spare_count(void)
{
	struct spare_count count = { 0 };

	usleep(SETTLE_US);
	for (unsigned int cpu = 0; cpu < cpus(); cpu++)
		count.lost += atomic_load(&spares[cpu].lost);
	count.at = ticks();
	return count;
}
