// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "Device parts handling commands": what a member's parts are, get them, set
 * them, stop it and let it go on.
 */
#include "qemu/osdep.h"
#include "card.h"
#include "adm_cmd.h"
#include "parts.h"

/* More than the longest list of parts: a command's data are copied */
#define PARTS_DATA_MAX	(1024 * 1024)

/* The object that the command names, if it is for KIND. */
static bool has_object(struct adm_cmd *cmd, uint8_t kind)
{
	struct adm_object *object = adm_object(cmd);

	if (object && object->kind != kind)
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
	return object && object->kind == kind;
}

/* A VF that is gone answers nothing. */
static struct card_vf *begin(struct adm_cmd *cmd)
{
	struct card_vf *vf = adm_member_begin(cmd);

	if (!vf || !vf->func.gone)
		return vf;
	adm_member_end(vf);
	adm_fail(cmd, SPEC_STATUS_EBUSY, SPEC_Q_INVALID_COMMAND);
	return NULL;
}

static uint8_t data_byte(struct adm_cmd *cmd, size_t offset)
{
	uint8_t byte;

	adm_data(cmd, offset, &byte, sizeof(byte));
	return byte;
}

static void answer_bytes(struct adm_cmd *cmd, const GByteArray *bytes)
{
	if (!adm_result_bytes(cmd, bytes->data, bytes->len))
		adm_fail(cmd, SPEC_STATUS_ENOMEM, SPEC_Q_INVALID_COMMAND);
}

static void put_count(GByteArray *to, uint32_t count)
{
	uint64_t word = cpu_to_le64(count);	/* and the reserved half */

	memcpy(to->data, &word, sizeof(word));
}

void adm_parts_metadata_get(struct adm_cmd *cmd)
{
	uint8_t type = data_byte(cmd, sizeof(struct spec_obj_header));
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct parts_out out = { .bytes = bytes, .headers = type != SPEC_METADATA_SIZE,
				 .longest = type == SPEC_METADATA_SIZE };

	if (!has_object(cmd, SPEC_OBJ_PARTS_GET))
		return;
	if (type > SPEC_METADATA_LIST) {
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
		return;
	}
	out.vf = begin(cmd);
	if (!out.vf)
		return;
	g_byte_array_set_size(bytes, sizeof(uint64_t));
	parts_get(&out);
	put_count(bytes, type != SPEC_METADATA_SIZE ? out.count :
		  parts_spoil_size(out.vf, bytes->len - sizeof(uint64_t)));
	if (type != SPEC_METADATA_LIST)
		g_byte_array_set_size(bytes, sizeof(uint64_t));
	adm_member_end(out.vf);
	answer_bytes(cmd, bytes);
}

/* What follows the object's header and SKIP more bytes. */
static GByteArray *rest_of_data(struct adm_cmd *cmd, size_t skip)
{
	GByteArray *bytes = g_byte_array_new();
	size_t len = MIN(adm_data_len(cmd), PARTS_DATA_MAX);

	skip += sizeof(struct spec_obj_header);
	if (len > skip) {
		g_byte_array_set_size(bytes, len - skip);
		adm_data(cmd, skip, bytes->data, bytes->len);
	}
	return bytes;
}

void adm_parts_get(struct adm_cmd *cmd)
{
	uint8_t type = data_byte(cmd, sizeof(struct spec_obj_header));
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(GByteArray) wanted = NULL;
	struct parts_out out = { .bytes = bytes };

	if (!has_object(cmd, SPEC_OBJ_PARTS_GET))
		return;
	if (type > SPEC_PARTS_GET_ALL) {
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
		return;
	}
	if (type == SPEC_PARTS_GET_SELECTED) {
		wanted = rest_of_data(cmd, sizeof(uint64_t));
		out.wanted = wanted->len ? wanted->data : (const uint8_t *)"";
		out.wanted_count = wanted->len / sizeof(struct spec_part_header);
	}
	out.vf = begin(cmd);
	if (!out.vf)
		return;
	parts_get(&out);
	parts_spoil(out.vf, bytes);
	adm_member_end(out.vf);
	answer_bytes(cmd, bytes);
}

void adm_parts_set(struct adm_cmd *cmd)
{
	g_autoptr(GByteArray) bytes = NULL;
	struct card_vf *vf;

	if (!has_object(cmd, SPEC_OBJ_PARTS_SET))
		return;
	vf = begin(cmd);
	if (!vf)
		return;
	bytes = rest_of_data(cmd, 0);
	if (!card_vf_stopped(vf))
		adm_fail(cmd, SPEC_STATUS_EBUSY, SPEC_Q_INVALID_COMMAND);
	else if (adm_data_len(cmd) > PARTS_DATA_MAX || !parts_set(vf, bytes->data, bytes->len))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
	adm_member_end(vf);
}

void adm_mode_set(struct adm_cmd *cmd)
{
	uint8_t flags = data_byte(cmd, 0);
	struct card_vf *vf;

	if (flags & ~SPEC_MODE_STOPPED) {
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
		return;
	}
	vf = begin(cmd);
	if (!vf)
		return;
	if (flags & SPEC_MODE_STOPPED)
		cmd->again = !card_vf_stop(vf);
	adm_member_end(vf);
	/* Going on reads rings, and may do what waits in them. */
	if (!(flags & SPEC_MODE_STOPPED) && !card_vf_resume(vf))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_COMMAND);
}
