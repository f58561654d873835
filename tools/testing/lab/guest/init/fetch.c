// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does memory keep what a disk wrote to it while something is done with the guest? From
 * `fetching` to `fetched` a process reads blocks into the pages of its memory, any block into
 * any page, and looks at what is in a page before the next block gets there. It writes to none
 * of them itself: when the guest moves, only the device knows that they are not as they were.
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
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK		4096
#define WORDS		(BLOCK / sizeof(uint64_t))
#define FIRST		(64L << 20)	/* on the disk, behind what `writing` uses */
#define BLOCKS		256
#define EMPTY		BLOCKS		/* no block was read into the page so far */

struct tally {
	long reads;
	long wrong;		/* pages that had another block than was read last */
	long error;		/* errno that ended it */
};

/* The memory of the process, and which block each of its pages has */
struct shelf {
	int fd;
	long pages;
	uint8_t *memory;
	uint16_t *has;
};

static struct {
	pid_t pid;
	int counted;
	long pages;
	char disk[64];
} fetcher;

static volatile sig_atomic_t fetcher_ends;

static void end_fetcher(int signal)
{
	(void)signal;
	fetcher_ends = 1;
}

static uint64_t word_of(unsigned int block, size_t i)
{
	return (block + 1) * 0x9e3779b97f4a7c15ULL ^ i;
}

static bool write_blocks(int fd, uint64_t *block)
{
	for (unsigned int n = 0; n < BLOCKS; n++) {
		for (size_t i = 0; i < WORDS; i++)
			block[i] = word_of(n, i);
		if (pwrite(fd, block, BLOCK, FIRST + n * BLOCK) != BLOCK)
			return failed("writing a block: %s", strerror(errno));
	}
	return true;
}

static void check_page(const struct shelf *shelf, long page, struct tally *tally)
{
	const uint64_t *words = (const void *)(shelf->memory + page * BLOCK);

	if (shelf->has[page] == EMPTY)
		return;
	for (size_t i = 0; i < WORDS; i++) {
		if (words[i] == word_of(shelf->has[page], i))
			continue;
		tally->wrong++;
		break;
	}
}

static bool fetch(struct shelf *shelf, long page, unsigned int block)
{
	if (pread(shelf->fd, shelf->memory + page * BLOCK, BLOCK, FIRST + block * BLOCK) != BLOCK)
		return false;
	shelf->has[page] = block;
	return true;
}

static void fetch_on(struct shelf *shelf, int out)
{
	struct tally tally = { 0 };
	uint32_t random = 1;
	bool good = true;

	while (good && !fetcher_ends) {
		long page;

		random = random * 1664525 + 1013904223;
		page = (random >> 8) % shelf->pages;
		check_page(shelf, page, &tally);
		good = fetch(shelf, page, random >> 24);
		tally.reads += good;
	}
	if (!good)
		tally.error = errno ? errno : EIO;
	for (long page = 0; page < shelf->pages; page++)
		check_page(shelf, page, &tally);
	_exit(write(out, &tally, sizeof(tally)) != sizeof(tally));
}

/* Memory that nothing but a read of the disk writes to from here on */
static bool make_shelf(struct shelf *shelf)
{
	size_t size = shelf->pages * BLOCK;

	shelf->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shelf->has = calloc(shelf->pages, sizeof(*shelf->has));
	if (shelf->memory == MAP_FAILED || !shelf->has)
		return failed("no memory");
	memset(shelf->memory, 0xff, size);
	for (long page = 0; page < shelf->pages; page++)
		shelf->has[page] = EMPTY;
	return true;
}

bool action_fetching(const struct words *args)
{
	struct sigaction action = { .sa_handler = end_fetcher, .sa_flags = SA_RESTART };
	struct shelf shelf = { .pages = number_or(args, 1, 8) * (1 << 20) / BLOCK };
	int ends[2];

	if (fetcher.pid)
		return failed("it is at it");
	strncpy(fetcher.disk, args->word[0], sizeof(fetcher.disk) - 1);
	shelf.fd = open(fetcher.disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (shelf.fd < 0)
		return failed("%s: %s", fetcher.disk, strerror(errno));
	if (!shelf.pages || !make_shelf(&shelf) || !write_blocks(shelf.fd, (void *)shelf.memory))
		return false;
	if (pipe(ends))
		return failed("pipe: %s", strerror(errno));
	sigaction(SIGTERM, &action, NULL);
	fetcher.pages = shelf.pages;
	fetcher.pid = fork();
	if (!fetcher.pid)
		fetch_on(&shelf, ends[1]);
	fetcher.counted = ends[0];
	close(ends[1]);
	close(shelf.fd);
	munmap(shelf.memory, shelf.pages * BLOCK);
	free(shelf.has);
	return fetcher.pid > 0 || failed("fork: %s", strerror(errno));
}

/* All that was read since `fetching` must be where it was read to. */
bool action_fetched(const struct words *args)
{
	struct tally tally = { 0 };
	ssize_t n;

	(void)args;
	if (fetcher.pid <= 0)
		return failed("it was not told to");
	kill(fetcher.pid, SIGTERM);
	n = read(fetcher.counted, &tally, sizeof(tally));
	waitpid(fetcher.pid, NULL, 0);
	close(fetcher.counted);
	fetcher.pid = 0;
	report_begin("fetched");
	report_add("disk", "%s", fetcher.disk);
	report_add("reads", "%ld", tally.reads);
	report_add("pages", "%ld", fetcher.pages);
	report_add("wrong", "%ld", tally.wrong);
	report_end();
	if (n != sizeof(tally))
		return failed("the process that reads is gone");
	if (tally.error)
		return failed("%s: %s", fetcher.disk, strerror(tally.error));
	return !tally.wrong || failed("%ld times a page was not as read", tally.wrong);
}
