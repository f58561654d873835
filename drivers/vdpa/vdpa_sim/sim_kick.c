// SPDX-License-Identifier: GPL-2.0-only
/*
 * In which context is a queue served, and how many chains at a time?
 *
 * By the worker, or in the context of the kick, which saves two wake-ups where a chain is
 * short and needs no sleep.
 */
#include <linux/errno.h>
#include <uapi/linux/virtio_config.h>

#include "sim.h"

/* after a chain that needed the worker, this many kicks are left to the worker */
#define SIM_KICKS_TO_WORKER	32

/* limits of a turn, after which other queues are served */
static const struct sim_turn sim_turn_worker = {
	.chains = 64,
	.bytes = 4 << 20,
	.may_sleep = true,
};

static const struct sim_turn sim_turn_inline = {
	.chains = 16,
	.bytes = 64 << 10,
};

/* A ring is invalid: nothing is served until the driver resets the device */
static void sim_break(struct sim_dev *sim)
{
	sim->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	sim_config_changed(sim);
}

/*
 * The turn was cancelled in the middle of a chain, while a page was faulted in. Returned
 * chains may be visible already without an interrupt.
 */
static void sim_rewind(struct sim_dev *sim)
{
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++) {
		struct sim_queue *queue = &sim->queues[i];

		if (!queue->live)
			continue;
		vdpa_ring_rewind(&queue->ring);
		sim_queue_interrupt(queue);
	}
}

/* Return: true when chains are left */
static bool sim_serve(struct sim_queue *queue, const struct sim_turn *turn)
{
	struct sim_dev *sim = queue->sim;
	struct mm_struct *mm;
	int ret;

	lockdep_assert_held(&sim->lock);
	if (!queue->live || !sim_running(sim) || !sim_mem_enter(sim, &mm))
		return false;
	ret = sim->type->serve(queue, turn);
	sim_mem_leave(mm);
	if (sim_turn_cancelled(sim)) {
		sim_rewind(sim);
		return sim_running(sim) && queue->live;
	}
	if (ret == -EAGAIN) {
		WRITE_ONCE(queue->to_worker, SIM_KICKS_TO_WORKER);
		return true;
	}
	if (ret < 0)
		sim_break(sim);
	return ret > 0;
}

static void sim_queue_work(struct kthread_work *work)
{
	struct sim_queue *queue = container_of(work, struct sim_queue, work);
	struct sim_dev *sim = queue->sim;
	bool more;

	mutex_lock(&sim->lock);
	more = sim_serve(queue, &sim_turn_worker);
	mutex_unlock(&sim->lock);
	/* queued last: the other queues are served first */
	if (more)
		kthread_queue_work(sim->worker, &queue->work);
}

/*
 * The caller may be in an RCU read-side section, or hold spin locks. The driver's callbacks
 * are made for interrupts: while these are enabled, the caller holds none of the locks that
 * a callback takes. On PREEMPT_RT spin locks leave interrupts enabled, so it may.
 * Return: true when nothing is left to the worker
 */
static bool sim_kick_inline(struct sim_queue *queue)
{
	struct sim_dev *sim = queue->sim;
	bool more = true;

	if (!sim->type->served_inline || IS_ENABLED(CONFIG_PREEMPT_RT) || !in_task() ||
	    irqs_disabled() || !mutex_trylock(&sim->lock))
		return false;
	/* the worker may be in the middle of a chain */
	if (sim_mem_is_direct(sim) && !sim->fault.waiting)
		more = sim_serve(queue, &sim_turn_inline);
	mutex_unlock(&sim->lock);
	return !more;
}

void sim_queue_kick(struct sim_queue *queue)
{
	unsigned int to_worker = READ_ONCE(queue->to_worker);

	queue->stats.kicks++;
	/* long requests often follow each other */
	if (to_worker)
		WRITE_ONCE(queue->to_worker, to_worker - 1);
	else if (sim_kick_inline(queue))
		return;
	kthread_queue_work(queue->sim->worker, &queue->work);
}

void sim_kick_init(struct sim_dev *sim)
{
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++)
		kthread_init_work(&sim->queues[i].work, sim_queue_work);
}
