/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * VDUSE: virtio devices that are implemented by a user space process, the daemon. Names,
 * numbers and layouts are those of Linux 7.3; <linux/vduse_ext.h> has extensions.
 *
 * /dev/vduse/control creates and destroys devices; a daemon serves one by /dev/vduse/NAME.
 */
#ifndef _UAPI_VDUSE_H_
#define _UAPI_VDUSE_H_

#include <linux/types.h>

#define VDUSE_BASE		0x81

#define VDUSE_API_VERSION	0
/* queue groups, address spaces, VDUSE_IOTLB_GET_FD2 */
#define VDUSE_API_VERSION_1	1

/* The daemon is told when a queue is started or stopped: VDUSE_SET_VQ_READY */
#define VDUSE_F_QUEUE_READY	0
/* The daemon can stop all queues: VDUSE_SUSPEND */
#define VDUSE_F_SUSPEND		1

/*
 * On /dev/vduse/control
 */

/**
 * VDUSE_GET_API_VERSION - get the API version of this open file
 *
 * The first call selects the newest version, unless one was set. Without this call and
 * VDUSE_SET_API_VERSION it is VDUSE_API_VERSION.
 */
#define VDUSE_GET_API_VERSION	_IOR(VDUSE_BASE, 0x00, __u64)

/* VDUSE_SET_API_VERSION - set the API version of devices that this open file creates */
#define VDUSE_SET_API_VERSION	_IOW(VDUSE_BASE, 0x01, __u64)

/**
 * struct vduse_dev_config - parameters of a new device
 * @name: its name in /dev/vduse and on the vDPA bus
 * @vendor_id: virtio vendor id
 * @device_id: virtio device id
 * @features: virtio features that the device offers
 * @vq_num: number of virtqueues
 * @vq_align: alignment of the queues' areas, in bytes
 * @ngroups: number of queue groups; 0 before VDUSE_API_VERSION_1
 * @nas: number of address spaces; 0 before VDUSE_API_VERSION_1
 * @reserved: zero
 * @config_size: size of the configuration space
 * @config: its initial contents
 */
struct vduse_dev_config {
#define VDUSE_NAME_MAX	256
	char name[VDUSE_NAME_MAX];
	__u32 vendor_id;
	__u32 device_id;
	__u64 features;
	__u32 vq_num;
	__u32 vq_align;
	__u32 ngroups;
	__u32 nas;
	__u32 reserved[11];
	__u32 config_size;
	__u8 config[];
};

#define VDUSE_CREATE_DEV	_IOW(VDUSE_BASE, 0x02, struct vduse_dev_config)

/* By name. -EBUSY while its node is open or it is on the vDPA bus. */
#define VDUSE_DESTROY_DEV	_IOW(VDUSE_BASE, 0x03, char[VDUSE_NAME_MAX])

/* Bits VDUSE_F_*: those supported; those of devices that this open file creates */
#define VDUSE_GET_FEATURES	_IOR(VDUSE_BASE, 0x04, __u64)
#define VDUSE_SET_FEATURES	_IOW(VDUSE_BASE, 0x05, __u64)

/*
 * On /dev/vduse/NAME
 */

/**
 * struct vduse_iotlb_entry - a mapping of I/O addresses to memory
 * @offset: out: offset of the memory in the file that the command returns
 * @start: in: first address of a range; out: of the first mapping in the range
 * @last: in: last address of the range; out: of the mapping
 * @perm: out: VDUSE_ACCESS_*
 */
struct vduse_iotlb_entry {
	__u64 offset;
	__u64 start;
	__u64 last;
#define VDUSE_ACCESS_RO	0x1
#define VDUSE_ACCESS_WO	0x2
#define VDUSE_ACCESS_RW	0x3
	__u8 perm;
};

/* Get the first mapping in a range. Returns a file descriptor for mmap(). */
#define VDUSE_IOTLB_GET_FD	_IOWR(VDUSE_BASE, 0x10, struct vduse_iotlb_entry)

/* The features that the driver accepted; valid once the status has FEATURES_OK */
#define VDUSE_DEV_GET_FEATURES	_IOR(VDUSE_BASE, 0x11, __u64)

/**
 * struct vduse_config_data - a part of the configuration space
 * @offset: in the configuration space
 * @length: of @buffer, in bytes
 * @buffer: new contents
 */
struct vduse_config_data {
	__u32 offset;
	__u32 length;
	__u8 buffer[];
};

#define VDUSE_DEV_SET_CONFIG	_IOW(VDUSE_BASE, 0x12, struct vduse_config_data)

/* Tell the driver that the configuration space changed */
#define VDUSE_DEV_INJECT_CONFIG_IRQ	_IO(VDUSE_BASE, 0x13)

/**
 * struct vduse_vq_config - parameters of a queue
 * @index: index of the queue
 * @max_size: its maximum size
 * @reserved1: zero
 * @group: its group; 0 before VDUSE_API_VERSION_1
 * @reserved2: zero
 */
struct vduse_vq_config {
	__u32 index;
	__u16 max_size;
	__u16 reserved1;
	__u32 group;
	__u16 reserved2[10];
};

/* Required for each queue before the device can be added to the vDPA bus */
#define VDUSE_VQ_SETUP		_IOW(VDUSE_BASE, 0x14, struct vduse_vq_config)

/* The next entry of the available ring */
struct vduse_vq_state_split {
	__u16 avail_index;
};

/* Wrap counters and indices in a packed ring */
struct vduse_vq_state_packed {
	__u16 last_avail_counter;
	__u16 last_avail_idx;
	__u16 last_used_counter;
	__u16 last_used_idx;
};

/**
 * struct vduse_vq_group_asid - address space of a queue group
 * @group: the group
 * @asid: the address space
 */
struct vduse_vq_group_asid {
	__u32 group;
	__u32 asid;
};

/**
 * struct vduse_vq_info - a queue as the driver has set it up
 * @index: in: index of the queue
 * @num: its size
 * @desc_addr: I/O address of the descriptor area
 * @driver_addr: of the driver area
 * @device_addr: of the device area
 * @split: its initial state
 * @packed: the same, with VIRTIO_F_RING_PACKED
 * @ready: the daemon may serve it
 */
struct vduse_vq_info {
	__u32 index;
	__u32 num;
	__u64 desc_addr;
	__u64 driver_addr;
	__u64 device_addr;
	union {
		struct vduse_vq_state_split split;
		struct vduse_vq_state_packed packed;
	};
	__u8 ready;
};

#define VDUSE_VQ_GET_INFO	_IOWR(VDUSE_BASE, 0x15, struct vduse_vq_info)

/**
 * struct vduse_vq_eventfd - an eventfd for a queue
 * @index: index of the queue
 * @fd: the eventfd, or VDUSE_EVENTFD_DEASSIGN for none
 */
struct vduse_vq_eventfd {
	__u32 index;
#define VDUSE_EVENTFD_DEASSIGN	-1
	int fd;
};

/* Signalled when the driver notifies the queue; at once if a notification is pending */
#define VDUSE_VQ_SETUP_KICKFD	_IOW(VDUSE_BASE, 0x16, struct vduse_vq_eventfd)

/* Interrupt the driver for the queue with this index */
#define VDUSE_VQ_INJECT_IRQ	_IOW(VDUSE_BASE, 0x17, __u32)

/**
 * struct vduse_iova_umem - memory of the daemon for a range of I/O addresses
 * @uaddr: its address in the daemon
 * @iova: first I/O address
 * @size: in bytes
 * @asid: address space
 * @reserved: zero
 */
struct vduse_iova_umem {
	__u64 uaddr;
	__u64 iova;
	__u64 size;
	__u32 asid;
	__u32 reserved[5];
};

#define VDUSE_IOTLB_REG_UMEM	_IOW(VDUSE_BASE, 0x18, struct vduse_iova_umem)
#define VDUSE_IOTLB_DEREG_UMEM	_IOW(VDUSE_BASE, 0x19, struct vduse_iova_umem)

/**
 * struct vduse_iova_info - a mapping of I/O addresses
 * @start: in: first address of a range; out: of the first mapping in the range
 * @last: in: last address of the range; out: of the mapping
 * @capability: out: VDUSE_IOVA_CAP_*
 * @asid: in: address space
 * @reserved: zero
 */
struct vduse_iova_info {
	__u64 start;
	__u64 last;
#define VDUSE_IOVA_CAP_UMEM	(1 << 0)
	__u64 capability;
	__u32 asid;
	__u32 reserved[5];
};

#define VDUSE_IOTLB_GET_INFO	_IOWR(VDUSE_BASE, 0x1a, struct vduse_iova_info)

/**
 * struct vduse_iotlb_entry_v2 - struct vduse_iotlb_entry with an address space
 * @offset: as in struct vduse_iotlb_entry
 * @start: as in struct vduse_iotlb_entry
 * @last: as in struct vduse_iotlb_entry
 * @perm: as in struct vduse_iotlb_entry
 * @padding: ignored
 * @asid: in: address space
 * @reserved: zero
 */
struct vduse_iotlb_entry_v2 {
	__u64 offset;
	__u64 start;
	__u64 last;
	__u8 perm;
	__u8 padding[7];
	__u32 asid;
	__u32 reserved[11];
};

/* Since VDUSE_API_VERSION_1 */
#define VDUSE_IOTLB_GET_FD2	_IOWR(VDUSE_BASE, 0x1b, struct vduse_iotlb_entry_v2)

/*
 * Messages: struct vduse_dev_request is read from /dev/vduse/NAME, and answered by
 * a struct vduse_dev_response that is written to it, in any order.
 */

/**
 * enum vduse_req_type - messages to the daemon
 * @VDUSE_GET_VQ_STATE: return the state of a queue
 * @VDUSE_SET_STATUS: set the device status; 0 is a reset
 * @VDUSE_UPDATE_IOTLB: drop mappings in this range of I/O addresses
 * @VDUSE_SET_VQ_GROUP_ASID: set the address space of a queue group
 * @VDUSE_SET_VQ_READY: start or stop a queue
 * @VDUSE_SUSPEND: stop all queues
 */
enum vduse_req_type {
	VDUSE_GET_VQ_STATE,
	VDUSE_SET_STATUS,
	VDUSE_UPDATE_IOTLB,
	VDUSE_SET_VQ_GROUP_ASID,
	VDUSE_SET_VQ_READY,
	VDUSE_SUSPEND,
};

struct vduse_vq_state {
	__u32 index;
	union {
		struct vduse_vq_state_split split;
		struct vduse_vq_state_packed packed;
	};
};

struct vduse_dev_status {
	__u8 status;
};

struct vduse_iova_range {
	__u64 start;
	__u64 last;
};

/* Since VDUSE_API_VERSION_1 */
struct vduse_iova_range_v2 {
	__u64 start;
	__u64 last;
	__u32 asid;
	__u32 padding;
};

struct vduse_vq_ready {
	__u32 num;
	__u32 ready;
};

/**
 * struct vduse_dev_request - a message to the daemon
 * @type: enum vduse_req_type
 * @request_id: to be returned in the response
 * @reserved: zero
 * @vq_state: of VDUSE_GET_VQ_STATE: the index
 * @s: of VDUSE_SET_STATUS
 * @iova: of VDUSE_UPDATE_IOTLB
 * @iova_v2: the same since VDUSE_API_VERSION_1
 * @vq_group_asid: of VDUSE_SET_VQ_GROUP_ASID
 * @vq_ready: of VDUSE_SET_VQ_READY
 * @padding: room for extensions
 */
struct vduse_dev_request {
	__u32 type;
	__u32 request_id;
	__u32 reserved[4];
	union {
		struct vduse_vq_state vq_state;
		struct vduse_dev_status s;
		struct vduse_iova_range iova;
		struct vduse_iova_range_v2 iova_v2;
		struct vduse_vq_group_asid vq_group_asid;
		struct vduse_vq_ready vq_ready;
		__u32 padding[32];
	};
};

/**
 * struct vduse_dev_response - the answer to a message
 * @request_id: that of the message
 * @result: VDUSE_REQ_RESULT_*
 * @reserved: zero
 * @vq_state: to VDUSE_GET_VQ_STATE
 * @padding: room for extensions
 */
struct vduse_dev_response {
	__u32 request_id;
#define VDUSE_REQ_RESULT_OK	0x00
#define VDUSE_REQ_RESULT_FAILED	0x01
	__u32 result;
	__u32 reserved[4];
	union {
		struct vduse_vq_state vq_state;
		__u32 padding[32];
	};
};

#endif /* _UAPI_VDUSE_H_ */
