// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does an eventfd kick a queue?
 *
 * A parent may take over the eventfd. Otherwise we add an entry to its wait queue: whoever
 * signals the eventfd calls vv_kick_wake(), in any context, and that kicks the queue. No
 * thread is involved.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>

#include "vhost_vdpa.h"

/* Called under the eventfd's own lock */
static int vv_kick_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct vv_kick *kick = container_of(wait, struct vv_kick, wait);
	u64 count;

	if (!(key_to_poll(key) & EPOLLIN))
		return 0;
	/* reset the counter, so that it never overflows */
	eventfd_ctx_do_read(kick->ctx, &count);
	kick->vdpa->config->kick_vq(kick->vdpa, kick->index);
	return 0;
}

static void vv_kick_enqueue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	add_wait_queue(head, &container_of(table, struct vv_kick, table)->wait);
}

/* A parent that takes the eventfd itself saves a wake-up */
static int vv_kick_delegate(struct vv_kick *kick, struct file *file)
{
	int ret = -EOPNOTSUPP;

	if (kick->vdpa->config->set_vq_kick)
		ret = kick->vdpa->config->set_vq_kick(kick->vdpa, kick->index, file);
	if (!ret) {
		kick->file = file;
		kick->delegated = true;
	}
	return ret;
}

int vv_kick_start(struct vv_kick *kick, struct vdpa_device *vdpa, u16 index,
		  struct file *file)
{
	struct eventfd_ctx *ctx;
	int ret;

	if (!file)
		return 0;
	kick->vdpa = vdpa;
	kick->index = index;
	ret = vv_kick_delegate(kick, file);
	if (ret != -EOPNOTSUPP) {
		if (ret)
			fput(file);
		return ret;
	}
	ctx = eventfd_ctx_fileget(file);
	if (IS_ERR(ctx)) {
		fput(file);
		return PTR_ERR(ctx);
	}
	kick->file = file;
	kick->ctx = ctx;
	init_waitqueue_func_entry(&kick->wait, vv_kick_wake);
	init_poll_funcptr(&kick->table, vv_kick_enqueue);
	/* signalled before the entry was added: nobody woke us */
	if (vfs_poll(file, &kick->table) & EPOLLIN)
		vdpa->config->kick_vq(vdpa, index);
	return 0;
}

void vv_kick_stop(struct vv_kick *kick)
{
	u64 count;

	if (!kick->file)
		return;
	if (kick->delegated) {
		kick->vdpa->config->set_vq_kick(kick->vdpa, kick->index, NULL);
		kick->delegated = false;
	} else {
		/* vv_kick_wake() does not run any more when this returns */
		eventfd_ctx_remove_wait_queue(kick->ctx, &kick->wait, &count);
		eventfd_ctx_put(kick->ctx);
	}
	fput(kick->file);
	kick->file = NULL;
}

void vv_kick_restore(struct vv_kick *kick)
{
	int ret;

	if (!kick->delegated)
		return;
	ret = kick->vdpa->config->set_vq_kick(kick->vdpa, kick->index, kick->file);
	if (ret)
		dev_err_ratelimited(&kick->vdpa->dev,
				    "queue %u: cannot set its kick eventfd again after reset: %d\n",
				    kick->index, ret);
}
