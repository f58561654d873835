/* SPDX-License-Identifier: GPL-2.0-only */
/* The log of the pages that a VF writes to, as user space has it. */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

#include "vf.h"

struct log_range {
	uint64_t iova;
	uint64_t length;
};

/* Return: 0 or a negative errno. *page_size is what the device has, afterwards. */
int log_start(struct vf *vf, uint64_t *page_size, const void *ranges, uint32_t count);
int log_stop(struct vf *vf);
/* Bits are added to @bitmap. */
int log_report(struct vf *vf, uint64_t iova, uint64_t length, uint64_t page_size, void *bitmap);
/* Is @feature there, and for all of @flags? 0 or a negative errno */
int log_probe(struct vf *vf, unsigned int feature, unsigned int flags);

#endif /* LOG_H */
