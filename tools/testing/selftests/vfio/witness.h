/* SPDX-License-Identifier: GPL-2.0-only */
/* The device's own word on how often it was notified, and how often it interrupted. */
#ifndef WITNESS_H
#define WITNESS_H

/*
 * Notifications that the VF has received so far, as the command in
 * VFIO_NOTIFY_COUNT prints. Skips the test when there is none.
 */
long witness_count(void);

/* Interrupts that the VF has sent so far, as the command in VFIO_INTERRUPT_COUNT prints */
long witness_interrupts(void);

/* Until it is @expected, a second at most: what a worker does takes a moment */
long witness_wait(long expected);

#endif /* WITNESS_H */
