/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test is: a row that names it, says what it shows and on which cards
 * it runs. Each card is one result, in an emulator of its own.
 */
#ifndef CARD_QTEST_ROWS_H
#define CARD_QTEST_ROWS_H

#include "driver.h"

enum { NET = 1, BLK = 2, TYPES = NET | BLK };
enum { TOLERANT = 4, STRICT = 8, BOTH = TOLERANT | STRICT };

struct row {
	const char *name;
	const char *says;		/* the specification's section, or what else asks for it */
	unsigned int on;		/* types | personalities */
	enum level level;
	void (*run)(struct card *card);
	unsigned int vfs;		/* 0: four */
	const char *args;		/* more properties of the PF */
	const char *machine_args;	/* more arguments of the emulator */
};

/* A file's rows */
struct family {
	const char *name;
	const struct row *rows;
	size_t count;
};

#define FAMILY(name)	\
	const struct family name##_family = { #name, name##_rows, ARRAY_SIZE(name##_rows) }

extern const struct family pci_family, list_family, command_family, legacy_family, notify_family,
	interface_family, fault_family, chains_family, hostile_family, iommu_family, reset_family,
	switch_family, packed_family, life_family, again_family, hold_family,
	objects_family, parts_family, mode_family, restore_family,
	spoil_family, log_family, ifc_family, suspend_family;

#endif /* CARD_QTEST_ROWS_H */
