// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How are device parts lined up in memory? Headers, values, their order, and
 * that a list which is wrong anywhere has no effect anywhere.
 */
#include "qemu/osdep.h"
#include "parts.h"

/* More than any device has; a list of duplicates is not compared for ever. */
#define PARTS_MAX	4096

#define LISTS_MAX	3

/* Those of the device type between the common ones and ours, as their numbers are */
static void all_lists(struct card_vf *vf, const struct part_rows *lists[LISTS_MAX])
{
	lists[0] = &parts_common;
	lists[1] = card_func_type(&vf->func)->parts;
	lists[2] = &parts_own;
}

static bool row_there(struct card_vf *vf, const struct part_row *row)
{
	return !row->there || row->there(vf);
}

static const struct part_row *find_row(struct card_vf *vf, uint16_t type)
{
	const struct part_rows *lists[LISTS_MAX];

	all_lists(vf, lists);
	for (unsigned int i = 0; i < LISTS_MAX; i++)
		for (size_t r = 0; lists[i] && r < lists[i]->count; r++)
			if (lists[i]->rows[r].type == type)
				return row_there(vf, &lists[i]->rows[r]) ?
				       &lists[i]->rows[r] : NULL;
	return NULL;
}

/* --- get --- */

static bool is_wanted(const struct parts_out *out, const struct spec_part_header *header)
{
	const struct spec_part_header *wanted = (const void *)out->wanted;

	for (size_t i = 0; i < out->wanted_count; i++)
		if (wanted[i].type == header->type &&
		    !memcmp(wanted[i].selector, header->selector, PARTS_SELECTOR))
			return true;
	return !out->wanted;
}

void parts_emit(struct parts_out *out, const uint8_t selector[PARTS_SELECTOR], const void *value,
		size_t len)
{
	struct spec_part_header header = {
		.type = cpu_to_le16(out->row->type),
		.flags = out->row->optional ? SPEC_PART_OPTIONAL : 0,
		.length = cpu_to_le32(len),
	};

	if (selector)
		memcpy(header.selector, selector, PARTS_SELECTOR);
	if (!is_wanted(out, &header))
		return;
	g_byte_array_append(out->bytes, (const uint8_t *)&header, sizeof(header));
	if (!out->headers)
		g_byte_array_append(out->bytes, value, len);
	out->count++;
}

void parts_get(struct parts_out *out)
{
	const struct part_rows *lists[LISTS_MAX];

	all_lists(out->vf, lists);
	for (unsigned int i = 0; i < LISTS_MAX; i++) {
		for (size_t r = 0; lists[i] && r < lists[i]->count; r++) {
			out->row = &lists[i]->rows[r];
			if (row_there(out->vf, out->row))
				out->row->get(out);
		}
	}
}

/* --- set --- */

/* The part at BYTES; returns its whole length, 0 when that is more than LEN. */
static size_t read_part(const uint8_t *bytes, size_t len, struct part *part)
{
	struct spec_part_header header;

	if (len < sizeof(header))
		return 0;
	memcpy(&header, bytes, sizeof(header));
	*part = (struct part) {
		.type = le16_to_cpu(header.type),
		.flags = header.flags,
		.value = bytes + sizeof(header),
		.len = le32_to_cpu(header.length),
	};
	memcpy(part->selector, header.selector, PARTS_SELECTOR);
	return part->len <= len - sizeof(header) ? sizeof(header) + part->len : 0;
}

static GArray *read_all(const uint8_t *bytes, size_t len)
{
	g_autoptr(GArray) parts = g_array_new(false, true, sizeof(struct part));

	while (len) {
		struct part part;
		size_t taken = read_part(bytes, len, &part);

		if (!taken || parts->len == PARTS_MAX)
			return NULL;
		g_array_append_val(parts, part);
		bytes += taken;
		len -= taken;
	}
	return g_steal_pointer(&parts);
}

static const struct part *part_at(const GArray *parts, unsigned int i)
{
	return &g_array_index(parts, struct part, i);
}

/* In the order of the table, and each once. */
static bool order_ok(const GArray *parts, unsigned int i)
{
	const struct part *part = part_at(parts, i);

	for (; i; i--) {
		const struct part *before = part_at(parts, i - 1);

		if (before->type != part->type)
			return before->type < part->type;
		if (!memcmp(before->selector, part->selector, PARTS_SELECTOR))
			return false;
	}
	return true;
}

static bool check(struct parts_in *in, const struct part *part)
{
	const struct part_row *row = find_row(in->vf, part->type);

	if (!row)
		return part->flags & SPEC_PART_OPTIONAL;
	return row->check(in, part);
}

bool parts_set(struct card_vf *vf, const uint8_t *bytes, size_t len)
{
	g_autoptr(GArray) parts = read_all(bytes, len);
	struct parts_in in = { .vf = vf, .features = vf->func.vdev->guest_features };

	if (!parts)
		return false;
	for (unsigned int i = 0; i < parts->len; i++)
		if (!order_ok(parts, i) || !check(&in, part_at(parts, i)))
			return false;
	for (unsigned int i = 0; i < parts->len; i++) {
		const struct part_row *row = find_row(vf, part_at(parts, i)->type);

		if (row && row->set)
			row->set(vf, part_at(parts, i));
	}
	vf->parts_were_set = true;
	return true;
}
