// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are dirty pages recorded, when the driver does it? By a bitmap of the ranges that are
 * logged, read and cleared by windows as the device's log is: bit n % 8 of byte n / 8.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "dirty_bits.h"
#include "dirty_plan.h"

static u64 range_pages(const struct virtiovf_dirty_bits *bits, unsigned int at)
{
	return ((bits->ranges[at].last - bits->ranges[at].first) >> bits->shift) + 1;
}

u64 virtiovf_dirty_bits_len(const struct virtiovf_dirty_bits *bits)
{
	u64 len = 0;

	for (unsigned int i = 0; i < bits->count; i++)
		len += DIV_ROUND_UP(range_pages(bits, i), 8);
	return len;
}

static void set_bits(u8 *bytes, u64 first, u64 last)
{
	u8 from = 0xff << first % 8, to = 0xff >> (7 - last % 8);

	if (first / 8 == last / 8) {
		bytes[first / 8] |= from & to;
		return;
	}
	bytes[first / 8] |= from;
	memset(bytes + first / 8 + 1, 0xff, last / 8 - first / 8 - 1);
	bytes[last / 8] |= to;
}

/* The bytes from @first to @last; those that are in no range are ignored */
void virtiovf_dirty_bits_mark(struct virtiovf_dirty_bits *bits, u64 first, u64 last)
{
	u8 *bytes = bits->bytes;

	for (unsigned int i = 0; i < bits->count; i++) {
		const struct virtiovf_dirty_range *range = &bits->ranges[i];

		if (first <= range->last && last >= range->first)
			set_bits(bytes, (max(first, range->first) - range->first) >> bits->shift,
				 (min(last, range->last) - range->first) >> bits->shift);
		bytes += DIV_ROUND_UP(range_pages(bits, i), 8);
	}
}

static bool take_bit(u8 *bytes, u64 bit)
{
	bool was = bytes[bit / 8] >> bit % 8 & 1;

	bytes[bit / 8] &= ~(1 << bit % 8);
	return was;
}

static u8 take_byte(u8 *bytes, u64 bit, unsigned int count)
{
	u8 result = 0;

	/* most are clean */
	if (!bytes[bit / 8] && !bytes[(bit + count - 1) / 8])
		return 0;
	for (unsigned int i = 0; i < count; i++)
		result |= take_bit(bytes, bit + i) << i;
	return result;
}

/* Read and clear the bits of @pages pages from @iova on, all of them in one range */
void virtiovf_dirty_bits_take(struct virtiovf_dirty_bits *bits, u64 iova, u32 pages, u8 *result)
{
	u8 *bytes = bits->bytes;
	unsigned int i = 0;
	u64 bit;

	while (iova < bits->ranges[i].first || iova > bits->ranges[i].last)
		bytes += DIV_ROUND_UP(range_pages(bits, i++), 8);
	bit = (iova - bits->ranges[i].first) >> bits->shift;
	for (u32 at = 0; at < pages; at += 8)
		result[at / 8] = take_byte(bytes, bit + at, min_t(u32, pages - at, 8));
}
