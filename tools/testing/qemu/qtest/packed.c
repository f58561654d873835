// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The admin queue as a packed ring, which the card offers with packed=on, and a VF's:
 * "Packed Virtqueues".
 */
#include "migrate.h"

#define PACKED		"Packed Virtqueues"
#define SIZE		8
#define FEATURES	(F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_PACKED)

enum { PACKED_AVAIL = 1 << 7, PACKED_USED = 1 << 15 };

struct packed {
	struct card *card;
	uint64_t desc;
	uint64_t doorbell;
	uint16_t index;
	uint16_t chain;			/* descriptors of each */
	uint16_t next;
	uint16_t next_used;
	bool wrap;
	bool used_wrap;
};

static struct packed start_queue(struct func *func, uint64_t features, uint16_t index,
				 uint16_t chain)
{
	struct ring ring;

	g_assert_cmphex(modern_features(func) & F_PACKED, !=, 0);
	modern_begin(func, features);
	/* a split ring's areas are large enough */
	ring = ring_modern(func, index, SIZE, NO_VECTOR);
	modern_driver_ok(func);
	return (struct packed){ func->card, ring.desc, ring.doorbell, ring.index, chain,
				.wrap = true, .used_wrap = true };
}

static struct packed start(struct card *card)
{
	return start_queue(&card->pf, FEATURES, common16(&card->pf, COMMON_ADMIN_INDEX), 2);
}

static void desc(struct packed *ring, uint64_t addr, uint32_t len, uint16_t id, uint16_t flags)
{
	uint64_t at = ring->desc + 16 * ring->next;
	QTestState *qts = ring->card->qts;

	qtest_writeq(qts, at, addr);
	qtest_writel(qts, at + 8, len);
	qtest_writew(qts, at + 12, id);
	qtest_writew(qts, at + 14, flags | (ring->wrap ? PACKED_AVAIL : PACKED_USED));
	if (++ring->next == SIZE) {
		ring->next = 0;
		ring->wrap = !ring->wrap;
	}
}

/* Two descriptors; ID is the driver's own. Returns where the answer will be. */
static uint64_t send_cmd(struct packed *ring, uint16_t id, uint16_t opcode, uint64_t member)
{
	uint8_t cmd[CMD_DATA + LEGACY_DATA], offset[LEGACY_DATA] = { L_STATUS };
	size_t len = cmd_make(cmd, opcode, member ? SRIOV : SELF, member, offset, sizeof(offset));
	uint64_t answer = card_ram(ring->card, 64, 16);

	qtest_memset(ring->card->qts, answer, UNTOUCHED, 64);
	desc(ring, card_fill(ring->card, cmd, len), len, id, DESC_NEXT);
	desc(ring, answer, ANSWER_RESULT + (member ? 1 : 8), id, DESC_WRITE);
	qtest_writew(ring->card->qts, ring->doorbell, ring->index);
	return answer;
}

static bool take(struct packed *ring, uint16_t *id)
{
	uint64_t at = ring->desc + 16 * ring->next_used;
	uint16_t flags = qtest_readw(ring->card->qts, at + 14);

	if (!!(flags & PACKED_AVAIL) != ring->used_wrap ||
	    !!(flags & PACKED_USED) != ring->used_wrap)
		return false;
	*id = qtest_readw(ring->card->qts, at + 12);
	ring->next_used += ring->chain;
	if (ring->next_used >= SIZE) {
		ring->next_used -= SIZE;
		ring->used_wrap = !ring->used_wrap;
	}
	return true;
}

static void expect_answer(struct packed *ring, uint64_t answer)
{
	g_assert_cmpuint(qtest_readw(ring->card->qts, answer + ANSWER_STATUS), ==, OK);
	g_assert_cmpuint(qtest_readw(ring->card->qts, answer + ANSWER_QUALIFIER), ==, Q_OK);
}

static void expect_next(struct packed *ring, uint16_t id)
{
	uint16_t got;

	g_assert(take(ring, &got));
	g_assert_cmpuint(got, ==, id);
}

static void commands(struct card *card)
{
	struct packed ring = start(card);

	for (unsigned int i = 0; i < 5 * SIZE; i++) {
		uint64_t answer = send_cmd(&ring, i, LIST_QUERY, 0);

		expect_next(&ring, i);
		expect_answer(&ring, answer);
		g_assert_cmphex(qtest_readq(card->qts, answer + ANSWER_RESULT), ==,
				self_commands(card));
	}
}

static void in_flight(struct card *card)
{
	struct packed ring = start(card);
	uint64_t answers[SIZE / 2];
	uint16_t id;

	for (unsigned int n = 0; n < 5; n++) {
		card_set_number(card, "latency-us", 10);
		for (unsigned int i = 0; i < SIZE / 2; i++)
			answers[i] = send_cmd(&ring, 100 + i, LIST_QUERY, 0);
		g_assert(!take(&ring, &id));
		card_step(card, 10);
		for (unsigned int i = 0; i < SIZE / 2; i++) {
			expect_next(&ring, 100 + i);
			expect_answer(&ring, answers[i]);
		}
	}
}

static void any_order(struct card *card)
{
	struct packed ring = start(card);
	uint64_t word = card_ram(card, 64, 16), held, other;

	vfs_set(card, card->vfs);
	/* LIST_USE, by hand */
	{
		uint8_t cmd[CMD_DATA + 8], list[8] = { ALL_COMMANDS };
		size_t len = cmd_make(cmd, LIST_USE, SRIOV, 0, list, sizeof(list));

		desc(&ring, card_fill(card, cmd, len), len, 7, DESC_NEXT);
		desc(&ring, word, ANSWER_RESULT, 7, DESC_WRITE);
		qtest_writew(card->qts, ring.doorbell, ring.index);
		expect_next(&ring, 7);
		expect_answer(&ring, word);
	}
	card_set(card, "faults", "vf0:late-us=10");
	for (unsigned int n = 0; n < 2 * SIZE; n++) {
		held = send_cmd(&ring, 1, COMMON_READ, 1);
		other = send_cmd(&ring, 2, COMMON_READ, 2);
		expect_next(&ring, 2);
		expect_answer(&ring, other);
		card_step(card, 10);
		expect_next(&ring, 1);
		expect_answer(&ring, held);
	}
}

static void reset_in_flight(struct card *card)
{
	struct packed ring = start(card);
	uint64_t answers[SIZE / 2];

	for (unsigned int n = 0; n < 3; n++) {
		card_set(card, "faults", "all:mute");
		for (unsigned int i = 0; i < SIZE / 2; i++)
			answers[i] = send_cmd(&ring, i, LIST_QUERY, 0);
		common_put8(&card->pf, COMMON_STATUS, 0);
		card_set(card, "faults", "");
		card_step(card, 100);
		for (unsigned int i = 0; i < SIZE / 2; i++)
			g_assert_cmphex(qtest_readb(card->qts, answers[i]), ==, UNTOUCHED);
		ring = start(card);
		expect_answer(&ring, send_cmd(&ring, 3, LIST_QUERY, 0));
		expect_next(&ring, 3);
		common_put8(&card->pf, COMMON_STATUS, 0);
		ring = start(card);
	}
}

/* Chains without an end, of nothing, in the wrong order. */
static void bad_chains(struct card *card)
{
	struct packed ring;

	for (unsigned int kind = 0; kind < 4; kind++) {
		uint64_t buffer = card_ram(card, 64, 16);

		ring = start(card);
		switch (kind) {
		case 0:
			for (unsigned int i = 0; i < SIZE; i++)
				desc(&ring, buffer, 8, 0, DESC_NEXT);
			break;
		case 1:
			desc(&ring, buffer, 0, 0, 0);
			break;
		case 2:
			desc(&ring, buffer, 24, 0, DESC_WRITE | DESC_NEXT);
			desc(&ring, buffer, 24, 0, 0);
			break;
		default:
			desc(&ring, buffer, 8, 0, DESC_INDIRECT);
		}
		qtest_writew(card->qts, ring.doorbell, ring.index);
		card_alive(card);
		g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	}
	ring = start(card);
	expect_answer(&ring, send_cmd(&ring, 3, LIST_QUERY, 0));
}

/* --- faults --- */

/* The same id at the next two places, then nothing. */
static void twice(struct card *card)
{
	struct packed ring = start(card);
	uint64_t answer;
	uint16_t id;

	card_set(card, "faults", "all:twice");
	answer = send_cmd(&ring, 5, LIST_QUERY, 0);
	expect_next(&ring, 5);
	expect_answer(&ring, answer);
	expect_next(&ring, 5);
	g_assert(!take(&ring, &id));
	/* a queue that starts over is right again */
	card_set(card, "faults", "");
	ring = start(card);
	for (unsigned int i = 0; i < 2 * SIZE; i++) {
		answer = send_cmd(&ring, i, LIST_QUERY, 0);
		expect_next(&ring, i);
		expect_answer(&ring, answer);
	}
}

/* A frame to nobody in one descriptor, or a request for a sector in three. */
static void send_good(struct packed *ring, uint16_t id)
{
	struct card *card = ring->card;
	uint8_t frame[12 + 60] = { [12] = 2 }, header[16] = {};

	if (ring->chain == 1) {
		desc(ring, card_fill(card, frame, sizeof(frame)), sizeof(frame), id, 0);
	} else {
		desc(ring, card_fill(card, header, sizeof(header)), sizeof(header), id, DESC_NEXT);
		desc(ring, card_ram(card, 512, 16), 512, id, DESC_NEXT | DESC_WRITE);
		desc(ring, card_ram(card, 1, 16), 1, id, DESC_WRITE);
	}
	qtest_writew(card->qts, ring->doorbell, ring->index);
}

static bool take_later(struct packed *ring, uint16_t *id)
{
	for (unsigned int tries = 0; tries < 300; tries++) {
		if (take(ring, id))
			return true;
		card_step(ring->card, 10);
	}
	return false;
}

/* At every place of the ring, also where what is held goes over its end. */
static void hold(struct card *card)
{
	struct func vf;
	struct packed ring;
	bool blk = card->options.blk;
	uint16_t id;

	card_reach(card, GROUP);
	vf = vf_open(card, 0);
	ring = start_queue(&vf, F_VERSION_1 | F_PLATFORM | F_PACKED, blk ? 0 : 1, blk ? 3 : 1);
	for (unsigned int lap = 0; lap < 3 * SIZE; lap++) {
		card_set(card, "faults", "vf0:hold");
		send_good(&ring, 2 * lap);
		send_good(&ring, 2 * lap + 1);
		card_step(card, 1000);
		g_assert(!take(&ring, &id));
		card_set(card, "faults", "");
		for (unsigned int i = 0; i < 2; i++) {
			g_assert(take_later(&ring, &id));
			g_assert_cmpuint(id / 2, ==, lap);
		}
	}
}

/*
 * A VF's state on another VF: the ring goes on, at every place of it, with requests
 * that came before the VF was stopped and with one that came when it was.
 */
static void restore(struct card *card)
{
	struct func vfs[2];
	struct packed ring;
	bool blk = card->options.blk;
	uint16_t id;

	card_reach(card, GROUP);
	migration_ready(card, 1);
	vfs[0] = vf_open(card, 0);
	vfs[1] = vf_open(card, 1);
	ring = start_queue(&vfs[0], F_VERSION_1 | F_PLATFORM | F_PACKED, blk ? 0 : 1, blk ? 3 : 1);
	for (unsigned int lap = 0; lap < 2 * SIZE; lap++) {
		unsigned int from = lap & 1, to = !from;
		struct parts parts;

		send_good(&ring, 1000 + lap);
		g_assert(take_later(&ring, &id));
		g_assert_cmpuint(id, ==, 1000 + lap);
		expect_ok(mode_set(card, from, STOPPED));
		send_good(&ring, 2000 + lap);
		parts = parts_of(card, from);
		expect_ok(mode_set(card, to, STOPPED));
		expect_ok(parts_to(card, to, &parts));
		expect_ok(mode_set(card, to, 0));
		ring.doorbell = vfs[to].notify + ring.index * vfs[to].notify_multiplier;
		g_assert(take_later(&ring, &id));
		g_assert_cmpuint(id, ==, 2000 + lap);
		func_flr(&vfs[from]);
		cfg_put16(&vfs[from], PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	}
}

#define ROW(name, run) \
	{ name, PACKED, NET | BLK | TOLERANT, BARE, run, 0, ",packed=on" }

static const struct row packed_rows[] = {
	ROW("commands", commands),
	ROW("in-flight", in_flight),
	ROW("any-order", any_order),
	ROW("reset-in-flight", reset_in_flight),
	ROW("bad-chains", bad_chains),
	ROW("twice", twice),
	ROW("hold", hold),
	ROW("restore", restore),
};

FAMILY(packed);
