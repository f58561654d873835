// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many commands per second do VFs get done that are accessed at once?
 *
 *	rate MILLISECONDS ADDRESS...
 *
 * Opening takes a tenth of a second for each VF, so all are opened once, and what
 * is to be measured comes on standard input: a line "CASE N" lets a thread for
 * each of the first N VFs, spread over the CPUs, read the device status; a line
 * "!COMMAND" is the shell's.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

struct reader {
	pthread_t thread;
	struct vf vf;
	unsigned int cpu;
	unsigned long done;
};

static pthread_barrier_t start_line;
static uint64_t duration;

static void *read_on(void *arg)
{
	struct reader *reader = arg;
	uint64_t start;

	pin(reader->cpu);
	read_status(&reader->vf);
	pthread_barrier_wait(&start_line);
	for (start = ticks(); ticks() - start < duration; reader->done++)
		read_status(&reader->vf);
	return NULL;
}

static void measure(const char *what, struct reader *readers, unsigned int n)
{
	unsigned long done = 0;
	uint64_t start;

	pthread_barrier_init(&start_line, NULL, n + 1);
	for (unsigned int i = 0; i < n; i++) {
		readers[i].done = 0;
		if (pthread_create(&readers[i].thread, NULL, read_on, &readers[i]))
			fail("no thread %u", i);
	}
	pthread_barrier_wait(&start_line);
	start = ticks();
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(readers[i].thread, NULL);
		done += readers[i].done;
	}
	emit("commands", what, "1/s", done * 1e9 / ticks_to_ns(ticks() - start));
}

int main(int argc, char **argv)
{
	unsigned int vfs = argc - 2, n;
	struct reader *readers;
	char line[256], what[64];

	if (argc < 3)
		fail("usage: rate MILLISECONDS ADDRESS...");
	clock_start();
	duration = ns_to_ticks(number(argv[1]) * 1000000ULL);
	readers = calloc(vfs, sizeof(*readers));
	for (unsigned int i = 0; i < vfs; i++) {
		readers[i].cpu = cpus() - 1 - i % cpus();
		open_vf(&readers[i].vf, argv[2 + i]);
	}
	while (fgets(line, sizeof(line), stdin)) {
		if (line[0] == '!') {
			if (system(line + 1))
				fail("%s: failed", line + 1);
			continue;
		}
		if (sscanf(line, "%63s %u", what, &n) != 2 || !n || n > vfs)
			fail("cannot do: %s", line);
		measure(what, readers, n);
	}
	return 0;
}
