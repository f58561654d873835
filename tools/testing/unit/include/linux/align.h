/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: @a is a power of two. */
#ifndef UNIT_LINUX_ALIGN_H
#define UNIT_LINUX_ALIGN_H

#define ALIGN(x, a) \
	({ __auto_type _mask = (a) - 1; ((x) + _mask) & ~_mask; })
#define IS_ALIGNED(x, a)	(!((x) & ((a) - 1)))

#endif /* UNIT_LINUX_ALIGN_H */
