/* SPDX-License-Identifier: GPL-2.0-only */
/* How is a file of sysfs or debugfs written by a test? */
#ifndef SYSFS_H
#define SYSFS_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* All of @text at once. Return: 0 or a negative errno. */
static inline int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

#endif /* SYSFS_H */
