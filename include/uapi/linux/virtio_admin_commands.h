/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wire format of the group administration commands: virtio 1.4, sections
 * "Device groups", "Group administration commands" and "Legacy Interfaces". Little-endian.
 *
 * Depending on its version a kernel's own headers have none, some or all of these names.
 * So constants are defined only if they are missing, and the structures have names of
 * their own.
 */
#ifndef _UAPI_LINUX_VIRTIO_ADMIN_COMMANDS_H
#define _UAPI_LINUX_VIRTIO_ADMIN_COMMANDS_H

#include <linux/types.h>

/* feature bit: the device has one or more administration virtqueues */
#ifndef VIRTIO_F_ADMIN_VQ
#define VIRTIO_F_ADMIN_VQ			41
#endif

/* feature bits that affect its ring */
#ifndef VIRTIO_F_IN_ORDER
#define VIRTIO_F_IN_ORDER			35
#endif
#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA		38
#endif

/* group types */
#ifndef VIRTIO_ADMIN_GROUP_TYPE_SELF
#define VIRTIO_ADMIN_GROUP_TYPE_SELF		0x0
#endif
#ifndef VIRTIO_ADMIN_GROUP_TYPE_SRIOV
#define VIRTIO_ADMIN_GROUP_TYPE_SRIOV		0x1
#endif

/* opcodes */
#ifndef VIRTIO_ADMIN_CMD_LIST_QUERY
#define VIRTIO_ADMIN_CMD_LIST_QUERY		0x0
#define VIRTIO_ADMIN_CMD_LIST_USE		0x1
#endif
#ifndef VIRTIO_ADMIN_CMD_LEGACY_COMMON_CFG_WRITE
#define VIRTIO_ADMIN_CMD_LEGACY_COMMON_CFG_WRITE	0x2
#define VIRTIO_ADMIN_CMD_LEGACY_COMMON_CFG_READ		0x3
#define VIRTIO_ADMIN_CMD_LEGACY_DEV_CFG_WRITE		0x4
#define VIRTIO_ADMIN_CMD_LEGACY_DEV_CFG_READ		0x5
#define VIRTIO_ADMIN_CMD_LEGACY_NOTIFY_INFO		0x6
#endif

/* status; a value not listed is reserved and treated as EINVAL */
#define VIRTIO_ADMIN_ABI_STATUS_OK		0
#define VIRTIO_ADMIN_ABI_STATUS_ENXIO		6
#define VIRTIO_ADMIN_ABI_STATUS_EAGAIN		11
#define VIRTIO_ADMIN_ABI_STATUS_ENOMEM		12
#define VIRTIO_ADMIN_ABI_STATUS_EBUSY		16
#define VIRTIO_ADMIN_ABI_STATUS_EINVAL		22
#define VIRTIO_ADMIN_ABI_STATUS_ENOSPC		28

/* status qualifier: the opcode is not supported, or was not in LIST_USE */
#define VIRTIO_ADMIN_ABI_QUALIFIER_OPCODE	2

/**
 * struct virtio_admin_abi_request - what the device reads of a command
 * @opcode: VIRTIO_ADMIN_CMD_*
 * @group_type: VIRTIO_ADMIN_GROUP_TYPE_*
 * @reserved1: zero
 * @group_member_id: SRIOV: number of the VF, from 1 on; SELF and LIST_*: zero
 *
 * The command's own data follow (command_specific_data). It is the device-readable part of struct
 * virtio_admin_cmd in "Group administration commands".
 */
struct virtio_admin_abi_request {
	__le16 opcode;
	__le16 group_type;
	__u8 reserved1[12];
	__le64 group_member_id;
};

/**
 * struct virtio_admin_abi_response - what the device writes of a command
 * @status: VIRTIO_ADMIN_ABI_STATUS_*
 * @status_qualifier: why a command failed, for logs: VIRTIO_ADMIN_ABI_QUALIFIER_*
 * @reserved2: zero; to be ignored
 *
 * The command's own result follows (command_specific_result). It is the device-writable part of
 * struct virtio_admin_cmd.
 */
struct virtio_admin_abi_response {
	__le16 status;
	__le16 status_qualifier;
	__u8 reserved2[4];
};

/**
 * struct virtio_admin_abi_legacy_write - data of LEGACY_COMMON_CFG_WRITE and LEGACY_DEV_CFG_WRITE
 * @offset: of the field in bytes, from the start of the common or of the device-specific
 *	configuration
 * @reserved: zero
 *
 * What is written follows: a field or a part of one, never of two. There is no result.
 * "Legacy Interfaces": struct virtio_admin_cmd_legacy_common_cfg_wr_data and
 * virtio_admin_cmd_legacy_dev_reg_wr_data.
 */
struct virtio_admin_abi_legacy_write {
	__u8 offset;
	__u8 reserved[7];
};

/**
 * struct virtio_admin_abi_legacy_read - data of LEGACY_COMMON_CFG_READ and LEGACY_DEV_CFG_READ
 * @offset: as of struct virtio_admin_abi_legacy_write
 *
 * The result is what was read: as many bytes as there is room for. "Legacy Interfaces": struct
 * virtio_admin_cmd_legacy_common_cfg_rd_data and virtio_admin_cmd_legacy_dev_cfg_rd_data.
 */
struct virtio_admin_abi_legacy_read {
	__u8 offset;
};

/* virtio_admin_abi_notify_info::flags, and the number of entries */
#define VIRTIO_ADMIN_ABI_NOTIFY_END		0
#define VIRTIO_ADMIN_ABI_NOTIFY_OWNER		1
#define VIRTIO_ADMIN_ABI_NOTIFY_MEMBER		2
#define VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES		4

/**
 * struct virtio_admin_abi_notify_info - where a queue notification may be written
 * @flags: whose BAR: VIRTIO_ADMIN_ABI_NOTIFY_*. NOTIFY_END ends the list; an entry with
 *	another value is ignored
 * @bar: 1 to 5: BAR1 to BAR5 of the owner, or VF BAR1 to VF BAR5 of the member
 * @padding: to be ignored
 * @offset: bytes from the start of the BAR, even
 *
 * The result of LEGACY_NOTIFY_INFO, which has no data, is an array of
 * VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES of them, the best first. A notification is a 16-bit queue index.
 * "Legacy Interfaces": struct virtio_pci_legacy_notify_info.
 */
struct virtio_admin_abi_notify_info {
	__u8 flags;
	__u8 bar;
	__u8 padding[6];
	__le64 offset;
};

#endif /* _UAPI_LINUX_VIRTIO_ADMIN_COMMANDS_H */
