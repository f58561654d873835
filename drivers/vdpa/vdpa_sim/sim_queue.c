// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are a device's queues served in turn, and their driver told?
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/bottom_half.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ring.h>

#include "sim.h"

/*
 * Returned chains become visible after so many, or so many bytes, at the latest: the
 * driver prepares new ones while others are copied
 */
#define SIM_BATCH	16
#define SIM_BATCH_BYTES	(64 << 10)

/* Drivers' callbacks expect the context of an interrupt: their softirqs run at once */
static void sim_call(const struct vdpa_callback *cb)
{
	if (!cb->callback)
		return;
	local_bh_disable();
	cb->callback(cb->private);
	local_bh_enable();
}

void sim_config_changed(struct sim_dev *sim)
{
	lockdep_assert_held(&sim->lock);
	sim->generation++;
	if (sim->status & VIRTIO_CONFIG_S_DRIVER_OK)
		sim_call(&sim->config_cb);
}
EXPORT_SYMBOL_GPL(sim_config_changed);

/* The driver's rings make no sense: nothing is served until it resets the device */
static void sim_break(struct sim_dev *sim)
{
	sim->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	sim_config_changed(sim);
}

int sim_queue_next(struct sim_queue *queue, struct vdpa_ring_chain *chain, int which)
{
	chain->pieces = queue->sim->pieces[which];
	chain->max = SIM_PIECES;
	return vdpa_ring_next(&queue->ring, chain);
}
EXPORT_SYMBOL_GPL(sim_queue_next);

void sim_queue_undo(struct sim_queue *queue)
{
	vdpa_ring_undo(&queue->ring);
}
EXPORT_SYMBOL_GPL(sim_queue_undo);

int sim_queue_read(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		   void *buf, u32 len)
{
	queue->stats.bytes_out += len;
	return vdpa_ring_copy_out(&queue->ring, chain, offset, buf, len);
}
EXPORT_SYMBOL_GPL(sim_queue_read);

int sim_queue_write(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		    const void *buf, u32 len)
{
	queue->stats.bytes_in += len;
	return vdpa_ring_copy_in(&queue->ring, chain, offset, buf, len);
}
EXPORT_SYMBOL_GPL(sim_queue_write);

int sim_queue_peek(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		   void *buf, u32 len)
{
	return vdpa_ring_copy_out(&queue->ring, chain, offset, buf, len);
}
EXPORT_SYMBOL_GPL(sim_queue_peek);

bool sim_queues_share(const struct sim_queue *a, const struct sim_queue *b)
{
	return a->ready && b->ready && a->ring.mem == b->ring.mem && sim_mem_at_hand(a->sim);
}
EXPORT_SYMBOL_GPL(sim_queues_share);

int sim_queue_move(struct sim_queue *to, struct vdpa_ring_chain *to_chain, u32 to_offset,
		   struct sim_queue *from, struct vdpa_ring_chain *from_chain, u32 from_offset,
		   u32 len)
{
	from->stats.bytes_out += len;
	to->stats.bytes_in += len;
	return vdpa_ring_move(&to->ring, to_chain, to_offset, from_chain, from_offset, len);
}
EXPORT_SYMBOL_GPL(sim_queue_move);

int sim_queue_return(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 written)
{
	queue->stats.chains++;
	return vdpa_ring_complete(&queue->ring, chain, written);
}
EXPORT_SYMBOL_GPL(sim_queue_return);

int sim_queue_flush(struct sim_queue *queue)
{
	int ret;

	ret = vdpa_ring_publish(&queue->ring);
	if (ret)
		return ret;
	ret = vdpa_ring_wants_interrupt(&queue->ring);
	if (ret > 0) {
		queue->stats.interrupts++;
		sim_call(&queue->cb);
		ret = 0;
	}
	return ret;
}
EXPORT_SYMBOL_GPL(sim_queue_flush);

int sim_queue_wait(struct sim_queue *queue)
{
	return vdpa_ring_enable_notify(&queue->ring);
}
EXPORT_SYMBOL_GPL(sim_queue_wait);

int sim_queue_ignore(struct sim_queue *queue)
{
	return vdpa_ring_disable_notify(&queue->ring);
}
EXPORT_SYMBOL_GPL(sim_queue_ignore);

static u64 sim_queue_bytes(const struct sim_queue *queue)
{
	return queue->stats.bytes_out + queue->stats.bytes_in;
}

/*
 * Return: 1 when the budget was spent, or the rest is for the worker; 0 when there is no
 * chain any more; or a negative errno
 */
static int sim_serve_chains(struct sim_queue *queue,
			    int (*handle)(struct sim_queue *queue, struct vdpa_ring_chain *chain,
					  u32 *written))
{
	const struct sim_dev *sim = queue->sim;
	u64 max_bytes = sim->at_once ? SIM_BUDGET_AT_ONCE_BYTES : SIM_BUDGET_BYTES;
	int max = sim->at_once ? SIM_BUDGET_AT_ONCE : SIM_BUDGET;
	u64 start = sim_queue_bytes(queue), flushed = start;
	struct vdpa_ring_chain chain;

	for (int served = 0; served < max; served++) {
		u64 bytes_out = queue->stats.bytes_out;
		u32 written = 0;
		int ret;

		ret = sim_queue_next(queue, &chain, 0);
		if (ret <= 0)
			return ret;
		ret = handle(queue, &chain, &written);
		if (ret == -EAGAIN) {
			sim_queue_undo(queue);
			/* it is read again, and counted then */
			queue->stats.bytes_out = bytes_out;
			WRITE_ONCE(queue->to_worker, SIM_KICKS_TO_WORKER);
			break;
		}
		if (ret)
			return ret;
		ret = sim_queue_return(queue, &chain, written);
		if (!ret && (served % SIM_BATCH == SIM_BATCH - 1 ||
			     sim_queue_bytes(queue) - flushed >= SIM_BATCH_BYTES)) {
			flushed = sim_queue_bytes(queue);
			ret = sim_queue_flush(queue);
		}
		if (ret)
			return ret;
		if (sim_queue_bytes(queue) - start > max_bytes)
			break;
	}
	return 1;
}

int sim_queue_serve(struct sim_queue *queue,
		    int (*handle)(struct sim_queue *queue, struct vdpa_ring_chain *chain,
				  u32 *written))
{
	int ret, more;

	ret = vdpa_ring_disable_notify(&queue->ring);
	if (ret)
		return ret;
	more = sim_serve_chains(queue, handle);
	if (more < 0)
		return more;
	ret = sim_queue_flush(queue);
	if (ret || more)
		return ret ?: more;
	return vdpa_ring_enable_notify(&queue->ring);
}
EXPORT_SYMBOL_GPL(sim_queue_serve);

/* Return: is there more? */
static bool sim_serve(struct sim_queue *queue)
{
	struct sim_dev *sim = queue->sim;
	int ret = 0;

	lockdep_assert_held(&sim->lock);
	if (!queue->ready || !sim_running(sim) || !sim_mem_enter(sim))
		return false;
	ret = sim->type->serve(queue);
	sim_mem_leave(sim);
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
	more = sim_serve(queue);
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
static bool sim_kick_at_once(struct sim_queue *queue)
{
	struct sim_dev *sim = queue->sim;
	bool more = true;

	if (!sim->type->at_once || IS_ENABLED(CONFIG_PREEMPT_RT) || !in_task() ||
	    irqs_disabled() || !mutex_trylock(&sim->lock))
		return false;
	if (sim_mem_at_hand(sim)) {
		sim->at_once = true;
		more = sim_serve(queue);
		sim->at_once = false;
	}
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
	else if (sim_kick_at_once(queue))
		return;
	kthread_queue_work(queue->sim->worker, &queue->work);
}

/* Under sim_dev::lock. What was taken was returned: a split ring's index says it all. */
struct vdpa_vq_state sim_queue_state(const struct sim_queue *queue)
{
	const struct vdpa_ring *ring = &queue->ring;

	if (!queue->ready)
		return queue->state;
	return (struct vdpa_vq_state) {
		.split.avail_index = ring->next_avail,
		.packed = {
			.avail_index = ring->take.index,
			.avail_wrap = ring->take.wrap,
			.used_index = ring->give.index,
			.used_wrap = ring->give.wrap,
		},
	};
}

/* Under sim_dev::lock. Return: 0, or -EINVAL for what no ring can be. */
int sim_queue_start(struct sim_queue *queue)
{
	struct sim_dev *sim = queue->sim;
	struct vdpa_ring_layout layout = {
		.desc = queue->address.desc,
		.avail = queue->address.driver,
		.used = queue->address.device,
		.num = queue->num,
		.next = queue->state.split.avail_index,
		.take = { queue->state.packed.avail_index, queue->state.packed.avail_wrap },
		.give = { queue->state.packed.used_index, queue->state.packed.used_wrap },
		.packed = sim_has(sim, VIRTIO_F_RING_PACKED),
		.event_idx = sim_has(sim, VIRTIO_RING_F_EVENT_IDX),
		.indirect = sim_has(sim, VIRTIO_RING_F_INDIRECT_DESC),
	};
	int ret;

	ret = vdpa_ring_init(&queue->ring, &sim_queue_space(queue)->mem, &layout);
	if (ret)
		return ret;
	queue->ready = true;
	/* the driver may have been there first */
	kthread_queue_work(sim->worker, &queue->work);
	return 0;
}

/* Under sim_dev::lock, so the worker is not in it */
void sim_queue_stop(struct sim_queue *queue)
{
	queue->state = sim_queue_state(queue);
	queue->ready = false;
}

int sim_queues_create(struct sim_dev *sim)
{
	sim->queues = kcalloc(sim->vdev.info.nvqs, sizeof(*sim->queues), GFP_KERNEL);
	if (!sim->queues)
		return -ENOMEM;
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++) {
		sim->queues[i].sim = sim;
		sim->queues[i].index = i;
		kthread_init_work(&sim->queues[i].work, sim_queue_work);
	}
	for (int i = 0; i < ARRAY_SIZE(sim->pieces); i++) {
		sim->pieces[i] = kvmalloc_array(SIM_PIECES, sizeof(*sim->pieces[i]),
						GFP_KERNEL);
		if (!sim->pieces[i])
			return -ENOMEM;
	}
	return 0;
}

void sim_queues_destroy(struct sim_dev *sim)
{
	for (int i = 0; i < ARRAY_SIZE(sim->pieces); i++)
		kvfree(sim->pieces[i]);
	kfree(sim->queues);
}
