/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The disk of a PCI function in the hands of a process. The device "vptest" is made
 * beforehand, of a block function.
 */
#ifndef VP_H
#define VP_H

#include <string.h>
#include <unistd.h>

#include "disk.h"

#define NAME		"vptest"
#define BIT(n)		(1ULL << (n))

static inline void take(void)
{
	v = (struct vhost) { .name = NAME, .fd = vhost_open(NAME) };
	ASSERT(v.fd >= 0);
}

static inline void negotiate(void)
{
	take();
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	ASSERT_EQ(queue_start(&q, &v, 0), 0);
}

static inline int starts(void)
{
	vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK);
	return !!(vhost_get_status(&v) & VIRTIO_CONFIG_S_DRIVER_OK);
}

static inline void run(void)
{
	negotiate();
	ASSERT(starts());
}

static inline void leave(void)
{
	queue_end(&q);
	close(v.fd);
}

static inline int works(void)
{
	memset(body(), 0x5a, 4096);
	if (write_disk(8, 4096) != VIRTIO_BLK_S_OK)
		return 0;
	memset(body(), 0, 4096);
	return read_disk(8, 4096) == VIRTIO_BLK_S_OK && body()[0] == 0x5a && body()[4095] == 0x5a;
}

#endif /* VP_H */
