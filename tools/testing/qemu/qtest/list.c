// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which commands there are and which are in use: LIST_QUERY and LIST_USE, as
 * "Group administration commands" and its device requirements have them.
 */
#include "rows.h"

#define GROUP_COMMANDS	"Device groups / Group administration commands"
#define REQUIREMENTS	"Device Requirements: Group administration commands"

static uint64_t words(struct answer *answer, unsigned int word)
{
	g_assert_cmpuint(answer->used, >=, ANSWER_RESULT + 8 * (word + 1));
	return ldq_le_p(answer->raw + ANSWER_RESULT + 8 * word);
}

static void query_sriov(struct card *card)
{
	struct answer answer = list_query(card, SRIOV);

	expect_ok(answer);
	g_assert_cmphex(words(&answer, 0), ==, sriov_commands(card));
}

static void query_self(struct card *card)
{
	struct answer answer = list_query(card, SELF);

	expect_ok(answer);
	g_assert_cmphex(words(&answer, 0), ==, self_commands(card));
}

static void query_length(struct card *card)
{
	struct answer answer = admin(card, LIST_QUERY, SRIOV, 0, NULL, 0, 256);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
	g_assert_cmphex(answer.raw[ANSWER_RESULT + 8], ==, UNTOUCHED);
}

/* Linux numbers: word 0 has all, an all-or-none rule says so of the four. */
static void legacy_all_or_none(struct card *card)
{
	struct answer answer = list_query(card, SRIOV);
	uint64_t four = 0xf << COMMON_WRITE;

	g_assert_cmphex(words(&answer, 0) & four, ==, four);
}

static void after_reset_two_commands(struct card *card)
{
	expect_ok(list_query(card, SRIOV));
	for (uint16_t opcode = COMMON_WRITE; opcode <= NOTIFY_INFO; opcode++)
		expect_status(admin(card, opcode, SRIOV, 1, "\x12\0\0\0\0\0\0\0", 8, 1),
			      EINVAL_, Q_INVALID_OPCODE);
}

static void use_then_legal(struct card *card)
{
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
	expect_ok(legacy_read_at(card, 0, DEVICE_READ, 0, 1));
	expect_ok(admin(card, NOTIFY_INFO, SRIOV, 1, NULL, 0, 64));
}

static void use_replaces(struct card *card)
{
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	expect_ok(list_use(card, SRIOV, LIST_COMMANDS | 1 << COMMON_READ));
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
	expect_status(legacy_read_at(card, 0, DEVICE_READ, 0, 1), EINVAL_, Q_INVALID_OPCODE);
}

static void use_unsupported(struct card *card)
{
	static const uint8_t opcodes[] = { 0x12, 0x13, 31, 63 };

	expect_ok(list_use(card, SRIOV, LIST_COMMANDS | 1 << COMMON_READ));
	for (unsigned int i = 0; i < ARRAY_SIZE(opcodes); i++)
		expect_status(list_use(card, SRIOV, ALL_COMMANDS | 1ull << opcodes[i]),
			      EINVAL_, Q_INVALID_FIELD);
	/* and the list of before is still the one */
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
	expect_status(legacy_read_at(card, 0, DEVICE_READ, 0, 1), EINVAL_, Q_INVALID_OPCODE);
}

static void use_unsupported_far(struct card *card)
{
	uint8_t list[8 * 8] = { ALL_COMMANDS };

	expect_ok(admin(card, LIST_USE, SRIOV, 0, list, sizeof(list), 0));
	list[7 * 8] = 1;
	expect_status(admin(card, LIST_USE, SRIOV, 0, list, sizeof(list), 0),
		      EINVAL_, Q_INVALID_FIELD);
	list[7 * 8] = 0;
	list[8] = 1;
	expect_status(admin(card, LIST_USE, SRIOV, 0, list, sizeof(list), 0),
		      EINVAL_, Q_INVALID_FIELD);
}

static void use_longest(struct card *card)
{
	uint8_t list[65536 / 8 + 64] = { ALL_COMMANDS };

	/* what lies behind the last opcode's bit is outside of the structure */
	list[65536 / 8] = 0xff;
	expect_ok(admin(card, LIST_USE, SRIOV, 0, list, sizeof(list), 0));
	list[65536 / 8 - 1] = 0x80;
	expect_status(admin(card, LIST_USE, SRIOV, 0, list, sizeof(list), 0),
		      EINVAL_, Q_INVALID_FIELD);
}

static void use_short(struct card *card)
{
	uint8_t list = LIST_COMMANDS | 1 << COMMON_READ;

	expect_ok(admin(card, LIST_USE, SRIOV, 0, &list, 1, 0));
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
	expect_status(legacy_read_at(card, 0, DEVICE_READ, 0, 1), EINVAL_, Q_INVALID_OPCODE);
}

static void use_has_no_result(struct card *card)
{
	uint64_t list = cpu_to_le64(ALL_COMMANDS);
	struct answer answer = admin(card, LIST_USE, SRIOV, 0, &list, sizeof(list), 64);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT);
	g_assert_cmphex(answer.raw[ANSWER_RESULT], ==, UNTOUCHED);
}

/* A driver MAY block the two list commands. */
static void use_blocks_itself(struct card *card)
{
	expect_ok(list_use(card, SRIOV, 1 << COMMON_READ));
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
	expect_status(list_query(card, SRIOV), EINVAL_, Q_INVALID_OPCODE);
	expect_status(list_use(card, SRIOV, ALL_COMMANDS), EINVAL_, Q_INVALID_OPCODE);
	/* the other group's are its own */
	expect_ok(list_query(card, SELF));
	/* and a reset brings them back */
	vfs_set(card, 0);
	card_reach(card, LEGACY);
}

/* Mainline's driver leaves the bits clear and means nothing by it. */
static void use_blocks_nothing(struct card *card)
{
	expect_ok(list_use(card, SRIOV, 1 << COMMON_READ));
	expect_ok(list_query(card, SRIOV));
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
}

static void use_nothing_strict(struct card *card)
{
	expect_ok(list_use(card, SRIOV, 0));
	for (uint16_t opcode = LIST_QUERY; opcode <= NOTIFY_INFO; opcode++)
		expect_status(admin(card, opcode, SRIOV, 1, NULL, 0, 0),
			      EINVAL_, Q_INVALID_OPCODE);
}

static void groups_independent(struct card *card)
{
	struct answer answer;

	expect_ok(list_use(card, SELF, LIST_COMMANDS));
	expect_status(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1),
		      EINVAL_, Q_INVALID_OPCODE);
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	answer = list_query(card, SELF);
	g_assert_cmphex(words(&answer, 0), ==, self_commands(card));
	expect_status(list_use(card, SELF, ALL_COMMANDS), EINVAL_, Q_INVALID_FIELD);
	expect_ok(list_use(card, SELF, LIST_COMMANDS));
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

static void reset_forgets(struct card *card)
{
	vfs_set(card, 0);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
	vfs_set(card, card->vfs);
	after_reset_two_commands(card);
}

static void flr_forgets(struct card *card)
{
	func_flr(&card->pf);
	func_map_bars(&card->pf);
	func_scan(&card->pf);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 0);
	vfs_set(card, card->vfs);
	after_reset_two_commands(card);
}

static void reset_takes_the_same(struct card *card)
{
	vfs_set(card, 0);
	card_reach(card, LEGACY);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

static void never_shrinks(struct card *card)
{
	struct answer answer;

	expect_ok(list_use(card, SRIOV, LIST_COMMANDS));
	answer = list_query(card, SRIOV);
	g_assert_cmphex(words(&answer, 0), ==, sriov_commands(card));
	vfs_set(card, 0);
	vfs_set(card, 1);
	answer = list_query(card, SRIOV);
	g_assert_cmphex(words(&answer, 0), ==, sriov_commands(card));
}

static void member_unused(struct card *card)
{
	uint64_t list = cpu_to_le64(ALL_COMMANDS);

	expect_ok(admin(card, LIST_QUERY, SRIOV, 0xffff, NULL, 0, 8));
	expect_ok(admin(card, LIST_USE, SRIOV, UINT64_MAX, &list, sizeof(list), 0));
	expect_ok(admin(card, LIST_QUERY, SELF, 5, NULL, 0, 8));
}

/* "if VF Enable is clear then the device MUST fail all commands" */
static void no_group_strict(struct card *card)
{
	for (uint16_t opcode = LIST_QUERY; opcode <= NOTIFY_INFO; opcode++)
		expect_status(admin(card, opcode, SRIOV, 1, NULL, 0, 64),
			      EINVAL_, Q_INVALID_GROUP);
	expect_status(admin(card, 0x7777, SRIOV, 1, NULL, 0, 64), EINVAL_, Q_INVALID_GROUP);
	expect_ok(list_query(card, SELF));
}

/* Mainline's driver asks for the list once, before there is any VF. */
static void no_group_tolerant(struct card *card)
{
	struct answer answer = list_query(card, SRIOV);

	expect_ok(answer);
	g_assert_cmphex(words(&answer, 0), ==, sriov_commands(card));
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS & ~LIST_COMMANDS));
	for (uint16_t opcode = COMMON_WRITE; opcode <= NOTIFY_INFO; opcode++)
		expect_status(admin(card, opcode, SRIOV, 1, NULL, 0, 64),
			      EINVAL_, Q_INVALID_GROUP);
	vfs_set(card, card->vfs);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

static void group_goes_with_vfs(struct card *card)
{
	vfs_set(card, 0);
	expect_status(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1),
		      EINVAL_, Q_INVALID_GROUP);
	vfs_set(card, card->vfs);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* VF Enable set with NumVFs 0: a group, and it has no members. */
static void group_without_members(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	cfg_put16(&card->pf, cap + SRIOV_NUM_VFS, 0);
	cfg_put16(&card->pf, cap + SRIOV_CONTROL, SRIOV_VF_ENABLE);
	expect_ok(list_query(card, SRIOV));
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS));
	expect_status(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1),
		      EINVAL_, Q_INVALID_MEMBER);
}

static const struct row list_rows[] = {
	{ "query-sriov", GROUP_COMMANDS, TYPES | BOTH, GROUP, query_sriov },
	{ "query-self", GROUP_COMMANDS, TYPES | BOTH, GROUP, query_self },
	{ "query-length", GROUP_COMMANDS, NET | BOTH, GROUP, query_length },
	{ "legacy-all-or-none", "Device Requirements: Legacy Interface", TYPES | BOTH, GROUP,
	  legacy_all_or_none },
	{ "after-reset-two-commands", REQUIREMENTS, TYPES | BOTH, GROUP, after_reset_two_commands },
	{ "use-then-legal", REQUIREMENTS, TYPES | BOTH, GROUP, use_then_legal },
	{ "use-replaces", REQUIREMENTS, NET | BOTH, GROUP, use_replaces },
	{ "use-unsupported", REQUIREMENTS, TYPES | BOTH, GROUP, use_unsupported },
	{ "use-unsupported-far", REQUIREMENTS, NET | BOTH, GROUP, use_unsupported_far },
	{ "use-longest", REQUIREMENTS, NET | BOTH, GROUP, use_longest },
	{ "use-short", "Administration Virtqueues", NET | BOTH, GROUP, use_short },
	{ "use-has-no-result", GROUP_COMMANDS, NET | BOTH, GROUP, use_has_no_result },
	{ "use-blocks-itself", REQUIREMENTS, NET | STRICT, GROUP, use_blocks_itself },
	{ "use-blocks-nothing", "personality tolerant", NET | TOLERANT, GROUP, use_blocks_nothing },
	{ "use-nothing", REQUIREMENTS, NET | STRICT, GROUP, use_nothing_strict },
	{ "groups-independent", REQUIREMENTS, NET | BOTH, GROUP, groups_independent },
	{ "reset-forgets", REQUIREMENTS, TYPES | BOTH, LEGACY, reset_forgets },
	{ "flr-forgets", REQUIREMENTS, NET | BOTH, LEGACY, flr_forgets },
	{ "reset-takes-the-same", REQUIREMENTS, NET | BOTH, LEGACY, reset_takes_the_same },
	{ "never-shrinks", REQUIREMENTS, NET | BOTH, GROUP, never_shrinks },
	{ "member-unused", GROUP_COMMANDS, NET | BOTH, GROUP, member_unused },
	{ "no-group", REQUIREMENTS, TYPES | STRICT, ADMIN, no_group_strict },
	{ "no-group-lists", "personality tolerant", TYPES | TOLERANT, ADMIN, no_group_tolerant },
	{ "group-goes-with-vfs", REQUIREMENTS, TYPES | BOTH, LEGACY, group_goes_with_vfs },
	{ "group-without-members", REQUIREMENTS, NET | BOTH, ADMIN, group_without_members },
};

FAMILY(list);
