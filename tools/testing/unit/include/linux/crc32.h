/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the reflected CRC-32 of Ethernet, bit by bit. */
#ifndef UNIT_LINUX_CRC32_H
#define UNIT_LINUX_CRC32_H

#include <linux/types.h>

static inline u32 crc32_le(u32 crc, const u8 *bytes, size_t len)
{
	while (len--) {
		crc ^= *bytes++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

#endif /* UNIT_LINUX_CRC32_H */
