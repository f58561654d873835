/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VDUSE daemon that is a disk, and may do to its ring and its requests what no disk may. Its
 * bounce memory is its own.
 */
#ifndef BAD_DISK_H
#define BAD_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "daemon.h"

#define BAD_DISK_BOUNCE	(1UL << 20)
#define BAD_DISK_FILL	0x5a	/* what it has everywhere */

enum bad_manners {
	GOOD,
	SERVES_NOTHING,
	WRITES_NOTHING,		/* "done", and there is no data */
	USED_JUMPS,
	ID_TOO_HIGH,
	ID_TWICE,
	ID_OF_NO_HEAD,
	LENGTH_TOO_LONG,
	STATUS_UNKNOWN,
	RING_SCRIBBLED,
	INTERRUPTS_ONLY,
};

extern struct daemon bad_disk;
/* for requests that come from now on */
extern volatile enum bad_manners bad_manners;

/* made and served, by two threads; its grace time is a second */
void bad_disk_start(const char *name);
void bad_disk_end(void);

/* Return: a descriptor of what is at an I/O address, or a negative errno */
int bad_disk_get_fd(uint64_t at, struct vduse_iotlb_entry *entry);
/* Return: all that is mapped there, or NULL */
void *bad_disk_map(uint64_t at, size_t *size);
/* Read a byte, or write the same to it. Return: the signal that gives, or 0 */
int bad_disk_access(volatile unsigned char *at, bool write);

#endif /* BAD_DISK_H */
