// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands for device parts, and parts in memory, as a driver has them. */
#include "migrate.h"

/* Objects that parts_of() and parts_to() make for a moment */
#define OWN_OBJECT	200

static const uint8_t own_magic[8] = { 'V', 'V', 'P', 'S' };

struct answer cap_set(struct card *card, uint16_t id, const void *data, size_t len)
{
	uint8_t bytes[CAP_DATA + 16] = {};

	stw_le_p(bytes + CAP_ID, id);
	memcpy(bytes + CAP_DATA, data, len);
	return admin(card, CAP_SET, SELF, 0, bytes, CAP_DATA + len, 0);
}

struct answer cap_get(struct card *card, uint16_t id, uint32_t room)
{
	uint8_t bytes[CAP_DATA] = {};

	stw_le_p(bytes + CAP_ID, id);
	return admin(card, CAP_GET, SELF, 0, bytes, sizeof(bytes), room);
}

void migration_ready(struct card *card, uint16_t own_version)
{
	static const uint8_t limits[2] = { 255, 255 };
	uint8_t own[8];

	expect_ok(list_use(card, SELF, self_commands(card)));
	expect_ok(list_use(card, SRIOV, sriov_commands(card)));
	expect_ok(cap_set(card, CAP_PARTS, limits, sizeof(limits)));
	memcpy(own, own_magic, sizeof(own));
	stw_le_p(own + 4, own_version);
	expect_ok(cap_set(card, CAP_OWN, own, sizeof(own)));
}

struct answer obj_cmd(struct card *card, uint16_t opcode, unsigned int vf, uint32_t id,
		      const void *data, size_t len, uint32_t room)
{
	g_autofree uint8_t *bytes = g_malloc0(OBJ_HEADER + len);

	stl_le_p(bytes + OBJ_ID, id);
	if (len)
		memcpy(bytes + OBJ_HEADER, data, len);
	return admin(card, opcode, SRIOV, vf + 1, bytes, OBJ_HEADER + len, room);
}

struct answer obj_create(struct card *card, unsigned int vf, uint32_t id, uint8_t kind)
{
	uint8_t data[16] = { [8] = kind };

	return obj_cmd(card, OBJ_CREATE, vf, id, data, sizeof(data), 0);
}

struct answer obj_destroy(struct card *card, unsigned int vf, uint32_t id)
{
	return obj_cmd(card, OBJ_DESTROY, vf, id, NULL, 0, 0);
}

struct answer mode_set(struct card *card, unsigned int vf, uint8_t flags)
{
	return admin(card, MODE_SET, SRIOV, vf + 1, &flags, sizeof(flags), 0);
}

struct answer metadata(struct card *card, unsigned int vf, uint32_t id, uint8_t type, uint32_t room)
{
	uint8_t data[8] = { type };

	return obj_cmd(card, PARTS_METADATA, vf, id, data, sizeof(data), room);
}

struct answer parts_set(struct card *card, unsigned int vf, uint32_t id, const struct parts *parts)
{
	return obj_cmd(card, PARTS_SET, vf, id, parts->bytes, parts->len, 0);
}

struct parts parts_of(struct card *card, unsigned int vf)
{
	uint8_t data[8] = { GET_ALL };
	struct answer answer;
	struct parts parts;

	expect_ok(obj_create(card, vf, OWN_OBJECT, FOR_GET));
	answer = obj_cmd(card, PARTS_GET, vf, OWN_OBJECT, data, sizeof(data),
			 ANSWER_MAX - ANSWER_RESULT);
	expect_ok(answer);
	expect_ok(obj_destroy(card, vf, OWN_OBJECT));
	parts.len = answer.used - ANSWER_RESULT;
	memcpy(parts.bytes, answer.raw + ANSWER_RESULT, parts.len);
	return parts;
}

struct answer parts_to(struct card *card, unsigned int vf, const struct parts *parts)
{
	struct answer answer;

	expect_ok(obj_create(card, vf, OWN_OBJECT, FOR_SET));
	answer = parts_set(card, vf, OWN_OBJECT, parts);
	expect_ok(obj_destroy(card, vf, OWN_OBJECT));
	return answer;
}

/* --- parts in memory --- */

bool part_next(struct parts *parts, size_t *at, struct found *found)
{
	if (*at == parts->len)
		return false;
	g_assert_cmpuint(*at + PART_HEADER, <=, parts->len);
	found->header = parts->bytes + *at;
	found->value = found->header + PART_HEADER;
	found->len = ldl_le_p(found->header + PART_LENGTH);
	*at += PART_HEADER + found->len;
	g_assert_cmpuint(*at, <=, parts->len);
	return true;
}

static bool search(struct parts *parts, uint16_t type, uint64_t selector, struct found *found)
{
	size_t at = 0;

	while (part_next(parts, &at, found))
		if (lduw_le_p(found->header + PART_TYPE) == type &&
		    ldq_le_p(found->header + PART_SELECTOR) == selector)
			return true;
	return false;
}

struct found part_find(struct parts *parts, uint16_t type, uint64_t selector)
{
	struct found found;

	if (!search(parts, type, selector, &found))
		g_error("no part %#x, selector %#" PRIx64, type, selector);
	return found;
}

bool part_has(struct parts *parts, uint16_t type, uint64_t selector)
{
	struct found found;

	return search(parts, type, selector, &found);
}

void part_add(struct parts *parts, uint16_t type, uint8_t flags, uint64_t selector,
	      const void *value, size_t len)
{
	uint8_t *header = parts->bytes + parts->len;

	g_assert_cmpuint(parts->len + PART_HEADER + len, <=, sizeof(parts->bytes));
	memset(header, 0, PART_HEADER);
	stw_le_p(header + PART_TYPE, type);
	header[PART_FLAGS] = flags;
	stq_le_p(header + PART_SELECTOR, selector);
	stl_le_p(header + PART_LENGTH, len);
	memcpy(header + PART_HEADER, value, len);
	parts->len += PART_HEADER + len;
}
