/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wire format of the commands for a member's DMA write log, which are not part of the
 * specification: Documentation/dirty-log.rst. Little-endian.
 *
 * A device has the four commands at consecutive opcodes, the first of which is up to the
 * device. The numbers below are relative to it.
 */
#ifndef _UAPI_LINUX_VIRTIO_DMA_LOG_H
#define _UAPI_LINUX_VIRTIO_DMA_LOG_H

#include <linux/types.h>

#define VIRTIO_ADMIN_CMD_DMA_LOG_IDENTITY	0
#define VIRTIO_ADMIN_CMD_DMA_LOG_START		1
#define VIRTIO_ADMIN_CMD_DMA_LOG_READ		2
#define VIRTIO_ADMIN_CMD_DMA_LOG_STOP		3

/* The characters VVDL */
#define VIRTIO_ADMIN_ABI_LOG_MAGIC		0x4c445656
#define VIRTIO_ADMIN_ABI_LOG_VERSION		1

/* Result of DMA_LOG_IDENTITY */
struct virtio_admin_abi_log_identity {
	__le32 magic;
	__le16 version;
	__le16 ranges;		/* of a log, at most */
	__le32 page_sizes;	/* bit n: pages of 2^n bytes */
	__le32 window;		/* pages of a DMA_LOG_READ, at most */
	__le64 pages;		/* of all ranges of a log, at most */
	__le64 reserved;
};

/* Data of DMA_LOG_START; the ranges follow */
struct virtio_admin_abi_log_start {
	__u8 page_shift;
	__u8 reserved;
	__le16 ranges;
	__u8 reserved2[4];
};

/* A range of DMA_LOG_START, and the data of DMA_LOG_READ; multiples of the page size */
struct virtio_admin_abi_log_range {
	__le64 address;
	__le64 length;
};

#endif /* _UAPI_LINUX_VIRTIO_DMA_LOG_H */
