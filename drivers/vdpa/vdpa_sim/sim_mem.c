// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the device access its driver's memory?
 *
 * An address is translated by its address space: to pinned memory (a physical address), to
 * a process's (a virtual address, with use_va), or to the kernel's, either all of it or
 * what the driver mapped (sim_dma.c). Called under sim_dev::lock, which is dropped while a
 * page of a process is faulted in (sim_fault.c).
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include "sim.h"

/* A page faulted in may be reclaimed before the access: limit of retries */
#define SIM_FAULTS_MAX	8

bool sim_mem_is_direct(const struct sim_dev *sim)
{
	return !sim->vdev.info.use_va || sim->identity;
}

/*
 * Translate @iova; *@len is reduced to what is contiguous there.
 * Return: 0 or -EFAULT.
 */
static int sim_translate(struct sim_space *space, u64 iova, u32 access, u64 *addr, size_t *len)
{
	const struct sim_range *range;

	if (space->sim->identity && space->sim->dma)
		return sim_dma_translate(space->sim->dma, iova, access, addr, len);
	if (space->sim->identity) {
		*addr = iova;
		return 0;
	}
	range = sim_table_find(&space->table, iova);
	if (!range || !(range->perm & access))
		return -EFAULT;
	*addr = range->addr + (iova - range->start);
	*len = min_t(u64, *len, range->last - iova + 1);
	return 0;
}

static bool sim_is_memory(u64 pa, size_t len)
{
	u64 last = pa + len - 1;

	return pfn_valid(PHYS_PFN(pa)) &&
	       (PHYS_PFN(pa) == PHYS_PFN(last) || pfn_valid(PHYS_PFN(last)));
}

/*
 * Within a page. 16-bit indices in a single access.
 * Return: 0, or the number of bytes not copied.
 */
static size_t sim_copy_user(unsigned long addr, void *to, const void *from, size_t len)
{
	size_t left;

	pagefault_disable();
	if (len == sizeof(u16) && to)
		left = __get_user(*(u16 *)to, (u16 __user *)addr);
	else if (len == sizeof(u16))
		left = __put_user(*(const u16 *)from, (u16 __user *)addr);
	else if (to)
		left = __copy_from_user_inatomic(to, (const void __user *)addr, len);
	else
		left = __copy_to_user_inatomic((void __user *)addr, from, len);
	pagefault_enable();
	return left;
}

/* *@len is reduced to the page. Return: 0, -EAGAIN when the page must be faulted in, or -EFAULT */
static int sim_copy_va(unsigned long addr, void *to, const void *from, size_t *len)
{
	*len = min_t(size_t, *len, PAGE_SIZE - offset_in_page(addr));
	if (!current->mm || !access_ok((void __user *)addr, *len))
		return -EFAULT;
	return sim_copy_user(addr, to, from, *len) ? -EAGAIN : 0;
}

/* copy_page() copies words, memcpy() maybe bytes. The cast: it lacks const on some architectures */
static void sim_move(void *to, const void *from, size_t len)
{
	if (len == PAGE_SIZE && PAGE_ALIGNED(to) && PAGE_ALIGNED(from))
		copy_page(to, (void *)from);
	else
		memcpy(to, from, len);
}

static int sim_copy_pa(u64 pa, void *to, const void *from, size_t len)
{
	if (!sim_is_memory(pa, len))
		return -EFAULT;
	if (to)
		sim_move(to, phys_to_virt(pa), len);
	else
		sim_move(phys_to_virt(pa), from, len);
	return 0;
}

/* Copy what is contiguous, up to *@len, which is reduced to it. Return: as sim_copy_va(). */
static int sim_copy_step(struct sim_space *space, u64 iova, void *to, const void *from,
			 size_t *len)
{
	u64 addr;
	int ret;

	ret = sim_translate(space, iova, to ? VHOST_MAP_RO : VHOST_MAP_WO, &addr, len);
	if (ret)
		return ret;
	if (sim_mem_is_direct(space->sim))
		return sim_copy_pa(addr, to, from, *len);
	ret = sim_copy_va(addr, to, from, len);
	/* the lock is dropped meanwhile: translate again */
	if (ret == -EAGAIN)
		ret = sim_fault_in(space->sim, addr, from) ?: -EAGAIN;
	return ret;
}

static int sim_copy(struct vdpa_ring_mem *mem, u64 iova, void *to, const void *from, size_t len)
{
	struct sim_space *space = container_of(mem, struct sim_space, mem);
	int faults = 0;

	/* the device may have a kernel driver by now */
	if (sim_turn_cancelled(space->sim))
		return -ECANCELED;
	/* physical addresses of a kernel driver: no translation */
	if (space->sim->identity && !space->sim->dma)
		return len ? sim_copy_pa(iova, to, from, len) : 0;
	while (len) {
		size_t step = len;
		int ret;

		ret = sim_copy_step(space, iova, to, from, &step);
		if (ret == -EAGAIN && faults++ < SIM_FAULTS_MAX)
			continue;
		if (ret)
			return ret == -EAGAIN ? -EFAULT : ret;
		faults = 0;
		to = to ? to + step : NULL;
		from = from ? from + step : NULL;
		iova += step;
		len -= step;
	}
	return 0;
}

static int sim_read(struct vdpa_ring_mem *mem, u64 iova, void *buf, size_t len)
{
	return sim_copy(mem, iova, buf, NULL, len);
}

static int sim_write(struct vdpa_ring_mem *mem, u64 iova, const void *buf, size_t len)
{
	return sim_copy(mem, iova, NULL, buf, len);
}

/* The address in the direct mapping, or NULL; *@len is reduced to what is contiguous */
static void *sim_at(struct sim_space *space, u64 iova, u32 access, size_t *len)
{
	u64 pa;

	if (sim_turn_cancelled(space->sim) || !sim_mem_is_direct(space->sim) ||
	    sim_translate(space, iova, access, &pa, len) || !sim_is_memory(pa, *len))
		return NULL;
	return phys_to_virt(pa);
}

/* The same for 16 bits, or NULL when sim_copy() must access them */
static u16 *sim_at16(struct sim_space *space, u64 iova, u32 access)
{
	size_t len = sizeof(u16);
	u16 *at = sim_at(space, iova, access, &len);

	return len == sizeof(u16) && IS_ALIGNED((unsigned long)at, sizeof(u16)) ? at : NULL;
}

static int sim_load16(struct vdpa_ring_mem *mem, u64 iova, u16 *value)
{
	u16 *at = sim_at16(container_of(mem, struct sim_space, mem), iova, VHOST_MAP_RO);

	if (!at)
		return sim_copy(mem, iova, value, NULL, sizeof(*value));
	*value = READ_ONCE(*at);
	return 0;
}

static int sim_store16(struct vdpa_ring_mem *mem, u64 iova, u16 value)
{
	u16 *at = sim_at16(container_of(mem, struct sim_space, mem), iova, VHOST_MAP_WO);

	if (!at)
		return sim_copy(mem, iova, NULL, &value, sizeof(value));
	WRITE_ONCE(*at, value);
	return 0;
}

/* A driver's buffers may overlap */
static int sim_move_direct(struct vdpa_ring_mem *mem, u64 to, u64 from, size_t len)
{
	struct sim_space *space = container_of(mem, struct sim_space, mem);
	size_t step;

	for (; len; len -= step, to += step, from += step) {
		const void *from_at;
		void *to_at;

		step = len;
		from_at = sim_at(space, from, VHOST_MAP_RO, &step);
		to_at = sim_at(space, to, VHOST_MAP_WO, &step);
		if (!from_at || !to_at)
			return -EFAULT;
		memmove(to_at, from_at, step);
	}
	return 0;
}

const struct vdpa_ring_mem_ops sim_mem_ops = {
	.read = sim_read,
	.write = sim_write,
	.load16 = sim_load16,
	.store16 = sim_store16,
	.move = sim_move_direct,
};

bool sim_mem_enter(struct sim_dev *sim, struct mm_struct **mm)
{
	sim_turn_begin(sim);
	*mm = NULL;
	if (sim_mem_is_direct(sim))
		return true;
	/* the process may have ended, or the device may be about to be freed */
	if (!sim->mm || sim->fault.leaving || !mmget_not_zero(sim->mm))
		return false;
	*mm = sim->mm;
	kthread_use_mm(*mm);
	return true;
}

void sim_mem_leave(struct mm_struct *mm)
{
	if (!mm)
		return;
	kthread_unuse_mm(mm);
	/* not mmput(): tearing down an address space may take long */
	mmput_async(mm);
}
