/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The legacy BAR0 drawn byte by byte, from the specification: the same letter
 * stands for the same field. Tests compare the driver's tables with it.
 */
#ifndef VFIO_BAR0_H
#define VFIO_BAR0_H

#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/bar0_layout.h"
#include "drivers/vfio/pci/virtio/type.h"

struct drawn_type {
	unsigned short device_id;
	unsigned short transitional_id;
	unsigned short virtio_id;
	unsigned int bar0_size;
	const char *config;
};

static const struct drawn_type drawn_types[] = {
	{ 0x1041, 0x1000, 1, 64, "aaaaaabbccddeeeefghhiiii" },
	{ 0x1042, 0x1001, 2, 128,
	  "aaaaaaaabbbbccccddefgggghijjkkkklmnnooooppppqqqqrrrrsssstuuuvvvvwwwwxxxx" },
	{ 0x1043, 0x1003, 3, 64, "aabbccccdddd" },
	{ 0x1044, 0x1005, 4, 32, "" },
	{ 0x1045, 0x1002, 5, 64, "aaaabbbbccccdddd" },
	{ 0x1048, 0x1004, 8, 64, "aaaabbbbccccddddeeeeffffgggghhiijjjj" },
};

#define DRAWN_TYPES	ARRAY_SIZE(drawn_types)

/* features, driver's, address, size, select, notify, status, ISR, two vectors */
static const char drawn_common[] = "FFFFGGGGAAAANNSSQQTICCVV";

/* the field at @offset as a letter, or 0 for none */
static inline char drawn_field(const struct drawn_type *type, int msix, unsigned int offset)
{
	unsigned int common_len = msix ? 24 : 20;

	if (offset < common_len)
		return drawn_common[offset];
	offset -= common_len;
	return offset < strlen(type->config) ? type->config[offset] : 0;
}

static inline enum virtiovf_path drawn_path(const struct drawn_type *type, int msix, int write,
					    unsigned int offset)
{
	char field = drawn_field(type, msix, offset);
	int common = offset < (msix ? 24 : 20);

	if (!field)
		return VIRTIOVF_NOWHERE;
	if (!common)
		return VIRTIOVF_DEVICE;
	if (field == 'Q')
		return write && offset == 16 ? VIRTIOVF_NOTIFY : VIRTIOVF_NOWHERE;
	return write && strchr("FNI", field) ? VIRTIOVF_NOWHERE : VIRTIOVF_COMMON;
}

#endif /* VFIO_BAR0_H */
