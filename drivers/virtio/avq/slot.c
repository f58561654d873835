// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds which slot of the admin queue, and who gets the next one?
 *
 * Everything here runs under vp_avq::lock. avq.h describes the model.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include "avq.h"

enum vp_avq_verdict {
	VP_AVQ_GRANT,
	VP_AVQ_WAIT,		/* this command waits, others may pass */
	VP_AVQ_WAIT_ALL,
};

static unsigned int vp_avq_cap(const struct vp_avq *avq, const struct vp_avq_account *account)
{
	return account->bulk ? VP_AVQ_CAP_BULK : avq->cap;
}

/* May this command be submitted at all? */
int vp_avq_check_locked(struct vp_avq *avq, const struct vp_avq_cmd *cmd)
{
	lockdep_assert_held(&avq->lock);
	if (avq->err)
		return avq->broken ? -EIO : -ENODEV;
	if (cmd->reset_gen != avq->reset_gen || !cmd->gate->open)
		return -ENODEV;
	/* callers of orphans have already waited for them: do not wait again */
	if (cmd->account->orphans >= vp_avq_cap(avq, cmd->account) ||
	    (cmd->exclusive && avq->orphans))
		return -EBUSY;
	return 0;
}

static enum vp_avq_verdict vp_avq_admit_locked(const struct vp_avq *avq,
					       const struct vp_avq_cmd *cmd)
{
	if (avq->exclusive || list_empty(&avq->free))
		return VP_AVQ_WAIT_ALL;
	if (cmd->exclusive)
		return avq->held ? VP_AVQ_WAIT_ALL : VP_AVQ_GRANT;
	return cmd->account->held >= vp_avq_cap(avq, cmd->account) ? VP_AVQ_WAIT : VP_AVQ_GRANT;
}

static struct vp_avq_slot *vp_avq_slot_take_locked(struct vp_avq *avq,
						   const struct vp_avq_cmd *cmd)
{
	struct vp_avq_slot *slot;

	/* the slot returned last: its memory is cache hot */
	slot = list_first_entry(&avq->free, struct vp_avq_slot, node);
	list_del_init(&slot->node);
	slot->account = cmd->account;
	slot->gate = cmd->gate;
	slot->xfer = cmd->xfer ? vp_avq_xfer_get(cmd->xfer) : NULL;
	slot->owners = VP_AVQ_OWNER_CALLER;
	slot->done = false;
	slot->expired = false;
	slot->account->held++;
	slot->gate->held++;
	avq->held++;
	if (cmd->exclusive)
		avq->exclusive = slot;
	return slot;
}

/* Return: a slot for @cmd, or NULL if it has to wait, behind those that wait already */
struct vp_avq_slot *vp_avq_slot_try_locked(struct vp_avq *avq, const struct vp_avq_cmd *cmd)
{
	lockdep_assert_held(&avq->lock);
	if (!list_empty(&avq->slot_waits) || vp_avq_admit_locked(avq, cmd) != VP_AVQ_GRANT)
		return NULL;
	return vp_avq_slot_take_locked(avq, cmd);
}

static void vp_avq_slot_free_locked(struct vp_avq *avq, struct vp_avq_slot *slot)
{
	if (slot->xfer)
		vp_avq_xfer_put_locked(slot->xfer);
	slot->xfer = NULL;
	slot->account->held--;
	if (!--slot->gate->held)
		vp_avq_wake_idle_locked(avq);
	avq->held--;
	list_add(&slot->node, &avq->free);
	if (!list_empty(&avq->slot_waits))
		vp_avq_grant_locked(avq);
}

/*
 * Grant slots in order of arrival, and fail waiters that can get none any more.
 * Called whenever either may have changed.
 */
void vp_avq_grant_locked(struct vp_avq *avq)
{
	struct vp_avq_slot_wait *waiter, *next;
	bool full = false;

	lockdep_assert_held(&avq->lock);
	list_for_each_entry_safe(waiter, next, &avq->slot_waits, node) {
		waiter->err = vp_avq_check_locked(avq, waiter->cmd);
		if (!waiter->err) {
			enum vp_avq_verdict verdict = vp_avq_admit_locked(avq, waiter->cmd);

			full = full || verdict == VP_AVQ_WAIT_ALL;
			if (full || verdict == VP_AVQ_WAIT)
				continue;
			waiter->slot = vp_avq_slot_take_locked(avq, waiter->cmd);
		}
		list_del_init(&waiter->node);
		complete(&waiter->granted);
	}
}

/* The caller is done with the slot; if the device is not, it becomes an orphan */
void vp_avq_slot_put_caller_locked(struct vp_avq *avq, struct vp_avq_slot *slot)
{
	lockdep_assert_held(&avq->lock);
	slot->owners &= ~VP_AVQ_OWNER_CALLER;
	if (avq->exclusive == slot)
		avq->exclusive = NULL;
	if (!slot->owners) {
		vp_avq_slot_free_locked(avq, slot);
		return;
	}
	slot->account->orphans++;
	avq->orphans++;
	avq->counts.orphaned++;
	/* an exclusive command that waits for this slot now fails */
	vp_avq_grant_locked(avq);
}

/* The device returned the slot, or was reset */
void vp_avq_slot_put_device_locked(struct vp_avq *avq, struct vp_avq_slot *slot)
{
	lockdep_assert_held(&avq->lock);
	slot->owners &= ~VP_AVQ_OWNER_DEVICE;
	if (slot->owners)
		return;
	slot->account->orphans--;
	avq->orphans--;
	vp_avq_slot_free_locked(avq, slot);
}
