/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wire format of the group administration commands: virtio 1.4, sections
 * "Device groups", "Group administration commands" and "Legacy Interfaces".
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

/* Device-readable part, command_specific_data follows */
struct virtio_admin_abi_request {
	__le16 opcode;
	__le16 group_type;
	__u8 reserved1[12];
	__le64 group_member_id;
};

/* Device-writable part, command_specific_result follows */
struct virtio_admin_abi_response {
	__le16 status;
	__le16 status_qualifier;
	__u8 reserved2[4];
};

/* LEGACY_COMMON_CFG_WRITE, LEGACY_DEV_CFG_WRITE: the data to write follows */
struct virtio_admin_abi_legacy_write {
	__u8 offset;
	__u8 reserved[7];
};

/* LEGACY_COMMON_CFG_READ, LEGACY_DEV_CFG_READ: the result is the data read */
struct virtio_admin_abi_legacy_read {
	__u8 offset;
};

/* struct virtio_pci_legacy_notify_info of the specification: flags */
#define VIRTIO_ADMIN_ABI_NOTIFY_END		0
#define VIRTIO_ADMIN_ABI_NOTIFY_OWNER		1
#define VIRTIO_ADMIN_ABI_NOTIFY_MEMBER		2
#define VIRTIO_ADMIN_ABI_NOTIFY_ENTRIES		4

struct virtio_admin_abi_notify_info {
	__u8 flags;
	__u8 bar;
	__u8 padding[6];
	__le64 offset;
};

#endif /* _UAPI_LINUX_VIRTIO_ADMIN_COMMANDS_H */
