// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fault "parts": a card whose DEV_PARTS_GET gives what no card may give. What
 * it has to be is in parts.c.
 */
#include "qemu/osdep.h"
#include "parts.h"

static uint64_t which(struct card_vf *vf)
{
	uint64_t kind = UINT64_MAX;

	card_fault(&vf->pf->faults[1 + vf->index], FAULT_PARTS, &kind);
	return kind;
}

static size_t part_len(const uint8_t *part)
{
	const struct spec_part_header *header = (const void *)part;

	return sizeof(*header) + le32_to_cpu(header->length);
}

/* Where the last part begins */
static size_t last_part(const GByteArray *bytes)
{
	size_t at = 0;

	while (at + part_len(bytes->data + at) < bytes->len)
		at += part_len(bytes->data + at);
	return at;
}

static void append(GByteArray *bytes, const uint8_t *from, size_t len)
{
	g_autofree uint8_t *copy = g_memdup2(from, len);

	g_byte_array_append(bytes, copy, len);
}

/* DEV_FEATURES comes first: its last feature is another one. */
static void make_foreign(GByteArray *bytes)
{
	struct spec_part_header *header = (void *)bytes->data;

	if (le16_to_cpu(header->type) == SPEC_PART_DEV_FEATURES)
		bytes->data[part_len(bytes->data) - 1] ^= 0x80;
}

void parts_spoil(struct card_vf *vf, GByteArray *bytes)
{
	static const struct spec_part_header unknown = { .type = const_le16(0xfffe) };
	size_t first, last;

	if (!bytes->len)
		return;
	first = part_len(bytes->data);
	last = last_part(bytes);
	switch (which(vf)) {
	case FAULT_PARTS_CUT:
		g_byte_array_set_size(bytes, bytes->len - 1);
		break;
	case FAULT_PARTS_REORDERED:
		append(bytes, bytes->data, first);
		g_byte_array_remove_range(bytes, 0, first);
		break;
	case FAULT_PARTS_FOREIGN:
		make_foreign(bytes);
		break;
	case FAULT_PARTS_DOUBLED:
		append(bytes, bytes->data + last, bytes->len - last);
		break;
	case FAULT_PARTS_UNKNOWN:
		g_byte_array_append(bytes, (const uint8_t *)&unknown, sizeof(unknown));
		break;
	default:
		break;
	}
}

size_t parts_spoil_size(struct card_vf *vf, size_t len)
{
	return which(vf) == FAULT_PARTS_GROWN ? sizeof(struct spec_part_header) : len;
}
