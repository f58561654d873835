// SPDX-License-Identifier: GPL-2.0-only
/*
 * One operation after the other with its first, second, third ... allocation
 * refused, until one goes through without: what happens then is the kernel's log.
 *
 *	faults [OPTIONS] write FILE TEXT [UNDO-FILE TEXT]
 *					a write to sysfs, and what undoes it
 *	faults [OPTIONS] use ADDRESS	open a VF, look at it, use it, close it
 *	faults [OPTIONS] open FILE	open and close it
 *
 *	-m MODULE	refuse what is asked for below this module's functions only
 *	-s FUNCTION,...	do not refuse what is asked for below these functions
 *	-f FLOOR	it is an error if fewer were refused, 1 if not given; 0 where
 *			there need not be any
 *	-t SECONDS	begin no other one after that, if FLOOR were refused; the end is
 *			then not reached
 *
 * Prints how many were refused, and how many of these the operation failed of. The
 * kernel needs fault injection of slabs, pages and copies of user space. It is an
 * error if any of that cannot be set, if the operation does not succeed with nothing
 * refused, or if the end was reached and it never failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vf.h"

#define FAULTS_MAX	5000
#define IOVA		0x100000
#define LENGTH		0x4000
#define DEBUGFS		"/sys/kernel/debug"

static int counter = -1;

static int put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static void __attribute__((noreturn)) give_up(const char *what, const char *why)
{
	fprintf(stderr, "faults: %s: %s\n", what, why);
	exit(2);
}

/* Allocations that may sleep too, of any size, without a word in the kernel's log */
static const char *const settings[][3] = {
	{ "failslab", "ignore-gfp-wait", "N" },
	{ "failslab", "cache-filter", "N" },
	{ "fail_page_alloc", "ignore-gfp-wait", "N" },
	{ "fail_page_alloc", "ignore-gfp-highmem", "N" },
	{ "fail_page_alloc", "min-order", "0" },
};

static const char *const kinds_of_fault[] = { "failslab", "fail_page_alloc", "fail_usercopy" };

static void set(const char *fault, const char *name, const char *value)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", fault, name);
	ret = put(path, value);
	if (ret)
		give_up(path, strerror(-ret));
}

/* Where a module's functions are; by its symbols, for sysfs tells the beginning only */
static void functions_of(const char *module, unsigned long *start, unsigned long *end)
{
	unsigned long address;
	char line[512], name[64], type;
	FILE *file = fopen("/proc/kallsyms", "r");

	if (!file)
		give_up("/proc/kallsyms", strerror(errno));
	*start = ~0UL;
	*end = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %*s [%63[^]]]", &address, &type, name) != 3 ||
		    strcmp(name, module) || (type != 't' && type != 'T'))
			continue;
		*start = address < *start ? address : *start;
		*end = address > *end ? address : *end;
	}
	fclose(file);
	if (!*end)
		give_up(module, "is not loaded, or its symbols are not shown");
	*end += 4096;	/* the last one's own length */
}

/*
 * Where the functions of a list are. One range is all that can be given, so they have to
 * be neighbours: from the first one to the end of the last.
 */
static void functions_spared(const char *list, unsigned long *start, unsigned long *end)
{
	unsigned long address, first = ~0UL, last = 0, after = ~0UL;
	char line[512], name[128], padded[256], wanted[132], type;
	FILE *file = fopen("/proc/kallsyms", "r");

	if (!file)
		give_up("/proc/kallsyms", strerror(errno));
	snprintf(padded, sizeof(padded), ",%s,", list);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c %127s", &address, &type, name) != 3)
			continue;
		snprintf(wanted, sizeof(wanted), ",%s,", name);
		if ((type != 't' && type != 'T') || !strstr(padded, wanted))
			continue;
		first = address < first ? address : first;
		last = address > last ? address : last;
	}
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %c", &address, &type) != 2)
			continue;
		if (address > last && address < after)
			after = address;
	}
	fclose(file);
	if (!last || after - first > 8192)
		give_up(list, "are not there, or not neighbours");
	*start = first;
	*end = after;
}

static void set_range(const char *fault, const char *which, unsigned long start,
		      unsigned long end)
{
	char name[32], text[32];

	snprintf(name, sizeof(name), "%s-start", which);
	snprintf(text, sizeof(text), "%#lx", start);
	set(fault, name, text);
	snprintf(name, sizeof(name), "%s-end", which);
	snprintf(text, sizeof(text), "%#lx", end);
	set(fault, name, text);
}

static void configure(const char *module, const char *spared)
{
	unsigned long start = 0, end = ~0UL, spared_start = 0, spared_end = 0;

	for (int i = 0; i < ARRAY_SIZE(settings); i++)
		set(settings[i][0], settings[i][1], settings[i][2]);
	if (module)
		functions_of(module, &start, &end);
	if (spared)
		functions_spared(spared, &spared_start, &spared_end);
	for (int i = 0; i < ARRAY_SIZE(kinds_of_fault); i++) {
		set(kinds_of_fault[i], "verbose", "0");
		set(kinds_of_fault[i], "stacktrace-depth", "32");
		set_range(kinds_of_fault[i], "require", start, end);
		set_range(kinds_of_fault[i], "reject", spared_start, spared_end);
	}
	counter = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (counter < 0)
		give_up("/proc/thread-self/fail-nth", strerror(errno));
}

/* This has something to refuse as well; then it is done again. */
static void refuse(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	for (int try = 0; try < 3; try++)
		if (pwrite(counter, text, len, 0) == len)
			return;
	give_up("fail-nth", strerror(errno));
}

/* Was there one to refuse? One that is left over may hit this read: then there was not. */
static bool was_refused(void)
{
	char text[16] = "";
	ssize_t len = pread(counter, text, sizeof(text) - 1, 0);

	refuse(0);
	return len > 0 && !atoi(text);
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

static struct vf vf = { .container = -1, .group = -1, .device = -1 };

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

static int operation_open(char **arguments)
{
	int fd = open(arguments[0], O_RDWR | O_CLOEXEC);

	return fd < 0 || close(fd) ? -errno : 0;
}

static void undo_open(char **arguments)
{
}

static const struct kind {
	const char *name;
	int arguments;
	int (*operation)(char **arguments);
	void (*undo)(char **arguments);
} kinds[] = {
	{ "write", 2, operation_write, undo_write },
	{ "use", 1, operation_use, undo_use },
	{ "open", 1, operation_open, undo_open },
};

static const struct kind *kind_of(int argc, char **argv)
{
	for (int i = 0; argc && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(argv[0], kinds[i].name) && argc > kinds[i].arguments)
			return &kinds[i];
	return NULL;
}

static int run(const struct kind *kind, char **arguments, unsigned int floor, time_t end)
{
	unsigned int refused = 0, failed = 0;
	bool more = true;
	int ret;

	for (;;) {
		refuse(refused + 1);
		ret = kind->operation(arguments);
		more = was_refused();
		kind->undo(arguments);
		if (!more)
			break;
		refused++;
		failed += ret != 0;
		if (refused == FAULTS_MAX || (refused >= floor && time(NULL) >= end))
			break;
	}
	printf("%u refused, %u failed of it%s\n", refused, failed, more ? ", not all" : "");
	if (more && refused == FAULTS_MAX)
		give_up(kind->name, "there is no end of it");
	if (!more && ret)
		give_up(kind->name, strerror(-ret));
	if (refused < floor)
		give_up(kind->name, "too few were refused for this to have tested anything");
	if (!more && refused && !failed)
		give_up(kind->name, "it never failed of one");
	return 0;
}

int main(int argc, char **argv)
{
	const struct kind *kind;
	const char *module = NULL, *spared = NULL;
	unsigned int floor = 1, seconds = 1000000;
	int option;

	while ((option = getopt(argc, argv, "+m:s:f:t:")) != -1) {
		if (option == 'm')
			module = optarg;
		else if (option == 's')
			spared = optarg;
		else if (option == 'f')
			floor = atoi(optarg);
		else if (option == 't')
			seconds = atoi(optarg);
		else
			return 2;
	}
	kind = kind_of(argc - optind, argv + optind);
	if (!kind)
		give_up("usage", "write FILE TEXT [UNDO-FILE TEXT] | use ADDRESS | open FILE");
	configure(module, spared);
	return run(kind, argv + optind + 1, floor, time(NULL) + seconds);
}
