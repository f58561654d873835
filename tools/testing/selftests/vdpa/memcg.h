/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory of the kernel's does a process pay for? Its own cgroup's figures. */
#ifndef MEMCG_H
#define MEMCG_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define GROUP	"/run/vdpatest-group"

/* The number in the line of @path that has @format, or -1 */
static inline long kib_of(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	char line[200];
	long kib = -1;

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, format, &kib);
	if (file)
		fclose(file);
	return kib;
}

static inline bool write_group(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);
	bool written = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	close(fd);
	return written;
}

static inline void leave_group(void)
{
	write_group(GROUP "/cgroup.procs", "0");
	rmdir(GROUP "/test");
	umount2(GROUP, MNT_DETACH);
	rmdir(GROUP);
}

static inline bool enter_group(void)
{
	mkdir(GROUP, 0700);
	if (mount("none", GROUP, "cgroup2", 0, NULL))
		return false;
	if (!write_group(GROUP "/cgroup.subtree_control", "+memory"))
		return false;
	mkdir(GROUP "/test", 0700);
	return write_group(GROUP "/test/cgroup.procs", "0");
}

/* Until leave_group() this process has a memory cgroup of its own */
static inline void enter_group_or_skip(void)
{
	if (enter_group())
		return;
	leave_group();
	unit_skip("this kernel has no memory cgroups");
}

static inline long group_kib(void)
{
	return kib_of(GROUP "/test/memory.stat", "slab_unreclaimable %ld") / 1024;
}

#endif /* MEMCG_H */
