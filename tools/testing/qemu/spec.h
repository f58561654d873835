/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wire layouts and numbers of virtio 1.4 that the card implements.
 *
 * Taken from the specification for this card alone. Nothing is shared with a
 * driver, nor with QEMU's copy of Linux's headers, so that a mistake cannot
 * agree with itself. Multi-byte fields are little-endian in memory.
 */
#ifndef CARD_SPEC_H
#define CARD_SPEC_H

/* "Reserved Feature Bits" */
#define SPEC_F_SR_IOV		37
#define SPEC_F_ADMIN_VQ		41

/* "Virtio Structure PCI Capabilities": offsets in a capability, and a type */
#define SPEC_CAP_CFG_TYPE	3
#define SPEC_CAP_LENGTH		12
#define SPEC_CAP_COMMON_CFG	1
#define SPEC_CAP_LAST		9

/* "Common configuration structure layout", the fields the card looks at */
#define SPEC_COMMON_NUM_QUEUES		0x12
#define SPEC_COMMON_DEVICE_STATUS	0x14
#define SPEC_COMMON_QUEUE_RESET		0x3a
#define SPEC_COMMON_ADMIN_QUEUE_INDEX	0x3c
#define SPEC_COMMON_ADMIN_QUEUE_NUM	0x3e
#define SPEC_COMMON_LEN			0x40

/* "Device groups" */
enum spec_group {
	SPEC_GROUP_SELF = 0,
	SPEC_GROUP_SRIOV = 1,
	SPEC_GROUPS,
};

/* "Group administration commands" */
enum spec_opcode {
	SPEC_CMD_LIST_QUERY = 0x0,
	SPEC_CMD_LIST_USE = 0x1,
	SPEC_CMD_LEGACY_COMMON_CFG_WRITE = 0x2,
	SPEC_CMD_LEGACY_COMMON_CFG_READ = 0x3,
	SPEC_CMD_LEGACY_DEV_CFG_WRITE = 0x4,
	SPEC_CMD_LEGACY_DEV_CFG_READ = 0x5,
	SPEC_CMD_LEGACY_NOTIFY_INFO = 0x6,
};

enum spec_status {
	SPEC_STATUS_OK = 0,
	SPEC_STATUS_EAGAIN = 11,
	SPEC_STATUS_EBUSY = 16,
	SPEC_STATUS_EINVAL = 22,
};

enum spec_qualifier {
	SPEC_Q_OK = 0x0,
	SPEC_Q_INVALID_COMMAND = 0x1,
	SPEC_Q_INVALID_OPCODE = 0x2,
	SPEC_Q_INVALID_FIELD = 0x3,
	SPEC_Q_INVALID_GROUP = 0x4,
	SPEC_Q_INVALID_MEMBER = 0x5,
	SPEC_Q_TRYAGAIN = 0x7,
};

/* struct virtio_admin_cmd, device-readable part without its specific data */
struct spec_cmd_header {
	uint16_t opcode;
	uint16_t group_type;
	uint8_t reserved1[12];
	uint64_t group_member_id;
} QEMU_PACKED;

/* struct virtio_admin_cmd, device-writable part without its specific result */
struct spec_cmd_status {
	uint16_t status;
	uint16_t status_qualifier;
	uint8_t reserved2[4];
} QEMU_PACKED;

/* What the four legacy register commands' data start with; written data follow */
struct spec_legacy_access {
	uint8_t offset;
	uint8_t reserved[7];
} QEMU_PACKED;

#define SPEC_LEGACY_NOTIFY_ENTRIES	4

enum spec_legacy_notify_flags {
	SPEC_LEGACY_NOTIFY_END = 0,
	SPEC_LEGACY_NOTIFY_OWNER = 1,
	SPEC_LEGACY_NOTIFY_MEMBER = 2,
};

/* struct virtio_pci_legacy_notify_info */
struct spec_legacy_notify {
	uint8_t flags;
	uint8_t bar;
	uint8_t padding[6];
	uint64_t offset;
} QEMU_PACKED;

/* "Legacy Interfaces: A Note on PCI Device Layout": offsets of the I/O BAR */
#define SPEC_LEGACY_DEVICE_FEATURES	0
#define SPEC_LEGACY_DRIVER_FEATURES	4
#define SPEC_LEGACY_QUEUE_ADDRESS	8
#define SPEC_LEGACY_QUEUE_SIZE		12
#define SPEC_LEGACY_QUEUE_SELECT	14
#define SPEC_LEGACY_QUEUE_NOTIFY	16
#define SPEC_LEGACY_DEVICE_STATUS	18
#define SPEC_LEGACY_ISR_STATUS		19
#define SPEC_LEGACY_CONFIG_VECTOR	20
#define SPEC_LEGACY_QUEUE_VECTOR	22
#define SPEC_LEGACY_LEN			20
#define SPEC_LEGACY_LEN_MSIX		24
/* A legacy queue's address is a page number of this many bits */
#define SPEC_LEGACY_PAGE_SHIFT		12

QEMU_BUILD_BUG_ON(sizeof(struct spec_cmd_header) != 24);
QEMU_BUILD_BUG_ON(sizeof(struct spec_cmd_status) != 8);
QEMU_BUILD_BUG_ON(sizeof(struct spec_legacy_access) != 8);
QEMU_BUILD_BUG_ON(sizeof(struct spec_legacy_notify) != 16);
QEMU_BUILD_BUG_ON(offsetof(struct spec_cmd_header, group_member_id) != 16);
QEMU_BUILD_BUG_ON(offsetof(struct spec_legacy_notify, offset) != 8);

#endif /* CARD_SPEC_H */
