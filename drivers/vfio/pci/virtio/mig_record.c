// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a migration stream consist of? Records, each with a length and a checksum.
 * The decoder takes them in pieces of any size and reports a record once it is complete
 * and its checksum is right; its contents are checked elsewhere.
 *
 * The caller asks where the next bytes go, stores them there and reports how many:
 *
 *	len = virtiovf_mig_want(decoder, &at)
 *	event = virtiovf_mig_took(decoder, len)
 */
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "mig_record.h"

/* Minimum length of each known type, in bytes; 0: unknown type */
static const struct {
	u32 min_length;
} types[] = {
	[VIRTIOVF_MIG_IDENTITY] = { sizeof(struct virtiovf_mig_identity) },
	[VIRTIOVF_MIG_PARTS] = { 16 },		/* the header of one part */
	[VIRTIOVF_MIG_END] = { sizeof(struct virtiovf_mig_end) },
	[VIRTIOVF_MIG_INTX] = { offsetof(struct virtiovf_mig_intx, queues) },
};

static bool is_known(u16 type)
{
	return type < ARRAY_SIZE(types) && types[type].min_length;
}

/* No record is empty: it would be complete with its header, before there is room for it */
static u32 min_length(u16 type)
{
	return is_known(type) ? types[type].min_length : 1;
}

static u32 checksum(const struct virtiovf_mig_header *header, const u8 *payload)
{
	u32 crc = crc32_le(~0U, (const u8 *)header, offsetof(struct virtiovf_mig_header, check));

	return crc32_le(crc, payload, le32_to_cpu(header->length));
}

static int fail(struct virtiovf_mig_decoder *decoder, int error, const char *reason)
{
	decoder->error = error;
	decoder->reason = reason;
	return error;
}

/* Before room for the payload is allocated */
static int check_header(struct virtiovf_mig_decoder *decoder)
{
	const struct virtiovf_mig_header *header = &decoder->header;
	u16 type = virtiovf_mig_type(decoder);

	if (header->magic != cpu_to_le32(VIRTIOVF_MIG_MAGIC))
		return fail(decoder, -EBADMSG, "bad magic: not a stream of this driver");
	if (virtiovf_mig_length(decoder) > VIRTIOVF_MIG_LENGTH_MAX)
		return fail(decoder, -E2BIG, "record too long");
	if (!decoder->records && type != VIRTIOVF_MIG_IDENTITY)
		return fail(decoder, -EBADMSG, "first record is not the identity");
	if (decoder->records && type == VIRTIOVF_MIG_IDENTITY)
		return fail(decoder, -EBADMSG, "second identity");
	if (!is_known(type) && !(header->flags & cpu_to_le16(VIRTIOVF_MIG_OPTIONAL)))
		return fail(decoder, -EPROTONOSUPPORT, "unknown mandatory record");
	if (virtiovf_mig_length(decoder) < min_length(type))
		return fail(decoder, -EBADMSG, "record too short");
	return 0;
}

static int check_record(struct virtiovf_mig_decoder *decoder)
{
	const struct virtiovf_mig_identity *identity = (void *)decoder->payload;
	const struct virtiovf_mig_end *end = (void *)decoder->payload;

	if (checksum(&decoder->header, decoder->payload) != le32_to_cpu(decoder->header.check))
		return fail(decoder, -EBADMSG, "wrong checksum");
	switch (virtiovf_mig_type(decoder)) {
	case VIRTIOVF_MIG_IDENTITY:
		if (identity->version != cpu_to_le16(VIRTIOVF_MIG_VERSION))
			return fail(decoder, -EPROTONOSUPPORT, "stream of another version");
		break;
	case VIRTIOVF_MIG_END:
		if (le32_to_cpu(end->records) != decoder->records)
			return fail(decoder, -EBADMSG, "records are missing");
		decoder->ended = true;
		break;
	}
	return 0;
}

void virtiovf_mig_decode(struct virtiovf_mig_decoder *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
}

/*
 * Return: how many bytes, at most, are stored to *@at next; 0 while the decoder waits for
 * virtiovf_mig_room() or virtiovf_mig_next_record(), and at the end of the stream
 */
u32 virtiovf_mig_want(struct virtiovf_mig_decoder *decoder, u8 **at)
{
	u32 header_len = sizeof(decoder->header);

	if (decoder->error || decoder->ended)
		return 0;
	if (decoder->have < header_len) {
		*at = (u8 *)&decoder->header + decoder->have;
		return header_len - decoder->have;
	}
	if (!decoder->payload)
		return 0;
	*at = decoder->payload + (decoder->have - header_len);
	return header_len + virtiovf_mig_length(decoder) - decoder->have;
}

static int record_event(struct virtiovf_mig_decoder *decoder)
{
	if (decoder->have < sizeof(decoder->header) + virtiovf_mig_length(decoder))
		return VIRTIOVF_MIG_MORE;
	return check_record(decoder) ?: VIRTIOVF_MIG_RECORD;
}

/*
 * @len of the wanted bytes have been stored.
 * Return: enum virtiovf_mig_event, or a negative errno: the stream is invalid
 */
int virtiovf_mig_took(struct virtiovf_mig_decoder *decoder, u32 len)
{
	bool in_header = decoder->have < sizeof(decoder->header);

	decoder->have += len;
	if (!in_header)
		return record_event(decoder);
	if (decoder->have < sizeof(decoder->header))
		return VIRTIOVF_MIG_MORE;
	return check_header(decoder) ?: VIRTIOVF_MIG_ROOM;
}

/* @payload has room for virtiovf_mig_length() bytes and is aligned to 8, or more */
void virtiovf_mig_room(struct virtiovf_mig_decoder *decoder, void *payload)
{
	decoder->payload = payload;
}

/* The caller is done with the record and takes its room back */
void virtiovf_mig_next_record(struct virtiovf_mig_decoder *decoder)
{
	decoder->payload = NULL;
	decoder->have = 0;
	decoder->records++;
}

/* Return: 0 if the stream is complete, else its error, which is final */
int virtiovf_mig_complete(struct virtiovf_mig_decoder *decoder)
{
	if (!decoder->error && !decoder->ended)
		fail(decoder, -ENODATA, "stream is incomplete");
	return decoder->error;
}

/* Fill in the header of @record, which is followed by @length bytes of payload */
void virtiovf_mig_seal(struct virtiovf_mig_header *record, u16 type, u16 flags, u32 length)
{
	record->magic = cpu_to_le32(VIRTIOVF_MIG_MAGIC);
	record->type = cpu_to_le16(type);
	record->flags = cpu_to_le16(flags);
	record->length = cpu_to_le32(length);
	record->check = cpu_to_le32(checksum(record, (const u8 *)(record + 1)));
}
