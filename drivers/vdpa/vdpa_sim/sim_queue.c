// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are the chains of a queue served one by one, and the driver interrupted? Called from
 * sim_kick.c.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/bottom_half.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ring.h>

#include "sim.h"

/*
 * Returned chains are published after this many chains or bytes at the latest: the driver
 * prepares new ones while others are copied
 */
#define SIM_BATCH	16
#define SIM_BATCH_BYTES	(64 << 10)

/* Callbacks expect interrupt context: softirqs that they raise run when they return */
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
	return a->live && b->live && a->ring.mem == b->ring.mem && sim_mem_is_direct(a->sim);
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

void sim_queue_interrupt(struct sim_queue *queue)
{
	queue->stats.interrupts++;
	sim_call(&queue->cb);
}

int sim_queue_flush(struct sim_queue *queue)
{
	int ret;

	ret = vdpa_ring_publish(&queue->ring);
	if (ret)
		return ret;
	ret = vdpa_ring_wants_interrupt(&queue->ring);
	if (ret > 0) {
		sim_queue_interrupt(queue);
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
 * Return: 1 at the turn's limits, 0 when no chain is left, -EAGAIN when the next one is for
 * the worker, or another negative errno
 */
static int sim_serve_chains(struct sim_queue *queue, const struct sim_turn *turn,
			    sim_handle_t *handle)
{
	u64 start = sim_queue_bytes(queue), flushed = start;
	struct vdpa_ring_chain chain;

	for (unsigned int served = 0; served < turn->chains; served++) {
		u64 bytes_out = queue->stats.bytes_out;
		u32 written = 0;
		int ret;

		ret = sim_queue_next(queue, &chain, 0);
		if (ret <= 0)
			return ret;
		ret = handle(queue, turn, &chain, &written);
		if (ret == -EAGAIN) {
			sim_queue_undo(queue);
			/* the worker will read and count it again */
			queue->stats.bytes_out = bytes_out;
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
		if (sim_queue_bytes(queue) - start > turn->bytes)
			break;
	}
	return 1;
}

int sim_queue_serve(struct sim_queue *queue, const struct sim_turn *turn, sim_handle_t *handle)
{
	int ret, more;

	ret = vdpa_ring_disable_notify(&queue->ring);
	if (ret)
		return ret;
	more = sim_serve_chains(queue, turn, handle);
	if (more < 0 && more != -EAGAIN)
		return more;
	ret = sim_queue_flush(queue);
	if (ret || more)
		return ret ?: more;
	return vdpa_ring_enable_notify(&queue->ring);
}
EXPORT_SYMBOL_GPL(sim_queue_serve);

/* Under sim_dev::lock. The worker may be in the middle of a chain: see sim_fault.c. */
struct vdpa_vq_state sim_queue_state(const struct sim_queue *queue)
{
	struct vdpa_ring_layout at;

	if (!queue->live)
		return queue->state;
	vdpa_ring_position(&queue->ring, &at);
	return (struct vdpa_vq_state) {
		.split.avail_index = at.next,
		.packed = {
			.avail_index = at.take.index,
			.avail_wrap = at.take.wrap,
			.used_index = at.give.index,
			.used_wrap = at.give.wrap,
		},
	};
}

/* Under sim_dev::lock. Return: 0, or -EINVAL for an invalid ring. */
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

	/*
	 * A VMM enables all queues, even those that the guest's driver did not set up: they
	 * have no ring.
	 */
	queue->ready = !(layout.desc | layout.avail | layout.used);
	if (queue->ready)
		return 0;
	ret = vdpa_ring_init(&queue->ring, &sim_queue_space(queue)->mem, &layout);
	if (ret)
		return ret;
	queue->ready = true;
	queue->live = true;
	/* the driver may have kicked before */
	kthread_queue_work(sim->worker, &queue->work);
	return 0;
}

/* Under sim_dev::lock */
void sim_queue_stop(struct sim_queue *queue)
{
	sim_turn_cancel(queue->sim);
	queue->state = sim_queue_state(queue);
	queue->ready = false;
	queue->live = false;
}

int sim_queues_create(struct sim_dev *sim)
{
	sim->queues = kcalloc(sim->vdev.info.nvqs, sizeof(*sim->queues), GFP_KERNEL);
	if (!sim->queues)
		return -ENOMEM;
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++) {
		sim->queues[i].sim = sim;
		sim->queues[i].index = i;
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
