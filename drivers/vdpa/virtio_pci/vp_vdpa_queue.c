// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are queues set up, started, stopped and notified?
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "vp_vdpa.h"

#define VPV_RING_RESET_MS	10000

static struct vpv_queue *vpv_queue(struct vdpa_device *vdev, u16 idx)
{
	return &vdev_to_vpv(vdev)->queues[idx];
}

static bool vpv_running(const struct vpv_device *vp)
{
	lockdep_assert_held(&vp->lock);
	return vp->status & VIRTIO_CONFIG_S_DRIVER_OK;
}

/* --- what the function has --- */

/*
 * The page of a doorbell can be given to a process if nothing else is in it: another
 * queue's doorbell, or registers that happen to follow.
 */
static resource_size_t vpv_doorbell_page(struct vpv_device *vp, u64 offset)
{
	const struct vp_regs *regs = &vp->func->regs;
	const struct vp_region *region = &regs->caps.region[VP_REGION_NOTIFY];
	resource_size_t at = pci_resource_start(vp->func->pdev, region->bar);

	at += region->offset + offset;
	if (!(pci_resource_flags(vp->func->pdev, region->bar) & IORESOURCE_MEM) ||
	    regs->caps.notify_multiplier < PAGE_SIZE || !PAGE_ALIGNED(at) ||
	    region->length - offset < PAGE_SIZE)
		return 0;
	return at;
}

static void vpv_doorbells_compare(struct vpv_device *vp)
{
	for (u32 i = 0; i < vp->vdev.info.nvqs; i++) {
		struct vpv_queue *queue = &vp->queues[i];

		for (u32 j = 0; j < i; j++) {
			if (!queue->doorbell || queue->doorbell != vp->queues[j].doorbell)
				continue;
			queue->page = 0;
			vp->queues[j].page = 0;
		}
	}
}

static int vpv_queue_find(struct vpv_device *vp, u16 index)
{
	struct vpv_queue *queue = &vp->queues[index];
	u64 offset;
	int ret;

	queue->index = vpv_net_index(vp, index);
	queue->num_max = vp_regs_queue_max(&vp->func->regs, queue->index);
	queue->page = 0;
	queue->doorbell = NULL;
	if (!queue->num_max)
		return 0;
	ret = vp_regs_queue_notify(&vp->func->regs, queue->index, 2, &offset);
	if (ret) {
		queue->num_max = 0;
		return ret;
	}
	queue->doorbell = vp->func->regs.notify_area + offset;
	/* a process writes the index that it knows */
	if (queue->index == index)
		queue->page = vpv_doorbell_page(vp, offset);
	return 0;
}

/*
 * Find out about the queues that the function has with the features accepted last: a NIC
 * without MQ has its control queue elsewhere, and few others. None is enabled.
 */
int vpv_queues_find(struct vpv_device *vp)
{
	int ret = 0;

	lockdep_assert_held(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs && !ret; i++) {
		vpv_queue_place(vp, i);
		ret = vpv_queue_find(vp, i);
	}
	vpv_doorbells_compare(vp);
	return ret;
}

static u16 vpv_queues_most(const struct vpv_device *vp)
{
	u16 most = 0;

	for (u32 i = 0; i < vp->vdev.info.nvqs; i++)
		most = max(most, vp->queues[i].num_max);
	return most;
}

/* Features are accepted. vpv_queues_destroy() cleans up, also after an error. */
int vpv_queues_create(struct vpv_device *vp)
{
	struct vdpa_info *info = &vp->vdev.info;
	int ret;

	vp->queues = kvcalloc(info->nvqs, sizeof(*vp->queues), GFP_KERNEL);
	if (!vp->queues)
		return -ENOMEM;
	for (u32 i = 0; i < info->nvqs; i++) {
		vpv_callback_init(&vp->queues[i].callback);
		if (!zalloc_cpumask_var(&vp->queues[i].affinity, GFP_KERNEL))
			return -ENOMEM;
	}
	mutex_lock(&vp->lock);
	ret = vpv_queues_find(vp);
	info->vq_num_max = vpv_queues_most(vp);
	mutex_unlock(&vp->lock);
	return ret;
}

void vpv_queues_destroy(struct vpv_device *vp)
{
	for (u32 i = 0; vp->queues && i < vp->vdev.info.nvqs; i++)
		free_cpumask_var(vp->queues[i].affinity);
	kvfree(vp->queues);
}

u16 vpv_get_vq_size(struct vdpa_device *vdev, u16 idx)
{
	return vpv_queue(vdev, idx)->num_max;
}

struct vdpa_notification_area vpv_get_vq_notification(struct vdpa_device *vdev, u16 idx)
{
	resource_size_t page = vpv_queue(vdev, idx)->page;

	return (struct vdpa_notification_area) { .addr = page, .size = page ? PAGE_SIZE : 0 };
}

/* --- notifications --- */

static void vpv_notify(struct vpv_queue *queue)
{
	iowrite16(queue->index, queue->doorbell);
}

/**
 * vpv_kick_vq() - vdpa_config_ops::kick_vq: notify the function of available buffers
 * @vdev: the device
 * @idx: of the queue
 *
 * "The driver MUST NOT send any buffer available notifications to the device before
 * setting DRIVER_OK": a kick that comes earlier is remembered.
 *
 * Context: any.
 */
void vpv_kick_vq(struct vdpa_device *vdev, u16 idx)
{
	struct vpv_queue *queue = vpv_queue(vdev, idx);

	queue->kicks++;
	if (likely(READ_ONCE(queue->live))) {
		vpv_notify(queue);
		return;
	}
	WRITE_ONCE(queue->kicked, true);
	/* pairs with vpv_queue_live(): one of the two sees what the other has written */
	smp_mb();
	if (READ_ONCE(queue->live))
		vpv_notify(queue);
}

/* If the queue goes on in a ring, the driver may have kicked the device before this one */
static void vpv_queue_live(struct vpv_device *vp, u16 idx)
{
	struct vpv_queue *queue = &vp->queues[idx];

	WRITE_ONCE(queue->live, true);
	/* pairs with vpv_kick_vq() */
	smp_mb();
	if (xchg(&queue->kicked, false) || vpv_queue_moved(vp, idx))
		vpv_notify(queue);
}

/* --- setting up --- */

int vpv_set_vq_address(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_address *address)
{
	struct vpv_queue *queue = vpv_queue(vdev, idx);
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int ret;

	mutex_lock(&vp->lock);
	ret = vpv_queue_change(vp, idx);
	if (!ret)
		queue->address = *address;
	mutex_unlock(&vp->lock);
	return ret;
}

int vpv_set_vq_num(struct vdpa_device *vdev, u16 idx, u32 num)
{
	struct vpv_queue *queue = vpv_queue(vdev, idx);
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int ret;

	if (!num || num > queue->num_max)
		return -EINVAL;
	mutex_lock(&vp->lock);
	ret = vpv_queue_change(vp, idx);
	if (!ret && !is_power_of_2(num) && !vpv_has(vp, VIRTIO_F_RING_PACKED))
		ret = -EINVAL;
	if (!ret)
		queue->num = num;
	mutex_unlock(&vp->lock);
	return ret;
}

/* --- starting and stopping --- */

/**
 * vpv_queue_enable() - write a queue to the function's registers, and enable it
 * @vp: the device
 * @idx: of the queue, which is not enabled
 *
 * Context: process, under vpv_device::lock.
 * Return: 0; -EIO if the device is dead; -EINVAL, logged, if the function has no such queue with
 * the features that were accepted last; -EBUSY, logged, if it refused the vector.
 */
int vpv_queue_enable(struct vpv_device *vp, u16 idx)
{
	struct vpv_queue *queue = &vp->queues[idx];
	const struct vp_regs *regs = &vp->func->regs;
	struct vp_areas areas = {
		queue->address.desc, queue->address.driver, queue->address.device,
	};
	u16 vector;

	lockdep_assert_held(&vp->lock);
	if (READ_ONCE(vp->dead))
		return -EIO;
	/* it was made ready, or given a size, before the features were accepted */
	if (!queue->num_max || queue->num > queue->num_max) {
		dev_notice_ratelimited(&vp->vdev.dev, "queue %u with %u entries not started: with these features it has %u\n",
				       idx, queue->num, queue->num_max);
		return -EINVAL;
	}
	vp_regs_queue_place(regs, queue->index, queue->num ?: queue->num_max, &areas);
	vector = vp_regs_queue_vector(regs, queue->index, queue->vector);
	if (vector != queue->vector) {
		dev_err(&vp->vdev.dev, "queue %u: device refused MSI-X vector %u, reads 0x%x\n",
			idx, queue->vector, vector);
		return -EBUSY;
	}
	vp_regs_queue_enable(regs, queue->index);
	queue->enabled = true;
	return 0;
}
EXPORT_SYMBOL_GPL(vpv_queue_enable);

static int vpv_queue_enable_at(struct vpv_device *vp, u16 idx, bool moved)
{
	int ret = vp->places ? vp->places->place(vp, idx, moved) : 0;

	return ret ?: vpv_queue_enable(vp, idx);
}

/* Return: true if one of those that are ready has to start at a non-zero index */
bool vpv_queues_moved(struct vpv_device *vp)
{
	bool moved = false;

	mutex_lock(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs; i++)
		moved |= vp->queues[i].ready && vpv_queue_moved(vp, i);
	mutex_unlock(&vp->lock);
	return moved;
}

/* All queues that are ready, before DRIVER_OK */
int vpv_queues_start(struct vpv_device *vp, bool moved)
{
	int ret = 0;

	for (u32 i = 0; i < vp->vdev.info.nvqs && !ret; i++)
		if (vp->queues[i].ready && !vp->queues[i].enabled)
			ret = vpv_queue_enable_at(vp, i, moved);
	return ret;
}

/* After DRIVER_OK, and when it is resumed */
void vpv_queues_live(struct vpv_device *vp)
{
	lockdep_assert_held(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs; i++)
		if (vp->queues[i].enabled)
			vpv_queue_live(vp, i);
}

/*
 * Kicks are remembered until the queues are live again. Each queue counts as kicked: the
 * notification of a process that has mapped the doorbell would be lost.
 */
void vpv_queues_pause(struct vpv_device *vp)
{
	lockdep_assert_held(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs; i++) {
		if (!vp->queues[i].enabled)
			continue;
		WRITE_ONCE(vp->queues[i].live, false);
		WRITE_ONCE(vp->queues[i].kicked, true);
	}
}

/* The queue accesses nothing when it returns 0. The lock is not held while it is waited for. */
static int vpv_ring_reset(struct vpv_device *vp, u16 idx)
{
	unsigned long start = jiffies;
	bool done, late;

	mutex_lock(&vp->lock);
	vp_regs_queue_reset(&vp->func->regs, vp->queues[idx].index);
	mutex_unlock(&vp->lock);
	for (;;) {
		late = time_after(jiffies, start + msecs_to_jiffies(VPV_RING_RESET_MS)) ||
		       READ_ONCE(vp->leaving) || READ_ONCE(vp->dead) || vpv_gone(vp);
		mutex_lock(&vp->lock);
		done = vp_regs_queue_is_reset(&vp->func->regs, vp->queues[idx].index);
		mutex_unlock(&vp->lock);
		if (done)
			return 0;
		if (late)
			break;
		usleep_range(200, 1000);
	}
	dev_err_ratelimited(&vp->vdev.dev, "queue %u: not reset after %u ms: bus mastering disabled\n",
			    idx, jiffies_to_msecs(jiffies - start));
	vpv_lost(vp);
	return -EIO;
}

static int vpv_queue_stop(struct vpv_device *vp, u16 idx)
{
	struct vpv_queue *queue = &vp->queues[idx];
	int ret;

	/* bus mastering is disabled: it accesses nothing */
	if (!queue->enabled || READ_ONCE(vp->dead))
		return 0;
	if (!vpv_has(vp, VIRTIO_F_RING_RESET))
		return -EOPNOTSUPP;
	WRITE_ONCE(queue->live, false);
	ret = vpv_ring_reset(vp, idx);
	if (!ret)
		queue->enabled = false;
	return ret;
}

/* Return: 0 if the queue is ready, and enabled if the device runs */
static int vpv_queue_ready(struct vpv_device *vp, u16 idx, bool moved)
{
	struct vpv_queue *queue = &vp->queues[idx];
	int ret = 0;

	mutex_lock(&vp->lock);
	if (!queue->num_max)
		ret = -ENOENT;
	else if (vpv_running(vp) && !queue->enabled)
		ret = vp->suspended ? -EBUSY : vpv_queue_enable_at(vp, idx, moved);
	if (!ret)
		queue->ready = true;
	mutex_unlock(&vp->lock);
	return ret;
}

static void vpv_queue_go(struct vpv_device *vp, u16 idx)
{
	mutex_lock(&vp->lock);
	if (vpv_running(vp) && !vp->suspended && vp->queues[idx].enabled)
		vpv_queue_live(vp, idx);
	mutex_unlock(&vp->lock);
}

/* Return: true if a running device has to start this queue at a non-zero index */
static bool vpv_queue_moves(struct vpv_device *vp, u16 idx)
{
	bool moved;

	mutex_lock(&vp->lock);
	moved = vpv_running(vp) && !vp->suspended && !vp->queues[idx].enabled &&
		vpv_queue_moved(vp, idx);
	mutex_unlock(&vp->lock);
	return moved;
}

static int vpv_queue_start(struct vpv_device *vp, u16 idx)
{
	int ret, ended;
	bool moved;

	mutex_lock(&vp->steps);
	moved = vpv_queue_moves(vp, idx);
	ret = moved ? vp->places->begin(vp, true) : 0;
	if (!ret) {
		ret = vpv_queue_ready(vp, idx, moved);
		/* after an error too, to undo begin */
		ended = moved ? vp->places->commit(vp) : 0;
		ret = ret ?: ended;
	}
	if (!ret)
		vpv_queue_go(vp, idx);
	mutex_unlock(&vp->steps);
	return ret;
}

int vpv_set_vq_ready(struct vdpa_device *vdev, u16 idx, bool ready)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int ret;

	if (ready)
		return vpv_queue_start(vp, idx);
	ret = vpv_queue_stop(vp, idx);
	if (ret)
		return ret;
	mutex_lock(&vp->lock);
	vpv_queue(vdev, idx)->ready = false;
	mutex_unlock(&vp->lock);
	return 0;
}

bool vpv_get_vq_ready(struct vdpa_device *vdev, u16 idx)
{
	return READ_ONCE(vpv_queue(vdev, idx)->ready);
}

/* The function was reset, or is dead */
void vpv_queues_forget(struct vpv_device *vp)
{
	lockdep_assert_held(&vp->lock);
	for (u32 i = 0; i < vp->vdev.info.nvqs; i++) {
		struct vpv_queue *queue = &vp->queues[i];

		WRITE_ONCE(queue->live, false);
		WRITE_ONCE(queue->kicked, false);
		queue->enabled = false;
		WRITE_ONCE(queue->ready, false);
		queue->num = 0;
		queue->place = (struct vpv_place) {};
		queue->address = (struct vdpa_vq_address) {};
		vpv_callback_set(&queue->callback, &(struct vdpa_callback) {});
	}
}

/* --- statistics --- */

int vpv_get_vq_stats(struct vdpa_device *vdev, u16 idx, struct vdpa_stat *stats, int max)
{
	struct vpv_queue *queue = vpv_queue(vdev, idx);
	int count = 0;

	/* those of a process that has mapped the doorbell are not counted */
	stats[count++] = (struct vdpa_stat) { "kicks", READ_ONCE(queue->kicks) };
	stats[count++] = (struct vdpa_stat) { "interrupts", READ_ONCE(queue->callback.interrupts) };
	return count;
}
