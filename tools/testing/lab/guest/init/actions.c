// SPDX-License-Identifier: GPL-2.0-only
/* What can a guest be asked to do? A line is NAME or NAME=ARGUMENT,ARGUMENT... */
#include "guest.h"
#include "report.h"

#include <string.h>

static const struct action actions[] = {
	{ "absent", action_absent, 1, "absent=PATH[,SECONDS]" },
	{ "calls", action_calls, 1, "calls=PROBE" },
	{ "cpu", action_cpu, 1, "cpu=NUMBER" },
	{ "crash", action_crash, 0, "crash" },
	{ "disk", action_disk, 1, "disk=DEVICE[,MIB]" },
	{ "fetched", action_fetched, 0, "fetched" },
	{ "fetching", action_fetching, 1, "fetching=DEVICE[,MIB]" },
	{ "flow", action_flow, 1, "flow=ADDRESS[,tcp|udp[,up|down[,SECONDS]]]" },
	{ "fs", action_fs, 1, "fs=DEVICE[,MIB]" },
	{ "net", action_net, 2, "net=INTERFACE,dhcp or net=INTERFACE,ADDRESS/PREFIX[,GATEWAY]" },
	{ "off", action_off, 0, "off" },
	{ "old", action_old, 0, "old" },
	{ "pci", action_pci, 0, "pci" },
	{ "ping", action_ping, 1, "ping=ADDRESS[,COUNT[,BYTES]]" },
	{ "pinged", action_pinged, 0, "pinged" },
	{ "pinging", action_pinging, 1, "pinging=ADDRESS[,PAUSE_MS]" },
	{ "present", action_present, 1, "present=PATH[,SECONDS]" },
	{ "rate", action_rate, 1, "rate=DEVICE[,DEPTH[,SECONDS[,READS]]]" },
	{ "reboot", action_reboot, 0, "reboot" },
	{ "rings", action_rings, 3, "rings=INTERFACE,RECEIVE,TRANSMIT" },
	{ "serve", action_serve, 0, "serve" },
	{ "shell", action_shell, 0, "shell" },
	{ "virtio", action_virtio, 0, "virtio" },
	{ "writing", action_writing, 1, "writing=DEVICE[,MIB]" },
	{ "written", action_written, 0, "written" },
};

static const struct action *find(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(actions[i].name, name))
			return &actions[i];
	return NULL;
}

static void split(char *text, struct words *args)
{
	while (text && args->count < WORDS_MAX) {
		args->word[args->count++] = text;
		text = strchr(text, ',');
		if (text)
			*text++ = 0;
	}
}

static bool run(const char *name, const struct words *args)
{
	const struct action *action = find(name);

	if (!action)
		return failed("there is no action %s", name);
	if (args->count < action->least)
		return failed("usage: %s", action->usage);
	return action->run(args);
}

void actions_run(char *line)
{
	struct words args = { 0 };
	char *equals = strchr(line, '=');
	long start = now_us();
	bool worked;

	if (equals) {
		*equals = 0;
		split(equals + 1, &args);
	}
	worked = run(line, &args);
	report_begin("done");
	report_add("action", "%s", line);
	report_add("result", "%s", worked ? "ok" : "failed");
	if (!worked)
		report_add("why", "%s", failure());
	report_add("ms", "%ld", (now_us() - start) / 1000);
	report_end();
}
