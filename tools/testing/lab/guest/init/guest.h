/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's actions: what one of them is, and the helpers they share.
 *
 * An action is a row in actions.c and a function. It gets its arguments as
 * words, says what it found with report_*(), and returns true when it worked;
 * otherwise it has said why with failed().
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX	8

/* The arguments of an action: `name=a,b,c`. Missing ones are NULL. */
struct words {
	int count;
	char *word[WORDS_MAX];
};

struct action {
	const char *name;
	bool (*run)(const struct words *args);
	int least;			/* arguments that must be there */
	const char *usage;
};

/* actions.c: run one line, report how it ended. */
void actions_run(char *line);

/* util.c */
bool failed(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *failure(void);		/* what failed() was last told, then forgotten */
long number_or(const struct words *args, int index, long otherwise);
long now_us(void);
/* The first line of a file, without its end; "" when it cannot be read. */
const char *read_word(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool write_word(const char *path, const char *word);
/* Run a program; its output is in *output (cut to size). Its exit status, or -1. */
int run_program(char *const argv[], char *output, size_t size, int limit_seconds);

/* modules.c: load what /modules lists, with parameters from the kernel's command line. */
bool modules_load(void);

/* pci.c */
bool action_pci(const struct words *args);
bool action_virtio(const struct words *args);
/*
 * How often the line that somebody of this name shares, or has for itself, has interrupted,
 * by /proc/interrupts; with how many names there are on it, if that is asked for.
 */
unsigned long count_line(const char *name, int *sharers);

/* old.c */
bool action_old(const struct words *args);

/* net.c, dhcp.c, ping.c, flow.c, rings.c */
bool net_address(const char *interface, const char *address, int prefix);
bool net_route(const char *interface, const char *gateway);
bool dhcp_run(const char *interface, int limit_seconds);
bool action_net(const struct words *args);
bool action_ping(const struct words *args);
bool action_pinging(const struct words *args);
bool action_pinged(const struct words *args);
bool action_rings(const struct words *args);
bool action_serve(const struct words *args);
bool action_flow(const struct words *args);

/* block.c */
bool action_fs(const struct words *args);
bool action_disk(const struct words *args);

/* rate.c */
bool action_rate(const struct words *args);

/* write.c */
bool action_writing(const struct words *args);
bool action_written(const struct words *args);

/* fetch.c */
bool action_fetching(const struct words *args);
bool action_fetched(const struct words *args);

/* calls.c */
bool action_calls(const struct words *args);

/* power.c */
bool action_off(const struct words *args);
bool action_reboot(const struct words *args);
bool action_cpu(const struct words *args);
bool action_crash(const struct words *args);
bool action_shell(const struct words *args);
bool action_present(const struct words *args);
bool action_absent(const struct words *args);

#endif
