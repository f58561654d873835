/* SPDX-License-Identifier: GPL-2.0-only */
/* A device that writes to the pages that it is told to. */
#ifndef DIRTY_H
#define DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "log.h"
#include "modern.h"

#define DIRTY_PAGE	4096UL
#define DIRTY_PAGES	1024
#define DIRTY_LENGTH	(DIRTY_PAGES * DIRTY_PAGE)
/* Above 4 GiB, as the memory of a guest may be; the queue's address register reaches it */
#define DIRTY_IOVA	0x180000000UL
/* Pages from here on are written to on request, those before it hold the ring */
#define DIRTY_FIRST	32

struct target {
	struct vf *vf;
	bool nic;
	uint8_t *memory;		/* DIRTY_PAGES */
	unsigned int size;		/* of the ring */
	unsigned int used_page;
	uint16_t offered;
	bool is_modern;
	struct modern modern;		/* if it is */
	uint64_t doorbell;
	uint32_t more;			/* features of the second word that it has */
};

/* A bitmap of all pages */
struct pages {
	uint64_t words[DIRTY_PAGES / 64];
};

static inline bool pages_has(const struct pages *pages, unsigned int page)
{
	return pages->words[page / 64] >> page % 64 & 1;
}

static inline void pages_add(struct pages *pages, unsigned int page)
{
	pages->words[page / 64] |= 1UL << page % 64;
}

unsigned int pages_count(const struct pages *pages);

/*
 * The VF, driven with one queue; a NIC's frames come from VFIO_PEER. By its legacy registers, or
 * with VFIO_INTERFACE=modern by the modern ones.
 */
void target_start(struct target *target, struct vf *vf);
/* Each a write of its driver's: status 0; an address of its used ring; a notification */
void target_reset(struct target *target);
void target_move_ring(struct target *target);
int target_notify(struct target *target);
/* The queue's vector */
void target_set_vector(struct target *target, uint16_t vector);
uint16_t target_vector(struct target *target);
/* The page is made available to the device, which is not notified; and: all that was is used */
void target_publish(struct target *target, unsigned int page);
bool target_is_done(struct target *target);
/* The device is to write to this page; and nobody waits for it */
void target_offer(struct target *target, unsigned int page);
/* The device writes to this page, and to the ring. Return: whether it did in time */
bool target_write(struct target *target, unsigned int page);
/* So many, one after the other, from DIRTY_FIRST + @first on */
void target_work(struct target *target, unsigned int first, unsigned int count);
uint64_t target_used(const struct target *target);
/* A modern driver sets up its queue, which is selected */
void target_enable(struct target *target);
/* Is it one that the ring's part is in that the device writes to? */
bool target_is_used(const struct target *target, unsigned int page);
/*
 * VFIO_LOG_BY=driver: the log is the driver's. It writes to the used ring itself, so that
 * page may be reported once more than the device has written to it.
 */
bool target_logged_by_driver(void);
/* The VF that has such a log, as new; or the test is skipped */
struct vf *driver_logging_fresh(void);
/* How many of @pages are none that may be reported once more? */
unsigned int target_count_other(const struct target *target, const struct pages *pages);
/* The log of all pages: started, and what it reports added to @pages */
void target_log(struct target *target);
int target_report(struct target *target, struct pages *pages);

#endif /* DIRTY_H */
