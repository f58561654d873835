// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF that its driver suspends by the device status: "Device Suspend". What it has given
 * back, that it does nothing, and how it goes on.
 */
#include "victim.h"

#define BITS	"Device Status Field"
#define DEVICE	"Device Requirements: Device Suspend"
#define DRIVES	"Driver Requirements: Device Suspend"
#define OFFERED	"Reserved Feature Bits"
#define FEATURES (F_VERSION_1 | F_PLATFORM | F_SUSPEND)
#define RUNS	(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK)
#define SLEEPS	(ACKNOWLEDGE | DRIVER | FEATURES_OK | SUSPEND)
#define MANY	20

/* Its ring points to it: it cannot be returned by value. */
static void start_with(struct victim *victim, struct card *card, uint64_t features, uint16_t vector)
{
	*victim = vf_modern_victim(card);
	modern_begin(&victim->func, features);
	victim->ring = ring_modern(&victim->func, data_queue(card), 64, vector);
	modern_driver_ok(&victim->func);
}

static void start(struct victim *victim, struct card *card)
{
	start_with(victim, card, FEATURES, NO_VECTOR);
}

static uint8_t status(struct victim *victim)
{
	return common8(&victim->func, COMMON_STATUS);
}

static void put_status(struct victim *victim, uint8_t value)
{
	common_put8(&victim->func, COMMON_STATUS, value);
}

static void suspend(struct victim *victim)
{
	put_status(victim, RUNS | SUSPEND);
	g_assert_cmphex(status(victim), ==, SLEEPS);
}

static void resume(struct victim *victim)
{
	put_status(victim, SLEEPS | DRIVER_OK);
	g_assert_cmphex(status(victim), ==, RUNS);
}

static uint16_t used_idx(struct victim *victim)
{
	return qtest_readw(victim->card->qts, victim->ring.used + 2);
}

static void offer_many(struct victim *victim)
{
	for (unsigned int i = 0; i < MANY; i++)
		victim_offer_good(victim);
	victim->kick(victim);
}

static void all_come_back(struct victim *victim)
{
	for (unsigned int i = 0; i < MANY; i++)
		g_assert(ring_wait(&victim->ring));
}

static void quiet_for_long(struct victim *victim)
{
	uint16_t before = used_idx(victim);

	card_step(victim->card, 10 * 1000);
	g_assert_cmpuint(used_idx(victim), ==, before);
}

static void offered(struct card *card)
{
	struct func vf = vf_open(card, 0);

	g_assert_cmphex(modern_features(&vf) & F_SUSPEND, ==, F_SUSPEND);
	g_assert_cmphex(modern_features(&card->pf) & F_SUSPEND, ==, 0);
}

static void not_offered(struct card *card)
{
	struct func vf = vf_open(card, 0);

	g_assert_cmphex(modern_features(&vf) & F_SUSPEND, ==, 0);
}

/* "the device sets the DRIVER_OK bit to 0", "sets the SUSPEND bit to 0 once it resumes" */
static void both_bits(struct card *card)
{
	struct victim victim;

	start(&victim, card);
	victim.works(&victim);
	for (unsigned int i = 0; i < 3; i++) {
		suspend(&victim);
		resume(&victim);
		victim.works(&victim);
	}
	/* a driver that clears the bit itself */
	suspend(&victim);
	put_status(&victim, RUNS);
	g_assert_cmphex(status(&victim), ==, RUNS);
	victim.works(&victim);
}

static void again(struct card *card)
{
	struct victim victim;

	start(&victim, card);
	put_status(&victim, RUNS);
	g_assert_cmphex(status(&victim), ==, RUNS);
	suspend(&victim);
	put_status(&victim, SLEEPS);
	g_assert_cmphex(status(&victim), ==, SLEEPS);
	/* other bits are the driver's as ever */
	put_status(&victim, SLEEPS | FAILED);
	g_assert_cmphex(status(&victim), ==, SLEEPS | FAILED);
	offer_many(&victim);
	quiet_for_long(&victim);
}

/* "MUST ignore any operations on the SUSPEND bit" */
static void too_early(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	uint8_t before = ACKNOWLEDGE | DRIVER | FEATURES_OK;

	modern_begin(&victim.func, FEATURES);
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, NO_VECTOR);
	put_status(&victim, before | SUSPEND);
	g_assert_cmphex(status(&victim), ==, before);
	put_status(&victim, RUNS | SUSPEND);
	g_assert_cmphex(status(&victim), ==, RUNS);
	victim.works(&victim);
}

static void not_negotiated(struct card *card)
{
	struct victim victim;

	start_with(&victim, card, F_VERSION_1 | F_PLATFORM, NO_VECTOR);
	put_status(&victim, RUNS | SUSPEND);
	g_assert_cmphex(status(&victim) & DRIVER_OK, ==, DRIVER_OK);
	victim.works(&victim);
}

/* "Wait until all buffers that are being processed have been used" */
static void gives_back(struct card *card)
{
	struct victim victim;

	start(&victim, card);
	for (unsigned int i = 0; i < 5; i++) {
		offer_many(&victim);
		suspend(&victim);
		quiet_for_long(&victim);
		resume(&victim);
		all_come_back(&victim);
	}
}

/* The suspend is not presented while something is in flight, and then it is. */
static void waits(struct card *card)
{
	struct victim victim;

	start(&victim, card);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	put_status(&victim, RUNS | SUSPEND);
	card_step(card, 1000 * 1000);
	g_assert_cmphex(status(&victim), ==, RUNS);
	card_set(card, "faults", "");
	g_assert_cmphex(status(&victim), ==, SLEEPS);
	quiet_for_long(&victim);
	resume(&victim);
	all_come_back(&victim);
}

static void waits_no_more(struct card *card)
{
	struct victim victim;

	start(&victim, card);
	card_set(card, "faults", "vf0:hold");
	offer_many(&victim);
	put_status(&victim, RUNS | SUSPEND);
	put_status(&victim, 0);
	card_set(card, "faults", "");
	g_assert_cmphex(status(&victim), ==, 0);
	start(&victim, card);
	g_assert_cmphex(status(&victim), ==, RUNS);
	victim.works(&victim);
}

/* "MUST NOT send any notifications for any virtqueues, access any virtqueues" */
static void nothing_while_suspended(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t messages = func_msix(&vf, 2);
	struct victim victim;
	uint32_t id, len;

	start_with(&victim, card, FEATURES, 1);
	suspend(&victim);
	offer_many(&victim);
	for (unsigned int i = 0; i < 50; i++)
		victim.kick(&victim);
	quiet_for_long(&victim);
	g_assert(!ring_take(&victim.ring, &id, &len));
	g_assert_cmphex(qtest_readl(card->qts, messages + 4), ==, 0);
	resume(&victim);
	all_come_back(&victim);
	g_assert_cmphex(qtest_readl(card->qts, messages + 4), ==, msix_message(1));
}

#define BLK_F_CONFIG_WCE	(1ull << 11)
#define BLK_WRITEBACK		32

/* "SHOULD ignore any write access to its Configuration Space" */
static void config_writes(struct card *card)
{
	struct victim victim;
	uint64_t writeback;

	start_with(&victim, card, FEATURES | BLK_F_CONFIG_WCE, NO_VECTOR);
	writeback = victim.func.config + BLK_WRITEBACK;
	for (uint8_t value = 0; value < 2; value++) {
		qtest_writeb(card->qts, writeback, value);
		suspend(&victim);
		qtest_writeb(card->qts, writeback, !value);
		g_assert_cmpuint(qtest_readb(card->qts, writeback), ==, value);
		resume(&victim);
		g_assert_cmpuint(qtest_readb(card->qts, writeback), ==, value);
	}
	qtest_writeb(card->qts, writeback, 0);
	g_assert_cmpuint(qtest_readb(card->qts, writeback), ==, 0);
}

/* "MUST NOT send any configuration change notifications. Instead, [...] when it resumes" */
static void no_config_change(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	uint64_t messages = func_msix(&victim.func, 2);

	modern_begin(&victim.func, FEATURES | 1 << 16);	/* VIRTIO_NET_F_STATUS */
	common_put16(&victim.func, COMMON_CONFIG_VECTOR, 0);
	victim.ring = ring_modern(&victim.func, data_queue(card), 64, NO_VECTOR);
	modern_driver_ok(&victim.func);
	suspend(&victim);
	qtest_qmp_assert_success(card->qts, "{'execute': 'set_link', 'arguments': {"
				 "'name': 'pf0.vf0', 'up': false}}");
	g_assert_cmphex(qtest_readl(card->qts, messages), ==, 0);
	resume(&victim);
	g_assert_cmphex(qtest_readl(card->qts, messages), ==, msix_message(0));
}

/* "reinitialized to 0 by the device during reset", of each kind */
static void reset_ends_it(struct card *card)
{
	struct victim victim;

	for (unsigned int how = 0; how < 3; how++) {
		start(&victim, card);
		suspend(&victim);
		switch (how) {
		case 0:
			put_status(&victim, 0);
			break;
		case 1:
			func_flr(&victim.func);
			cfg_put16(&victim.func, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
			break;
		default:
			vfs_set(card, 0);
			vfs_set(card, card->vfs);
			victim = vf_modern_victim(card);
		}
		g_assert_cmphex(status(&victim), ==, 0);
		start(&victim, card);
		victim.works(&victim);
		put_status(&victim, 0);
	}
}

/* Another VF does not notice. */
static void one_alone(struct card *card)
{
	struct victim victim, other;

	start(&victim, card);
	other = victim;
	other.func = vf_open(card, 1);
	modern_begin(&other.func, FEATURES);
	other.ring = ring_modern(&other.func, data_queue(card), 64, NO_VECTOR);
	modern_driver_ok(&other.func);
	suspend(&victim);
	other.works(&other);
	g_assert_cmphex(status(&other), ==, RUNS);
}

static void machine_pause(struct card *card)
{
	struct victim victim;

	start(&victim, card);
	suspend(&victim);
	offer_many(&victim);
	qtest_qmp_assert_success(card->qts, "{'execute': 'stop'}");
	qtest_qmp_assert_success(card->qts, "{'execute': 'cont'}");
	quiet_for_long(&victim);
	resume(&victim);
	all_come_back(&victim);
}

#define ROW(name, says, on, run) \
	{ name, says, on, GROUP, run, 0, ",migration=off,suspend=on" }

static const struct row suspend_rows[] = {
	ROW("offered", OFFERED, TYPES | TOLERANT, offered),
	{ "not-offered", OFFERED, TYPES | TOLERANT, GROUP, not_offered },
	ROW("both-bits", BITS, TYPES | BOTH, both_bits),
	ROW("again", DRIVES, TYPES | TOLERANT, again),
	ROW("too-early", DEVICE, TYPES | TOLERANT, too_early),
	ROW("not-negotiated", BITS, TYPES | TOLERANT, not_negotiated),
	ROW("gives-back", DEVICE, TYPES | BOTH, gives_back),
	ROW("waits", DEVICE, TYPES | TOLERANT, waits),
	ROW("waits-no-more", BITS, TYPES | TOLERANT, waits_no_more),
	ROW("nothing-while-suspended", DEVICE, TYPES | BOTH, nothing_while_suspended),
	ROW("config-writes", DEVICE, BLK | TOLERANT, config_writes),
	ROW("no-config-change", DEVICE, NET | TOLERANT, no_config_change),
	ROW("reset-ends-it", BITS, TYPES | BOTH, reset_ends_it),
	ROW("one-alone", DEVICE, TYPES | TOLERANT, one_alone),
	ROW("machine-pause", DEVICE, TYPES | TOLERANT, machine_pause),
};

FAMILY(suspend);
