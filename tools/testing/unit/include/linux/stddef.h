/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in. */
#ifndef UNIT_LINUX_STDDEF_H
#define UNIT_LINUX_STDDEF_H

#include <stddef.h>
#include_next <linux/stddef.h>

#endif /* UNIT_LINUX_STDDEF_H */
