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

/* Find the structures. None are found if one is missing or too short. */
void virtiovf_modern_layout(struct virtiovf_modern_layout *layout,
			    const struct virtiovf_structure *list, unsigned int count,
			    const u64 bar_sizes[VIRTIOVF_TRAP_BARS])
{
	*layout = (struct virtiovf_modern_layout) {};
	for (int place = VIRTIOVF_MODERN_COMMON; place < VIRTIOVF_MODERN_PLACES; place++) {
		const struct virtiovf_structure *it;

		it = virtiovf_trap_first(list, count, places[place].type, bar_sizes);
		if (!it || it->length < places[place].min_len) {
			*layout = (struct virtiovf_modern_layout) {};
			return;
		}
		layout->at[place] = *it;
	}
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

static bool meets(u32 offset, u32 len, u32 field)
{
	return offset < field + sizeof(u16) && field < offset + len;
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
