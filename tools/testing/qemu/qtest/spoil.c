// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of the commands for device parts: of one command alone, of DEV_MODE_SET,
 * and lists of parts that no card may give, which another one refuses.
 */
#include "migrate.h"

#define FAULTS	"property faults"
#define OBJECT	5

/* Each command for a member, with data that it takes */
static struct answer run_command(struct card *card, uint16_t opcode)
{
	uint8_t all[8] = { GET_ALL };

	switch (opcode) {
	case OBJ_CREATE:
		return obj_create(card, 0, OBJECT, FOR_GET);
	case OBJ_MODIFY:
		return obj_cmd(card, OBJ_MODIFY, 0, OBJECT, NULL, 0, 0);
	case OBJ_QUERY:
		return obj_cmd(card, OBJ_QUERY, 0, OBJECT, NULL, 0, 64);
	case OBJ_DESTROY:
		return obj_destroy(card, 0, OBJECT);
	case PARTS_METADATA:
		return metadata(card, 0, OBJECT, METADATA_SIZE, 64);
	case PARTS_GET:
		return obj_cmd(card, PARTS_GET, 0, OBJECT, all, sizeof(all), 4000);
	case PARTS_SET:
		return parts_set(card, 0, OBJECT + 1, &(struct parts){ .len = 0 });
	default:
		return mode_set(card, 0, STOPPED);
	}
}

static void begin(struct card *card)
{
	migration_ready(card, 1);
	expect_ok(mode_set(card, 0, STOPPED));
	expect_ok(obj_create(card, 0, OBJECT + 1, FOR_SET));
}

/* From creating an object to destroying it, every command is the one that fails once. */
static void each_command(struct card *card)
{
	static const uint16_t order[] = { OBJ_CREATE, OBJ_MODIFY, OBJ_QUERY, PARTS_METADATA,
					  PARTS_GET, PARTS_SET, MODE_SET, OBJ_DESTROY };

	begin(card);
	for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
		g_autofree char *text = g_strdup_printf("vf0:only=%u;vf0:status=28", order[i]);

		card_set(card, "faults", text);
		g_assert_cmpuint(run_command(card, order[i]).status, ==, ENOSPC_);
		/* the others work */
		expect_ok(run_command(card, order[i] == MODE_SET ? PARTS_SET : MODE_SET));
		card_set(card, "faults", "");
		expect_ok(run_command(card, order[i]));
	}
}

static void only_of_many(struct card *card)
{
	static const uint8_t stopped = STOPPED;
	struct sent mute;

	begin(card);
	card_set(card, "faults", "vf0:mute;vf0:only=0x11");
	expect_ok(obj_create(card, 0, OBJECT, FOR_GET));
	mute = admin_send(card, MODE_SET, SRIOV, 1, &stopped, 1, 0);
	card_step(card, 1000 * 1000);
	admin_expect_none(card);
	expect_ok(run_command(card, PARTS_GET));
	expect_ok(mode_set(card, 1, STOPPED));
	card_set(card, "faults", "");
	expect_ok(admin_expect(card, &mute));
	/* once, and for that command */
	card_set(card, "faults", "vf0:eagain-once;vf0:only=15");
	expect_ok(run_command(card, PARTS_METADATA));
	expect_status(run_command(card, PARTS_GET), EAGAIN_, Q_TRYAGAIN);
	expect_ok(run_command(card, PARTS_GET));
}

/* It has stopped when it has not said so yet. */
static void mode_late(struct card *card)
{
	static const uint8_t stopped = STOPPED;
	struct parts empty = { .len = 0 };
	struct sent late;

	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, OBJECT, FOR_SET));
	card_set(card, "faults", "vf0:mode-late-ms=30");
	late = admin_send(card, MODE_SET, SRIOV, 1, &stopped, 1, 0);
	expect_ok(parts_set(card, 0, OBJECT, &empty));
	card_step(card, 29 * 1000 + 999);
	admin_expect_none(card);
	card_step(card, 1);
	expect_ok(admin_expect(card, &late));
	/* another VF's is not */
	expect_ok(mode_set(card, 1, STOPPED));
}

/* What such a card gives, a good one refuses, and is as it was. */
static void refused(struct card *card)
{
	static const char *const kinds[] = { "cut", "reordered", "foreign", "doubled", "unknown" };
	struct parts good, bad, before, after;

	migration_ready(card, 1);
	expect_ok(mode_set(card, 1, STOPPED));
	good = parts_of(card, 0);
	before = parts_of(card, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		g_autofree char *text = g_strdup_printf("vf0:parts=%s", kinds[i]);

		card_set(card, "faults", text);
		bad = parts_of(card, 0);
		g_assert(bad.len != good.len || memcmp(bad.bytes, good.bytes, good.len));
		if (parts_to(card, 1, &bad).status != EINVAL_)
			g_error("taken: %s", kinds[i]);
		after = parts_of(card, 1);
		g_assert_cmpuint(after.len, ==, before.len);
		g_assert(!memcmp(after.bytes, before.bytes, after.len));
	}
	card_set(card, "faults", "");
	expect_ok(parts_to(card, 1, &good));
}

static void grown(struct card *card)
{
	struct answer size;
	struct parts parts;

	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, OBJECT, FOR_GET));
	card_set(card, "faults", "vf0:parts=grown");
	size = metadata(card, 0, OBJECT, METADATA_SIZE, 8);
	expect_ok(size);
	parts = parts_of(card, 0);
	g_assert_cmpuint(ldl_le_p(size.raw + ANSWER_RESULT), <, parts.len);
}

static const struct row spoil_rows[] = {
	{ "each-command", FAULTS, TYPES | BOTH, GROUP, each_command },
	{ "only-of-many", FAULTS, NET | BOTH, GROUP, only_of_many },
	{ "mode-late", FAULTS, TYPES | BOTH, GROUP, mode_late },
	{ "refused", FAULTS, TYPES | BOTH, GROUP, refused },
	{ "grown", FAULTS, NET | BOTH, GROUP, grown },
};

FAMILY(spoil);
