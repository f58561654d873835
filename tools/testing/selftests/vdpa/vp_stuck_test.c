// SPDX-License-Identifier: GPL-2.0-only
/* An emulated function (vp.h), ifc1, that does not stop its queue: a suspend ends all the same */
#include <stdio.h>
#include <stdlib.h>

#include "vp.h"

/* what queue_enable of the first queue reads as */
static int queue_enable_reads(const char *what)
{
	char command[80];

	snprintf(command, sizeof(command), "card set ifc1 lies '%s' >/dev/null", what);
	return system(command);
}

UNIT_TEST(a_suspend_ends)
{
	run();
	EXPECT(works());
	ASSERT_EQ(queue_enable_reads("queue0+28/2=1"), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), -EIO);
	EXPECT_EQ(queue_enable_reads(""), 0);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	EXPECT_EQ(vhost_reset(&v), 0);
	leave();
}
