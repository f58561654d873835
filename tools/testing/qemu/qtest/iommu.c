// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card behind an IOMMU: what it may reach, and what bad drivers leave mapped.
 */
#include "victim.h"

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
		victim_offer(&victim, victim_ram(&victim, 64), 24, DESC_NEXT, 1);
		victim.kick(&victim);
		g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	}
	victim.start(&victim);
	ring_desc(&victim.ring, 1, victim_ram(&victim, 64), 16, DESC_WRITE, 0);
	victim_offer(&victim, 2ull << 30, 4096, DESC_NEXT, 1);
	victim.kick(&victim);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, ==, 0);
}

static void iommu_rings_nowhere(struct card *card)
{
	struct victim victim = vf_modern_victim(card);

	victim.start(&victim);
	iommu_on(card);
	victim_place(&victim, 2ull << 30, 0, 0);
	victim_place(&victim, 0, 2ull << 30, 0);
	victim_place(&victim, 0, 0, 2ull << 30);
	victim.start(&victim);
	victim.works(&victim);
}

static void iommu_chains(struct card *card)
{
	iommu_on(card);
	victim_feed_all(admin_victim(card));
}

static void iommu_chains_vf(struct card *card)
{
	iommu_on(card);
	victim_feed_all(vf_modern_victim(card));
}

/* Legacy DMA is the VF's as well, and goes through it. */
static void iommu_legacy_driver(struct card *card)
{
	struct victim victim = vf_legacy_victim(card);

	iommu_on(card);
	victim.start(&victim);
	victim.works(&victim);
}

static const struct row iommu_rows[] = {
	{ "commands", "VIRTIO_F_ACCESS_PLATFORM", TYPES | BOTH, LEGACY, iommu_commands, 0,
	  "", IOMMU_ARGS },
	{ "half-mapped", "patch 0003", TYPES | TOLERANT, LEGACY, iommu_half_mapped, 0, "",
	  IOMMU_ARGS },
	{ "rings-nowhere", "VIRTIO_F_ACCESS_PLATFORM", TYPES | TOLERANT, LEGACY,
	  iommu_rings_nowhere, 0, "", IOMMU_ARGS },
	{ "chains-admin", "VIRTIO_F_ACCESS_PLATFORM", TYPES | TOLERANT, LEGACY,
	  iommu_chains, 0, "", IOMMU_ARGS },
	{ "chains-vf", "VIRTIO_F_ACCESS_PLATFORM", TYPES | TOLERANT, LEGACY,
	  iommu_chains_vf, 0, "", IOMMU_ARGS },
	{ "legacy-driver", "VIRTIO_F_ACCESS_PLATFORM", TYPES | BOTH, LEGACY,
	  iommu_legacy_driver, 0, "", IOMMU_ARGS },
};

FAMILY(iommu);
