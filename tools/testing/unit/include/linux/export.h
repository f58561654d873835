/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: a program has no modules. */
#ifndef UNIT_LINUX_EXPORT_H
#define UNIT_LINUX_EXPORT_H

#define UNIT_IGNORED(symbol)	struct unit_ignored
#define EXPORT_SYMBOL_GPL	UNIT_IGNORED

#endif /* UNIT_LINUX_EXPORT_H */
