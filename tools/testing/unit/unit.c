// SPDX-License-Identifier: GPL-2.0-only
/* Runs the tests that a program registered, and reports in KTAP. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "unit.h"

/* a test that takes longer says so */
#define SLOW_MS	500

static struct unit_test *first, **last = &first;
static int failures;
static const char *skipped;
static jmp_buf escape;

void unit_register(struct unit_test *test)
{
	*last = test;
	last = &test->next;
}

void unit_fail(const char *file, int line, int fatal, const char *format, ...)
{
	va_list args;

	failures++;
	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (fatal)
		longjmp(escape, 1);
}

void unit_skip(const char *reason)
{
	skipped = reason;
	longjmp(escape, 1);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void run(const struct unit_test *test)
{
	long long start = now_ms();

	failures = 0;
	skipped = NULL;
	if (!setjmp(escape))
		test->run();
	if (now_ms() - start >= SLOW_MS)
		printf("# %s took %lld ms\n", test->name, now_ms() - start);
}

/* those that are named, or all */
static int is_wanted(const struct unit_test *test, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(test->name, *names))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	int number = 0, failed = 0, count = 0;

	/* what was said before a sanitizer's abort must be seen */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct unit_test *test = first; test; test = test->next)
		count += is_wanted(test, argv + 1);
	printf("KTAP version 1\n1..%d\n", count);
	for (struct unit_test *test = first; test; test = test->next) {
		if (!is_wanted(test, argv + 1))
			continue;
		run(test);
		printf("%s %d %s", failures ? "not ok" : "ok", ++number, test->name);
		if (skipped && !failures)
			printf(" # SKIP %s", skipped);
		printf("\n");
		failed += !!failures;
	}
	return failed || !count;
}
