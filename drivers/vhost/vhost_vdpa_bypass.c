// SPDX-License-Identifier: GPL-2.0-only
/*
 * When may a queue's interrupt be taken without its eventfd being signalled? A consumer with
 * the same eventfd takes it, KVM where hardware can post interrupts to a guest.
 *
 * A queue is a producer while its device runs, it is ready, and it has an eventfd and an
 * interrupt for itself. Without a consumer, or if that fails, the eventfd is signalled.
 */
#include <uapi/linux/virtio_config.h>

#include "vhost_vdpa.h"

/* The queue's interrupt, or a negative errno if it is no producer now */
static int vv_bypass_irq(struct vv_device *v, u32 index)
{
	const struct vdpa_config_ops *ops = v->vdpa->config;

	if (!ops->get_vq_irq || v->suspended || !v->vrings[index].call ||
	    !ops->get_vq_ready(v->vdpa, index) ||
	    !(ops->get_status(v->vdpa) & VIRTIO_CONFIG_S_DRIVER_OK))
		return -ENOENT;
	return ops->get_vq_irq(v->vdpa, index);
}

void vv_bypass_start(struct vv_device *v, u32 index)
{
	struct vv_vring *vring = &v->vrings[index];
	int irq;

	lockdep_assert_held(&v->lock);
	if (vring->produces)
		return;
	irq = vv_bypass_irq(v, index);
	if (irq < 0)
		return;
	vring->producer = (struct irq_bypass_producer) {};
	vring->produces = !irq_bypass_register_producer(&vring->producer, vring->call, irq);
}

void vv_bypass_stop(struct vv_device *v, u32 index)
{
	struct vv_vring *vring = &v->vrings[index];

	lockdep_assert_held(&v->lock);
	if (!vring->produces)
		return;
	irq_bypass_unregister_producer(&vring->producer);
	vring->produces = false;
}

void vv_bypass_start_all(struct vv_device *v)
{
	for (u32 i = 0; i < v->info.nvqs; i++)
		vv_bypass_start(v, i);
}

void vv_bypass_stop_all(struct vv_device *v)
{
	for (u32 i = 0; i < v->info.nvqs; i++)
		vv_bypass_stop(v, i);
}
