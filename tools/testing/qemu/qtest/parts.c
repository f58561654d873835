// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in device parts and what is taken: each part against the registers
 * that it is the state of, and everything that DEV_PARTS_SET has to refuse.
 */
#include "migrate.h"
#include "victim.h"

#define PARTS		"Device parts"
#define PARTS_MUST	"Device Requirements: Device parts"
#define OWN		"The part of our own"
#define OWN_SELECTOR	0x53505656ull	/* "VVPS" */

static uint64_t value64(struct parts *parts, uint16_t type, uint64_t selector)
{
	struct found found = part_find(parts, type, selector);

	g_assert_cmpuint(found.len, ==, 8);
	return ldq_le_p(found.value);
}

/* --- get --- */

/* Every common part is what the registers say of the running device. */
static void as_registers(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct func *vf = &victim.func;
	struct parts parts;
	struct found found;

	migration_ready(card, 0);
	victim.start(&victim);
	common_put16(vf, COMMON_CONFIG_VECTOR, 1);
	common_put16(vf, COMMON_QUEUE_SELECT, 0);
	parts = parts_of(card, 0);
	g_assert_cmphex(value64(&parts, PART_DEV_FEATURES, 0), ==, modern_features(vf));
	g_assert_cmphex(value64(&parts, PART_DRV_FEATURES, 0), ==,
			F_VERSION_1 | F_PLATFORM | F_INDIRECT);
	found = part_find(&parts, PART_STATUS, 0);
	g_assert_cmpuint(found.len, ==, 1);
	g_assert_cmphex(*found.value, ==, common8(vf, COMMON_STATUS));
	found = part_find(&parts, PART_COMMON, COMMON_CONFIG_VECTOR);
	g_assert_cmpuint(found.len, ==, 2);
	g_assert_cmpuint(lduw_le_p(found.value), ==, 1);
	found = part_find(&parts, PART_COMMON, COMMON_NUM_QUEUES);
	g_assert_cmpuint(lduw_le_p(found.value), ==, common16(vf, COMMON_NUM_QUEUES));
	found = part_find(&parts, PART_COMMON, COMMON_DRIVER_FEATURE_SELECT);
	g_assert_cmpuint(found.len, ==, 4);
	g_assert_cmpuint(ldl_le_p(found.value), ==, 1);
	for (unsigned int i = 0; i < common16(vf, COMMON_NUM_QUEUES); i++) {
		common_put16(vf, COMMON_QUEUE_SELECT, i);
		found = part_find(&parts, PART_QUEUE, i);
		g_assert_cmpuint(found.len, ==, VQ_LEN);
		g_assert_cmpuint(lduw_le_p(found.value + VQ_SIZE), ==,
				 common16(vf, COMMON_QUEUE_SIZE));
		g_assert_cmphex(lduw_le_p(found.value + VQ_VECTOR), ==,
				common16(vf, COMMON_QUEUE_VECTOR));
		g_assert_cmpuint(lduw_le_p(found.value + VQ_ENABLED), ==,
				 common16(vf, COMMON_QUEUE_ENABLE));
		g_assert_cmphex(ldq_le_p(found.value + VQ_DESC), ==,
				common32(vf, COMMON_QUEUE_DESC));
		g_assert_cmphex(ldq_le_p(found.value + VQ_DRIVER), ==,
				common32(vf, COMMON_QUEUE_DRIVER));
		g_assert_cmphex(ldq_le_p(found.value + VQ_DEVICE), ==,
				common32(vf, COMMON_QUEUE_DEVICE));
		found = part_find(&parts, PART_NOTIFY, i);
		g_assert_cmpuint(found.len, ==, 8);
		g_assert_cmpuint(lduw_le_p(found.value), ==, common16(vf, COMMON_QUEUE_NOTIFY_OFF));
	}
	g_assert(!part_has(&parts, PART_QUEUE, common16(vf, COMMON_NUM_QUEUES)));
	g_assert(!part_has(&parts, PART_OWN, OWN_SELECTOR));
}

static void legacy_rings(struct card *card)
{
	struct victim victim = vf_legacy_victim(card);
	unsigned int queue = data_queue(card);
	struct parts parts;
	struct found found;

	victim.start(&victim);
	migration_ready(card, 1);
	parts = parts_of(card, 0);
	found = part_find(&parts, PART_QUEUE, queue);
	g_assert_cmpuint(lduw_le_p(found.value + VQ_ENABLED), ==, 1);
	g_assert_cmphex(ldq_le_p(found.value + VQ_DESC), ==, victim.ring.desc);
	g_assert_cmphex(ldq_le_p(found.value + VQ_DRIVER), ==, victim.ring.avail);
	g_assert_cmphex(ldq_le_p(found.value + VQ_DEVICE), ==, victim.ring.used);
	found = part_find(&parts, PART_OWN, OWN_SELECTOR);
	g_assert_cmpuint(found.value[OWN_DRIVEN], ==, 2);
	g_assert_cmpuint(found.value[OWN_PAGE], ==, 12);
}

/* "MUST respond the device parts in the same order as listed in the table" */
static void in_order(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct parts parts;
	struct found found;
	uint16_t last = 0;
	size_t at = 0;

	migration_ready(card, 1);
	victim.start(&victim);
	parts = parts_of(card, 0);
	while (part_next(&parts, &at, &found)) {
		uint16_t type = lduw_le_p(found.header + PART_TYPE);
		bool optional = type == PART_DEV_FEATURES || type == PART_OWN;

		g_assert_cmphex(type, >=, last);
		g_assert_cmpuint(found.header[PART_FLAGS], ==, optional ? PART_OPTIONAL : 0);
		g_assert_cmpuint(found.header[PART_RESERVED], ==, 0);
		last = type;
	}
	g_assert_cmphex(last, ==, PART_OWN);
}

/* Parts that the driver selects come in the table's order; what is not there is skipped. */
static void selected(struct card *card)
{
	static const struct {
		uint16_t type;
		uint64_t selector;
	} wanted[] = {
		{ PART_QUEUE, 0 }, { 0x777, 0 }, { PART_STATUS, 0 }, { PART_QUEUE, 999 },
		{ PART_DRV_FEATURES, 0 }, { PART_COMMON, 3 },
	};
	static const uint16_t expected[] = { PART_DRV_FEATURES, PART_STATUS, PART_QUEUE };
	uint8_t data[8 + ARRAY_SIZE(wanted) * PART_HEADER] = { GET_SELECTED };
	struct answer answer;
	struct parts parts;
	struct found found;
	size_t at = 0;

	migration_ready(card, 0);
	expect_ok(obj_create(card, 0, 0, FOR_GET));
	for (unsigned int i = 0; i < ARRAY_SIZE(wanted); i++) {
		stw_le_p(data + 8 + i * PART_HEADER + PART_TYPE, wanted[i].type);
		stq_le_p(data + 8 + i * PART_HEADER + PART_SELECTOR, wanted[i].selector);
	}
	answer = obj_cmd(card, PARTS_GET, 0, 0, data, sizeof(data), 1000);
	expect_ok(answer);
	parts.len = answer.used - ANSWER_RESULT;
	memcpy(parts.bytes, answer.raw + ANSWER_RESULT, parts.len);
	for (unsigned int i = 0; i < ARRAY_SIZE(expected); i++) {
		g_assert(part_next(&parts, &at, &found));
		g_assert_cmphex(lduw_le_p(found.header + PART_TYPE), ==, expected[i]);
	}
	g_assert(!part_next(&parts, &at, &found));
	/* nothing of nothing */
	answer = obj_cmd(card, PARTS_GET, 0, 0, data, 8, 1000);
	expect_ok(answer);
	g_assert_cmpuint(answer.used, ==, ANSWER_RESULT);
	data[0] = 2;
	g_assert_cmpuint(obj_cmd(card, PARTS_GET, 0, 0, data, 8, 1000).status, ==, EINVAL_);
}

static void metadata_of_parts(struct card *card)
{
	struct answer size, count, list, all;
	uint8_t get_all[8] = { GET_ALL };
	size_t at = ANSWER_RESULT;
	uint32_t parts, bytes;

	migration_ready(card, 1);
	expect_ok(obj_create(card, 0, 0, FOR_GET));
	size = metadata(card, 0, 0, METADATA_SIZE, 64);
	count = metadata(card, 0, 0, METADATA_COUNT, 64);
	list = metadata(card, 0, 0, METADATA_LIST, 4000);
	all = obj_cmd(card, PARTS_GET, 0, 0, get_all, sizeof(get_all), 4000);
	expect_ok(size);
	expect_ok(count);
	expect_ok(list);
	expect_ok(all);
	g_assert_cmpuint(size.used, ==, ANSWER_RESULT + 8);
	g_assert_cmpuint(count.used, ==, ANSWER_RESULT + 8);
	bytes = ldl_le_p(size.raw + ANSWER_RESULT);
	parts = ldl_le_p(count.raw + ANSWER_RESULT);
	g_assert_cmpuint(ldl_le_p(size.raw + ANSWER_RESULT + 4), ==, 0);
	g_assert_cmpuint(bytes, >=, all.used - ANSWER_RESULT);
	g_assert_cmpuint(ldl_le_p(list.raw + ANSWER_RESULT), ==, parts);
	g_assert_cmpuint(list.used, ==, ANSWER_RESULT + 8 + parts * PART_HEADER);
	/* the list is the headers of what comes */
	for (uint32_t i = 0; i < parts; i++) {
		g_assert_cmpuint(at, <, all.used);
		g_assert(!memcmp(list.raw + ANSWER_RESULT + 8 + i * PART_HEADER, all.raw + at,
				 PART_HEADER));
		at += PART_HEADER + ldl_le_p(all.raw + at + PART_LENGTH);
	}
	g_assert_cmpuint(at, ==, all.used);
	/* "ENOMEM when the size of command_specific_result is not sufficient" */
	g_assert_cmpuint(metadata(card, 0, 0, METADATA_LIST, 8 + parts * PART_HEADER - 1).status,
			 ==, ENOMEM_);
	g_assert_cmpuint(metadata(card, 0, 0, METADATA_SIZE, 4).status, ==, ENOMEM_);
	g_assert_cmpuint(metadata(card, 0, 0, 3, 64).status, ==, EINVAL_);
	g_assert_cmpuint(obj_cmd(card, PARTS_GET, 0, 0, get_all, 8,
				 all.used - ANSWER_RESULT - 1).status, ==, ENOMEM_);
}

/* "MUST support getting the device parts multiple times" */
static void many_times(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct parts first, again;

	migration_ready(card, 0);
	victim.start(&victim);
	first = parts_of(card, 0);
	victim.works(&victim);
	again = parts_of(card, 0);
	g_assert_cmpuint(first.len, ==, again.len);
	g_assert(!memcmp(first.bytes, again.bytes, first.len));
}

/* --- what is refused --- */

struct spoil {
	const char *name;
	void (*run)(struct card *card, struct parts *parts);
};

static uint8_t *value_of(struct parts *parts, uint16_t type, uint64_t selector)
{
	return part_find(parts, type, selector).value;
}

static void device_features(struct card *card, struct parts *parts)
{
	value_of(parts, PART_DEV_FEATURES, 0)[0] ^= 0x20;
}

static void fewer_device_features(struct card *card, struct parts *parts)
{
	value_of(parts, PART_DEV_FEATURES, 0)[3] &= ~0x10;
}

static void driver_features(struct card *card, struct parts *parts)
{
	value_of(parts, PART_DRV_FEATURES, 0)[7] |= 0x80;
}

static void no_platform(struct card *card, struct parts *parts)
{
	value_of(parts, PART_DRV_FEATURES, 0)[4] &= ~2;
}

static void vector(struct card *card, struct parts *parts)
{
	stw_le_p(value_of(parts, PART_COMMON, COMMON_CONFIG_VECTOR), 0x700);
}

static void num_queues(struct card *card, struct parts *parts)
{
	value_of(parts, PART_COMMON, COMMON_NUM_QUEUES)[0]++;
}

static void status(struct card *card, struct parts *parts)
{
	value_of(parts, PART_STATUS, 0)[0] |= 0x20;
}

static void queue_size(struct card *card, struct parts *parts)
{
	stw_le_p(value_of(parts, PART_QUEUE, 0) + VQ_SIZE, 2048);
}

static void queue_size_odd(struct card *card, struct parts *parts)
{
	stw_le_p(value_of(parts, PART_QUEUE, 0) + VQ_SIZE, 63);
}

static void queue_size_none(struct card *card, struct parts *parts)
{
	stw_le_p(value_of(parts, PART_QUEUE, 0) + VQ_SIZE, 0);
}

static void queue_vector(struct card *card, struct parts *parts)
{
	stw_le_p(value_of(parts, PART_QUEUE, 0) + VQ_VECTOR, 0x700);
}

static void queue_enabled(struct card *card, struct parts *parts)
{
	stw_le_p(value_of(parts, PART_QUEUE, 0) + VQ_ENABLED, 2);
}

static void queue_index(struct card *card, struct parts *parts)
{
	stw_le_p(part_find(parts, PART_QUEUE, 0).header + PART_SELECTOR, 700);
}

static void notify_off(struct card *card, struct parts *parts)
{
	value_of(parts, PART_NOTIFY, 0)[0]++;
}

static void notify_data(struct card *card, struct parts *parts)
{
	value_of(parts, PART_NOTIFY, 0)[2]++;
}

static void common_offset(struct card *card, struct parts *parts)
{
	part_find(parts, PART_COMMON, COMMON_NUM_QUEUES).header[PART_SELECTOR] = 17;
}

/* "MUST respond with an error [...] if there is a mismatch between the device part length" */
static void length(struct card *card, struct parts *parts)
{
	uint8_t *header = part_find(parts, PART_STATUS, 0).header;
	size_t rest = parts->bytes + parts->len - (header + PART_HEADER + 1);

	memmove(header + PART_HEADER + 2, header + PART_HEADER + 1, rest);
	stl_le_p(header + PART_LENGTH, 2);
	parts->len++;
}

static void left_over(struct card *card, struct parts *parts)
{
	parts->bytes[parts->len++] = 0;
}

static void cut(struct card *card, struct parts *parts)
{
	parts->len--;
}

static void far_too_long(struct card *card, struct parts *parts)
{
	stl_le_p(part_find(parts, PART_NOTIFY, 0).header + PART_LENGTH, 0xffffffff);
}

static void unknown(struct card *card, struct parts *parts)
{
	part_add(parts, 0x555, 0, 0, "abcd", 4);
}

static void doubled(struct card *card, struct parts *parts)
{
	part_add(parts, PART_OWN, 0, 0, "", 0);
	parts->len -= PART_HEADER;
	part_add(parts, PART_NOTIFY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
}

static void reordered(struct card *card, struct parts *parts)
{
	part_add(parts, PART_STATUS, 0, 0, "\0", 1);
}

static const struct spoil spoils[] = {
	{ "device features", device_features },
	{ "fewer device features", fewer_device_features },
	{ "driver features", driver_features },
	{ "no platform", no_platform },
	{ "vector", vector },
	{ "num queues", num_queues },
	{ "status", status },
	{ "queue size", queue_size },
	{ "odd queue size", queue_size_odd },
	{ "no queue size", queue_size_none },
	{ "queue vector", queue_vector },
	{ "queue enabled", queue_enabled },
	{ "queue index", queue_index },
	{ "notify off", notify_off },
	{ "notify data", notify_data },
	{ "common offset", common_offset },
	{ "length", length },
	{ "left over", left_over },
	{ "cut", cut },
	{ "far too long", far_too_long },
	{ "unknown", unknown },
	{ "doubled", doubled },
	{ "reordered", reordered },
};

/* "When the command fails [...] the device does not have any side effects." */
static void refused(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct parts good, before, after;

	migration_ready(card, 0);
	victim.start(&victim);
	good = parts_of(card, 0);
	expect_ok(mode_set(card, 1, STOPPED));
	before = parts_of(card, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(spoils); i++) {
		struct parts bad = good;
		struct answer answer;

		spoils[i].run(card, &bad);
		answer = parts_to(card, 1, &bad);
		if (answer.status != EINVAL_)
			g_error("%s: status %u", spoils[i].name, answer.status);
		after = parts_of(card, 1);
		if (after.len != before.len || memcmp(after.bytes, before.bytes, after.len))
			g_error("%s: something has changed", spoils[i].name);
	}
	expect_ok(parts_to(card, 1, &good));
	after = parts_of(card, 1);
	g_assert_cmpuint(after.len, ==, good.len);
}

/* Cut at any byte it is not one list of parts less. */
static void cut_anywhere(struct card *card)
{
	struct victim victim = vf_modern_victim(card);
	struct parts good, before, after;
	struct found found;
	size_t at = 0, ends[64];
	unsigned int count = 0;

	migration_ready(card, 1);
	victim.start(&victim);
	good = parts_of(card, 0);
	while (part_next(&good, &at, &found))
		ends[count++] = at;
	expect_ok(mode_set(card, 1, STOPPED));
	before = parts_of(card, 1);
	expect_ok(obj_create(card, 1, 0, FOR_SET));
	for (unsigned int part = 0, len = 1; len < good.len; len++) {
		struct parts bad = good;

		bad.len = len;
		if (len == ends[part]) {
			part++;
			continue;
		}
		g_assert_cmpuint(parts_set(card, 1, 0, &bad).status, ==, EINVAL_);
	}
	after = parts_of(card, 1);
	g_assert(after.len == before.len && !memcmp(after.bytes, before.bytes, after.len));
}

/* "SHOULD respond with an error status [...] if the device is not stopped" */
static void not_stopped(struct card *card)
{
	struct parts parts;

	migration_ready(card, 0);
	parts = parts_of(card, 0);
	g_assert_cmpuint(parts_to(card, 1, &parts).status, ==, EBUSY_);
	expect_ok(mode_set(card, 1, STOPPED));
	expect_ok(parts_to(card, 1, &parts));
	expect_ok(mode_set(card, 1, 0));
	g_assert_cmpuint(parts_to(card, 1, &parts).status, ==, EBUSY_);
}

static void optional_unknown(struct card *card)
{
	struct parts parts;

	migration_ready(card, 0);
	parts = parts_of(card, 0);
	part_add(&parts, 0x555, PART_OPTIONAL, 99, "abcd", 4);
	/* not negotiated, it is as unknown as that */
	part_add(&parts, PART_OWN, PART_OPTIONAL, OWN_SELECTOR, "abcd", 4);
	expect_ok(mode_set(card, 1, STOPPED));
	expect_ok(parts_to(card, 1, &parts));
}

/* The same parts more than once, and other ones: the last count. */
static void set_many_times(struct card *card)
{
	struct parts parts = { .len = 0 };
	struct func vf = vf_open(card, 1);

	migration_ready(card, 0);
	expect_ok(mode_set(card, 1, STOPPED));
	for (unsigned int i = 0; i < 5; i++) {
		uint8_t select[4];

		parts.len = 0;
		stl_le_p(select, i & 1);
		part_add(&parts, PART_COMMON, 0, COMMON_DRIVER_FEATURE_SELECT, select, 4);
		expect_ok(parts_to(card, 1, &parts));
		g_assert_cmpuint(common32(&vf, COMMON_DRIVER_FEATURE_SELECT), ==, i & 1);
	}
	parts.len = 0;
	part_add(&parts, PART_STATUS, 0, 0, "\3", 1);
	expect_ok(parts_to(card, 1, &parts));
	expect_ok(parts_to(card, 1, &(struct parts){ .len = 0 }));
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, 3);
}

/* --- the part of our own --- */

static void own_refused(struct card *card)
{
	static const struct {
		uint8_t at, value;
	} bad[] = {
		{ 0, 'v' }, { OWN_VERSION_AT, 2 }, { OWN_VERSION_AT, 0 }, { OWN_HEADER_LEN, 31 },
		{ OWN_QUEUE_LEN, 7 }, { OWN_QUEUES, 0 }, { OWN_DRIVEN, 3 }, { OWN_PAGE, 12 },
		{ OWN_FLAGS, 0x80 }, { OWN_OFFLOADS, 1 },
	};
	struct victim victim = vf_modern_victim(card);
	struct parts good;

	migration_ready(card, 1);
	victim.start(&victim);
	good = parts_of(card, 0);
	expect_ok(mode_set(card, 1, STOPPED));
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct parts parts = good;

		value_of(&parts, PART_OWN, OWN_SELECTOR)[bad[i].at] = bad[i].value;
		if (parts_to(card, 1, &parts).status != EINVAL_)
			g_error("taken: %u at %u", bad[i].value, bad[i].at);
	}
	expect_ok(parts_to(card, 1, &good));
}

/* A longer header and longer records: a reader takes what it knows. */
static void own_longer(struct card *card)
{
	uint8_t value[OWN_LEN + 4 + 12] = { 'V', 'V', 'P', 'S', 1, 0, OWN_LEN + 4, 0, 12, 0, 1 };
	struct parts parts = { .len = 0 }, read;

	migration_ready(card, 1);
	expect_ok(mode_set(card, 1, STOPPED));
	value[OWN_DRIVEN] = 2;
	value[OWN_PAGE] = 12;
	value[OWN_ISR] = 3;
	part_add(&parts, PART_OWN, PART_OPTIONAL, OWN_SELECTOR, value, sizeof(value));
	expect_ok(parts_to(card, 1, &parts));
	read = parts_of(card, 1);
	g_assert_cmpuint(value_of(&read, PART_OWN, OWN_SELECTOR)[OWN_DRIVEN], ==, 2);
	g_assert_cmpuint(value_of(&read, PART_OWN, OWN_SELECTOR)[OWN_ISR], ==, 3);
}

static const struct row parts_rows[] = {
	{ "as-registers", PARTS, TYPES | BOTH, GROUP, as_registers },
	{ "as-registers-4", PARTS, TYPES | TOLERANT, GROUP, as_registers, 2, ",vf-queues=4" },
	{ "legacy-rings", PARTS, TYPES | BOTH, LEGACY, legacy_rings },
	{ "in-order", PARTS_MUST, TYPES | BOTH, GROUP, in_order },
	{ "selected", PARTS_MUST, TYPES | BOTH, GROUP, selected },
	{ "metadata", PARTS, TYPES | BOTH, GROUP, metadata_of_parts },
	{ "many-times", PARTS_MUST, TYPES | BOTH, GROUP, many_times },
	{ "refused", PARTS_MUST, TYPES | BOTH, GROUP, refused },
	{ "cut-anywhere", PARTS_MUST, TYPES | TOLERANT, GROUP, cut_anywhere },
	{ "not-stopped", PARTS_MUST, TYPES | BOTH, GROUP, not_stopped },
	{ "optional-unknown", PARTS_MUST, TYPES | BOTH, GROUP, optional_unknown },
	{ "set-many-times", PARTS_MUST, TYPES | BOTH, GROUP, set_many_times },
	{ "own-refused", OWN, TYPES | BOTH, GROUP, own_refused },
	{ "own-longer", OWN, TYPES | BOTH, GROUP, own_longer },
};

FAMILY(parts);
