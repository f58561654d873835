// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chains that a driver must not offer. The function asks for a reset or answers
 * an error; the emulator goes on, and after a reset so does the function.
 */
#include "victim.h"

enum outcome {
	BROKEN,		/* the function wants a reset, nothing is used */
	ANYTHING,	/* one or the other: no harm is all that is asked */
};

struct bad {
	const char *name;
	enum outcome outcome;
	void (*offer)(struct victim *victim);
};

static void loop_of_one(struct victim *victim)
{
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT, 0);
}

static void loop_of_two(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim_ram(victim, 64), 8, DESC_NEXT, 0);
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT, 1);
}

static void loop_writable(struct victim *victim)
{
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT | DESC_WRITE, 0);
}

static void next_outside(struct victim *victim)
{
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT, victim->ring.size);
}

static void next_far_outside(struct victim *victim)
{
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT, 0xffff);
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
	victim_offer(victim, victim_ram(victim, 64), 0, 0, 0);
}

static void zero_length_writable(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim_ram(victim, 64), 0, DESC_WRITE, 0);
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT, 1);
}

static void readable_after_writable(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim_ram(victim, 64), 24, 0, 0);
	victim_offer(victim, victim_ram(victim, 64), 24, DESC_NEXT | DESC_WRITE, 1);
}

static void address_wraps(struct victim *victim)
{
	ring_desc(&victim->ring, 1, UINT64_MAX - 4, 64, DESC_WRITE, 0);
	victim_offer(victim, UINT64_MAX - 4, 64, DESC_NEXT, 1);
}

static void address_nowhere(struct victim *victim)
{
	ring_desc(&victim->ring, 1, NOWHERE, 64, DESC_WRITE, 0);
	victim_offer(victim, NOWHERE, 24, DESC_NEXT, 1);
}

static void beyond_ram(struct victim *victim)
{
	ring_desc(&victim->ring, 1, RAM_END - 16, 0x100000, DESC_WRITE, 0);
	victim_offer(victim, RAM_END - 16, 0x100000, DESC_NEXT, 1);
}

static void longest(struct victim *victim)
{
	ring_desc(&victim->ring, 1, RAM_BASE, 0xffffffff, DESC_WRITE, 0);
	victim_offer(victim, RAM_BASE, 0xffffffff, DESC_NEXT, 1);
}

/* Its own registers, and those of the other function. */
static void address_own_registers(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim->func.common, 56, DESC_WRITE, 0);
	victim_offer(victim, victim->func.common, 56, DESC_NEXT, 1);
}

/* The answer's zeros are a reset, in the middle of answering. */
static void address_own_status(struct victim *victim)
{
	uint8_t cmd[CMD_DATA];
	uint64_t addr = card_fill(victim->card, cmd, cmd_make(cmd, LIST_QUERY, SELF, 0, NULL, 0));

	ring_desc(&victim->ring, 1, victim->func.common + COMMON_STATUS, 16, DESC_WRITE, 0);
	victim_offer(victim, addr, sizeof(cmd), DESC_NEXT, 1);
}

static void address_pf_status(struct victim *victim)
{
	uint8_t cmd[CMD_DATA];
	uint64_t addr = card_fill(victim->card, cmd, cmd_make(cmd, LIST_QUERY, SELF, 0, NULL, 0));

	ring_desc(&victim->ring, 1, victim->card->pf.common + COMMON_STATUS, 16, DESC_WRITE, 0);
	victim_offer(victim, addr, sizeof(cmd), DESC_NEXT, 1);
}

static void address_pf_registers(struct victim *victim)
{
	struct func *pf = &victim->card->pf;

	ring_desc(&victim->ring, 1, pf->common + COMMON_QUEUE_SELECT, 24, DESC_WRITE, 0);
	victim_offer(victim, pf->common, 56, DESC_NEXT, 1);
}

static void address_doorbell(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim->ring.doorbell ?: victim->func.notify, 2, DESC_WRITE, 0);
	victim_offer(victim, victim->func.isr, 1, DESC_NEXT, 1);
}

static void address_ring(struct victim *victim)
{
	ring_desc(&victim->ring, 1, victim->ring.used, 64, DESC_WRITE, 0);
	victim_offer(victim, victim->ring.desc, 24, DESC_NEXT, 1);
}

static uint64_t table(struct victim *victim, const uint16_t *flags, unsigned int count)
{
	uint64_t at = victim_ram(victim, 16 * count);

	for (unsigned int i = 0; i < count; i++) {
		qtest_writeq(victim->card->qts, at + 16 * i, victim_ram(victim, 64));
		qtest_writel(victim->card->qts, at + 16 * i + 8, 64);
		qtest_writew(victim->card->qts, at + 16 * i + 12, flags[i]);
		qtest_writew(victim->card->qts, at + 16 * i + 14, i + 1);
	}
	return at;
}

static void indirect_empty(struct victim *victim)
{
	victim_offer(victim, victim_ram(victim, 64), 0, DESC_INDIRECT, 0);
}

static void indirect_odd_length(struct victim *victim)
{
	static const uint16_t flags[1];

	victim_offer(victim, table(victim, flags, 1), 17, DESC_INDIRECT, 0);
}

static void indirect_nested(struct victim *victim)
{
	static const uint16_t flags[2] = { DESC_INDIRECT | DESC_NEXT, DESC_INDIRECT };

	victim_offer(victim, table(victim, flags, 2), 32, DESC_INDIRECT, 0);
}

static void indirect_runs_out(struct victim *victim)
{
	static const uint16_t flags[2] = { DESC_NEXT, DESC_NEXT };

	victim_offer(victim, table(victim, flags, 2), 32, DESC_INDIRECT, 0);
}

static void indirect_loop(struct victim *victim)
{
	static const uint16_t flags[1] = { DESC_NEXT };
	uint64_t at = table(victim, flags, 1);

	qtest_writew(victim->card->qts, at + 14, 0);
	victim_offer(victim, at, 16, DESC_INDIRECT, 0);
}

static void indirect_too_many(struct victim *victim)
{
	enum { COUNT = 1100 };
	g_autofree uint8_t *entries = g_malloc0(16 * COUNT);
	uint64_t target = victim_ram(victim, 64);

	for (unsigned int i = 0; i < COUNT; i++) {
		stq_le_p(entries + 16 * i, target);
		stl_le_p(entries + 16 * i + 8, 8);
		stw_le_p(entries + 16 * i + 12, i + 1 < COUNT ? DESC_NEXT : 0);
		stw_le_p(entries + 16 * i + 14, i + 1);
	}
	victim_offer(victim, card_fill(victim->card, entries, 16 * COUNT), 16 * COUNT, DESC_INDIRECT, 0);
}

static void indirect_nowhere(struct victim *victim)
{
	victim_offer(victim, NOWHERE, 32, DESC_INDIRECT, 0);
}

static void indirect_and_next(struct victim *victim)
{
	static const uint16_t flags[1] = { DESC_WRITE };

	victim_offer(victim, table(victim, flags, 1), 16, DESC_INDIRECT | DESC_NEXT, 0);
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

void victim_feed_all(struct victim victim)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_chains); i++)
		feed(&victim, &bad_chains[i]);
}

static void chains_admin(struct card *card)
{
	victim_feed_all(admin_victim(card));
}

/* Completed by a timer, not by the doorbell. */
static void chains_admin_late(struct card *card)
{
	struct victim victim = admin_victim(card);

	victim.latency_us = 10;
	victim_feed_all(victim);
}

static void chains_admin_held(struct card *card)
{
	struct victim victim = admin_victim(card);

	victim.faults = "all:reorder";
	victim_feed_all(victim);
}

static void chains_vf_modern(struct card *card)
{
	victim_feed_all(vf_modern_victim(card));
}

static void chains_vf_legacy(struct card *card)
{
	victim_feed_all(vf_legacy_victim(card));
}

/* Buffers that are not RAM go through a store of 4096 bytes that is given back. */
static void bounce_given_back(struct card *card)
{
	struct victim victim = admin_victim(card);

	for (unsigned int i = 0; i < 8; i++) {
		victim.start(&victim);
		ring_desc(&victim.ring, 1, victim_ram(&victim, 64), 0, DESC_WRITE, 0);
		victim_offer(&victim, NOWHERE, 2048, DESC_NEXT, 1);
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

static const struct row chains_rows[] = {
	{ "admin", RINGS, TYPES | TOLERANT, LEGACY, chains_admin },
	{ "admin-late", RINGS, TYPES | TOLERANT, LEGACY, chains_admin_late },
	{ "admin-held", RINGS, TYPES | TOLERANT, LEGACY, chains_admin_held },
	{ "vf-modern", RINGS, TYPES | TOLERANT, LEGACY, chains_vf_modern },
	{ "vf-legacy", RINGS, TYPES | TOLERANT, LEGACY, chains_vf_legacy },
	{ "bounce-given-back", "patch 0003", TYPES | TOLERANT, LEGACY, bounce_given_back },
};

FAMILY(chains);
