// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where is a VF in its packed rings, by its device parts? The specification has no part for
 * that; this project's own one has a record for each enabled queue
 * (Documentation/device-parts.rst).
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/virtio_device_parts.h>
#include <asm/byteorder.h>

#include "vp_vdpa_own_part.h"

/* Parts are not aligned. Return: the value of the part of our own, or NULL */
static u8 *vpv_own_value(u8 *parts, u32 len, u32 *value_len)
{
	struct virtio_admin_abi_part header;
	u32 at = 0;

	while (len - at >= sizeof(header)) {
		memcpy(&header, parts + at, sizeof(header));
		at += sizeof(header);
		*value_len = le32_to_cpu(header.length);
		if (*value_len > len - at)
			return NULL;
		if (header.type == cpu_to_le16(VIRTIO_ADMIN_ABI_PART_OWN))
			return parts + at;
		at += *value_len;
	}
	return NULL;
}

/* Return: the first record, and how many of what length there are, or NULL */
static u8 *vpv_own_records(u8 *parts, u32 len, u32 *count, u32 *each)
{
	u32 value_len, header_len;
	struct virtio_admin_abi_own_part header;
	u8 *value;

	value = vpv_own_value(parts, len, &value_len);
	if (!value || value_len < sizeof(header))
		return NULL;
	memcpy(&header, value, sizeof(header));
	header_len = le16_to_cpu(header.header_len);
	*count = le16_to_cpu(header.queues);
	*each = le16_to_cpu(header.queue_len);
	if (header.magic != cpu_to_le32(VIRTIO_ADMIN_ABI_OWN_PART_MAGIC) ||
	    !header.version ||
	    le16_to_cpu(header.version) > VIRTIO_ADMIN_ABI_OWN_PART_VERSION ||
	    header_len < sizeof(header) || *each < sizeof(struct virtio_admin_abi_own_queue) ||
	    header_len > value_len || *count * *each > value_len - header_len)
		return NULL;
	return value + header_len;
}

bool vpv_own_there(u8 *parts, u32 len)
{
	u32 count, each;

	return vpv_own_records(parts, len, &count, &each);
}

static u8 *vpv_own_record(u8 *parts, u32 len, u16 index, struct virtio_admin_abi_own_queue *queue)
{
	u32 count, each;
	u8 *record = vpv_own_records(parts, len, &count, &each);

	for (u32 i = 0; record && i < count; i++, record += each) {
		memcpy(queue, record, sizeof(*queue));
		if (le16_to_cpu(queue->index) == index)
			return record;
	}
	return NULL;
}

bool vpv_own_get(u8 *parts, u32 len, u16 index, struct vpv_place *place)
{
	struct virtio_admin_abi_own_queue queue;

	if (!vpv_own_record(parts, len, index, &queue))
		return false;
	place->avail = le16_to_cpu(queue.next_avail);
	place->used = le16_to_cpu(queue.next_used);
	return true;
}

bool vpv_own_set(u8 *parts, u32 len, u16 index, const struct vpv_place *place)
{
	struct virtio_admin_abi_own_queue queue;
	u8 *record = vpv_own_record(parts, len, index, &queue);

	if (!record)
		return false;
	queue.next_avail = cpu_to_le16(place->avail);
	queue.next_used = cpu_to_le16(place->used);
	memcpy(record, &queue, sizeof(queue));
	return true;
}
