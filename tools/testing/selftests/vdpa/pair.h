/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VDUSE device with both of its ends here: the daemon that it belongs to, and a process
 * that drives it by vhost-vdpa. One at a time.
 */
#ifndef PAIR_H
#define PAIR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon.h"
#include "vhost.h"

extern struct daemon d;
extern struct vhost v;

/* the device is made; on the bus it is not */
void pair_start(const char *name, uint64_t api, uint64_t features);
/* made, with a daemon that answers, on the bus, and open */
void pair_attach(const char *name, uint64_t api, uint64_t features);
void pair_end(void);
/* made and on the bus, but not open, and nobody answers: the first message is the caller's */
void pair_closed(const char *name, uint64_t api, uint64_t features);
void pair_end_closed(const char *name);

/* memory of the driver's that can be mapped for the device */
#define PAIR_PAGE	4096UL
#define PAIR_PAGES	16
char *pair_memory(void);
void pair_free(char *memory);

/* of the daemon's end */
int poll_now(void);
int kickfd(uint32_t index, int fd);
int inject(uint32_t index);

/* eventfds: the count, which is waited for a little; and one more */
int count_of(int fd);
void kick(int fd);

/* something that waits, in a thread of its own */
struct waiter {
	pthread_t thread;
	int (*op)(void);
	int ret;
	long long ms;
	bool ended;
};

void wait_start(struct waiter *w, int (*op)(void));
/* Return: what it returned */
int wait_end(struct waiter *w);
/* Return: has it? */
bool wait_ended(const struct waiter *w);

/* what a driver may wait for */
int op_reset(void);
int op_get_base(void);
int op_stop(void);
int op_suspend(void);
int op_resume(void);
int op_unmap(void);
int op_group(void);
/* opens a device that is on the bus already */
int op_open(const char *name);

#endif /* PAIR_H */
