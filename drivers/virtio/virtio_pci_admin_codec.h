/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wire format of group administration commands: the table of commands, encoding,
 * decoding, argument checks. No locks, no PCI: builds on the host.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_CODEC_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_CODEC_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/virtio_admin_commands.h>
#include <linux/virtio_device_parts.h>
#include <linux/virtio_dma_log.h>
#include <linux/virtio_pci_admin.h>

/* bit n of vp_admin_row::groups stands for group type n */
#define VP_ADMIN_GROUP_SELF	BIT(VIRTIO_ADMIN_GROUP_TYPE_SELF)
#define VP_ADMIN_GROUP_SRIOV	BIT(VIRTIO_ADMIN_GROUP_TYPE_SRIOV)
#define VP_ADMIN_GROUPS		2

/* no other command may be outstanding */
#define VP_ADMIN_ROW_EXCLUSIVE	BIT(0)
/* may be long: uses a share of its own, to leave slots for register accesses */
#define VP_ADMIN_ROW_BULK	BIT(1)
/* its opcode is relative to vp_admin_log_opcode */
#define VP_ADMIN_ROW_LOG	BIT(2)

/* VP_ADMIN_<NAME> for each row of that file */
enum vp_admin_row_id {
#define VP_ADMIN_ROW(NAME, ...)	VP_ADMIN_##NAME,
#include "virtio_pci_admin_rows.h"
#undef VP_ADMIN_ROW
	VP_ADMIN_ROWS
};

struct vp_admin_row {
	u16 opcode;
	u8 groups;
	u8 flags;
	u16 min_data;
	u16 min_result;
	const char *name;
};

extern const struct vp_admin_row vp_admin_rows[VP_ADMIN_ROWS];

/* The first opcode of the DMA write log's commands; 0: devices have none */
extern u16 vp_admin_log_opcode;

bool vp_admin_row_known(enum vp_admin_row_id row);
u16 vp_admin_opcode(enum vp_admin_row_id row);
bool vp_admin_log_opcode_valid(u16 opcode);

/* A decoded answer */
struct vp_admin_answer {
	u16 status;
	u16 qualifier;
	u32 result_len;		/* bytes of command_specific_result that were written */
};

/* maximum length of an access to the legacy device configuration, in bytes */
#define VP_ADMIN_LEGACY_DEVICE_MAX	64

int vp_admin_errno(u16 status);
void vp_admin_request_encode(struct virtio_admin_abi_request *req, u16 opcode,
			     u16 group, u64 member);
int vp_admin_response_decode(const void *buf, u32 used_len, u32 min_result,
			     struct vp_admin_answer *answer);
int vp_admin_legacy_check_common(u8 offset, u8 size);
int vp_admin_legacy_check_device(u8 offset, u8 size);

unsigned int vp_admin_notify_decode(const struct virtio_admin_abi_notify_info *info, size_t len,
				    struct virtio_pci_legacy_notify *list);
int vp_admin_log_decode(const struct virtio_admin_abi_log_identity *identity,
			struct virtio_pci_admin_log_limits *limits);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_CODEC_H */
