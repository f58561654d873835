/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wire format of capabilities, resource objects and device parts: virtio 1.4,
 * sections "Device and driver capabilities", "Device resource objects" and "Device
 * parts" of "Group administration commands". Little-endian.
 *
 * As in virtio_admin_commands.h, constants are defined only if they are missing, and the
 * structures have names of their own.
 */
#ifndef _UAPI_LINUX_VIRTIO_DEVICE_PARTS_H
#define _UAPI_LINUX_VIRTIO_DEVICE_PARTS_H

#include <linux/types.h>
#include <linux/virtio_pci.h>

#ifndef VIRTIO_ADMIN_CMD_CAP_ID_LIST_QUERY
#define VIRTIO_ADMIN_CMD_CAP_ID_LIST_QUERY	0x7
#define VIRTIO_ADMIN_CMD_DEVICE_CAP_GET		0x8
#define VIRTIO_ADMIN_CMD_DRIVER_CAP_SET		0x9
#define VIRTIO_ADMIN_CMD_RESOURCE_OBJ_CREATE	0xa
#define VIRTIO_ADMIN_CMD_RESOURCE_OBJ_DESTROY	0xd
#define VIRTIO_ADMIN_CMD_DEV_PARTS_METADATA_GET	0xe
#define VIRTIO_ADMIN_CMD_DEV_PARTS_GET		0xf
#define VIRTIO_ADMIN_CMD_DEV_PARTS_SET		0x10
#define VIRTIO_ADMIN_CMD_DEV_MODE_SET		0x11
#endif

/* As in the sections of the commands; the specification's table of opcodes swaps them */
#ifndef VIRTIO_ADMIN_CMD_RESOURCE_OBJ_MODIFY
#define VIRTIO_ADMIN_CMD_RESOURCE_OBJ_MODIFY	0xb
#define VIRTIO_ADMIN_CMD_RESOURCE_OBJ_QUERY	0xc
#endif

/* Capabilities: device parts, and this project's own part (Documentation/device-parts.rst) */
#define VIRTIO_ADMIN_ABI_CAP_DEV_PARTS		0x0
#define VIRTIO_ADMIN_ABI_CAP_OWN_PART		0x7ff

/**
 * struct virtio_admin_abi_cap - data of DEVICE_CAP_GET and DRIVER_CAP_SET
 * @id: VIRTIO_ADMIN_ABI_CAP_*
 * @reserved: zero
 *
 * What the device has is the result of DEVICE_CAP_GET; what the driver uses follows in
 * DRIVER_CAP_SET. For the capabilities below that is one of the next two structures, which devices
 * may have extended at the end. "Device and driver capabilities": struct
 * virtio_admin_cmd_cap_get_data and virtio_admin_cmd_cap_set_data.
 */
struct virtio_admin_abi_cap {
	__le16 id;
	__u8 reserved[6];
};

/**
 * struct virtio_admin_abi_cap_dev_parts - how many resource objects there can be
 * @get_objects: those that get parts, at most
 * @set_objects: those that set parts, at most
 *
 * VIRTIO_ADMIN_ABI_CAP_DEV_PARTS. The id of an object is below the number of its kind. "Device
 * parts": struct virtio_dev_parts_cap.
 */
struct virtio_admin_abi_cap_dev_parts {
	__u8 get_objects;
	__u8 set_objects;
};

/* The characters VVPS */
#define VIRTIO_ADMIN_ABI_OWN_PART_MAGIC		0x53505656
#define VIRTIO_ADMIN_ABI_OWN_PART_VERSION	1

/**
 * struct virtio_admin_abi_cap_own_part - is there a part that the specification does not have?
 * @magic: VIRTIO_ADMIN_ABI_OWN_PART_MAGIC; otherwise it is somebody else's capability
 * @version: the highest that the device knows, from 1 on; that the driver wants, 0 for none
 * @reserved: zero
 *
 * VIRTIO_ADMIN_ABI_CAP_OWN_PART, Documentation/device-parts.rst.
 */
struct virtio_admin_abi_cap_own_part {
	__le32 magic;
	__le16 version;
	__u8 reserved[2];
};

/* Resource objects. There is one type, whose objects either get or set parts. */
#define VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS		0
#define VIRTIO_ADMIN_ABI_OBJ_GET		0
#define VIRTIO_ADMIN_ABI_OBJ_SET		1
#define VIRTIO_ADMIN_ABI_OBJ_KINDS		2

/**
 * struct virtio_admin_abi_obj - a resource object
 * @type: VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS
 * @reserved: zero
 * @id: chosen by the driver
 *
 * The data of every command for an object start with it, and those of RESOURCE_OBJ_DESTROY are
 * nothing else. "Device resource objects": struct virtio_admin_cmd_resource_obj_cmd_hdr.
 */
struct virtio_admin_abi_obj {
	__le16 type;
	__u8 reserved[2];
	__le32 id;
};

/**
 * struct virtio_admin_abi_obj_create - data of RESOURCE_OBJ_CREATE
 * @obj: the new object
 * @flags: zero
 * @kind: VIRTIO_ADMIN_ABI_OBJ_GET or VIRTIO_ADMIN_ABI_OBJ_SET
 * @reserved: zero
 *
 * There is no result. "Device resource objects": struct virtio_admin_cmd_resource_obj_create_data,
 * with the struct virtio_resource_obj_dev_parts of "Device parts".
 */
struct virtio_admin_abi_obj_create {
	struct virtio_admin_abi_obj obj;
	__le64 flags;
	__u8 kind;
	__u8 reserved[7];
};

/* DEV_PARTS_METADATA_GET: type, and the result for SIZE and COUNT */
#define VIRTIO_ADMIN_ABI_METADATA_SIZE		0
#define VIRTIO_ADMIN_ABI_METADATA_COUNT		1
#define VIRTIO_ADMIN_ABI_METADATA_LIST		2

/* DEV_PARTS_GET: type */
#define VIRTIO_ADMIN_ABI_PARTS_SELECTED		0
#define VIRTIO_ADMIN_ABI_PARTS_ALL		1

/**
 * struct virtio_admin_abi_parts_get - data of DEV_PARTS_METADATA_GET and DEV_PARTS_GET
 * @obj: an object of the kind VIRTIO_ADMIN_ABI_OBJ_GET
 * @type: VIRTIO_ADMIN_ABI_METADATA_* or VIRTIO_ADMIN_ABI_PARTS_*, by the command
 * @reserved: zero
 *
 * For VIRTIO_ADMIN_ABI_PARTS_SELECTED the headers of the parts follow. The result of DEV_PARTS_GET
 * is parts, one after the other. "Device parts": struct virtio_admin_cmd_dev_parts_metadata_data
 * and virtio_admin_cmd_dev_parts_get_data.
 *
 * The data of DEV_PARTS_SET are a struct virtio_admin_abi_obj, of an object of the kind
 * VIRTIO_ADMIN_ABI_OBJ_SET, and the parts.
 */
struct virtio_admin_abi_parts_get {
	struct virtio_admin_abi_obj obj;
	__u8 type;
	__u8 reserved[7];
};

/**
 * struct virtio_admin_abi_parts_number - result of DEV_PARTS_METADATA_GET
 * @number: bytes of all parts, at most (METADATA_SIZE), or how many there are (METADATA_COUNT)
 * @reserved: zero; to be ignored
 *
 * For METADATA_LIST the headers of the parts follow. "Device parts": struct
 * virtio_admin_cmd_dev_parts_metadata_result.
 */
struct virtio_admin_abi_parts_number {
	__le32 number;
	__le32 reserved;
};

/* virtio_admin_abi_mode_set::flags: bit 0 */
#define VIRTIO_ADMIN_ABI_MODE_STOPPED		1

/**
 * struct virtio_admin_abi_mode_set - data of DEV_MODE_SET
 * @flags: VIRTIO_ADMIN_ABI_MODE_STOPPED to stop the member, 0 to resume it
 *
 * A member that is stopped accesses no memory and raises no interrupt. There is no result. "Device
 * parts": struct virtio_admin_cmd_dev_mode_set_data.
 */
struct virtio_admin_abi_mode_set {
	__u8 flags;
};

/* virtio_admin_abi_part::flags: bit 0 */
#define VIRTIO_ADMIN_ABI_PART_OPTIONAL		1

#define VIRTIO_ADMIN_ABI_PART_DEV_FEATURES	0x100
#define VIRTIO_ADMIN_ABI_PART_DRV_FEATURES	0x101
#define VIRTIO_ADMIN_ABI_PART_VQ_CFG		0x104
#define VIRTIO_ADMIN_ABI_PART_VQ_NOTIFY_CFG	0x105
#define VIRTIO_ADMIN_ABI_PART_OWN		0xfff0

/**
 * struct virtio_admin_abi_part - header of a device part
 * @type: VIRTIO_ADMIN_ABI_PART_*; others are in "Common device parts" and with the device types
 * @flags: VIRTIO_ADMIN_ABI_PART_OPTIONAL: it is skipped by a device that does not know it
 * @reserved: zero
 * @selector: which of several parts of the type. VQ_CFG, VQ_NOTIFY_CFG: index of the queue
 *	(__le16), then zeroes; DEV_FEATURES, DRV_FEATURES: zero
 * @length: of the value, in bytes
 *
 * The value follows, without padding. "Device parts" of "Basic Facilities of a Virtio Device":
 * struct virtio_dev_part_hdr.
 */
struct virtio_admin_abi_part {
	__le16 type;
	__u8 flags;
	__u8 reserved;
	__u8 selector[8];
	__le32 length;
};

/* Value of VQ_CFG; the first two bytes of its selector are the queue's index */
struct virtio_admin_abi_part_vq_cfg {
	__le16 size;
	__le16 vector;
	__le16 enabled;
	__le16 reserved;
	__le64 desc;
	__le64 driver;
	__le64 device;
};

/* Value of VQ_NOTIFY_CFG, likewise: "struct virtio_dev_part_vq_notify_data" */
struct virtio_admin_abi_part_vq_notify_cfg {
	__le16 offset;
	__le16 config_data;
	__u8 reserved[4];
};

/**
 * struct virtio_admin_abi_own_part - value of this project's own part, followed by its records
 * @magic: VIRTIO_ADMIN_ABI_OWN_PART_MAGIC
 * @version: at most the one that was set
 * @header_len: of this header, which may become longer
 * @queue_len: of a record, likewise
 * @queues: number of records
 * @driven_by: 0 nobody, 1 the modern interface, 2 the legacy one
 * @isr: ISR status
 * @page_shift: of a legacy guest's page size
 * @flags: of the device type
 * @offloads: of a network device
 * @reserved: zero
 *
 * Documentation/device-parts.rst
 */
struct virtio_admin_abi_own_part {
	__le32 magic;
	__le16 version;
	__le16 header_len;
	__le16 queue_len;
	__le16 queues;
	__u8 driven_by;
	__u8 isr;
	__u8 page_shift;
	__u8 flags;
	__le64 offloads;
	__u8 reserved[8];
};

/**
 * struct virtio_admin_abi_own_queue - record of an enabled queue
 * @index: of the queue
 * @next_avail: the next available entry; in a packed ring with the wrap counter in bit 15
 * @next_used: the next used entry, likewise
 * @reserved: zero
 */
struct virtio_admin_abi_own_queue {
	__le16 index;
	__le16 next_avail;
	__le16 next_used;
	__u8 reserved[2];
};

#endif /* _UAPI_LINUX_VIRTIO_DEVICE_PARTS_H */
