// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a card comes and goes: arguments that cannot be had give one clear line
 * and leave nothing behind, a card is plugged, pulled out, plugged again.
 */
#include "rows.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"

#define LIFE		"bad input"
#define SECOND_PORT	" -device pcie-root-port,id=rp1,chassis=2,slot=2,addr=03.0" \
			" -netdev user,id=up1"

/* The error's text, NULL when the card is there; the caller frees it. */
static char *plug(struct card *card, const char *driver, const char *bus, const char *json)
{
	QDict *args = qobject_to(QDict, qobject_from_json(json, NULL)), *answer, *error;
	char *text = NULL;

	g_assert(args);
	qdict_put_str(args, "driver", driver);
	qdict_put_str(args, "id", "second");
	qdict_put_str(args, "bus", bus);
	answer = qtest_qmp(card->qts, "{'execute': 'device_add', 'arguments': %p}", args);
	error = qdict_get_qdict(answer, "error");
	if (error)
		text = g_strdup(qdict_get_str(error, "desc"));
	qobject_unref(answer);
	return text;
}

static void pull(struct card *card)
{
	qtest_qmp_assert_success(card->qts, "{'execute': 'qom-set', 'arguments': {"
				 "'path': '/machine/peripheral/second', 'property': 'unplug',"
				 "'value': true}}");
	for (int tries = 0; tries < 300; tries++) {
		QDict *answer = qtest_qmp(card->qts, "{'execute': 'qom-list', 'arguments': {"
					  "'path': '/machine/peripheral/second'}}");
		bool there = qdict_haskey(answer, "return");

		qobject_unref(answer);
		if (!there)
			return;
		g_usleep(1000);
	}
	g_error("it did not go");
}

struct bad_arg {
	const char *driver, *bus, *json;
};

static const struct bad_arg bad_args[] = {
	{ "virtio-net-pf", "rp1", "{'vfs': 0}" },
	{ "virtio-net-pf", "rp1", "{'vfs': 256}" },
	{ "virtio-net-pf", "rp1", "{'vfs': 65536}" },
	{ "virtio-net-pf", "rp1", "{'vfs': -1}" },
	{ "virtio-net-pf", "rp1", "{'vfs': 'many'}" },
	{ "virtio-net-pf", "rp1", "{'vf-queues': 0}" },
	{ "virtio-net-pf", "rp1", "{'vf-queues': 65}" },
	{ "virtio-net-pf", "rp1", "{'personality': 'kind'}" },
	{ "virtio-net-pf", "rp1", "{'faults': 'vf8:mute'}" },
	{ "virtio-net-pf", "rp1", "{'faults': 'nonsense'}" },
	{ "virtio-net-pf", "rp1", "{'uplink': 'nobody'}" },
	{ "virtio-net-pf", "rp1", "{'netdev': 'up1'}" },
	{ "virtio-net-pf", "rp1", "{'common-len': 8}" },
	{ "virtio-net-pf", "rp1", "{'common-len': 5000}" },
	{ "virtio-net-pf", "rp1", "{'vectors': 0}" },
	{ "virtio-net-pf", "rp1", "{'latency-us': -1}" },
	{ "virtio-net-pf", "rp1", "{'stats': '{}'}" },
	{ "virtio-net-pf", "rp1", "{'nonsense': '1'}" },
	{ "virtio-net-pf", "rp0", "{}" },		/* taken */
	{ "virtio-net-pf", "nowhere", "{}" },
	{ "virtio-net-vf", "rp1", "{}" },		/* made by its PF only */
	{ "virtio-blk-vf", "rp1", "{}" },
	{ "virtio-blk-pf", "rp1", "{}" },		/* no drive */
	{ "virtio-blk-pf", "rp1", "{'vf-drives': 'a:b:c:d:e:f:g:h'}" },
	{ "virtio-blk-pf", "rp1", "{'drive': 'nobody'}" },
};

static void bad_arguments(struct card *card)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_args); i++) {
		const struct bad_arg *bad = &bad_args[i];
		g_autofree char *error = plug(card, bad->driver, bad->bus, bad->json);

		fprintf(stderr, "%s %s: %s\n", bad->driver, bad->json, error ?: "taken");
		g_assert(error);
		g_assert(*error && !strchr(error, '\n'));
	}
	/* the place is free, and the other card has seen nothing of it */
	g_assert_cmpstr(plug(card, "virtio-net-pf", "rp1", "{'uplink': 'up1'}"), ==, NULL);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
	pull(card);
}

static void uplink_in_use(struct card *card)
{
	g_autofree char *error = NULL;

	g_assert_cmpstr(plug(card, "virtio-net-pf", "rp1", "{'uplink': 'up1'}"), ==, NULL);
	pull(card);
	/* it is free again with its card */
	g_assert_cmpstr(plug(card, "virtio-net-pf", "rp1", "{'uplink': 'up1'}"), ==, NULL);
	error = plug(card, "virtio-net-pf", "rp1", "{'uplink': 'up1'}");
	g_assert(error);
	pull(card);
}

static void plug_and_pull(struct card *card)
{
	for (unsigned int n = 0; n < 5; n++) {
		g_assert_cmpstr(plug(card, "virtio-net-pf", "rp1", "{'vfs': 64}"), ==, NULL);
		pull(card);
	}
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* What can only be said at the start is refused later. */
static void fixed_properties(struct card *card)
{
	static const char *const names[] = { "vfs", "vf-queues", "uplink", "vf-drives",
					     "vectors" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		g_autofree char *error = card_try_set(card, names[i], "1");

		g_assert(error);
	}
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

static void unplug_false(struct card *card)
{
	qtest_qmp_assert_success(card->qts, "{'execute': 'qom-set', 'arguments': {"
				 "'path': '/machine/peripheral/pf0', 'property': 'unplug',"
				 "'value': false}}");
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

static void snapshot_refused(struct card *card)
{
	QDict *answer = qtest_qmp(card->qts, "{'execute': 'migrate', 'arguments': {"
				  "'uri': 'exec:cat >/dev/null'}}");

	g_assert(qdict_haskey(answer, "error"));
	qobject_unref(answer);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

static const struct row life_rows[] = {
	{ "bad-arguments", LIFE, TYPES | TOLERANT, LEGACY, bad_arguments, 0, "", SECOND_PORT },
	{ "uplink-in-use", LIFE, NET | TOLERANT, LEGACY, uplink_in_use, 0, "", SECOND_PORT },
	{ "plug-and-pull", LIFE, TYPES | TOLERANT, LEGACY, plug_and_pull, 0, "", SECOND_PORT },
	{ "fixed-properties", LIFE, TYPES | TOLERANT, LEGACY, fixed_properties },
	{ "unplug-false", LIFE, TYPES | TOLERANT, LEGACY, unplug_false },
	{ "snapshot-refused", LIFE, TYPES | TOLERANT, LEGACY, snapshot_refused },
};

FAMILY(life);
