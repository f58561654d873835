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

/**
 * struct virtio_admin_abi_log_identity - result of DMA_LOG_IDENTITY, which has no data
 * @magic: VIRTIO_ADMIN_ABI_LOG_MAGIC; otherwise it is somebody else's command
 * @version: VIRTIO_ADMIN_ABI_LOG_VERSION
 * @ranges: of a log, at most
 * @page_sizes: bit n: a log can have pages of 2^n bytes
 * @window: pages of a DMA_LOG_READ, at most
 * @pages: of all ranges of a log together, at most
 * @reserved: zero
 */
struct virtio_admin_abi_log_identity {
	__le32 magic;
	__le16 version;
	__le16 ranges;
	__le32 page_sizes;
	__le32 window;
	__le64 pages;
	__le64 reserved;
};

/**
 * struct virtio_admin_abi_log_start - data of DMA_LOG_START
 * @page_shift: the log has pages of 2^@page_shift bytes
 * @reserved: zero
 * @ranges: how many struct virtio_admin_abi_log_range follow
 * @reserved2: zero
 *
 * There is no result. DMA_LOG_STOP has neither data nor a result.
 */
struct virtio_admin_abi_log_start {
	__u8 page_shift;
	__u8 reserved;
	__le16 ranges;
	__u8 reserved2[4];
};

/**
 * struct virtio_admin_abi_log_range - a range of DMA_LOG_START, and the data of DMA_LOG_READ
 * @address: as the member uses it for DMA; a multiple of the log's page size
 * @length: in bytes; a multiple of the page size, not 0
 *
 * The result of DMA_LOG_READ is a bitmap: bit n % 8 of byte n / 8 is page n of the range.
 */
struct virtio_admin_abi_log_range {
	__le64 address;
	__le64 length;
};

#endif /* _UAPI_LINUX_VIRTIO_DMA_LOG_H */
