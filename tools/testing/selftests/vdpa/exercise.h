/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vdpa_exercise, parent_test and doorbell_test say to each other: the device's
 * configuration space. The test reads figures there, and writes what shall fail; that
 * is also the sysfs attribute "fail", for a device that no process has open.
 */
#ifndef EXERCISE_H
#define EXERCISE_H

#include <linux/types.h>
#include <linux/virtio_ids.h>

/* a type of which there are no devices, and for which the kernel has no driver */
#define EXERCISE_ID		VIRTIO_ID_PSTORE

#define EXERCISE_VQS		5
#define EXERCISE_SPACES		2
#define EXERCISE_VQ_MAX		256	/* of queue 0; each one has half of the one before */
#define EXERCISE_QUEUE		1	/* the queue whose start is told */
#define EXERCISE_DESC_GROUP	1
#define EXERCISE_IOVA_FIRST	0x10000ULL
#define EXERCISE_IOVA_LAST	0xfffffeffffULL	/* in the middle of nowhere, a page's last byte */
#define EXERCISE_DOORBELL	0	/* the queue that has a page for itself */
#define EXERCISE_DOORBELL_SPLIT	2	/* with split rings it is this one */

#define EXERCISE_FAIL_MAP	1
#define EXERCISE_FAIL_RESET	2
#define EXERCISE_FAIL_QUEUE	4	/* EXERCISE_QUEUE does not start */
#define EXERCISE_FAIL_PROBE	8	/* what vhost_vdpa would make has a name that is taken */
#define EXERCISE_BREAK		16	/* at once, until a reset */
#define EXERCISE_NO_QUEUE	32	/* there is no EXERCISE_QUEUE */
#define EXERCISE_NO_STOP	64	/* it cannot stop one queue while it runs */
#define EXERCISE_HANG		128	/* it does not answer: reads and resets wait for 30 s */
#define EXERCISE_FAIL_IDENTITY	256	/* it cannot use a kernel driver's addresses */

struct exercise_config {
	__u32 fail;			/* EXERCISE_FAIL_*: the only field that is written */
	__u32 tables;			/* how often a table was given */
	__u32 entries[EXERCISE_SPACES];	/* in the table that an address space has now */
	__u32 doorbell;			/* the first word of the doorbell's page */
	__u32 kicks;
	/* where the driver told EXERCISE_QUEUE to start */
	__u16 avail_index;
	__u16 used_index;
	__u8 avail_wrap;
	__u8 used_wrap;
};

#endif /* EXERCISE_H */
