// SPDX-License-Identifier: GPL-2.0-only
/* A simulated disk with a packed ring: does a process find it again where it left it? */
#include <errno.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "packed.h"
#include "unit.h"

#define NUM	6	/* no power of two */
#define MS	5000
#define BIT(n)	(1ULL << (n))
#define NEEDED	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM))
#define PACKED	(BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_BLK_F_FLUSH))
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE
#define AT	PACKED_AT

static struct vhost v;
static struct packed p;

static void start(uint64_t features)
{
	v = vhost_new_features("packedtest", "vdpasim_blk", features | NEEDED);
	ASSERT_EQ(vhost_negotiate(&v, features | NEEDED), 0);
	packed_start(&p, &v, NUM);
}

static void run(uint64_t features)
{
	start(features);
	ASSERT_EQ(packed_tell(&p, NUM, packed_base(&p)), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
}

static void end(void)
{
	vhost_end(&v);
	packed_end(&p);
}

static void offer(const struct vring_packed_desc *descs, int count)
{
	packed_offer(&p, descs, count);
	packed_kick(&p);
}

/* The simulator says of each answer, a byte at least, that it was written; not all devices do */
static int wait_used(int count, int ms)
{
	const struct vring_packed_desc *desc = &p.m->desc[packed_index(&p, p.taken)];
	int id = packed_wait(&p, count, ms);

	EXPECT(id < 0 || desc->flags & WRITE);
	return id;
}

static void offer_flush(uint16_t id)
{
	const struct vring_packed_desc descs[] = {
		{ AT(header), sizeof(p.m->header), 0, NEXT },
		{ AT(status), 1, id, WRITE },
	};

	p.m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	p.m->status = 0xee;
	offer(descs, 2);
}

static void transfer(uint32_t type, uint64_t sector, uint16_t id)
{
	const struct vring_packed_desc descs[] = {
		{ AT(header), sizeof(p.m->header), 0, NEXT },
		{ AT(body), sizeof(p.m->body), 0, NEXT | (type == VIRTIO_BLK_T_IN ? WRITE : 0) },
		{ AT(status), 1, id, WRITE },
	};

	p.m->header = (struct virtio_blk_outhdr) { .type = type, .sector = sector };
	p.m->status = 0xee;
	offer(descs, 3);
	ASSERT_EQ(wait_used(3, MS), id);
	EXPECT_EQ(p.m->status, VIRTIO_BLK_S_OK);
}

static void flush(uint16_t id)
{
	offer_flush(id);
	ASSERT_EQ(wait_used(2, MS), id);
	EXPECT_EQ(p.m->status, VIRTIO_BLK_S_OK);
}

UNIT_TEST(what_is_written_is_read_back_over_many_laps)
{
	run(PACKED);
	for (int i = 0; i < 100; i++) {
		memset(p.m->body, i, sizeof(p.m->body));
		transfer(VIRTIO_BLK_T_OUT, 8 * i, 3 * i);
		flush(3 * i + 1);
		memset(p.m->body, 0xff, sizeof(p.m->body));
		transfer(VIRTIO_BLK_T_IN, 8 * i, 3 * i + 2);
		EXPECT(p.m->body[0] == i && p.m->body[4095] == i);
	}
	end();
}

UNIT_TEST(regression_a_packed_ring_goes_on_elsewhere)
{
	run(PACKED);
	for (int i = 0; i < 20; i++) {
		flush(i);
		if (i % 3 == 0)
			transfer(VIRTIO_BLK_T_IN, 0, i);
		/* stopped, asked, told where to go on: as one that moves does */
		EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0), 0);
		EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), packed_base(&p));
		EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, PACKED_FIRST), 0);
		EXPECT_EQ(packed_tell(&p, NUM, packed_base(&p)), 0);
	}
	end();
}

UNIT_TEST(a_suspended_packed_ring_keeps_its_place)
{
	run(PACKED);
	for (int i = 0; i < 4; i++)
		flush(i);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), packed_base(&p));
	offer_flush(9);
	EXPECT_EQ(wait_used(2, 300), -ETIMEDOUT);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT_EQ(wait_used(2, MS), 9);
	EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), packed_base(&p));
	end();
}

UNIT_TEST(sizes_and_places_of_packed_rings)
{
	start(PACKED);
	EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), PACKED_FIRST);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 0), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 1025), -EINVAL);
	EXPECT_EQ(packed_tell(&p, NUM, NUM), -EINVAL);
	EXPECT_EQ(packed_tell(&p, NUM, NUM << 16), -EINVAL);
	EXPECT_EQ(packed_tell(&p, NUM, (NUM - 1) << 16 | 0x8000 | (NUM - 1)), 0);
	end();
	/* such a size only then */
	start(BIT(VIRTIO_BLK_F_FLUSH));
	EXPECT_EQ(packed_tell(&p, NUM, 0), -EINVAL);
	end();
}

/* what broke it ends with the reset */
static void expect_broken(void)
{
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	EXPECT_EQ(wait_used(2, 0), -ETIMEDOUT);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	end();
}

UNIT_TEST(hostile_packed_rings_break_the_device)
{
	struct vring_packed_desc descs[NUM];

	/* without an end, with a byte each or with none */
	for (uint32_t len = 0; len < 2; len++) {
		for (int i = 0; i < NUM; i++)
			descs[i] = (struct vring_packed_desc) { AT(body), len, 0, NEXT };
		run(PACKED);
		offer(descs, NUM);
		expect_broken();
	}
	/* a good request, but its second half is not the device's */
	run(PACKED);
	p.m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	descs[0] = (struct vring_packed_desc) { AT(header), sizeof(p.m->header), 0, NEXT };
	p.m->desc[1] = (struct vring_packed_desc) { AT(status), 1, 0, WRITE };
	offer(descs, 1);
	expect_broken();
}

/* a flush by a table of @count descriptors, of which all but two are empty */
static void offer_table(uint32_t count, uint32_t bytes)
{
	struct vring_packed_desc *table = (void *)p.m->body;
	const struct vring_packed_desc desc = { AT(body), bytes, 7, VRING_DESC_F_INDIRECT };

	p.m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	p.m->status = 0xee;
	memset(p.m->body, 0, sizeof(p.m->body));
	table[0] = (struct vring_packed_desc) { AT(header), sizeof(p.m->header), 0, 0 };
	table[count - 1] = (struct vring_packed_desc) { AT(status), 1, 0, WRITE };
	offer(&desc, 1);
}

#define TABLED	(PACKED | BIT(VIRTIO_RING_F_INDIRECT_DESC))

UNIT_TEST(tables_of_packed_rings)
{
	run(TABLED);
	for (uint32_t count = 2; count <= 256; count *= 2) {
		offer_table(count, 16 * count);
		ASSERT_EQ(wait_used(1, MS), 7);
		EXPECT_EQ(p.m->status, VIRTIO_BLK_S_OK);
	}
	end();
}

UNIT_TEST(hostile_tables_of_packed_rings)
{
	const struct vring_packed_desc behind[] = {
		{ AT(body), 16, 0, VRING_DESC_F_INDIRECT | NEXT },
		{ AT(status), 1, 0, WRITE },
	};

	/* not agreed on */
	run(PACKED);
	offer_table(2, 32);
	expect_broken();
	/* a part of one, none, one longer than what is mapped */
	run(TABLED);
	offer_table(2, 33);
	expect_broken();
	run(TABLED);
	offer_table(2, 0);
	expect_broken();
	run(TABLED);
	offer_table(2, 16 * 257);
	expect_broken();
	/* a good request, if a chain could go on behind a table */
	run(TABLED);
	p.m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	*(struct vring_packed_desc *)p.m->body =
		(struct vring_packed_desc) { AT(header), sizeof(p.m->header), 0, 0 };
	offer(behind, 2);
	expect_broken();
}

/* "Driver and Device Event Suppression": kick only a device that asked for it */
static int kick_is_wanted(unsigned int before)
{
	uint16_t flags, off_wrap, event;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = __atomic_load_n(&p.m->device.flags, __ATOMIC_ACQUIRE);
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	off_wrap = p.m->device.off_wrap;
	event = off_wrap & ~(1 << VRING_PACKED_EVENT_F_WRAP_CTR);
	/* counted in the lap in which we are now */
	if (off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR != packed_wrap(&p, p.offered))
		event -= NUM;
	return vring_need_event(event, packed_index(&p, p.offered),
				packed_index(&p, p.offered) - (p.offered - before));
}

/* a few microseconds, or none, so that the device and we meet in every state */
static void dawdle(void)
{
	for (int i = random() % 2000; i > 0; i--)
		__asm__ ("" ::: "memory");
}

static void flush_without_kicks(uint64_t features)
{
	int quiet = eventfd(0, EFD_NONBLOCK), loud;

	run(features);
	loud = p.kick;
	for (int round = 0; round < 4000; round++) {
		unsigned int before = p.offered;

		/* what offer() signals nobody hears */
		p.kick = quiet;
		offer_flush(round);
		p.kick = loud;
		if (kick_is_wanted(before))
			packed_kick(&p);
		ASSERT_EQ(wait_used(2, MS), (uint16_t)round);
		dawdle();
	}
	end();
	close(quiet);
}

UNIT_TEST(no_kick_is_lost_by_flag)
{
	flush_without_kicks(PACKED);
}

UNIT_TEST(no_kick_is_lost_by_place)
{
	flush_without_kicks(PACKED | BIT(VIRTIO_RING_F_EVENT_IDX));
}

/* a place in the ring instead of every interrupt: only that one comes */
UNIT_TEST(an_interrupt_at_a_place)
{
	struct pollfd poll_call = { .events = POLLIN };
	eventfd_t value;

	run(PACKED | BIT(VIRTIO_RING_F_EVENT_IDX));
	poll_call.fd = p.call;
	p.m->driver.off_wrap = 2 | 1 << VRING_PACKED_EVENT_F_WRAP_CTR;
	p.m->driver.flags = VRING_PACKED_EVENT_FLAG_DESC;
	offer_flush(0);
	EXPECT_EQ(poll(&poll_call, 1, 300), 0);
	EXPECT_EQ(wait_used(2, 0), 0);
	offer_flush(1);
	EXPECT_EQ(poll(&poll_call, 1, MS), 1);
	EXPECT_EQ(wait_used(2, 0), 1);
	eventfd_read(p.call, &value);
	offer_flush(2);
	EXPECT_EQ(poll(&poll_call, 1, 300), 0);
	EXPECT_EQ(wait_used(2, 0), 2);
	end();
}
