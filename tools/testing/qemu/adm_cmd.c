// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of group administration commands, and the checks that the
 * specification asks for before any of them ("Group administration commands",
 * device requirements): group, then opcode, then member.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "qemu/iov.h"
#include "card.h"
#include "adm_cmd.h"

#define SELF	BIT(SPEC_GROUP_SELF)
#define SRIOV	BIT(SPEC_GROUP_SRIOV)

const struct adm_row adm_rows[] = {
	{
		.opcode = SPEC_CMD_LIST_QUERY,
		.name = "LIST_QUERY",
		.groups = SELF | SRIOV,
		.result_len = ADM_LIST_WORDS * sizeof(uint64_t),
		.run = adm_list_query,
	}, {
		.opcode = SPEC_CMD_LIST_USE,
		.name = "LIST_USE",
		.groups = SELF | SRIOV,
		.run = adm_list_use,
	}, {
		.opcode = SPEC_CMD_LEGACY_COMMON_CFG_WRITE,
		.name = "LEGACY_COMMON_CFG_WRITE",
		.groups = SRIOV,
		.member = true,
		.run = adm_legacy_common_cfg_write,
	}, {
		.opcode = SPEC_CMD_LEGACY_COMMON_CFG_READ,
		.name = "LEGACY_COMMON_CFG_READ",
		.groups = SRIOV,
		.member = true,
		.result_len = ADM_RESULT_ANY,
		.run = adm_legacy_common_cfg_read,
	}, {
		.opcode = SPEC_CMD_LEGACY_DEV_CFG_WRITE,
		.name = "LEGACY_DEV_CFG_WRITE",
		.groups = SRIOV,
		.member = true,
		.run = adm_legacy_dev_cfg_write,
	}, {
		.opcode = SPEC_CMD_LEGACY_DEV_CFG_READ,
		.name = "LEGACY_DEV_CFG_READ",
		.groups = SRIOV,
		.member = true,
		.result_len = ADM_RESULT_ANY,
		.run = adm_legacy_dev_cfg_read,
	}, {
		.opcode = SPEC_CMD_LEGACY_NOTIFY_INFO,
		.name = "LEGACY_NOTIFY_INFO",
		.groups = SRIOV,
		.member = true,
		.result_len = SPEC_LEGACY_NOTIFY_ENTRIES * sizeof(struct spec_legacy_notify),
		.run = adm_legacy_notify_info,
	}, {
		.opcode = SPEC_CMD_CAP_ID_LIST_QUERY,
		.name = "CAP_ID_LIST_QUERY",
		.groups = SELF,
		.migration = true,
		.result_len = SPEC_CAP_LIST_LEN,
		.run = adm_cap_id_list_query,
	}, {
		.opcode = SPEC_CMD_DEVICE_CAP_GET,
		.name = "DEVICE_CAP_GET",
		.groups = SELF,
		.migration = true,
		.result_len = ADM_RESULT_ANY,
		.run = adm_device_cap_get,
	}, {
		.opcode = SPEC_CMD_DRIVER_CAP_SET,
		.name = "DRIVER_CAP_SET",
		.groups = SELF,
		.migration = true,
		.run = adm_driver_cap_set,
	}, {
		.opcode = SPEC_CMD_RESOURCE_OBJ_CREATE,
		.name = "RESOURCE_OBJ_CREATE",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_obj_create,
	}, {
		.opcode = SPEC_CMD_RESOURCE_OBJ_MODIFY,
		.name = "RESOURCE_OBJ_MODIFY",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_obj_modify,
	}, {
		.opcode = SPEC_CMD_RESOURCE_OBJ_QUERY,
		.name = "RESOURCE_OBJ_QUERY",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.result_len = SPEC_OBJ_LEN,
		.run = adm_obj_query,
	}, {
		.opcode = SPEC_CMD_RESOURCE_OBJ_DESTROY,
		.name = "RESOURCE_OBJ_DESTROY",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_obj_destroy,
	}, {
		.opcode = SPEC_CMD_DEV_PARTS_METADATA_GET,
		.name = "DEV_PARTS_METADATA_GET",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_parts_metadata_get,
	}, {
		.opcode = SPEC_CMD_DEV_PARTS_GET,
		.name = "DEV_PARTS_GET",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_parts_get,
	}, {
		.opcode = SPEC_CMD_DEV_PARTS_SET,
		.name = "DEV_PARTS_SET",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_parts_set,
	}, {
		.opcode = SPEC_CMD_DEV_MODE_SET,
		.name = "DEV_MODE_SET",
		.groups = SRIOV,
		.member = true,
		.migration = true,
		.run = adm_mode_set,
	}, {
		.opcode = 0,
		.name = "DMA_LOG_IDENTITY",
		.groups = SRIOV,
		.member = true,
		.log = true,
		.result_len = ADM_LOG_IDENTITY_LEN,
		.run = adm_log_identity,
	}, {
		.opcode = 1,
		.name = "DMA_LOG_START",
		.groups = SRIOV,
		.member = true,
		.log = true,
		.run = adm_log_start,
	}, {
		.opcode = 2,
		.name = "DMA_LOG_READ",
		.groups = SRIOV,
		.member = true,
		.log = true,
		.run = adm_log_read,
	}, {
		.opcode = 3,
		.name = "DMA_LOG_STOP",
		.groups = SRIOV,
		.member = true,
		.log = true,
		.run = adm_log_stop,
	},
};

const size_t adm_rows_count = ARRAY_SIZE(adm_rows);

bool adm_row_opcode(const struct card_pf *pf, const struct adm_row *row, uint16_t *opcode)
{
	*opcode = row->opcode + (row->log ? pf->dirty_log : 0);
	return !row->log || pf->dirty_log;
}

static const struct adm_row *find_row(const struct adm_cmd *cmd)
{
	uint16_t opcode;

	for (size_t i = 0; i < adm_rows_count; i++)
		if (adm_row_opcode(cmd->pf, &adm_rows[i], &opcode) && opcode == cmd->opcode &&
		    adm_rows[i].groups & BIT(cmd->group))
			return &adm_rows[i];
	return NULL;
}

static bool is_list_command(const struct adm_cmd *cmd)
{
	return cmd->opcode == SPEC_CMD_LIST_QUERY || cmd->opcode == SPEC_CMD_LIST_USE;
}

bool adm_is_cap_command(uint16_t opcode)
{
	return opcode >= SPEC_CMD_CAP_ID_LIST_QUERY && opcode <= SPEC_CMD_DRIVER_CAP_SET;
}

/*
 * The SR-IOV group exists only while VF Enable is set. Mainline's driver asks
 * for the group's commands before that and never again, so the tolerant card
 * answers the two list commands at any time.
 */
static bool group_ok(const struct adm_cmd *cmd)
{
	if (cmd->group >= SPEC_GROUPS)
		return false;
	if (cmd->group != SPEC_GROUP_SRIOV || card_pf_has_group(cmd->pf))
		return true;
	return !cmd->pf->strict && is_list_command(cmd);
}

/*
 * Supported by the device and in use by the driver. A driver that leaves the
 * list commands themselves out of LIST_USE gives them up, by the letter of the
 * specification; mainline's does and may want them later. Nor does it say of the
 * self group's capability commands that it uses them.
 */
static bool opcode_ok(const struct adm_cmd *cmd)
{
	struct adm_list supported;

	adm_list_supported(cmd->pf, cmd->group, &supported);
	if (!adm_list_has(&supported, cmd->opcode))
		return false;
	if (!cmd->pf->strict && is_list_command(cmd))
		return true;
	if (!cmd->pf->strict && cmd->group == SPEC_GROUP_SELF && adm_is_cap_command(cmd->opcode))
		return true;
	return adm_list_has(&cmd->pf->used[cmd->group], cmd->opcode);
}

/* Which member a command without one names does not matter: it "is unused". */
static bool member_ok(const struct adm_cmd *cmd, const struct adm_row *row)
{
	if (!row || !row->member)
		return true;
	if (cmd->group == SPEC_GROUP_SELF)
		return cmd->member == 0;
	return cmd->member >= 1 && cmd->member <= card_pf_num_vfs(cmd->pf);
}

/* All of the result that the command has and the driver has room for, zero at first. */
static void make_result(struct adm_cmd *cmd, const struct adm_row *row)
{
	size_t header = sizeof(struct spec_cmd_status);
	size_t room = cmd->writable > header ? cmd->writable - header : 0;

	if (!row)
		return;
	cmd->result_len = MIN(room, row->result_len);
	if (row->result_len == ADM_RESULT_ANY)
		cmd->result_len = MIN(room, ADM_RESULT_ANY_MAX);
	g_free(cmd->result);
	cmd->result = g_malloc0(cmd->result_len);
}

void adm_cmd_run(struct adm_cmd *cmd)
{
	const struct adm_row *row = NULL;

	if (!group_ok(cmd)) {
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_GROUP);
		return;
	}
	row = find_row(cmd);
	make_result(cmd, row);
	if (!opcode_ok(cmd))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_OPCODE);
	else if (cmd->group != SPEC_GROUP_SELF && adm_is_cap_command(cmd->opcode))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_GROUP);
	else if (!member_ok(cmd, row))
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_MEMBER);
	else if (row)
		row->run(cmd);
}

struct card_vf *adm_cmd_target(struct adm_cmd *cmd)
{
	const struct adm_row *row;

	if (cmd->group != SPEC_GROUP_SRIOV)
		return NULL;
	row = find_row(cmd);
	if (!row || !row->member || cmd->member < 1 || cmd->member > cmd->pf->vfs)
		return NULL;
	return card_pf_any_vf(cmd->pf, cmd->member - 1);
}

struct card_vf *adm_member(struct adm_cmd *cmd)
{
	return card_pf_vf(cmd->pf, cmd->member - 1);
}

/*
 * The commands act on the VF in the middle of a register write of the PF, or of
 * a timer: the VF's own registers are closed to its DMA meanwhile.
 */
struct card_vf *adm_member_begin(struct adm_cmd *cmd)
{
	struct card_vf *vf = adm_member(cmd);

	if (vf && card_func_enter(&vf->func))
		return vf;
	adm_fail(cmd, SPEC_STATUS_EBUSY, SPEC_Q_INVALID_COMMAND);
	return NULL;
}

void adm_member_end(struct card_vf *vf)
{
	card_func_leave(&vf->func);
}

/* The result stays as it is: zero, for the device initializes what it has. */
void adm_fail(struct adm_cmd *cmd, enum spec_status status, enum spec_qualifier qualifier)
{
	cmd->status = status;
	cmd->qualifier = qualifier;
}

size_t adm_data_len(struct adm_cmd *cmd)
{
	size_t header = sizeof(struct spec_cmd_header);

	return cmd->readable > header ? cmd->readable - header : 0;
}

void adm_data(struct adm_cmd *cmd, size_t offset, void *buf, size_t len)
{
	memset(buf, 0, len);
	/* iov_to_buf() asserts that it starts inside */
	if (offset < adm_data_len(cmd))
		iov_to_buf(cmd->elem.out_sg, cmd->elem.out_num,
			   sizeof(struct spec_cmd_header) + offset, buf, len);
}

void adm_result(struct adm_cmd *cmd, size_t offset, const void *buf, size_t len)
{
	if (offset < cmd->result_len)
		memcpy(cmd->result + offset, buf, MIN(len, cmd->result_len - offset));
}

bool adm_result_bytes(struct adm_cmd *cmd, const void *buf, size_t len)
{
	size_t header = sizeof(struct spec_cmd_status);

	if (cmd->writable < header + len)
		return false;
	g_free(cmd->result);
	cmd->result = g_memdup2(buf, len);
	cmd->result_len = len;
	return true;
}
