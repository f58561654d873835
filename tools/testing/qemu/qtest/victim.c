// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The queues that bad drivers work on: the PF's admin queue and a VF's data
 * queue, each with its way to start over.
 */
#include "victim.h"

/* --- the PF's admin queue --- */

static void admin_start(struct victim *victim)
{
	pf_start(victim->card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_INDIRECT, 64);
	victim->ring = victim->card->admin;
}

static void modern_kick(struct victim *victim)
{
	ring_kick(&victim->ring);
}

static void admin_works(struct victim *victim)
{
	expect_ok(list_query(victim->card, SELF));
}

struct victim admin_victim(struct card *card)
{
	return (struct victim){ card, card->pf, .start = admin_start, .kick = modern_kick,
				.works = admin_works, .modern = true };
}

/* --- a VF's queue, by a modern and by a legacy driver --- */

unsigned int data_queue(struct card *card)
{
	return card->options.blk ? 0 : 1;
}

static void vf_modern_start(struct victim *victim)
{
	modern_begin(&victim->func, F_VERSION_1 | F_PLATFORM | F_INDIRECT);
	victim->ring = ring_modern(&victim->func, data_queue(victim->card), 64, NO_VECTOR);
	modern_driver_ok(&victim->func);
}

/* A request that any of these devices takes: a frame to nobody, or a sector. */
void victim_offer_good(struct victim *victim)
{
	uint8_t frame[12 + 60] = { [12] = 2 };
	uint64_t data, status;
	struct buf buf;

	if (victim->card->options.blk) {
		blk_read(&victim->ring, &data, &status);
		return;
	}
	buf = (struct buf){ card_fill(victim->card, frame, sizeof(frame)), sizeof(frame) };
	ring_add(&victim->ring, &buf, 1);
}

static void vf_works(struct victim *victim)
{
	victim_offer_good(victim);
	victim->kick(victim);
	g_assert(ring_wait(&victim->ring));
}

struct victim vf_modern_victim(struct card *card)
{
	return (struct victim){ card, vf_open(card, 0), .start = vf_modern_start,
				.kick = modern_kick, .works = vf_works, .modern = true };
}

static void vf_legacy_start(struct victim *victim)
{
	struct ring rings[2];
	unsigned int queue = data_queue(victim->card);

	legacy_start(victim->card, 0, &victim->func, rings, queue + 1);
	victim->ring = rings[queue];
}

static void vf_legacy_kick(struct victim *victim)
{
	legacy_put(victim->card, 0, L_QUEUE_NOTIFY, 2, victim->ring.index);
}

struct victim vf_legacy_victim(struct card *card)
{
	return (struct victim){ card, vf_open(card, 0), .start = vf_legacy_start,
				.kick = vf_legacy_kick, .works = vf_works };
}

/* --- what is put before it --- */

uint64_t victim_ram(struct victim *victim, size_t len)
{
	return card_ram(victim->card, len, 64);
}

void victim_offer(struct victim *victim, uint64_t addr, uint32_t len, uint16_t flags,
		  uint16_t next)
{
	ring_desc(&victim->ring, 0, addr, len, flags, next);
	ring_offer(&victim->ring, 0);
}

void victim_place(struct victim *victim, uint64_t desc, uint64_t avail, uint64_t used)
{
	struct ring ring = ring_new(&victim->func, victim->ring.index, 64);

	modern_begin(&victim->func, F_VERSION_1 | F_PLATFORM |
		     (modern_features(&victim->func) & F_ADMIN_VQ));
	ring.desc = desc ?: ring.desc;
	ring.avail = avail ?: ring.avail;
	ring.used = used ?: ring.used;
	ring_enable(&ring, NO_VECTOR);
	modern_driver_ok(&victim->func);
	/* something is there where it is RAM */
	if (!avail && !desc) {
		ring_desc(&ring, 0, card_ram(victim->card, 64, 16), 24, 0, 0);
		ring_offer(&ring, 0);
	}
	ring_kick(&ring);
	card_step(victim->card, 100);
	card_alive(victim->card);
}
