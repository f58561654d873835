// SPDX-License-Identifier: GPL-2.0-only
/* A simulated disk with a packed ring: does a process find it again where it left it? */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"
#include "vhost.h"

#define NUM	6	/* no power of two */
#define IOVA	0x200000ULL
#define MS	5000
#define BIT(n)	(1ULL << (n))
#define NEEDED	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM))
#define PACKED	(BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_BLK_F_FLUSH))
#define AVAIL	(1 << VRING_PACKED_DESC_F_AVAIL)
#define USED	(1 << VRING_PACKED_DESC_F_USED)
#define NEXT	VRING_DESC_F_NEXT
#define WRITE	VRING_DESC_F_WRITE

/* what is mapped, each on a page of its own */
struct memory {
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
};

#define AT(field)	(IOVA + offsetof(struct memory, field))

/* a place in the ring, as the uAPI has it: the wrap counter above the index */
struct place {
	uint16_t index;
	int wrap;
};

static struct vhost v;
static struct memory *m;
static struct place next, used;
static int kick, call;

static uint32_t base(void)
{
	return next.index | next.wrap << 15 | (uint32_t)(used.index | used.wrap << 15) << 16;
}

static void step(struct place *place, int count)
{
	place->index += count;
	if (place->index >= NUM) {
		place->index -= NUM;
		place->wrap ^= 1;
	}
}

static int tell(uint32_t num, uint32_t where)
{
	struct vhost_vring_addr addr = {
		.desc_user_addr = AT(desc),
		.avail_user_addr = AT(driver),
		.used_user_addr = AT(device),
	};
	int ret;

	ret = vhost_state(&v, VHOST_SET_VRING_NUM, 0, num);
	if (!ret)
		ret = vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr);
	if (!ret)
		ret = vhost_state(&v, VHOST_SET_VRING_BASE, 0, where);
	if (!ret)
		ret = vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1);
	return ret;
}

static void start(uint64_t features)
{
	v = vhost_new_features("packedtest", "vdpasim_blk", features | NEEDED);
	ASSERT_EQ(vhost_negotiate(&v, features | NEEDED), 0);
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ(vhost_map(&v, IOVA, sizeof(*m), m, VHOST_ACCESS_RW), 0);
	kick = eventfd(0, EFD_NONBLOCK);
	call = eventfd(0, EFD_NONBLOCK);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, kick), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, call), 0);
	next = (struct place) { .wrap = 1 };
	used = next;
}

static void run(uint64_t features)
{
	start(features);
	ASSERT_EQ(tell(NUM, base()), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
}

static void end(void)
{
	close(kick);
	close(call);
	vhost_end(&v);
	munmap(m, sizeof(*m));
}

/* the first one's flags last: with them the chain is the device's */
static void offer(const struct vring_packed_desc *descs, int count)
{
	struct place at = next;
	uint16_t first = 0;

	for (int i = 0; i < count; i++) {
		uint16_t flags = descs[i].flags | (at.wrap ? AVAIL : USED);

		m->desc[at.index].addr = descs[i].addr;
		m->desc[at.index].len = descs[i].len;
		m->desc[at.index].id = descs[i].id;
		if (i)
			m->desc[at.index].flags = flags;
		else
			first = flags;
		step(&at, 1);
	}
	__atomic_store_n(&m->desc[next.index].flags, first, __ATOMIC_RELEASE);
	next = at;
	eventfd_write(kick, 1);
}

/* Return: the id of the chain of @count that was returned, or -ETIMEDOUT */
static int wait_used(int count, int ms)
{
	struct pollfd poll_call = { .fd = call, .events = POLLIN };
	uint16_t done = used.wrap ? AVAIL | USED : 0;
	struct vring_packed_desc *desc = &m->desc[used.index];
	eventfd_t value;

	while ((__atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE) & (AVAIL | USED)) != done) {
		if (poll(&poll_call, 1, ms) <= 0)
			return -ETIMEDOUT;
		eventfd_read(call, &value);
	}
	step(&used, count);
	/* each answer is a byte at least */
	EXPECT(desc->flags & WRITE);
	return desc->id;
}

static void offer_flush(uint16_t id)
{
	const struct vring_packed_desc descs[] = {
		{ AT(header), sizeof(m->header), 0, NEXT },
		{ AT(status), 1, id, WRITE },
	};

	m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	m->status = 0xee;
	offer(descs, 2);
}

static void transfer(uint32_t type, uint64_t sector, uint16_t id)
{
	const struct vring_packed_desc descs[] = {
		{ AT(header), sizeof(m->header), 0, NEXT },
		{ AT(body), sizeof(m->body), 0, NEXT | (type == VIRTIO_BLK_T_IN ? WRITE : 0) },
		{ AT(status), 1, id, WRITE },
	};

	m->header = (struct virtio_blk_outhdr) { .type = type, .sector = sector };
	m->status = 0xee;
	offer(descs, 3);
	ASSERT_EQ(wait_used(3, MS), id);
	EXPECT_EQ(m->status, VIRTIO_BLK_S_OK);
}

static void flush(uint16_t id)
{
	offer_flush(id);
	ASSERT_EQ(wait_used(2, MS), id);
	EXPECT_EQ(m->status, VIRTIO_BLK_S_OK);
}

UNIT_TEST(what_is_written_is_read_back_over_many_laps)
{
	run(PACKED);
	for (int i = 0; i < 100; i++) {
		memset(m->body, i, sizeof(m->body));
		transfer(VIRTIO_BLK_T_OUT, 8 * i, 3 * i);
		flush(3 * i + 1);
		memset(m->body, 0xff, sizeof(m->body));
		transfer(VIRTIO_BLK_T_IN, 8 * i, 3 * i + 2);
		EXPECT(m->body[0] == i && m->body[4095] == i);
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
		EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), base());
		EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, 0, 0x80008000), 0);
		EXPECT_EQ(tell(NUM, base()), 0);
	}
	end();
}

UNIT_TEST(a_suspended_packed_ring_keeps_its_place)
{
	run(PACKED);
	for (int i = 0; i < 4; i++)
		flush(i);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), 0);
	EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), base());
	offer_flush(9);
	EXPECT_EQ(wait_used(2, 300), -ETIMEDOUT);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), 0);
	EXPECT_EQ(wait_used(2, MS), 9);
	EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), base());
	end();
}

UNIT_TEST(sizes_and_places_of_packed_rings)
{
	start(PACKED);
	EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 0x80008000);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 0), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 0, 1025), -EINVAL);
	EXPECT_EQ(tell(NUM, NUM), -EINVAL);
	EXPECT_EQ(tell(NUM, NUM << 16), -EINVAL);
	EXPECT_EQ(tell(NUM, (NUM - 1) << 16 | 0x8000 | (NUM - 1)), 0);
	end();
	/* such a size only then */
	start(BIT(VIRTIO_BLK_F_FLUSH));
	EXPECT_EQ(tell(NUM, 0), -EINVAL);
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
	m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	descs[0] = (struct vring_packed_desc) { AT(header), sizeof(m->header), 0, NEXT };
	m->desc[1] = (struct vring_packed_desc) { AT(status), 1, 0, WRITE };
	offer(descs, 1);
	expect_broken();
}

/* a flush by a table of @count descriptors, of which all but two are empty */
static void offer_table(uint32_t count, uint32_t bytes)
{
	struct vring_packed_desc *table = (void *)m->body;
	const struct vring_packed_desc desc = { AT(body), bytes, 7, VRING_DESC_F_INDIRECT };

	m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	m->status = 0xee;
	memset(m->body, 0, sizeof(m->body));
	table[0] = (struct vring_packed_desc) { AT(header), sizeof(m->header), 0, 0 };
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
		EXPECT_EQ(m->status, VIRTIO_BLK_S_OK);
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
	m->header = (struct virtio_blk_outhdr) { .type = VIRTIO_BLK_T_FLUSH };
	*(struct vring_packed_desc *)m->body =
		(struct vring_packed_desc) { AT(header), sizeof(m->header), 0, 0 };
	offer(behind, 2);
	expect_broken();
}

/* "Driver and Device Event Suppression": kick only a device that asked for it */
static int kick_is_wanted(struct place before)
{
	uint16_t flags, off_wrap, event;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = __atomic_load_n(&m->device.flags, __ATOMIC_ACQUIRE);
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags != VRING_PACKED_EVENT_FLAG_DISABLE;
	off_wrap = m->device.off_wrap;
	event = off_wrap & ~(1 << VRING_PACKED_EVENT_F_WRAP_CTR);
	/* counted in the lap in which we are now */
	if (off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR != next.wrap)
		event -= NUM;
	return vring_need_event(event, next.index,
				before.wrap == next.wrap ? before.index : before.index - NUM);
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
	loud = kick;
	for (int round = 0; round < 4000; round++) {
		struct place before = next;

		/* what offer() signals nobody hears */
		kick = quiet;
		offer_flush(round);
		kick = loud;
		if (kick_is_wanted(before))
			eventfd_write(kick, 1);
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
	poll_call.fd = call;
	m->driver.off_wrap = 2 | 1 << VRING_PACKED_EVENT_F_WRAP_CTR;
	m->driver.flags = VRING_PACKED_EVENT_FLAG_DESC;
	offer_flush(0);
	EXPECT_EQ(poll(&poll_call, 1, 300), 0);
	EXPECT_EQ(wait_used(2, 0), 0);
	offer_flush(1);
	EXPECT_EQ(poll(&poll_call, 1, MS), 1);
	EXPECT_EQ(wait_used(2, 0), 1);
	eventfd_read(call, &value);
	offer_flush(2);
	EXPECT_EQ(poll(&poll_call, 1, 300), 0);
	EXPECT_EQ(wait_used(2, 0), 2);
	end();
}
