// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a register access cost the host?
 *
 *	cost ADDRESS CASE COUNT cpu|sleep|events [IRQ...]
 *
 * cpu: processor time of the whole machine, for each command: what a thread on each
 * CPU that only wants what nobody else does had to do without (spare.c). sleep: the
 * same when this thread sleeps half a millisecond instead of each command. events:
 * how often, for each command, memory was allocated by this thread, DMA was mapped
 * and unmapped by anybody, and the PF's interrupts IRQ were raised; a tracepoint that
 * the kernel has not is no line.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "spare.h"

#define TRACING		"/sys/kernel/tracing/events/"
#define CPUS_MAX	16
#define QUIET_US	500000
/* of each CPU, by others: beyond that no figure means anything, and BENCH_BUSY has to ask */
#define BUSY_MAX	0.25

struct event {
	const char *figure;
	const char *point;
	bool own;		/* of this thread, wherever it runs; else of all, on each CPU */
	int fds[CPUS_MAX];
	unsigned int n;
};

static struct event events[] = {
	{ .figure = "allocations", .point = "kmem/kmalloc", .own = true },
	{ .figure = "allocations", .point = "kmem/kmalloc_node", .own = true },
	{ .figure = "allocations", .point = "kmem/kmem_cache_alloc", .own = true },
	{ .figure = "allocations", .point = "kmem/kmem_cache_alloc_node", .own = true },
	{ .figure = "allocations", .point = "kmem/mm_page_alloc", .own = true },
	{ .figure = "dma-maps", .point = "iommu/map" },
	{ .figure = "dma-unmaps", .point = "iommu/unmap" },
};

/* Return: negative when there is no such tracepoint */
static long point_id(const char *point)
{
	char path[128];
	long id = -1;
	FILE *file;

	snprintf(path, sizeof(path), TRACING "%s/id", point);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &id) != 1)
		id = -1;
	fclose(file);
	return id;
}

static void open_event(struct event *event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.disabled = 1,
	};
	unsigned int n = event->own ? 1 : cpus();
	long id = point_id(event->point);

	if (id < 0)
		return;
	if (n > CPUS_MAX)
		fail("more than %u CPUs", CPUS_MAX);
	attr.config = id;
	for (event->n = 0; event->n < n; event->n++) {
		int fd = syscall(SYS_perf_event_open, &attr, event->own ? 0 : -1,
				 event->own ? -1 : (int)event->n, -1, 0);

		if (fd < 0)
			fail("perf_event_open for %s: %s", event->point, strerror(errno));
		event->fds[event->n] = fd;
	}
}

static void switch_events(unsigned long how)
{
	for (int i = 0; i < ARRAY_SIZE(events); i++)
		for (unsigned int at = 0; at < events[i].n; at++)
			ioctl(events[i].fds[at], how, 0);
}

static uint64_t count_of(const struct event *event)
{
	uint64_t total = 0, one;

	for (unsigned int at = 0; at < event->n; at++)
		if (read(event->fds[at], &one, sizeof(one)) == sizeof(one))
			total += one;
	return total;
}

/* Events of the same figure are one line */
static void emit_events(const char *what, unsigned int count)
{
	for (int i = 0; i < ARRAY_SIZE(events);) {
		const char *figure = events[i].figure;
		uint64_t total = 0;
		bool any = false;

		for (; i < ARRAY_SIZE(events) && !strcmp(events[i].figure, figure); i++) {
			total += count_of(&events[i]);
			any = any || events[i].n;
		}
		if (any)
			emit(figure, what, "n", (double)total / count);
	}
}

/* How often these interrupts were raised, on all CPUs */
static uint64_t interrupts(int n, char **irqs)
{
	FILE *file = fopen("/proc/interrupts", "re");
	uint64_t total = 0;
	char line[1024];

	if (!file)
		fail("/proc/interrupts: %s", strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		char *at = line, *end;
		unsigned long irq = strtoul(at, &end, 10);

		if (end == at || *end != ':')
			continue;
		for (int i = 0; i < n; i++) {
			if (strtoul(irqs[i], NULL, 10) != irq)
				continue;
			at = end + 1;
			for (unsigned int cpu = 0; cpu < cpus(); cpu++)
				total += strtoul(at, &at, 10);
		}
	}
	fclose(file);
	return total;
}

static void read_many(struct vf *vf, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		read_status(vf);
}

static void sleep_many(struct vf *vf, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		usleep(500);
}

/* The CPUs are a little busy anyway: that is measured first, and taken off */
static void measure_cpu(struct vf *vf, const char *figure, const char *what, unsigned int count,
			void (*work)(struct vf *vf, unsigned int count))
{
	struct spare_count begin, quiet, end;
	double others, took;

	spare_start();
	begin = spare_count();
	usleep(QUIET_US);
	quiet = spare_count();
	work(vf, count);
	end = spare_count();
	spare_stop();
	others = (double)(quiet.lost - begin.lost) / (quiet.at - begin.at);
	if (others > BUSY_MAX * cpus() && !getenv("BENCH_BUSY")) {
		printf("! no %s %s: others take %.0f percent of a CPU\n", figure, what,
		       others * 100);
		return;
	}
	took = end.lost - quiet.lost - others * (end.at - quiet.at);
	emit(figure, what, "us", ticks_to_ns(took > 0 ? took : 0) / count / 1000);
}

static void measure_events(struct vf *vf, const char *what, unsigned int count, int n_irqs,
			   char **irqs)
{
	uint64_t raised = interrupts(n_irqs, irqs);

	for (int i = 0; i < ARRAY_SIZE(events); i++)
		open_event(&events[i]);
	switch_events(PERF_EVENT_IOC_ENABLE);
	read_many(vf, count);
	switch_events(PERF_EVENT_IOC_DISABLE);
	raised = interrupts(n_irqs, irqs) - raised;
	emit_events(what, count);
	emit("interrupts", what, "n", (double)raised / count);
}

int main(int argc, char **argv)
{
	unsigned int count;
	struct vf vf;

	if (argc < 5)
		fail("usage: cost ADDRESS CASE COUNT cpu|sleep|events [IRQ...]");
	count = number(argv[3]);
	if (!count)
		fail("nothing to count");
	pin(cpus() - 1);
	clock_start();
	open_vf(&vf, argv[1]);
	read_many(&vf, 200);
	if (!strcmp(argv[4], "cpu"))
		measure_cpu(&vf, "cpu", argv[2], count, read_many);
	else if (!strcmp(argv[4], "sleep"))
		measure_cpu(&vf, "cpu-floor", argv[2], count, sleep_many);
	else
		measure_events(&vf, argv[2], count, argc - 5, argv + 5);
	return 0;
}
