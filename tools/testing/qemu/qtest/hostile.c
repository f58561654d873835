// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drivers that mean harm, or are broken: rings that are nowhere, registers
 * written with anything. The emulator goes on, and after a reset so does the
 * function.
 */
#include "victim.h"

/* --- rings --- */

static void rings_nowhere(struct victim victim)
{
	static const uint64_t places[] = { NOWHERE, RAM_END - 8, UINT64_MAX - 15, 0xfee00000,
					   1ull << 62, 3 };

	victim.start(&victim);
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		victim_place(&victim, places[i], 0, 0);
		victim_place(&victim, 0, places[i], 0);
		victim_place(&victim, 0, 0, places[i]);
		victim_place(&victim, places[i], places[i], places[i]);
		victim_place(&victim, victim.func.common, 0, 0);
		victim_place(&victim, 0, victim.func.common, 0);
		victim_place(&victim, 0, 0, victim.func.common);
	}
	victim.start(&victim);
	victim.works(&victim);
}

static void rings_nowhere_admin(struct card *card)
{
	rings_nowhere(admin_victim(card));
}

static void rings_nowhere_vf(struct card *card)
{
	rings_nowhere(vf_modern_victim(card));
}

static void legacy_ring_nowhere(struct card *card)
{
	static const uint32_t pages[] = { NOWHERE >> 12, RAM_END >> 12, 0xffffffff, 0xfee00, 1 };
	struct victim victim = vf_legacy_victim(card);

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		legacy_put(card, 0, L_STATUS, 1, 0);
		legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
		legacy_put(card, 0, L_QUEUE_SELECT, 2, data_queue(card));
		legacy_put(card, 0, L_QUEUE_ADDRESS, 4, pages[i]);
		legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER | DRIVER_OK);
		legacy_put(card, 0, L_QUEUE_NOTIFY, 2, data_queue(card));
		card_step(card, 100);
		card_alive(card);
	}
	victim.start(&victim);
	victim.works(&victim);
}

/* --- registers --- */

static void queue_sizes(struct card *card)
{
	static const uint16_t sizes[] = { 0, 3, 5, 63, 1023, 1025, 2048, 0x8000, 0xffff };
	struct func *pf = &card->pf;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct ring ring;

		modern_begin(pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
		ring = ring_new(pf, common16(pf, COMMON_ADMIN_INDEX), 1024);
		ring.size = sizes[i];
		ring_enable(&ring, NO_VECTOR);
		g_assert_cmpuint(common16(pf, COMMON_QUEUE_SIZE), <=, 1024);
		modern_driver_ok(pf);
		ring_kick(&ring);
		card_alive(card);
	}
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

static void queues_that_are_not(struct card *card)
{
	static const uint16_t queues[] = { 1, 2, 3, 4, 6, 63, 64, 1023, 1024, 0xffff };
	struct func *pf = &card->pf;

	for (unsigned int i = 0; i < ARRAY_SIZE(queues); i++) {
		struct ring ring = ring_new(pf, queues[i], 16);

		modern_begin(pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
		ring_enable(&ring, 0x1234);
		modern_driver_ok(pf);
		if (queues[i] * pf->notify_multiplier < pf->notify_len)
			qtest_writew(card->qts, pf->notify + queues[i] * pf->notify_multiplier,
				     queues[i]);
		common_put16(pf, COMMON_QUEUE_RESET, 1);
		card_alive(card);
	}
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

static void enable_zero(struct card *card)
{
	common_put16(&card->pf, COMMON_QUEUE_SELECT, common16(&card->pf, COMMON_ADMIN_INDEX));
	common_put16(&card->pf, COMMON_QUEUE_ENABLE, 0);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & NEEDS_RESET, !=, 0);
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

static void any_register(struct card *card)
{
	static const uint32_t values[] = { 0, 1, 0x80, 0xffff, 0x80000000, 0xffffffff };
	struct func *pf = &card->pf;
	struct func vf = vf_open(card, 0);
	struct func *funcs[] = { pf, &vf };

	for (unsigned int f = 0; f < ARRAY_SIZE(funcs); f++) {
		for (unsigned int at = 0; at < 68; at++) {
			for (unsigned int v = 0; v < ARRAY_SIZE(values); v++) {
				common_put8(funcs[f], at, values[v]);
				common_put16(funcs[f], at & ~1, values[v]);
				common_put32(funcs[f], at & ~3, values[v]);
				common8(funcs[f], at);
				common16(funcs[f], at & ~1);
				common32(funcs[f], at & ~3);
			}
		}
	}
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

/* Features the device does not offer do not become features that it has. */
static void features_not_offered(struct card *card)
{
	struct func *pf = &card->pf;

	common_put8(pf, COMMON_STATUS, 0);
	common_put8(pf, COMMON_STATUS, ACKNOWLEDGE | DRIVER);
	common_put32(pf, COMMON_DRIVER_FEATURE_SELECT, 1);
	common_put32(pf, COMMON_DRIVER_FEATURE, 0xffffffff);
	common_put32(pf, COMMON_DRIVER_FEATURE_SELECT, 0);
	common_put32(pf, COMMON_DRIVER_FEATURE, 0xffffffff);
	common_put8(pf, COMMON_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	card_alive(card);
	card_reach(card, ADMIN);
	expect_ok(list_query(card, SELF));
}

/* The window in configuration space, while the memory behind it is off. */
static void window_without_memory(struct card *card)
{
	struct func *pf = &card->pf;
	unsigned int window = cfg_virtio_cap(pf, VCAP_PCI);
	static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 5, 8, 0xffffffff };

	cfg_put16(pf, PCI_CMD, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (uint32_t offset = 0; offset < 0x5000; offset += 0x7fc) {
			cfg_put8(pf, window + VCAP_BAR, 4);
			cfg_put32(pf, window + VCAP_OFFSET, offset);
			cfg_put32(pf, window + VCAP_LENGTH, lengths[i]);
			cfg32(pf, window + VCAP_DATA);
			cfg_put32(pf, window + VCAP_DATA, 0);
		}
	}
	card_alive(card);
}

static void window_anywhere(struct card *card)
{
	struct func vf = vf_open(card, 0);
	struct func *funcs[] = { &card->pf, &vf };
	static const uint32_t offsets[] = { 0, 0x38, 0x3c, 0x3e, 0xfff, 0x1000, 0x1001, 0x2000,
					    0x3000, 0x3004, 0x4000, 0x7ffe, 0x8000, 0xfffffffe,
					    0xffffffff };
	static const uint32_t lengths[] = { 0, 1, 2, 3, 4, 5, 0x80000000, 0xffffffff };

	for (unsigned int f = 0; f < 2; f++) {
		unsigned int window = cfg_virtio_cap(funcs[f], VCAP_PCI);

		for (unsigned int o = 0; o < ARRAY_SIZE(offsets); o++) {
			for (unsigned int l = 0; l < ARRAY_SIZE(lengths); l++) {
				cfg_put8(funcs[f], window + VCAP_BAR, o % 2 ? 4 : 0xff);
				cfg_put32(funcs[f], window + VCAP_OFFSET, offsets[o]);
				cfg_put32(funcs[f], window + VCAP_LENGTH, lengths[l]);
				cfg32(funcs[f], window + VCAP_DATA);
				cfg_put32(funcs[f], window + VCAP_DATA, 0x12345678);
			}
		}
	}
	card_alive(card);
}

static const struct row hostile_rows[] = {
	{ "rings-nowhere-admin", RINGS, TYPES | TOLERANT, LEGACY, rings_nowhere_admin },
	{ "rings-nowhere-vf", RINGS, TYPES | TOLERANT, LEGACY, rings_nowhere_vf },
	{ "legacy-ring-nowhere", RINGS, TYPES | TOLERANT, LEGACY, legacy_ring_nowhere },
	{ "queue-sizes", RINGS, TYPES | TOLERANT, BARE, queue_sizes },
	{ "queues-that-are-not", RINGS, TYPES | TOLERANT, BARE, queues_that_are_not },
	{ "enable-zero", RINGS, TYPES | TOLERANT, ADMIN, enable_zero },
	{ "any-register", "Common configuration structure layout", TYPES | BOTH, LEGACY,
	  any_register },
	{ "features-not-offered", "Feature Bits", TYPES | TOLERANT, ADMIN, features_not_offered },
	{ "window-without-memory", "PCI configuration access capability", TYPES | TOLERANT, LEGACY,
	  window_without_memory },
	{ "window-anywhere", "PCI configuration access capability", TYPES | TOLERANT, LEGACY,
	  window_anywhere },
};

FAMILY(hostile);
