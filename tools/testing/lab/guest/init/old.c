// SPDX-License-Identifier: GPL-2.0-only
/* What have the devices of the driver of ours done (../old)? */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define DRIVER	"/sys/bus/pci/drivers/old-virtio"

static void report_old(const char *slot)
{
	unsigned long handled = 0, not_ours = 0;
	int was_master = -1, master = -1, sharers = 0;
	char word[128];

	read_word(word, sizeof(word), DRIVER "/%s/interrupts", slot);
	if (sscanf(word, "%lu,%lu,%d,%d", &handled, &not_ours, &was_master, &master) != 4)
		was_master = -1;
	report_begin("old");
	report_add("slot", "%s", slot);
	report_add("id", "%s", read_word(word, sizeof(word), DRIVER "/%s/device", slot));
	report_add("irq", "%s", read_word(word, sizeof(word), DRIVER "/%s/irq", slot));
	report_add("handled", "%lu", handled);
	report_add("not_ours", "%lu", not_ours);
	report_add("line", "%lu", count_line(slot, &sharers));
	report_add("sharers", "%d", sharers);
	report_add("was_master", "%d", was_master);
	report_add("master", "%d", master);
	report_end();
}

bool action_old(const struct words *args)
{
	DIR *folder = opendir(DRIVER);
	struct dirent *entry;
	int found = 0;

	(void)args;
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, "0000:", 5))
			continue;
		report_old(entry->d_name);
		found++;
	}
	if (folder)
		closedir(folder);
	return found || failed("no device has the driver");
}
