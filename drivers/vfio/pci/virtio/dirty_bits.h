/* SPDX-License-Identifier: GPL-2.0-only */
/* The bits of a log that the driver keeps. No locks, no PCI: builds on the host. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_DIRTY_BITS_H
#define DRIVERS_VFIO_PCI_VIRTIO_DIRTY_BITS_H

#include <linux/types.h>

struct virtiovf_dirty_range;

/**
 * struct virtiovf_dirty_bits - a bit for each page of some ranges
 * @ranges: made of whole pages, sorted
 * @count: number of @ranges
 * @shift: pages have 2^n bytes
 * @words: virtiovf_dirty_bits_len() bytes: those of each range start with a new word
 */
struct virtiovf_dirty_bits {
	const struct virtiovf_dirty_range *ranges;
	unsigned int count;
	u8 shift;
	u64 *words;
};

u64 virtiovf_dirty_bits_len(const struct virtiovf_dirty_bits *bits);
void virtiovf_dirty_bits_mark(struct virtiovf_dirty_bits *bits, u64 first, u64 last);
void virtiovf_dirty_bits_take(struct virtiovf_dirty_bits *bits, u64 iova, u32 pages, u8 *result);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_DIRTY_BITS_H */
