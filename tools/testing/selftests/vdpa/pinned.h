/* SPDX-License-Identifier: GPL-2.0-only */
/* How many pages are pinned? */
#ifndef PINNED_H
#define PINNED_H

#include <stdio.h>
#include <string.h>

/* in the whole machine: nobody else pins any here */
static inline long pinned(void)
{
	FILE *refresh = fopen("/proc/sys/vm/stat_refresh", "w"), *file;
	long count, sum = 0;
	char name[64];

	/* each processor counts by itself until then */
	if (refresh) {
		fputs("1", refresh);
		fclose(refresh);
	}
	file = fopen("/proc/vmstat", "r");
	while (file && fscanf(file, "%63s %ld", name, &count) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			sum += count;
		if (!strcmp(name, "nr_foll_pin_released"))
			sum -= count;
	}
	if (file)
		fclose(file);
	return sum;
}

#endif /* PINNED_H */
