/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A modern driver of a VF without MSI-X, and the VMM's side of its INTx line. For tests: what
 * must not fail ends them.
 */
#ifndef MODERN_LINE_H
#define MODERN_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "line.h"
#include "modern.h"

#define READY	(ACKNOWLEDGE | DRIVER | M_FEATURES_OK | DRIVER_OK)

/* There are two at most: a VF that is opened anew, and another one with the same memory */
struct guest {
	struct line line;	/* its ring is not used */
	struct modern modern;
	uint64_t doorbell;
};

/* Are its modern registers trapped? */
bool guest_trapped(struct vf *vf);
/* No queue yet, the line enabled. Skips the test if the registers are mapped. */
struct guest *guest_fresh(void);
struct guest *guest_another(const char *address);
/* The driver is ready, with one queue */
void guest_start(struct guest *guest);
/* PCI_COMMAND as after firmware: a reset clears it */
void guest_command(struct guest *guest);
/* The modern ISR status */
int guest_isr(struct guest *guest);
/* A request; and one that is completed */
void guest_offer(struct guest *guest);
void guest_interrupt(struct guest *guest);
/* As a handler and the VMM's end of interrupt; and all of it, from the request on */
void guest_handled(struct guest *guest);
void guest_works(struct guest *guest);
/* line_host_count() */
long guest_behind(struct guest *guest);

#endif /* MODERN_LINE_H */
