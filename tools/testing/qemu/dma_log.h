/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF's log of what it has written to the driver's memory: a bit for each page of
 * the ranges that were asked for. Documentation/dirty-log.rst has the commands.
 */
#ifndef CARD_DMA_LOG_H
#define CARD_DMA_LOG_H

#include "hw/virtio/virtio.h"
#include "qemu/queue.h"

#define DMA_LOG_RANGES		16
#define DMA_LOG_SHIFT_MIN	12
#define DMA_LOG_SHIFT_MAX	21
/* Pages of all ranges: 1 TiB in pages of 4 KiB, 32 MiB of bits */
#define DMA_LOG_PAGES_MAX	(1ull << 28)
/* Pages of one read: 128 KiB of bits */
#define DMA_LOG_WINDOW_MAX	(1u << 20)

/* In pages */
struct dma_log_range {
	uint64_t first;
	uint64_t count;
	uint64_t bit;			/* of its first page */
};

struct dma_log_stats {
	uint64_t starts;
	uint64_t reads;
	uint64_t pages_read;		/* that were reported, and cleared */
	uint64_t writes;		/* to pages of the ranges */
	uint64_t lost;			/* logs that ended while pages were not read */
};

struct dma_log {
	VirtIODevice *vdev;		/* NULL: it does not run, the next lines mean nothing */
	QLIST_ENTRY(dma_log) next;	/* of those that run */
	uint8_t shift;
	unsigned int count;
	struct dma_log_range ranges[DMA_LOG_RANGES];	/* sorted */
	uint64_t pages;
	unsigned long *dirty;
	unsigned long *ever;		/* since the start; never cleared */
	struct dma_log_stats stats;
};

enum dma_log_error { DMA_LOG_OK, DMA_LOG_BAD, DMA_LOG_TOO_LARGE, DMA_LOG_NONE };

/* RANGES is in bytes: first and count; the order is free. Ends a log that runs. */
enum dma_log_error dma_log_start(struct dma_log *log, VirtIODevice *vdev, unsigned int shift,
				 const struct dma_log_range *ranges, unsigned int count);
void dma_log_stop(struct dma_log *log);
/* Pages of the window, which has to lie in one range; 0 and ERROR when it does not. */
uint64_t dma_log_window(const struct dma_log *log, uint64_t addr, uint64_t len,
			enum dma_log_error *error);
/* Bits of PAGES pages from ADDR on, cleared there. */
void dma_log_read(struct dma_log *log, uint64_t addr, uint64_t pages, uint8_t *bits);
/* Pages that were ever written since the start, as "first+count first+count" in page numbers */
void dma_log_append_ever(const struct dma_log *log, GString *text);
void dma_log_append_stats(const struct dma_log *log, GString *json);

#endif /* CARD_DMA_LOG_H */
