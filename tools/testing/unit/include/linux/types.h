/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the kernel's types over the C library's. */
#ifndef UNIT_LINUX_TYPES_H
#define UNIT_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include_next <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define U32_MAX			((u32)~0U)
#define U64_MAX		(~0ULL)

#ifndef __force
#define __force
#endif

#endif /* UNIT_LINUX_TYPES_H */
