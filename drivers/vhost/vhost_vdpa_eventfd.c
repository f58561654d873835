// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which eventfds has a process bound to notifications and interrupts? VHOST_FILE_UNBIND
 * unbinds one; a bad file descriptor leaves the previous one bound.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/sched.h>

#include "vhost_vdpa.h"

static struct eventfd_ctx *vv_eventfd(int fd)
{
	return fd == VHOST_FILE_UNBIND ? NULL : eventfd_ctx_fdget(fd);
}

static void vv_eventfd_put(struct eventfd_ctx *ctx)
{
	if (ctx)
		eventfd_ctx_put(ctx);
}

static irqreturn_t vv_signal(void *private)
{
	eventfd_signal(private);
	return IRQ_HANDLED;
}

static struct vdpa_callback vv_callback(struct eventfd_ctx *ctx)
{
	return (struct vdpa_callback) {
		.callback = ctx ? vv_signal : NULL,
		.private = ctx,
		.trigger = ctx,
	};
}

static void vv_vring_callback(struct vv_device *v, u16 index)
{
	struct vdpa_callback cb = vv_callback(v->vrings[index].call);

	v->vdpa->config->set_vq_cb(v->vdpa, index, &cb);
}

static void vv_config_callback(struct vv_device *v)
{
	struct vdpa_callback cb = vv_callback(v->config_call);

	v->vdpa->config->set_config_cb(v->vdpa, &cb);
}

/* Return: the previous eventfd, which vv_signal_broken() does not use any more */
static struct eventfd_ctx *vv_exchange(struct vv_device *v, struct eventfd_ctx **at,
				       struct eventfd_ctx *ctx)
{
	struct eventfd_ctx *old = *at;

	spin_lock_irq(&v->signal_lock);
	*at = ctx;
	spin_unlock_irq(&v->signal_lock);
	return old;
}

int vv_vring_set_call(struct vv_device *v, struct vv_call *call)
{
	u32 index = call->arg.index;
	struct eventfd_ctx *ctx = vv_eventfd(call->arg.vring_file.fd), *old;

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vv_bypass_stop(v, index);
	old = v->vrings[index].call;
	v->vrings[index].call = ctx;
	vv_vring_callback(v, index);
	vv_bypass_start(v, index);
	/* set_vq_cb guarantees that the device does not signal it any more */
	vv_eventfd_put(old);
	return 0;
}

int vv_vring_set_error(struct vv_device *v, struct vv_call *call)
{
	struct eventfd_ctx *ctx = vv_eventfd(call->arg.vring_file.fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vv_eventfd_put(vv_exchange(v, &v->vrings[call->arg.index].error, ctx));
	return 0;
}

int vv_vring_set_kick(struct vv_device *v, struct vv_call *call)
{
	struct vv_kick *kick = &v->vrings[call->arg.index].kick;
	int fd = call->arg.vring_file.fd;
	struct file *eventfd = NULL;

	if (fd != VHOST_FILE_UNBIND)
		eventfd = eventfd_fget(fd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	vv_kick_stop(kick);
	return vv_kick_start(kick, v->vdpa, call->arg.index, eventfd);
}

static void vv_config_bind(struct vv_device *v, struct eventfd_ctx *ctx)
{
	struct eventfd_ctx *old = vv_exchange(v, &v->config_call, ctx);

	vv_config_callback(v);
	vv_eventfd_put(old);
}

int vv_config_set_call(struct vv_device *v, struct vv_call *call)
{
	struct eventfd_ctx *ctx = vv_eventfd(call->arg.fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vv_config_bind(v, ctx);
	return 0;
}

void vv_callbacks_restore(struct vv_device *v)
{
	for (u32 i = 0; i < v->info.nvqs; i++) {
		vv_vring_callback(v, i);
		vv_kick_restore(&v->vrings[i].kick);
	}
	vv_config_callback(v);
}

void vv_eventfds_unbind(struct vv_device *v)
{
	vv_config_bind(v, NULL);
	for (u32 i = 0; i < v->info.nvqs; i++) {
		struct vv_vring *vring = &v->vrings[i];
		struct eventfd_ctx *call = vring->call;

		vv_kick_stop(&vring->kick);
		vring->call = NULL;
		vv_vring_callback(v, i);
		vv_eventfd_put(call);
		vv_eventfd_put(vv_exchange(v, &vring->error, NULL));
		vring->busyloop_timeout = 0;
	}
}

static void vv_signal_one(struct vv_device *v, struct eventfd_ctx **at)
{
	spin_lock_irq(&v->signal_lock);
	if (*at)
		eventfd_signal(*at);
	spin_unlock_irq(&v->signal_lock);
}

/* One at a time: a device may have 65535 queues, and interrupts are off meanwhile */
void vv_signal_broken(struct vv_device *v)
{
	vv_signal_one(v, &v->config_call);
	for (u32 i = 0; i < v->info.nvqs; i++) {
		vv_signal_one(v, &v->vrings[i].error);
		cond_resched();
	}
}
