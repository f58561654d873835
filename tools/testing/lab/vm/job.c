// SPDX-License-Identifier: GPL-2.0-only
/* Start the command of a lab run, on pipes or on a terminal: see job.h. */
#define _GNU_SOURCE
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 1024

static char *arguments[WORDS_MAX + 1];
static unsigned int argument_count;

bool job_add_argument(const uint8_t *text, size_t len)
{
	if (argument_count == WORDS_MAX)
		return false;
	arguments[argument_count] = strndup((const char *)text, len);
	return arguments[argument_count++] != NULL;
}

bool job_add_environment(const uint8_t *text, size_t len)
{
	char *word = strndup((const char *)text, len);

	return word && strchr(word, '=') && !putenv(word);
}

static void __attribute__((noreturn)) become_job(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/lab"))
		fprintf(stderr, "lab: no /lab: %s\n", strerror(errno));
	execvp(arguments[0], arguments);
	fprintf(stderr, "lab: %s: %s\n", arguments[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void become_piped_job(int in[2], int out[2], int err[2])
{
	setsid();
	dup2(in[0], 0);
	dup2(out[1], 1);
	dup2(err[1], 2);
	become_job();
}

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static int start_on_pipes(struct job *job)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		return -1;
	job->pid = fork();
	if (job->pid < 0)
		return -1;
	if (!job->pid)
		become_piped_job(in, out, err);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	job->in = in[1];
	job->out = out[0];
	job->err = err[0];
	set_nonblocking(job->in);
	set_nonblocking(job->out);
	set_nonblocking(job->err);
	return 0;
}

static int start_on_terminal(struct job *job, unsigned int rows, unsigned int columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };
	int terminal;

	job->pid = forkpty(&terminal, NULL, NULL, &size);
	if (job->pid < 0)
		return -1;
	if (!job->pid)
		become_job();
	fcntl(terminal, F_SETFD, FD_CLOEXEC);
	set_nonblocking(terminal);
	job->tty = true;
	job->in = terminal;
	job->out = terminal;
	job->err = -1;
	return 0;
}

int job_start(struct job *job, unsigned int rows, unsigned int columns)
{
	if (!argument_count)
		return -1;
	return rows ? start_on_terminal(job, rows, columns) : start_on_pipes(job);
}
