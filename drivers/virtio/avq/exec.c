// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a command get to the device and its answer back to the caller?
 *
 * The fast path takes the queue's lock twice, to submit and to take the answer. It
 * does not allocate, map or sleep. avq.h describes the model.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/kconfig.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/string.h>

#include "avq.h"

static unsigned int admin_poll_us = 100;
module_param(admin_poll_us, uint, 0644);
MODULE_PARM_DESC(admin_poll_us,
		 "poll this many microseconds for the answer to an admin command before sleeping (default 100, at most 1000, 0: once)");

/*
 * A device known to be slow is polled for the whole window once in this many
 * commands: rarely enough not to show in the 99th percentile.
 */
#define VP_AVQ_POLL_AGAIN	256
#define VP_AVQ_POLL_US_MAX	1000

/* Return: jiffies until @deadline, 0 when it has passed */
long vp_avq_jiffies_left(ktime_t deadline)
{
	s64 left = ktime_to_ns(ktime_sub(deadline, ktime_get()));

	return left > 0 ? nsecs_to_jiffies(left) + 1 : 0;
}

static void vp_avq_kick(struct vp_avq *avq, u16 next)
{
	if (avq->notify_data)
		iowrite32((u32)next << 16 | avq->index, avq->doorbell);
	else
		iowrite16(avq->index, avq->doorbell);
}

static void vp_avq_slot_gather(struct vp_avq_slot *slot, const struct vp_avq_cmd *cmd)
{
	void *to = slot->out;

	for (int i = 0; i < VP_AVQ_PIECES; i++) {
		if (!cmd->out[i].len)
			continue;
		memcpy(to, cmd->out[i].buf, cmd->out[i].len);
		to += cmd->out[i].len;
	}
	memset(slot->in, 0, cmd->in_len);
	memset(slot->in, VP_AVQ_POISON, sizeof(__le16));
}

static void vp_avq_slot_scatter(const struct vp_avq_slot *slot, const struct vp_avq_cmd *cmd)
{
	u32 left = min(slot->used_len, cmd->in_len);
	const void *from = slot->in;

	for (int i = 0; i < VP_AVQ_PIECES; i++) {
		u32 n = min(left, cmd->in[i].len);

		if (!cmd->in[i].len)
			continue;
		memcpy(cmd->in[i].buf, from, n);
		if (n < cmd->in[i].len)
			memset(cmd->in[i].buf + n, 0, cmd->in[i].len - n);
		from += n;
		left -= n;
	}
}

static bool vp_avq_submit_locked(struct vp_avq *avq, struct vp_avq_slot *slot,
				 const struct vp_avq_cmd *cmd)
{
	struct vp_ring_request req = {
		.out = { .addr = slot->out_dma, .len = cmd->out_len },
		.in = { .addr = slot->in_dma, .len = cmd->in_len },
	};

	if (slot->xfer)
		vp_avq_xfer_request(slot->xfer, &req);
	else
		vp_avq_slot_gather(slot, cmd);
	slot->submitted = local_clock();
	slot->owners |= VP_AVQ_OWNER_DEVICE;
	avq->pollers++;
	vp_avq_arm_locked(avq);
	vp_ring_add(&avq->ring, slot - avq->slot, &req);
	avq->counts.submitted++;
	if (!avq->ring.ops->kick_needed(&avq->ring))
		return false;
	avq->counts.kicks++;
	if (!avq->notify_data)
		return true;
	/* under the lock: a later command must not be notified before this one */
	vp_avq_kick(avq, avq->ring.ops->next(&avq->ring));
	return false;
}

/*
 * A latency measured by polling replaces a higher average at once. One measured by
 * waiting includes the interrupt, so it only moves the average.
 */
static void vp_avq_learn_locked(struct vp_avq_account *account, u64 latency_ns, bool polled)
{
	u32 sample = min_t(u64, latency_ns, NSEC_PER_SEC);
	u32 old = account->latency_ns;

	if (polled)
		old = min(old, sample);
	WRITE_ONCE(account->latency_ns, old - old / 8 + sample / 8);
}

/* Take the answer if there is one, and give up the slot in any case */
static int vp_avq_finish_locked(struct vp_avq *avq, struct vp_avq_slot *slot,
				struct vp_avq_cmd *cmd, int ret)
{
	bool polled = list_empty(&slot->node);

	if (polled)
		avq->pollers--;
	else
		list_del_init(&slot->node);
	vp_avq_arm_locked(avq);
	if (slot->done) {
		if (!slot->xfer)
			vp_avq_slot_scatter(slot, cmd);
		cmd->answered = true;
		cmd->used_len = slot->used_len;
		/* local_clock() of two CPUs may differ slightly */
		cmd->latency_ns = max_t(s64, slot->answered - slot->submitted, 0);
		vp_avq_learn_locked(slot->account, cmd->latency_ns, polled);
		ret = 0;
	} else if (avq->err) {
		ret = avq->err;
	}
	vp_avq_slot_put_caller_locked(avq, slot);
	vp_avq_leave_locked(avq);
	return ret;
}

static int vp_avq_finish(struct vp_avq *avq, struct vp_avq_slot *slot,
			 struct vp_avq_cmd *cmd, int ret)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	vp_avq_reap_locked(avq);
	ret = vp_avq_finish_locked(avq, slot, cmd, ret);
	spin_unlock_irqrestore(&avq->lock, flags);
	return ret;
}

/*
 * How long to poll? About as long as sleeping and waking up cost, and not at all if
 * the device is known to take longer: polling and then sleeping anyway costs the most.
 * Poll again every VP_AVQ_POLL_AGAIN commands, as the device may have become faster.
 */
static u64 vp_avq_window_ns(struct vp_avq_account *account)
{
	u64 window = min_t(u64, READ_ONCE(admin_poll_us), VP_AVQ_POLL_US_MAX) * NSEC_PER_USEC;

	if (READ_ONCE(account->latency_ns) <= window)
		return window;
	/* racy, and harmless: a count may get lost */
	if (++account->unpolled < VP_AVQ_POLL_AGAIN)
		return 0;
	account->unpolled = 0;
	return window;
}

/* Poll at least once. Return: true when finished, with *@ret set. */
static bool vp_avq_poll(struct vp_avq *avq, struct vp_avq_slot *slot,
			struct vp_avq_cmd *cmd, int *ret)
{
	u64 window = vp_avq_window_ns(cmd->account);
	unsigned long flags;

	do {
		if (READ_ONCE(slot->done)) {
			*ret = vp_avq_finish(avq, slot, cmd, 0);
			return true;
		}
		/* if the trylock fails, the lock's holder finds our answer too */
		if (vp_ring_pending(&avq->ring) && spin_trylock_irqsave(&avq->lock, flags)) {
			bool done;

			vp_avq_reap_locked(avq);
			done = slot->done;
			if (done)
				*ret = vp_avq_finish_locked(avq, slot, cmd, 0);
			spin_unlock_irqrestore(&avq->lock, flags);
			if (done)
				return true;
		}
		cpu_relax();
	} while (local_clock() - slot->submitted < window && !need_resched() &&
		 !READ_ONCE(avq->err));
	return false;
}

static void vp_avq_timeout_arm_locked(struct vp_avq *avq)
{
	avq->timeout_armed = true;
	queue_delayed_work(avq->workqueue, &avq->timeout_work, avq->slice);
}

/* Wake waiters whose deadline has passed. Return: true if any has waited for a full slice. */
static bool vp_avq_wake_expired_locked(struct vp_avq *avq)
{
	u64 now = local_clock(), slice = jiffies_to_nsecs(avq->slice);
	struct vp_avq_slot *slot;
	bool slow = false;

	list_for_each_entry(slot, &avq->waiters, node) {
		if ((s64)(now - slot->submitted) >= (s64)slice)
			slow = true;
		if (vp_avq_jiffies_left(slot->deadline))
			continue;
		WRITE_ONCE(slot->expired, true);
		wake_up(&slot->wait);
	}
	return slow;
}

/* One work for all waiters, so that a waiter needs no timer of its own */
void vp_avq_timeout_work(struct work_struct *work)
{
	struct vp_avq *avq = container_of(to_delayed_work(work), struct vp_avq, timeout_work);
	bool slow;

	spin_lock_irq(&avq->lock);
	slow = vp_avq_wake_expired_locked(avq);
	spin_unlock_irq(&avq->lock);
	if (slow)
		vp_avq_check_device(avq);

	spin_lock_irq(&avq->lock);
	if (!list_empty(&avq->waiters) && !avq->err)
		vp_avq_timeout_arm_locked(avq);
	else
		avq->timeout_armed = false;
	spin_unlock_irq(&avq->lock);
}

static void vp_avq_wait_begin(struct vp_avq *avq, struct vp_avq_slot *slot, ktime_t deadline)
{
	unsigned long flags;

	spin_lock_irqsave(&avq->lock, flags);
	avq->counts.waited++;
	avq->pollers--;
	slot->deadline = deadline;
	list_add_tail(&slot->node, &avq->waiters);
	if (!avq->timeout_armed && !avq->err)
		vp_avq_timeout_arm_locked(avq);
	vp_avq_arm_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
}

static bool vp_avq_is_over(const struct vp_avq *avq, const struct vp_avq_slot *slot)
{
	return READ_ONCE(slot->done) || READ_ONCE(avq->err);
}

/* Return: 0 with an answer or a closed queue, -EINTR or -ETIMEDOUT */
static int vp_avq_block(struct vp_avq *avq, struct vp_avq_slot *slot)
{
	if (wait_event_killable(slot->wait, vp_avq_is_over(avq, slot) || READ_ONCE(slot->expired)))
		return -EINTR;
	return vp_avq_is_over(avq, slot) ? 0 : -ETIMEDOUT;
}

/* On PREEMPT_RT the lock is a sleeping lock, so pollers stay preemptible */
static void vp_avq_preempt_disable(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
}

static void vp_avq_preempt_enable(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
}

static int vp_avq_wait(struct vp_avq *avq, struct vp_avq_slot *slot, struct vp_avq_cmd *cmd)
{
	bool done;
	int ret;

	/*
	 * The interrupt is disabled while somebody polls: a preempted poller would
	 * delay the answers of all others. Polling stops on need_resched().
	 */
	vp_avq_preempt_disable();
	done = vp_avq_poll(avq, slot, cmd, &ret);
	if (!done)
		vp_avq_wait_begin(avq, slot, cmd->deadline);
	vp_avq_preempt_enable();
	if (done)
		return ret;
	ret = vp_avq_block(avq, slot);
	return vp_avq_finish(avq, slot, cmd, ret);
}

/*
 * The device holds too many slots. It may be gone rather than slow, and while nobody
 * waits nobody else checks. Drops the lock meanwhile.
 */
static int vp_avq_recheck_busy_locked(struct vp_avq *avq, const struct vp_avq_cmd *cmd,
				      unsigned long *flags)
{
	avq->users++;
	spin_unlock_irqrestore(&avq->lock, *flags);
	vp_avq_check_device(avq);
	spin_lock_irqsave(&avq->lock, *flags);
	vp_avq_leave_locked(avq);
	return vp_avq_check_locked(avq, cmd);
}

/* Return: positive when granted or failed, 0 at the deadline, negative when killed */
static long vp_avq_wait_granted(struct vp_avq *avq, struct vp_avq_slot_wait *waiter)
{
	long left, ret;

	do {
		left = vp_avq_jiffies_left(waiter->cmd->deadline);
		ret = wait_for_completion_killable_timeout(&waiter->granted,
							   min(left, avq->slice));
		if (ret)
			return ret;
		/* if all slots are orphans, nobody else checks the device */
		vp_avq_check_device(avq);
	} while (left);
	return 0;
}

/*
 * Take a slot for @cmd, waiting for one until the command's deadline. Drops the
 * lock while it waits: the caller checks again whether it may submit.
 */
static struct vp_avq_slot *vp_avq_slot_get_locked(struct vp_avq *avq, struct vp_avq_cmd *cmd,
						  unsigned long *flags)
{
	struct vp_avq_slot_wait waiter = { .cmd = cmd };
	struct vp_avq_slot *slot;
	long left;

	slot = vp_avq_slot_try_locked(avq, cmd);
	if (slot)
		return slot;

	init_completion(&waiter.granted);
	list_add_tail(&waiter.node, &avq->slot_waits);
	vp_avq_grant_locked(avq);

	spin_unlock_irqrestore(&avq->lock, *flags);
	left = vp_avq_wait_granted(avq, &waiter);
	spin_lock_irqsave(&avq->lock, *flags);

	if (waiter.slot)
		return waiter.slot;
	/* this waiter may have blocked those behind it */
	list_del_init(&waiter.node);
	vp_avq_grant_locked(avq);
	if (waiter.err)
		return ERR_PTR(waiter.err);
	return ERR_PTR(left < 0 ? -EINTR : -ETIMEDOUT);
}

static int vp_avq_transfer(struct vp_avq *avq, struct vp_avq_cmd *cmd)
{
	struct vp_avq_slot *slot;
	unsigned long flags;
	bool kick;
	int ret;

	spin_lock_irqsave(&avq->lock, flags);
	/* a late answer makes room, and nobody else may be polling for it */
	if (avq->orphans)
		vp_avq_reap_locked(avq);
	ret = vp_avq_check_locked(avq, cmd);
	if (ret == -EBUSY)
		ret = vp_avq_recheck_busy_locked(avq, cmd, &flags);
	if (ret) {
		spin_unlock_irqrestore(&avq->lock, flags);
		return ret;
	}
	avq->users++;
	slot = vp_avq_slot_get_locked(avq, cmd, &flags);
	if (IS_ERR(slot)) {
		vp_avq_leave_locked(avq);
		spin_unlock_irqrestore(&avq->lock, flags);
		return PTR_ERR(slot);
	}
	ret = vp_avq_check_locked(avq, cmd);
	if (ret) {
		vp_avq_slot_put_caller_locked(avq, slot);
		vp_avq_leave_locked(avq);
		spin_unlock_irqrestore(&avq->lock, flags);
		return ret;
	}
	kick = vp_avq_submit_locked(avq, slot, cmd);
	spin_unlock_irqrestore(&avq->lock, flags);

	if (kick)
		vp_avq_kick(avq, 0);
	return vp_avq_wait(avq, slot, cmd);
}

/* Add up the pieces. Return: 0 or -E2BIG. */
static int vp_avq_measure(struct vp_avq_cmd *cmd)
{
	u64 out_len = 0, in_len = 0;

	for (int i = 0; i < VP_AVQ_PIECES; i++) {
		out_len += cmd->out[i].len;
		in_len += cmd->in[i].len;
	}
	if (out_len > U32_MAX || in_len > U32_MAX)
		return -E2BIG;
	cmd->out_len = out_len;
	cmd->in_len = in_len;
	return 0;
}

/*
 * Have the device execute @cmd, in a slot if it fits, otherwise in an xfer.
 *
 * Context: process, may sleep until cmd->deadline.
 * Return: 0 with cmd->in filled and cmd->used_len set, or -ENODEV (no queue, or
 * device gone), -EIO (reset, or broken by the device), -EBUSY (the device holds
 * all slots of the share), -ETIMEDOUT, -EINTR (fatal signal); for a command too
 * large for a slot also what vp_avq_xfer_create() returns. After an error the
 * command may or may not have been executed.
 */
int vp_avq_exec(struct vp_avq *avq, struct vp_avq_cmd *cmd)
{
	int ret;

	ret = vp_avq_measure(cmd);
	if (ret)
		return ret;
	if (cmd->out_len <= VP_AVQ_OUT_MAX && cmd->in_len <= VP_AVQ_IN_MAX)
		return vp_avq_transfer(avq, cmd);

	cmd->xfer = vp_avq_xfer_create(avq, cmd);
	if (IS_ERR(cmd->xfer))
		return PTR_ERR(cmd->xfer);
	ret = vp_avq_transfer(avq, cmd);
	if (!ret)
		vp_avq_xfer_scatter(cmd->xfer, cmd);
	vp_avq_xfer_put(cmd->xfer);
	return ret;
}
