/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VF's migration as user space has it, and the stream as its page describes it. The
 * layouts are written down here anew: a wrong one of the driver's cannot agree with itself.
 */
#ifndef MIGRATION_H
#define MIGRATION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vf.h"

/* vfio's states, PRE_COPY included, which older headers lack */
enum {
	MIG_ERROR, MIG_STOP, MIG_RUNNING, MIG_STOP_COPY, MIG_RESUMING, MIG_RUNNING_P2P,
	MIG_PRE_COPY, MIG_PRE_COPY_P2P, MIG_STATES
};

enum { MIG_FLAG_STOP_COPY = 1, MIG_FLAG_P2P = 2, MIG_FLAG_PRE_COPY = 4 };

struct precopy_info {
	uint32_t argsz;
	uint32_t flags;
	uint64_t initial_bytes;
	uint64_t dirty_bytes;
};

#define PRECOPY_INFO	_IO(VFIO_TYPE, VFIO_BASE + 21)

/* Flags of VFIO_DEVICE_FEATURE_MIGRATION, or a negative errno */
int64_t mig_flags(struct vf *vf);
/* The state, or a negative errno */
int mig_state(struct vf *vf);
/* To @state; *fd is the file that came with it, or -1. Return: 0 or a negative errno */
int mig_set(struct vf *vf, unsigned int state, int *fd);
/* VFIO_DEVICE_FEATURE_MIG_DATA_SIZE */
int64_t mig_data_size(struct vf *vf);

/* A stream, or a piece of one */
struct mig_stream {
	uint8_t bytes[64 * 1024];
	size_t len;
};

/* Read on until the end, or until there is no more for now; the errno that ended it, 0 or ENOMSG */
int mig_read(int fd, struct mig_stream *stream);
/* Write all of it, up to @cut bytes a call. Return: 0 or a negative errno */
int mig_write(int fd, const uint8_t *bytes, size_t len, size_t cut);

/* A record: 16 bytes of header, then its payload. Not aligned in a stream. */
struct mig_record {
	uint32_t magic;
	uint16_t type;
	uint16_t flags;
	uint32_t length;
	uint32_t check;
};

enum { RECORD_IDENTITY = 1, RECORD_PARTS, RECORD_END };

#define RECORD_MAGIC	0x72665676

struct mig_identity {
	uint16_t version;
	uint16_t virtio_id;
	uint32_t flags;
};

struct mig_part {
	uint16_t type;
	uint8_t flags;
	uint8_t reserved;
	uint8_t selector[8];
	uint32_t length;
};

/* Record @n of a stream, or NULL */
struct mig_record *mig_record(struct mig_stream *stream, unsigned int n);
/* Its checksum, after a change */
void mig_seal(struct mig_record *record);
/* A part in a record, by type and the first byte of its selector; NULL if there is none */
struct mig_part *mig_part(struct mig_record *record, uint16_t type, uint8_t selector);
/* Record @n is taken out, or a copy of it put before it */
void mig_remove(struct mig_stream *stream, unsigned int n);
void mig_double(struct mig_stream *stream, unsigned int n);

#endif /* MIGRATION_H */
