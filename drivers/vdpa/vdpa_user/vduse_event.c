// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does the driver notify the daemon, and the daemon interrupt the driver?
 *
 * Both without a work item. A kick signals the daemon's eventfd in the driver's context; an
 * interrupt runs the driver's callback in the daemon's ioctl, with interrupts off, as
 * drivers expect of an interrupt handler.
 */
#include <linux/bottom_half.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/preempt.h>
#include <uapi/linux/virtio_config.h>

#include "vduse.h"

/* Without an eventfd, or while suspended, the kick stays pending */
static void vduse_signal(struct vduse_queue *queue)
{
	lockdep_assert_held(&queue->event_lock);
	if (!queue->ready)
		return;
	if (queue->kickfd && !READ_ONCE(queue->dev->suspended))
		eventfd_signal(queue->kickfd);
	else
		queue->kicked = true;
}

static void vduse_kick_now(struct vduse_queue *queue)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->event_lock, flags);
	vduse_signal(queue);
	spin_unlock_irqrestore(&queue->event_lock, flags);
}

static void vduse_kick_by_irq_work(struct irq_work *work)
{
	vduse_kick_now(container_of(work, struct vduse_queue, kick_irq_work));
}

static void vduse_kick_by_work(struct work_struct *work)
{
	vduse_kick_now(container_of(work, struct vduse_queue, kick_work));
}

/*
 * In the wake-up of an eventfd another one must not be signalled: irq_work does that once
 * interrupts are enabled. In hardirq context, use a work item: eventfds that signal each
 * other by irq_work would keep the CPU in interrupts.
 */
void vduse_kick(struct vduse_queue *queue)
{
	if (eventfd_signal_allowed())
		vduse_kick_now(queue);
	else if (in_hardirq())
		schedule_work(&queue->kick_work);
	else
		irq_work_queue(&queue->kick_irq_work);
}

void vduse_set_kickfd(struct vduse_queue *queue, struct eventfd_ctx *ctx)
{
	struct eventfd_ctx *old;

	spin_lock_irq(&queue->event_lock);
	old = queue->kickfd;
	queue->kickfd = ctx;
	if (ctx && queue->kicked) {
		queue->kicked = false;
		vduse_signal(queue);
	}
	spin_unlock_irq(&queue->event_lock);
	if (old)
		eventfd_ctx_put(old);
}

void vduse_kick_kept(struct vduse_queue *queue)
{
	spin_lock_irq(&queue->event_lock);
	if (queue->kicked) {
		queue->kicked = false;
		vduse_signal(queue);
	}
	spin_unlock_irq(&queue->event_lock);
}

void vduse_set_driver_kick(struct vduse_queue *queue, struct file *file)
{
	struct file *old;

	if (file)
		get_file(file);
	spin_lock_irq(&queue->event_lock);
	old = queue->driver_kick;
	queue->driver_kick = file;
	spin_unlock_irq(&queue->event_lock);
	if (old)
		fput(old);
}

struct file *vduse_get_driver_kick(struct vduse_queue *queue)
{
	struct file *file;

	spin_lock_irq(&queue->event_lock);
	file = queue->driver_kick;
	if (file)
		get_file(file);
	spin_unlock_irq(&queue->event_lock);
	return file;
}

void vduse_set_ready(struct vduse_queue *queue, bool ready)
{
	spin_lock_irq(&queue->event_lock);
	queue->ready = ready;
	if (!ready)
		queue->kicked = false;
	spin_unlock_irq(&queue->event_lock);
}

bool vduse_is_ready(struct vduse_queue *queue)
{
	return READ_ONCE(queue->ready);
}

/* The old callback does not run after this: it runs under the lock */
void vduse_set_cb(struct vduse_queue *queue, const struct vdpa_callback *cb)
{
	spin_lock_irq(&queue->call_lock);
	queue->cb = *cb;
	spin_unlock_irq(&queue->call_lock);
}

/* A user space driver is signalled before DRIVER_OK as well, see vduse_call() */
void vduse_call_from_irq(struct vduse_queue *queue)
{
	bool running = vduse_running(queue->dev);
	unsigned long flags;

	if (READ_ONCE(queue->dev->suspended))
		return;
	spin_lock_irqsave(&queue->call_lock, flags);
	if (queue->cb.callback && (running || queue->cb.trigger) && vduse_is_ready(queue))
		queue->cb.callback(queue->cb.private);
	spin_unlock_irqrestore(&queue->call_lock, flags);
}

/* With BHs off, so that softirqs that the callback raises run here, not in ksoftirqd */
static void vduse_call_here(struct vduse_queue *queue)
{
	local_bh_disable();
	vduse_call_from_irq(queue);
	local_bh_enable();
}

static void vduse_called_elsewhere(void *info)
{
	struct vduse_queue *queue = info;

	clear_bit_unlock(0, &queue->calling_elsewhere);
	vduse_call_from_irq(queue);
}

/* Return: a CPU where the callback may run; preferably this one */
static unsigned int vduse_call_cpu(struct vduse_queue *queue)
{
	unsigned int cpu = smp_processor_id();

	if (cpumask_test_cpu(cpu, queue->allowed))
		return cpu;
	cpu = cpumask_first_and(queue->allowed, cpu_online_mask);
	/* all of them are offline */
	return cpu < nr_cpu_ids ? cpu : smp_processor_id();
}

/* A call that is pending has not run the callback yet, so it counts for this one as well */
static bool vduse_call_at(struct vduse_queue *queue, unsigned int cpu)
{
	if (test_and_set_bit_lock(0, &queue->calling_elsewhere))
		return true;
	if (!smp_call_function_single_async(cpu, &queue->call_elsewhere))
		return true;
	clear_bit_unlock(0, &queue->calling_elsewhere);
	return false;
}

static void vduse_call_driver(struct vduse_queue *queue)
{
	unsigned int here = get_cpu(), cpu = vduse_call_cpu(queue);
	bool called = cpu != here && vduse_call_at(queue, cpu);

	put_cpu();
	if (!called)
		vduse_call_here(queue);
}

/*
 * A user space driver (cb.trigger) is signalled before DRIVER_OK as well, so that it misses
 * no interrupt while DRIVER_OK is being set. A kernel driver's callback runs only after it.
 */
int vduse_call(struct vduse_queue *queue)
{
	bool process;

	if (READ_ONCE(queue->dev->suspended))
		return -EINVAL;
	spin_lock_irq(&queue->call_lock);
	process = queue->cb.trigger;
	if (process && vduse_is_ready(queue))
		eventfd_signal(queue->cb.trigger);
	spin_unlock_irq(&queue->call_lock);
	if (process && vduse_is_ready(queue))
		return 0;
	if (!vduse_running(queue->dev))
		return -EINVAL;
	if (!process)
		vduse_call_driver(queue);
	return 0;
}

void vduse_event_init(struct vduse_queue *queue)
{
	spin_lock_init(&queue->call_lock);
	spin_lock_init(&queue->event_lock);
	init_irq_work(&queue->kick_irq_work, vduse_kick_by_irq_work);
	INIT_WORK(&queue->kick_work, vduse_kick_by_work);
	INIT_CSD(&queue->call_elsewhere, vduse_called_elsewhere, queue);
}

/* No caller of vduse_kick() or vduse_call() is left: wait for what they queued */
void vduse_event_stop(struct vduse_queue *queue)
{
	irq_work_sync(&queue->kick_irq_work);
	cancel_work_sync(&queue->kick_work);
	while (test_bit(0, &queue->calling_elsewhere))
		cpu_relax();
	/* the call clears the bit before it takes this lock, its last access to the queue */
	spin_lock_irq(&queue->call_lock);
	spin_unlock_irq(&queue->call_lock);
	vduse_set_kickfd(queue, NULL);
	vduse_set_driver_kick(queue, NULL);
}
