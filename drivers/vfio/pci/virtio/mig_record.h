/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream of a migration: what the user reads from one VF and writes to another.
 * No locks, no PCI: builds on the host.
 *
 *	identity	whose state this is: always the first record
 *	parts		the state; a later record replaces one before it
 *	...
 *	end		nothing is missing: always the last record
 *
 * All of it is little-endian.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_RECORD_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_RECORD_H

#include <linux/types.h>
#include <asm/byteorder.h>

#define VIRTIOVF_MIG_VERSION		1

/* A queue has 72 bytes of parts: room for 14000 of them */
#define VIRTIOVF_MIG_LENGTH_MAX		(1024 * 1024)

#define VIRTIOVF_MIG_MAGIC		0x72665676	/* "vVfr" */

enum virtiovf_mig_type {
	VIRTIOVF_MIG_IDENTITY = 1,
	VIRTIOVF_MIG_PARTS = 2,
	VIRTIOVF_MIG_END = 3,
};

/* Who does not know the record's type leaves it out */
#define VIRTIOVF_MIG_OPTIONAL		1

/**
 * struct virtiovf_mig_header - what a record begins with
 * @magic: VIRTIOVF_MIG_MAGIC
 * @type: enum virtiovf_mig_type
 * @flags: VIRTIOVF_MIG_OPTIONAL
 * @length: bytes that follow, up to VIRTIOVF_MIG_LENGTH_MAX
 * @check: CRC-32 of the header before it and of these bytes
 */
struct virtiovf_mig_header {
	__le32 magic;
	__le16 type;
	__le16 flags;
	__le32 length;
	__le32 check;
};

/* What a device is shown as */
#define VIRTIOVF_MIG_TRANSITIONAL	1

/**
 * struct virtiovf_mig_identity - whose state it is
 * @version: VIRTIOVF_MIG_VERSION; another one is not understood. What is added
 *	without a new version comes behind this structure, or in optional records
 * @virtio_id: the device type's number
 * @flags: VIRTIOVF_MIG_TRANSITIONAL
 */
struct virtiovf_mig_identity {
	__le16 version;
	__le16 virtio_id;
	__le32 flags;
};

/**
 * struct virtiovf_mig_end - the last record
 * @records: how many came before it
 */
struct virtiovf_mig_end {
	__le32 records;
};

/**
 * struct virtiovf_mig_decoder - takes a stream in pieces of any length
 * @header: of the record that is being received
 * @payload: room for what follows it, which virtiovf_mig_room() gave
 * @have: bytes received of header and payload together
 * @records: whole ones so far
 * @ended: the last one was there
 * @error: of the stream, which cannot be continued; 0 when there is none
 * @reason: why, for the log
 */
struct virtiovf_mig_decoder {
	struct virtiovf_mig_header header;
	u8 *payload;
	u32 have;
	u32 records;
	bool ended;
	int error;
	const char *reason;
};

/* What virtiovf_mig_took() says has to be done before the next bytes */
enum virtiovf_mig_event {
	VIRTIOVF_MIG_MORE,	/* nothing */
	VIRTIOVF_MIG_ROOM,	/* virtiovf_mig_room() for virtiovf_mig_length() bytes */
	VIRTIOVF_MIG_RECORD,	/* a whole record is there; then virtiovf_mig_next_record() */
};

static inline u32 virtiovf_mig_length(const struct virtiovf_mig_decoder *decoder)
{
	return le32_to_cpu(decoder->header.length);
}

static inline u16 virtiovf_mig_type(const struct virtiovf_mig_decoder *decoder)
{
	return le16_to_cpu(decoder->header.type);
}

void virtiovf_mig_decode(struct virtiovf_mig_decoder *decoder);
u32 virtiovf_mig_want(struct virtiovf_mig_decoder *decoder, u8 **at);
int virtiovf_mig_took(struct virtiovf_mig_decoder *decoder, u32 len);
void virtiovf_mig_room(struct virtiovf_mig_decoder *decoder, void *payload);
void virtiovf_mig_next_record(struct virtiovf_mig_decoder *decoder);
int virtiovf_mig_complete(struct virtiovf_mig_decoder *decoder);

void virtiovf_mig_seal(struct virtiovf_mig_header *record, u16 type, u16 flags, u32 length);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MIG_RECORD_H */
