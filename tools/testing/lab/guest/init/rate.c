// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many reads does a disk finish in a second, so many on their way at a time? By the
 * kernel's own asynchronous reads, past the page cache: one process, and no library between.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK		4096
#define BLOCKS		1024	/* that are read, over and over */
#define STEP		7	/* odd: not one after the other, but all of them */
#define DEPTH_MAX	64
#define TOO_LONG_S	30	/* a read that takes longer is lost */

struct reader {
	aio_context_t context;
	int fd;
	void *buffer;
	unsigned long next;	/* block */
	struct iocb iocb[DEPTH_MAX];
};

static bool submit(struct reader *reader, struct iocb *iocb)
{
	iocb->aio_offset = reader->next * BLOCK;
	reader->next = (reader->next + STEP) % BLOCKS;
	return syscall(SYS_io_submit, reader->context, 1, &iocb) == 1 ||
	       failed("io_submit: %s", strerror(errno));
}

static bool start(struct reader *reader, const char *disk, long depth)
{
	reader->fd = open(disk, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (reader->fd < 0 || posix_memalign(&reader->buffer, BLOCK, BLOCK * depth))
		return failed("%s: %s", disk, strerror(errno));
	if (syscall(SYS_io_setup, depth, &reader->context))
		return failed("io_setup: %s", strerror(errno));
	for (long i = 0; i < depth; i++) {
		reader->iocb[i] = (struct iocb) {
			.aio_fildes = reader->fd,
			.aio_lio_opcode = IOCB_CMD_PREAD,
			.aio_buf = (uintptr_t)reader->buffer + i * BLOCK,
			.aio_nbytes = BLOCK,
		};
		if (!submit(reader, &reader->iocb[i]))
			return false;
	}
	return true;
}

/* Return: how many have finished; as many begin anew. Ends with @most, or at @until_us */
static long read_on(struct reader *reader, long depth, long until_us, long most)
{
	struct timespec limit = { .tv_sec = TOO_LONG_S };
	struct io_event events[DEPTH_MAX];
	long finished = 0;

	while (finished < most && now_us() < until_us) {
		long n = syscall(SYS_io_getevents, reader->context, 1, depth, events, &limit);

		if (n <= 0) {
			failed("no read has finished in %d s", TOO_LONG_S);
			return -1;
		}
		for (long i = 0; i < n; i++) {
			if (events[i].res != BLOCK) {
				failed("a read gave %ld", (long)events[i].res);
				return -1;
			}
			if (!submit(reader, (struct iocb *)(uintptr_t)events[i].obj))
				return -1;
		}
		finished += n;
	}
	return finished;
}

/* Waits for what is on its way */
static void end(struct reader *reader)
{
	if (reader->context)
		syscall(SYS_io_destroy, reader->context);
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->buffer);
}

/* rate=DEVICE[,DEPTH[,SECONDS[,READS]]]: whatever ends first */
bool action_rate(const struct words *args)
{
	long depth = number_or(args, 1, 1), seconds = number_or(args, 2, 5);
	long most = number_or(args, 3, 1L << 40), finished = -1, began = now_us(), took;
	struct reader reader = { 0 };

	if (depth < 1 || depth > DEPTH_MAX)
		return failed("a depth of 1 to %d", DEPTH_MAX);
	if (start(&reader, args->word[0], depth))
		finished = read_on(&reader, depth, began + seconds * 1000000, most);
	took = now_us() - began;
	end(&reader);
	if (finished < 0)
		return false;
	report_begin("rate");
	report_add("disk", "%s", args->word[0]);
	report_add("depth", "%ld", depth);
	report_add("reads", "%ld", finished);
	report_add("ms", "%ld", took / 1000);
	report_add("per_second", "%.0f", finished * 1e6 / took);
	report_end();
	return finished > 0 || failed("no read has finished");
}
