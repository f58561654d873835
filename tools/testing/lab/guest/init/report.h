/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guest tells the launcher: one line of flat JSON for each report, on
 * the second serial port. All values are strings.
 *
 *	report_begin("pci");
 *	report_add("id", "%04x:%04x", vendor, device);
 *	report_end();
 */
#ifndef GUEST_REPORT_H
#define GUEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#define REPORT_PORT	"/dev/ttyS1"

/* Open the port; without it a guest has nobody to talk to. */
bool report_open(void);

void report_begin(const char *name);
void report_add(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
void report_end(void);

/* Wait for the next line from the launcher; false when it has gone. */
bool report_read_line(char *line, size_t size);

/* All that was sent has left the guest. */
void report_drain(void);

#endif
