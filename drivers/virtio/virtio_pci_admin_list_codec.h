/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of opcodes as LIST_QUERY and LIST_USE carry them. No locks, no PCI:
 * builds on the host.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_LIST_CODEC_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_LIST_CODEC_H

#include <linux/types.h>

/* length of a list with all 65536 opcodes, in bytes */
#define VP_ADMIN_LIST_BYTES_MAX		(0x10000 / 8)

/* 64-bit words that hold all opcodes known to this driver */
#define VP_ADMIN_USED_WORDS		2

/* The commands in use for one group; set by vp_admin_list_negotiate() only */
struct vp_admin_used {
	u64 word[VP_ADMIN_USED_WORDS];
};

/* Summary of a device's list, for debugfs */
struct vp_admin_offered {
	u32 count;
	u16 highest;
};

int vp_admin_list_negotiate(const void *list, size_t len, unsigned int group,
			    struct vp_admin_used *used, struct vp_admin_offered *offered);
size_t vp_admin_list_encode(const struct vp_admin_used *used, __le64 *list);

static inline bool vp_admin_list_test(const struct vp_admin_used *used, u16 opcode)
{
	return opcode / 64 < VP_ADMIN_USED_WORDS &&
	       used->word[opcode / 64] & (1ULL << (opcode % 64));
}

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_LIST_CODEC_H */
