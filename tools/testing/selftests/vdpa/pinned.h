/* SPDX-License-Identifier: GPL-2.0-only */
/* How many pages are pinned, and does a mapping that fails leave some? */
#ifndef PINNED_H
#define PINNED_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "unit.h"
#include "vhost.h"

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

/* @size bytes at @at, of which the page at @hole is not there: none stays pinned */
static inline void expect_no_pins_of_a_hole(const struct vhost *v, uint64_t iova, char *at,
					    size_t size, size_t hole)
{
	long before = pinned();

	munmap(at + hole, 4096);
	EXPECT_EQ(vhost_map(v, iova, size, at, VHOST_ACCESS_RW), -EFAULT);
	EXPECT_EQ(pinned(), before);
}

#endif /* PINNED_H */
