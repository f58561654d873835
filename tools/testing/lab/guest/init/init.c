// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a guest: mount what every program expects, load the modules, say
 * that the guest is ready, then do what the launcher asks, line by line.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void mount_all(void)
{
	static const struct { const char *type, *where; } rows[] = {
		{ "devtmpfs", "/dev" }, { "proc", "/proc" }, { "sysfs", "/sys" },
		{ "tmpfs", "/tmp" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mkdir(rows[i].where, 0755);
		mount(rows[i].type, rows[i].where, rows[i].type, 0, NULL);
	}
	mkdir("/mnt", 0755);
}

static void say_ready(bool loaded)
{
	struct utsname name;
	char command_line[1024];

	uname(&name);
	report_begin("ready");
	report_add("kernel", "%s", name.release);
	report_add("command_line", "%s",
		   read_word(command_line, sizeof(command_line), "/proc/cmdline"));
	report_add("ms", "%ld", now_us() / 1000);
	if (!loaded)
		report_add("why", "%s", failure());
	report_end();
}

int main(void)
{
	char line[1024];

	mount_all();
	if (!report_open())
		fprintf(stderr, "guest: no report port " REPORT_PORT "\n");
	say_ready(modules_load());
	while (report_read_line(line, sizeof(line)))
		actions_run(line);
	fprintf(stderr, "guest: the launcher has gone\n");
	action_off(NULL);
	return 1;
}
