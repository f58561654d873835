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

/* Data of DEVICE_CAP_GET, and header of the data of DRIVER_CAP_SET */
struct virtio_admin_abi_cap {
	__le16 id;
	__u8 reserved[6];
};

struct virtio_admin_abi_cap_dev_parts {
	__u8 get_objects;
	__u8 set_objects;
};

/* The characters VVPS */
#define VIRTIO_ADMIN_ABI_OWN_PART_MAGIC		0x53505656
#define VIRTIO_ADMIN_ABI_OWN_PART_VERSION	1

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

/* Header of the data of every command for an object */
struct virtio_admin_abi_obj {
	__le16 type;
	__u8 reserved[2];
	__le32 id;
};

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

/* Data of both */
struct virtio_admin_abi_parts_get {
	struct virtio_admin_abi_obj obj;
	__u8 type;
	__u8 reserved[7];
};

struct virtio_admin_abi_parts_number {
	__le32 number;
	__le32 reserved;
};

/* DEV_MODE_SET */
#define VIRTIO_ADMIN_ABI_MODE_STOPPED		1

struct virtio_admin_abi_mode_set {
	__u8 flags;
};

/* A part: this header and its value. An unknown part that is optional is skipped. */
#define VIRTIO_ADMIN_ABI_PART_OPTIONAL		1

#define VIRTIO_ADMIN_ABI_PART_DEV_FEATURES	0x100
#define VIRTIO_ADMIN_ABI_PART_DRV_FEATURES	0x101
#define VIRTIO_ADMIN_ABI_PART_VQ_CFG		0x104

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

#endif /* _UAPI_LINUX_VIRTIO_DEVICE_PARTS_H */
