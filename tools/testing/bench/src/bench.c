// SPDX-License-Identifier: GPL-2.0-only
/* What the measuring programs share; bench.h says what. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* Both clocks are read once more each time, so that a longer run is more exact */
static uint64_t first_ticks, first_ns;

static uint64_t kernel_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return time.tv_sec * NSEC_PER_SEC + time.tv_nsec;
}

void clock_start(void)
{
	/* long enough for an estimate good to a thousandth */
	const struct timespec while_ago = { .tv_nsec = 50000000 };

	first_ns = kernel_ns();
	first_ticks = ticks();
	nanosleep(&while_ago, NULL);
}

static double ns_per_tick(void)
{
	return (double)(kernel_ns() - first_ns) / (double)(ticks() - first_ticks);
}

double ticks_to_ns(uint64_t n)
{
	return (double)n * ns_per_tick();
}

uint64_t ns_to_ticks(uint64_t ns)
{
	return (double)ns / ns_per_tick();
}

void samples_alloc(struct samples *samples, unsigned int max)
{
	samples->ticks = calloc(max, sizeof(*samples->ticks));
	if (!samples->ticks)
		fail("no memory for %u samples", max);
	samples->max = max;
	samples->n = 0;
	/* touched here, so that no page fault is measured */
	memset(samples->ticks, 0xff, max * sizeof(*samples->ticks));
}

void samples_free(struct samples *samples)
{
	free(samples->ticks);
	samples->ticks = NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

double samples_us(struct samples *samples, unsigned int per_mille)
{
	unsigned int at = (uint64_t)samples->n * per_mille / 1000;

	if (!samples->n)
		fail("nothing was measured");
	qsort(samples->ticks, samples->n, sizeof(*samples->ticks), compare);
	if (at >= samples->n)
		at = samples->n - 1;
	return ticks_to_ns(samples->ticks[at]) / 1000;
}

void emit(const char *figure, const char *what, const char *unit, double value)
{
	printf("%s %s %s %.4g\n", figure, what, unit, value);
	fflush(stdout);
}

void emit_percentiles(const char *figure, const char *what, struct samples *samples)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-p50", figure);
	emit(name, what, "us", samples_us(samples, 500));
	snprintf(name, sizeof(name), "%s-p99", figure);
	emit(name, what, "us", samples_us(samples, 990));
}

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

unsigned int number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value > UINT32_MAX)
		fail("%s is no number", text);
	return value;
}

void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("no CPU %u", cpu);
}

unsigned int cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

void open_vf(struct vf *vf, const char *address)
{
	int ret = vf_open(vf, address);

	if (!ret)
		ret = vf_decode(vf, true);
	if (ret)
		fail("%s: %s", address, strerror(-ret));
}

void read_status(struct vf *vf)
{
	int64_t value = vf_read(vf, BAR0, DEVICE_STATUS, 1);

	if (value < 0)
		fail("%s: reading the status: %s", vf->address, strerror(-value));
}
