/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: @a is a power of two. */
#ifndef UNIT_LINUX_ALIGN_H
#define UNIT_LINUX_ALIGN_H

#define ALIGN(x, a)		(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)	(!((x) & ((__typeof__(x))(a) - 1)))

#endif /* UNIT_LINUX_ALIGN_H */
