// SPDX-License-Identifier: GPL-2.0-only
/* Runs the tests that a program registered, and reports in KTAP. */
#include <stdarg.h>
#include <stdio.h>

#include "unit.h"

static struct unit_test *first, **last = &first;
static int count, failures;
static const char *skipped;
static jmp_buf escape;

void unit_register(struct unit_test *test)
{
	*last = test;
	last = &test->next;
	count++;
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

static void run(const struct unit_test *test)
{
	failures = 0;
	skipped = NULL;
	if (!setjmp(escape))
		test->run();
}

int main(void)
{
	int number = 0, failed = 0;

	/* what was said before a sanitizer's abort must be seen */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n1..%d\n", count);
	for (struct unit_test *test = first; test; test = test->next) {
		run(test);
		printf("%s %d %s", failures ? "not ok" : "ok", ++number, test->name);
		if (skipped && !failures)
			printf(" # SKIP %s", skipped);
		printf("\n");
		failed += !!failures;
	}
	return failed || !count;
}
