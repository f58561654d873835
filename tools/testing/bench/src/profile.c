// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where are the processors while something else is measured?
 *
 *	profile SECONDS [LINES]
 *
 * Looks at each processor a thousand times a second, by the kernel's own timer: what
 * runs with interrupts off is seen where they come on again. Prints the share of the
 * looks that found a processor in a function, idle ones too, the largest first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define PAGE		4096UL
#define RING_PAGES	256UL		/* of samples, a power of two: a minute */
#define CPUS_MAX	64
#define PERIOD_NS	1000003		/* in step with nothing */

struct symbol {
	uint64_t start;
	unsigned int seen;
	char name[72];
};

/* what perf_event_open() was asked for: one address each */
struct sample {
	struct perf_event_header header;
	uint64_t ip;
};

static struct symbol *symbols;
static size_t n_symbols;

static int by_start(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static int by_seen(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	return (int)right->seen - (int)left->seen;
}

static void symbol_add(uint64_t start, const char *name, const char *module)
{
	static size_t room;

	if (n_symbols == room) {
		room = room ? 2 * room : 65536;
		symbols = realloc(symbols, room * sizeof(*symbols));
		if (!symbols)
			fail("no memory for %zu symbols", room);
	}
	symbols[n_symbols].start = start;
	symbols[n_symbols].seen = 0;
	snprintf(symbols[n_symbols].name, sizeof(symbols->name), "%.48s %.20s", name, module);
	n_symbols++;
}

static void symbols_read(void)
{
	char line[512], name[128], module[64], type;
	FILE *file = fopen("/proc/kallsyms", "r");
	unsigned long start;

	if (!file)
		fail("/proc/kallsyms: %s", strerror(errno));
	symbol_add(0, "(a program)", "");
	while (fgets(line, sizeof(line), file)) {
		module[0] = '\0';
		if (sscanf(line, "%lx %c %127s %63s", &start, &type, name, module) >= 3 &&
		    strchr("tTwW", type))
			symbol_add(start, name, module);
	}
	fclose(file);
	qsort(symbols, n_symbols, sizeof(*symbols), by_start);
}

static struct symbol *symbol_of(uint64_t ip)
{
	size_t low = 0, high = n_symbols;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (symbols[middle].start <= ip)
			low = middle;
		else
			high = middle;
	}
	return &symbols[low];
}

static struct perf_event_mmap_page *look(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = PERIOD_NS,
		.sample_type = PERF_SAMPLE_IP,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	void *ring;

	if (fd < 0)
		fail("cannot look at CPU %d: %s", cpu, strerror(errno));
	ring = mmap(NULL, (1 + RING_PAGES) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		fail("no room for samples: %s", strerror(errno));
	return ring;
}

/* Return: how many there were */
static unsigned int count(const struct perf_event_mmap_page *ring)
{
	const char *data = (const char *)ring + PAGE;
	unsigned int n = 0;

	for (uint64_t at = 0; at < ring->data_head; ) {
		const struct sample *sample = (const void *)(data + at % (RING_PAGES * PAGE));

		if (sample->header.type == PERF_RECORD_SAMPLE) {
			symbol_of(sample->ip)->seen++;
			n++;
		}
		if (!sample->header.size)
			break;
		at += sample->header.size;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct perf_event_mmap_page *rings[CPUS_MAX];
	unsigned int total = 0, lines = argc > 2 ? number(argv[2]) : 25;

	if (argc < 2 || cpus() > CPUS_MAX)
		fail("usage: profile SECONDS [LINES]");
	for (unsigned int cpu = 0; cpu < cpus(); cpu++)
		rings[cpu] = look(cpu);
	sleep(number(argv[1]));
	symbols_read();
	for (unsigned int cpu = 0; cpu < cpus(); cpu++)
		total += count(rings[cpu]);
	qsort(symbols, n_symbols, sizeof(*symbols), by_seen);
	for (size_t i = 0; total && i < lines && i < n_symbols && symbols[i].seen; i++)
		printf("%5.1f %% %s\n", 100.0 * symbols[i].seen / total, symbols[i].name);
	return 0;
}
