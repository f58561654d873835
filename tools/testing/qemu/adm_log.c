// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of this project's own for a VF's DMA write log: what is there, start it,
 * read and clear a part of it, stop it. Documentation/dirty-log.rst.
 */
#include "qemu/osdep.h"
#include "card.h"
#include "adm_cmd.h"

#define LOG_MAGIC	{ 'V', 'V', 'D', 'L' }
#define LOG_VERSION	1

/* Result of DMA_LOG_IDENTITY */
struct log_identity {
	uint8_t magic[4];
	uint16_t version;
	uint16_t ranges;		/* at most, of a log */
	uint32_t page_sizes;		/* bit n: pages of 2^n bytes */
	uint32_t window;		/* pages of one read, at most */
	uint64_t pages;			/* of all ranges of a log, at most */
	uint64_t reserved;
} QEMU_PACKED;

/* Data of DMA_LOG_START; the ranges follow */
struct log_start {
	uint8_t page_shift;
	uint8_t reserved;
	uint16_t ranges;
	uint32_t reserved2;
} QEMU_PACKED;

/* A range of DMA_LOG_START, the data of DMA_LOG_READ; in bytes */
struct log_range {
	uint64_t addr;
	uint64_t len;
} QEMU_PACKED;

QEMU_BUILD_BUG_ON(sizeof(struct log_identity) != ADM_LOG_IDENTITY_LEN);
QEMU_BUILD_BUG_ON(sizeof(struct log_start) != 8);
QEMU_BUILD_BUG_ON(sizeof(struct log_range) != 16);

void adm_log_identity(struct adm_cmd *cmd)
{
	struct log_identity identity = {
		.magic = LOG_MAGIC,
		.version = cpu_to_le16(LOG_VERSION),
		.ranges = cpu_to_le16(DMA_LOG_RANGES),
		.page_sizes = cpu_to_le32(MAKE_64BIT_MASK(DMA_LOG_SHIFT_MIN, DMA_LOG_SHIFT_MAX -
							  DMA_LOG_SHIFT_MIN + 1)),
		.window = cpu_to_le32(DMA_LOG_WINDOW_MAX),
		.pages = cpu_to_le64(DMA_LOG_PAGES_MAX),
	};

	adm_result(cmd, 0, &identity, sizeof(identity));
}

static void fail(struct adm_cmd *cmd, enum dma_log_error error)
{
	switch (error) {
	case DMA_LOG_OK:
		break;
	case DMA_LOG_BAD:
		adm_fail(cmd, SPEC_STATUS_EINVAL, SPEC_Q_INVALID_FIELD);
		break;
	case DMA_LOG_TOO_LARGE:
		adm_fail(cmd, SPEC_STATUS_ENOSPC, SPEC_Q_NORESOURCE);
		break;
	case DMA_LOG_NONE:
		adm_fail(cmd, SPEC_STATUS_ENXIO, SPEC_Q_INVALID_COMMAND);
		break;
	}
}

static struct log_range get_range(struct adm_cmd *cmd, size_t offset)
{
	struct log_range range;

	adm_data(cmd, offset, &range, sizeof(range));
	range.addr = le64_to_cpu(range.addr);
	range.len = le64_to_cpu(range.len);
	return range;
}

void adm_log_start(struct adm_cmd *cmd)
{
	struct dma_log_range ranges[DMA_LOG_RANGES];
	struct card_vf *vf = adm_member(cmd);
	struct log_start start;
	unsigned int count;

	adm_data(cmd, 0, &start, sizeof(start));
	count = le16_to_cpu(start.ranges);
	if (start.reserved || start.reserved2 || count > DMA_LOG_RANGES ||
	    adm_data_len(cmd) < sizeof(start) + count * sizeof(struct log_range)) {
		fail(cmd, DMA_LOG_BAD);
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct log_range range = get_range(cmd, sizeof(start) + i * sizeof(range));

		ranges[i] = (struct dma_log_range){ range.addr, range.len };
	}
	fail(cmd, dma_log_start(&vf->log, vf->func.vdev, start.page_shift, ranges, count));
}

/* Nothing is cleared unless all of it fits where the driver wants it. */
void adm_log_read(struct adm_cmd *cmd)
{
	struct log_range window = get_range(cmd, 0);
	struct dma_log *log = &adm_member(cmd)->log;
	size_t room = cmd->writable - MIN(cmd->writable, sizeof(struct spec_cmd_status));
	g_autofree uint8_t *bits = NULL;
	enum dma_log_error error;
	uint64_t pages = dma_log_window(log, window.addr, window.len, &error);
	size_t len = DIV_ROUND_UP(pages, 8);

	fail(cmd, error);
	if (error != DMA_LOG_OK)
		return;
	if (room < len) {
		adm_fail(cmd, SPEC_STATUS_ENOMEM, SPEC_Q_INVALID_COMMAND);
		return;
	}
	bits = g_malloc(len);
	dma_log_read(log, window.addr, pages, bits);
	adm_result_bytes(cmd, bits, len);
}

void adm_log_stop(struct adm_cmd *cmd)
{
	dma_log_stop(&adm_member(cmd)->log);
}
