// SPDX-License-Identifier: GPL-2.0-only
/*
 * When does the admin queue exist, when does it accept commands, and when is its
 * memory freed?
 *
 *	vp_avq_init -> [ vp_avq_alloc -> vp_avq_open -> vp_avq_close ->
 *			 vp_avq_reset_done -> vp_avq_free ] ...
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "avq.h"

static unsigned int admin_slots = 512;
module_param(admin_slots, uint, 0444);
MODULE_PARM_DESC(admin_slots,
		 "maximum number of admin commands in flight per device; each takes 256 bytes and two queue entries (default 512)");

/* period of the timeout work in ms, with and without an interrupt */
#define VP_AVQ_SLICE_MS		10
#define VP_AVQ_SLICE_BLIND_MS	1

/* one slot for the owner and one for a member */
#define VP_AVQ_SLOTS_MIN	2

/*
 * The works that end waits must not be delayed themselves, by a work item that spins
 * on a CPU or by the allocation of a worker: hence a workqueue of our own, shared by
 * all admin queues. workqueue_lock protects workqueue and workqueue_users.
 */
static DEFINE_MUTEX(workqueue_lock);
static struct workqueue_struct *workqueue;
static unsigned int workqueue_users;

static int vp_avq_workqueue_get(struct vp_avq *avq)
{
	mutex_lock(&workqueue_lock);
	if (!workqueue_users)
		workqueue = alloc_workqueue("virtio_pci_admin",
					    WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (workqueue)
		workqueue_users++;
	avq->workqueue = workqueue;
	mutex_unlock(&workqueue_lock);
	return avq->workqueue ? 0 : -ENOMEM;
}

static void vp_avq_workqueue_put(void)
{
	mutex_lock(&workqueue_lock);
	if (!--workqueue_users) {
		destroy_workqueue(workqueue);
		workqueue = NULL;
	}
	mutex_unlock(&workqueue_lock);
}

/* Return: 0 or -ENOMEM */
int vp_avq_init(struct vp_avq *avq, struct device *dev, int (*check_alive)(struct vp_avq *))
{
	spin_lock_init(&avq->lock);
	INIT_LIST_HEAD(&avq->free);
	INIT_LIST_HEAD(&avq->slot_waits);
	INIT_LIST_HEAD(&avq->waiters);
	INIT_LIST_HEAD(&avq->unused_xfers);
	init_waitqueue_head(&avq->idle);
	INIT_WORK(&avq->free_work, vp_avq_free_work);
	INIT_DELAYED_WORK(&avq->timeout_work, vp_avq_timeout_work);
	avq->dev = dev;
	avq->check_alive = check_alive;
	avq->err = -ENODEV;
	return vp_avq_workqueue_get(avq);
}

/* After vp_avq_free(), or if there was never a queue */
void vp_avq_exit(struct vp_avq *avq)
{
	vp_avq_workqueue_put();
}

static void vp_avq_slot_init(struct vp_avq *avq, u16 id)
{
	struct vp_avq_slot *slot = &avq->slot[id];
	size_t offset = id * VP_AVQ_SLOT_SIZE;

	slot->out = avq->slot_mem + offset;
	slot->in = slot->out + VP_AVQ_OUT_MAX;
	slot->out_dma = avq->slot_dma + offset;
	slot->in_dma = slot->out_dma + VP_AVQ_OUT_MAX;
	init_waitqueue_head(&slot->wait);
	list_add_tail(&slot->node, &avq->free);
}

static void vp_avq_free_memory(struct vp_avq *avq, struct vp_ring *ring)
{
	vp_avq_mem_free(avq, ring->slots * VP_AVQ_SLOT_SIZE, avq->slot_mem, avq->slot_dma);
	vp_avq_mem_free(avq, avq->layout.size, avq->ring_mem, avq->ring_dma);
	kvfree(avq->slot);
	kvfree(ring->slot);
	avq->slot_mem = NULL;
	avq->ring_mem = NULL;
	avq->slot = NULL;
	INIT_LIST_HEAD(&avq->free);
}

static int vp_avq_alloc_memory(struct vp_avq *avq, struct vp_ring *ring)
{
	avq->ring_mem = vp_avq_mem_alloc(avq, avq->layout.size, &avq->ring_dma);
	avq->slot_mem = vp_avq_mem_alloc(avq, ring->slots * VP_AVQ_SLOT_SIZE, &avq->slot_dma);
	avq->slot = kvcalloc(ring->slots, sizeof(*avq->slot), GFP_KERNEL);
	ring->slot = kvcalloc(ring->slots, sizeof(*ring->slot), GFP_KERNEL);
	if (avq->ring_mem && avq->slot_mem && avq->slot && ring->slot)
		return 0;
	vp_avq_free_memory(avq, ring);
	return -ENOMEM;
}

/*
 * Allocate the queue's memory. Its addresses for the device are ring_dma and the
 * offsets in avq->layout; the caller sets avq->doorbell. Commands are refused until
 * vp_avq_open().
 */
int vp_avq_alloc(struct vp_avq *avq, const struct vp_avq_params *params)
{
	struct vp_ring ring = {
		.ops = params->packed ? &vp_ring_packed : &vp_ring_split,
		.event_idx = params->event_idx,
	};
	unsigned int slots = clamp_t(unsigned int, admin_slots, VP_AVQ_SLOTS_MIN, U16_MAX);
	int ret;

	ring.slots = min_t(unsigned int, slots, params->num / VP_RING_DESCS_PER_SLOT);
	if (ring.slots < VP_AVQ_SLOTS_MIN) {
		dev_err(avq->dev, "admin queue ignored: %u entries, at least %u needed\n",
			params->num, VP_AVQ_SLOTS_MIN * VP_RING_DESCS_PER_SLOT);
		return -EINVAL;
	}
	/* a split queue's size is a power of two */
	ring.slots = rounddown_pow_of_two(ring.slots);
	ring.num = ring.slots * VP_RING_DESCS_PER_SLOT;
	ring.ops->layout(ring.num, &avq->layout);
	avq->physical = params->physical;
	ret = vp_avq_alloc_memory(avq, &ring);
	if (ret)
		return ret;

	vp_ring_init(&ring, avq->ring_mem);
	for (u16 id = 0; id < ring.slots; id++)
		vp_avq_slot_init(avq, id);
	avq->index = params->index;
	avq->indirect = params->indirect;
	avq->notify_data = params->notify_data;
	avq->slice = msecs_to_jiffies(params->interrupt ? VP_AVQ_SLICE_MS : VP_AVQ_SLICE_BLIND_MS);
	spin_lock_irq(&avq->lock);
	avq->ring = ring;
	avq->broken = false;
	avq->armed = false;
	spin_unlock_irq(&avq->lock);
	return 0;
}

/* The queue has no interrupt after all. Called before vp_avq_open(). */
void vp_avq_without_interrupt(struct vp_avq *avq)
{
	avq->slice = msecs_to_jiffies(VP_AVQ_SLICE_BLIND_MS);
}

/* After vp_avq_close(); the device was reset, or the queue was never enabled */
void vp_avq_free(struct vp_avq *avq)
{
	struct vp_ring ring;

	if (!avq->ring.ops)
		return;
	wait_event(avq->idle, !READ_ONCE(avq->users));
	cancel_delayed_work_sync(&avq->timeout_work);
	avq->timeout_armed = false;
	flush_work(&avq->free_work);
	spin_lock_irq(&avq->lock);
	ring = avq->ring;
	avq->ring.ops = NULL;
	spin_unlock_irq(&avq->lock);
	/* driver bug: no reset was reported. Leak memory that the device may still write to. */
	if (WARN_ON_ONCE(ring.inflight)) {
		avq->ring_mem = NULL;
		avq->slot_mem = NULL;
	}
	vp_avq_free_memory(avq, &ring);
}

/* Return: memory allocated for the queue, in bytes. Caller holds avq->lock. */
size_t vp_avq_bytes(const struct vp_avq *avq)
{
	size_t slot = VP_AVQ_SLOT_SIZE + sizeof(*avq->slot) + sizeof(*avq->ring.slot);

	return avq->ring.ops ? avq->layout.size + avq->ring.slots * slot : 0;
}

/* @members: number of members, without the owner itself */
void vp_avq_share(struct vp_avq *avq, unsigned int members)
{
	unsigned long flags;
	bool scarce;

	spin_lock_irqsave(&avq->lock, flags);
	/* the owner has a share too, and each share includes VP_AVQ_CAP_BULK */
	avq->cap = clamp_t(int, avq->ring.slots / (members + 1) - VP_AVQ_CAP_BULK, 1,
			   VP_AVQ_CAP_MAX);
	scarce = (avq->cap + VP_AVQ_CAP_BULK) * (members + 1) > avq->ring.slots;
	vp_avq_grant_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
	if (avq->ring.ops && scarce)
		dev_info_once(avq->dev,
			      "admin queue: %u slots for %u VFs: a VF that does not answer may block others\n",
			      avq->ring.slots, members);
}

void vp_avq_open(struct vp_avq *avq, unsigned int members)
{
	unsigned long flags;

	vp_avq_share(avq, members);
	spin_lock_irqsave(&avq->lock, flags);
	if (avq->ring.ops && !avq->broken)
		WRITE_ONCE(avq->err, 0);
	spin_unlock_irqrestore(&avq->lock, flags);
}

/* No command prepared before this call is submitted after it */
void vp_avq_reset_begin(struct vp_avq *avq)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	WRITE_ONCE(avq->reset_gen, avq->reset_gen + 1);
	vp_avq_grant_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
}

/* Take back the slots that the device still owned */
void vp_avq_reset_done(struct vp_avq *avq)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	for (u16 id = 0; avq->ring.ops && id < avq->ring.slots; id++)
		if (vp_ring_reclaim(&avq->ring, id))
			vp_avq_slot_put_device_locked(avq, &avq->slot[id]);
	spin_unlock_irqrestore(&avq->lock, flags);
}

void vp_avq_gate_open(struct vp_avq *avq, struct vp_avq_gate *gate)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	gate->open = true;
	WRITE_ONCE(gate->opened, gate->opened + 1);
	spin_unlock_irqrestore(&avq->lock, flags);
}

/* No command of the gate is submitted after this call */
void vp_avq_gate_close(struct vp_avq *avq, struct vp_avq_gate *gate)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	gate->open = false;
	vp_avq_grant_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
}

/* Return: true if the device holds none of the gate's commands any more */
bool vp_avq_gate_drain(struct vp_avq *avq, struct vp_avq_gate *gate, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	do {
		vp_avq_check_device(avq);
		if (wait_event_timeout(avq->idle, !READ_ONCE(gate->held) || READ_ONCE(avq->err),
				       avq->slice))
			break;
	} while (time_before(jiffies, end));
	return !READ_ONCE(gate->held);
}
