/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver sees of the card: numbers and offsets of virtio 1.4, PCI and
 * PCI Express, written down for these tests alone from those specifications.
 * Not shared with the card or a driver: the same mistake has to be made twice.
 */
#ifndef CARD_QTEST_WIRE_H
#define CARD_QTEST_WIRE_H

/* --- PCI configuration space --- */

enum {
	PCI_ID_VENDOR = 0x00,
	PCI_ID_DEVICE = 0x02,
	PCI_CMD = 0x04,
	PCI_STAT = 0x06,
	PCI_REVISION = 0x08,
	PCI_CLASS = 0x0a,
	PCI_BAR = 0x10,
	PCI_BUSES = 0x18,		/* of a bridge: primary, secondary, subordinate */
	PCI_WINDOW = 0x20,		/* of a bridge: base and limit, 16 bits each */
	PCI_PREFETCH_WINDOW = 0x24,
	PCI_SUBSYSTEM_VENDOR = 0x2c,
	PCI_SUBSYSTEM_DEVICE = 0x2e,
	PCI_CAPABILITIES = 0x34,
	PCI_PIN = 0x3d,
	PCI_EXTENDED = 0x100,
};

enum { PCI_CMD_IO = 1, PCI_CMD_MEMORY = 2, PCI_CMD_MASTER = 4 };

enum { CAP_VENDOR = 0x09, CAP_EXPRESS = 0x10, CAP_MSIX = 0x11 };
enum { XCAP_ARI = 0x000e, XCAP_SRIOV = 0x0010 };

/* Capability "PCI Express" */
enum {
	EXP_DEVICE_CAP = 0x04,
	EXP_DEVICE_CONTROL = 0x08,
	EXP_SLOT_STATUS = 0x1a,
	EXP_DEVICE_CONTROL2 = 0x28,
};

#define EXP_CAP_FLR		(1u << 28)
#define EXP_CONTROL_FLR		(1u << 15)
#define EXP_CONTROL2_ARI	(1u << 5)
#define EXP_SLOT_PRESENT	(1u << 6)
#define EXP_SLOT_PRESENCE_CHANGED (1u << 3)

/* Capability "MSI-X" */
enum { MSIX_CONTROL = 2, MSIX_TABLE = 4, MSIX_PBA = 8 };

#define MSIX_ENABLE		(1u << 15)

/* Capability "Single Root I/O Virtualization" */
enum {
	SRIOV_CONTROL = 0x08,
	SRIOV_INITIAL_VFS = 0x0c,
	SRIOV_TOTAL_VFS = 0x0e,
	SRIOV_NUM_VFS = 0x10,
	SRIOV_FIRST_VF = 0x14,
	SRIOV_STRIDE = 0x16,
	SRIOV_VF_DEVICE = 0x1a,
	SRIOV_BAR = 0x24,
};

enum { SRIOV_VF_ENABLE = 0x01, SRIOV_MEMORY = 0x08, SRIOV_ARI = 0x10 };

/* --- "Virtio Structure PCI Capabilities" --- */

enum { VCAP_COMMON = 1, VCAP_NOTIFY = 2, VCAP_ISR = 3, VCAP_DEVICE = 4, VCAP_PCI = 5 };
/* struct virtio_pci_cap */
enum { VCAP_TYPE = 3, VCAP_BAR = 4, VCAP_OFFSET = 8, VCAP_LENGTH = 12, VCAP_MULTIPLIER = 16,
       VCAP_DATA = 16 };

/* "Common configuration structure layout" */
enum {
	COMMON_DEVICE_FEATURE_SELECT = 0,
	COMMON_DEVICE_FEATURE = 4,
	COMMON_DRIVER_FEATURE_SELECT = 8,
	COMMON_DRIVER_FEATURE = 12,
	COMMON_CONFIG_VECTOR = 16,
	COMMON_NUM_QUEUES = 18,
	COMMON_STATUS = 20,
	COMMON_QUEUE_SELECT = 22,
	COMMON_QUEUE_SIZE = 24,
	COMMON_QUEUE_VECTOR = 26,
	COMMON_QUEUE_ENABLE = 28,
	COMMON_QUEUE_NOTIFY_OFF = 30,
	COMMON_QUEUE_DESC = 32,
	COMMON_QUEUE_DRIVER = 40,
	COMMON_QUEUE_DEVICE = 48,
	COMMON_QUEUE_RESET = 58,
	COMMON_ADMIN_INDEX = 60,
	COMMON_ADMIN_NUM = 62,
};

#define NO_VECTOR 0xffff

/* "Device Status Field" */
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, SUSPEND = 16, NEEDS_RESET = 64,
       FAILED = 128 };

/* "Reserved Feature Bits" */
#define F_INDIRECT		(1ull << 28)
#define F_EVENT_IDX		(1ull << 29)
#define F_VERSION_1		(1ull << 32)
#define F_PLATFORM		(1ull << 33)
#define F_PACKED		(1ull << 34)
#define F_SR_IOV		(1ull << 37)
#define F_RING_RESET		(1ull << 40)
#define F_ADMIN_VQ		(1ull << 41)
#define F_SUSPEND		(1ull << 43)

/* "The Virtqueue Descriptor Table" */
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

/* --- "Group administration commands" --- */

enum { SELF = 0, SRIOV = 1 };

enum {
	LIST_QUERY = 0x0,
	LIST_USE = 0x1,
	COMMON_WRITE = 0x2,
	COMMON_READ = 0x3,
	DEVICE_WRITE = 0x4,
	DEVICE_READ = 0x5,
	NOTIFY_INFO = 0x6,
	CAP_LIST = 0x7,
	CAP_GET = 0x8,
	CAP_SET = 0x9,
	OBJ_CREATE = 0xa,
	OBJ_MODIFY = 0xb,
	OBJ_QUERY = 0xc,
	OBJ_DESTROY = 0xd,
	PARTS_METADATA = 0xe,
	PARTS_GET = 0xf,
	PARTS_SET = 0x10,
	MODE_SET = 0x11,
};

enum { OK = 0, ENXIO_ = 6, EAGAIN_ = 11, ENOMEM_ = 12, EBUSY_ = 16, EEXIST_ = 17, EINVAL_ = 22,
       ENOSPC_ = 28 };

enum {
	Q_OK = 0,
	Q_INVALID_COMMAND = 1,
	Q_INVALID_OPCODE = 2,
	Q_INVALID_FIELD = 3,
	Q_INVALID_GROUP = 4,
	Q_INVALID_MEMBER = 5,
	Q_NORESOURCE = 6,
	Q_TRYAGAIN = 7,
};

/* struct virtio_admin_cmd: offsets in the device-readable part, and its length */
enum { CMD_OPCODE = 0, CMD_GROUP = 2, CMD_RESERVED = 4, CMD_MEMBER = 16, CMD_DATA = 24 };
/* and in the device-writable part */
enum { ANSWER_STATUS = 0, ANSWER_QUALIFIER = 2, ANSWER_RESERVED = 4, ANSWER_RESULT = 8 };

/*
 * Commands that the card has, as a word of virtio_admin_cmd_list: those of the
 * SR-IOV group that are older than device parts, and the others.
 */
#define ALL_COMMANDS	0x7fu
#define LIST_COMMANDS	0x03u
#define CAP_COMMANDS	0x380u
#define PARTS_COMMANDS	0x3fc00u

/* --- "Device and driver capabilities" --- */

/* struct virtio_admin_cmd_cap_get_data, _set_data */
enum { CAP_ID = 0, CAP_DATA = 8 };
enum { CAP_PARTS = 0, CAP_OWN = 0x7ff };

/* --- "Device resource objects" --- */

/* struct virtio_admin_cmd_resource_obj_cmd_hdr, and what follows it in a command */
enum { OBJ_TYPE = 0, OBJ_ID = 4, OBJ_HEADER = 8, OBJ_FLAGS = 8, OBJ_KIND = 16, OBJ_DATA = 24 };
enum { FOR_GET = 0, FOR_SET = 1 };

/* --- "Device parts" --- */

enum { METADATA_SIZE = 0, METADATA_COUNT = 1, METADATA_LIST = 2 };
enum { GET_SELECTED = 0, GET_ALL = 1 };
enum { STOPPED = 1 };

/* struct virtio_dev_part_hdr */
enum { PART_TYPE = 0, PART_FLAGS = 2, PART_RESERVED = 3, PART_SELECTOR = 4, PART_LENGTH = 12,
       PART_HEADER = 16 };
enum { PART_OPTIONAL = 1 };

enum {
	PART_DEV_FEATURES = 0x100,
	PART_DRV_FEATURES = 0x101,
	PART_COMMON = 0x102,
	PART_STATUS = 0x103,
	PART_QUEUE = 0x104,
	PART_NOTIFY = 0x105,
	PART_CVQ = 0x200,
	PART_OWN = 0xfff0,
};

/* struct virtio_dev_part_vq_cfg */
enum { VQ_SIZE = 0, VQ_VECTOR = 2, VQ_ENABLED = 4, VQ_DESC = 8, VQ_DRIVER = 16, VQ_DEVICE = 24,
       VQ_LEN = 32 };

/* Documentation/device-parts.rst, "The part of our own" */
enum { OWN_VERSION_AT = 4, OWN_HEADER_LEN = 6, OWN_QUEUE_LEN = 8, OWN_QUEUES = 10, OWN_DRIVEN = 12,
       OWN_ISR = 13, OWN_PAGE = 14, OWN_FLAGS = 15, OWN_OFFLOADS = 16, OWN_LEN = 32 };
enum { OWN_Q_INDEX = 0, OWN_Q_AVAIL = 2, OWN_Q_USED = 4, OWN_Q_LEN = 8 };

/* --- "Network Device", "Control Virtqueue" --- */

enum { NET_RX = 0, NET_MAC = 1, NET_VLAN = 2, NET_MQ = 4 };

#define NET_F_CTRL_VQ		(1ull << 17)
#define NET_F_CTRL_RX		(1ull << 18)
#define NET_F_CTRL_VLAN		(1ull << 19)
#define NET_F_CTRL_RX_EXTRA	(1ull << 20)
#define NET_F_GUEST_ANNOUNCE	(1ull << 21)
#define NET_F_MQ		(1ull << 22)
#define NET_F_CTRL_MAC_ADDR	(1ull << 23)

/* struct virtio_admin_cmd_legacy_common_cfg_wr_data and the like */
enum { LEGACY_OFFSET = 0, LEGACY_DATA = 8 };

/* struct virtio_pci_legacy_notify_info */
enum { NOTIFY_FLAGS = 0, NOTIFY_BAR = 1, NOTIFY_PADDING = 2, NOTIFY_OFFSET = 8, NOTIFY_LEN = 16 };
enum { NOTIFY_ENTRIES = 4, NOTIFY_OWNER = 1, NOTIFY_MEMBER = 2 };

/* "Legacy Interfaces: A Note on PCI Device Layout" */
enum {
	L_DEVICE_FEATURES = 0,
	L_DRIVER_FEATURES = 4,
	L_QUEUE_ADDRESS = 8,
	L_QUEUE_SIZE = 12,
	L_QUEUE_SELECT = 14,
	L_QUEUE_NOTIFY = 16,
	L_STATUS = 18,
	L_ISR = 19,
	L_CONFIG_VECTOR = 20,
	L_QUEUE_VECTOR = 22,
	L_END = 20,
	L_END_MSIX = 24,
};

#endif /* CARD_QTEST_WIRE_H */
