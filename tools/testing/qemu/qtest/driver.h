/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest driver: a function through its modern interface, a split ring,
 * and commands on the admin queue.
 */
#ifndef CARD_QTEST_DRIVER_H
#define CARD_QTEST_DRIVER_H

#include "machine.h"

/* --- the modern interface --- */

uint8_t common8(struct func *func, unsigned int at);
uint16_t common16(struct func *func, unsigned int at);
uint32_t common32(struct func *func, unsigned int at);
void common_put8(struct func *func, unsigned int at, uint8_t value);
void common_put16(struct func *func, unsigned int at, uint16_t value);
void common_put32(struct func *func, unsigned int at, uint32_t value);
uint64_t modern_features(struct func *func);
/* Reset, then up to FEATURES_OK with these. */
void modern_begin(struct func *func, uint64_t features);
void modern_driver_ok(struct func *func);

/* --- rings --- */

/* An empty ring of SIZE in RAM, not told to anyone. */
struct ring ring_new(struct func *func, uint16_t index, uint16_t size);
/* Queue INDEX with SIZE entries (0: as many as it has), enabled; VECTOR may be NO_VECTOR. */
struct ring ring_modern(struct func *func, uint16_t index, uint16_t size, uint16_t vector);
void ring_enable(struct ring *ring, uint16_t vector);
/* One descriptor, written as it is. */
void ring_desc(struct ring *ring, uint16_t index, uint64_t addr, uint32_t len, uint16_t flags,
	       uint16_t next);
/* A head that need not be one is made available. */
void ring_offer(struct ring *ring, uint16_t head);
/* A chain of buffers; returns its head. */
uint16_t ring_add(struct ring *ring, const struct buf *bufs, unsigned int count);
void ring_kick(struct ring *ring);
/* The next used element, if there is one. */
bool ring_take(struct ring *ring, uint32_t *id, uint32_t *len);

/* Takes one that may come a little later, as from a drive. */
bool ring_wait(struct ring *ring);

/* --- admin commands --- */

#define ANSWER_MAX	4096
/* What the device-writable part holds before the device writes to it */
#define UNTOUCHED	0xa5

struct answer {
	uint32_t used;
	uint16_t status;
	uint16_t qualifier;
	uint8_t raw[ANSWER_MAX];
};

/* A command that was made available */
struct sent {
	uint16_t head;
	uint64_t writable;
	uint32_t room;
};

/* The device-readable part: the header, then LEN bytes of DATA. Returns its length. */
size_t cmd_make(uint8_t *buf, uint16_t opcode, uint16_t group, uint64_t member,
		const void *data, size_t len);
/* Any two parts, either may be empty. */
struct sent admin_send_raw(struct card *card, const void *readable, size_t len, uint32_t room);
struct sent admin_send(struct card *card, uint16_t opcode, uint16_t group, uint64_t member,
		       const void *data, size_t len, uint32_t result_room);
struct answer admin_answer(struct card *card, const struct sent *sent, uint32_t used);
/* The next completion is this command's. */
struct answer admin_expect(struct card *card, const struct sent *sent);
/* There is no completion. */
void admin_expect_none(struct card *card);
/* Send and expect. */
struct answer admin_raw(struct card *card, const void *readable, size_t len, uint32_t room);
struct answer admin(struct card *card, uint16_t opcode, uint16_t group, uint64_t member,
		    const void *data, size_t len, uint32_t result_room);
/* The opcodes that a group has, as the first word of its list */
uint64_t sriov_commands(struct card *card);
uint64_t self_commands(struct card *card);
struct answer list_query(struct card *card, uint16_t group);
struct answer list_use(struct card *card, uint16_t group, uint64_t opcodes);

#define expect_status(got, wanted, wanted_qualifier)				\
	do {									\
		struct answer checked = (got);  				\
										\
		g_assert_cmpuint(checked.status, ==, wanted);			\
		g_assert_cmpuint(checked.qualifier, ==, wanted_qualifier);	\
	} while (0)

#define expect_ok(got) expect_status(got, OK, Q_OK)

/* Drive the PF from reset to DRIVER_OK with an admin queue of SIZE (0: all). */
void pf_start(struct card *card, uint64_t features, uint16_t size);
void card_reach(struct card *card, enum level level);

/* --- legacy access of VF INDEX, by commands --- */

struct answer legacy_read_at(struct card *card, unsigned int vf, uint16_t opcode, uint8_t offset,
			     uint32_t len);
struct answer legacy_write_at(struct card *card, unsigned int vf, uint16_t opcode, uint8_t offset,
			      const void *data, size_t len);
/* A field of the legacy common configuration, little-endian; it has to work. */
uint32_t legacy_get(struct card *card, unsigned int vf, uint8_t offset, unsigned int len);
void legacy_put(struct card *card, unsigned int vf, uint8_t offset, unsigned int len,
		uint32_t value);
/* From reset to DRIVER_OK with RINGS queues, of the sizes that they have. */
void legacy_start(struct card *card, unsigned int vf, struct func *func, struct ring *rings,
		  unsigned int count);
struct ring ring_legacy(struct card *card, unsigned int vf, struct func *func, uint16_t index);

/* The same through the VF's own registers. */
void modern_start(struct func *func, struct ring *rings, unsigned int count);

/* --- requests of a block device --- */

/* A request to read sector 0; its status byte's address is left in STATUS. */
void blk_read(struct ring *ring, uint64_t *data, uint64_t *status);

#endif /* CARD_QTEST_DRIVER_H */
