// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands that a card completes twice, and those it wants to be sent again for
 * a while. The packed ring's are in packed.c.
 */
#include "rows.h"

#define FAULTS	"property faults"

static struct answer read_status(struct card *card, unsigned int vf)
{
	return legacy_read_at(card, vf, COMMON_READ, L_STATUS, 1);
}

/* --- twice --- */

static void expect_used(struct card *card, uint16_t head)
{
	uint32_t id, used;

	g_assert(ring_take(&card->admin, &id, &used));
	g_assert_cmpuint(id, ==, head);
	g_assert_cmpuint(used, ==, ANSWER_RESULT + 1);
}

static void twice(struct card *card)
{
	static const uint8_t offset[LEGACY_DATA] = { L_STATUS };
	struct sent sent;

	card_set(card, "faults", "vf0:twice");
	expect_ok(read_status(card, 1));
	for (unsigned int i = 0; i < 3; i++) {
		sent = admin_send(card, COMMON_READ, SRIOV, 1, offset, sizeof(offset), 1);
		expect_used(card, sent.head);
		expect_used(card, sent.head);
		admin_expect_none(card);
	}
	card_alive(card);
}

/* More often than the ring is long: QEMU's count of what is in flight does not move. */
static void twice_for_long(struct card *card)
{
	uint32_t id, used;

	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 8);
	card_set(card, "faults", "all:twice");
	for (unsigned int i = 0; i < 100; i++) {
		struct sent sent = admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);

		for (unsigned int n = 0; n < 2; n++) {
			g_assert(ring_take(&card->admin, &id, &used));
			g_assert_cmpuint(id, ==, sent.head);
		}
	}
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, ==, 0);
}

static void right_after_reset(struct card *card)
{
	card_set(card, "faults", "all:twice");
	admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);
	card_set(card, "faults", "");
	card_reach(card, LEGACY);
	for (unsigned int i = 0; i < 10; i++)
		expect_ok(read_status(card, i % card->vfs));
	admin_expect_none(card);
}

/* --- eagain-ms --- */

static void eagain_ms(struct card *card)
{
	card_set(card, "faults", "vf0:eagain-ms=200");
	/* it begins with the first command, not when it is set */
	card_step(card, 1000 * 1000);
	for (unsigned int i = 0; i < 4; i++) {
		expect_status(read_status(card, 0), EAGAIN_, Q_TRYAGAIN);
		expect_ok(read_status(card, 1));
		card_step(card, 50 * 1000 - 1);
	}
	expect_status(read_status(card, 0), EAGAIN_, Q_TRYAGAIN);
	card_step(card, 4);
	for (unsigned int i = 0; i < 3; i++)
		expect_ok(read_status(card, 0));
	/* set once more it begins once more */
	card_set(card, "faults", "vf0:eagain-ms=1");
	expect_status(read_status(card, 0), EAGAIN_, Q_TRYAGAIN);
	card_step(card, 1000);
	expect_ok(read_status(card, 0));
}

static void eagain_ms_of_pf(struct card *card)
{
	card_set(card, "faults", "pf:eagain-ms=10");
	expect_status(list_query(card, SRIOV), EAGAIN_, Q_TRYAGAIN);
	expect_ok(read_status(card, 0));
	card_step(card, 10 * 1000);
	expect_ok(list_query(card, SRIOV));
}

/* "the command MUST NOT have any side effects, making it safe to retry" */
static void eagain_ms_no_effect(struct card *card)
{
	static const uint8_t value = ACKNOWLEDGE;

	card_set(card, "faults", "vf0:eagain-ms=1000");
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, L_STATUS, &value, 1),
		      EAGAIN_, Q_TRYAGAIN);
	card_set(card, "faults", "");
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

static const struct row again_rows[] = {
	{ "twice", FAULTS, TYPES | BOTH, LEGACY, twice },
	{ "twice-for-long", FAULTS, TYPES | TOLERANT, LEGACY, twice_for_long },
	{ "right-after-reset", FAULTS, TYPES | BOTH, LEGACY, right_after_reset },
	{ "eagain-ms", FAULTS, TYPES | BOTH, LEGACY, eagain_ms },
	{ "eagain-ms-of-pf", FAULTS, TYPES | BOTH, LEGACY, eagain_ms_of_pf },
	{ "eagain-ms-no-effect", FAULTS, TYPES | BOTH, LEGACY, eagain_ms_no_effect },
};

FAMILY(again);
