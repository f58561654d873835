// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF is driven through one interface at a time, from a driver's first status
 * write to a reset by either.
 */
#include "rows.h"

#define ONE	"one interface at a time"
#define DRIVEN	(ACKNOWLEDGE | DRIVER)

/* A modern driver is on the VF: legacy can look, and reset, nothing else. */
static void modern_keeps_legacy_out(struct card *card)
{
	struct func vf = vf_open(card, 0);
	static const uint8_t byte = ACKNOWLEDGE, zero;

	common_put8(&vf, COMMON_STATUS, DRIVEN);
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, L_STATUS, &byte, 1),
		      EBUSY_, Q_INVALID_COMMAND);
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, L_QUEUE_ADDRESS, "\1\0\0\0", 4),
		      EBUSY_, Q_INVALID_COMMAND);
	expect_status(legacy_write_at(card, 0, DEVICE_WRITE, 0, &zero, 1),
		      EBUSY_, Q_INVALID_COMMAND);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, DRIVEN);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, DRIVEN);
	/* bad input is bad input first */
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, 24, &byte, 1),
		      EINVAL_, Q_INVALID_FIELD);
}

static void legacy_resets_modern(struct card *card)
{
	struct func vf = vf_open(card, 0);

	common_put8(&vf, COMMON_STATUS, DRIVEN);
	legacy_put(card, 0, L_STATUS, 1, 0);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, 0);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, ACKNOWLEDGE);
}

static void legacy_keeps_modern_out(struct card *card)
{
	struct func vf = vf_open(card, 0);

	legacy_put(card, 0, L_STATUS, 1, DRIVEN);
	common_put8(&vf, COMMON_STATUS, DRIVEN | FAILED);
	common_put16(&vf, COMMON_QUEUE_SELECT, 0);
	common_put16(&vf, COMMON_QUEUE_SIZE, 16);
	common_put16(&vf, COMMON_QUEUE_ENABLE, 1);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, DRIVEN);
	g_assert_cmphex(common16(&vf, COMMON_QUEUE_ENABLE), ==, 0);
	g_assert_cmphex(common16(&vf, COMMON_QUEUE_SIZE), !=, 16);
}

/* Nor the device-specific configuration, which a legacy driver writes. */
static void legacy_keeps_modern_config_out(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t at = vf.config + 32;	/* writeback */
	struct answer before = legacy_read_at(card, 0, DEVICE_READ, 32, 1), after;

	legacy_put(card, 0, L_STATUS, 1, DRIVEN);
	qtest_writeb(card->qts, at, !before.raw[ANSWER_RESULT]);
	after = legacy_read_at(card, 0, DEVICE_READ, 32, 1);
	g_assert_cmphex(after.raw[ANSWER_RESULT], ==, before.raw[ANSWER_RESULT]);
}

static void modern_resets_legacy(struct card *card)
{
	struct func vf = vf_open(card, 0);

	legacy_put(card, 0, L_STATUS, 1, DRIVEN);
	legacy_put(card, 0, L_QUEUE_ADDRESS, 4, 0x100);
	common_put8(&vf, COMMON_STATUS, 0);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
	g_assert_cmphex(legacy_get(card, 0, L_QUEUE_ADDRESS, 4), ==, 0);
	common_put8(&vf, COMMON_STATUS, ACKNOWLEDGE);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
}

static void idle_reads_both(struct card *card)
{
	struct func vf = vf_open(card, 0);

	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, 0);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

/* Legacy, modern, legacy: each reads a sector. */
static void one_after_the_other(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t data, status;
	struct ring ring;

	for (unsigned int i = 0; i < 6; i++) {
		if (i % 2) {
			modern_start(&vf, &ring, 1);
		} else {
			legacy_start(card, 0, &vf, &ring, 1);
		}
		blk_read(&ring, &data, &status);
		if (i % 2)
			ring_kick(&ring);
		else
			legacy_put(card, 0, L_QUEUE_NOTIFY, 2, 0);
		g_assert(ring_wait(&ring));
		g_assert_cmphex(qtest_readb(card->qts, status), ==, 0);
	}
}

static void modern_doorbell_ignored(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t data, status;
	struct ring ring;

	legacy_start(card, 0, &vf, &ring, 1);
	blk_read(&ring, &data, &status);
	qtest_writew(card->qts, vf.notify, 0);
	g_assert(!ring_wait(&ring));
	legacy_put(card, 0, L_QUEUE_NOTIFY, 2, 0);
	g_assert(ring_wait(&ring));
}

static void vfs_of_both_kinds(struct card *card)
{
	struct func vf0 = vf_open(card, 0), vf1 = vf_open(card, 1);
	struct ring legacy, modern;
	uint64_t data, status;

	legacy_start(card, 0, &vf0, &legacy, 1);
	modern_start(&vf1, &modern, 1);
	blk_read(&legacy, &data, &status);
	legacy_put(card, 0, L_QUEUE_NOTIFY, 2, 0);
	g_assert(ring_wait(&legacy));
	blk_read(&modern, &data, &status);
	ring_kick(&modern);
	g_assert(ring_wait(&modern));
}

static void flr_ends_either(struct card *card)
{
	struct func vf = vf_open(card, 0);

	common_put8(&vf, COMMON_STATUS, DRIVEN);
	func_flr(&vf);
	vf = vf_open(card, 0);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	func_flr(&vf);
	vf = vf_open(card, 0);
	common_put8(&vf, COMMON_STATUS, ACKNOWLEDGE);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
}

/* The PF has no legacy interface: its own status writes change nothing of a VF's. */
static void pf_reset_leaves_legacy(struct card *card)
{
	legacy_put(card, 0, L_STATUS, 1, DRIVEN);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, DRIVEN);
}

static const struct row interface_rows[] = {
	{ "modern-keeps-legacy-out", ONE, TYPES | BOTH, LEGACY, modern_keeps_legacy_out },
	{ "legacy-resets-modern", ONE, TYPES | BOTH, LEGACY, legacy_resets_modern },
	{ "legacy-keeps-modern-out", ONE, TYPES | BOTH, LEGACY, legacy_keeps_modern_out },
	{ "legacy-keeps-modern-config-out", ONE, BLK | BOTH, LEGACY,
	  legacy_keeps_modern_config_out, 0, ",write-cache=on" },
	{ "modern-resets-legacy", ONE, TYPES | BOTH, LEGACY, modern_resets_legacy },
	{ "idle-reads-both", ONE, TYPES | BOTH, LEGACY, idle_reads_both },
	{ "one-after-the-other", ONE, BLK | BOTH, LEGACY, one_after_the_other },
	{ "modern-doorbell-ignored", ONE, BLK | BOTH, LEGACY, modern_doorbell_ignored },
	{ "vfs-of-both-kinds", ONE, BLK | BOTH, LEGACY, vfs_of_both_kinds },
	{ "flr-ends-either", ONE, TYPES | BOTH, LEGACY, flr_ends_either },
	{ "pf-reset-leaves-legacy", ONE, TYPES | BOTH, LEGACY, pf_reset_leaves_legacy },
};

FAMILY(interface);
