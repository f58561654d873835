// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LIST_QUERY and LIST_USE: which commands the card offers for a group and which
 * of them the driver uses.
 */
#include "qemu/osdep.h"
#include "qemu/bitops.h"
#include "card.h"
#include "adm_cmd.h"

/* Opcodes that only the fault long-list offers: one in each further word. They do nothing. */
static const uint16_t long_list_opcodes[] = { 64 + 6, 2 * 64 + 2 };

void adm_list_set(struct adm_list *list, uint16_t opcode)
{
	list->word[opcode / 64] |= BIT_ULL(opcode % 64);
}

bool adm_list_has(const struct adm_list *list, uint16_t opcode)
{
	return opcode / 64 < ADM_LIST_WORDS && list->word[opcode / 64] & BIT_ULL(opcode % 64);
}

/* LEGACY_NOTIFY_INFO is optional, so the PF's fault notify=none takes it away. */
static bool taken_away(const struct card_pf *pf, const struct adm_row *row)
{
	uint64_t kind;

	if (row->migration && !pf->migration)
		return true;
	return row->opcode == SPEC_CMD_LEGACY_NOTIFY_INFO &&
	       card_fault(&pf->faults[0], FAULT_NOTIFY, &kind) && kind == FAULT_NOTIFY_NONE;
}

/* Mainline's driver looks for the self group's capability commands in the other group. */
static bool listed(const struct card_pf *pf, enum spec_group group, const struct adm_row *row)
{
	return row->groups & BIT(group) || (!pf->strict && adm_is_cap_command(row->opcode));
}

void adm_list_supported(struct card_pf *pf, enum spec_group group, struct adm_list *list)
{
	uint16_t opcode;

	memset(list, 0, sizeof(*list));
	for (size_t i = 0; i < adm_rows_count; i++)
		if (adm_row_opcode(pf, &adm_rows[i], &opcode) &&
		    listed(pf, group, &adm_rows[i]) && !taken_away(pf, &adm_rows[i]))
			adm_list_set(list, opcode);
	if (card_fault(&pf->faults[0], FAULT_LONG_LIST, NULL))
		for (size_t i = 0; i < ARRAY_SIZE(long_list_opcodes); i++)
			adm_list_set(list, long_list_opcodes[i]);
}

/* "large enough to include bits set for all supported opcodes" */
static size_t list_words(const struct adm_list *list)
{
	size_t words = ADM_LIST_WORDS;

	while (words > 1 && !list->word[words - 1])
		words--;
	return words;
}

void adm_list_query(struct adm_cmd *cmd)
{
	struct adm_list list;
	size_t words;

	adm_list_supported(cmd->pf, cmd->group, &list);
	words = list_words(&list);
	cmd->result_len = MIN(cmd->result_len, words * sizeof(uint64_t));
	for (size_t i = 0; i < words; i++) {
		uint64_t word = cpu_to_le64(list.word[i]);

		adm_result(cmd, i * sizeof(word), &word, sizeof(word));
	}
}

/* The highest opcode's bit is in this many words; what follows is not looked at. */
#define ADM_LIST_WORDS_MAX	((UINT16_MAX + 1) / 64)

/* Bits of opcodes that the card does not support, from word FROM on. */
static bool unsupported_words(struct adm_cmd *cmd, size_t from)
{
	size_t words = MIN(DIV_ROUND_UP(adm_data_len(cmd), sizeof(uint64_t)),
			   (size_t)ADM_LIST_WORDS_MAX);

	for (size_t i = from; i < words; i++) {
		uint64_t word;

		adm_data(cmd, i * sizeof(word), &word, sizeof(word));
		if (word)
			return true;
	}
	return false;
}

void adm_list_use(struct adm_cmd *cmd)
{
	struct adm_list used, supported;

	adm_list_supported(cmd->pf, cmd->group, &supported);
	for (size_t i = 0; i < ADM_LIST_WORDS; i++) {
		adm_data(cmd, i * sizeof(uint64_t), &used.word[i], sizeof(uint64_t));
		used.word[i] = le64_to_cpu(used.word[i]);
		if (used.word[i] & ~supported.word[i])
			goto invalid;
	}
	if (unsupported_words(cmd, ADM_LIST_WORDS))
		goto invalid;
	cmd->pf->used[cmd->group] = used;
	return;

invalid:
	adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
}
