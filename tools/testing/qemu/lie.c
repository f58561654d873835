// SPDX-License-Identifier: GPL-2.0-or-later
/* How the text that names lies is read, and how a lie is told. */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/ctype.h"
#include "qemu/cutils.h"
#include "qapi/error.h"
#include "lie.h"

/* Longer first where one begins like another */
static const struct {
	const char *name;
	enum card_lie_place place;
	bool numbered;
} places[] = {
	{ "config", LIE_CONFIG },
	{ "common", LIE_COMMON },
	{ "cap",    LIE_CAP,   true },
	{ "queue",  LIE_QUEUE, true },
	{ "feature", LIE_FEATURE, true },
};

static bool read_number(const char **at, unsigned int *value)
{
	uint64_t number;

	if (!qemu_isdigit(**at) || qemu_strtou64(*at, at, 0, &number) || number > UINT32_MAX)
		return false;
	*value = number;
	return true;
}

static bool read_place(const char **at, struct card_lie *lie)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (!strstart(*at, places[i].name, at))
			continue;
		lie->place = places[i].place;
		return !places[i].numbered || read_number(at, &lie->which);
	}
	return false;
}

static bool read_lie(const char *text, struct card_lie *lie)
{
	return read_place(&text, lie) &&
	       *text++ == '+' && read_number(&text, &lie->offset) &&
	       *text++ == '/' && read_number(&text, &lie->width) &&
	       *text++ == '=' && read_number(&text, &lie->value) &&
	       !*text && lie->width >= 1 && lie->width <= 4 && lie->offset < 0x1000;
}

GArray *card_lies_parse(const char *text, Error **errp)
{
	g_autoptr(GArray) lies = g_array_new(false, true, sizeof(struct card_lie));
	g_auto(GStrv) words = g_strsplit(text ?: "", ";", -1);

	for (char **word = words; *word; word++) {
		struct card_lie lie = { 0 };

		if (!**word)
			continue;
		if (!read_lie(*word, &lie)) {
			error_setg(errp, "lies: '%s' is not PLACE+OFFSET/WIDTH=VALUE with PLACE "
				   "config, capTYPE, common, queueINDEX or featureWORD", *word);
			return NULL;
		}
		g_array_append_val(lies, lie);
	}
	return g_steal_pointer(&lies);
}

/* Byte by byte: an access may see a part of a lie */
static uint64_t tell(const struct card_lie *lie, unsigned int start, unsigned int addr,
		     unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; i < size; i++) {
		unsigned int byte = addr + i - start;

		if (addr + i >= start && byte < lie->width)
			value = deposit64(value, 8 * i, 8, lie->value >> (8 * byte));
	}
	return value;
}

uint64_t card_lies_apply(const GArray *lies, enum card_lie_place place, unsigned int which,
			 unsigned int base, unsigned int addr, unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; lies && i < lies->len; i++) {
		const struct card_lie *lie = &g_array_index(lies, struct card_lie, i);

		if (lie->place == place && lie->which == which)
			value = tell(lie, base + lie->offset, addr, size, value);
	}
	return value;
}
