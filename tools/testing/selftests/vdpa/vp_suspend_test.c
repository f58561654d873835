// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VF that is suspended by its own status (VIRTIO_F_SUSPEND), by vp_vdpa: what its user and
 * what the VF sees of that. A disk as in vp.h, of the first VF of the card's PF pf1.
 */
#include <stdio.h>
#include <stdlib.h>

#include "vp.h"

#define SUSPEND_BIT	0x10
#define WRITEBACK	32		/* in struct virtio_blk_config */

static int suspend(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL);
}

static int resume(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL);
}

static int place(void)
{
	return vhost_state_get(&v, VHOST_GET_VRING_BASE, 0);
}

/* Notifications that the VF has got, as the card counts them; -1: it did not say */
static long notified(void)
{
	static char text[1 << 20];
	FILE *stats = popen("card stats pf1", "r");
	size_t len = fread(text, 1, sizeof(text) - 1, stats);
	char *at;

	text[len] = 0;
	if (pclose(stats))
		return -1;
	at = strstr(text, "vfs");
	if (at)
		at = strstr(at, "modern");
	return at ? strtol(at + strcspn(at, "0123456789"), NULL, 10) : -1;
}

/* Requests of this VF are taken and not used */
static int holds(const char *which)
{
	char command[80];

	snprintf(command, sizeof(command), "card faults pf1 '%s' >/dev/null", which);
	return system(command);
}

static void offer_read(void)
{
	header(VIRTIO_BLK_T_IN, 8);
	queue_desc(&q, 0, QUEUE_DATA(&q, HEADER), sizeof(struct virtio_blk_outhdr), NEXT, 1);
	queue_desc(&q, 1, QUEUE_DATA(&q, BODY), 512, NEXT | WRITE, 2);
	queue_desc(&q, 2, QUEUE_DATA(&q, STATUS), 1, WRITE, 0);
	queue_offer(&q, 0);
}

UNIT_TEST(its_user_sees_neither_bit)
{
	uint64_t offered = 0;
	int running;

	run();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &offered), 0);
	EXPECT(!(offered & BIT(43)));
	running = vhost_get_status(&v);
	EXPECT(!(running & SUSPEND_BIT));
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(vhost_get_status(&v), running);
	EXPECT_EQ(resume(), 0);
	EXPECT_EQ(vhost_get_status(&v), running);
	EXPECT(works());
	leave();
}

UNIT_TEST(a_status_does_not_resume_it)
{
	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FAILED), 0);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_FAILED);
	offer_read();
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(place(), 2);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	leave();
}

/* "The driver MUST NOT send notifications for any virtqueues" */
UNIT_TEST(kicks_wait_until_it_resumes)
{
	long before;

	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	before = notified();
	ASSERT(before > 0);
	offer_read();
	for (int i = 0; i < 5; i++)
		queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(notified(), before);
	EXPECT_EQ(resume(), 0);
	EXPECT(queue_wait(&q, MS) > 0);
	EXPECT_EQ(notified(), before + 1);
	EXPECT(works());
	leave();
}

/* a process that has mapped the doorbell kicks by itself, and to no avail */
UNIT_TEST(it_is_notified_when_it_resumes)
{
	run();
	EXPECT_EQ(suspend(), 0);
	offer_read();
	EXPECT_EQ(resume(), 0);
	EXPECT(queue_wait(&q, MS) > 0);
	EXPECT(works());
	leave();
}

/* "The driver MUST NOT make any changes to Device Configuration Space" */
UNIT_TEST(its_configuration_is_not_written)
{
	struct {
		struct vhost_vdpa_config range;
		uint8_t value;
	} writeback = { { WRITEBACK, 1 } };
	uint8_t before;

	run();
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &writeback), 0);
	before = writeback.value;
	EXPECT_EQ(suspend(), 0);
	writeback.value = !before;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG, &writeback), 0);
	EXPECT_EQ(resume(), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &writeback), 0);
	EXPECT_EQ(writeback.value, before);
	leave();
}

/* The specification has no way to tell a device where a ring goes on */
UNIT_TEST(another_place_is_refused)
{
	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), 2);
	EXPECT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, ALL), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 2), -EOPNOTSUPP);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0), 0);
	leave();
}

/* what was suspended before it ran does not count as suspended */
UNIT_TEST(it_is_suspended_although_it_was_before)
{
	negotiate();
	EXPECT_EQ(suspend(), 0);
	ASSERT(starts());
	EXPECT_EQ(place(), -EOPNOTSUPP);
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), 2);
	offer_read();
	queue_kick(&q);
	EXPECT_EQ(queue_wait(&q, 300), -ETIMEDOUT);
	EXPECT_EQ(resume(), 0);
	EXPECT(queue_wait(&q, MS) > 0);
	leave();
}

/* Something stays in flight: the suspend ends, with a device that needs a reset */
UNIT_TEST(it_does_not_suspend)
{
	run();
	EXPECT(works());
	ASSERT_EQ(holds("vf0:hold"), 0);
	offer_read();
	queue_kick(&q);
	EXPECT_EQ(suspend(), -EIO);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	EXPECT_EQ(resume(), -EIO);
	EXPECT_EQ(holds(""), 0);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	leave();
	run();
	EXPECT(works());
	leave();
}

/* a reset while it is suspended is one of a running device */
UNIT_TEST(a_reset_while_suspended)
{
	for (int i = 0; i < 3; i++) {
		run();
		EXPECT(works());
		EXPECT_EQ(suspend(), 0);
		EXPECT_EQ(vhost_reset(&v), 0);
		EXPECT_EQ(resume(), 0);
		EXPECT_EQ(vhost_get_status(&v), 0);
		leave();
	}
	run();
	EXPECT(works());
	leave();
}
