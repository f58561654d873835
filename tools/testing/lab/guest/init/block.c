// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a disk keep what it is given? Once as a filesystem (made, mounted, filled,
 * unmounted, mounted again, compared), once as bare sectors past the page cache.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#define MKFS		"/sbin/mke2fs"
#define CHUNK		(64 * 1024)
#define FILE_NAME	"/mnt/data"

struct span {
	const char *path;
	uint64_t seed;		/* other data each time: what a disk had before does not pass */
	long chunks;
	long write_us, read_us;
};

static void pattern(uint64_t *to, uint64_t state)
{
	/* xorshift: any difference in place or order shows */
	for (size_t i = 0; i < CHUNK / sizeof(*to); i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		to[i] = state;
	}
}

static uint64_t chunk_seed(const struct span *span, long chunk)
{
	return span->seed + (chunk + 1) * 0x9e3779b97f4a7c15ULL;
}

static void *chunk_buffer(void)
{
	static void *buffer;

	if (!buffer && posix_memalign(&buffer, 4096, CHUNK))
		return NULL;
	return buffer;
}

static bool write_span(struct span *span, int flags)
{
	int fd = open(span->path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
	long start = now_us();
	bool good = fd >= 0;

	for (long i = 0; good && i < span->chunks; i++) {
		pattern(chunk_buffer(), chunk_seed(span, i));
		good = write(fd, chunk_buffer(), CHUNK) == CHUNK;
	}
	good = good && !fsync(fd);
	if (!good)
		failed("writing %s: %s", span->path, strerror(errno));
	close(fd);
	span->write_us = now_us() - start;
	return good;
}

static bool compare_span(struct span *span, int flags)
{
	static uint64_t wanted[CHUNK / sizeof(uint64_t)];
	int fd = open(span->path, O_RDONLY | O_CLOEXEC | flags);
	long start = now_us();
	bool good = fd >= 0 || failed("opening %s: %s", span->path, strerror(errno));

	for (long i = 0; good && i < span->chunks; i++) {
		pattern(wanted, chunk_seed(span, i));
		if (read(fd, chunk_buffer(), CHUNK) != CHUNK)
			good = failed("reading %s: %s", span->path, strerror(errno));
		else if (memcmp(chunk_buffer(), wanted, CHUNK))
			good = failed("%s: other data than was written, in KiB %ld to %ld",
				      span->path, i * 64, i * 64 + 64);
	}
	close(fd);
	span->read_us = now_us() - start;
	return good;
}

static void report_span(const char *report, const char *disk, const struct span *span)
{
	report_begin(report);
	report_add("disk", "%s", disk);
	report_add("bytes", "%ld", span->chunks * CHUNK);
	report_add("write_ms", "%ld", span->write_us / 1000);
	report_add("read_ms", "%ld", span->read_us / 1000);
	report_end();
}

static void span_prepare(struct span *span, const char *path, long mib)
{
	span->path = path;
	span->chunks = mib * (1024 * 1024 / CHUNK);
	span->seed = now_us() | 1;
}

static bool make_filesystem(const char *disk)
{
	char *const command[] = { MKFS, "-q", "-F", "-t", "ext4", (char *)disk, NULL };
	char output[512];

	return !run_program(command, output, sizeof(output), 60) || failed("mke2fs: %s", output);
}

static bool mount_disk(const char *disk)
{
	return !mount(disk, "/mnt", "ext4", 0, NULL) ||
	       failed("mounting %s: %s", disk, strerror(errno));
}

static bool unmount(void)
{
	return !umount("/mnt") || failed("unmounting /mnt: %s", strerror(errno));
}

/* Not a word of it comes from the page cache the second time. */
static bool forget(const char *disk)
{
	int fd = open(disk, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && !ioctl(fd, BLKFLSBUF);

	close(fd);
	return done || failed("%s: dropping its buffers: %s", disk, strerror(errno));
}

bool action_fs(const struct words *args)
{
	const char *disk = args->word[0];
	struct span span = { 0 };
	bool good;

	span_prepare(&span, FILE_NAME, number_or(args, 1, 8));
	if (!make_filesystem(disk) || !mount_disk(disk))
		return false;
	good = write_span(&span, O_TRUNC);
	if (!unmount() || !good || !forget(disk) || !mount_disk(disk))
		return false;
	good = compare_span(&span, 0);
	if (!unmount() || !good)
		return false;
	report_span("fs", disk, &span);
	return true;
}

bool action_disk(const struct words *args)
{
	struct span span = { 0 };

	span_prepare(&span, args->word[0], number_or(args, 1, 8));
	if (access(span.path, F_OK))
		return failed("%s: %s", span.path, strerror(errno));
	if (!write_span(&span, O_DIRECT) || !compare_span(&span, O_DIRECT))
		return false;
	report_span("disk", args->word[0], &span);
	return true;
}
