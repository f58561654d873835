// SPDX-License-Identifier: GPL-2.0-only
/*
 * How often has the guest's kernel called a function? It counts calls of those that
 * kprobe_event= on its command line names, from their module's loading on.
 */
#include "guest.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define TRACING		"/sys/kernel/tracing"

bool action_calls(const struct words *args)
{
	char line[256], name[128];
	unsigned long hits;
	bool found = false;
	FILE *f;

	if (mount("tracefs", TRACING, "tracefs", 0, NULL) && errno != EBUSY)
		return failed("mounting " TRACING ": %s", strerror(errno));
	f = fopen(TRACING "/kprobe_profile", "re");
	if (!f)
		return failed(TRACING "/kprobe_profile: %s", strerror(errno));
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, " %127s %lu", name, &hits) == 2 &&
			!strcmp(name, args->word[0]);
	fclose(f);
	if (!found)
		return failed("no probe is called %s", args->word[0]);
	report_begin("calls");
	report_add("probe", "%s", name);
	report_add("hits", "%lu", hits);
	report_end();
	return true;
}
