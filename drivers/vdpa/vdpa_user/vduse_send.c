// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long does the sender of a message wait for the daemon, and the driver for its requests?
 *
 * A sender waits until the first of: the answer; the message time-out; without a daemon, the
 * end of the grace time since the node was closed; in a removal, one second. A daemon that
 * let a message time out is hung: messages fail at once, until it answers a reset or another
 * daemon opens the node. So an operation of many messages times out once.
 *
 * The driver's requests wait for the grace time, which starts when the node is closed or a
 * message times out. Until then another daemon can continue with them. After that a running
 * device is dead: its status has NEEDS_RESET, the driver is notified, and no daemon finds
 * a ready queue.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <uapi/linux/virtio_config.h>

#include "vduse.h"

/* A condition that limits a wait changed: senders compute their limit again */
static void vduse_rules_changed(struct vduse_dev *dev)
{
	lockdep_assert_held(&dev->msg_lock);
	dev->rules++;
	wake_up_all(&dev->senders);
}

static unsigned long vduse_later(unsigned long a, unsigned long b)
{
	return time_before(a, b) ? b : a;
}

static unsigned long vduse_seconds(u32 s)
{
	return min_t(u64, (u64)s * HZ, MAX_JIFFY_OFFSET);
}

/* Start the grace time */
static void vduse_alone(struct vduse_dev *dev)
{
	lockdep_assert_held(&dev->msg_lock);
	dev->alone_since = jiffies;
	mod_delayed_work(system_wq, &dev->grace_work, vduse_seconds(READ_ONCE(dev->grace_s)));
}

void vduse_connected(struct vduse_dev *dev, bool connected)
{
	spin_lock(&dev->msg_lock);
	dev->answers = connected;
	dev->hung = false;
	if (!connected) {
		vduse_msgs_requeue(&dev->msgs);
		vduse_alone(dev);
	}
	vduse_rules_changed(dev);
	spin_unlock(&dev->msg_lock);
}

/* The next daemon finds no ready queue, the driver finds NEEDS_RESET */
static void vduse_stop_all(struct vduse_dev *dev)
{
	lockdep_assert_held(&dev->msg_lock);
	for (u32 i = 0; i < dev->nvqs; i++)
		vduse_set_ready(&dev->queues[i], false);
	spin_lock_irq(&dev->state_lock);
	WRITE_ONCE(dev->status, dev->status | VIRTIO_CONFIG_S_NEEDS_RESET);
	spin_unlock_irq(&dev->state_lock);
}

/* @anyway: even if the daemon answers. Return: the device was not dead before, and is now */
static bool vduse_die(struct vduse_dev *dev, bool anyway)
{
	bool died;

	spin_lock(&dev->msg_lock);
	died = (!dev->answers || dev->hung || anyway) && !dev->dead &&
	       READ_ONCE(dev->status) & VIRTIO_CONFIG_S_DRIVER_OK;
	if (died) {
		dev->dead = true;
		vduse_msgs_fail(&dev->msgs);
		vduse_rules_changed(dev);
		vduse_stop_all(dev);
	}
	spin_unlock(&dev->msg_lock);
	return died;
}

static void vduse_tell_dead(struct vduse_dev *dev)
{
	dev_warn(&dev->dev, "no daemon serves the device: requests fail, needs reset\n");
	mutex_lock(&dev->lock);
	if (dev->vdpa)
		vdpa_device_broken(&dev->vdpa->vdev);
	mutex_unlock(&dev->lock);
	vduse_config_call(dev);
}

static void vduse_grace_over(struct work_struct *work)
{
	struct vduse_dev *dev = container_of(work, struct vduse_dev, grace_work.work);

	if (vduse_die(dev, false))
		vduse_tell_dead(dev);
}

void vduse_abandon(struct vduse_dev *dev)
{
	if (vduse_die(dev, true))
		vduse_tell_dead(dev);
}

void vduse_send_init(struct vduse_dev *dev)
{
	spin_lock_init(&dev->msg_lock);
	init_waitqueue_head(&dev->readers);
	init_waitqueue_head(&dev->senders);
	INIT_DELAYED_WORK(&dev->grace_work, vduse_grace_over);
	dev->alone_since = jiffies;
}

void vduse_send_exit(struct vduse_dev *dev)
{
	cancel_delayed_work_sync(&dev->grace_work);
}

void vduse_set_leaving(struct vduse_dev *dev, bool leaving)
{
	spin_lock(&dev->msg_lock);
	dev->leaving = leaving;
	dev->leaving_since = jiffies;
	vduse_rules_changed(dev);
	spin_unlock(&dev->msg_lock);
}

bool vduse_hung(struct vduse_dev *dev)
{
	return READ_ONCE(dev->hung);
}

bool vduse_unresponsive(struct vduse_dev *dev)
{
	bool ret;

	spin_lock(&dev->msg_lock);
	ret = !dev->answers || dev->hung;
	spin_unlock(&dev->msg_lock);
	return ret;
}

/* The earlier of two times; @a may be 0 for none */
static unsigned long vduse_earlier(unsigned long a, unsigned long b)
{
	return !a || time_before(b, a) ? b ?: 1 : a;
}

/* Return: jiffies left to wait for a message that was sent at @sent, or 0 */
static unsigned long vduse_time_left(struct vduse_dev *dev, unsigned long sent, bool reset)
{
	u32 timeout_s = READ_ONCE(dev->msg_timeout_s);
	unsigned long end = 0;

	lockdep_assert_held(&dev->msg_lock);
	if (reset && !timeout_s)
		timeout_s = VDUSE_MSG_TIMEOUT_S;
	if (timeout_s)
		end = vduse_earlier(end, sent + vduse_seconds(timeout_s));
	if (!dev->answers)
		end = vduse_earlier(end, dev->alone_since + vduse_seconds(READ_ONCE(dev->grace_s)));
	if (dev->leaving)
		end = vduse_earlier(end, vduse_later(sent, dev->leaving_since) +
				    msecs_to_jiffies(VDUSE_LEAVE_MS));
	if (reset && dev->hung)
		end = vduse_earlier(end, sent + msecs_to_jiffies(VDUSE_HUNG_RESET_MS));
	if (!end)
		return MAX_SCHEDULE_TIMEOUT;
	return time_after(end, jiffies) ? end - jiffies : 0;
}

static bool vduse_wait_over(struct vduse_dev *dev, struct vduse_msg *msg, unsigned int rules)
{
	bool over;

	spin_lock(&dev->msg_lock);
	over = vduse_msg_ended(msg) || dev->rules != rules;
	spin_unlock(&dev->msg_lock);
	return over;
}

/* No signal ends the wait for a reset: memory of the queues may be freed after it */
static long vduse_wait(struct vduse_dev *dev, struct vduse_msg *msg, unsigned int rules,
		       unsigned long left, bool reset)
{
	if (reset)
		return wait_event_idle_timeout(dev->senders, vduse_wait_over(dev, msg, rules),
					       left);
	return wait_event_killable_timeout(dev->senders, vduse_wait_over(dev, msg, rules), left);
}

/* If there is a daemon, it is hung: all messages fail, no new one is waited for */
static void vduse_timed_out(struct vduse_dev *dev, const struct vduse_msg *msg,
			    unsigned long sent)
{
	if (!dev->answers || dev->hung)
		return;
	dev->hung = true;
	vduse_alone(dev);
	vduse_msgs_fail(&dev->msgs);
	vduse_rules_changed(dev);
	wake_up_all(&dev->readers);
	dev_warn_ratelimited(&dev->dev, "daemon hung: a message of type %u was not answered in %u ms, more fail until a reset\n",
			     msg->request.type, jiffies_to_msecs(jiffies - sent));
}

/* Called with msg_lock held, which is dropped while waiting. Return: 0 or a negative errno. */
static int vduse_await(struct vduse_dev *dev, struct vduse_msg *msg, bool reset)
{
	unsigned long sent = jiffies, left;
	unsigned int rules;
	long ret = 0;

	while (!vduse_msg_ended(msg) && ret >= 0) {
		left = vduse_time_left(dev, sent, reset);
		if (!left) {
			vduse_timed_out(dev, msg, sent);
			ret = -EIO;
			break;
		}
		rules = dev->rules;
		spin_unlock(&dev->msg_lock);
		ret = vduse_wait(dev, msg, rules, left, reset);
		spin_lock(&dev->msg_lock);
	}
	if (!vduse_msg_ended(msg))
		return ret == -EIO ? -EIO : -EINTR;
	return msg->state == VDUSE_MSG_OK ? 0 : -EIO;
}

static int vduse_exchange(struct vduse_dev *dev, const struct vduse_dev_request *request,
			  struct vduse_dev_response *response, bool reset)
{
	struct vduse_msg *msg;
	int ret;

	lockdep_assert_held(&dev->msg_lock);
	if ((dev->hung || dev->dead) && !reset)
		return -EIO;
	msg = vduse_msgs_add(&dev->msgs, request);
	if (!msg)
		return -EBUSY;
	wake_up_interruptible_poll(&dev->readers, EPOLLIN | EPOLLRDNORM);
	ret = vduse_await(dev, msg, reset);
	if (!ret && response)
		*response = msg->response;
	vduse_msg_free(msg);
	return ret;
}

int vduse_send(struct vduse_dev *dev, const struct vduse_dev_request *request,
	       struct vduse_dev_response *response)
{
	int ret;

	might_sleep();
	spin_lock(&dev->msg_lock);
	ret = vduse_exchange(dev, request, response, false);
	spin_unlock(&dev->msg_lock);
	return ret;
}

int vduse_send_reset(struct vduse_dev *dev)
{
	struct vduse_dev_request request = { .type = VDUSE_SET_STATUS };
	int ret;

	might_sleep();
	spin_lock(&dev->msg_lock);
	ret = vduse_exchange(dev, &request, NULL, true);
	/* without a daemon, the old queues are not in use */
	if (ret && !dev->answers)
		ret = 0;
	if (!ret) {
		dev->hung = false;
		dev->dead = false;
		vduse_rules_changed(dev);
	}
	spin_unlock(&dev->msg_lock);
	return ret;
}
