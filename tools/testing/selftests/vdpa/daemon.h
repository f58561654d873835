/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VDUSE daemon, as a thread of the test's or as a process that can be stopped and
 * killed. Calls return 0 (or what they ask for) or a negative errno.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/vduse.h>

#define DAEMON_TYPES	8	/* of vduse.h; VDUSE_RESUME counts as the last */
#define DAEMON_RESUME	7
#define VENDOR		0x1234

/* virtio features that a device has to offer, and those of a NIC here */
#define DAEMON_NEEDS	0x300000000ULL
#define DAEMON_FEATURES	(DAEMON_NEEDS | 0x20)

/* How a daemon behaves; a process's is in memory that it shares with the test */
struct daemon_manners {
	unsigned int seen[DAEMON_TYPES];	/* messages read, of each type */
	unsigned int answered;
	struct vduse_dev_request last[DAEMON_TYPES];
	/* before it answers the next message of @type, it does this */
	int type;
	enum { DAEMON_GOOD, DAEMON_FAILS, DAEMON_STOPS, DAEMON_DIES, DAEMON_MUTE } then;
	uint16_t avail_index;			/* what it says a queue's is */
};

struct daemon {
	const char *name;
	int control;
	int fd;				/* of the device, or -1 */
	struct vduse_dev_config config;
	unsigned char space[64];	/* follows it */
	struct daemon_manners *manners;
	pthread_t thread;
	pid_t pid;
	int end[2];			/* a pipe: the thread is to end */
};

/*
 * Fill in what a NIC of two queues is made from, open the control node and say which API
 * and features it is for; the caller may change the rest. A failure ends the program.
 */
void daemon_init(struct daemon *d, const char *name, uint64_t api, uint64_t features);
void daemon_exit(struct daemon *d);

int daemon_create(struct daemon *d);
int daemon_destroy(struct daemon *d);
int daemon_open(struct daemon *d);
void daemon_close(struct daemon *d);
int daemon_setup(struct daemon *d, uint32_t index, uint16_t max_size, uint32_t group);
/* all of it, with queues of 256 entries */
int daemon_make(struct daemon *d);

int daemon_ioctl(const struct daemon *d, unsigned long cmd, void *arg);
int daemon_read(const struct daemon *d, struct vduse_dev_request *request);
int daemon_write(const struct daemon *d, const struct vduse_dev_response *response);
/* with @fd non-blocking or not */
int daemon_block(const struct daemon *d, bool block);

/* serve messages, in a thread until daemon_stop(), or in a process until that is killed */
void daemon_start(struct daemon *d);
void daemon_stop(struct daemon *d);
void daemon_fork(struct daemon *d);
void daemon_kill(struct daemon *d);

/* /sys/class/vduse/NAME/FILE */
int daemon_sysfs(const struct daemon *d, const char *file, const char *value);
long daemon_sysfs_get(const struct daemon *d, const char *file);

/* in ms */
long long daemon_now(void);

#endif /* DAEMON_H */
