// SPDX-License-Identifier: GPL-2.0-only
/* How much does the network carry? Measured by iperf3, whose figures are passed on. */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPERF		"/usr/bin/iperf3"
#define GRACE_S		20
#define UDP_RATE	"2G"		/* more than the lab carries: what arrives counts */
#define OUTPUT_MAX	(256 * 1024)

/* The number after KEY, in the first SECTION of the summary at iperf3's end. */
static double figure(const char *json, const char *section, const char *key)
{
	const char *at = strstr(json, "\"end\":");

	at = at ? strstr(at, section) : NULL;
	at = at ? strstr(at, key) : NULL;
	at = at ? strchr(at, ':') : NULL;
	return at ? strtod(at + 1, NULL) : 0;
}

static void iperf_error(const char *json)
{
	const char *at = strstr(json, "\"error\":");
	char text[200] = "no reason was given";

	if (at)
		sscanf(at + strlen("\"error\":"), " \"%199[^\"]", text);
	else if (*json)
		snprintf(text, sizeof(text), "%s", json);
	failed("iperf3: %s", text);
}

static const char *word_or(const struct words *args, int index, const char *otherwise)
{
	return index < args->count && *args->word[index] ? args->word[index] : otherwise;
}

static void report_flow(const struct words *args, bool udp, bool down, const char *json)
{
	/* what the receiving side counted */
	const char *section = udp ? "\"sum\":" : "\"sum_received\":";

	report_begin("flow");
	report_add("with", "%s", args->word[0]);
	report_add("protocol", "%s", udp ? "udp" : "tcp");
	report_add("direction", "%s", down ? "down" : "up");
	report_add("mbit_per_second", "%.1f", figure(json, section, "\"bits_per_second\"") / 1e6);
	report_add("seconds", "%.2f", figure(json, section, "\"seconds\""));
	if (udp) {
		report_add("packets", "%.0f", figure(json, section, "\"packets\""));
		report_add("lost", "%.0f", figure(json, section, "\"lost_packets\""));
	} else {
		report_add("bytes", "%.0f", figure(json, section, "\"bytes\""));
	}
	report_end();
}

bool action_flow(const struct words *args)
{
	static char json[OUTPUT_MAX];
	bool udp = !strcmp(word_or(args, 1, "tcp"), "udp");
	bool down = !strcmp(word_or(args, 2, "up"), "down");
	long seconds = number_or(args, 3, 3);
	char duration[16];
	char *command[16] = {	/* the rest is NULL */
		IPERF, "-c", args->word[0], "-J", "-i", "0", "-t", duration,
	};
	int word = 8;

	snprintf(duration, sizeof(duration), "%ld", seconds);
	if (down)
		command[word++] = "-R";
	if (udp) {
		command[word++] = "-u";
		command[word++] = "-b";
		command[word++] = UDP_RATE;
	}
	if (run_program(command, json, sizeof(json), seconds + GRACE_S)) {
		iperf_error(json);
		return false;
	}
	report_flow(args, udp, down, json);
	return true;
}

/* From now on other guests and the host may measure against this one. */
bool action_serve(const struct words *args)
{
	static char *const command[] = { IPERF, "-s", "-D", NULL };
	char output[512];

	(void)args;
	signal(SIGCHLD, SIG_DFL);
	return !run_program(command, output, sizeof(output), 10) || failed("iperf3: %s", output);
}
