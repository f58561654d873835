/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the tests have one thread. */
#ifndef UNIT_ASM_BARRIER_H
#define UNIT_ASM_BARRIER_H

/* the compiler alone could reorder */
#define mb			__sync_synchronize
#define rmb			mb
#define wmb			mb
#define smp_mb			mb
#define smp_rmb			mb
#define smp_wmb			mb
#define dma_rmb			mb
#define dma_wmb			mb

#endif /* UNIT_ASM_BARRIER_H */
