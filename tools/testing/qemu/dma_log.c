// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages of the driver's memory has a VF written to?
 *
 * QEMU's virtio calls virtio_dma_written (patches/0007) for each write of a ring or
 * a buffer. All of it, and the commands, run with QEMU's big lock: between a write and its
 * mark no command is executed.
 */
#include "qemu/osdep.h"
#include "qemu/bitmap.h"
#include "qemu/bitops.h"
#include "dma_log.h"

/* In virtio.c; no header of QEMU's has it, for all of QEMU would be built anew. */
extern void (*virtio_dma_written)(VirtIODevice *vdev, hwaddr addr, hwaddr len);

/* Without any the hook is not set, so that writes cost what they did. */
static QLIST_HEAD(, dma_log) running = QLIST_HEAD_INITIALIZER(running);

static void written(VirtIODevice *vdev, hwaddr addr, hwaddr len);

static void set_hook(void)
{
	virtio_dma_written = QLIST_EMPTY(&running) ? NULL : written;
}

/* --- ranges --- */

static int by_first(const void *a, const void *b)
{
	const struct dma_log_range *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

static bool range_ok(const struct dma_log_range *bytes, unsigned int shift)
{
	uint64_t mask = (1ull << shift) - 1;

	return bytes->count && !((bytes->first | bytes->count) & mask) &&
	       bytes->first + (bytes->count - 1) >= bytes->first;
}

static enum dma_log_error take_ranges(struct dma_log *log, const struct dma_log_range *bytes)
{
	for (unsigned int i = 0; i < log->count; i++) {
		if (!range_ok(&bytes[i], log->shift))
			return DMA_LOG_BAD;
		log->ranges[i].first = bytes[i].first >> log->shift;
		log->ranges[i].count = bytes[i].count >> log->shift;
	}
	qsort(log->ranges, log->count, sizeof(log->ranges[0]), by_first);
	for (unsigned int i = 0; i < log->count; i++) {
		struct dma_log_range *range = &log->ranges[i];

		if (i && range[-1].first + range[-1].count > range->first)
			return DMA_LOG_BAD;
		range->bit = log->pages;
		log->pages += range->count;
		if (log->pages > DMA_LOG_PAGES_MAX)
			return DMA_LOG_TOO_LARGE;
	}
	return DMA_LOG_OK;
}

enum dma_log_error dma_log_start(struct dma_log *log, VirtIODevice *vdev, unsigned int shift,
				 const struct dma_log_range *ranges, unsigned int count)
{
	struct dma_log next = { .vdev = vdev, .shift = shift, .count = count };
	enum dma_log_error error;

	if (shift < DMA_LOG_SHIFT_MIN || shift > DMA_LOG_SHIFT_MAX || !count ||
	    count > DMA_LOG_RANGES)
		return DMA_LOG_BAD;
	error = take_ranges(&next, ranges);
	if (error != DMA_LOG_OK)
		return error;
	next.dirty = bitmap_try_new(next.pages);
	next.ever = bitmap_try_new(next.pages);
	if (!next.dirty || !next.ever) {
		g_free(next.dirty);
		g_free(next.ever);
		return DMA_LOG_TOO_LARGE;
	}
	dma_log_stop(log);
	next.stats = log->stats;
	next.stats.starts++;
	*log = next;
	QLIST_INSERT_HEAD(&running, log, next);
	set_hook();
	return DMA_LOG_OK;
}

void dma_log_stop(struct dma_log *log)
{
	if (!log->vdev)
		return;
	if (find_first_bit(log->dirty, log->pages) < log->pages)
		log->stats.lost++;
	QLIST_REMOVE(log, next);
	log->vdev = NULL;
	set_hook();
	g_clear_pointer(&log->dirty, g_free);
	g_clear_pointer(&log->ever, g_free);
}

static const struct dma_log_range *find_range(const struct dma_log *log, uint64_t page)
{
	for (unsigned int i = 0; i < log->count; i++)
		if (page - log->ranges[i].first < log->ranges[i].count)
			return &log->ranges[i];
	return NULL;
}

/* --- writes --- */

static void mark(struct dma_log *log, uint64_t page)
{
	const struct dma_log_range *range = find_range(log, page);

	if (!range)
		return;
	set_bit(range->bit + page - range->first, log->dirty);
	set_bit(range->bit + page - range->first, log->ever);
	log->stats.writes++;
}

static void written(VirtIODevice *vdev, hwaddr addr, hwaddr len)
{
	struct dma_log *log;

	QLIST_FOREACH(log, &running, next) {
		if (log->vdev != vdev)
			continue;
		for (uint64_t page = addr >> log->shift; page <= (addr + len - 1) >> log->shift;
		     page++)
			mark(log, page);
	}
}

/* --- reads --- */

uint64_t dma_log_window(const struct dma_log *log, uint64_t addr, uint64_t len,
			enum dma_log_error *error)
{
	struct dma_log_range window = { addr, len };
	const struct dma_log_range *range;
	uint64_t first, count;

	*error = DMA_LOG_NONE;
	if (!log->vdev)
		return 0;
	*error = DMA_LOG_BAD;
	if (!range_ok(&window, log->shift))
		return 0;
	first = addr >> log->shift;
	count = len >> log->shift;
	range = find_range(log, first);
	if (!range || count > DMA_LOG_WINDOW_MAX || first - range->first + count > range->count)
		return 0;
	*error = DMA_LOG_OK;
	return count;
}

void dma_log_read(struct dma_log *log, uint64_t addr, uint64_t pages, uint8_t *bits)
{
	uint64_t first = addr >> log->shift;
	const struct dma_log_range *range = find_range(log, first);
	uint64_t begin = range->bit + first - range->first, end = begin + pages;

	memset(bits, 0, DIV_ROUND_UP(pages, 8));
	for (uint64_t at = find_next_bit(log->dirty, end, begin); at < end;
	     at = find_next_bit(log->dirty, end, at + 1)) {
		bits[(at - begin) / 8] |= BIT((at - begin) % 8);
		log->stats.pages_read++;
	}
	bitmap_clear(log->dirty, begin, pages);
	log->stats.reads++;
}

/* --- for tests --- */

void dma_log_append_ever(const struct dma_log *log, GString *text)
{
	for (unsigned int i = 0; log->vdev && i < log->count; i++) {
		const struct dma_log_range *range = &log->ranges[i];
		uint64_t end = range->bit + range->count;
		uint64_t at = find_next_bit(log->ever, end, range->bit);

		while (at < end) {
			uint64_t to = find_next_zero_bit(log->ever, end, at);

			g_string_append_printf(text, "%s%" PRIu64 "+%" PRIu64, text->len ? " " : "",
					       range->first + at - range->bit, to - at);
			at = find_next_bit(log->ever, end, to);
		}
	}
}

void dma_log_append_stats(const struct dma_log *log, GString *json)
{
	g_string_append_printf(json, "{\"running\": %d, \"starts\": %" PRIu64
			       ", \"reads\": %" PRIu64 ", \"pages\": %" PRIu64 ", \"writes\": %" PRIu64
			       ", \"lost\": %" PRIu64 "}",
			       !!log->vdev, log->stats.starts, log->stats.reads,
			       log->stats.pages_read, log->stats.writes, log->stats.lost);
}
