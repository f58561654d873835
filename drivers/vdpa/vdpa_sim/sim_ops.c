// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vDPA operations, common to all device types and ways to access memory.
 */
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/virtio_config.h>

#include "sim.h"

/* for tests that a slow device delays no other */
#define SIM_STALL_MS_MAX	60000

static unsigned int stall_ms;
module_param(stall_ms, uint, 0644);
MODULE_PARM_DESC(stall_ms,
		 "delay of each read of a configuration space, in ms (default 0, at most 60000)");

static struct sim_queue *sim_queue(struct vdpa_device *vdev, u16 idx)
{
	return &vdev_to_sim(vdev)->queues[idx];
}

static int sim_set_vq_address(struct vdpa_device *vdev, u16 idx,
			      const struct vdpa_vq_address *address)
{
	struct sim_queue *queue = sim_queue(vdev, idx);
	int ret = -EBUSY;

	mutex_lock(&queue->sim->lock);
	if (!queue->ready) {
		queue->address = *address;
		ret = 0;
	}
	mutex_unlock(&queue->sim->lock);
	return ret;
}

static int sim_set_vq_num(struct vdpa_device *vdev, u16 idx, u32 num)
{
	struct sim_queue *queue = sim_queue(vdev, idx);
	int ret = -EBUSY;

	if (!num || num > SIM_VQ_NUM_MAX)
		return -EINVAL;
	mutex_lock(&queue->sim->lock);
	if (!is_power_of_2(num) && !sim_has(queue->sim, VIRTIO_F_RING_PACKED)) {
		ret = -EINVAL;
	} else if (!queue->ready) {
		queue->num = num;
		ret = 0;
	}
	mutex_unlock(&queue->sim->lock);
	return ret;
}

static int sim_set_vq_state(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_state *state)
{
	struct sim_queue *queue = sim_queue(vdev, idx);
	int ret = -EBUSY;

	mutex_lock(&queue->sim->lock);
	if (!queue->ready) {
		queue->state = *state;
		ret = 0;
	}
	mutex_unlock(&queue->sim->lock);
	return ret;
}

static int sim_get_vq_state(struct vdpa_device *vdev, u16 idx, struct vdpa_vq_state *state)
{
	struct sim_queue *queue = sim_queue(vdev, idx);

	mutex_lock(&queue->sim->lock);
	*state = sim_queue_state(queue);
	mutex_unlock(&queue->sim->lock);
	return 0;
}

static int sim_set_vq_ready(struct vdpa_device *vdev, u16 idx, bool ready)
{
	struct sim_queue *queue = sim_queue(vdev, idx);
	int ret = 0;

	mutex_lock(&queue->sim->lock);
	if (!ready)
		sim_queue_stop(queue);
	else if (!queue->ready)
		ret = sim_queue_start(queue);
	mutex_unlock(&queue->sim->lock);
	return ret;
}

static bool sim_get_vq_ready(struct vdpa_device *vdev, u16 idx)
{
	struct sim_queue *queue = sim_queue(vdev, idx);
	bool ready;

	mutex_lock(&queue->sim->lock);
	ready = queue->ready;
	mutex_unlock(&queue->sim->lock);
	return ready;
}

/* callbacks run under the lock: with the lock taken, the old one is not running */
static void sim_set_vq_cb(struct vdpa_device *vdev, u16 idx, const struct vdpa_callback *cb)
{
	struct sim_queue *queue = sim_queue(vdev, idx);

	mutex_lock(&queue->sim->lock);
	queue->cb = *cb;
	mutex_unlock(&queue->sim->lock);
}

static void sim_set_config_cb(struct vdpa_device *vdev, const struct vdpa_callback *cb)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim->config_cb = *cb;
	mutex_unlock(&sim->lock);
}

static void sim_kick_vq(struct vdpa_device *vdev, u16 idx)
{
	sim_queue_kick(sim_queue(vdev, idx));
}

static u32 sim_get_vq_group(struct vdpa_device *vdev, u16 idx)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	return sim->type->group ? sim->type->group(sim, idx) : 0;
}

static int sim_get_vq_stats(struct vdpa_device *vdev, u16 idx, struct vdpa_stat *stats, int max)
{
	struct sim_queue *queue = sim_queue(vdev, idx);
	const struct sim_stats *s = &queue->stats;
	int count = 0;

	mutex_lock(&queue->sim->lock);
	stats[count++] = (struct vdpa_stat) { "kicks", s->kicks };
	stats[count++] = (struct vdpa_stat) { "completed_desc", s->chains };
	stats[count++] = (struct vdpa_stat) { "bytes_read", s->bytes_out };
	stats[count++] = (struct vdpa_stat) { "bytes_written", s->bytes_in };
	stats[count++] = (struct vdpa_stat) { "interrupts", s->interrupts };
	stats[count++] = (struct vdpa_stat) { "errors", s->errors };
	stats[count++] = (struct vdpa_stat) { "drops", s->drops };
	mutex_unlock(&queue->sim->lock);
	return count;
}

static int sim_set_driver_features(struct vdpa_device *vdev, u64 features)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	if (~features & SIM_NEEDS)
		return -EINVAL;
	/* a driver without VERSION_1 uses its native byte order; only little-endian is supported */
	if (IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) && !(features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return -EINVAL;
	mutex_lock(&sim->lock);
	sim->features = features;
	mutex_unlock(&sim->lock);
	return 0;
}

static u8 sim_get_status(struct vdpa_device *vdev)
{
	return READ_ONCE(vdev_to_sim(vdev)->status);
}

/* Serve kicks that came while the device did not run */
static void sim_start(struct sim_dev *sim)
{
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++)
		if (sim->queues[i].live)
			kthread_queue_work(sim->worker, &sim->queues[i].work);
	if (sim->type->start)
		sim->type->start(sim);
}

/* A driver without VERSION_1 may leave FEATURES_OK out, which it does not know */
static u8 sim_status_of(const struct sim_dev *sim, u8 status)
{
	if (~sim->features & SIM_NEEDS)
		return status & ~(VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	if (sim_has(sim, VIRTIO_F_VERSION_1) && !(status & VIRTIO_CONFIG_S_FEATURES_OK))
		return status & ~VIRTIO_CONFIG_S_DRIVER_OK;
	return status;
}

static void sim_set_status(struct vdpa_device *vdev, u8 status)
{
	struct sim_dev *sim = vdev_to_sim(vdev);
	bool was_running;

	mutex_lock(&sim->lock);
	was_running = sim_running(sim);
	status = sim_status_of(sim, status);
	/* only a reset clears NEEDS_RESET */
	WRITE_ONCE(sim->status, status | (sim->status & VIRTIO_CONFIG_S_NEEDS_RESET));
	if (!was_running && sim_running(sim))
		sim_start(sim);
	else if (was_running && !sim_running(sim))
		sim_turn_cancel(sim);
	mutex_unlock(&sim->lock);
}

void sim_reset_locked(struct sim_dev *sim)
{
	lockdep_assert_held(&sim->lock);
	sim_turn_cancel(sim);
	WRITE_ONCE(sim->status, 0);
	sim->features = 0;
	sim->config_cb = (struct vdpa_callback) {};
	memset(sim->group_space, 0, sizeof(sim->group_space));
	for (u32 i = 0; i < sim->vdev.info.nvqs; i++) {
		struct sim_queue *queue = &sim->queues[i];

		queue->ready = false;
		queue->live = false;
		queue->num = SIM_VQ_NUM_MAX;
		/* "both wrap counters start with 1" */
		queue->state = (struct vdpa_vq_state) {
			.packed = { .avail_wrap = true, .used_wrap = true },
		};
		queue->address = (struct vdpa_vq_address) {};
		queue->cb = (struct vdpa_callback) {};
		queue->stats = (struct sim_stats) {};
	}
	if (sim->type->reset)
		sim->type->reset(sim);
	sim->suspended = false;
}

static int sim_reset(struct vdpa_device *vdev)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim_reset_locked(sim);
	mutex_unlock(&sim->lock);
	return 0;
}

static int sim_suspend(struct vdpa_device *vdev)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim_turn_cancel(sim);
	sim->suspended = true;
	mutex_unlock(&sim->lock);
	return 0;
}

static int sim_resume(struct vdpa_device *vdev)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim->suspended = false;
	if (sim_running(sim))
		sim_start(sim);
	mutex_unlock(&sim->lock);
	return 0;
}

/* Until the device is deleted, which must not wait for its user */
static void sim_stall(struct sim_dev *sim)
{
	unsigned int ms = min_t(unsigned int, READ_ONCE(stall_ms), SIM_STALL_MS_MAX);

	if (ms)
		wait_event_timeout(sim->stalled, READ_ONCE(sim->fault.leaving),
				   msecs_to_jiffies(ms));
}

static void sim_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf,
			   unsigned int len)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	sim_stall(sim);
	mutex_lock(&sim->lock);
	memcpy(buf, sim->config + offset, len);
	mutex_unlock(&sim->lock);
}

/* No type has a field that a VERSION_1 driver may write; nothing is written before features */
static void sim_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
			   unsigned int len)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	if (sim->type->write_config && sim->features && !sim_has(sim, VIRTIO_F_VERSION_1))
		sim->type->write_config(sim, offset, buf, len);
	mutex_unlock(&sim->lock);
}

static u32 sim_get_generation(struct vdpa_device *vdev)
{
	return READ_ONCE(vdev_to_sim(vdev)->generation);
}

/* The device may be partly set up only */
static void sim_free(struct vdpa_device *vdev)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	/* first, as a NIC's wire queues work to the worker */
	if (sim->config)
		sim->type->destroy(sim);
	if (!IS_ERR_OR_NULL(sim->worker))
		kthread_destroy_worker(sim->worker);
	sim_queues_destroy(sim);
	sim_spaces_destroy(sim);
	if (sim->dma)
		sim_dma_destroy(sim->dma);
	kfree(sim->config);
	mutex_destroy(&sim->lock);
}

const struct vdpa_config_ops sim_config_ops = {
	.set_vq_address = sim_set_vq_address,
	.set_vq_num = sim_set_vq_num,
	.set_vq_state = sim_set_vq_state,
	.get_vq_state = sim_get_vq_state,
	.set_vq_ready = sim_set_vq_ready,
	.get_vq_ready = sim_get_vq_ready,
	.set_vq_cb = sim_set_vq_cb,
	.kick_vq = sim_kick_vq,
	.get_vq_group = sim_get_vq_group,
	.get_vq_stats = sim_get_vq_stats,
	.set_driver_features = sim_set_driver_features,
	.get_status = sim_get_status,
	.set_status = sim_set_status,
	.reset = sim_reset,
	.suspend = sim_suspend,
	.resume = sim_resume,
	.get_config = sim_get_config,
	.set_config = sim_set_config,
	.get_generation = sim_get_generation,
	.set_config_cb = sim_set_config_cb,
	.free = sim_free,
};
