// SPDX-License-Identifier: GPL-2.0-only
/* Small things that several actions need: see guest.h. */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char why[512] = "no reason was given";

bool failed(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return false;
}

const char *failure(void)
{
	return why;
}

long number_or(const struct words *args, int index, long otherwise)
{
	char *end;
	long n;

	if (index >= args->count || !*args->word[index])
		return otherwise;
	n = strtol(args->word[index], &end, 10);
	return *end || n < 0 ? otherwise : n;
}

long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

const char *read_word(char *buffer, size_t size, const char *format, ...)
{
	char path[512];
	va_list args;
	ssize_t n;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	buffer[0] = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return buffer;
	n = read(fd, buffer, size - 1);
	close(fd);
	buffer[n > 0 ? n : 0] = 0;
	buffer[strcspn(buffer, "\n")] = 0;
	return buffer;
}

bool write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written;

	if (fd < 0)
		return failed("%s: %s", path, strerror(errno));
	written = write(fd, word, strlen(word)) == (ssize_t)strlen(word);
	if (!written)
		failed("writing %s to %s: %s", word, path, strerror(errno));
	close(fd);
	return written;
}

static void become(char *const argv[], int out)
{
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	execv(argv[0], argv);
	dprintf(2, "%s: %s", argv[0], strerror(errno));
	_exit(127);
}

/* False when the time is over. */
static bool collect(int fd, char *output, size_t size, long deadline)
{
	size_t have = 0;
	char rest[512];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		long left = (deadline - now_us()) / 1000;
		bool full = have >= size - 1;
		ssize_t n;

		if (left <= 0 || !poll(&wait, 1, left))
			return false;
		n = read(fd, full ? rest : output + have,
			 full ? sizeof(rest) : size - 1 - have);
		if (n <= 0)
			return true;
		if (!full)
			have += n;
		output[have] = 0;
	}
}

int run_program(char *const argv[], char *output, size_t size, int limit_seconds)
{
	long deadline = now_us() + limit_seconds * 1000000L;
	int ends[2], status;
	pid_t pid;

	output[0] = 0;
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		become(argv, ends[1]);
	close(ends[1]);
	if (pid > 0 && !collect(ends[0], output, size, deadline)) {
		kill(pid, SIGKILL);
		snprintf(output, size, "%s took longer than %d s", argv[0], limit_seconds);
	}
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
