// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests that a function holds in flight for as long as a test wants, by
 * either interface, and what becomes of them then.
 */
#include "victim.h"

#define FAULTS	"property faults"
#define MANY	5

static void expect_no_used(struct victim *victim)
{
	uint32_t id, len;

	card_step(victim->card, 1000);
	g_assert(!ring_take(&victim->ring, &id, &len));
}

static void offer_many(struct victim *victim)
{
	for (unsigned int i = 0; i < MANY; i++)
		victim_offer_good(victim);
	victim->kick(victim);
}

static void expect_many(struct victim *victim)
{
	for (unsigned int i = 0; i < MANY; i++)
		g_assert(ring_wait(&victim->ring));
	expect_no_used(victim);
}

static void hold_one(struct victim victim)
{
	victim.start(&victim);
	for (unsigned int i = 0; i < 3; i++) {
		victim.works(&victim);
		card_set(victim.card, "faults", "vf0:hold");
		offer_many(&victim);
		expect_no_used(&victim);
		card_set(victim.card, "faults", "");
		expect_many(&victim);
	}
	victim.works(&victim);
}

static void modern(struct card *card)
{
	hold_one(vf_modern_victim(card));
}

static void legacy(struct card *card)
{
	hold_one(vf_legacy_victim(card));
}

/* They were taken: what the driver then writes over them is not seen. */
static void in_flight(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	uint32_t id, len;

	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	/* not before the driver said so */
	victim_offer_good(&victim);
	expect_no_used(&victim);
	/* another's requests go on */
	victim.func = vf_open(card, 1);
	victim.start(&victim);
	victim.works(&victim);
	g_assert(!ring_take(&victim.ring, &id, &len));
}

/* What has a request in flight is reset: it never comes back, memory is left alone. */
static void reset(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	uint64_t data, status;
	struct ring old;
	uint32_t id, len;

	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	blk_read(&victim.ring, &data, &status);
	victim.kick(&victim);
	old = victim.ring;
	common_put8(&victim.func, COMMON_STATUS, 0);
	/* a driver that comes meanwhile is held too */
	victim.start(&victim);
	offer_many(&victim);
	expect_no_used(&victim);
	card_set(card, "faults", "");
	expect_many(&victim);
	g_assert(!ring_take(&old, &id, &len));
	g_assert_cmphex(qtest_readb(card->qts, status), ==, UNTOUCHED);
	g_assert_cmphex(qtest_readb(card->qts, data), ==, UNTOUCHED);
}

static void flr(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct ring old;
	uint32_t id, len;

	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	old = victim.ring;
	func_flr(&victim.func);
	card_set(card, "faults", "");
	card_step(card, 1000);
	g_assert(!ring_take(&old, &id, &len));
	victim = vf_modern_victim(card);
	cfg_put16(&victim.func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	victim.start(&victim);
	victim.works(&victim);
}

static void queue_reset(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct ring old;
	uint32_t id, len;

	modern_begin(&victim.func, F_VERSION_1 | F_PLATFORM | F_RING_RESET);
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, NO_VECTOR);
	modern_driver_ok(&victim.func);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	old = victim.ring;
	common_put16(&victim.func, COMMON_QUEUE_SELECT, old.index);
	common_put16(&victim.func, COMMON_QUEUE_RESET, 1);
	card_set(card, "faults", "");
	card_step(card, 1000);
	g_assert(!ring_take(&old, &id, &len));
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, NO_VECTOR);
	victim.works(&victim);
}

static void vfs_gone(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	victim.start(&victim);
	card_set(card, "faults", "all:hold");
	offer_many(&victim);
	vfs_set(card, 0);
	card_set(card, "faults", "");
	vfs_set(card, card->vfs);
	victim = vf_modern_victim(card);
	victim.start(&victim);
	victim.works(&victim);
}

/* The PF's own queues; commands are something else. */
static void pf(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	victim.func = card->pf;
	modern_begin(&card->pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
	card->admin = ring_modern(&card->pf, common16(&card->pf, COMMON_ADMIN_INDEX), 0,
				  NO_VECTOR);
	victim.ring = ring_modern(&card->pf, data_queue(card), 64, NO_VECTOR);
	modern_driver_ok(&card->pf);
	card_set(card, "faults", "pf:hold");
	offer_many(&victim);
	expect_no_used(&victim);
	expect_ok(list_query(card, SELF));
	card_set(card, "faults", "");
	expect_many(&victim);
}

/* What was under way when the machine was paused, and a machine paused while it is held. */
static void machine_pause(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	qtest_qmp_assert_success(card->qts, "{'execute': 'stop'}");
	qtest_qmp_assert_success(card->qts, "{'execute': 'cont'}");
	expect_no_used(&victim);
	card_set(card, "faults", "");
	expect_many(&victim);
}

static void at_start(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	victim.start(&victim);
	offer_many(&victim);
	expect_no_used(&victim);
	card_set(card, "faults", "");
	expect_many(&victim);
}

static const struct row hold_rows[] = {
	{ "modern", FAULTS, TYPES | TOLERANT, LEGACY, modern },
	{ "legacy", FAULTS, TYPES | BOTH, LEGACY, legacy },
	{ "in-flight", FAULTS, TYPES | TOLERANT, LEGACY, in_flight },
	{ "reset", FAULTS, BLK | TOLERANT, LEGACY, reset },
	{ "flr", FAULTS, TYPES | TOLERANT, LEGACY, flr },
	{ "queue-reset", FAULTS, TYPES | TOLERANT, LEGACY, queue_reset },
	{ "vfs-gone", FAULTS, TYPES | TOLERANT, LEGACY, vfs_gone },
	{ "pf", FAULTS, TYPES | TOLERANT, LEGACY, pf },
	{ "pause", FAULTS, TYPES | TOLERANT, LEGACY, machine_pause },
	{ "at-start", FAULTS, TYPES | TOLERANT, LEGACY, at_start, 0, ",faults=vf0:hold" },
};

FAMILY(hold);
