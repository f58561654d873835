/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the tests have one thread. */
#ifndef UNIT_ASM_BARRIER_H
#define UNIT_ASM_BARRIER_H

#define barrier()		__asm__ __volatile__("" ::: "memory")
#define mb()			__sync_synchronize()
#define rmb()			mb()
#define wmb()			mb()
#define dma_rmb()		barrier()
#define dma_wmb()		barrier()

#endif /* UNIT_ASM_BARRIER_H */
