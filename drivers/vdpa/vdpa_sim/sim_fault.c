// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the worker fault in a page of the bound process?
 *
 * That may take any time: userfaultfd, a FUSE server that is the process itself, an NFS
 * server that is down. So the worker drops sim_dev::lock meanwhile and holds references to
 * the device and its module; reset, `vdpa dev del` and other operations proceed. Stopping
 * the device or unmapping its memory cancels the turn: the worker gets a signal, and
 * accesses nothing afterwards. A device that is deleted meanwhile is freed when the fault
 * has returned.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "sim.h"

static struct workqueue_struct *sim_put_wq;

static bool sim_hold(struct sim_dev *sim)
{
	if (!try_module_get(sim->type->owner))
		return false;
	get_device(&sim->vdev.dev);
	return true;
}

static void sim_put(struct sim_dev *sim)
{
	struct module *owner = sim->type->owner;

	put_device(&sim->vdev.dev);
	module_put(owner);
}

static void sim_put_work(struct work_struct *work)
{
	sim_put(container_of(work, struct sim_dev, fault.put));
}

/* The worker must not drop the last reference, which would free the worker itself */
static void sim_put_by_worker(struct sim_dev *sim)
{
	if (sim->fault.leaving)
		queue_work(sim_put_wq, &sim->fault.put);
	else
		sim_put(sim);
}

static int sim_fault_in_unlocked(struct mm_struct *mm, unsigned long addr, bool write)
{
	bool unlocked = false;
	int ret;

	mmap_read_lock(mm);
	/* it drops the mmap lock as well while it waits */
	ret = fixup_user_fault(mm, addr & PAGE_MASK, write ? FAULT_FLAG_WRITE : 0, &unlocked);
	mmap_read_unlock(mm);
	return ret ? -EFAULT : 0;
}

int sim_fault_in(struct sim_dev *sim, unsigned long addr, bool write)
{
	int ret;

	lockdep_assert_held(&sim->lock);
	if (!sim_hold(sim))
		return -EFAULT;
	allow_kernel_signal(SIGKILL);
	sim->fault.waiting = true;
	mutex_unlock(&sim->lock);
	ret = sim_fault_in_unlocked(current->mm, addr, write);
	mutex_lock(&sim->lock);
	sim->fault.waiting = false;
	/* from sim_turn_cancel() */
	flush_signals(current);
	sim_put_by_worker(sim);
	return sim_turn_cancelled(sim) ? -ECANCELED : ret;
}

void sim_turn_cancel(struct sim_dev *sim)
{
	lockdep_assert_held(&sim->lock);
	sim->fault.now++;
	if (sim->fault.waiting)
		send_sig(SIGKILL, sim->worker->task, 1);
}

void sim_fault_leave(struct sim_dev *sim)
{
	lockdep_assert_held(&sim->lock);
	WRITE_ONCE(sim->fault.leaving, true);
	sim_turn_cancel(sim);
}

void sim_fault_init(struct sim_dev *sim)
{
	INIT_WORK(&sim->fault.put, sim_put_work);
}

int sim_fault_start(void)
{
	sim_put_wq = alloc_workqueue("vdpa_sim_put", WQ_UNBOUND, 0);
	return sim_put_wq ? 0 : -ENOMEM;
}

void sim_fault_end(void)
{
	destroy_workqueue(sim_put_wq);
}
