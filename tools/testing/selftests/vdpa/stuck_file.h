/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file whose bytes never come: each in the folder is one, of a page. Needs CONFIG_FUSE_FS.
 */
#ifndef STUCK_FILE_H
#define STUCK_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* What is opened earlier is closed later, at a process's end. Return: 0 or a negative errno. */
int stuck_file_open(void);
/* Return: likewise. The server is a thread of the caller. */
int stuck_file_mount(const char *dir);
/* whoever waits for a page gets SIGBUS or an error */
void stuck_file_end(const char *dir);

#endif /* STUCK_FILE_H */
