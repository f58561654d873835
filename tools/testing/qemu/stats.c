// SPDX-License-Identifier: GPL-2.0-or-later
/* How a function's counters are written as JSON; zero counters are left out. */
#include "qemu/osdep.h"
#include "stats.h"

static const char *const way_names[CARD_NOTIFY_WAYS] = {
	[CARD_NOTIFY_MEMBER] = "member",
	[CARD_NOTIFY_OWNER] = "owner",
	[CARD_NOTIFY_COMMON_CFG] = "common-cfg",
	[CARD_NOTIFY_MODERN] = "modern",
};

void card_stats_command(struct card_stats *stats, uint16_t opcode)
{
	if (opcode < CARD_STATS_OPCODES)
		stats->commands[opcode]++;
	else
		stats->other_commands++;
}

void card_stats_doorbell(struct card_stats *stats, uint64_t index, uint32_t value,
			 unsigned int size)
{
	if (index >= CARD_STATS_DOORBELLS)
		return;
	stats->doorbell[index].value = value;
	stats->doorbell[index].size = size;
}

static void append(GString *json, const char *name, uint64_t count)
{
	char last = json->str[json->len - 1];

	if (count)
		g_string_append_printf(json, "%s\"%s\": %" PRIu64,
				       last == '{' ? "" : ", ", name, count);
}

void card_stats_append(GString *json, const struct card_stats *stats)
{
	g_string_append(json, "{\"commands\": {");
	for (unsigned int i = 0; i < CARD_STATS_OPCODES; i++) {
		g_autofree char *name = g_strdup_printf("%u", i);

		append(json, name, stats->commands[i]);
	}
	append(json, "other", stats->other_commands);
	g_string_append(json, "}, \"notifies\": {");
	for (unsigned int i = 0; i < CARD_NOTIFY_WAYS; i++)
		append(json, way_names[i], stats->notifies[i]);
	g_string_append(json, "}, \"doorbells\": [");
	for (unsigned int i = 0; i < CARD_STATS_DOORBELLS; i++)
		g_string_append_printf(json, "%s[%u, %" PRIu32 "]", i ? ", " : "",
				       stats->doorbell[i].size, stats->doorbell[i].value);
	g_string_append_printf(json, "], \"common-beyond\": %" PRIu64 ", \"interrupts\": %" PRIu64 "}",
			       stats->common_beyond, stats->interrupts);
}
