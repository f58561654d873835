// SPDX-License-Identifier: GPL-2.0-only
/* How are a VF's states of migration set, and its stream read, written and taken apart? */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "migration.h"

#define FEATURE_MIGRATION	1
#define FEATURE_STATE		2
#define FEATURE_DATA_SIZE	9

union feature {
	struct vfio_device_feature head;
	struct {
		uint8_t room[sizeof(struct vfio_device_feature)];
		union {
			uint64_t number;
			struct { uint32_t state; int32_t fd; };
		};
	};
};

static int feature(struct vf *vf, union feature *feature, uint32_t flags)
{
	feature->head.argsz = sizeof(*feature);
	feature->head.flags = flags;
	return ioctl(vf->device, VFIO_DEVICE_FEATURE, feature) ? -errno : 0;
}

int64_t mig_flags(struct vf *vf)
{
	union feature it = {};
	int ret = feature(vf, &it, FEATURE_MIGRATION | VFIO_DEVICE_FEATURE_GET);

	return ret ? ret : it.number;
}

int mig_state(struct vf *vf)
{
	union feature it = {};
	int ret = feature(vf, &it, FEATURE_STATE | VFIO_DEVICE_FEATURE_GET);

	return ret ? ret : it.state;
}

int mig_set(struct vf *vf, unsigned int state, int *fd)
{
	union feature it = { .state = state, .fd = -1 };
	int ret = feature(vf, &it, FEATURE_STATE | VFIO_DEVICE_FEATURE_SET);

	*fd = ret ? -1 : it.fd;
	return ret;
}

int64_t mig_data_size(struct vf *vf)
{
	union feature it = {};
	int ret = feature(vf, &it, FEATURE_DATA_SIZE | VFIO_DEVICE_FEATURE_GET);

	return ret ? ret : it.number;
}

int mig_read(int fd, struct mig_stream *stream)
{
	ssize_t got;

	do {
		got = read(fd, stream->bytes + stream->len, sizeof(stream->bytes) - stream->len);
		if (got > 0)
			stream->len += got;
	} while (got > 0);
	return got < 0 ? errno : 0;
}

int mig_write(int fd, const uint8_t *bytes, size_t len, size_t cut)
{
	while (len) {
		ssize_t done = write(fd, bytes, cut && cut < len ? cut : len);

		if (done < 0)
			return -errno;
		if (!done)
			return -EIO;
		bytes += done;
		len -= done;
	}
	return 0;
}

struct mig_record *mig_record(struct mig_stream *stream, unsigned int n)
{
	size_t at = 0;

	while (at + sizeof(struct mig_record) <= stream->len) {
		struct mig_record *record = (void *)(stream->bytes + at);

		if (!n--)
			return record;
		at += sizeof(*record) + record->length;
	}
	return NULL;
}

/* CRC-32 as the kernel's crc32_le() goes on with it */
static uint32_t crc(uint32_t state, const uint8_t *bytes, size_t len)
{
	while (len--) {
		state ^= *bytes++;
		for (int bit = 0; bit < 8; bit++)
			state = state >> 1 ^ (state & 1 ? 0xedb88320 : 0);
	}
	return state;
}

void mig_seal(struct mig_record *record)
{
	const uint8_t *bytes = (void *)record;
	uint32_t state = crc(~0U, bytes, sizeof(*record) - sizeof(record->check));

	record->check = crc(state, bytes + sizeof(*record), record->length);
}

struct mig_part *mig_part(struct mig_record *record, uint16_t type, uint8_t selector)
{
	uint8_t *bytes = (void *)(record + 1);
	size_t at = 0;

	while (at + sizeof(struct mig_part) <= record->length) {
		struct mig_part *part = (void *)(bytes + at);

		if (part->type == type && part->selector[0] == selector)
			return part;
		at += sizeof(*part) + part->length;
	}
	return NULL;
}

static size_t size_of(struct mig_record *record)
{
	return sizeof(*record) + record->length;
}

void mig_remove(struct mig_stream *stream, unsigned int n)
{
	struct mig_record *record = mig_record(stream, n);
	size_t at = (uint8_t *)record - stream->bytes, size = size_of(record);

	memmove(record, stream->bytes + at + size, stream->len - at - size);
	stream->len -= size;
}

void mig_double(struct mig_stream *stream, unsigned int n)
{
	struct mig_record *record = mig_record(stream, n);
	size_t at = (uint8_t *)record - stream->bytes, size = size_of(record);

	memmove(stream->bytes + at + size, record, stream->len - at);
	stream->len += size;
}
