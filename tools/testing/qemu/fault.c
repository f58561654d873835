// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the text that names faults is read. What a fault does is said where it
 * acts: adm_queue.c, adm_list.c, adm_legacy.c, parts_spoil.c, hold.c, func.c.
 */
#include "qemu/osdep.h"
#include "qemu/cutils.h"
#include "qapi/error.h"
#include "fault.h"

struct fault_row {
	const char *name;
	enum card_fault fault;
	uint64_t max;			/* of the value; 0: takes none */
	uint64_t unit;			/* what the value is multiplied with */
	const char *const *words;	/* the value is one of these, by its index */
};

static const char *const notify_words[] = {
	[FAULT_NOTIFY_NONE] = "none",
	[FAULT_NOTIFY_OWNER] = "owner",
	[FAULT_NOTIFY_BOTH] = "both",
	[FAULT_NOTIFY_BAD_BAR] = "bad-bar",
	[FAULT_NOTIFY_OUTSIDE] = "outside",
	[FAULT_NOTIFY_ODD] = "odd",
	NULL,
};

static const char *const parts_words[] = {
	[FAULT_PARTS_CUT] = "cut",
	[FAULT_PARTS_REORDERED] = "reordered",
	[FAULT_PARTS_FOREIGN] = "foreign",
	[FAULT_PARTS_DOUBLED] = "doubled",
	[FAULT_PARTS_UNKNOWN] = "unknown",
	[FAULT_PARTS_GROWN] = "grown",
	NULL,
};

static const struct fault_row fault_rows[] = {
	{ "mute",        FAULT_MUTE },
	{ "late-us",     FAULT_LATE,       3600ull * 1000 * 1000, 1000 },
	{ "late-ms",     FAULT_LATE,       3600ull * 1000,        1000 * 1000 },
	{ "reorder",     FAULT_REORDER },
	{ "short-used",  FAULT_SHORT_USED, 0xffff, 1 },
	{ "twice",       FAULT_TWICE },
	{ "eagain-once", FAULT_EAGAIN_ONCE },
	{ "eagain-ms",   FAULT_EAGAIN_FOR, 3600ull * 1000,        1000 * 1000 },
	{ "status",      FAULT_STATUS,     0xffff, 1 },
	{ "qualifier",   FAULT_QUALIFIER,  0xffff, 1 },
	{ "only",        FAULT_ONLY,       0xffff, 1 },
	{ "mode-late-ms", FAULT_MODE_LATE, 3600ull * 1000,        1000 * 1000 },
	{ "parts",       FAULT_PARTS,      0, 0, parts_words },
	{ "notify",      FAULT_NOTIFY,     0, 0, notify_words },
	{ "long-list",   FAULT_LONG_LIST },
	{ "hold",        FAULT_HOLD },
	{ "gone",        FAULT_GONE },
};

static const struct fault_row *find_row(const char *name, Error **errp)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (size_t i = 0; i < ARRAY_SIZE(fault_rows); i++) {
		if (!strcmp(name, fault_rows[i].name))
			return &fault_rows[i];
		g_string_append_printf(known, " %s", fault_rows[i].name);
	}
	error_setg(errp, "faults: no fault '%s'; there are:%s", name, known->str);
	return NULL;
}

static bool read_word(const struct fault_row *row, const char *text, uint64_t *value, Error **errp)
{
	g_autofree char *known = NULL;

	for (size_t i = 0; text && row->words[i]; i++) {
		if (!strcmp(text, row->words[i])) {
			*value = i;
			return true;
		}
	}
	known = g_strjoinv(" ", (char **)row->words);
	error_setg(errp, "faults: %s takes one of: %s", row->name, known);
	return false;
}

static bool read_value(const struct fault_row *row, const char *text, uint64_t *value, Error **errp)
{
	if (row->words)
		return read_word(row, text, value, errp);
	if (!row->max) {
		*value = 0;
		if (text)
			error_setg(errp, "faults: %s takes no value", row->name);
		return !text;
	}
	if (!text || qemu_strtou64(text, NULL, 0, value) < 0 || *value > row->max) {
		error_setg(errp, "faults: %s takes a number up to %" PRIu64, row->name, row->max);
		return false;
	}
	*value *= row->unit;
	return true;
}

/* FIRST to LAST of the functions that TARGET names; the PF is 0. */
static bool read_target(const char *target, unsigned int vfs, unsigned int *first,
			unsigned int *last, Error **errp)
{
	unsigned int index;

	*first = 0;
	*last = 0;
	if (!strcmp(target, "pf"))
		return true;
	*last = vfs;
	if (!strcmp(target, "all"))
		return true;
	if (g_str_has_prefix(target, "vf") && g_ascii_isdigit(target[2]) &&
	    !qemu_strtoui(target + 2, NULL, 10, &index) && index < vfs) {
		*first = index + 1;
		*last = index + 1;
		return true;
	}
	error_setg(errp, "faults: no target '%s'; there are: pf vf0..vf%u all", target, vfs - 1);
	return false;
}

static bool read_one(char *text, unsigned int vfs, struct card_faults *faults, Error **errp)
{
	const struct fault_row *row;
	unsigned int first, last;
	char *name, *value;
	uint64_t number;

	name = strchr(text, ':');
	if (!name) {
		error_setg(errp, "faults: '%s' is not TARGET:NAME[=VALUE]", text);
		return false;
	}
	*name++ = '\0';
	value = strchr(name, '=');
	if (value)
		*value++ = '\0';
	row = find_row(name, errp);
	if (!row || !read_value(row, value, &number, errp) ||
	    !read_target(text, vfs, &first, &last, errp))
		return false;
	for (unsigned int i = first; i <= last; i++) {
		faults[i].set |= 1u << row->fault;
		faults[i].value[row->fault] = number;
	}
	return true;
}

struct card_faults *card_faults_parse(const char *text, unsigned int vfs, Error **errp)
{
	g_autofree struct card_faults *faults = g_new0(struct card_faults, 1 + vfs);
	g_auto(GStrv) parts = g_strsplit(text ? text : "", ";", 0);

	for (size_t i = 0; parts[i]; i++) {
		if (*parts[i] && !read_one(parts[i], vfs, faults, errp))
			return NULL;
	}
	return g_steal_pointer(&faults);
}

bool card_fault(const struct card_faults *faults, enum card_fault fault, uint64_t *value)
{
	if (!(faults->set & (1u << fault)))
		return false;
	if (value)
		*value = faults->value[fault];
	return true;
}
