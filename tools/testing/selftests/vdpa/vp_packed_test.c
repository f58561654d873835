// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is a VF's packed ring, and does it go on there? The disk "vptest" of a VF that its
 * owner can suspend, offered with RING_PACKED (vp.h tells who makes it).
 */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "vhost.h"

#define NUM	8
#define IOVA	0x200000ULL
#define MS	5000
#define BIT(n)	(1ULL << (n))
#define NEEDED	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM))
#define FEATURES (NEEDED | BIT(VIRTIO_F_RING_PACKED))
#define AVAIL	(1 << VRING_PACKED_DESC_F_AVAIL)
#define USED	(1 << VRING_PACKED_DESC_F_USED)
#define CHAIN	3
#define FIRST	0x80008000	/* base of a ring that nobody has used */

static struct memory {
	struct vring_packed_desc desc[NUM];
	unsigned char pad0[4096 - 16 * NUM];
	struct vring_packed_desc_event driver;
	unsigned char pad1[4096 - 4];
	struct vring_packed_desc_event device;
	unsigned char pad2[4096 - 4];
	struct virtio_blk_outhdr header;
	unsigned char status;
	unsigned char pad3[4096 - sizeof(struct virtio_blk_outhdr) - 1];
	unsigned char body[4096];
} *m;

#define AT(field)	(IOVA + offsetof(struct memory, field))

static struct vhost v;
static int kick, call;
/* The driver's: where it offers, and where it takes; entries since the first one */
static unsigned int offered, taken;

static int wrap_of(unsigned int entry)
{
	return !(entry / NUM % 2);
}

/* One half of a base, as the uAPI has it */
static uint32_t half(unsigned int entry)
{
	return entry % NUM | wrap_of(entry) << 15;
}

static uint32_t base(void)
{
	return half(offered) | half(taken) << 16;
}

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

static int tell(uint32_t where)
{
	struct vhost_vring_addr addr = {
		.desc_user_addr = AT(desc),
		.avail_user_addr = AT(driver),
		.used_user_addr = AT(device),
	};
	int ret;

	ret = vhost_state(&v, VHOST_SET_VRING_NUM, 0, NUM);
	if (!ret)
		ret = vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr);
	if (!ret)
		ret = vhost_state(&v, VHOST_SET_VRING_BASE, 0, where);
	if (!ret)
		ret = vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1);
	return ret;
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
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ(vhost_map(&v, IOVA, sizeof(*m), m, VHOST_ACCESS_RW), 0);
	kick = eventfd(0, EFD_NONBLOCK);
	call = eventfd(0, EFD_NONBLOCK);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, kick), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, call), 0);
	offered = 0;
	taken = 0;
}

static void run(void)
{
	open_it();
	ASSERT_EQ(tell(FIRST), 0);
	ASSERT(starts());
}

static void leave(void)
{
	close(kick);
	close(call);
	close(v.fd);
	munmap(m, sizeof(*m));
}

/* suspend, reset, and set all up again; the ring stays as it is */
static void interrupt(void)
{
	ASSERT_EQ(suspend(), 0);
	ASSERT_EQ(place(), base());
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, FEATURES), 0);
}

/* A read of a sector: three descriptors, the first one's flags last */
static void offer_read(void)
{
	const struct vring_packed_desc descs[CHAIN] = {
		{ .addr = AT(header), .len = sizeof(m->header), .flags = VRING_DESC_F_NEXT },
		{ .addr = AT(body), .len = 512, .flags = VRING_DESC_F_NEXT | VRING_DESC_F_WRITE },
		{ .addr = AT(status), .len = 1, .flags = VRING_DESC_F_WRITE },
	};

	m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_IN, .sector = 8 };
	m->status = 0xee;
	for (int i = CHAIN - 1; i >= 0; i--) {
		unsigned int entry = offered + i;
		struct vring_packed_desc *desc = &m->desc[entry % NUM];

		desc->addr = descs[i].addr;
		desc->len = descs[i].len;
		desc->id = 0x77;
		__atomic_store_n(&desc->flags, descs[i].flags | (wrap_of(entry) ? AVAIL : USED),
				 __ATOMIC_RELEASE);
	}
	offered += CHAIN;
}

/* Is the chain at this place returned within @ms? */
static int returned(int ms)
{
	uint16_t both = wrap_of(taken) ? AVAIL | USED : 0;
	struct pollfd wait = { .fd = call, .events = POLLIN };
	eventfd_t count;

	for (;;) {
		if ((__atomic_load_n(&m->desc[taken % NUM].flags, __ATOMIC_ACQUIRE) &
		     (AVAIL | USED)) == both)
			break;
		if (poll(&wait, 1, ms) <= 0)
			return 0;
		eventfd_read(call, &count);
	}
	taken += CHAIN;
	return m->status == VIRTIO_BLK_S_OK;
}

static int works(void)
{
	offer_read();
	eventfd_write(kick, 1);
	return returned(MS);
}

UNIT_TEST(suspended_it_has_a_place)
{
	run();
	for (int i = 0; i < 7; i++) {
		EXPECT(works());
		EXPECT_EQ(place(), (uint32_t)-EOPNOTSUPP);
		EXPECT_EQ(suspend(), 0);
		EXPECT_EQ(place(), base());
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
		ASSERT_EQ(tell(base()), 0);
		EXPECT_EQ(place(), base());
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
		where = base();
		offer_read();
		ASSERT_EQ(tell(where), 0);
		ASSERT(starts());
		EXPECT(returned(MS));
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
	ASSERT_EQ(tell(base()), 0);
	EXPECT(works());
	EXPECT_EQ(suspend(), 0);
	EXPECT_EQ(place(), base());
	leave();
}

UNIT_TEST(a_new_ring_is_a_new_ring)
{
	run();
	EXPECT(works());
	interrupt();
	memset(m->desc, 0, sizeof(m->desc));
	offered = 0;
	taken = 0;
	ASSERT_EQ(tell(FIRST), 0);
	ASSERT(starts());
	EXPECT(works());
	leave();
}

/* Nothing is processed at a place that the ring has not */
UNIT_TEST(a_place_that_is_not_in_the_ring)
{
	static const uint32_t places[] = { FIRST | NUM, FIRST | NUM << 16, 0x7fff8000 };

	open_it();
	for (int i = 0; i < ARRAY_SIZE(places); i++) {
		ASSERT_EQ(tell(places[i]), 0);
		EXPECT(!starts());
		ASSERT_EQ(vhost_reset(&v), 0);
		ASSERT_EQ(vhost_negotiate(&v, FEATURES), 0);
	}
	ASSERT_EQ(tell(FIRST), 0);
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
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, base()), -EOPNOTSUPP);
	leave();
}
