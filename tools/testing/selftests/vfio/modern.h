/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VF driven by its modern registers, by reads and writes of their region. For tests:
 * what must not fail ends them.
 */
#ifndef MODERN_H
#define MODERN_H

#include <stdbool.h>
#include <stdint.h>

#include "vf.h"

#define MODERN_PAGE	4096UL
#define MODERN_IOVA	0x100000UL
#define MODERN_LENGTH	(5 * MODERN_PAGE)
#define MODERN_WAIT_US	10000000

/* "Common configuration structure layout" */
enum {
	M_DEVICE_FEATURE_SELECT = 0,
	M_DEVICE_FEATURE = 4,
	M_DRIVER_FEATURE_SELECT = 8,
	M_DRIVER_FEATURE = 12,
	M_CONFIG_VECTOR = 16,
	M_NUM_QUEUES = 18,
	M_STATUS = 20,
	M_GENERATION = 21,
	M_QUEUE_SELECT = 22,
	M_QUEUE_SIZE = 24,
	M_QUEUE_VECTOR = 26,
	M_QUEUE_ENABLE = 28,
	M_QUEUE_NOTIFY_OFF = 30,
	M_QUEUE_DESC = 32,
	M_QUEUE_DRIVER = 40,
	M_QUEUE_DEVICE = 48,
	M_COMMON_LEN = 56,
	M_QUEUE_RESET = 58,		/* the following only with features of its own */
};

enum { M_FEATURES_OK = 8, M_NEEDS_RESET = 0x40 };

/* "Reserved Feature Bits" of the second word */
enum { M_F_RING_PACKED = 1 << 2, M_F_RING_RESET = 1 << 8 };

/* A structure of the VF; len 0: there is none */
struct modern_place {
	int bar;
	uint32_t offset;
	uint32_t len;
};

struct modern {
	struct vf *vf;
	struct modern_place common, isr, device, notify;
	uint32_t multiplier;
	uint16_t offered;
};

/* Where the structures are; bus mastering on */
void modern_find(struct modern *modern, struct vf *vf);
/* And memory at MODERN_IOVA mapped for the VF */
void modern_init(struct modern *modern, struct vf *vf);
int64_t modern_get(struct modern *modern, unsigned int offset, size_t len);
void modern_put(struct modern *modern, unsigned int offset, size_t len, uint64_t value);
/*
 * Reset and features, those of the first word none: FEATURES_OK. Bits @more of the second word
 * if they are offered. Return: those that are
 */
uint32_t modern_begin(struct modern *modern, uint32_t more);
/* The selected queue gets its rings, and is enabled */
void modern_set_up(struct modern *modern, uint64_t desc, uint64_t driver, uint64_t device);
void modern_driver_ok(struct modern *modern);
/* All of it, with one queue. Skips the test if its requests are not known here. */
void modern_start(struct modern *modern);
/* Where @queue's doorbell is in its BAR; the queue is selected then */
uint64_t modern_doorbell_of(struct modern *modern, uint16_t queue);
/* The same of the one queue, and which it is */
uint64_t modern_doorbell(struct modern *modern);
uint16_t modern_queue(struct modern *modern);
/* One request in the queue, without a notification; and: has the device completed all? */
void modern_publish(struct modern *modern);
bool modern_completes(struct modern *modern, int us);

#endif /* MODERN_H */
