/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue to feed with what a driver must not offer: whose it is, how it is
 * started, kicked and shown to work again.
 */
#ifndef CARD_QTEST_VICTIM_H
#define CARD_QTEST_VICTIM_H

#include "rows.h"

#define RINGS	"Basic Facilities, Virtqueues"

struct victim {
	struct card *card;
	struct func func;
	struct ring ring;
	void (*start)(struct victim *victim);
	void (*kick)(struct victim *victim);
	void (*works)(struct victim *victim);
	const char *faults;		/* while it is fed */
	unsigned int latency_us;
	bool modern;			/* has a NEEDS_RESET to show */
};

/* The PF's admin queue; a VF's data queue by a modern and by a legacy driver */
struct victim admin_victim(struct card *card);
struct victim vf_modern_victim(struct card *card);
struct victim vf_legacy_victim(struct card *card);

/* That VF's data queue: requests, or transmit */
unsigned int data_queue(struct card *card);

/* LEN bytes of memory */
uint64_t victim_ram(struct victim *victim, size_t len);

/* Offer a chain that begins with this descriptor, number 0. */
void victim_offer(struct victim *victim, uint64_t addr, uint32_t len, uint16_t flags,
		  uint16_t next);

/* A request that the device carries out, not kicked; not for the admin queue. */
void victim_offer_good(struct victim *victim);

/* Each bad chain of the table in chains.c, one after the other. */
void victim_feed_all(struct victim victim);

/* The ring's three parts where they are told, 0 for where they should be. */
void victim_place(struct victim *victim, uint64_t desc, uint64_t avail, uint64_t used);

#endif /* CARD_QTEST_VICTIM_H */
