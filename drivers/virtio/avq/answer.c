// SPDX-License-Identifier: GPL-2.0-only
/*
 * How do answers reach their callers, and what ends the waits if there will be none?
 *
 * A poller reaps everybody's answers; the interrupt is enabled while nobody polls. A
 * device that breaks the ring, or was found dead, closes the queue.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/sched/clock.h>

#include "avq.h"

static void vp_avq_answer_locked(struct vp_avq *avq, struct vp_avq_slot *slot, u32 len)
{
	if (!(slot->owners & VP_AVQ_OWNER_CALLER)) {
		avq->counts.late++;
		vp_avq_slot_put_device_locked(avq, slot);
		return;
	}
	slot->used_len = len;
	slot->answered = local_clock();
	vp_avq_slot_put_device_locked(avq, slot);
	WRITE_ONCE(slot->done, true);
	/* a poller that becomes a waiter takes the lock first, and then sees done */
	if (!list_empty(&slot->node))
		wake_up(&slot->wait);
}

static void vp_avq_close_locked(struct vp_avq *avq, int err)
{
	lockdep_assert_held(&avq->lock);
	if (avq->err)
		return;
	WRITE_ONCE(avq->err, err);
	vp_avq_grant_locked(avq);
	for (u16 id = 0; id < avq->ring.slots; id++)
		if (avq->slot[id].owners & VP_AVQ_OWNER_CALLER)
			wake_up(&avq->slot[id].wait);
}

/* Refuse new commands; those in flight return @err */
void vp_avq_close(struct vp_avq *avq, int err)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	vp_avq_close_locked(avq, err);
	spin_unlock_irqrestore(&avq->lock, flags);
}

static void vp_avq_break_locked(struct vp_avq *avq)
{
	dev_err_ratelimited(avq->dev, "admin queue broken: %s, unusable until the device is reset\n",
			    avq->ring.fault);
	avq->broken = true;
	vp_avq_close_locked(avq, -EIO);
}

/*
 * Pass every answer to its caller. Nothing is submitted meanwhile, so this ends after
 * at most as many answers as there are slots: it stops after a pass that found none,
 * even if the ring claims that one is pending.
 */
void vp_avq_reap_locked(struct vp_avq *avq)
{
	struct vp_ring *ring = &avq->ring;
	bool found;
	u16 id;
	u32 len;
	int ret;

	lockdep_assert_held(&avq->lock);
	/* once closed, answers wait for the reset */
	if (avq->err)
		return;
	do {
		found = false;
		while ((ret = vp_ring_get(ring, &id, &len)) > 0) {
			vp_avq_answer_locked(avq, &avq->slot[id], len);
			found = true;
		}
		if (ret < 0) {
			vp_avq_break_locked(avq);
			return;
		}
		if (!avq->armed || !found)
			return;
		/* an event index requests a single interrupt: request the next one */
		ring->ops->irq_on(ring);
	} while (vp_ring_pending(ring));
}

/*
 * Enable the interrupt only while it is needed: a poller finds the answers of all
 * waiters before an interrupt would.
 */
void vp_avq_arm_locked(struct vp_avq *avq)
{
	bool useful = !list_empty(&avq->waiters) && !avq->pollers;

	if (avq->err || avq->armed == useful)
		return;
	avq->armed = useful;
	if (!useful) {
		avq->ring.ops->irq_off(&avq->ring);
		return;
	}
	avq->ring.ops->irq_on(&avq->ring);
	/* answers that came before it was enabled raise none */
	vp_avq_reap_locked(avq);
}

void vp_avq_reap(struct vp_avq *avq)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	vp_avq_reap_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
}

/*
 * Called from time to time while somebody waits: interrupts get lost, and a device
 * that was removed raises none. The caller is counted in avq->users, or is the transport.
 */
void vp_avq_check_device(struct vp_avq *avq)
{
	int err;

	vp_avq_reap(avq);
	/* already closed, perhaps by a reset in progress */
	if (READ_ONCE(avq->err))
		return;
	err = avq->check_alive(avq);
	if (err)
		vp_avq_close(avq, err);
}

/* Return: true if there is a queue, so that the interrupt may be its */
bool vp_avq_interrupt(struct vp_avq *avq)
{
	unsigned long flags;
	bool present;

	spin_lock_irqsave(&avq->lock, flags);
	present = avq->ring.ops;
	avq->counts.interrupts++;
	vp_avq_reap_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
	return present;
}
