// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is a VF's packed ring, and does it go on there? The disk "vptest" of a VF that its
 * owner can suspend, offered with RING_PACKED (vp.h tells who makes it).
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <unistd.h>

#include "packed.h"
#include "unit.h"

#define NUM	8
#define MS	5000
#define BIT(n)	(1ULL << (n))
#define NEEDED	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM))
#define FEATURES (NEEDED | BIT(VIRTIO_F_RING_PACKED))
#define CHAIN	3
#define ID	0x77

static struct vhost v;
static struct packed p;

static uint32_t place(void)
{
	struct vhost_vring_state state = { .index = 0 };
	int err = vhost_ioctl(&v, VHOST_GET_VRING_BASE, &state);

	return err ? (uint32_t)err : state.num;
}

static int suspend(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL);
}

static int starts(void)
{
	vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK);
	return !!(vhost_get_status(&v) & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void open_it(void)
{
	v = (struct vhost) { .name = "vptest", .fd = vhost_open("vptest") };
	ASSERT(v.fd >= 0);
	ASSERT_EQ(vhost_negotiate(&v, FEATURES), 0);
	packed_start(&p, &v, NUM);
}

static void run(void)
{
	open_it();
	ASSERT_EQ(packed_tell(&p, NUM, PACKED_FIRST), 0);
	ASSERT(starts());
}

static void leave(void)
{
	close(v.fd);
	packed_end(&p);
}

/* suspend, reset, and set all up again; the ring stays as it is */
static void interrupt(void)
{
	ASSERT_EQ(suspend(), 0);
	ASSERT_EQ(place(), packed_base(&p));
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, FEATURES), 0);
}

static void offer_read(void)
{
	const struct vring_packed_desc descs[CHAIN] = {
		{ PACKED_AT(header), sizeof(p.m->header), ID, VRING_DESC_F_NEXT },
		{ PACKED_AT(body), 512, ID, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE },
		{ PACKED_AT(status), 1, ID, VRING_DESC_F_WRITE },
	};

	p.m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_IN, .sector = 8 };
	p.m->status = 0xee;
	packed_offer(&p, descs, CHAIN);
}

/* Is the read at this place returned in time, and good? */
static int returned(void)
{
	return packed_wait(&p, CHAIN, MS) == ID && p.m->status == VIRTIO_BLK_S_OK;
}

static int works(void)
{
	offer_read();
	packed_kick(&p);
	return returned();
}

UNIT_TEST(suspended_it_has_a_place)
{
	run();
	for (int i = 0; i < 7; i++) {
		EXPECT(works());
		EXPECT_EQ(place(), (uint32_t)-EOPNOTSUPP);
		EXPECT_EQ(suspend(), 0);
		EXPECT_EQ(place(), packed_base(&p));
		EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	}
	leave();
}

/* at each entry of the ring, with each wrap counter */
UNIT_TEST(after_a_reset_it_goes_on_in_the_ring)
{
	run();
	for (int i = 0; i < 2 * NUM; i++) {
		EXPECT(works());
		interrupt();
		ASSERT_EQ(packed_tell(&p, NUM, packed_base(&p)), 0);
		EXPECT_EQ(place(), packed_base(&p));
		ASSERT(starts());
	}
	EXPECT(works());
	leave();
}

UNIT_TEST(what_was_offered_meanwhile_is_done)
{
	uint32_t where;

	run();
	for (int i = 0; i < 5; i++) {
		EXPECT(works());
		interrupt();
		where = packed_base(&p);
		offer_read();
		ASSERT_EQ(packed_tell(&p, NUM, where), 0);
		ASSERT(starts());
		EXPECT(returned());
	}
	EXPECT(works());
	leave();
}

/* as VMMs do */
UNIT_TEST(a_queue_is_enabled_there_after_it_starts)
{
	run();
	EXPECT(works());
	interrupt();
	ASSERT(starts());
	ASSERT_EQ(packed_tell(&p, NUM, packed_base(&p)), 0);
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), packed_base(&p));
	leave();
}

UNIT_TEST(a_new_ring_is_a_new_ring)
{
	run();
	EXPECT(works());
	interrupt();
	memset(p.m->desc, 0, sizeof(p.m->desc));
	p.offered = 0;
	p.taken = 0;
	ASSERT_EQ(packed_tell(&p, NUM, PACKED_FIRST), 0);
	ASSERT(starts());
	EXPECT(works());
	leave();
}

/* Nothing is processed at a place that the ring has not */
UNIT_TEST(a_place_that_is_not_in_the_ring)
{
	static const uint32_t places[] = {
		PACKED_FIRST | NUM, PACKED_FIRST | NUM << 16, 0x7fff8000,
	};

	open_it();
	for (int i = 0; i < ARRAY_SIZE(places); i++) {
		ASSERT_EQ(packed_tell(&p, NUM, places[i]), 0);
		EXPECT(!starts());
		ASSERT_EQ(vhost_reset(&v), 0);
		ASSERT_EQ(vhost_negotiate(&v, FEATURES), 0);
	}
	ASSERT_EQ(packed_tell(&p, NUM, PACKED_FIRST), 0);
	ASSERT(starts());
	EXPECT(works());
	leave();
}

/* run by the scenario with a VF that is suspended by its status: its PF has no device parts */
UNIT_TEST(without_the_part_a_place_is_refused)
{
	run();
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), (uint32_t)-EOPNOTSUPP);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT(works());
	EXPECT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, packed_base(&p)), -EOPNOTSUPP);
	leave();
}
