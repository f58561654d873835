// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "Device resource objects": the one type there is for a member, device parts.
 * An id is unique for the PF; an object is one VF's.
 */
#include "qemu/osdep.h"
#include "card.h"
#include "adm_cmd.h"

/* struct virtio_admin_cmd_resource_obj_create_data: flags and the object's own data */
#define CREATE_FLAGS	sizeof(struct spec_obj_header)
#define CREATE_KIND	(CREATE_FLAGS + sizeof(uint64_t))

static struct adm_object *find(struct card_pf *pf, uint32_t id)
{
	for (unsigned int i = 0; i < pf->objects->len; i++) {
		struct adm_object *object = &g_array_index(pf->objects, struct adm_object, i);

		if (object->id == id)
			return object;
	}
	return NULL;
}

static bool read_header(struct adm_cmd *cmd, uint32_t *id)
{
	struct spec_obj_header header;

	adm_data(cmd, 0, &header, sizeof(header));
	*id = le32_to_cpu(header.id);
	return le16_to_cpu(header.type) == SPEC_OBJ_DEV_PARTS;
}

struct adm_object *adm_object(struct adm_cmd *cmd)
{
	struct adm_object *object = NULL;
	uint32_t id;

	if (read_header(cmd, &id))
		object = find(cmd->pf, id);
	if (object && object->member == cmd->member)
		return object;
	adm_fail(cmd, SPEC_STATUS_ENXIO, SPEC_Q_INVALID_FIELD);
	return NULL;
}

static bool read_kind(struct adm_cmd *cmd, uint8_t *kind)
{
	uint64_t flags;

	adm_data(cmd, CREATE_FLAGS, &flags, sizeof(flags));
	adm_data(cmd, CREATE_KIND, kind, sizeof(*kind));
	return !flags && *kind < SPEC_OBJ_KINDS;
}

void adm_obj_create(struct adm_cmd *cmd)
{
	struct adm_object object = { .member = cmd->member };

	if (!read_header(cmd, &object.id) || !read_kind(cmd, &object.kind)) {
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
	} else if (find(cmd->pf, object.id)) {
		adm_fail(cmd, SPEC_STATUS_EEXIST, SPEC_Q_INVALID_FIELD);
	} else if (object.id >= cmd->pf->caps.limit[object.kind]) {
		adm_fail(cmd, SPEC_STATUS_ENOSPC, SPEC_Q_NORESOURCE);
	} else {
		g_array_append_val(cmd->pf->objects, object);
	}
}

/* What it is for is all that it has, and that was said when it was made. */
void adm_obj_modify(struct adm_cmd *cmd)
{
	struct adm_object *object = adm_object(cmd);
	uint8_t kind;

	if (object && (!read_kind(cmd, &kind) || kind != object->kind))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
}

void adm_obj_query(struct adm_cmd *cmd)
{
	struct adm_object *object = adm_object(cmd);

	if (object)
		adm_result(cmd, 0, &object->kind, sizeof(object->kind));
}

void adm_obj_destroy(struct adm_cmd *cmd)
{
	struct adm_object *object = adm_object(cmd);

	if (object)
		g_array_remove_index_fast(cmd->pf->objects,
					  object - (struct adm_object *)cmd->pf->objects->data);
}

void adm_objects_drop(struct card_pf *pf, unsigned int members)
{
	for (unsigned int i = pf->objects->len; i--;)
		if (g_array_index(pf->objects, struct adm_object, i).member > members)
			g_array_remove_index_fast(pf->objects, i);
}
