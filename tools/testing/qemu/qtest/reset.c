// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Resets and removals with commands in flight: nothing is completed into a
 * ring that is gone, nothing is written to memory that was taken back, and
 * what comes next works.
 */
#include "rows.h"

#define RESET	"Device Reset"
#define MANY	24

static const uint8_t status_offset[LEGACY_DATA] = { L_STATUS };

static struct sent send_read(struct card *card, unsigned int vf)
{
	return admin_send(card, COMMON_READ, SRIOV, vf + 1, status_offset, sizeof(status_offset), 1);
}

/* Commands of every kind that a fault makes wait, some of them run already. */
static void fill(struct card *card, struct sent *sent)
{
	card_set(card, "faults", "vf0:mute;vf1:late-us=50;vf2:reorder;vf3:late-ms=1");
	for (unsigned int i = 0; i < MANY; i++) {
		sent[i] = send_read(card, i % card->vfs);
		if (i == MANY / 2)
			card_set_number(card, "latency-us", 10);
	}
}

static void expect_untouched(struct card *card, const struct sent *sent, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint8_t bytes[ANSWER_RESULT + 1];

		qtest_memread(card->qts, sent[i].writable, bytes, sizeof(bytes));
		for (unsigned int b = 0; b < sizeof(bytes); b++)
			g_assert_cmphex(bytes[b], ==, UNTOUCHED);
	}
}

/* Those that are not completed at this moment stay so. */
static unsigned int take_done(struct card *card, struct sent *sent, unsigned int count)
{
	uint32_t id, used;

	while (ring_take(&card->admin, &id, &used)) {
		for (unsigned int i = 0; i < count; i++) {
			if (sent[i].head != id)
				continue;
			sent[i] = sent[--count];
			break;
		}
	}
	return count;
}

static void calm(struct card *card)
{
	card_set(card, "faults", "");
	card_set_number(card, "latency-us", 0);
	card_step(card, 10 * 1000);
}

/* --- the PF --- */

static void in_flight(struct card *card, void (*reset)(struct card *card))
{
	struct sent sent[MANY];
	struct ring old;
	unsigned int left;
	uint32_t id, used;

	fill(card, sent);
	left = take_done(card, sent, MANY);
	g_assert_cmpuint(left, >, MANY / 2);
	old = card->admin;
	reset(card);
	calm(card);
	g_assert(!ring_take(&old, &id, &used));
	expect_untouched(card, sent, left);
	vfs_set(card, 0);
	card_reach(card, LEGACY);
	for (unsigned int i = 0; i < card->vfs; i++)
		expect_ok(legacy_read_at(card, i, COMMON_READ, L_STATUS, 1));
	expect_untouched(card, sent, left);
}

static void by_status(struct card *card)
{
	common_put8(&card->pf, COMMON_STATUS, 0);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS), ==, 0);
}

static void by_flr(struct card *card)
{
	func_flr(&card->pf);
	func_map_bars(&card->pf);
	func_scan(&card->pf);
}

static void by_system_reset(struct card *card)
{
	uint64_t ram = card->free_ram;

	qtest_system_reset(card->qts);
	card_connect(card);
	card->free_ram = ram;
}

static void by_queue_reset(struct card *card)
{
	common_put16(&card->pf, COMMON_QUEUE_SELECT, card->admin.index);
	common_put16(&card->pf, COMMON_QUEUE_RESET, 1);
	g_assert_cmphex(common16(&card->pf, COMMON_QUEUE_RESET), ==, 0);
	g_assert_cmphex(common16(&card->pf, COMMON_QUEUE_ENABLE), ==, 0);
}

static void pf_by_status(struct card *card)
{
	in_flight(card, by_status);
}

static void pf_by_flr(struct card *card)
{
	in_flight(card, by_flr);
}

static void pf_by_system_reset(struct card *card)
{
	in_flight(card, by_system_reset);
}

static void pf_by_queue_reset(struct card *card)
{
	vfs_set(card, 0);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_RING_RESET, 0);
	vfs_set(card, card->vfs);
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	in_flight(card, by_queue_reset);
}

/* The queue alone: it is enabled again and the list in use is still in use. */
static void queue_reset_and_on(struct card *card)
{
	struct ring *ring = &card->admin;

	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_RING_RESET, 0);
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	send_read(card, 0);
	by_queue_reset(card);
	*ring = ring_new(&card->pf, ring->index, 16);
	ring_enable(ring, NO_VECTOR);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* A function that may not master the bus writes nothing. */
static void no_bus_master(struct card *card)
{
	struct sent sent;

	card_set_number(card, "latency-us", 10);
	sent = send_read(card, 0);
	cfg_put16(&card->pf, PCI_CMD, PCI_CMD_MEMORY);
	card_step(card, 1000);
	expect_untouched(card, &sent, 1);
	admin_expect_none(card);
	cfg_put16(&card->pf, PCI_CMD, PCI_CMD_MEMORY | PCI_CMD_MASTER);
	calm(card);
	vfs_set(card, 0);
	card_reach(card, LEGACY);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* A ring full of commands that are never answered. */
static void full_of_mute(struct card *card)
{
	struct sent sent[256];

	vfs_set(card, 0);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 512);
	card_set(card, "faults", "all:mute");
	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++)
		sent[i] = admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);
	admin_expect_none(card);
	by_status(card);
	calm(card);
	expect_untouched(card, sent, ARRAY_SIZE(sent));
	card_reach(card, LEGACY);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* Buffers that are not RAM come from a store of 4096 bytes: a reset gives them back. */
static void bounce_given_back(struct card *card)
{
	struct ring *ring = &card->admin;
	uint64_t answer = card_ram(card, 64, 16);

	for (unsigned int n = 0; n < 4; n++) {
		pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
		card_set(card, "faults", n < 3 ? "pf:mute" : "");
		ring_desc(ring, 0, NOWHERE, 2048, DESC_NEXT, 1);
		ring_desc(ring, 1, answer, 16, DESC_WRITE, 0);
		ring_offer(ring, 0);
		ring_kick(ring);
		g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, ==, 0);
	}
	g_assert(ring_wait(ring));
}

/* A chain that breaks the queue, behind commands that are on their way. */
static void broken_in_flight(struct card *card)
{
	struct sent sent[MANY];

	fill(card, sent);
	ring_offer(&card->admin, 0xffff);
	ring_kick(&card->admin);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	calm(card);
	vfs_set(card, 0);
	card_reach(card, LEGACY);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* --- a VF --- */

static void vf_flr_in_flight(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct sent sent;

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	card_set(card, "faults", "vf0:mute");
	sent = send_read(card, 0);
	func_flr(&vf);
	card_set(card, "faults", "");
	/* the command is the PF's and is answered, by the VF as it is now */
	g_assert_cmphex(admin_expect(card, &sent).raw[ANSWER_RESULT], ==, 0);
}

static void vf_flr_after_run(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct sent sent;
	struct answer answer;

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	card_set(card, "faults", "vf0:late-us=10");
	sent = send_read(card, 0);
	func_flr(&vf);
	card_step(card, 10);
	answer = admin_expect(card, &sent);
	expect_ok(answer);
	g_assert_cmphex(answer.raw[ANSWER_RESULT], ==, ACKNOWLEDGE);
}

static void vfs_disabled_in_flight(struct card *card)
{
	struct sent mute, late;

	card_set(card, "faults", "vf0:mute;vf1:late-us=10");
	mute = send_read(card, 0);
	late = send_read(card, 1);
	vfs_set(card, 0);
	card_step(card, 10);
	expect_ok(admin_expect(card, &late));
	card_set(card, "faults", "");
	expect_status(admin_expect(card, &mute), EINVAL_, Q_INVALID_GROUP);
}

static void fewer_vfs_in_flight(struct card *card)
{
	struct sent first, last;

	card_set_number(card, "latency-us", 100);
	first = send_read(card, 0);
	last = send_read(card, card->vfs - 1);
	vfs_set(card, 0);
	vfs_set(card, 1);
	card_step(card, 100);
	expect_ok(admin_expect(card, &first));
	expect_status(admin_expect(card, &last), EINVAL_, Q_INVALID_MEMBER);
}

static void vf_goes_with_its_queue_running(struct card *card)
{
	for (unsigned int n = 0; n < 3; n++) {
		struct func vf;
		uint64_t data, status;
		struct ring ring;

		vfs_set(card, card->vfs);
		vf = vf_open(card, 0);
		legacy_start(card, 0, &vf, &ring, 1);
		blk_read(&ring, &data, &status);
		legacy_put(card, 0, L_QUEUE_NOTIFY, 2, 0);
		vfs_set(card, 0);
	}
	vfs_set(card, card->vfs);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

static void cycles(struct card *card)
{
	for (unsigned int n = 0; n < 30; n++) {
		struct sent sent[4];

		card_set_number(card, "latency-us", n % 3 * 10);
		for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++)
			sent[i] = send_read(card, i % card->vfs);
		vfs_set(card, 0);
		vfs_set(card, 1 + n % card->vfs);
		card_step(card, 20);
		for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++)
			admin_expect(card, &sent[i]);
	}
}

/* Faults that come and go while commands are held by others. */
static void faults_in_flight(struct card *card)
{
	static const char *const texts[] = {
		"all:mute", "vf0:reorder;vf1:mute", "all:late-us=30", "", "all:reorder",
		"all:short-used=0", "vf2:gone", "all:eagain-once", "vf0:late-ms=1;vf1:reorder",
	};
	struct sent sent[MANY];
	unsigned int left = 0;

	for (unsigned int n = 0; n < 5 * ARRAY_SIZE(texts); n++) {
		card_set(card, "faults", texts[n % ARRAY_SIZE(texts)]);
		card_set_number(card, "latency-us", n % 4 * 5);
		if (left < MANY)
			sent[left++] = send_read(card, n % card->vfs);
		card_step(card, 7);
		left = take_done(card, sent, left);
	}
	calm(card);
	g_assert_cmpuint(take_done(card, sent, left), ==, 0);
}

static const struct row reset_rows[] = {
	{ "pf-by-status", RESET, TYPES | BOTH, LEGACY, pf_by_status },
	{ "pf-by-flr", RESET, TYPES | BOTH, LEGACY, pf_by_flr },
	{ "pf-by-system-reset", RESET, TYPES | BOTH, LEGACY, pf_by_system_reset },
	{ "pf-by-queue-reset", "Virtqueue Reset", TYPES | BOTH, LEGACY, pf_by_queue_reset },
	{ "queue-reset-and-on", "Virtqueue Reset", TYPES | BOTH, GROUP, queue_reset_and_on },
	{ "no-bus-master", RESET, TYPES | TOLERANT, LEGACY, no_bus_master },
	{ "full-of-mute", RESET, TYPES | TOLERANT, LEGACY, full_of_mute },
	{ "bounce-given-back", RESET, TYPES | TOLERANT, ADMIN, bounce_given_back },
	{ "broken-in-flight", RESET, TYPES | TOLERANT, LEGACY, broken_in_flight },
	{ "vf-flr-in-flight", RESET, TYPES | BOTH, LEGACY, vf_flr_in_flight },
	{ "vf-flr-after-run", RESET, TYPES | BOTH, LEGACY, vf_flr_after_run },
	{ "vfs-disabled-in-flight", RESET, TYPES | BOTH, LEGACY, vfs_disabled_in_flight },
	{ "fewer-vfs-in-flight", RESET, TYPES | BOTH, LEGACY, fewer_vfs_in_flight },
	{ "vf-goes-with-its-queue-running", RESET, BLK | BOTH, LEGACY,
	  vf_goes_with_its_queue_running },
	{ "cycles", RESET, TYPES | BOTH, LEGACY, cycles },
	{ "cycles-of-64", RESET, NET | TOLERANT, LEGACY, cycles, 64 },
	{ "faults-in-flight", "property faults", TYPES | BOTH, LEGACY, faults_in_flight },
};

FAMILY(reset);
