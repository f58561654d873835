// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a disk keep what it is given while something is done with the guest? From `writing`
 * to `written` processes write blocks over and over and read each one back before they
 * write it again: a write that was lost, and an old one that came twice, both show.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS		4	/* so many requests are on their way at a time */
#define BLOCK		4096
#define WORDS		(BLOCK / sizeof(uint64_t))
#define STEP		7	/* odd: reaches all blocks of a power of two */

struct tally {
	long writes;
	long wrong;		/* blocks that were not as written */
	long error;		/* errno that ended it */
	long most_us;		/* the longest that a write took */
};

static struct {
	pid_t pid;
	int counted;
} writers[WRITERS];

static char disk[64];
static volatile sig_atomic_t writer_ends;

/* The blocks of one process, and how often each was written */
struct area {
	int fd;
	long first, blocks;
	uint32_t *times;
	uint64_t *block;
};

static void end_writer(int signal)
{
	(void)signal;
	writer_ends = 1;
}

static uint64_t word_of(long block, uint32_t times, size_t i)
{
	return ((uint64_t)block << 32 | times) * 0x9e3779b97f4a7c15ULL + i;
}

static bool write_block(struct area *area, long n, struct tally *tally)
{
	long block = area->first + n, start = now_us(), took;

	area->times[n]++;
	for (size_t i = 0; i < WORDS; i++)
		area->block[i] = word_of(block, area->times[n], i);
	if (pwrite(area->fd, area->block, BLOCK, block * BLOCK) != BLOCK)
		return false;
	took = now_us() - start;
	if (took > tally->most_us)
		tally->most_us = took;
	tally->writes++;
	return true;
}

static bool check_block(struct area *area, long n, struct tally *tally)
{
	long block = area->first + n;

	if (!area->times[n])
		return true;
	if (pread(area->fd, area->block, BLOCK, block * BLOCK) != BLOCK)
		return false;
	for (size_t i = 0; i < WORDS; i++) {
		if (area->block[i] == word_of(block, area->times[n], i))
			continue;
		tally->wrong++;
		break;
	}
	return true;
}

static void write_on(struct area *area, int out)
{
	struct tally tally = { 0 };
	bool good = true;

	for (long n = 0; good && !writer_ends; n = (n + STEP) % area->blocks)
		good = check_block(area, n, &tally) && write_block(area, n, &tally);
	for (long n = 0; good && n < area->blocks; n++)
		good = check_block(area, n, &tally);
	if (!good)
		tally.error = errno ? errno : EIO;
	_exit(write(out, &tally, sizeof(tally)) != sizeof(tally));
}

static bool start_writer(int number, long blocks)
{
	struct area area = { .first = number * blocks, .blocks = blocks };
	int ends[2];

	area.fd = open(disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	area.times = calloc(blocks, sizeof(*area.times));
	if (area.fd < 0 || !area.times || posix_memalign((void **)&area.block, BLOCK, BLOCK) ||
	    pipe(ends))
		return failed("%s: %s", disk, strerror(errno));
	writers[number].pid = fork();
	if (!writers[number].pid)
		write_on(&area, ends[1]);
	writers[number].counted = ends[0];
	close(ends[1]);
	close(area.fd);
	free(area.times);
	free(area.block);
	return writers[number].pid > 0 || failed("fork: %s", strerror(errno));
}

bool action_writing(const struct words *args)
{
	struct sigaction action = { .sa_handler = end_writer, .sa_flags = SA_RESTART };
	long blocks = number_or(args, 1, 1) * (1 << 20) / BLOCK / WRITERS;

	if (writers[0].pid)
		return failed("it is at it");
	if (blocks <= 0 || blocks & (blocks - 1))
		return failed("a power of two, in MiB");
	strncpy(disk, args->word[0], sizeof(disk) - 1);
	sigaction(SIGTERM, &action, NULL);
	for (int i = 0; i < WRITERS; i++)
		if (!start_writer(i, blocks))
			return false;
	return true;
}

static bool end_of_writer(int number, struct tally *all)
{
	struct tally tally = { 0 };
	ssize_t n;

	kill(writers[number].pid, SIGTERM);
	n = read(writers[number].counted, &tally, sizeof(tally));
	waitpid(writers[number].pid, NULL, 0);
	close(writers[number].counted);
	writers[number].pid = 0;
	all->writes += tally.writes;
	all->wrong += tally.wrong;
	if (tally.error)
		all->error = tally.error;
	if (tally.most_us > all->most_us)
		all->most_us = tally.most_us;
	return n == sizeof(tally);
}

/* Everything that was written since `writing` must be there, in its last form. */
bool action_written(const struct words *args)
{
	struct tally all = { 0 };
	bool good = true;

	(void)args;
	if (writers[0].pid <= 0)
		return failed("it was not told to");
	for (int i = 0; i < WRITERS; i++)
		good = end_of_writer(i, &all) && good;
	report_begin("written");
	report_add("disk", "%s", disk);
	report_add("writes", "%ld", all.writes);
	report_add("wrong", "%ld", all.wrong);
	report_add("most_us", "%ld", all.most_us);
	report_end();
	if (!good)
		return failed("a process that writes is gone");
	if (all.error)
		return failed("%s: %s", disk, strerror(all.error));
	return !all.wrong || failed("%s: %ld blocks are not as written", disk, all.wrong);
}
