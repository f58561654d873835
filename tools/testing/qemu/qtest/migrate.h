/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A driver that reads and writes device parts: capabilities, objects, parts, modes. */
#ifndef CARD_QTEST_MIGRATE_H
#define CARD_QTEST_MIGRATE_H

#include "rows.h"

/* Parts as they are in memory */
struct parts {
	uint8_t bytes[ANSWER_MAX];
	size_t len;
};

/* One of them */
struct found {
	uint8_t *header;
	uint8_t *value;
	uint32_t len;
};

/* All commands of both groups are in use, limits set, the part of our own of VERSION. */
void migration_ready(struct card *card, uint16_t own_version);
struct answer cap_set(struct card *card, uint16_t id, const void *data, size_t len);
struct answer cap_get(struct card *card, uint16_t id, uint32_t room);

struct answer obj_cmd(struct card *card, uint16_t opcode, unsigned int vf, uint32_t id,
		      const void *data, size_t len, uint32_t room);
struct answer obj_create(struct card *card, unsigned int vf, uint32_t id, uint8_t kind);
struct answer obj_destroy(struct card *card, unsigned int vf, uint32_t id);

struct answer mode_set(struct card *card, unsigned int vf, uint8_t flags);
struct answer metadata(struct card *card, unsigned int vf, uint32_t id, uint8_t type, uint32_t room);
struct answer parts_set(struct card *card, unsigned int vf, uint32_t id, const struct parts *parts);

/* All parts of VF by an object of its own; they have to come. */
struct parts parts_of(struct card *card, unsigned int vf);
/* Set them by an object of its own */
struct answer parts_to(struct card *card, unsigned int vf, const struct parts *parts);

/* The part of this type and selector, which has to be there; or there is none */
struct found part_find(struct parts *parts, uint16_t type, uint64_t selector);
bool part_has(struct parts *parts, uint16_t type, uint64_t selector);
/* One more at the end */
void part_add(struct parts *parts, uint16_t type, uint8_t flags, uint64_t selector,
	      const void *value, size_t len);
/* The next after AT, from offset 0 on; false at the end */
bool part_next(struct parts *parts, size_t *at, struct found *found);

#define CVQ(class, command)	((uint64_t)(class) | (command) << 8)

#endif /* CARD_QTEST_MIGRATE_H */
