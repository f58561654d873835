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
	size_t result_len;		/* of command_specific_result */
	void (*run)(struct adm_cmd *cmd);
};

/* Run CMD as the specification says: fills in its answer. */
void adm_cmd_run(struct adm_cmd *cmd);
/* The VF that CMD is for, enabled or not; NULL where the owner itself is addressed. */
struct card_vf *adm_cmd_target(struct adm_cmd *cmd);

/* For handlers. */
void adm_fail(struct adm_cmd *cmd, enum spec_status status, enum spec_qualifier qualifier);
struct card_vf *adm_member(struct adm_cmd *cmd);
/* command_specific_data: its length, and LEN bytes of it, zero where it has none */
size_t adm_data_len(struct adm_cmd *cmd);
void adm_data(struct adm_cmd *cmd, size_t offset, void *buf, size_t len);
/* Write to command_specific_result; what does not fit is discarded. */
void adm_result(struct adm_cmd *cmd, size_t offset, const void *buf, size_t len);

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

/* The table, for adm_list.c */
extern const struct adm_row adm_rows[];
extern const size_t adm_rows_count;

#endif /* CARD_ADM_CMD_H */
