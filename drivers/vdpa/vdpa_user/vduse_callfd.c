// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does an eventfd of the daemon become the driver's interrupt? By an entry in its wait
 * queue, so that a write() to the eventfd is enough and no ioctl is needed.
 *
 * The wake-up runs with the eventfd's lock held, where another eventfd must not be
 * signalled. So the driver's callback runs from irq_work, in hardirq context, for which
 * drivers are written.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/poll.h>
#include <linux/preempt.h>

#include "vduse.h"

static void vduse_callfd_by_irq_work(struct irq_work *work)
{
	vduse_call_from_irq(container_of(work, struct vduse_queue, callfd.irq_work));
}

static void vduse_callfd_by_work(struct work_struct *work)
{
	vduse_call(container_of(work, struct vduse_queue, callfd.work));
}

/*
 * In hardirq context use a work item: the callback may signal this very eventfd, and
 * irq_work that queues itself would keep the CPU in interrupts.
 */
static int vduse_callfd_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct vduse_callfd *callfd = container_of(wait, struct vduse_callfd, wait);
	u64 count;

	if (!(key_to_poll(key) & EPOLLIN))
		return 0;
	/* or the counter overflows, and writers block */
	eventfd_ctx_do_read(callfd->ctx, &count);
	if (in_hardirq())
		schedule_work(&callfd->work);
	else
		irq_work_queue(&callfd->irq_work);
	return 0;
}

static void vduse_callfd_enqueue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	add_wait_queue(head, &container_of(table, struct vduse_callfd, table)->wait);
}

static void vduse_callfd_end(struct vduse_callfd *callfd)
{
	u64 count;

	if (!callfd->file)
		return;
	/* the wake-up function does not run after this */
	eventfd_ctx_remove_wait_queue(callfd->ctx, &callfd->wait, &count);
	eventfd_ctx_put(callfd->ctx);
	fput(callfd->file);
	callfd->file = NULL;
}

/* Takes the reference of @file, on failure as well */
static int vduse_callfd_begin(struct vduse_callfd *callfd, struct file *file)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(file);

	if (IS_ERR(ctx)) {
		fput(file);
		return PTR_ERR(ctx);
	}
	callfd->ctx = ctx;
	callfd->file = file;
	init_waitqueue_func_entry(&callfd->wait, vduse_callfd_wake);
	init_poll_funcptr(&callfd->table, vduse_callfd_enqueue);
	/* signalled before the entry was added */
	if (vfs_poll(file, &callfd->table) & EPOLLIN)
		irq_work_queue(&callfd->irq_work);
	return 0;
}

int vduse_set_callfd(struct vduse_queue *queue, struct file *file)
{
	struct vduse_callfd *callfd = &queue->callfd;
	int ret = 0;

	mutex_lock(&callfd->lock);
	vduse_callfd_end(callfd);
	if (file)
		ret = vduse_callfd_begin(callfd, file);
	mutex_unlock(&callfd->lock);
	return ret;
}

void vduse_callfd_init(struct vduse_queue *queue)
{
	mutex_init(&queue->callfd.lock);
	init_irq_work(&queue->callfd.irq_work, vduse_callfd_by_irq_work);
	INIT_WORK(&queue->callfd.work, vduse_callfd_by_work);
}

void vduse_callfd_stop(struct vduse_queue *queue)
{
	vduse_set_callfd(queue, NULL);
	irq_work_sync(&queue->callfd.irq_work);
	cancel_work_sync(&queue->callfd.work);
	mutex_destroy(&queue->callfd.lock);
}
