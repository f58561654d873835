// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DEV_MODE_SET: what a stopped VF has given back, that it does nothing more,
 * and how it goes on. "Device Requirements: Device parts".
 */
#include "migrate.h"
#include "victim.h"

#define MUST	"Device Requirements: Device parts"
#define MODE	"DEV_MODE_SET"
#define MANY	20

static void offer_many(struct victim *victim)
{
	for (unsigned int i = 0; i < MANY; i++)
		victim_offer_good(victim);
	victim->kick(victim);
}

static uint16_t used_idx(struct victim *victim)
{
	return qtest_readw(victim->card->qts, victim->ring.used + 2);
}

static void quiet_for_long(struct victim *victim)
{
	uint16_t before = used_idx(victim);

	card_step(victim->card, 10 * 1000);
	g_assert_cmpuint(used_idx(victim), ==, before);
}

/* A command that may take a while, as long as requests are in flight */
static struct answer mode_set_slowly(struct card *card, uint8_t flags)
{
	struct sent sent = admin_send(card, MODE_SET, SRIOV, 1, &flags, 1, 0);
	uint32_t id, used;

	for (unsigned int tries = 0; tries < 1000; tries++) {
		if (ring_take(&card->admin, &id, &used))
			return admin_answer(card, &sent, used);
		card_step(card, 100);
	}
	g_error("DEV_MODE_SET does not end");
}

/* "if the device is already stopped before, the device MUST complete the command successfully" */
static void idempotent(struct card *card)
{
	migration_ready(card, 0);
	expect_ok(mode_set(card, 0, 0));
	for (unsigned int i = 0; i < 3; i++)
		expect_ok(mode_set(card, 0, STOPPED));
	for (unsigned int i = 0; i < 3; i++)
		expect_ok(mode_set(card, 0, 0));
}

static void bad_flags(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	migration_ready(card, 0);
	victim.start(&victim);
	for (unsigned int bit = 1; bit < 8; bit++) {
		expect_status(mode_set(card, 0, 1 << bit), EINVAL_, Q_INVALID_FIELD);
		expect_status(mode_set(card, 0, 1 << bit | STOPPED), EINVAL_, Q_INVALID_FIELD);
	}
	victim.works(&victim);
}

/* "MUST write any associated descriptors to the driver memory for all the observed buffers" */
static void gives_back(struct victim victim)
{
	struct card *card = victim.card;

	victim.start(&victim);
	migration_ready(card, 0);
	for (unsigned int i = 0; i < 5; i++) {
		offer_many(&victim);
		expect_ok(mode_set_slowly(card, STOPPED));
		/* what is left was not taken: the device is at "used idx" */
		quiet_for_long(&victim);
		expect_ok(mode_set(card, 0, 0));
		for (unsigned int n = 0; n < MANY; n++)
			g_assert(ring_wait(&victim.ring));
	}
	quiet_for_long(&victim);
}

static void gives_back_modern(struct card *card)
{
	gives_back(vf_modern_victim(card));
}

static void gives_back_legacy(struct card *card)
{
	gives_back(vf_legacy_victim(card));
}

/* Every request that was seen: "used idx" is "avail idx" when the command completes. */
static void all_observed(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	migration_ready(card, 0);
	victim.start(&victim);
	for (unsigned int i = 0; i < 10; i++) {
		offer_many(&victim);
		/* the device sees them in the doorbell's write */
		if (!card->options.blk)
			card_step(card, 1000);
		expect_ok(mode_set_slowly(card, STOPPED));
		g_assert_cmpuint(used_idx(&victim), ==, victim.ring.next_avail);
		for (unsigned int n = 0; n < MANY; n++)
			g_assert(ring_wait(&victim.ring));
		expect_ok(mode_set(card, 0, 0));
	}
}

/* "MUST finish all the outstanding PCI transactions before completing the command" */
static void waits(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	static const uint8_t stopped = STOPPED;
	struct sent sent;

	migration_ready(card, 0);
	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	sent = admin_send(card, MODE_SET, SRIOV, 1, &stopped, 1, 0);
	card_step(card, 1000 * 1000);
	admin_expect_none(card);
	/* others do not wait for it */
	expect_ok(mode_set(card, 1, STOPPED));
	expect_ok(mode_set(card, 1, 0));
	card_set(card, "faults", "");
	card_step(card, 1000);
	expect_ok(admin_expect(card, &sent));
	quiet_for_long(&victim);
	expect_ok(mode_set(card, 0, 0));
	for (unsigned int n = 0; n < MANY; n++)
		g_assert(ring_wait(&victim.ring));
}

/* And a reset of the VF ends the wait. */
static void waits_no_more(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	static const uint8_t stopped = STOPPED;
	struct sent sent;

	migration_ready(card, 0);
	victim.start(&victim);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	sent = admin_send(card, MODE_SET, SRIOV, 1, &stopped, 1, 0);
	admin_expect_none(card);
	common_put8(&victim.func, COMMON_STATUS, 0);
	card_step(card, 1000);
	expect_ok(admin_expect(card, &sent));
}

/* "MUST accept driver notifications"; "MUST not access any virtqueue memory" */
static void nothing_while_stopped(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	uint64_t messages;
	uint32_t id, len;

	migration_ready(card, 0);
	messages = func_msix(&victim.func, 2);
	modern_begin(&victim.func, F_VERSION_1 | F_PLATFORM);
	common_put16(&victim.func, COMMON_CONFIG_VECTOR, 0);
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, 1);
	modern_driver_ok(&victim.func);
	expect_ok(mode_set(card, 0, STOPPED));
	offer_many(&victim);
	for (unsigned int i = 0; i < 50; i++)
		victim.kick(&victim);
	quiet_for_long(&victim);
	g_assert(!ring_take(&victim.ring, &id, &len));
	g_assert_cmphex(qtest_readl(card->qts, messages + 4), ==, 0);
	/* they were not lost */
	expect_ok(mode_set(card, 0, 0));
	for (unsigned int n = 0; n < MANY; n++)
		g_assert(ring_wait(&victim.ring));
	g_assert_cmphex(qtest_readl(card->qts, messages + 4), ==, msix_message(1));
}

/* "MUST not generate any configuration change notification": not before it goes on */
static void no_config_change(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	uint64_t messages = func_msix(&victim.func, 2);

	migration_ready(card, 0);
	modern_begin(&victim.func, F_VERSION_1 | F_PLATFORM | 1 << 16);	/* VIRTIO_NET_F_STATUS */
	common_put16(&victim.func, COMMON_CONFIG_VECTOR, 0);
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, NO_VECTOR);
	modern_driver_ok(&victim.func);
	expect_ok(mode_set(card, 0, STOPPED));
	qtest_qmp_assert_success(card->qts, "{'execute': 'set_link', 'arguments': {"
				 "'name': 'pf0.vf0', 'up': false}}");
	g_assert_cmphex(qtest_readl(card->qts, messages), ==, 0);
	expect_ok(mode_set(card, 0, 0));
	g_assert_cmphex(qtest_readl(card->qts, messages), ==, msix_message(0));
}

/* "MUST respond with valid values for PCI read requests"; a driver's writes may change parts */
static void registers_work(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct func *vf = &victim.func;
	struct parts parts;

	migration_ready(card, 0);
	victim.start(&victim);
	expect_ok(mode_set(card, 0, STOPPED));
	g_assert_cmphex(common8(vf, COMMON_STATUS) & DRIVER_OK, !=, 0);
	g_assert_cmphex(cfg32(vf, PCI_REVISION), !=, 0xffffffff);
	common_put32(vf, COMMON_DEVICE_FEATURE_SELECT, 1);
	parts = parts_of(card, 0);
	g_assert_cmpuint(*part_find(&parts, PART_COMMON, COMMON_DEVICE_FEATURE_SELECT).value, ==,
			 1);
	common_put8(vf, COMMON_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK | FAILED);
	parts = parts_of(card, 0);
	g_assert_cmphex(*part_find(&parts, PART_STATUS, 0).value, ==, common8(vf, COMMON_STATUS));
}

/* A driver that starts meanwhile is served when the VF goes on. */
static void started_while_stopped(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	migration_ready(card, 0);
	expect_ok(mode_set(card, 0, STOPPED));
	victim.start(&victim);
	offer_many(&victim);
	quiet_for_long(&victim);
	expect_ok(mode_set(card, 0, 0));
	for (unsigned int n = 0; n < MANY; n++)
		g_assert(ring_wait(&victim.ring));
}

/* "MUST clear all the device parts to the default value when the member device is reset" */
static void reset_clears(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct parts fresh, after;

	migration_ready(card, 1);
	fresh = parts_of(card, 0);
	for (unsigned int flr = 0; flr < 2; flr++) {
		victim.start(&victim);
		expect_ok(mode_set(card, 0, STOPPED));
		if (flr) {
			func_flr(&victim.func);
			cfg_put16(&victim.func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
			common_put32(&victim.func, COMMON_DRIVER_FEATURE_SELECT, 0);
		} else {
			common_put8(&victim.func, COMMON_STATUS, 0);
			common_put32(&victim.func, COMMON_DEVICE_FEATURE_SELECT, 0);
			common_put32(&victim.func, COMMON_DRIVER_FEATURE_SELECT, 0);
		}
		after = parts_of(card, 0);
		g_assert_cmpuint(after.len, ==, fresh.len);
		g_assert(!memcmp(after.bytes, fresh.bytes, fresh.len));
	}
}

/* The mode is the owner's: a reset by the member's driver leaves it, FLR ends it. */
static void mode_and_reset(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	migration_ready(card, 0);
	expect_ok(mode_set(card, 0, STOPPED));
	common_put8(&victim.func, COMMON_STATUS, 0);
	victim.start(&victim);
	offer_many(&victim);
	quiet_for_long(&victim);
	func_flr(&victim.func);
	cfg_put16(&victim.func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	victim.start(&victim);
	victim.works(&victim);
	/* and so does taking the VF away */
	expect_ok(mode_set(card, 0, STOPPED));
	vfs_set(card, 0);
	vfs_set(card, card->vfs);
	victim = vf_modern_victim(card);
	victim.start(&victim);
	victim.works(&victim);
}

static void machine_pause(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	migration_ready(card, 0);
	victim.start(&victim);
	expect_ok(mode_set(card, 0, STOPPED));
	offer_many(&victim);
	qtest_qmp_assert_success(card->qts, "{'execute': 'stop'}");
	qtest_qmp_assert_success(card->qts, "{'execute': 'cont'}");
	quiet_for_long(&victim);
	expect_ok(mode_set(card, 0, 0));
	for (unsigned int n = 0; n < MANY; n++)
		g_assert(ring_wait(&victim.ring));
}

static const struct row mode_rows[] = {
	{ "idempotent", MUST, TYPES | BOTH, GROUP, idempotent },
	{ "bad-flags", MODE, TYPES | BOTH, GROUP, bad_flags },
	{ "gives-back", MUST, TYPES | BOTH, GROUP, gives_back_modern },
	{ "gives-back-legacy", MUST, TYPES | BOTH, LEGACY, gives_back_legacy },
	{ "all-observed", MUST, TYPES | TOLERANT, GROUP, all_observed },
	{ "waits", MUST, TYPES | BOTH, GROUP, waits },
	{ "waits-no-more", MUST, TYPES | TOLERANT, GROUP, waits_no_more },
	{ "nothing-while-stopped", MUST, TYPES | BOTH, GROUP, nothing_while_stopped },
	{ "no-config-change", MUST, NET | BOTH, GROUP, no_config_change },
	{ "registers-work", MUST, TYPES | BOTH, GROUP, registers_work },
	{ "started-while-stopped", MODE, TYPES | TOLERANT, GROUP, started_while_stopped },
	{ "reset-clears", MUST, TYPES | BOTH, GROUP, reset_clears },
	{ "mode-and-reset", MODE, TYPES | BOTH, GROUP, mode_and_reset },
	{ "machine-pause", MODE, TYPES | TOLERANT, GROUP, machine_pause },
};

FAMILY(mode);
