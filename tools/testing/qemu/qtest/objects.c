// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capabilities and resource objects, statement by statement: "Device and driver
 * capabilities", "Device resource objects".
 */
#include "migrate.h"

#define CAPS		"Device and driver capabilities"
#define CAPS_MUST	"Device Requirements: Device and driver capabilities"
#define OBJECTS		"Device resource objects"
#define OBJECTS_MUST	"Device Requirements: Device resource objects"
#define PARTS_MUST	"Device Requirements: Device parts"

/* --- which commands --- */

static void all_or_none(struct card *card)
{
	uint64_t sriov = ldq_le_p(list_query(card, SRIOV).raw + ANSWER_RESULT);
	uint64_t self = ldq_le_p(list_query(card, SELF).raw + ANSWER_RESULT);

	g_assert_cmphex(sriov & PARTS_COMMANDS, ==, PARTS_COMMANDS);
	g_assert_cmphex(self & CAP_COMMANDS, ==, CAP_COMMANDS);
}

static void none(struct card *card)
{
	g_assert_cmphex(ldq_le_p(list_query(card, SRIOV).raw + ANSWER_RESULT), ==, ALL_COMMANDS);
	g_assert_cmphex(ldq_le_p(list_query(card, SELF).raw + ANSWER_RESULT), ==, LIST_COMMANDS);
	for (uint16_t opcode = OBJ_CREATE; opcode <= MODE_SET; opcode++)
		expect_status(admin(card, opcode, SRIOV, 1, NULL, 0, 64), EINVAL_,
			      Q_INVALID_OPCODE);
	for (uint16_t opcode = CAP_LIST; opcode <= CAP_SET; opcode++)
		expect_status(admin(card, opcode, SELF, 0, NULL, 0, 64), EINVAL_, Q_INVALID_OPCODE);
}

/* "MUST complete the commands [...] with EINVAL if the commands are not for the self group" */
static void caps_are_for_self(struct card *card)
{
	migration_ready(card, 1);
	for (uint16_t opcode = CAP_LIST; opcode <= CAP_SET; opcode++) {
		struct answer answer = admin(card, opcode, SRIOV, 1, NULL, 0, 64);

		g_assert_cmpuint(answer.status, ==, EINVAL_);
	}
}

static void caps_in_use_first(struct card *card)
{
	expect_status(admin(card, CAP_LIST, SELF, 0, NULL, 0, 256), EINVAL_, Q_INVALID_OPCODE);
	expect_ok(list_use(card, SELF, self_commands(card)));
	expect_ok(admin(card, CAP_LIST, SELF, 0, NULL, 0, 256));
}

/* Mainline's driver says nothing to the self group. */
static void caps_without_use(struct card *card)
{
	expect_ok(admin(card, CAP_LIST, SELF, 0, NULL, 0, 8));
	expect_ok(cap_get(card, CAP_PARTS, 2));
}

static void parts_have_members(struct card *card)
{
	migration_ready(card, 0);
	for (uint16_t opcode = OBJ_CREATE; opcode <= MODE_SET; opcode++) {
		expect_status(admin(card, opcode, SRIOV, 0, NULL, 0, 64), EINVAL_,
			      Q_INVALID_MEMBER);
		expect_status(admin(card, opcode, SRIOV, card->vfs + 1, NULL, 0, 64), EINVAL_,
			      Q_INVALID_MEMBER);
		expect_status(admin(card, opcode, SELF, 0, NULL, 0, 64), EINVAL_,
			      Q_INVALID_OPCODE);
	}
}

/* --- capabilities --- */

static void cap_list(struct card *card)
{
	struct answer answer;

	migration_ready(card, 0);
	answer = admin(card, CAP_LIST, SELF, 0, NULL, 0, 512);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 256);
	for (unsigned int i = 0; i < 256; i++)
		g_assert_cmphex(answer.raw[ANSWER_RESULT + i], ==,
				i == 0 ? 1 : i == 255 ? 0x80 : 0);
	/* one word is enough for a driver that knows no more */
	answer = admin(card, CAP_LIST, SELF, 0, NULL, 0, 8);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
}

static void cap_values(struct card *card)
{
	struct answer answer;

	migration_ready(card, 0);
	answer = cap_get(card, CAP_PARTS, 64);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 2);
	g_assert_cmpuint(answer.raw[ANSWER_RESULT], ==, 255);
	g_assert_cmpuint(answer.raw[ANSWER_RESULT + 1], ==, 255);
	answer = cap_get(card, CAP_OWN, 64);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
	g_assert(!memcmp(answer.raw + ANSWER_RESULT, "VVPS\1\0\0\0", 8));
}

/* "SHOULD complete [...] with ENXIO if the capability id is not reported" */
static void cap_unknown(struct card *card)
{
	static const uint16_t ids[] = { 1, 63, 64, 0x7fe, 0x800, 0xffff };

	migration_ready(card, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		g_assert_cmpuint(cap_get(card, ids[i], 64).status, ==, ENXIO_);
		g_assert_cmpuint(cap_set(card, ids[i], "", 1).status, ==, ENXIO_);
	}
}

static void cap_limits(struct card *card)
{
	expect_ok(list_use(card, SELF, self_commands(card)));
	expect_ok(list_use(card, SRIOV, sriov_commands(card)));
	g_assert_cmpuint(cap_set(card, CAP_PARTS, "\5\4", 2).status, ==, EINVAL_);
	g_assert_cmpuint(cap_set(card, CAP_PARTS, "\4\5", 2).status, ==, EINVAL_);
	expect_ok(cap_set(card, CAP_PARTS, "\4\4", 2));
	expect_ok(cap_set(card, CAP_PARTS, "\2\0", 2));
	expect_ok(obj_create(card, 0, 1, FOR_GET));
	g_assert_cmpuint(obj_create(card, 0, 2, FOR_GET).status, ==, ENOSPC_);
	g_assert_cmpuint(obj_create(card, 0, 0, FOR_SET).status, ==, ENOSPC_);
	/* "EBUSY if the command requests to disable a capability while [...] objects" */
	g_assert_cmpuint(cap_set(card, CAP_PARTS, "\0\0", 2).status, ==, EBUSY_);
	expect_ok(obj_destroy(card, 0, 1));
	expect_ok(cap_set(card, CAP_PARTS, "\0\0", 2));
	g_assert_cmpuint(obj_create(card, 0, 0, FOR_GET).status, ==, ENOSPC_);
}

static void cap_own(struct card *card)
{
	migration_ready(card, 0);
	g_assert_cmpuint(cap_set(card, CAP_OWN, "VVPS\2\0\0\0", 8).status, ==, EINVAL_);
	g_assert_cmpuint(cap_set(card, CAP_OWN, "VVPT\1\0\0\0", 8).status, ==, EINVAL_);
	expect_ok(cap_set(card, CAP_OWN, "VVPS\1\0\0\0", 8));
	expect_ok(cap_set(card, CAP_OWN, "VVPS\0\0\0\0", 8));
}

/* "SHOULD treat the driver resource limits as zero if the driver has not set" */
static void not_set_is_zero(struct card *card)
{
	expect_ok(list_use(card, SRIOV, sriov_commands(card)));
	g_assert_cmpuint(obj_create(card, 0, 0, FOR_GET).status, ==, ENOSPC_);
}

/* "Upon a device reset, the device MUST reset all driver capabilities", and all objects */
static void reset_forgets(struct card *card)
{
	migration_ready(card, 1);
	expect_ok(obj_create(card, 0, 0, FOR_GET));
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
	expect_ok(list_use(card, SELF, self_commands(card)));
	expect_ok(list_use(card, SRIOV, sriov_commands(card)));
	g_assert_cmpuint(obj_create(card, 0, 0, FOR_GET).status, ==, ENOSPC_);
	expect_ok(cap_set(card, CAP_PARTS, "\1\1", 2));
	expect_ok(obj_create(card, 0, 0, FOR_GET));
}

/* --- objects --- */

static void one_of_an_id(struct card *card)
{
	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, 7, FOR_GET));
	g_assert_cmpuint(obj_create(card, 0, 7, FOR_GET).status, ==, EEXIST_);
	g_assert_cmpuint(obj_create(card, 0, 7, FOR_SET).status, ==, EEXIST_);
	g_assert_cmpuint(obj_create(card, 1, 7, FOR_GET).status, ==, EEXIST_);
	/* "MUST allow recreating the resource object" */
	for (unsigned int i = 0; i < 3; i++) {
		expect_ok(obj_destroy(card, 0, 7));
		expect_ok(obj_create(card, 0, 7, i & 1));
	}
}

/* "SHOULD allow creating as many resource objects as represented by the driver capability" */
static void as_many_as_said(struct card *card)
{
	migration_ready(card, 0);
	for (unsigned int id = 0; id < 255; id++)
		expect_ok(obj_create(card, id % card->vfs, id, id & 1));
	g_assert_cmpuint(obj_create(card, 0, 255, FOR_GET).status, ==, ENOSPC_);
	for (unsigned int id = 0; id < 255; id++)
		expect_ok(obj_destroy(card, id % card->vfs, id));
}

/* "ENXIO if the specified resource object does not exist" */
static void not_there(struct card *card)
{
	static const uint16_t opcodes[] = { OBJ_MODIFY, OBJ_QUERY, OBJ_DESTROY, PARTS_METADATA,
					    PARTS_GET, PARTS_SET };

	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, 3, FOR_GET));
	for (unsigned int i = 0; i < ARRAY_SIZE(opcodes); i++) {
		g_assert_cmpuint(obj_cmd(card, opcodes[i], 0, 4, NULL, 0, 64).status, ==, ENXIO_);
		/* another member's */
		g_assert_cmpuint(obj_cmd(card, opcodes[i], 1, 3, NULL, 0, 64).status, ==, ENXIO_);
	}
	expect_ok(obj_destroy(card, 0, 3));
	g_assert_cmpuint(obj_destroy(card, 0, 3).status, ==, ENXIO_);
}

/* QUERY gives what CREATE or MODIFY said last; a MODIFY that fails changes nothing. */
static void query(struct card *card)
{
	uint8_t data[16] = {};

	migration_ready(card, 0);
	for (uint8_t kind = FOR_GET; kind <= FOR_SET; kind++) {
		struct answer answer;

		expect_ok(obj_create(card, 0, kind, kind));
		data[8] = !kind;
		g_assert_cmpuint(obj_cmd(card, OBJ_MODIFY, 0, kind, data, 16, 0).status, ==,
				 EINVAL_);
		data[8] = kind;
		expect_ok(obj_cmd(card, OBJ_MODIFY, 0, kind, data, 16, 0));
		answer = obj_cmd(card, OBJ_QUERY, 0, kind, data, 8, 64);
		expect_ok(answer);
		g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
		g_assert_cmpuint(ldq_le_p(answer.raw + ANSWER_RESULT), ==, kind);
	}
}

static void bad_objects(struct card *card)
{
	uint8_t data[OBJ_DATA] = {};

	migration_ready(card, 0);
	stw_le_p(data + OBJ_TYPE, 1);
	g_assert_cmpuint(admin(card, OBJ_CREATE, SRIOV, 1, data, sizeof(data), 0).status, ==,
			 EINVAL_);
	stw_le_p(data + OBJ_TYPE, 0);
	data[OBJ_KIND] = 2;
	g_assert_cmpuint(admin(card, OBJ_CREATE, SRIOV, 1, data, sizeof(data), 0).status, ==,
			 EINVAL_);
	data[OBJ_KIND] = 0;
	data[OBJ_FLAGS] = 1;
	g_assert_cmpuint(admin(card, OBJ_CREATE, SRIOV, 1, data, sizeof(data), 0).status, ==,
			 EINVAL_);
	data[OBJ_FLAGS] = 0;
	expect_ok(admin(card, OBJ_CREATE, SRIOV, 1, data, sizeof(data), 0));
}

/* An object is for one thing, "but not both". */
static void one_purpose(struct card *card)
{
	struct parts empty = { .len = 0 };
	uint8_t all[8] = { GET_ALL };

	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, 0, FOR_GET));
	expect_ok(obj_create(card, 0, 1, FOR_SET));
	expect_ok(mode_set(card, 0, STOPPED));
	g_assert_cmpuint(parts_set(card, 0, 0, &empty).status, ==, EINVAL_);
	expect_ok(parts_set(card, 0, 1, &empty));
	g_assert_cmpuint(metadata(card, 0, 1, METADATA_SIZE, 64).status, ==, EINVAL_);
	expect_ok(metadata(card, 0, 0, METADATA_SIZE, 64));
	g_assert_cmpuint(obj_cmd(card, PARTS_GET, 0, 1, all, 8, 4000).status, ==, EINVAL_);
	expect_ok(obj_cmd(card, PARTS_GET, 0, 0, all, 8, 4000));
}

static void gone_with_the_member(struct card *card)
{
	struct func vf = vf_open(card, 0);

	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, 0, FOR_GET));
	/* a reset of the member leaves it */
	func_flr(&vf);
	expect_ok(obj_cmd(card, OBJ_QUERY, 0, 0, NULL, 0, 64));
	vfs_set(card, 0);
	vfs_set(card, card->vfs);
	g_assert_cmpuint(obj_cmd(card, OBJ_QUERY, 0, 0, NULL, 0, 64).status, ==, ENXIO_);
	expect_ok(obj_create(card, 0, 0, FOR_GET));
}

static const struct row objects_rows[] = {
	{ "all-or-none", PARTS_MUST, TYPES | BOTH, GROUP, all_or_none },
	{ "none", PARTS_MUST, TYPES | BOTH, LEGACY, none, 0, ",migration=off" },
	{ "caps-are-for-self", CAPS_MUST, NET | BOTH, GROUP, caps_are_for_self },
	{ "caps-in-use-first", CAPS_MUST, NET | STRICT, GROUP, caps_in_use_first },
	{ "caps-without-use", "personality tolerant", NET | TOLERANT, ADMIN, caps_without_use },
	{ "parts-have-members", PARTS_MUST, NET | BOTH, GROUP, parts_have_members },
	{ "cap-list", CAPS, TYPES | BOTH, GROUP, cap_list },
	{ "cap-values", CAPS, TYPES | BOTH, GROUP, cap_values },
	{ "cap-unknown", CAPS_MUST, NET | BOTH, GROUP, cap_unknown },
	{ "cap-limits", CAPS_MUST, NET | BOTH, GROUP, cap_limits, 0, ",object-limit=4" },
	{ "cap-own", "The part of our own", NET | BOTH, GROUP, cap_own },
	{ "not-set-is-zero", CAPS_MUST, NET | BOTH, GROUP, not_set_is_zero },
	{ "reset-forgets", CAPS_MUST, NET | BOTH, GROUP, reset_forgets },
	{ "one-of-an-id", OBJECTS_MUST, TYPES | BOTH, GROUP, one_of_an_id },
	{ "as-many-as-said", OBJECTS_MUST, NET | TOLERANT, GROUP, as_many_as_said },
	{ "not-there", OBJECTS_MUST, TYPES | BOTH, GROUP, not_there },
	{ "query", OBJECTS_MUST, TYPES | BOTH, GROUP, query },
	{ "bad-objects", OBJECTS, NET | BOTH, GROUP, bad_objects },
	{ "one-purpose", OBJECTS, TYPES | BOTH, GROUP, one_purpose },
	{ "gone-with-the-member", OBJECTS, NET | BOTH, GROUP, gone_with_the_member },
};

FAMILY(objects);
