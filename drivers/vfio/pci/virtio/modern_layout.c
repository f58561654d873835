// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers does an access to a modern BAR touch? It is split into steps, each within
 * the common configuration, within the ISR status, or outside both. A step in a structure is
 * as wide as an access to a register may be: section "PCI Device Layout" has 8, 16 and 32
 * bits, and two accesses for a field of 64.
 */
#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "modern_layout.h"

static const struct {
	u8 type;
	u8 min_len;
} places[VIRTIOVF_MODERN_PLACES] = {
	[VIRTIOVF_MODERN_COMMON] = { VIRTIO_PCI_CAP_COMMON_CFG, VIRTIOVF_MODERN_COMMON_LEN },
	[VIRTIOVF_MODERN_ISR] = { VIRTIO_PCI_CAP_ISR_CFG, sizeof(u8) },
};

static unsigned int count_usable(const struct virtiovf_structure *list, unsigned int count,
				 u8 type, const u64 bar_sizes[VIRTIOVF_TRAP_BARS])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++)
		n += list[i].type == type &&
		     virtiovf_trap_first(&list[i], 1, type, bar_sizes);
	return n;
}

/* Find the structures. None are found if one is missing or too short; but for doorbells. */
void virtiovf_modern_layout(struct virtiovf_modern_layout *layout,
			    const struct virtiovf_structure *list, unsigned int count,
			    const u64 bar_sizes[VIRTIOVF_TRAP_BARS])
{
	const struct virtiovf_structure *it;

	*layout = (struct virtiovf_modern_layout) {};
	for (int place = VIRTIOVF_MODERN_COMMON; place < VIRTIOVF_MODERN_PLACES; place++) {
		it = virtiovf_trap_first(list, count, places[place].type, bar_sizes);
		if (!it || it->length < places[place].min_len) {
			*layout = (struct virtiovf_modern_layout) {};
			return;
		}
		layout->at[place] = *it;
	}
	it = virtiovf_trap_first(list, count, VIRTIO_PCI_CAP_NOTIFY_CFG, bar_sizes);
	if (it)
		layout->doorbells = *it;
	layout->copies = count_usable(list, count, VIRTIO_PCI_CAP_COMMON_CFG, bar_sizes) > 1;
}

/* Size of the first naturally aligned access: 4, 2 or 1 bytes */
static u64 unit(u64 offset, u64 len)
{
	u64 size = VIRTIOVF_MODERN_UNIT_MAX;

	while (size > len || offset & (size - 1))
		size >>= 1;
	return size;
}

/* The first step of an access of @len bytes, not 0, at @offset of a BAR; it is within the BAR */
struct virtiovf_modern_step virtiovf_modern_step(const struct virtiovf_modern_layout *layout,
						 u8 bar, u64 offset, u64 len)
{
	struct virtiovf_modern_step step = { .offset = offset, .len = len };

	for (int place = VIRTIOVF_MODERN_COMMON; place < VIRTIOVF_MODERN_PLACES; place++) {
		const struct virtiovf_structure *it = &layout->at[place];

		if (!it->length || it->bar != bar || offset >= it->offset + it->length)
			continue;
		if (offset >= it->offset)
			return (struct virtiovf_modern_step) {
				.place = place,
				.offset = offset - it->offset,
				.len = unit(offset, min(step.len,
							it->offset + it->length - offset)),
			};
		/* it begins behind @offset */
		step.len = min(step.len, it->offset - offset);
	}
	return step;
}

static bool overlaps(u32 offset, u32 len, u32 first, u32 end)
{
	return offset < end && first < offset + len;
}

static bool meets(u32 offset, u32 len, u32 field)
{
	return overlaps(offset, len, field, field + sizeof(u16));
}

/* Does an access to the common configuration concern a vector register? */
bool virtiovf_modern_is_vector(u32 offset, u32 len)
{
	return meets(offset, len, VIRTIO_PCI_COMMON_MSIX) ||
	       meets(offset, len, VIRTIO_PCI_COMMON_Q_MSIX);
}

/* In @bytes, which were read from the common configuration, set vectors to "no vector" */
void virtiovf_modern_hide_vectors(u32 offset, u32 len, u8 *bytes)
{
	for (u32 i = 0; i < len; i++)
		if (virtiovf_modern_is_vector(offset + i, 1))
			bytes[i] = 0xff;
}

/* End of the last address of a queue, the used ring's */
#define ADDRESSES_END	(VIRTIO_PCI_COMMON_Q_USEDHI + sizeof(u32))

/* Of an access that is wider than a register, what is worst for the rings */
enum virtiovf_modern_effect virtiovf_modern_effect(u32 offset, u32 len, const u8 *bytes)
{
	if (overlaps(offset, len, VIRTIO_PCI_COMMON_STATUS, VIRTIO_PCI_COMMON_STATUS + 1) &&
	    !bytes[VIRTIO_PCI_COMMON_STATUS - offset])
		return VIRTIOVF_MODERN_RESET;
	if (meets(offset, len, VIRTIO_PCI_COMMON_Q_RESET))
		return VIRTIOVF_MODERN_QUEUE_RESET;
	if (offset == VIRTIO_PCI_COMMON_Q_MSIX && len == sizeof(u16))
		return VIRTIOVF_MODERN_VECTOR;
	if (meets(offset, len, VIRTIO_PCI_COMMON_Q_SIZE) ||
	    meets(offset, len, VIRTIO_PCI_COMMON_Q_MSIX) ||
	    meets(offset, len, VIRTIO_PCI_COMMON_Q_ENABLE) ||
	    overlaps(offset, len, VIRTIO_PCI_COMMON_Q_DESCLO, ADDRESSES_END))
		return VIRTIOVF_MODERN_RING;
	return VIRTIOVF_MODERN_NOTHING;
}

/* Does an access concern the selected queue's vector or its used ring? */
bool virtiovf_modern_shows_queue(u32 offset, u32 len)
{
	return meets(offset, len, VIRTIO_PCI_COMMON_Q_MSIX) ||
	       overlaps(offset, len, VIRTIO_PCI_COMMON_Q_USEDLO, ADDRESSES_END);
}

/* In @bytes, which were read there, set the driver's own of both */
void virtiovf_modern_show_queue(u64 used, u16 vector, u32 offset, u32 len, u8 *bytes)
{
	for (u32 i = 0; i < len; i++) {
		u32 at = offset + i;

		if (meets(at, 1, VIRTIO_PCI_COMMON_Q_MSIX))
			bytes[i] = vector >> 8 * (at - VIRTIO_PCI_COMMON_Q_MSIX);
		else if (overlaps(at, 1, VIRTIO_PCI_COMMON_Q_USEDLO, ADDRESSES_END))
			bytes[i] = used >> 8 * (at - VIRTIO_PCI_COMMON_Q_USEDLO);
	}
}

/* Return: whether there is one; then *@offset is that of its two bytes, in the doorbells' BAR */
bool virtiovf_modern_doorbell(const struct virtiovf_modern_layout *layout, u16 notify_off,
			      u64 *offset)
{
	const struct virtiovf_structure *it = &layout->doorbells;
	u64 at = (u64)notify_off * it->multiplier;

	if (it->length < sizeof(u16) || at > it->length - sizeof(u16) || (it->offset + at) & 1)
		return false;
	*offset = it->offset + at;
	return true;
}
