// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The part of this project's own, 0xfff0, with what virtio 1.4 forgets: see
 * Documentation/device-parts.rst, "The part of our own". It is there once the
 * driver has set its capability.
 */
#include "qemu/osdep.h"
#include "parts.h"

static bool own_there(struct card_vf *vf)
{
	return vf->pf->caps.own_version;
}

static bool is_packed(VirtIODevice *vdev, uint64_t features)
{
	return virtio_has_feature(features, VIRTIO_F_RING_PACKED);
}

/*
 * Of a packed ring QEMU's word is both; of a split one they are the same when the
 * VF is stopped. What it was told since then counts.
 */
static struct own_queue queue_place(struct card_vf *vf, unsigned int index)
{
	VirtIODevice *vdev = vf->func.vdev;
	const struct card_place *told = &vf->places[index];
	unsigned int word = virtio_queue_get_last_avail_idx(vdev, index);
	uint16_t avail = word, used = is_packed(vdev, vdev->guest_features) ? word >> 16 : word;

	if (told->moved) {
		avail = told->next_avail;
		used = told->next_used;
	}
	return (struct own_queue) {
		.index = cpu_to_le16(index),
		.next_avail = cpu_to_le16(avail),
		.next_used = cpu_to_le16(used),
	};
}

static uint8_t own_flags(VirtIODevice *vdev, const struct card_type *type)
{
	return type->own_flags ? type->own_flags(vdev) : 0;
}

static void get_own(struct parts_out *out)
{
	static const uint8_t selector[PARTS_SELECTOR] = OWN_MAGIC;
	struct card_func *func = &out->vf->func;
	VirtIODevice *vdev = func->vdev;
	g_autoptr(GByteArray) value = g_byte_array_new();
	struct own_header header = {
		.magic = OWN_MAGIC,
		.version = cpu_to_le16(OWN_VERSION),
		.header_len = cpu_to_le16(sizeof(struct own_header)),
		.queue_len = cpu_to_le16(sizeof(struct own_queue)),
		.driven_by = func->driven_by,
		.isr = qatomic_read(&vdev->isr),
		.page_shift = func->driven_by == CARD_LEGACY ? SPEC_LEGACY_PAGE_SHIFT : 0,
		.flags = own_flags(vdev, card_func_type(func)),
	};
	uint16_t queues = 0;

	g_byte_array_set_size(value, sizeof(header));
	for (unsigned int i = 0; i < VIRTIO_QUEUE_MAX; i++) {
		struct own_queue queue;

		if (!out->longest && !virtio_queue_get_desc_addr(vdev, i))
			continue;
		if (!virtio_queue_get_num(vdev, i))
			continue;
		queue = queue_place(out->vf, i);
		g_byte_array_append(value, (const uint8_t *)&queue, sizeof(queue));
		queues++;
	}
	header.queues = cpu_to_le16(queues);
	memcpy(value->data, &header, sizeof(header));
	parts_emit(out, selector, value->data, value->len);
}

/* Queue record I, as far as this version knows it */
static struct own_queue record(const struct part *part, const struct own_header *header,
			       unsigned int i)
{
	struct own_queue queue;

	memcpy(&queue, part->value + le16_to_cpu(header->header_len) +
	       (size_t)i * le16_to_cpu(header->queue_len), sizeof(queue));
	return queue;
}

static bool lengths_ok(const struct part *part, struct own_header *header)
{
	size_t own, each;

	if (part->len < sizeof(*header))
		return false;
	memcpy(header, part->value, sizeof(*header));
	own = le16_to_cpu(header->header_len);
	each = le16_to_cpu(header->queue_len);
	return own >= sizeof(*header) && each >= sizeof(struct own_queue) &&
	       part->len == own + each * le16_to_cpu(header->queues);
}

static bool header_ok(struct card_vf *vf, const struct own_header *header)
{
	static const uint8_t magic[] = OWN_MAGIC;
	const struct card_type *type = card_func_type(&vf->func);
	bool legacy = header->driven_by == CARD_LEGACY;

	return !memcmp(header->magic, magic, sizeof(header->magic)) &&
	       le16_to_cpu(header->version) >= 1 &&
	       le16_to_cpu(header->version) <= vf->pf->caps.own_version &&
	       header->driven_by <= CARD_LEGACY &&
	       header->page_shift == (legacy ? SPEC_LEGACY_PAGE_SHIFT : 0) &&
	       !(header->flags & ~type->own_known_flags) && !header->offloads;
}

/* Of a packed ring an entry is a place in it; a split ring's counts on. */
static bool queue_ok(struct parts_in *in, const struct own_queue *queue)
{
	VirtIODevice *vdev = in->vf->func.vdev;
	unsigned int max = card_func_type(&in->vf->func)->queue_max(vdev, in->features,
								      le16_to_cpu(queue->index));

	if (!max || !is_packed(vdev, in->features))
		return max;
	return (le16_to_cpu(queue->next_avail) & OWN_PLACE_MASK) < max &&
	       (le16_to_cpu(queue->next_used) & OWN_PLACE_MASK) < max;
}

static bool check_own(struct parts_in *in, const struct part *part)
{
	static const uint8_t selector[PARTS_SELECTOR] = OWN_MAGIC;
	struct own_header header;

	if (memcmp(part->selector, selector, sizeof(selector)) || !lengths_ok(part, &header) ||
	    !header_ok(in->vf, &header))
		return false;
	for (unsigned int i = 0; i < le16_to_cpu(header.queues); i++) {
		struct own_queue queue = record(part, &header, i);

		if (!queue_ok(in, &queue))
			return false;
	}
	return true;
}

static void set_own(struct card_vf *vf, const struct part *part)
{
	const struct card_type *type = card_func_type(&vf->func);
	VirtIODevice *vdev = vf->func.vdev;
	struct own_header header;

	memcpy(&header, part->value, sizeof(header));
	vf->func.driven_by = header.driven_by;
	qatomic_set(&vdev->isr, header.isr);
	if (type->set_own_flags)
		type->set_own_flags(vdev, header.flags);
	for (unsigned int i = 0; i < le16_to_cpu(header.queues); i++) {
		struct own_queue queue = record(part, &header, i);
		struct card_place *place = &vf->places[le16_to_cpu(queue.index)];

		place->known = true;
		place->next_avail = le16_to_cpu(queue.next_avail);
		place->next_used = le16_to_cpu(queue.next_used);
	}
}

static const struct part_row rows[] = {
	{
		.type = OWN_PART,
		.optional = true,
		.there = own_there,
		.get = get_own,
		.check = check_own,
		.set = set_own,
	},
};

const struct part_rows parts_own = { rows, ARRAY_SIZE(rows) };
