// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who serves a queue, and how much of it at a time?
 *
 * The device's worker, or who kicked: that spares two wake-ups where a chain is short and
 * nothing has to be waited for.
 */
#include <linux/errno.h>
#include <uapi/linux/virtio_config.h>

#include "sim.h"

/* after a chain that was not for who kicks, so many kicks go to the worker at once */
#define SIM_KICKS_TO_WORKER	32

/* the other queues' turn comes after these */
static const struct sim_turn sim_turn_worker = {
	.chains = 64,
	.bytes = 4 << 20,
	.may_sleep = true,
};

static const struct sim_turn sim_turn_inline = {
	.chains = 16,
	.bytes = 64 << 10,
};

/* The driver's rings make no sense: nothing is served until it resets the device */
static void sim_break(struct sim_dev *sim)
{
	sim->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	sim_config_changed(sim);
}

/*
 * The device was stopped in the middle of a chain, while it waited for memory. The driver
 * may not have been told of what it can see already.
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

/* Return: is there more? */
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
	/* at the end of the line: the other queues have their turn first */
	if (more)
		kthread_queue_work(sim->worker, &queue->work);
}

/*
 * Who kicks may be in an RCU read section, or hold spin locks. Its callbacks expect to be
 * called from an interrupt; so with interrupts on, none of its locks is one of theirs. That
 * does not hold where spin locks leave interrupts on (PREEMPT_RT).
 * Return: is there nothing left for the worker?
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
	/* long requests seldom come alone */
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
