// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams that nobody wrote, in cuts that nobody expects: the decoder wants no byte
 * outside the room it was given, and what it takes for whole is whole.
 *
 * Of the input every third byte is how many come next. Checksums are put right where
 * the input says so, for no fuzzer guesses one.
 * sources: drivers/vfio/pci/virtio/mig_record.c
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/mig_record.h"
#include "fuzz.h"

/* Turn the input into records: a type, flags, a length, whether the rest is right */
static size_t write_stream(u8 *stream, size_t room, const uint8_t *input, size_t len)
{
	size_t at = 0, records = 0;

	while (len >= 4 && room - at >= sizeof(struct virtiovf_mig_header) + 300) {
		struct virtiovf_mig_header record = {};
		u16 type = input[0] % 5, flags = input[1] & 1, kind = input[2];
		u32 length = min_t(size_t, input[3], len - 4);
		u8 *whole;

		whole = aligned_alloc(8, (sizeof(record) + 300 + 7) & ~7);
		memset(whole, 0, sizeof(record) + 300);
		memcpy(whole + sizeof(record), input + 4, length);
		if (kind & 1 && length >= 4 && type == VIRTIOVF_MIG_END)
			memcpy(whole + sizeof(record), &(__le32){ cpu_to_le32(records) }, 4);
		if (kind & 2 && length >= 2 && type == VIRTIOVF_MIG_IDENTITY)
			memcpy(whole + sizeof(record), &(__le16){ cpu_to_le16(1) }, 2);
		virtiovf_mig_seal((void *)whole, type, flags, length);
		memcpy(&record, whole, sizeof(record));
		if (kind & 8)
			record.length = cpu_to_le32((u32)input[3] << (kind >> 4) * 2);
		memcpy(whole, &record, sizeof(record));
		memcpy(stream + at, whole, sizeof(record) + length);
		free(whole);
		at += sizeof(record) + length;
		input += 4 + length;
		len -= 4 + length;
		records++;
	}
	return at;
}

FUZZ_TARGET
{
	struct virtiovf_mig_decoder decoder;
	static u8 stream[16384];
	size_t stream_len, at = 0, turn = 0;
	bool ended = false;
	void *room = NULL;

	if (!len)
		return 0;
	if (input[0] & 1)
		stream_len = write_stream(stream, sizeof(stream), input + 1, len - 1);
	else
		memcpy(stream, input + 1, stream_len = min_t(size_t, len - 1, sizeof(stream)));

	virtiovf_mig_decode(&decoder);
	while (at < stream_len) {
		u8 *to = NULL;
		u32 want = virtiovf_mig_want(&decoder, &to), now;
		int event;

		if (!want)
			break;
		now = min_t(u32, min_t(u32, want, stream_len - at), 1 + input[turn++ % len] % 64);
		memcpy(to, stream + at, now);
		at += now;
		event = virtiovf_mig_took(&decoder, now);
		assert((event < 0) == (decoder.error != 0));
		if (event < 0)
			break;
		if (event == VIRTIOVF_MIG_ROOM) {
			u32 length = virtiovf_mig_length(&decoder);

			assert(!room && length && length <= VIRTIOVF_MIG_LENGTH_MAX);
			room = malloc(length);
			virtiovf_mig_room(&decoder, room);
		} else if (event == VIRTIOVF_MIG_RECORD) {
			assert(room && !ended);
			assert(decoder.records ||
			       virtiovf_mig_type(&decoder) == VIRTIOVF_MIG_IDENTITY);
			ended = virtiovf_mig_type(&decoder) == VIRTIOVF_MIG_END;
			free(room);
			room = NULL;
			virtiovf_mig_next_record(&decoder);
		}
	}
	free(room);
	assert((virtiovf_mig_complete(&decoder) == 0) == ended);
	return 0;
}
