// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are dirty pages recorded, when the driver does it? By a bitmap of the ranges that are
 * logged, read and cleared by windows as the device's log is: bit n % 8 of byte n / 8 of a window.
 * Most pages are clean, so a window is read a word at a time.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "dirty_bits.h"
#include "dirty_plan.h"

static u64 range_pages(const struct virtiovf_dirty_bits *bits, unsigned int at)
{
	return ((bits->ranges[at].last - bits->ranges[at].first) >> bits->shift) + 1;
}

static u64 range_words(const struct virtiovf_dirty_bits *bits, unsigned int at)
{
	return DIV_ROUND_UP(range_pages(bits, at), 64);
}

u64 virtiovf_dirty_bits_len(const struct virtiovf_dirty_bits *bits)
{
	u64 words = 0;

	for (unsigned int i = 0; i < bits->count; i++)
		words += range_words(bits, i);
	return words * sizeof(*bits->words);
}

static void set_bits(u64 *words, u64 first, u64 last)
{
	u64 from = ~0ULL << first % 64, to = ~0ULL >> (63 - last % 64);
	u64 more = last / 64 - first / 64;

	words += first / 64;
	if (!more) {
		*words |= from & to;
		return;
	}
	*words |= from;
	memset(words + 1, 0xff, (more - 1) * sizeof(*words));
	words[more] |= to;
}

/* The bytes from @first to @last; those that are in no range are ignored */
void virtiovf_dirty_bits_mark(struct virtiovf_dirty_bits *bits, u64 first, u64 last)
{
	u64 *words = bits->words;

	for (unsigned int i = 0; i < bits->count; i++) {
		const struct virtiovf_dirty_range *range = &bits->ranges[i];

		if (first <= range->last && last >= range->first)
			set_bits(words, (max(first, range->first) - range->first) >> bits->shift,
				 (min(last, range->last) - range->first) >> bits->shift);
		words += range_words(bits, i);
	}
}

static u64 take_bits(u64 *word, u64 mask)
{
	u64 found = *word & mask;

	if (found)
		*word &= ~mask;
	return found;
}

/* @count bits, at most 64, which may be in two words */
static u64 take_word(u64 *words, u64 bit, u32 count)
{
	u64 mask = count < 64 ? BIT_ULL(count) - 1 : ~0ULL;
	u32 shift = bit % 64;
	u64 result;

	words += bit / 64;
	result = take_bits(words, mask << shift) >> shift;
	if (shift + count > 64)
		result |= take_bits(words + 1, mask >> (64 - shift)) << (64 - shift);
	return result;
}

/* Read and clear the bits of @pages pages from @iova on, all of them in one range */
void virtiovf_dirty_bits_take(struct virtiovf_dirty_bits *bits, u64 iova, u32 pages, u8 *result)
{
	u64 *words = bits->words;
	unsigned int i = 0;
	u64 bit;

	while (iova < bits->ranges[i].first || iova > bits->ranges[i].last)
		words += range_words(bits, i++);
	bit = (iova - bits->ranges[i].first) >> bits->shift;
	memset(result, 0, DIV_ROUND_UP(pages, 8));
	for (u32 at = 0; at < pages; at += 64) {
		u32 count = min_t(u32, pages - at, 64);
		__le64 word = cpu_to_le64(take_word(words, bit + at, count));

		if (word)
			memcpy(result + at / 8, &word, DIV_ROUND_UP(count, 8));
	}
}
