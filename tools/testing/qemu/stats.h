/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a function has seen and done: admin commands by opcode, notifications by the way
 * they came, what was written last to each doorbell, interrupts. Read as JSON from the PF's
 * property "stats".
 */
#ifndef CARD_STATS_H
#define CARD_STATS_H

enum card_notify_way {
	CARD_NOTIFY_MEMBER,	/* the legacy notify page in the VF's BAR */
	CARD_NOTIFY_OWNER,	/* the legacy notify page in the PF's BAR */
	CARD_NOTIFY_COMMON_CFG,	/* LEGACY_COMMON_CFG_WRITE to Queue Notify */
	CARD_NOTIFY_MODERN,	/* the notification capability */
	CARD_NOTIFY_WAYS,
};

/* Opcodes that are counted one by one; the others together */
#define CARD_STATS_OPCODES	0x20
/* Doorbells of the notification capability that are looked at, from queue 0 on */
#define CARD_STATS_DOORBELLS	8

struct card_stats {
	uint64_t commands[CARD_STATS_OPCODES];
	uint64_t other_commands;
	uint64_t notifies[CARD_NOTIFY_WAYS];
	struct {
		uint32_t value;
		uint8_t size;	/* 0: nothing yet */
	} doorbell[CARD_STATS_DOORBELLS];
	uint64_t common_beyond;	/* accesses behind the advertised common configuration */
	uint64_t interrupts;	/* messages of MSI-X that were sent */
};

void card_stats_command(struct card_stats *stats, uint16_t opcode);
void card_stats_doorbell(struct card_stats *stats, uint64_t index, uint32_t value,
			 unsigned int size);
void card_stats_append(GString *json, const struct card_stats *stats);

#endif /* CARD_STATS_H */
