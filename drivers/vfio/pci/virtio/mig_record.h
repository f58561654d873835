/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The migration stream: what the user reads from one VF and writes to another.
 * No locks, no PCI: builds on the host.
 *
 *	identity	what kind of device it is from; always the first record
 *	parts		the state; a later record replaces an earlier one
 *	intx		the interrupt line, if there is one; belongs to the parts before it
 *	...
 *	end		the stream is complete; always the last record
 *
 * All of it is little-endian.
 */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MIG_RECORD_H
#define DRIVERS_VFIO_PCI_VIRTIO_MIG_RECORD_H

#include <linux/types.h>
#include <asm/byteorder.h>

#define VIRTIOVF_MIG_VERSION		1

/* In bytes. A queue has 72 bytes of parts, so this is enough for 14000 queues. */
#define VIRTIOVF_MIG_LENGTH_MAX		(1024 * 1024)

#define VIRTIOVF_MIG_MAGIC		0x72665676	/* "vVfr" */

enum virtiovf_mig_type {
	VIRTIOVF_MIG_IDENTITY = 1,
	VIRTIOVF_MIG_PARTS = 2,
	VIRTIOVF_MIG_END = 3,
	VIRTIOVF_MIG_INTX = 4,
};

/* A record of an unknown type with this flag is skipped; without it, it is an error */
#define VIRTIOVF_MIG_OPTIONAL		1

/**
 * struct virtiovf_mig_header - the header of a record
 * @magic: VIRTIOVF_MIG_MAGIC
 * @type: enum virtiovf_mig_type
 * @flags: VIRTIOVF_MIG_OPTIONAL
 * @length: of the payload, in bytes, up to VIRTIOVF_MIG_LENGTH_MAX
 * @check: CRC-32 of the fields above and of the payload
 */
struct virtiovf_mig_header {
	__le32 magic;
	__le16 type;
	__le16 flags;
	__le32 length;
	__le32 check;
};

/* The device is presented as a transitional one */
#define VIRTIOVF_MIG_TRANSITIONAL	1

/**
 * struct virtiovf_mig_identity - the device that the stream is from
 * @version: VIRTIOVF_MIG_VERSION; any other is refused. Compatible additions go
 *	after this structure, or into optional records
 * @virtio_id: virtio device id
 * @flags: VIRTIOVF_MIG_TRANSITIONAL
 */
struct virtiovf_mig_identity {
	__le16 version;
	__le16 virtio_id;
	__le32 flags;
};

#define VIRTIOVF_MIG_INTX_VERSION	1

/* The vector registers in the parts were programmed by the source's driver, not by the guest */
#define VIRTIOVF_MIG_INTX_VECTORS	1
/* The queues were set up by the modern interface */
#define VIRTIOVF_MIG_INTX_MODERN	2

/**
 * struct virtiovf_mig_intx - the INTx line of a driver without MSI-X
 * @version: VIRTIOVF_MIG_INTX_VERSION; any other is refused
 * @select: the legacy queue select register
 * @status: the ISR status register
 * @flags: VIRTIOVF_MIG_INTX_VECTORS, without which the record is an optional one;
 *	VIRTIOVF_MIG_INTX_MODERN. Any other is refused
 * @reserved: 0
 * @queues: a bit for each queue that is set up; up to the last word that is not 0
 */
struct virtiovf_mig_intx {
	__le16 version;
	__le16 select;
	u8 status;
	u8 flags;
	u8 reserved[2];
	__le64 queues[16];
};

/**
 * struct virtiovf_mig_end - the last record
 * @records: number of records before this one
 */
struct virtiovf_mig_end {
	__le32 records;
};

/**
 * struct virtiovf_mig_decoder - takes a stream in pieces of any length
 * @header: of the record that is being received
 * @payload: room for its payload, set by virtiovf_mig_room()
 * @have: bytes received so far, of header and payload together
 * @records: complete records so far
 * @ended: the end record has been received
 * @error: 0, or a negative errno: the stream is invalid and ends here
 * @reason: for @error, for the log
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

/* What virtiovf_mig_took() asks the caller to do before the next bytes */
enum virtiovf_mig_event {
	VIRTIOVF_MIG_MORE,	/* nothing */
	VIRTIOVF_MIG_ROOM,	/* virtiovf_mig_room() for virtiovf_mig_length() bytes */
	VIRTIOVF_MIG_RECORD,	/* use the complete record, then virtiovf_mig_next_record() */
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
