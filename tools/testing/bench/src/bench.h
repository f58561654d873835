/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the measuring programs share: a cheap clock, samples, and the lines they
 * print. Whatever cannot be done ends the program, with a word on stderr.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <x86intrin.h>

#include "vf.h"

#define NSEC_PER_SEC	1000000000ULL

/* --- time: the processor's counter, since the kernel's clock may cost an exit --- */

static inline uint64_t ticks(void)
{
	return __rdtsc();
}

/* Ticks as nanoseconds. The first call of clock_start() must be some time ago. */
void clock_start(void);
double ticks_to_ns(uint64_t ticks);
/* So many ticks in @ns, for loops with an end */
uint64_t ns_to_ticks(uint64_t ns);

/* --- samples --- */

struct samples {
	uint32_t *ticks;
	unsigned int n, max;
};

void samples_alloc(struct samples *samples, unsigned int max);
void samples_free(struct samples *samples);
/* Sorts. @per_mille: 500 is the median */
double samples_us(struct samples *samples, unsigned int per_mille);

/* What does not fit is not kept */
static inline void samples_add(struct samples *samples, uint64_t took)
{
	if (samples->n < samples->max)
		samples->ticks[samples->n++] = took > UINT32_MAX ? UINT32_MAX : took;
}

/* --- lines --- */

void emit(const char *figure, const char *what, const char *unit, double value);
/* @figure-p50 and -p99, in microseconds */
void emit_percentiles(const char *figure, const char *what, struct samples *samples);

/* --- the rest --- */

void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...);
unsigned int number(const char *text);
/* This thread runs there and nowhere else */
void pin(unsigned int cpu);
unsigned int cpus(void);
/* Opened, its ports enabled */
void open_vf(struct vf *vf, const char *address);
/* One register read; the whole of what most figures repeat */
void read_status(struct vf *vf);

#endif /* BENCH_H */
