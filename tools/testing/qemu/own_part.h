/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capability and the device part of this project's own: layouts and numbers
 * of Documentation/device-parts.rst, "The part of our own". Little-endian.
 */
#ifndef CARD_OWN_PART_H
#define CARD_OWN_PART_H

#define OWN_CAP		0x7ff
#define OWN_PART	0xfff0
#define OWN_VERSION	1
#define OWN_MAGIC	{ 'V', 'V', 'P', 'S' }

struct own_cap {
	uint8_t magic[4];
	uint16_t version;
	uint8_t reserved[2];
} QEMU_PACKED;

/* Bits of own_header::flags */
#define OWN_UNI_OVERFLOW	0x01
#define OWN_MULTI_OVERFLOW	0x02
#define OWN_WRITEBACK		0x04

struct own_header {
	uint8_t magic[4];
	uint16_t version;
	uint16_t header_len;
	uint16_t queue_len;
	uint16_t queues;
	uint8_t driven_by;		/* enum card_interface */
	uint8_t isr;
	uint8_t page_shift;
	uint8_t flags;
	uint64_t offloads;
	uint8_t reserved[8];
} QEMU_PACKED;

/* Of a packed ring; the bit above is the wrap counter */
#define OWN_PLACE_MASK	0x7fff

struct own_queue {
	uint16_t index;
	uint16_t next_avail;
	uint16_t next_used;
	uint16_t reserved;
} QEMU_PACKED;

QEMU_BUILD_BUG_ON(sizeof(struct own_cap) != 8);
QEMU_BUILD_BUG_ON(sizeof(struct own_header) != 32);
QEMU_BUILD_BUG_ON(sizeof(struct own_queue) != 8);

#endif /* CARD_OWN_PART_H */
