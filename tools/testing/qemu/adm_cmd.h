/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a group administration command is: a row of a table, and what its
 * handler may use. adm_cmd.c has the table.
 */
#ifndef CARD_ADM_CMD_H
#define CARD_ADM_CMD_H

#include "card.h"

/* The result is as long as the part the driver supplied, within reason. */
#define ADM_RESULT_ANY		SIZE_MAX
/* The longest such result: no offset of a legacy access goes beyond it */
#define ADM_RESULT_ANY_MAX	256

struct adm_row {
	uint16_t opcode;
	const char *name;
	uint8_t groups;			/* BIT(enum spec_group) */
	bool member;			/* group_member_id addresses a VF */
	bool migration;			/* there with the PF's property alone */
	bool log;			/* the opcode counts from the PF's property "dirty-log" */
	size_t result_len;		/* of command_specific_result */
	void (*run)(struct adm_cmd *cmd);
};

/* The opcode that this card has for ROW; false: it lacks the command. */
bool adm_row_opcode(const struct card_pf *pf, const struct adm_row *row, uint16_t *opcode);
/* Run CMD as the specification says: fills in its answer. */
void adm_cmd_run(struct adm_cmd *cmd);
/* The VF that CMD is for, enabled or not; NULL where the owner itself is addressed. */
struct card_vf *adm_cmd_target(struct adm_cmd *cmd);

/* For handlers. */
void adm_fail(struct adm_cmd *cmd, enum spec_status status, enum spec_qualifier qualifier);
struct card_vf *adm_member(struct adm_cmd *cmd);
/* The same, its registers closed to its own DMA until _end; or NULL, and CMD has failed. */
struct card_vf *adm_member_begin(struct adm_cmd *cmd);
void adm_member_end(struct card_vf *vf);
/* command_specific_data: its length, and LEN bytes of it, zero where it has none */
size_t adm_data_len(struct adm_cmd *cmd);
void adm_data(struct adm_cmd *cmd, size_t offset, void *buf, size_t len);
/* Write to command_specific_result; what does not fit is discarded. */
void adm_result(struct adm_cmd *cmd, size_t offset, const void *buf, size_t len);

/* In place of the row's result, at the length it has. False: the driver has no room. */
bool adm_result_bytes(struct adm_cmd *cmd, const void *buf, size_t len);

/* adm_list.c */
void adm_list_set(struct adm_list *list, uint16_t opcode);
bool adm_list_has(const struct adm_list *list, uint16_t opcode);
void adm_list_supported(struct card_pf *pf, enum spec_group group, struct adm_list *list);
void adm_list_query(struct adm_cmd *cmd);
void adm_list_use(struct adm_cmd *cmd);

/* adm_legacy.c */
void adm_legacy_common_cfg_write(struct adm_cmd *cmd);
void adm_legacy_common_cfg_read(struct adm_cmd *cmd);
void adm_legacy_dev_cfg_write(struct adm_cmd *cmd);
void adm_legacy_dev_cfg_read(struct adm_cmd *cmd);
void adm_legacy_notify_info(struct adm_cmd *cmd);

/* adm_cap.c */
void adm_cap_id_list_query(struct adm_cmd *cmd);
void adm_device_cap_get(struct adm_cmd *cmd);
void adm_driver_cap_set(struct adm_cmd *cmd);

/* adm_obj.c */
struct adm_object {
	uint32_t id;
	uint64_t member;		/* group_member_id */
	uint8_t kind;			/* enum spec_obj_kind */
};

/* The one that CMD names, or NULL, and CMD has failed. */
struct adm_object *adm_object(struct adm_cmd *cmd);
void adm_obj_create(struct adm_cmd *cmd);
void adm_obj_modify(struct adm_cmd *cmd);
void adm_obj_query(struct adm_cmd *cmd);
void adm_obj_destroy(struct adm_cmd *cmd);
/* Those of members beyond the first MEMBERS */
void adm_objects_drop(struct card_pf *pf, unsigned int members);

/* adm_parts.c */
void adm_parts_metadata_get(struct adm_cmd *cmd);
void adm_parts_get(struct adm_cmd *cmd);
void adm_parts_set(struct adm_cmd *cmd);
void adm_mode_set(struct adm_cmd *cmd);

/* adm_log.c */
#define ADM_LOG_IDENTITY_LEN	32
void adm_log_identity(struct adm_cmd *cmd);
void adm_log_start(struct adm_cmd *cmd);
void adm_log_read(struct adm_cmd *cmd);
void adm_log_stop(struct adm_cmd *cmd);

/* A driver that is mainline's looks for it in one group and sends it to another. */
bool adm_is_cap_command(uint16_t opcode);

/* The table, for adm_list.c */
extern const struct adm_row adm_rows[];
extern const size_t adm_rows_count;

#endif /* CARD_ADM_CMD_H */
