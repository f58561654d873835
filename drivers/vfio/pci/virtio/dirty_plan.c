// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which ranges and pages does the device log what a user wants to be logged?
 *
 * The user's ranges are rounded to the device's pages, and joined until the device takes
 * as many. What is logged in addition costs memory, and is not reported.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "dirty_plan.h"

#define PAGE_SHIFTS	32

static bool is_power(u64 n)
{
	return n && !(n & (n - 1));
}

/* Return: the next page size that the device has, from @shift on, or PAGE_SHIFTS */
static unsigned int next_shift(u32 page_sizes, unsigned int shift)
{
	while (shift < PAGE_SHIFTS && !(page_sizes & (1U << shift)))
		shift++;
	return shift;
}

/* Return: the largest not above @page_size, or the smallest of all */
static unsigned int first_shift(u32 page_sizes, u64 page_size)
{
	unsigned int best = next_shift(page_sizes, 0), shift;

	for (shift = best; shift < PAGE_SHIFTS && (1ULL << shift) <= page_size;
	     shift = next_shift(page_sizes, shift + 1))
		best = shift;
	return best;
}

static void join(struct virtiovf_dirty_range *ranges, unsigned int *count, unsigned int at)
{
	ranges[at].last = max(ranges[at].last, ranges[at + 1].last);
	for (unsigned int i = at + 1; i + 1 < *count; i++)
		ranges[i] = ranges[i + 1];
	(*count)--;
}

/* Whole pages, and no page in two ranges */
static void round_to_pages(struct virtiovf_dirty_range *ranges, unsigned int *count,
			   unsigned int shift)
{
	u64 mask = (1ULL << shift) - 1;

	for (unsigned int i = 0; i < *count; i++) {
		ranges[i].first &= ~mask;
		ranges[i].last |= mask;
	}
	for (unsigned int i = 0; i + 1 < *count;) {
		/* adjacent as well */
		if (ranges[i].last >= ranges[i + 1].first ||
		    ranges[i].last + 1 == ranges[i + 1].first)
			join(ranges, count, i);
		else
			i++;
	}
}

static unsigned int smallest_gap(const struct virtiovf_dirty_range *ranges, unsigned int count)
{
	unsigned int best = 0;
	u64 least = U64_MAX;

	for (unsigned int i = 0; i + 1 < count; i++) {
		u64 gap = ranges[i + 1].first - ranges[i].last;

		if (gap < least) {
			least = gap;
			best = i;
		}
	}
	return best;
}

static u64 count_pages(const struct virtiovf_dirty_range *ranges, unsigned int count,
		       unsigned int shift)
{
	u64 pages = 0;

	for (unsigned int i = 0; i < count; i++)
		pages += ((ranges[i].last - ranges[i].first) >> shift) + 1;
	return pages;
}

static bool is_sorted(const struct virtiovf_dirty_range *ranges, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (ranges[i].last < ranges[i].first ||
		    (i && ranges[i].first <= ranges[i - 1].last))
			return false;
	return true;
}

/*
 * @ranges are the user's, sorted, and become those of the log; @page_size is what the user
 * wants, @shift what the log has.
 *
 * Return: their number; -EINVAL if the user's are empty, overlap or are not sorted, or the
 * page size is none; -E2BIG if the device cannot log as much.
 */
int virtiovf_dirty_plan(struct virtiovf_dirty_range *ranges, unsigned int count, u64 page_size,
			const struct virtio_pci_admin_log_limits *limits, u8 *shift)
{
	unsigned int at;

	if (!count || !is_power(page_size) || !is_sorted(ranges, count))
		return -EINVAL;
	at = first_shift(limits->page_sizes, page_size);
	for (; at < PAGE_SHIFTS; at = next_shift(limits->page_sizes, at + 1)) {
		round_to_pages(ranges, &count, at);
		while (count > limits->ranges)
			join(ranges, &count, smallest_gap(ranges, count));
		/* a length of 2^64 cannot be expressed */
		if (ranges[0].last - ranges[0].first == U64_MAX)
			return -E2BIG;
		if (count_pages(ranges, count, at) <= limits->pages) {
			*shift = at;
			return count;
		}
	}
	return -E2BIG;
}

/* Return: the range with @iova, or NULL */
const struct virtiovf_dirty_range *virtiovf_dirty_find(const struct virtiovf_dirty_range *ranges,
						       unsigned int count, u64 iova)
{
	for (unsigned int i = 0; i < count; i++)
		if (iova >= ranges[i].first && iova <= ranges[i].last)
			return &ranges[i];
	return NULL;
}
