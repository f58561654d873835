// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a VF fare while others are in use?
 *
 *	neighbour CASE MILLISECONDS PACE_US COMMAND ADDRESS [OTHER...]
 *
 * When all are open, the shell runs COMMAND; then one thread on the last CPU
 * reads the status of the VF at ADDRESS, with a pause after each; one more for
 * each OTHER reads every PACE_US, or with 0 without a pause, and may fail. The
 * faster driver lets its flood come faster, so only with a pace that both keep is
 * the flood the same. How many calls the others made is a remark, and how long the
 * longest took. An OTHER called "cpu" is a thread that calls nothing and is never
 * done: what a flood costs that has the processors and not the device.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define PAUSE_US	100
#define SAMPLES		100000

struct other {
	pthread_t thread;
	struct vf vf;
	unsigned int cpu;
	uint64_t longest;
	unsigned long done, failed;
	bool only_cpu;
};

static volatile bool over;
static uint64_t pace;	/* ticks */

/* @next: when its call after this one is due; one that comes late is not made up for */
static void wait_until(uint64_t next)
{
	uint64_t now = ticks();

	if (now < next)
		usleep(ticks_to_ns(next - now) / 1000);
}

static void *keep_busy(void *arg)
{
	struct other *other = arg;

	pin(other->cpu);
	while (!over) {
		uint64_t start = ticks(), took;

		if (other->only_cpu)
			continue;
		if (vf_read(&other->vf, BAR0, DEVICE_STATUS, 1) < 0) {
			other->failed++;
			/* what fails at once must not keep the CPU */
			usleep(PAUSE_US);
		}
		took = ticks() - start;
		if (took > other->longest)
			other->longest = took;
		other->done++;
		wait_until(start + pace);
	}
	return NULL;
}

static struct other *open_others(unsigned int n, char **addresses)
{
	struct other *others = calloc(n + 1, sizeof(*others));

	for (unsigned int i = 0; i < n; i++) {
		others[i].cpu = i % cpus();
		others[i].only_cpu = !strcmp(addresses[i], "cpu");
		if (!others[i].only_cpu)
			open_vf(&others[i].vf, addresses[i]);
	}
	return others;
}

static void start_others(struct other *others, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (pthread_create(&others[i].thread, NULL, keep_busy, &others[i]))
			fail("no thread %u", i);
}

static void tell(const char *what, struct other *others, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (others[i].only_cpu)
			continue;
		printf("# %s: beside it %s: %lu calls, %lu failed, the longest %.3f ms\n", what,
		       others[i].vf.address, others[i].done, others[i].failed,
		       ticks_to_ns(others[i].longest) / 1e6);
	}
}

int main(int argc, char **argv)
{
	unsigned int n = argc - 6;
	uint64_t start, duration;
	struct samples samples;
	struct other *others;
	struct vf vf;

	if (argc < 6)
		fail("usage: neighbour CASE MILLISECONDS PACE_US COMMAND ADDRESS [OTHER...]");
	clock_start();
	duration = ns_to_ticks(number(argv[2]) * 1000000ULL);
	pace = ns_to_ticks(number(argv[3]) * 1000ULL);
	samples_alloc(&samples, SAMPLES);
	open_vf(&vf, argv[5]);
	others = open_others(n, argv + 6);
	if (system(argv[4]))
		fail("%s: failed", argv[4]);
	start_others(others, n);
	pin(cpus() - 1);
	for (start = ticks(); ticks() - start < duration;) {
		uint64_t from = ticks();

		read_status(&vf);
		samples_add(&samples, ticks() - from);
		usleep(PAUSE_US);
	}
	over = true;
	emit_percentiles("neighbour", argv[1], &samples);
	tell(argv[1], others, n);
	/* not waited for: a call for a mute VF may last as long as it is mute */
	fflush(stdout);
	_exit(0);
}
