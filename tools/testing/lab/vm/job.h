/* SPDX-License-Identifier: GPL-2.0-only */
/* The one command of a lab run: its start, its streams, its end. */
#ifndef LAB_JOB_H
#define LAB_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct job {
	pid_t pid;		/* 0 before the start and after the end */
	int in, out, err;	/* our ends; -1 when closed. A terminal is in both in and out */
	bool tty;
};

/* How the runner describes the job, gathered frame by frame. */
bool job_add_argument(const uint8_t *text, size_t len);
bool job_add_environment(const uint8_t *text, size_t len);

/* Start it; rows and columns of the terminal, or 0 for pipes. -1 on failure. */
int job_start(struct job *job, unsigned int rows, unsigned int columns);

#endif
