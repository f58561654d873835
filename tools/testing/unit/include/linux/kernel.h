/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: small arithmetic that pure code uses. */
#ifndef UNIT_LINUX_KERNEL_H
#define UNIT_LINUX_KERNEL_H

#include <assert.h>
#include <stdio.h>
#include <linux/align.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) \
	({ __auto_type _d = (d); ((n) + _d - 1) / _d; })
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#endif /* UNIT_LINUX_KERNEL_H */
