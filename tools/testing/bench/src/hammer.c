// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes of a workload when the card misbehaves?
 *
 *	hammer WORKLOAD SECONDS ADDRESS...
 *
 * A thread for each VF does the workload until the time is over, whatever comes
 * of it. Then one line: WORKLOAD, calls, calls that failed, calls per second,
 * the longest call in milliseconds, and the errors that came.
 *
 *	access		a register is read, another written
 *	notify		the notify register is written
 *	probe		a legacy driver's probe
 *	open		the VF is opened and closed
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "sequence.h"

#define ERRNO_MAX	256
#define PAUSE_US	1000

struct hammer;

struct workload {
	const char *name;
	int (*call)(struct hammer *hammer);
	bool keeps_open;
};

struct hammer {
	pthread_t thread;
	const struct workload *workload;
	const char *address;
	struct vf vf;
	unsigned long calls, failed, errors[ERRNO_MAX];
	uint64_t longest;
};

static uint64_t end;
static pthread_barrier_t start_line;

static int call_access(struct hammer *hammer)
{
	int64_t value = vf_read(&hammer->vf, BAR0, DEVICE_STATUS, 1);

	return value < 0 ? value : vf_write(&hammer->vf, BAR0, QUEUE_SELECT, 2, 0);
}

static int call_notify(struct hammer *hammer)
{
	return vf_write(&hammer->vf, BAR0, QUEUE_NOTIFY, 2, 0);
}

static int call_probe(struct hammer *hammer)
{
	return sequence_probe(&hammer->vf);
}

static int call_open(struct hammer *hammer)
{
	int ret = vf_open(&hammer->vf, hammer->address);

	if (!ret)
		vf_close(&hammer->vf);
	return ret;
}

static const struct workload workloads[] = {
	{ "access", call_access, true },
	{ "notify", call_notify, true },
	{ "probe", call_probe, true },
	{ "open", call_open, false },
};

static const struct workload *find(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(workloads); i++)
		if (!strcmp(workloads[i].name, name))
			return &workloads[i];
	fail("no workload %s", name);
}

static void once(struct hammer *hammer)
{
	uint64_t start = ticks(), took;
	int ret = hammer->workload->call(hammer);

	took = ticks() - start;
	if (took > hammer->longest)
		hammer->longest = took;
	hammer->calls++;
	if (!ret)
		return;
	hammer->failed++;
	hammer->errors[-ret < ERRNO_MAX ? -ret : 0]++;
	/* what fails at once must not keep the CPU */
	usleep(PAUSE_US);
}

static void *run(void *arg)
{
	struct hammer *hammer = arg;

	pthread_barrier_wait(&start_line);
	while (ticks() < end)
		once(hammer);
	return NULL;
}

static void start(struct hammer *hammer, const char *address)
{
	hammer->address = address;
	if (hammer->workload->keeps_open) {
		open_vf(&hammer->vf, address);
		if (vf_msix(&hammer->vf, SEQUENCE_VECTORS))
			fail("%s: no MSI-X", address);
	}
	if (pthread_create(&hammer->thread, NULL, run, hammer))
		fail("no thread for %s", address);
}

static void add(struct hammer *to, const struct hammer *from)
{
	to->calls += from->calls;
	to->failed += from->failed;
	if (from->longest > to->longest)
		to->longest = from->longest;
	for (int i = 0; i < ERRNO_MAX; i++)
		to->errors[i] += from->errors[i];
}

static void tell(const struct hammer *sum, unsigned int seconds)
{
	printf("%s %lu %lu %.0f %.0f", sum->workload->name, sum->calls, sum->failed,
	       (double)sum->calls / seconds, ticks_to_ns(sum->longest) / 1e6);
	for (int i = 0; i < ERRNO_MAX; i++)
		if (sum->errors[i])
			printf(" %s", strerrorname_np(i) ?: "none");
	printf("\n");
}

int main(int argc, char **argv)
{
	struct hammer *hammers, sum = { 0 };
	unsigned int n = argc - 3, seconds;

	if (argc < 4)
		fail("usage: hammer WORKLOAD SECONDS ADDRESS...");
	sum.workload = find(argv[1]);
	seconds = number(argv[2]);
	clock_start();
	hammers = calloc(n, sizeof(*hammers));
	pthread_barrier_init(&start_line, NULL, n + 1);
	for (unsigned int i = 0; i < n; i++) {
		hammers[i].workload = sum.workload;
		start(&hammers[i], argv[3 + i]);
	}
	/* the word that all are open, and the word to begin */
	printf("ready\n");
	fflush(stdout);
	getchar();
	end = ticks() + ns_to_ticks(seconds * NSEC_PER_SEC);
	pthread_barrier_wait(&start_line);
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(hammers[i].thread, NULL);
		add(&sum, &hammers[i]);
	}
	tell(&sum, seconds);
	return 0;
}
