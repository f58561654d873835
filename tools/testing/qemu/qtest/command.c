// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command's form, whatever it is: what is validated in which order, buffers
 * that are shorter, longer or cut up, used lengths, order, the ring.
 */
#include "rows.h"

#define COMMANDS	"Device Requirements: Group administration commands"
#define QUEUES		"Device Requirements: Administration Virtqueues"

static const uint8_t status_offset[LEGACY_DATA] = { L_STATUS };

static struct answer any(struct card *card, uint16_t opcode, uint16_t group, uint64_t member)
{
	return admin(card, opcode, group, member, status_offset, sizeof(status_offset), 1);
}

static void invalid_group(struct card *card)
{
	static const uint16_t groups[] = { 2, 3, 0x100, 0x101, 0x7fff, 0xffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(groups); i++)
		expect_status(any(card, COMMON_READ, groups[i], 1), EINVAL_, Q_INVALID_GROUP);
}

static void group_before_opcode(struct card *card)
{
	expect_status(any(card, 0xffff, 2, 1), EINVAL_, Q_INVALID_GROUP);
	expect_status(any(card, 0xffff, 2, 0), EINVAL_, Q_INVALID_GROUP);
}

static void invalid_opcode(struct card *card)
{
	static const uint16_t opcodes[] = { 0x12, 0x13, 0x40, 0x102, 0x7fff, 0x8000, 0xffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(opcodes); i++) {
		expect_status(any(card, opcodes[i], SRIOV, 1), EINVAL_, Q_INVALID_OPCODE);
		expect_status(any(card, opcodes[i], SELF, 0), EINVAL_, Q_INVALID_OPCODE);
	}
}

static void legacy_not_for_self(struct card *card)
{
	for (uint16_t opcode = COMMON_WRITE; opcode <= NOTIFY_INFO; opcode++)
		expect_status(any(card, opcode, SELF, 0), EINVAL_, Q_INVALID_OPCODE);
}

static void opcode_before_member(struct card *card)
{
	expect_status(any(card, 0x77, SRIOV, 0), EINVAL_, Q_INVALID_OPCODE);
	expect_status(any(card, 0x77, SRIOV, 1000), EINVAL_, Q_INVALID_OPCODE);
}

static void invalid_member(struct card *card)
{
	const uint64_t members[] = { 0, card->vfs + 1, 0x100000001ull, 0x10001, INT64_MAX,
				     UINT64_MAX };

	for (unsigned int i = 0; i < ARRAY_SIZE(members); i++)
		for (uint16_t opcode = COMMON_WRITE; opcode <= NOTIFY_INFO; opcode++)
			expect_status(any(card, opcode, SRIOV, members[i]),
				      EINVAL_, Q_INVALID_MEMBER);
}

static void member_up_to_num_vfs(struct card *card)
{
	vfs_set(card, 0);
	vfs_set(card, card->vfs - 1);
	expect_ok(any(card, COMMON_READ, SRIOV, card->vfs - 1));
	expect_status(any(card, COMMON_READ, SRIOV, card->vfs), EINVAL_, Q_INVALID_MEMBER);
}

static void every_member(struct card *card)
{
	for (unsigned int i = 1; i <= card->vfs; i++)
		expect_ok(any(card, COMMON_READ, SRIOV, i));
	expect_status(any(card, COMMON_READ, SRIOV, card->vfs + 1), EINVAL_, Q_INVALID_MEMBER);
}

static void reserved_ignored(struct card *card)
{
	uint8_t cmd[CMD_DATA + LEGACY_DATA];
	size_t len = cmd_make(cmd, COMMON_READ, SRIOV, 1, status_offset, sizeof(status_offset));

	memset(cmd + CMD_RESERVED, 0xff, CMD_MEMBER - CMD_RESERVED);
	memset(cmd + CMD_DATA + 1, 0xff, LEGACY_DATA - 1);
	expect_ok(admin_raw(card, cmd, len, ANSWER_RESULT + 1));
}

static void reserved_zero(struct card *card)
{
	struct answer good = any(card, COMMON_READ, SRIOV, 1);
	struct answer bad = any(card, COMMON_READ, SRIOV, 0);

	for (unsigned int i = ANSWER_RESERVED; i < ANSWER_RESULT; i++) {
		g_assert_cmphex(good.raw[i], ==, 0);
		g_assert_cmphex(bad.raw[i], ==, 0);
	}
}

/* An error's result is initialized up to the structure's length too. */
static void error_initializes(struct card *card)
{
	struct answer answer = admin(card, NOTIFY_INFO, SRIOV, 0, NULL, 0, 200);

	expect_status(answer, EINVAL_, Q_INVALID_MEMBER);
	g_assert_cmpuint(answer.used % 8, ==, 0);
	for (unsigned int i = ANSWER_RESERVED; i < answer.used; i++)
		g_assert_cmphex(answer.raw[i], ==, 0);
	g_assert_cmphex(answer.raw[answer.used], ==, UNTOUCHED);
}

static void readable_shorter(struct card *card)
{
	uint8_t cmd[CMD_DATA];

	/* LIST_QUERY is opcode 0: what is missing of the header is group 0, member 0 */
	for (size_t len = 1; len <= CMD_DATA; len++) {
		struct answer answer;

		cmd_make(cmd, LIST_QUERY, SRIOV, 0, NULL, 0);
		answer = admin_raw(card, cmd, len, ANSWER_RESULT + 8);
		expect_ok(answer);
		g_assert_cmphex(ldq_le_p(answer.raw + ANSWER_RESULT), ==,
				len <= CMD_GROUP ? self_commands(card) : sriov_commands(card));
	}
	/* half of an opcode */
	cmd_make(cmd, 0x0077, SELF, 0, NULL, 0);
	expect_status(admin_raw(card, cmd, 1, ANSWER_RESULT), EINVAL_, Q_INVALID_OPCODE);
	/* a member that is missing is 0 */
	cmd_make(cmd, COMMON_READ, SRIOV, 1, NULL, 0);
	expect_status(admin_raw(card, cmd, CMD_MEMBER, ANSWER_RESULT + 1),
		      EINVAL_, Q_INVALID_MEMBER);
	/* an offset that is missing is 0: the device features */
	expect_ok(admin_raw(card, cmd, CMD_DATA, ANSWER_RESULT + 4));
}

static void readable_longer(struct card *card)
{
	uint8_t cmd[CMD_DATA + 4096];

	memset(cmd, 0xff, sizeof(cmd));
	cmd_make(cmd, LIST_QUERY, SRIOV, 0, NULL, 0);
	expect_ok(admin_raw(card, cmd, sizeof(cmd), ANSWER_RESULT + 8));
	cmd_make(cmd, NOTIFY_INFO, SRIOV, 1, NULL, 0);
	expect_ok(admin_raw(card, cmd, sizeof(cmd), ANSWER_RESULT + 64));
	cmd_make(cmd, COMMON_READ, SRIOV, 1, NULL, 0);
	cmd[CMD_DATA] = L_STATUS;
	expect_ok(admin_raw(card, cmd, sizeof(cmd), ANSWER_RESULT + 1));
}

static void writable_shorter(struct card *card)
{
	uint8_t cmd[CMD_DATA];
	size_t len = cmd_make(cmd, LIST_QUERY, SRIOV, 0, NULL, 0);

	for (uint32_t room = 1; room < ANSWER_RESULT + 8; room++) {
		struct answer answer = admin_raw(card, cmd, len, room);

		g_assert_cmpuint(answer.used, ==, room);
		g_assert_cmphex(answer.raw[0], ==, OK);
		if (room > ANSWER_RESULT)
			g_assert_cmphex(answer.raw[ANSWER_RESULT], ==,
					(uint8_t)sriov_commands(card));
	}
	len = cmd_make(cmd, LIST_QUERY, 2, 0, NULL, 0);
	g_assert_cmphex(admin_raw(card, cmd, len, 1).raw[0], ==, EINVAL_);
	/* and the next one is none the worse */
	expect_ok(list_query(card, SRIOV));
}

static void writable_longer(struct card *card)
{
	struct answer answer = admin(card, NOTIFY_INFO, SRIOV, 1, NULL, 0, 4000);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + NOTIFY_ENTRIES * NOTIFY_LEN);
	for (unsigned int i = answer.used; i < 4000; i++)
		g_assert_cmphex(answer.raw[i], ==, UNTOUCHED);
}

static void notify_info_shorter(struct card *card)
{
	for (uint32_t room = 0; room < NOTIFY_ENTRIES * NOTIFY_LEN; room += 8) {
		struct answer answer = admin(card, NOTIFY_INFO, SRIOV, 1, NULL, 0, room);

		expect_ok(answer);
		g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + room);
	}
}

/* A driver that breaks the rules gets a used element and nothing worse. */
static void writable_missing(struct card *card)
{
	uint8_t cmd[CMD_DATA];
	size_t len = cmd_make(cmd, LIST_QUERY, SRIOV, 0, NULL, 0);
	struct answer answer = admin_raw(card, cmd, len, 0);

	g_assert_cmpuint(answer.used, ==, 0);
	expect_ok(list_query(card, SRIOV));
}

static void readable_missing(struct card *card)
{
	struct answer answer = admin_raw(card, NULL, 0, ANSWER_RESULT + 8);

	/* all zero: LIST_QUERY of the self group */
	expect_ok(answer);
	g_assert_cmphex(ldq_le_p(answer.raw + ANSWER_RESULT), ==, self_commands(card));
}

static void reads_back(struct card *card, const struct sent *sent)
{
	struct answer answer = admin_expect(card, sent);

	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
	g_assert_cmphex(ldq_le_p(answer.raw + ANSWER_RESULT), ==, sriov_commands(card));
}

static void byte_by_byte(struct card *card)
{
	uint8_t cmd[CMD_DATA];
	struct buf bufs[CMD_DATA + ANSWER_RESULT + 8];
	struct sent sent = { .room = ANSWER_RESULT + 8 };
	unsigned int count = 0;

	cmd_make(cmd, LIST_QUERY, SRIOV, 0, NULL, 0);
	sent.writable = card_ram(card, sent.room, 16);
	for (; count < CMD_DATA; count++)
		bufs[count] = (struct buf){ card_fill(card, cmd + count, 1), 1, false };
	for (unsigned int i = 0; i < sent.room; i++)
		bufs[count++] = (struct buf){ sent.writable + i, 1, true };
	sent.head = ring_add(&card->admin, bufs, count);
	ring_kick(&card->admin);
	reads_back(card, &sent);
}

static void indirect(struct card *card)
{
	uint8_t cmd[CMD_DATA], table[32] = {};
	struct sent sent = { .room = ANSWER_RESULT + 8 };

	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_INDIRECT, 0);
	vfs_set(card, card->vfs);
	cmd_make(cmd, LIST_QUERY, SRIOV, 0, NULL, 0);
	sent.writable = card_ram(card, sent.room, 16);
	stq_le_p(table, card_fill(card, cmd, sizeof(cmd)));
	stl_le_p(table + 8, sizeof(cmd));
	stw_le_p(table + 12, DESC_NEXT);
	stw_le_p(table + 14, 1);
	stq_le_p(table + 16, sent.writable);
	stl_le_p(table + 24, sent.room);
	stw_le_p(table + 28, DESC_WRITE);
	ring_desc(&card->admin, 0, card_fill(card, table, sizeof(table)), sizeof(table),
		  DESC_INDIRECT, 0);
	ring_offer(&card->admin, 0);
	ring_kick(&card->admin);
	reads_back(card, &sent);
}

/* "the command MUST NOT have any side effects on the device" */
static void einval_no_effect(struct card *card)
{
	uint8_t status[2] = { ACKNOWLEDGE, 0 };

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE | DRIVER);
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, 24, status, 1),
		      EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, 23, status, 2),
		      EINVAL_, Q_INVALID_FIELD);
	expect_status(legacy_write_at(card, card->vfs, COMMON_WRITE, L_STATUS, status + 1, 1),
		      EINVAL_, Q_INVALID_MEMBER);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, ACKNOWLEDGE | DRIVER);
	/* nor does an error touch the PF */
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS), ==,
			ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

/* Each of these commands depends on the ones before it. */
static void in_order(struct card *card)
{
	struct sent sent[40];
	uint8_t write[LEGACY_DATA + 1] = { L_STATUS };

	card_set_number(card, "latency-us", 50);
	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i += 2) {
		write[LEGACY_DATA] = i + 1;
		sent[i] = admin_send(card, COMMON_WRITE, SRIOV, 1, write, sizeof(write), 0);
		sent[i + 1] = admin_send(card, COMMON_READ, SRIOV, 1, write, LEGACY_DATA, 1);
	}
	admin_expect_none(card);
	card_step(card, 60);
	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i += 2) {
		expect_ok(admin_expect(card, &sent[i]));
		g_assert_cmphex(admin_expect(card, &sent[i + 1]).raw[ANSWER_RESULT], ==, i + 1);
	}
}

static void ring_wraps(struct card *card)
{
	for (unsigned int i = 0; i < 3 * card->admin.size; i++)
		expect_ok(list_query(card, SRIOV));
}

static void index_wraps(struct card *card)
{
	/* the ring's own 16-bit counters, on the smallest queue */
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 2);
	qtest_writew(card->qts, card->admin.avail, 1);	/* no interrupt */
	for (unsigned int i = 0; i < 300; i++)
		expect_ok(list_query(card, SELF));
}

static void smaller_queue(struct card *card)
{
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 4);
	for (unsigned int i = 0; i < 11; i++)
		expect_ok(list_query(card, SELF));
}

static void queue_full(struct card *card)
{
	struct sent sent[64];
	unsigned int count = ARRAY_SIZE(sent);

	vfs_set(card, 0);
	pf_start(card, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ, 2 * count);
	card_set_number(card, "latency-us", 20);
	for (unsigned int i = 0; i < count; i++)
		sent[i] = admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);
	admin_expect_none(card);
	card_step(card, 21);
	for (unsigned int i = 0; i < count; i++)
		expect_ok(admin_expect(card, &sent[i]));
}

static void packed_ring(struct card *card)
{
	/* offered only where it was asked for */
	g_assert_cmphex(modern_features(&card->pf) & F_PACKED, ==, 0);
}

static void interrupt(struct card *card)
{
	uint64_t at = func_msix(&card->pf, 3);

	modern_begin(&card->pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
	card->admin = ring_modern(&card->pf, common16(&card->pf, COMMON_ADMIN_INDEX), 0, 2);
	g_assert_cmphex(common16(&card->pf, COMMON_QUEUE_VECTOR), ==, 2);
	modern_driver_ok(&card->pf);
	expect_ok(list_query(card, SELF));
	for (unsigned int i = 0; i < 3; i++)
		g_assert_cmphex(qtest_readl(card->qts, at + 4 * i), ==,
				i == 2 ? msix_message(2) : 0);
	qtest_writel(card->qts, at + 8, 0);
	qtest_writew(card->qts, card->admin.avail, 1);	/* VIRTQ_AVAIL_F_NO_INTERRUPT */
	expect_ok(list_query(card, SELF));
	g_assert_cmphex(qtest_readl(card->qts, at + 8), ==, 0);
}

static void not_before_driver_ok(struct card *card)
{
	struct sent sent;

	modern_begin(&card->pf, F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ);
	card->admin = ring_modern(&card->pf, common16(&card->pf, COMMON_ADMIN_INDEX), 0, NO_VECTOR);
	sent = admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);
	admin_expect_none(card);
	modern_driver_ok(&card->pf);
	ring_kick(&card->admin);
	expect_ok(admin_expect(card, &sent));
}

static void not_negotiated(struct card *card)
{
	modern_begin(&card->pf, F_VERSION_1 | F_PLATFORM);
	card->admin = ring_modern(&card->pf, common16(&card->pf, COMMON_ADMIN_INDEX), 0, NO_VECTOR);
	modern_driver_ok(&card->pf);
	admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);
	admin_expect_none(card);
}

static const struct row command_rows[] = {
	{ "invalid-group", COMMANDS, TYPES | BOTH, LEGACY, invalid_group },
	{ "group-before-opcode", COMMANDS, NET | BOTH, LEGACY, group_before_opcode },
	{ "invalid-opcode", COMMANDS, TYPES | BOTH, LEGACY, invalid_opcode },
	{ "legacy-not-for-self", "Legacy Interfaces", NET | BOTH, LEGACY, legacy_not_for_self },
	{ "opcode-before-member", COMMANDS, NET | BOTH, LEGACY, opcode_before_member },
	{ "invalid-member", COMMANDS, TYPES | BOTH, LEGACY, invalid_member },
	{ "member-up-to-num-vfs", COMMANDS, NET | BOTH, LEGACY, member_up_to_num_vfs },
	{ "every-member-of-64", "Device groups", TYPES | BOTH, LEGACY, every_member, 64 },
	{ "every-member-of-1", "Device groups", TYPES | BOTH, LEGACY, every_member, 1 },
	{ "every-member-of-255", "Device groups", NET | TOLERANT, LEGACY, every_member, 255 },
	{ "reserved-ignored", "Group administration commands", NET | BOTH, LEGACY,
	  reserved_ignored },
	{ "reserved-zero", "Group administration commands", NET | BOTH, LEGACY, reserved_zero },
	{ "error-initializes", QUEUES, NET | BOTH, LEGACY, error_initializes },
	{ "readable-shorter", QUEUES, NET | BOTH, LEGACY, readable_shorter },
	{ "readable-longer", QUEUES, NET | BOTH, LEGACY, readable_longer },
	{ "writable-shorter", QUEUES, NET | BOTH, LEGACY, writable_shorter },
	{ "writable-longer", QUEUES, NET | BOTH, LEGACY, writable_longer },
	{ "notify-info-shorter", QUEUES, NET | BOTH, LEGACY, notify_info_shorter },
	{ "writable-missing", QUEUES, NET | BOTH, LEGACY, writable_missing },
	{ "readable-missing", QUEUES, NET | BOTH, LEGACY, readable_missing },
	{ "byte-by-byte", "Message Framing", NET | BOTH, LEGACY, byte_by_byte },
	{ "indirect", "Indirect Descriptors", NET | BOTH, BARE, indirect },
	{ "einval-no-effect", COMMANDS, NET | BOTH, LEGACY, einval_no_effect },
	{ "in-order", QUEUES, TYPES | BOTH, LEGACY, in_order },
	{ "ring-wraps", "Split Virtqueues", NET | BOTH, LEGACY, ring_wraps },
	{ "index-wraps", "Split Virtqueues", NET | TOLERANT, BARE, index_wraps },
	{ "smaller-queue", "Common configuration structure layout", NET | BOTH, BARE,
	  smaller_queue },
	{ "queue-full", QUEUES, NET | BOTH, LEGACY, queue_full },
	{ "packed-not-offered", "Reserved Feature Bits", NET | TOLERANT, BARE, packed_ring },
	{ "interrupt", "Used Buffer Notifications", TYPES | BOTH, BARE, interrupt },
	{ "not-before-driver-ok", "Device Initialization", NET | BOTH, BARE, not_before_driver_ok },
	{ "not-negotiated", "Administration Virtqueues", NET | BOTH, BARE, not_negotiated },
};

FAMILY(command);
