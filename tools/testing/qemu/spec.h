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
#define SPEC_F_SUSPEND		43

/* "Device Status Field" */
#define SPEC_STATUS_SUSPEND	0x10

/* "Virtio Structure PCI Capabilities": offsets in a capability, and a type */
#define SPEC_CAP_CFG_TYPE	3
#define SPEC_CAP_LENGTH		12
#define SPEC_CAP_COMMON_CFG	1
#define SPEC_CAP_LAST		9

/* "Common configuration structure layout", the fields the card looks at */
#define SPEC_COMMON_DEVICE_FEATURE_SELECT 0x00
#define SPEC_COMMON_DRIVER_FEATURE_SELECT 0x08
#define SPEC_COMMON_CONFIG_VECTOR	0x10
#define SPEC_COMMON_NUM_QUEUES		0x12
#define SPEC_COMMON_DEVICE_STATUS	0x14
#define SPEC_COMMON_QUEUE_SELECT	0x16
#define SPEC_COMMON_QUEUE_ENABLE	0x1c
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
	SPEC_CMD_CAP_ID_LIST_QUERY = 0x7,
	SPEC_CMD_DEVICE_CAP_GET = 0x8,
	SPEC_CMD_DRIVER_CAP_SET = 0x9,
	SPEC_CMD_RESOURCE_OBJ_CREATE = 0xa,
	SPEC_CMD_RESOURCE_OBJ_MODIFY = 0xb,
	SPEC_CMD_RESOURCE_OBJ_QUERY = 0xc,
	SPEC_CMD_RESOURCE_OBJ_DESTROY = 0xd,
	SPEC_CMD_DEV_PARTS_METADATA_GET = 0xe,
	SPEC_CMD_DEV_PARTS_GET = 0xf,
	SPEC_CMD_DEV_PARTS_SET = 0x10,
	SPEC_CMD_DEV_MODE_SET = 0x11,
};

enum spec_status {
	SPEC_STATUS_OK = 0,
	SPEC_STATUS_ENXIO = 6,
	SPEC_STATUS_EAGAIN = 11,
	SPEC_STATUS_ENOMEM = 12,
	SPEC_STATUS_EBUSY = 16,
	SPEC_STATUS_EEXIST = 17,	/* named, but not in the table of numbers: Linux's */
	SPEC_STATUS_EINVAL = 22,
	SPEC_STATUS_ENOSPC = 28,
};

enum spec_qualifier {
	SPEC_Q_OK = 0x0,
	SPEC_Q_INVALID_COMMAND = 0x1,
	SPEC_Q_INVALID_OPCODE = 0x2,
	SPEC_Q_INVALID_FIELD = 0x3,
	SPEC_Q_INVALID_GROUP = 0x4,
	SPEC_Q_INVALID_MEMBER = 0x5,
	SPEC_Q_NORESOURCE = 0x6,
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

/* "Device and driver capabilities" */
#define SPEC_CAP_DEV_PARTS	0x0000
/* struct virtio_admin_cmd_cap_set_data: where the capability's own data are */
#define SPEC_CAP_DATA		8
/* supported_caps: up to the capability with the highest id that the card has, 0x7ff */
#define SPEC_CAP_LIST_LEN	256

/* struct virtio_admin_cmd_resource_obj_cmd_hdr */
struct spec_obj_header {
	uint16_t type;
	uint8_t reserved[2];
	uint32_t id;
} QEMU_PACKED;

#define SPEC_OBJ_DEV_PARTS	0x000

/* struct virtio_resource_obj_dev_parts */
enum spec_obj_kind {
	SPEC_OBJ_PARTS_GET = 0,
	SPEC_OBJ_PARTS_SET = 1,
	SPEC_OBJ_KINDS,
};
#define SPEC_OBJ_LEN		8

/* struct virtio_admin_cmd_dev_parts_metadata_data */
enum { SPEC_METADATA_SIZE = 0, SPEC_METADATA_COUNT = 1, SPEC_METADATA_LIST = 2 };

/* struct virtio_admin_cmd_dev_parts_get_data */
enum { SPEC_PARTS_GET_SELECTED = 0, SPEC_PARTS_GET_ALL = 1 };

/* struct virtio_admin_cmd_dev_mode_set_data */
#define SPEC_MODE_STOPPED	0x01

/* "Device parts": struct virtio_dev_part_hdr */
struct spec_part_header {
	uint16_t type;
	uint8_t flags;
	uint8_t reserved;
	uint8_t selector[8];
	uint32_t length;
} QEMU_PACKED;

#define SPEC_PART_OPTIONAL	0x01

enum spec_part_type {
	SPEC_PART_DEV_FEATURES = 0x100,
	SPEC_PART_DRV_FEATURES = 0x101,
	SPEC_PART_PCI_COMMON_CFG = 0x102,
	SPEC_PART_DEVICE_STATUS = 0x103,
	SPEC_PART_VQ_CFG = 0x104,
	SPEC_PART_VQ_NOTIFY_CFG = 0x105,
	SPEC_PART_NET_CVQ_CFG = 0x200,
};

/* struct virtio_dev_part_vq_cfg */
struct spec_part_queue {
	uint16_t size;
	uint16_t vector;
	uint16_t enabled;
	uint16_t reserved;
	uint64_t desc;
	uint64_t driver;
	uint64_t device;
} QEMU_PACKED;

/* struct virtio_dev_part_vq_notify_data */
struct spec_part_notify {
	uint16_t offset;
	uint16_t config_data;
	uint8_t reserved[4];
} QEMU_PACKED;

/* "Network Device", "Feature bits" and struct virtio_net_config::status */
#define SPEC_NET_F_CTRL_VQ	17
#define SPEC_NET_F_CTRL_RX	18
#define SPEC_NET_F_CTRL_VLAN	19
#define SPEC_NET_F_CTRL_RX_EXTRA 20
#define SPEC_NET_F_GUEST_ANNOUNCE 21
#define SPEC_NET_F_MQ		22
#define SPEC_NET_F_RSS		60
#define SPEC_NET_S_ANNOUNCE	2

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
QEMU_BUILD_BUG_ON(sizeof(struct spec_obj_header) != 8);
QEMU_BUILD_BUG_ON(sizeof(struct spec_part_header) != 16);
QEMU_BUILD_BUG_ON(sizeof(struct spec_part_queue) != 32);
QEMU_BUILD_BUG_ON(sizeof(struct spec_part_notify) != 8);
QEMU_BUILD_BUG_ON(offsetof(struct spec_cmd_header, group_member_id) != 16);
QEMU_BUILD_BUG_ON(offsetof(struct spec_legacy_notify, offset) != 8);

#endif /* CARD_SPEC_H */
