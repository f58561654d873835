// SPDX-License-Identifier: GPL-2.0-only
/* How does a test get a file whose bytes never come? From a FUSE server that answers no READ. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stuck_file.h"

#define FILE_NODE	2
#define FILE_SIZE	4096

static int device = -1;

static void answer(uint64_t unique, int error, const void *data, size_t len)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + len, .error = error, .unique = unique,
	};
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)data, len } };

	/* whoever asked may be gone */
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		perror("# FUSE answer");
}

static struct fuse_attr attr_of(uint64_t node)
{
	bool file = node == FILE_NODE;

	return (struct fuse_attr) {
		.ino = node,
		.size = file ? FILE_SIZE : 0,
		.mode = file ? S_IFREG | 0600 : S_IFDIR | 0700,
		.nlink = 1,
		.blksize = FILE_SIZE,
	};
}

static void serve(const struct fuse_in_header *in)
{
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = FILE_SIZE,
	};
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attr_of(FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attr_of(in->nodeid) };
	struct fuse_open_out opened = {};

	switch (in->opcode) {
	case FUSE_INIT:
		return answer(in->unique, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		return answer(in->unique, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return answer(in->unique, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
		return answer(in->unique, 0, &opened, sizeof(opened));
	case FUSE_READ:
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		return;
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		return answer(in->unique, 0, NULL, 0);
	default:
		return answer(in->unique, -EOPNOTSUPP, NULL, 0);
	}
}

static void *server(void *unused)
{
	static char request[FUSE_MIN_READ_BUFFER + FILE_SIZE];

	/* an error is the end of the mount */
	while (read(device, request, sizeof(request)) > 0)
		serve((void *)request);
	return NULL;
}

int stuck_file_open(void)
{
	if (device < 0)
		device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	return device < 0 ? -errno : 0;
}

int stuck_file_mount(const char *dir)
{
	char options[100];
	pthread_t thread;
	int ret;

	ret = stuck_file_open();
	if (ret)
		return ret;
	mkdir(dir, 0700);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	if (mount("stuck", dir, "fuse", MS_NOSUID | MS_NODEV, options))
		return -errno;
	return -pthread_create(&thread, NULL, server, NULL);
}

void stuck_file_end(const char *dir)
{
	/* what waits for an answer gets an error */
	umount2(dir, MNT_FORCE);
	umount2(dir, MNT_DETACH);
	close(device);
	device = -1;
	rmdir(dir);
}
