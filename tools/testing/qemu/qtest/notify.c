// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LEGACY_NOTIFY_INFO: the entries it gives, and that a write to each address
 * notifies as Queue Notify would.
 */
#include "rows.h"

#define REQUIREMENTS	"Device Requirements: Legacy Interface"

struct entry {
	uint8_t flags;
	uint8_t bar;
	uint64_t offset;
};

static struct answer ask(struct card *card, unsigned int vf, struct entry *entries)
{
	struct answer answer = admin(card, NOTIFY_INFO, SRIOV, vf + 1, NULL, 0,
				     NOTIFY_ENTRIES * NOTIFY_LEN);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + NOTIFY_ENTRIES * NOTIFY_LEN);
	for (unsigned int i = 0; i < NOTIFY_ENTRIES; i++) {
		const uint8_t *at = answer.raw + ANSWER_RESULT + i * NOTIFY_LEN;

		entries[i] = (struct entry){ at[NOTIFY_FLAGS], at[NOTIFY_BAR],
					     ldq_le_p(at + NOTIFY_OFFSET) };
		for (unsigned int p = NOTIFY_PADDING; p < NOTIFY_OFFSET; p++)
			g_assert_cmphex(at[p], ==, 0);
	}
	return answer;
}

static uint64_t address(struct card *card, struct func *vf, const struct entry *entry)
{
	struct func *func = entry->flags == NOTIFY_OWNER ? &card->pf : vf;

	g_assert_cmpuint(entry->bar, <, 6);
	g_assert_cmphex(func->bar_size[entry->bar], !=, 0);
	g_assert_cmphex(entry->offset + 2, <=, func->bar_size[entry->bar]);
	g_assert_cmphex(entry->offset % 2, ==, 0);
	return func->bar[entry->bar] + entry->offset;
}

static void entries_valid(struct card *card)
{
	struct entry entries[NOTIFY_ENTRIES];

	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);
		unsigned int at;

		ask(card, i, entries);
		g_assert_cmphex(entries[0].flags, ==, NOTIFY_MEMBER);
		for (at = 0; at < NOTIFY_ENTRIES && entries[at].flags; at++)
			address(card, &vf, &entries[at]);
		/* "the last entry MUST have flags of zero" */
		g_assert_cmpuint(at, <, NOTIFY_ENTRIES);
		for (; at < NOTIFY_ENTRIES; at++)
			g_assert_cmphex(entries[at].offset, ==, 0);
	}
}

static void supported_with_bar0_zero(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	g_assert_cmphex(ldq_le_p(list_query(card, SRIOV).raw + ANSWER_RESULT), ==,
			sriov_commands(card));
	g_assert_cmphex(cfg32(&card->pf, cap + SRIOV_BAR), ==, 0);
	g_assert_cmphex(cfg16(&card->pf, PCI_ID_DEVICE), >=, 0x1040);
}

/* Every address that is given notifies every VF's queue. */
static void notifies(struct card *card)
{
	struct entry entries[NOTIFY_ENTRIES];

	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);
		uint64_t data, status;
		struct ring ring;

		legacy_start(card, i, &vf, &ring, 1);
		ask(card, i, entries);
		for (unsigned int e = 0; entries[e].flags; e++) {
			blk_read(&ring, &data, &status);
			qtest_writew(card->qts, address(card, &vf, &entries[e]), 0);
			g_assert(ring_wait(&ring));
			g_assert_cmphex(qtest_readb(card->qts, status), ==, 0);
		}
	}
}

static void counts(struct card *card)
{
	struct func vf = vf_open(card, 1);
	struct entry entries[NOTIFY_ENTRIES];
	uint64_t at;

	ask(card, 1, entries);
	at = address(card, &vf, &entries[0]);
	for (unsigned int i = 0; i < 5; i++)
		qtest_writew(card->qts, at, 0);
	g_assert_cmpint(card_stat(card, 1, "notifies", "member"), ==, 5);
	g_assert_cmpint(card_stat(card, 0, "notifies", "member"), ==, 0);
	legacy_put(card, 1, L_QUEUE_NOTIFY, 2, 0);
	g_assert_cmpint(card_stat(card, 1, "notifies", "common-cfg"), ==, 1);
	g_assert_cmpint(card_stat(card, 1, "commands", "6"), ==, 1);
}

/* Not a notification: a byte, an odd place, a place further on in the page. */
static void strange_writes(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct entry entries[NOTIFY_ENTRIES];
	uint64_t at;

	ask(card, 0, entries);
	at = address(card, &vf, &entries[0]);
	qtest_writeb(card->qts, at, 0);
	qtest_writeb(card->qts, at + 1, 0);
	qtest_writew(card->qts, at + 2, 0);
	qtest_writel(card->qts, at + 4092, 0);
	g_assert_cmpint(card_stat(card, 0, "notifies", "member"), ==, 0);
	/* and reading is without effect */
	g_assert_cmphex(qtest_readw(card->qts, at), ==, 0);
	for (unsigned int queue = 0; queue < 0x10000; queue += 0x101)
		qtest_writew(card->qts, at, queue);
}

/* A guest that may write the page reaches its own VF alone. */
static void page_of_its_own(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct entry entries[NOTIFY_ENTRIES];

	ask(card, 0, entries);
	g_assert_cmphex(address(card, &vf, &entries[0]) % 4096, ==, 0);
	g_assert_cmphex(entries[0].offset + 4096, <=, vf.bar_size[entries[0].bar]);
	for (unsigned int type = VCAP_COMMON; type < VCAP_PCI; type++) {
		unsigned int cap = cfg_virtio_cap(&vf, type);
		uint32_t from = cfg32(&vf, cap + VCAP_OFFSET);

		if (cfg8(&vf, cap + VCAP_BAR) == entries[0].bar)
			g_assert(from + cfg32(&vf, cap + VCAP_LENGTH) <= entries[0].offset ||
				 from >= entries[0].offset + 4096);
	}
}

static void modern_not_notified(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct entry entries[NOTIFY_ENTRIES];
	uint64_t data, status;
	struct ring ring;

	ask(card, 0, entries);
	modern_start(&vf, &ring, 1);
	blk_read(&ring, &data, &status);
	qtest_writew(card->qts, address(card, &vf, &entries[0]), 0);
	g_assert(!ring_wait(&ring));
	ring_kick(&ring);
	g_assert(ring_wait(&ring));
}

static void disabled_vf(struct card *card)
{
	struct func vf = vf_open(card, card->vfs - 1);
	struct entry entries[NOTIFY_ENTRIES];
	uint64_t at;

	card_set(card, "faults", "all:notify=both");
	ask(card, card->vfs - 1, entries);
	at = address(card, &vf, &entries[1]);
	vfs_set(card, 0);
	qtest_writew(card->qts, at, 0);
	qtest_writew(card->qts, address(card, &vf, &entries[0]), 0);
	card_alive(card);
}

/* A driver may give such a page to a process: no other queue is notified by it. */
static void doorbell_pages(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t data, status;
	struct ring ring;

	g_assert_cmphex(card->pf.notify_multiplier, ==, 0x1000);
	g_assert_cmphex(vf.notify_multiplier, ==, 0x1000);
	g_assert_cmphex(vf.notify % 0x1000, ==, 0);
	modern_start(&vf, &ring, 1);
	g_assert_cmphex(ring.doorbell % 0x1000, ==, 0);
	blk_read(&ring, &data, &status);
	ring_kick(&ring);
	g_assert(ring_wait(&ring));
	blk_read(&ring, &data, &status);
	qtest_writew(card->qts, ring.doorbell + 0x1000, 0);
	g_assert(!ring_wait(&ring));
	/* anywhere in the page */
	qtest_writew(card->qts, ring.doorbell + 0xffe, 0);
	g_assert(ring_wait(&ring));
}

static const struct row notify_rows[] = {
	{ "entries-valid", REQUIREMENTS, TYPES | BOTH, LEGACY, entries_valid },
	{ "entries-valid-of-64", REQUIREMENTS, TYPES | TOLERANT, LEGACY, entries_valid, 64 },
	{ "supported-with-bar0-zero", REQUIREMENTS, TYPES | BOTH, LEGACY,
	  supported_with_bar0_zero },
	{ "notifies", REQUIREMENTS, BLK | BOTH, LEGACY, notifies },
	{ "notifies-by-owner", REQUIREMENTS, BLK | BOTH, LEGACY, notifies, 0,
	  ",faults=all:notify=owner" },
	{ "notifies-by-both", REQUIREMENTS, BLK | BOTH, LEGACY, notifies, 0,
	  ",faults=all:notify=both" },
	{ "notifies-by-both-of-64", REQUIREMENTS, BLK | TOLERANT, LEGACY, notifies, 64,
	  ",faults=all:notify=both" },
	{ "notifies-beside-pages", REQUIREMENTS, BLK | TOLERANT, LEGACY, notifies, 0,
	  ",page-per-vq=on" },
	{ "doorbell-pages", "property page-per-vq", BLK | BOTH, GROUP, doorbell_pages, 0,
	  ",page-per-vq=on" },
	{ "counts", "property stats", TYPES | BOTH, LEGACY, counts },
	{ "strange-writes", REQUIREMENTS, TYPES | BOTH, LEGACY, strange_writes },
	{ "page-of-its-own", REQUIREMENTS, TYPES | BOTH, LEGACY, page_of_its_own },
	{ "modern-not-notified", "one interface at a time", BLK | BOTH, LEGACY,
	  modern_not_notified },
	{ "disabled-vf", REQUIREMENTS, TYPES | TOLERANT, LEGACY, disabled_vf },
};

FAMILY(notify);
