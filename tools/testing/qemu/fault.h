/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults of the card: what can be wrong with a function, and the text that
 * says so: "TARGET:NAME[=VALUE];...", TARGET being pf, vfN (N from 0) or all.
 * Kept for each function in the PF.
 */
#ifndef CARD_FAULT_H
#define CARD_FAULT_H

enum card_fault {
	FAULT_MUTE,		/* commands are taken and not run */
	FAULT_LATE,		/* completions come VALUE ns after the command ran */
	FAULT_REORDER,		/* a completion waits until a later one was given */
	FAULT_SHORT_USED,	/* VALUE bytes of the answer are written and reported */
	FAULT_TWICE,		/* each command is completed twice */
	FAULT_EAGAIN_ONCE,	/* the next command is refused, once */
	FAULT_EAGAIN_FOR,	/* commands are refused for VALUE ns from the first on */
	FAULT_STATUS,		/* commands are not run and end with status VALUE */
	FAULT_QUALIFIER,	/* commands end with qualifier VALUE */
	FAULT_ONLY,		/* all of the above are for commands with opcode VALUE alone */
	FAULT_MODE_LATE,	/* DEV_MODE_SET completes VALUE ns after it ran */
	FAULT_PARTS,		/* DEV_PARTS_GET: VALUE is an enum card_fault_parts */
	FAULT_NOTIFY,		/* LEGACY_NOTIFY_INFO: VALUE is an enum card_fault_notify */
	FAULT_LONG_LIST,	/* LIST_QUERY answers more than 64 bits */
	FAULT_HOLD,		/* what the driver makes available is taken and not given back */
	FAULT_GONE,		/* all registers read as ones */
	FAULTS,
};

enum card_fault_notify {
	FAULT_NOTIFY_NONE,	/* PF: no such command; VF: no entry */
	FAULT_NOTIFY_OWNER,
	FAULT_NOTIFY_BOTH,
	FAULT_NOTIFY_BAD_BAR,
	FAULT_NOTIFY_OUTSIDE,
	FAULT_NOTIFY_ODD,
};

enum card_fault_parts {
	FAULT_PARTS_CUT,		/* the last byte is missing */
	FAULT_PARTS_REORDERED,		/* the first part comes last */
	FAULT_PARTS_FOREIGN,		/* of a device with other features */
	FAULT_PARTS_DOUBLED,		/* the last part comes twice */
	FAULT_PARTS_UNKNOWN,		/* one more, of a type that nobody knows */
	FAULT_PARTS_GROWN,		/* more than DEV_PARTS_METADATA_GET says */
};

struct card_faults {
	uint32_t set;			/* BIT(enum card_fault) */
	uint64_t value[FAULTS];
	int64_t eagain_until;		/* ns of QEMU_CLOCK_VIRTUAL; 0: no command came yet */
};

/* The faults that TEXT names, for the PF and VFS VFs; NULL and ERRP when it cannot be read. */
struct card_faults *card_faults_parse(const char *text, unsigned int vfs, Error **errp);
/* Is FAULT set? Its value is left in VALUE, which may be NULL. */
bool card_fault(const struct card_faults *faults, enum card_fault fault, uint64_t *value);

#endif /* CARD_FAULT_H */
