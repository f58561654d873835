// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation after the other with its first, second, third ... allocation
 * refused, until one goes through without: what happens then is the kernel's log.
 *
 *	faults write FILE TEXT [UNDO-FILE TEXT]	a write to sysfs, and what undoes it
 *	faults use ADDRESS			open a VF, look at it, use it, close it
 *
 * The kernel needs fault injection (its faults are said to stay silent here, and
 * to hit allocations that may sleep). Prints how many were refused; ends with an
 * error when the operation does not succeed without a fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vf.h"

#define FAULTS_MAX	2000
#define IOVA		0x100000
#define LENGTH		0x4000

static int counter = -1;

static void settings(const char *fault)
{
	static const char *const values[][2] = {
		{ "ignore-gfp-wait", "N" }, { "ignore-gfp-highmem", "N" }, { "min-order", "0" },
		{ "verbose", "0" },
	};
	char path[96];

	for (int i = 0; i < ARRAY_SIZE(values); i++) {
		int fd;

		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", fault, values[i][0]);
		fd = open(path, O_WRONLY);
		if (fd < 0)
			continue;	/* not every kind has every setting */
		if (write(fd, values[i][1], strlen(values[i][1])) < 0)
			fprintf(stderr, "faults: %s: %s\n", path, strerror(errno));
		close(fd);
	}
}

/* These calls have something to refuse as well; then they are made again. */
static void refuse(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	for (int try = 0; try < 3; try++)
		if (pwrite(counter, text, len, 0) == len)
			return;
	perror("faults: fail-nth");
	exit(2);
}

/* Was there one to refuse? */
static bool was_refused(void)
{
	char text[16] = "";

	for (int try = 0; try < 3; try++) {
		if (pread(counter, text, sizeof(text) - 1, 0) <= 0)
			continue;
		refuse(0);
		return !atoi(text);
	}
	perror("faults: fail-nth");
	exit(2);
}

static int put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static int operation_write(char **arguments)
{
	return put(arguments[0], arguments[1]);
}

static void undo_write(char **arguments)
{
	if (arguments[2] && arguments[3])
		put(arguments[2], arguments[3]);
}

static struct vf vf;

static int operation_use(char **arguments)
{
	void *memory;
	int ret;

	ret = vf_open(&vf, arguments[0]);
	if (!ret)
		ret = vf_decode(&vf, true);
	if (ret)
		return ret;
	ret = vf_write(&vf, BAR0, DEVICE_STATUS, 1, ACKNOWLEDGE);
	if (!ret)
		ret = vf_read(&vf, BAR0, DEVICE_STATUS, 1) == ACKNOWLEDGE ? 0 : -EIO;
	if (!ret)
		ret = vf_msix(&vf, 2);
	if (!ret)
		ret = vf_msix(&vf, 0);
	memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!ret && memory == MAP_FAILED)
		ret = -errno;
	if (!ret)
		ret = vf_map(&vf, IOVA, memory, LENGTH);
	if (!ret)
		ret = vf_unmap(&vf, IOVA, LENGTH);
	if (!ret)
		ret = vf_reset(&vf);
	if (memory != MAP_FAILED)
		munmap(memory, LENGTH);
	vf_close(&vf);
	return ret;
}

static void undo_use(char **arguments)
{
	vf_close(&vf);
}

static const struct {
	const char *name;
	int arguments;
	int (*operation)(char **arguments);
	void (*undo)(char **arguments);
} kinds[] = {
	{ "write", 2, operation_write, undo_write },
	{ "use", 1, operation_use, undo_use },
};

int main(int argc, char **argv)
{
	int kind = 0, nth = 0, ret;
	bool refused;

	while (kind < ARRAY_SIZE(kinds) &&
	       (argc < 2 || strcmp(argv[1], kinds[kind].name)))
		kind++;
	if (kind == ARRAY_SIZE(kinds) || argc < 2 + kinds[kind].arguments) {
		fprintf(stderr, "usage: faults write FILE TEXT [UNDO-FILE TEXT] | use ADDRESS\n");
		return 2;
	}
	counter = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (counter < 0) {
		perror("faults: this kernel has no fault injection");
		return 2;
	}
	settings("failslab");
	settings("fail_page_alloc");
	settings("fail_usercopy");
	do {
		nth++;
		refuse(nth);
		ret = kinds[kind].operation(argv + 2);
		refused = was_refused();
		kinds[kind].undo(argv + 2);
	} while (refused && nth < FAULTS_MAX);
	printf("%d refused\n", nth - 1);
	if (refused || ret) {
		fprintf(stderr, "faults: %s: %s\n", argv[1],
			refused ? "no end of it" : strerror(-ret));
		return 1;
	}
	return 0;
}
