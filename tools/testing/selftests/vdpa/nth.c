// SPDX-License-Identifier: GPL-2.0-only
/* How are all failures of an operation tried, one after the other? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nth.h"
#include "sysfs.h"
#include "unit.h"

#define MOST	2000		/* no operation here has so many */
#define SECONDS	150		/* for one operation; what comes later is left out, and told */

static int nth_fd = -1;

void nth_ready(void)
{
	if (nth_fd < 0)
		nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (nth_fd < 0)
		unit_skip("this kernel injects no faults");
	/* those that may sleep as well, and quietly */
	ASSERT_EQ(write_to("/sys/kernel/debug/failslab/ignore-gfp-wait", "N"), 0);
	ASSERT_EQ(write_to("/sys/kernel/debug/failslab/verbose", "0"), 0);
	write_to("/sys/kernel/debug/fail_usercopy/verbose", "0");
}

/* What is left of the last one may fail this write: it is copied from here as well */
static void arm(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);
	ssize_t ret;

	do {
		ret = pwrite(nth_fd, text, len, 0);
	} while (ret < 0 && errno == EFAULT);
	if (ret != len)
		unit_fail(__FILE__, __LINE__, 1, "fail-nth: %s", strerror(errno));
}

/* Return: whether there was an Nth one, which failed. One left over fails this read. */
static int disarm(void)
{
	char text[16] = "";
	ssize_t len = pread(nth_fd, text, sizeof(text) - 1, 0);

	arm(0);
	return len > 0 && !atoi(text);
}

int each_failure(int (*act)(void), void (*undo)(int err))
{
	time_t end = time(NULL) + SECONDS;

	for (int nth = 1; nth < MOST; nth++) {
		int err, failed;

		arm(nth);
		err = act();
		failed = disarm();
		undo(err);
		if (!failed) {
			EXPECT_EQ(err, 0);
			printf("# %d failures\n", nth - 1);
			return nth - 1;
		}
		if (time(NULL) >= end) {
			printf("# %d failures, not all\n", nth);
			return nth;
		}
	}
	EXPECT(!"there is no end");
	return MOST;
}
