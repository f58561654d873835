// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The card's faults and delays, one by one: each does what its name says, to
 * whom it says, from when it is set to when it is taken back. And the other
 * properties. Time is the emulator's virtual clock: it stands still but for
 * card_step().
 */
#include "rows.h"

#define NATIVE_HOTPLUG " -global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"
#define FAULTS	"property faults"

static struct sent send_read(struct card *card, unsigned int vf)
{
	static const uint8_t offset[LEGACY_DATA] = { L_STATUS };

	return admin_send(card, COMMON_READ, SRIOV, vf + 1, offset, sizeof(offset), 1);
}

static struct answer read_status(struct card *card, unsigned int vf)
{
	return legacy_read_at(card, vf, COMMON_READ, L_STATUS, 1);
}

/* --- mute --- */

static void mute_vf(struct card *card)
{
	struct sent mute, other;

	card_set(card, "faults", "vf1:mute");
	mute = send_read(card, 1);
	admin_expect_none(card);
	other = send_read(card, 0);
	expect_ok(admin_expect(card, &other));
	expect_ok(list_query(card, SELF));
	card_step(card, 3600ll * 1000 * 1000);
	admin_expect_none(card);
	card_set(card, "faults", "");
	expect_ok(admin_expect(card, &mute));
}

static void mute_pf(struct card *card)
{
	struct sent mute;

	card_set(card, "faults", "pf:mute");
	mute = admin_send(card, LIST_QUERY, SRIOV, 0, NULL, 0, 8);
	admin_expect_none(card);
	/* commands for a VF are the VF's */
	expect_ok(read_status(card, 0));
	card_set(card, "faults", "");
	expect_ok(admin_expect(card, &mute));
}

/* The command was not run, so what it asks is answered as it is at the end. */
static void mute_does_not_run(struct card *card)
{
	static const uint8_t write[LEGACY_DATA + 1] = { L_STATUS, [LEGACY_DATA] = ACKNOWLEDGE };
	struct func vf = vf_open(card, 0);
	struct sent mute;

	card_set(card, "faults", "vf0:mute");
	mute = admin_send(card, COMMON_WRITE, SRIOV, 1, write, sizeof(write), 0);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, 0);
	card_set(card, "faults", "");
	expect_ok(admin_expect(card, &mute));
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
}

/* --- late --- */

static void late_us(struct card *card)
{
	struct sent late, other;

	card_set(card, "faults", "vf0:late-us=500");
	late = send_read(card, 0);
	other = send_read(card, 1);
	expect_ok(admin_expect(card, &other));
	card_step(card, 499);
	admin_expect_none(card);
	card_step(card, 1);
	expect_ok(admin_expect(card, &late));
}

static void late_ms(struct card *card)
{
	struct sent late;

	card_set(card, "faults", "vf0:late-ms=30000");
	late = send_read(card, 0);
	card_step(card, 29999 * 1000);
	admin_expect_none(card);
	card_step(card, 1000);
	expect_ok(admin_expect(card, &late));
}

/* Late completions, not late commands. */
static void late_runs_at_once(struct card *card)
{
	static const uint8_t write[LEGACY_DATA + 1] = { L_STATUS, [LEGACY_DATA] = ACKNOWLEDGE };
	struct func vf = vf_open(card, 0);
	struct sent late;

	card_set(card, "faults", "vf0:late-us=10");
	late = admin_send(card, COMMON_WRITE, SRIOV, 1, write, sizeof(write), 0);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
	admin_expect_none(card);
	card_step(card, 10);
	expect_ok(admin_expect(card, &late));
}

/* --- reorder --- */

static void reorder(struct card *card)
{
	struct sent first, second;

	card_set(card, "faults", "vf0:reorder");
	first = send_read(card, 0);
	admin_expect_none(card);
	second = send_read(card, 1);
	expect_ok(admin_expect(card, &second));
	expect_ok(admin_expect(card, &first));
}

/* A single command is not held for ever. */
static void reorder_alone(struct card *card)
{
	struct sent first;

	card_set(card, "faults", "all:reorder");
	first = send_read(card, 0);
	admin_expect_none(card);
	card_step(card, 2000);
	expect_ok(admin_expect(card, &first));
}

static void reorder_many(struct card *card)
{
	struct sent sent[8];
	bool seen[8] = {};
	bool in_order = true;

	card_set(card, "faults", "all:reorder");
	card_set_number(card, "latency-us", 10);
	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++)
		sent[i] = send_read(card, i % card->vfs);
	card_step(card, 10);
	card_step(card, 2000);
	card_step(card, 2000);
	for (unsigned int n = 0; n < ARRAY_SIZE(sent); n++) {
		uint32_t id, used;
		unsigned int i = 0;

		g_assert(ring_take(&card->admin, &id, &used));
		while (sent[i].head != id)
			g_assert_cmpuint(++i, <, ARRAY_SIZE(sent));
		g_assert(!seen[i]);
		seen[i] = true;
		in_order &= i == n;
		expect_ok(admin_answer(card, &sent[i], used));
	}
	g_assert(!in_order);
}

/* --- short-used --- */

static void short_used(struct card *card)
{
	static const uint32_t lengths[] = { 0, 1, 7 };

	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		g_autofree char *text = g_strdup_printf("vf0:short-used=%u", lengths[i]);
		struct answer answer;

		card_set(card, "faults", text);
		answer = read_status(card, 0);
		g_assert_cmpuint(answer.used, ==, lengths[i]);
		/* what is not reported is not written */
		for (unsigned int b = lengths[i]; b < ANSWER_RESULT + 1; b++)
			g_assert_cmphex(answer.raw[b], ==, UNTOUCHED);
		g_assert_cmpuint(read_status(card, 1).used, ==, ANSWER_RESULT + 1);
	}
}

/* --- statuses --- */

static void eagain_once(struct card *card)
{
	card_set(card, "faults", "vf0:eagain-once");
	expect_status(read_status(card, 0), EAGAIN_, Q_TRYAGAIN);
	expect_ok(read_status(card, 0));
	/* once for each function that it is set for */
	card_set(card, "faults", "all:eagain-once");
	for (unsigned int i = 0; i < card->vfs; i++) {
		expect_status(read_status(card, i), EAGAIN_, Q_TRYAGAIN);
		expect_ok(read_status(card, i));
	}
}

/* "the command MUST NOT have any side effects, making it safe to retry" */
static void eagain_no_effect(struct card *card)
{
	static const uint8_t value = ACKNOWLEDGE;

	card_set(card, "faults", "vf0:eagain-once");
	expect_status(legacy_write_at(card, 0, COMMON_WRITE, L_STATUS, &value, 1),
		      EAGAIN_, Q_TRYAGAIN);
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

static void any_status(struct card *card)
{
	static const uint16_t statuses[] = { 1, 5, 6, 11, 12, 16, 28, 100, 4095, 4096, 0x8000,
					     0xffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(statuses); i++) {
		g_autofree char *text = g_strdup_printf("vf0:status=%u", statuses[i]);

		card_set(card, "faults", text);
		expect_status(read_status(card, 0), statuses[i], Q_INVALID_COMMAND);
		expect_ok(read_status(card, 1));
	}
}

static void status_of_pf(struct card *card)
{
	card_set(card, "faults", "pf:status=4096");
	expect_status(list_query(card, SRIOV), 4096, Q_INVALID_COMMAND);
	expect_ok(read_status(card, 0));
}

static void qualifier(struct card *card)
{
	card_set(card, "faults", "vf0:qualifier=0xffff");
	expect_status(read_status(card, 0), OK, 0xffff);
	card_set(card, "faults", "vf0:qualifier=5;vf0:status=22");
	expect_status(read_status(card, 0), EINVAL_, Q_INVALID_MEMBER);
	expect_ok(read_status(card, 1));
}

/* --- notify --- */

static void entry(struct card *card, unsigned int i, uint8_t *flags, uint8_t *bar, uint64_t *offset)
{
	struct answer answer = admin(card, NOTIFY_INFO, SRIOV, 1, NULL, 0,
				     NOTIFY_ENTRIES * NOTIFY_LEN);
	const uint8_t *at = answer.raw + ANSWER_RESULT + i * NOTIFY_LEN;

	expect_ok(answer);
	*flags = at[NOTIFY_FLAGS];
	*bar = at[NOTIFY_BAR];
	*offset = ldq_le_p(at + NOTIFY_OFFSET);
}

static void notify(struct card *card)
{
	uint8_t flags, bar, good_bar;
	uint64_t offset, good;

	entry(card, 0, &flags, &good_bar, &good);

	card_set(card, "faults", "vf0:notify=none");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(flags, ==, 0);

	card_set(card, "faults", "vf0:notify=owner");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(flags, ==, NOTIFY_OWNER);
	entry(card, 1, &flags, &bar, &offset);
	g_assert_cmphex(flags, ==, 0);

	card_set(card, "faults", "vf0:notify=both");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(flags, ==, NOTIFY_MEMBER);
	entry(card, 1, &flags, &bar, &offset);
	g_assert_cmphex(flags, ==, NOTIFY_OWNER);
	entry(card, 2, &flags, &bar, &offset);
	g_assert_cmphex(flags, ==, 0);

	card_set(card, "faults", "vf0:notify=bad-bar");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(bar, >, 5);

	card_set(card, "faults", "vf0:notify=outside");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(bar, ==, good_bar);
	g_assert_cmphex(offset, >=, card->vf_bar_size[bar]);

	card_set(card, "faults", "vf0:notify=odd");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(offset, ==, good + 1);

	card_set(card, "faults", "");
	entry(card, 0, &flags, &bar, &offset);
	g_assert_cmphex(offset, ==, good);
}

/* The command is optional: the PF has it not. */
static void notify_missing(struct card *card)
{
	struct answer answer = list_query(card, SRIOV);

	expect_ok(answer);
	g_assert_cmphex(ldq_le_p(answer.raw + ANSWER_RESULT), ==,
			sriov_commands(card) & ~(1 << NOTIFY_INFO));
	expect_status(list_use(card, SRIOV, ALL_COMMANDS), EINVAL_, Q_INVALID_FIELD);
	expect_ok(list_use(card, SRIOV, ALL_COMMANDS & ~(1 << NOTIFY_INFO)));
	expect_status(admin(card, NOTIFY_INFO, SRIOV, 1, NULL, 0, 64), EINVAL_, Q_INVALID_OPCODE);
	expect_ok(read_status(card, 0));
}

/* --- long-list --- */

static void long_list(struct card *card)
{
	struct answer answer = admin(card, LIST_QUERY, SRIOV, 0, NULL, 0, 256);
	uint8_t list[24];

	expect_ok(answer);
	g_assert_cmpuint(answer.used, >, ANSWER_RESULT + 8);
	g_assert_cmpuint((answer.used - ANSWER_RESULT) % 8, ==, 0);
	g_assert_cmphex(ldq_le_p(answer.raw + ANSWER_RESULT), ==, sriov_commands(card));
	/* the last word is not zero, and all of it can be used */
	g_assert_cmphex(ldq_le_p(answer.raw + answer.used - 8), !=, 0);
	g_assert_cmpuint(answer.used - ANSWER_RESULT, <=, sizeof(list));
	memset(list, 0, sizeof(list));
	memcpy(list, answer.raw + ANSWER_RESULT, answer.used - ANSWER_RESULT);
	expect_ok(admin(card, LIST_USE, SRIOV, 0, list, sizeof(list), 0));
	/* a driver with room for one word gets one */
	answer = list_query(card, SRIOV);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT + 8);
	expect_ok(read_status(card, 0));
}

/* --- gone --- */

static void check_gone(struct card *card, struct func *func)
{
	g_assert_cmphex(cfg32(func, PCI_ID_VENDOR), ==, 0xffffffff);
	g_assert_cmphex(cfg16(func, PCI_CMD), ==, 0xffff);
	g_assert_cmphex(common8(func, COMMON_STATUS), ==, 0xff);
	g_assert_cmphex(common32(func, COMMON_DEVICE_FEATURE), ==, 0xffffffff);
	g_assert_cmphex(qtest_readl(card->qts, func->config), ==, 0xffffffff);
	g_assert_cmphex(qtest_readb(card->qts, func->isr), ==, 0xff);
	g_assert_cmphex(qtest_readw(card->qts, func->notify), ==, 0xffff);
	g_assert_cmphex(qtest_readl(card->qts, func->bar[1]), ==, 0xffffffff);
}

static void gone_pf(struct card *card)
{
	struct sent sent;

	card_set(card, "faults", "pf:gone");
	check_gone(card, &card->pf);
	sent = admin_send(card, LIST_QUERY, SELF, 0, NULL, 0, 8);
	admin_expect_none(card);
	cfg_put16(&card->pf, PCI_CMD, 0);
	common_put8(&card->pf, COMMON_STATUS, 0);
	card_set(card, "faults", "");
	/* nothing that was written meanwhile arrived */
	g_assert_cmphex(cfg16(&card->pf, PCI_CMD) & PCI_CMD_MASTER, !=, 0);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & DRIVER_OK, !=, 0);
	ring_kick(&card->admin);
	expect_ok(admin_expect(card, &sent));
}

static void gone_vf(struct card *card)
{
	struct func vf = vf_open(card, 0), other = vf_open(card, 1);

	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	card_set(card, "faults", "vf0:gone");
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, 0xff);
	g_assert_cmphex(cfg32(&vf, PCI_REVISION), ==, 0xffffffff);
	g_assert_cmphex(common8(&other, COMMON_STATUS), ==, 0);
	expect_ok(list_query(card, SRIOV));
	card_set(card, "faults", "");
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
}

/* Commands reach a VF that is gone no more than its registers do. */
static void gone_vf_by_command(struct card *card)
{
	card_set(card, "faults", "vf0:gone");
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0xff);
	g_assert_cmphex(legacy_get(card, 0, L_DEVICE_FEATURES, 4), ==, 0xffffffff);
	legacy_put(card, 0, L_STATUS, 1, ACKNOWLEDGE);
	g_assert_cmphex(legacy_read_at(card, 0, DEVICE_READ, 0, 4).raw[ANSWER_RESULT], ==, 0xff);
	card_set(card, "faults", "");
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

static void gone_in_flight(struct card *card)
{
	struct sent sent;

	card_set_number(card, "latency-us", 100);
	sent = send_read(card, 0);
	card_set(card, "faults", "pf:gone");
	card_step(card, 1000);
	admin_expect_none(card);
	card_set(card, "faults", "");
	card_step(card, 1000);
	expect_ok(admin_expect(card, &sent));
}

static void gone_at_start(struct card *card)
{
	g_assert_cmphex(cfg32(&card->pf, PCI_ID_VENDOR), ==, 0xffffffff);
	card_set(card, "faults", "");
	card_connect(card);
	card_reach(card, LEGACY);
	expect_ok(read_status(card, 0));
}

/* --- unplug --- */

static void unplug(struct card *card)
{
	unsigned int slot = cfg_cap(&card->port, CAP_EXPRESS) + EXP_SLOT_STATUS;
	struct func vf = vf_open(card, 0);

	g_assert_cmphex(cfg16(&card->port, slot) & EXP_SLOT_PRESENT, !=, 0);
	send_read(card, 0);
	qtest_qmp_assert_success(card->qts, "{'execute': 'qom-set', 'arguments': {"
				 "'path': '/machine/peripheral/pf0', 'property': 'unplug',"
				 "'value': true}}");
	card_alive(card);
	for (int tries = 0; tries < 100 && func_present(&card->pf); tries++)
		g_usleep(1000);
	g_assert(!func_present(&card->pf));
	g_assert(!func_present(&vf));
	g_assert_cmphex(qtest_readl(card->qts, card->pf.common), ==, 0xffffffff);
	g_assert_cmphex(cfg16(&card->port, slot) & EXP_SLOT_PRESENT, ==, 0);
	g_assert_cmphex(cfg16(&card->port, slot) & EXP_SLOT_PRESENCE_CHANGED, !=, 0);
}

static void unplug_in_flight(struct card *card)
{
	card_set_number(card, "latency-us", 100);
	for (unsigned int i = 0; i < 20; i++)
		send_read(card, i % card->vfs);
	qtest_qmp_assert_success(card->qts, "{'execute': 'qom-set', 'arguments': {"
				 "'path': '/machine/peripheral/pf0', 'property': 'unplug',"
				 "'value': true}}");
	for (int tries = 0; tries < 100 && func_present(&card->pf); tries++)
		g_usleep(1000);
	g_assert(!func_present(&card->pf));
	card_step(card, 1000 * 1000);
	admin_expect_none(card);
}

/* --- latency --- */

static void synchronous(struct card *card)
{
	/* the doorbell write has run the command when it returns: no time has passed */
	for (unsigned int i = 0; i < 100; i++)
		expect_ok(read_status(card, 0));
}

static void latency(struct card *card)
{
	static const unsigned int delays[] = { 1, 20, 100, 500, 10000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(delays); i++) {
		struct sent sent;

		card_set_number(card, "latency-us", delays[i]);
		sent = send_read(card, 0);
		admin_expect_none(card);
		card_step(card, delays[i] - 1);
		admin_expect_none(card);
		card_step(card, 1);
		expect_ok(admin_expect(card, &sent));
	}
	card_set_number(card, "latency-us", 0);
	expect_ok(read_status(card, 0));
}

/* Each command has its own: they run beside each other, as in a card. */
static void latency_is_each_ones(struct card *card)
{
	struct sent sent[10];

	card_set_number(card, "latency-us", 100);
	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++) {
		sent[i] = send_read(card, i % card->vfs);
		card_step(card, 10);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++) {
		expect_ok(admin_expect(card, &sent[i]));
		admin_expect_none(card);
		card_step(card, 10);
	}
}

static void latency_and_late(struct card *card)
{
	struct sent sent;

	card_set_number(card, "latency-us", 100);
	card_set(card, "faults", "vf0:late-us=50");
	sent = send_read(card, 0);
	card_step(card, 100);
	admin_expect_none(card);
	card_step(card, 50);
	expect_ok(admin_expect(card, &sent));
}

/* --- the text --- */

static void set_at_start(struct card *card)
{
	g_autofree char *text = card_get(card, "faults");

	g_assert_cmpstr(text, ==, "vf1:status=5");
	expect_status(read_status(card, 1), 5, Q_INVALID_COMMAND);
	expect_ok(read_status(card, 0));
}

static void all_targets(struct card *card)
{
	card_set(card, "faults", "all:status=5");
	for (unsigned int i = 0; i < card->vfs; i++)
		expect_status(read_status(card, i), 5, Q_INVALID_COMMAND);
	expect_status(list_query(card, SELF), 5, Q_INVALID_COMMAND);
	card_set(card, "faults", "");
	expect_ok(list_query(card, SELF));
}

/* One clear line, and what was set stays. */
static void bad_text(struct card *card)
{
	static const char *const bad[] = {
		"vf0", "vf0:", ":mute", "vf0:nonsense", "vf99:mute", "vf4:mute", "vf:mute",
		"vf-1:mute", "vfx:mute", "pf0:mute", "PF:mute", "vf0:mute=1", "vf0:late-us",
		"vf0:late-us=", "vf0:late-us=x", "vf0:late-us=-1", "vf0:late-us=99999999999999",
		"vf0:status=65536", "vf0:short-used=1x", "vf0:notify", "vf0:notify=never",
		"vf0:mute;vf1:oops", "vf0 :mute", "vf18446744073709551616:mute",
		"vf0:status=99999999999999999999999",
	};

	card_set(card, "faults", "vf1:status=5");
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		g_autofree char *error = card_try_set(card, "faults", bad[i]);
		g_autofree char *now = card_get(card, "faults");

		if (!error)
			g_error("taken: %s", bad[i]);
		g_assert(g_str_has_prefix(error, "faults: "));
		g_assert(!strchr(error, '\n'));
		g_assert_cmpstr(now, ==, "vf1:status=5");
	}
	expect_status(read_status(card, 1), 5, Q_INVALID_COMMAND);
	expect_ok(read_status(card, 0));
}

static void good_text(struct card *card)
{
	static const char *const good[] = {
		"", ";", ";;vf0:mute;", "vf0:late-us=0x10", "vf3:mute;vf2:gone;pf:long-list",
		"all:late-ms=0", "vf0:status=0",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(good); i++)
		card_set(card, "faults", good[i]);
	/* status 0 is a command that says it ran and did not */
	expect_ok(legacy_write_at(card, 0, COMMON_WRITE, L_STATUS, "\1", 1));
	card_set(card, "faults", "");
	g_assert_cmphex(legacy_get(card, 0, L_STATUS, 1), ==, 0);
}

static void other_properties(struct card *card)
{
	g_autofree char *personality = card_get(card, "personality");
	g_autofree char *error = card_try_set(card, "personality", "lenient");
	g_autofree char *read_only = card_try_set(card, "stats", "{}");

	g_assert_cmpstr(personality, ==, card->options.strict ? "strict" : "tolerant");
	g_assert_cmpstr(error, !=, NULL);
	g_assert_cmpstr(read_only, !=, NULL);
}

static void personality_at_run_time(struct card *card)
{
	struct answer answer;

	card_set(card, "personality", "strict");
	expect_status(legacy_read_at(card, 0, COMMON_READ, L_QUEUE_SIZE, 4),
		      EINVAL_, Q_INVALID_FIELD);
	card_set(card, "personality", "tolerant");
	answer = legacy_read_at(card, 0, COMMON_READ, L_QUEUE_SIZE, 4);
	expect_ok(answer);
}

static void stats(struct card *card)
{
	for (unsigned int i = 0; i < 7; i++)
		read_status(card, 2);
	admin(card, 0x1234, SRIOV, 1, NULL, 0, 0);
	g_assert_cmpint(card_stat(card, 2, "commands", "3"), ==, 7);
	g_assert_cmpint(card_stat(card, 1, "commands", "3"), ==, 0);
	/* reaching this level took one LIST_USE */
	g_assert_cmpint(card_stat(card, -1, "commands", "1"), ==, 1);
	g_assert_cmpint(card_stat(card, -1, "commands", "other"), ==, 1);
	g_assert_cmpint(card_stat(card, -1, "notifies", "modern"), ==, 9);
}

static const struct row fault_rows[] = {
	{ "mute-vf", FAULTS, TYPES | BOTH, LEGACY, mute_vf },
	{ "mute-pf", FAULTS, TYPES | BOTH, LEGACY, mute_pf },
	{ "mute-does-not-run", FAULTS, TYPES | BOTH, LEGACY, mute_does_not_run },
	{ "late-us", FAULTS, TYPES | BOTH, LEGACY, late_us },
	{ "late-ms", FAULTS, TYPES | BOTH, LEGACY, late_ms },
	{ "late-runs-at-once", FAULTS, TYPES | BOTH, LEGACY, late_runs_at_once },
	{ "reorder", FAULTS, TYPES | BOTH, LEGACY, reorder },
	{ "reorder-alone", FAULTS, TYPES | BOTH, LEGACY, reorder_alone },
	{ "reorder-many", FAULTS, TYPES | BOTH, LEGACY, reorder_many },
	{ "short-used", FAULTS, TYPES | BOTH, LEGACY, short_used },
	{ "eagain-once", FAULTS, TYPES | BOTH, LEGACY, eagain_once },
	{ "eagain-no-effect", "Device Requirements: Administration Virtqueues", TYPES | BOTH,
	  LEGACY, eagain_no_effect },
	{ "status", FAULTS, TYPES | BOTH, LEGACY, any_status },
	{ "status-of-pf", FAULTS, TYPES | BOTH, LEGACY, status_of_pf },
	{ "qualifier", FAULTS, TYPES | BOTH, LEGACY, qualifier },
	{ "notify", FAULTS, TYPES | BOTH, LEGACY, notify },
	{ "notify-missing", FAULTS, TYPES | BOTH, GROUP, notify_missing, 0,
	  ",faults=pf:notify=none" },
	{ "long-list", FAULTS, TYPES | BOTH, GROUP, long_list, 0, ",faults=pf:long-list" },
	{ "gone-pf", FAULTS, TYPES | BOTH, LEGACY, gone_pf },
	{ "gone-vf", FAULTS, TYPES | BOTH, LEGACY, gone_vf },
	{ "gone-vf-by-command", FAULTS, TYPES | BOTH, LEGACY, gone_vf_by_command },
	{ "gone-in-flight", FAULTS, TYPES | BOTH, LEGACY, gone_in_flight },
	{ "gone-at-start", FAULTS, TYPES | BOTH, BARE, gone_at_start, 0, ",faults=pf:gone" },
	{ "unplug", "property unplug", TYPES | BOTH, LEGACY, unplug, 0, "", NATIVE_HOTPLUG },
	{ "unplug-of-64", "property unplug", TYPES | TOLERANT, LEGACY, unplug, 64, "",
	  NATIVE_HOTPLUG },
	{ "unplug-in-flight", "property unplug", TYPES | BOTH, LEGACY, unplug_in_flight },
	{ "synchronous", "property latency-us", TYPES | TOLERANT, LEGACY, synchronous },
	{ "latency", "property latency-us", TYPES | TOLERANT, LEGACY, latency },
	{ "latency-is-each-ones", "property latency-us", TYPES | TOLERANT, LEGACY,
	  latency_is_each_ones },
	{ "latency-and-late", "property latency-us", TYPES | TOLERANT, LEGACY, latency_and_late },
	{ "set-at-start", FAULTS, TYPES | BOTH, LEGACY, set_at_start, 0, ",faults=vf1:status=5" },
	{ "all-targets", FAULTS, TYPES | BOTH, LEGACY, all_targets },
	{ "bad-text", FAULTS, NET | BOTH, LEGACY, bad_text },
	{ "good-text", FAULTS, NET | BOTH, LEGACY, good_text },
	{ "other-properties", "property personality", NET | BOTH, LEGACY, other_properties },
	{ "personality-at-run-time", "property personality", NET | BOTH, LEGACY,
	  personality_at_run_time },
	{ "stats", "property stats", TYPES | BOTH, LEGACY, stats },
};

FAMILY(fault);
