// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drivers that mean harm, or are broken: bad chains, bad rings, bad registers.
 * The function asks for a reset or answers an error; the emulator goes on, and
 * after a reset so does the function.
 */
#include "rows.h"

#define RINGS	"Basic Facilities, Virtqueues"

/* Whose queue is fed, and what it takes to start over */
struct victim {
	struct card *card;
	struct func func;
	struct ring ring;
	void (*start)(struct victim *victim);
	void (*kick)(struct victim *victim);
	void (*works)(struct victim *victim);
	const char *faults;		/* while it is fed */
	unsigned int latency_us;
	bool modern;			/* has a NEEDS_RESET to show */
};

/* --- the PF's admin queue --- */

static void admin_start(struct victim *victim)
{
	pf_start(victim->card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_INDIRECT, 64);
	victim->ring = victim->card->admin;
}

static void modern_kick(struct victim *victim)
{
	ring_kick(&victim->ring);
}

static void admin_works(struct victim *victim)
{
	expect_ok(list_query(victim->card, SELF));
}

static struct victim admin_victim(struct card *card)
{
	return (struct victim){ card, card->pf, .start = admin_start, .kick = modern_kick,
				.works = admin_works, .modern = true };
}

/* --- a VF's queue, by a modern and by a legacy driver --- */

static unsigned int data_queue(struct card *card)
{
	return card->options.blk ? 0 : 1;	/* requests, or transmit */
}

static void vf_modern_start(struct victim *victim)
{
	modern_begin(&victim->func, F_VERSION_1 | F_PLATFORM | F_INDIRECT);
	victim->ring = ring_modern(&victim->func, data_queue(victim->card), 64, NO_VECTOR);
	modern_driver_ok(&victim->func);
}

/* A request that any of these devices takes: a frame to nobody, or a sector. */
static void offer_good(struct victim *victim)
{
	uint8_t frame[12 + 60] = { [12] = 2 };
	uint64_t data, status;
	struct buf buf;

	if (victim->card->options.blk) {
		blk_read(&victim->ring, &data, &status);
		return;
	}
	buf = (struct buf){ card_fill(victim->card, frame, sizeof(frame)), sizeof(frame) };
	ring_add(&victim->ring, &buf, 1);
}

static void vf_works(struct victim *victim)
{
	offer_good(victim);
	victim->kick(victim);
	g_assert(ring_wait(&victim->ring));
}

static struct victim vf_modern_victim(struct card *card)
{
	return (struct victim){ card, vf_open(card, 0), .start = vf_modern_start,
				.kick = modern_kick, .works = vf_works, .modern = true };
}

static void vf_legacy_start(struct victim *victim)
{
	struct ring rings[2];
	unsigned int queue = data_queue(victim->card);

	legacy_start(victim->card, 0, &victim->func, rings, queue + 1);
	victim->ring = rings[queue];
}

static void vf_legacy_kick(struct victim *victim)
{
	legacy_put(victim->card, 0, L_QUEUE_NOTIFY, 2, victim->ring.index);
}

static struct victim vf_legacy_victim(struct card *card)
{
	return (struct victim){ card, vf_open(card, 0), .start = vf_legacy_start,
				.kick = vf_legacy_kick, .works = vf_works };
}

/* --- bad chains --- */

enum outcome {
	BROKEN,		/* the function wants a reset, nothing is used */
	ANYTHING,	/* one or the other: no harm is all that is asked */
};

struct bad {
	const char *name;
	enum outcome outcome;
	void (*offer)(struct victim *victim);
};

static uint64_t ram(struct victim *victim, size_t len)
{
	return card_ram(victim->card, len, 64);
}

static void one(struct victim *victim, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	ring_desc(&victim->ring, 0, addr, len, flags, next);
	ring_offer(&victim->ring, 0);
}

static void loop_of_one(struct victim *victim)
{
	one(victim, ram(victim, 64), 24, DESC_NEXT, 0);
}

static void loop_of_two(struct victim *victim)
{
	ring_desc(&victim->ring, 1, ram(victim, 64), 8, DESC_NEXT, 0);
	one(victim, ram(victim, 64), 24, DESC_NEXT, 1);
}

static void loop_writable(struct victim *victim)
{
	one(victim, ram(victim, 64), 24, DESC_NEXT | DESC_WRITE, 0);
}

static void next_outside(struct victim *victim)
{
	one(victim, ram(victim, 64), 24, DESC_NEXT, victim->ring.size);
}

static void next_far_outside(struct victim *victim)
{
	one(victim, ram(victim, 64), 24, DESC_NEXT, 0xffff);
}

static void head_outside(struct victim *victim)
{
	ring_offer(&victim->ring, victim->ring.size);
}

static void head_far_outside(struct victim *victim)
{
	ring_offer(&victim->ring, 0xffff);
}

static void index_jumps(struct victim *victim)
{
	struct ring *ring = &victim->ring;

	qtest_writew(victim->card->qts, ring->avail + 2, ring->next_avail + ring->size + 1);
}

static void index_jumps_back(struct victim *victim)
{
	struct ring *ring = &victim->ring;

	qtest_writew(victim->card->qts, ring->avail + 2, ring->next_avail - 1);
}

static void zero_length(struct victim *victim)
{
	one(victim, ram(victim, 64), 0, 0, 0);
}

static void zero_length_writable(struct victim *victim)
{
	ring_desc(&victim->ring, 1, ram(victim, 64), 0, DESC_WRITE, 0);
	one(victim, ram(victim, 64), 24, DESC_NEXT, 1);
}

static void readable_after_writable(struct victim *victim)
{
	ring_desc(&victim->ring, 1, ram(victim, 64), 24, 0, 0);
	one(victim, ram(victim, 64), 24, DESC_NEXT | DESC_WRITE, 1);
}

static void address_wraps(struct victim *victim)
{
	ring_desc(&victim->ring, 1, UINT64_MAX - 4, 64, DESC_WRITE, 0);
	one(victim, UINT64_MAX - 4, 64, DESC_NEXT, 1);
}

static void address_nowhere(struct victim *victim)
{
	ring_desc(&victim->ring, 1, NOWHERE, 64, DESC_WRITE, 0);
	one(victim, NOWHERE, 24, DESC_NEXT, 1);
}

static void beyond_ram(struct victim *victim)
{
	ring_desc(&victim->ring, 1, RAM_END - 16, 0x100000, DESC_WRITE, 0);
	one(victim, RAM_END - 16, 0x100000, DESC_NEXT, 1);
}

static void longest(struct victim *victim)
{
	ring_desc(&victim->ring, 1, RAM_BASE, 0xffffffff, DESC_WRITE, 0);
	one(victim, RAM_BASE, 0xffffffff, DESC_NEXT, 1);
}

/* Its own registers, and those of the other function. */
static void address_own_registers(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim->func.common, 56, DESC_WRITE, 0);
	one(victim, victim->func.common, 56, DESC_NEXT, 1);
}

/* The answer's zeros are a reset, in the middle of answering. */
static void address_own_status(struct victim *victim)
{
	uint8_t cmd[CMD_DATA];
	uint64_t addr = card_fill(victim->card, cmd, cmd_make(cmd, LIST_QUERY, SELF, 0, NULL, 0));

	ring_desc(&victim->ring, 1, victim->func.common + COMMON_STATUS, 16, DESC_WRITE, 0);
	one(victim, addr, sizeof(cmd), DESC_NEXT, 1);
}

static void address_pf_status(struct victim *victim)
{
	uint8_t cmd[CMD_DATA];
	uint64_t addr = card_fill(victim->card, cmd, cmd_make(cmd, LIST_QUERY, SELF, 0, NULL, 0));

	ring_desc(&victim->ring, 1, victim->card->pf.common + COMMON_STATUS, 16, DESC_WRITE, 0);
	one(victim, addr, sizeof(cmd), DESC_NEXT, 1);
}

static void address_pf_registers(struct victim *victim)
{
	struct func *pf = &victim->card->pf;

	ring_desc(&victim->ring, 1, pf->common + COMMON_QUEUE_SELECT, 24, DESC_WRITE, 0);
	one(victim, pf->common, 56, DESC_NEXT, 1);
}

static void address_doorbell(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim->ring.doorbell ?: victim->func.notify, 2, DESC_WRITE, 0);
	one(victim, victim->func.isr, 1, DESC_NEXT, 1);
}

static void address_ring(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim->ring.used, 64, DESC_WRITE, 0);
	one(victim, victim->ring.desc, 24, DESC_NEXT, 1);
}

static uint64_t table(struct victim *victim, const uint16_t *flags, unsigned int count)
{
	uint64_t at = ram(victim, 16 * count);

	for (unsigned int i = 0; i < count; i++) {
		qtest_writeq(victim->card->qts, at + 16 * i, ram(victim, 64));
		qtest_writel(victim->card->qts, at + 16 * i + 8, 64);
		qtest_writew(victim->card->qts, at + 16 * i + 12, flags[i]);
		qtest_writew(victim->card->qts, at + 16 * i + 14, i + 1);
	}
	return at;
}

static void indirect_empty(struct victim *victim)
{
	one(victim, ram(victim, 64), 0, DESC_INDIRECT, 0);
}

static void indirect_odd_length(struct victim *victim)
{
	static const uint16_t flags[1];

	one(victim, table(victim, flags, 1), 17, DESC_INDIRECT, 0);
}

static void indirect_nested(struct victim *victim)
{
	static const uint16_t flags[2] = { DESC_INDIRECT | DESC_NEXT, DESC_INDIRECT };

	one(victim, table(victim, flags, 2), 32, DESC_INDIRECT, 0);
}

static void indirect_runs_out(struct victim *victim)
{
	static const uint16_t flags[2] = { DESC_NEXT, DESC_NEXT };

	one(victim, table(victim, flags, 2), 32, DESC_INDIRECT, 0);
}

static void indirect_loop(struct victim *victim)
{
	static const uint16_t flags[1] = { DESC_NEXT };
	uint64_t at = table(victim, flags, 1);

	qtest_writew(victim->card->qts, at + 14, 0);
	one(victim, at, 16, DESC_INDIRECT, 0);
}

static void indirect_too_many(struct victim *victim)
{
	enum { COUNT = 1100 };
	g_autofree uint8_t *entries = g_malloc0(16 * COUNT);
	uint64_t target = ram(victim, 64);

	for (unsigned int i = 0; i < COUNT; i++) {
		stq_le_p(entries + 16 * i, target);
		stl_le_p(entries + 16 * i + 8, 8);
		stw_le_p(entries + 16 * i + 12, i + 1 < COUNT ? DESC_NEXT : 0);
		stw_le_p(entries + 16 * i + 14, i + 1);
	}
	one(victim, card_fill(victim->card, entries, 16 * COUNT), 16 * COUNT, DESC_INDIRECT, 0);
}

static void indirect_nowhere(struct victim *victim)
{
	one(victim, NOWHERE, 32, DESC_INDIRECT, 0);
}

static void indirect_and_next(struct victim *victim)
{
	static const uint16_t flags[1] = { DESC_WRITE };

	one(victim, table(victim, flags, 1), 16, DESC_INDIRECT | DESC_NEXT, 0);
}

static const struct bad bad_chains[] = {
	{ "loop-of-one", BROKEN, loop_of_one },
	{ "loop-of-two", BROKEN, loop_of_two },
	{ "loop-writable", BROKEN, loop_writable },
	{ "next-outside", BROKEN, next_outside },
	{ "next-far-outside", BROKEN, next_far_outside },
	{ "head-outside", BROKEN, head_outside },
	{ "head-far-outside", BROKEN, head_far_outside },
	{ "index-jumps", BROKEN, index_jumps },
	{ "index-jumps-back", BROKEN, index_jumps_back },
	{ "zero-length", BROKEN, zero_length },
	{ "zero-length-writable", BROKEN, zero_length_writable },
	{ "readable-after-writable", BROKEN, readable_after_writable },
	{ "address-wraps", ANYTHING, address_wraps },
	{ "address-nowhere", ANYTHING, address_nowhere },
	{ "beyond-ram", ANYTHING, beyond_ram },
	{ "longest", ANYTHING, longest },
	{ "address-own-registers", ANYTHING, address_own_registers },
	{ "address-own-status", ANYTHING, address_own_status },
	{ "address-pf-status", ANYTHING, address_pf_status },
	{ "address-pf-registers", ANYTHING, address_pf_registers },
	{ "address-doorbell", ANYTHING, address_doorbell },
	{ "address-ring", ANYTHING, address_ring },
	{ "indirect-empty", BROKEN, indirect_empty },
	{ "indirect-odd-length", BROKEN, indirect_odd_length },
	{ "indirect-nested", ANYTHING, indirect_nested },
	{ "indirect-runs-out", BROKEN, indirect_runs_out },
	{ "indirect-loop", BROKEN, indirect_loop },
	{ "indirect-too-many", BROKEN, indirect_too_many },
	{ "indirect-nowhere", ANYTHING, indirect_nowhere },
	{ "indirect-and-next", ANYTHING, indirect_and_next },
};

static void feed(struct victim *victim, const struct bad *bad)
{
	card_set(victim->card, "faults", victim->faults ?: "");
	card_set_number(victim->card, "latency-us", victim->latency_us);
	printf("%s\n", bad->name);
	victim->start(victim);
	bad->offer(victim);
	victim->kick(victim);
	card_step(victim->card, 3000);
	card_alive(victim->card);
	if (bad->outcome == BROKEN) {
		uint32_t id, len;

		g_assert(!ring_take(&victim->ring, &id, &len));
		if (victim->modern)
			g_assert_cmphex(common8(&victim->func, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	}
	/* a second doorbell finds it as it is */
	victim->kick(victim);
	card_set(victim->card, "faults", "");
	card_set_number(victim->card, "latency-us", 0);
	/* the bad chain may have written over the registers that lead there */
	card_reach(victim->card, ADMIN);
	expect_ok(list_use(victim->card, SRIOV, ALL_COMMANDS));
	victim->start(victim);
	victim->works(victim);
}

static void feed_all(struct victim victim)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_chains); i++)
		feed(&victim, &bad_chains[i]);
}

static void chains_admin(struct card *card)
{
	feed_all(admin_victim(card));
}

/* Completed by a timer, not by the doorbell. */
static void chains_admin_late(struct card *card)
{
	struct victim victim = admin_victim(card);

	victim.latency_us = 10;
	feed_all(victim);
}

static void chains_admin_held(struct card *card)
{
	struct victim victim = admin_victim(card);

	victim.faults = "all:reorder";
	feed_all(victim);
}

static void chains_vf_modern(struct card *card)
{
	feed_all(vf_modern_victim(card));
}

static void chains_vf_legacy(struct card *card)
{
	feed_all(vf_legacy_victim(card));
}

/* --- bad rings --- */

/* The ring's three parts where they are told, 0 for where they should be. */
static void place(struct victim *victim, uint64_t desc, uint64_t avail, uint64_t used)
{
	struct ring ring = ring_new(&victim->func, victim->ring.index, 64);

	modern_begin(&victim->func, F_VERSION_1 | F_PLATFORM |
		     (modern_features(&victim->func) & F_ADMIN_VQ));
	ring.desc = desc ?: ring.desc;
	ring.avail = avail ?: ring.avail;
	ring.used = used ?: ring.used;
	ring_enable(&ring, NO_VECTOR);
	modern_driver_ok(&victim->func);
	/* something is there where it is RAM */
	if (!avail && !desc) {
		ring_desc(&ring, 0, card_ram(victim->card, 64, 16), 24, 0, 0);
		ring_offer(&ring, 0);
	}
	ring_kick(&ring);
	card_step(victim->card, 100);
	card_alive(victim->card);
}

static void rings_nowhere(struct victim victim)
{
	static const uint64_t places[] = { NOWHERE, RAM_END - 8, UINT64_MAX - 15, 0xfee00000,
					   1ull << 62, 3 };

	victim.start(&victim);
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		place(&victim, places[i], 0, 0);
		place(&victim, 0, places[i], 0);
		place(&victim, 0, 0, places[i]);
		place(&victim, places[i], places[i], places[i]);
		place(&victim, victim.func.common, 0, 0);
		place(&victim, 0, victim.func.common, 0);
		place(&victim, 0, 0, victim.func.common);
	}
	victim.start(&victim);
	victim.works(&victim);
}

static void rings_nowhere_admin(struct card *card)
{
	rings_nowhere(admin_victim(card));
}

static void rings_nowhere_vf(struct card *card)
{
	rings_nowhere(vf_modern_victim(card));
}

static void legacy_ring_nowhere(struct card *card)
{
	static const uint32_t pages[] = { NOWHERE >> 12, RAM_END >> 12, 0xffffffff, 0xfee00, 1 };
	struct victim victim = vf_legacy_victim(card);

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		legacy_put(card, 0, L_STATUS, 1, 0);
		legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
		legacy_put(card, 0, L_QUEUE_SELECT, 2, data_queue(card));
		legacy_put(card, 0, L_QUEUE_ADDRESS, 4, pages[i]);
		legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
		legacy_put(card, 0, L_QUEUE_NOTIFY, 2, data_queue(card));
		card_step(card, 100);
		card_alive(card);
	}
	victim.start(&victim);
	victim.works(&victim);
}

/* --- bad registers --- */

static void queue_sizes(struct card *card)
{
	static const uint16_t sizes[] = { 0, 3, 5, 63, 1023, 1025, 2048, 0x8000, 0xffff };
	struct func *pf = &card->pf;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ring ring;

		modern_begin(pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
		ring = ring_new(pf, common16(pf, COMMON_ADMIN_INDEX), 1024);
		ring.size = sizes[i];
		ring_enable(&ring, NO_VECTOR);
		g_assert_cmpuint(common16(pf, COMMON_QUEUE_SIZE), <=, 1024);
		modern_driver_ok(pf);
		ring_kick(&ring);
		card_alive(card);
	}
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

static void queues_that_are_not(struct card *card)
{
	static const uint16_t queues[] = { 1, 2, 3, 4, 6, 63, 64, 1023, 1024, 0xffff };
	struct func *pf = &card->pf;

	for (unsigned int i = 0; i < ARRAY_SIZE(queues); i++) {
		struct ring ring = ring_new(pf, queues[i], 16);

		modern_begin(pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
		ring_enable(&ring, 0x1234);
		modern_driver_ok(pf);
		if (queues[i] * pf->notify_multiplier < pf->notify_len)
			qtest_writew(card->qts, pf->notify + queues[i] * pf->notify_multiplier,
				     queues[i]);
		common_put16(pf, COMMON_QUEUE_RESET, 1);
		card_alive(card);
	}
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

static void enable_zero(struct card *card)
{
	common_put16(&card->pf, COMMON_QUEUE_SELECT, common16(&card->pf, COMMON_ADMIN_INDEX));
	common_put16(&card->pf, COMMON_QUEUE_ENABLE, 0);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

static void any_register(struct card *card)
{
	static const uint32_t values[] = { 0, 1, 0x80, 0xffff, 0x80000000, 0xffffffff };
	struct func *pf = &card->pf;
	struct func vf = vf_open(card, 0);
	struct func *funcs[] = { pf, &vf };

	for (unsigned int f = 0; f < ARRAY_SIZE(funcs); f++) {
		for (unsigned int at = 0; at < 68; at++) {
			for (unsigned int v = 0; v < ARRAY_SIZE(values); v++) {
				common_put8(funcs[f], at, values[v]);
				common_put16(funcs[f], at & ~1, values[v]);
				common_put32(funcs[f], at & ~3, values[v]);
				common8(funcs[f], at);
				common16(funcs[f], at & ~1);
				common32(funcs[f], at & ~3);
			}
		}
	}
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

/* Features the device does not offer do not become features that it has. */
static void features_not_offered(struct card *card)
{
	struct func *pf = &card->pf;

	common_put8(pf, COMMON_STATUS, 0);
	common_put8(pf, COMMON_STATUS, ACKNOWLEDGE | DRIVER);
	common_put32(pf, COMMON_DRIVER_FEATURE_SELECT, 1);
	common_put32(pf, COMMON_DRIVER_FEATURE, 0xffffffff);
	common_put32(pf, COMMON_DRIVER_FEATURE_SELECT, 0);
	common_put32(pf, COMMON_DRIVER_FEATURE, 0xffffffff);
	common_put8(pf, COMMON_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	card_alive(card);
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

/* The window in configuration space, while the memory behind it is off. */
static void window_without_memory(struct card *card)
{
	struct func *pf = &card->pf;
	unsigned int window = cfg_virtio_cap(pf, VCAP_PCI);
	static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 5, 8, 0xffffffff };

	cfg_put16(pf, PCI_CMD, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (uint32_t offset = 0; offset < 0x5000; offset += 0x7fc) {
			cfg_put8(pf, window + VCAP_BAR, 4);
			cfg_put32(pf, window + VCAP_OFFSET, offset);
			cfg_put32(pf, window + VCAP_LENGTH, lengths[i]);
			cfg32(pf, window + VCAP_DATA);
			cfg_put32(pf, window + VCAP_DATA, 0);
		}
	}
	card_alive(card);
}

static void window_anywhere(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct func *funcs[] = { &card->pf, &vf };
	static const uint32_t offsets[] = { 0, 0x38, 0x3c, 0x3e, 0xfff, 0x1000, 0x1001, 0x2000,
					    0x3000, 0x3004, 0x4000, 0x7ffe, 0x8000, 0xfffffffe,
					    0xffffffff };
	static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 5, 0x80000000, 0xffffffff };

	for (unsigned int f = 0; f < 2; f++) {
		unsigned int window = cfg_virtio_cap(funcs[f], VCAP_PCI);

		for (unsigned int o = 0; o < ARRAY_SIZE(offsets); o++) {
			for (unsigned int l = 0; l < ARRAY_SIZE(lengths); l++) {
				cfg_put8(funcs[f], window + VCAP_BAR, o % 2 ? 4 : 0xff);
				cfg_put32(funcs[f], window + VCAP_OFFSET, offsets[o]);
				cfg_put32(funcs[f], window + VCAP_LENGTH, lengths[l]);
				cfg32(funcs[f], window + VCAP_DATA);
				cfg_put32(funcs[f], window + VCAP_DATA, 0x12345678);
			}
		}
	}
	card_alive(card);
}

/* --- what a chain's undoing leaves behind --- */

/* Buffers that are not RAM go through a store of 4096 bytes that is given back. */
static void bounce_given_back(struct card *card)
{
	struct victim victim = admin_victim(card);

	for (unsigned int i = 0; i < 8; i++) {
		victim.start(&victim);
		ring_desc(&victim.ring, 1, ram(&victim, 64), 0, DESC_WRITE, 0);
		one(&victim, NOWHERE, 2048, DESC_NEXT, 1);
		victim.kick(&victim);
		g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	}
	victim.start(&victim);
	ring_desc(&card->admin, 1, card_ram(card, 64, 64), 16, DESC_WRITE, 0);
	ring_desc(&card->admin, 0, NOWHERE, 2048, DESC_NEXT, 1);
	ring_offer(&card->admin, 0);
	ring_kick(&card->admin);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, ==, 0);
	g_assert(ring_wait(&card->admin));
}

/* --- under an IOMMU --- */

#define IOMMU_ARGS " -device intel-iommu,caching-mode=on"
#define IOMMU_BASE 0xfed90000ull

/* Root, context and one second-level table: the first GiB is itself, nothing else is there. */
static void iommu_on(struct card *card)
{
	QTestState *qts = card->qts;
	uint64_t root = card_ram(card, 4096, 4096), context = card_ram(card, 4096, 4096);
	uint64_t pages = card_ram(card, 4096, 4096);

	qtest_memset(qts, root, 0, 4096);
	qtest_memset(qts, pages, 0, 4096);
	for (unsigned int bus = 0; bus < 2; bus++)
		qtest_writeq(qts, root + 16 * bus, context | 1);
	for (unsigned int devfn = 0; devfn < 256; devfn++) {
		qtest_writeq(qts, context + 16 * devfn, pages | 1);
		qtest_writeq(qts, context + 16 * devfn + 8, 1 | 1 << 8);	/* 3 levels */
	}
	qtest_writeq(qts, pages, 1 << 7 | 3);	/* a GiB, read and write */
	qtest_writeq(qts, IOMMU_BASE + 0x20, root);
	qtest_writel(qts, IOMMU_BASE + 0x18, 1u << 30);
	qtest_writel(qts, IOMMU_BASE + 0x18, 1u << 31);
	g_assert_cmphex(qtest_readl(qts, IOMMU_BASE + 0x1c) & 1u << 31, !=, 0);
}

static void iommu_commands(struct card *card)
{
	iommu_on(card);
	expect_ok(list_query(card, SRIOV));
	for (unsigned int i = 0; i < card->vfs; i++)
		expect_ok(legacy_read_at(card, i, COMMON_READ, L_STATUS, 1));
}

/*
 * Reads nowhere, a piece at a time, until it cannot be mapped: a bad chain, of
 * which half is mapped. Done again and again, the half is not lost each time.
 */
static void iommu_half_mapped(struct card *card)
{
	struct victim victim = admin_victim(card);

	iommu_on(card);
	for (unsigned int i = 0; i < 20; i++) {
		victim.start(&victim);
		ring_desc(&victim.ring, 1, 2ull << 30, 8192, DESC_WRITE, 0);
		one(&victim, ram(&victim, 64), 24, DESC_NEXT, 1);
		victim.kick(&victim);
		g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	}
	victim.start(&victim);
	ring_desc(&victim.ring, 1, ram(&victim, 64), 16, DESC_WRITE, 0);
	one(&victim, 2ull << 30, 4096, DESC_NEXT, 1);
	victim.kick(&victim);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, ==, 0);
}

static void iommu_rings_nowhere(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	victim.start(&victim);
	iommu_on(card);
	place(&victim, 2ull << 30, 0, 0);
	place(&victim, 0, 2ull << 30, 0);
	place(&victim, 0, 0, 2ull << 30);
	victim.start(&victim);
	victim.works(&victim);
}

static void iommu_chains(struct card *card)
{
	iommu_on(card);
	feed_all(admin_victim(card));
}

static void iommu_chains_vf(struct card *card)
{
	iommu_on(card);
	feed_all(vf_modern_victim(card));
}

/* Legacy DMA is the VF's as well, and goes through it. */
static void iommu_legacy_driver(struct card *card)
{
	struct victim victim = vf_legacy_victim(card);

	iommu_on(card);
	victim.start(&victim);
	victim.works(&victim);
}

static const struct row hostile_rows[] = {
	{ "chains-admin", RINGS, TYPES | TOLERANT, LEGACY, chains_admin },
	{ "chains-admin-late", RINGS, TYPES | TOLERANT, LEGACY, chains_admin_late },
	{ "chains-admin-held", RINGS, TYPES | TOLERANT, LEGACY, chains_admin_held },
	{ "chains-vf-modern", RINGS, TYPES | TOLERANT, LEGACY, chains_vf_modern },
	{ "chains-vf-legacy", RINGS, TYPES | TOLERANT, LEGACY, chains_vf_legacy },
	{ "rings-nowhere-admin", RINGS, TYPES | TOLERANT, LEGACY, rings_nowhere_admin },
	{ "rings-nowhere-vf", RINGS, TYPES | TOLERANT, LEGACY, rings_nowhere_vf },
	{ "legacy-ring-nowhere", RINGS, TYPES | TOLERANT, LEGACY, legacy_ring_nowhere },
	{ "queue-sizes", RINGS, TYPES | TOLERANT, BARE, queue_sizes },
	{ "queues-that-are-not", RINGS, TYPES | TOLERANT, BARE, queues_that_are_not },
	{ "enable-zero", RINGS, TYPES | TOLERANT, ADMIN, enable_zero },
	{ "any-register", "Common configuration structure layout", TYPES | BOTH, LEGACY,
	  any_register },
	{ "features-not-offered", "Feature Bits", TYPES | TOLERANT, ADMIN, features_not_offered },
	{ "window-without-memory", "PCI configuration access capability", TYPES | TOLERANT, LEGACY,
	  window_without_memory },
	{ "window-anywhere", "PCI configuration access capability", TYPES | TOLERANT, LEGACY,
	  window_anywhere },
	{ "bounce-given-back", "patch 0003", TYPES | TOLERANT, LEGACY, bounce_given_back },
	{ "iommu-commands", "VIRTIO_F_ACCESS_PLATFORM", TYPES | BOTH, LEGACY, iommu_commands, 0,
	  "", IOMMU_ARGS },
	{ "iommu-half-mapped", "patch 0003", TYPES | TOLERANT, LEGACY, iommu_half_mapped, 0, "",
	  IOMMU_ARGS },
	{ "iommu-rings-nowhere", "VIRTIO_F_ACCESS_PLATFORM", TYPES | TOLERANT, LEGACY,
	  iommu_rings_nowhere, 0, "", IOMMU_ARGS },
	{ "iommu-chains-admin", "VIRTIO_F_ACCESS_PLATFORM", TYPES | TOLERANT, LEGACY,
	  iommu_chains, 0, "", IOMMU_ARGS },
	{ "iommu-chains-vf", "VIRTIO_F_ACCESS_PLATFORM", TYPES | TOLERANT, LEGACY,
	  iommu_chains_vf, 0, "", IOMMU_ARGS },
	{ "iommu-legacy-driver", "VIRTIO_F_ACCESS_PLATFORM", TYPES | BOTH, LEGACY,
	  iommu_legacy_driver, 0, "", IOMMU_ARGS },
};

FAMILY(hostile);
