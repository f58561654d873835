// SPDX-License-Identifier: GPL-2.0-only
/* How does a guest end, what does it wait for, and on which processor does it run? */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

/* Told before it happens: an end without these words is a crash to the launcher. */
static void goodbye(const char *how)
{
	report_begin("bye");
	report_add("how", "%s", how);
	report_end();
	report_drain();
}

bool action_off(const struct words *args)
{
	(void)args;
	sync();
	goodbye("off");
	reboot(RB_POWER_OFF);
	return failed("the guest did not power off");
}

/* What comes next runs there alone, and so uses that processor's queues */
bool action_cpu(const struct words *args)
{
	long number = number_or(args, 0, 0);
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(number, &one);
	return !sched_setaffinity(0, sizeof(one), &one) ||
	       failed("processor %ld: %s", number, strerror(errno));
}

bool action_reboot(const struct words *args)
{
	(void)args;
	sync();
	goodbye("reboot");
	reboot(RB_AUTOBOOT);
	return failed("the guest did not reboot");
}

/* The kernel itself goes down: nothing is told to the devices. */
bool action_crash(const struct words *args)
{
	(void)args;
	goodbye("crash");
	if (!write_word("/proc/sys/kernel/sysrq", "1"))
		return false;
	return write_word("/proc/sysrq-trigger", "c");
}

/* A person at the console, with busybox's tools. */
bool action_shell(const struct words *args)
{
	pid_t pid = fork();
	int status;

	(void)args;
	if (!pid) {
		setsid();
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		open("/dev/console", O_RDWR);
		dup(0);
		dup(0);
		ioctl(0, TIOCSCTTY, 1);
		setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
		setenv("PS1", "guest:\\w# ", 1);
		execl("/bin/sh", "sh", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status == 127 << 8)
		return failed("no shell in this guest");
	return true;
}

static bool wait_for(const struct words *args, bool wanted)
{
	long limit = now_us() + number_or(args, 1, 10) * 1000000L;

	while (!access(args->word[0], F_OK) != wanted) {
		if (now_us() > limit)
			return failed("%s %s", args->word[0],
				      wanted ? "did not come" : "is still there");
		usleep(20000);
	}
	return true;
}

bool action_present(const struct words *args)
{
	return wait_for(args, true);
}

bool action_absent(const struct words *args)
{
	return wait_for(args, false);
}
