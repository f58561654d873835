// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which interrupt calls which callback? A vector for each queue if there are enough of
 * them, whether or not it has a callback: one may be set while the queue runs.
 */
#include <linux/errno.h>
#include <linux/interrupt.h>
#include <linux/slab.h>

#include "vp_vdpa.h"

void vpv_callback_init(struct vpv_callback *callback)
{
	spin_lock_init(&callback->lock);
}

/* After the return the one before is not running, and is not called again */
void vpv_callback_set(struct vpv_callback *callback, const struct vdpa_callback *cb)
{
	spin_lock_irq(&callback->lock);
	callback->cb = *cb;
	spin_unlock_irq(&callback->lock);
}

static void vpv_callback_run(struct vpv_callback *callback)
{
	unsigned long flags;

	spin_lock_irqsave(&callback->lock, flags);
	callback->interrupts++;
	if (callback->cb.callback)
		callback->cb.callback(callback->cb.private);
	spin_unlock_irqrestore(&callback->lock, flags);
}

static irqreturn_t vpv_irq_one(int irq, void *data)
{
	vpv_callback_run(data);
	return IRQ_HANDLED;
}

static irqreturn_t vpv_irq_queues(int irq, void *data)
{
	struct vpv_device *vp = data;

	for (u32 i = 0; i < vp->vdev.info.nvqs; i++)
		vpv_callback_run(&vp->queues[i].callback);
	return IRQ_HANDLED;
}

static irqreturn_t vpv_irq_all(int irq, void *data)
{
	struct vpv_device *vp = data;

	vpv_callback_run(&vp->config_callback);
	return vpv_irq_queues(irq, data);
}

/* Request the next interrupt of vpv_device::irqs; the name is that in /proc/interrupts */
static int vpv_irq_request(struct vpv_device *vp, u16 vector, irq_handler_t handler, void *data,
			   const char *what)
{
	struct vpv_irq *irq = &vp->irqs[vp->n_irqs];
	int ret;

	irq->line = pci_irq_vector(vp->func->pdev, vector);
	irq->data = data;
	snprintf(irq->name, sizeof(irq->name), "%s-%s-%s", dev_driver_string(&vp->func->pdev->dev),
		 pci_name(vp->func->pdev), what);
	ret = request_irq(irq->line, handler, 0, irq->name, data);
	if (!ret)
		vp->n_irqs++;
	return ret;
}

static int vpv_irq_request_queues(struct vpv_device *vp)
{
	char what[12];
	int ret;

	for (u32 i = 0; i < vp->vdev.info.nvqs; i++) {
		struct vpv_queue *queue = &vp->queues[i];

		queue->vector = vp->plan.queue + i;
		queue->irq = vp->n_irqs;
		snprintf(what, sizeof(what), "%u", i);
		ret = vpv_irq_request(vp, queue->vector, vpv_irq_one, &queue->callback, what);
		if (ret)
			return ret;
	}
	return 0;
}

static int vpv_irq_request_all(struct vpv_device *vp)
{
	const struct vp_vectors_plan *plan = &vp->plan;
	int ret;

	if (plan->queue == plan->config)
		return vpv_irq_request(vp, plan->config, vpv_irq_all, vp, "all");
	ret = vpv_irq_request(vp, plan->config, vpv_irq_one, &vp->config_callback, "config");
	if (ret)
		return ret;
	if (plan->own)
		return vpv_irq_request_queues(vp);
	return vpv_irq_request(vp, plan->queue, vpv_irq_queues, vp, "queues");
}

static int vpv_irqs_attempt(struct vpv_device *vp)
{
	int ret;

	for (u32 i = 0; i < vp->vdev.info.nvqs; i++) {
		vp->queues[i].irq = -1;
		vp->queues[i].vector = vp->plan.queue;
	}
	ret = pci_alloc_irq_vectors(vp->func->pdev, vp->plan.count, vp->plan.count, PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	vp->irqs = kcalloc(vp->plan.count, sizeof(*vp->irqs), GFP_KERNEL);
	ret = vp->irqs ? vpv_irq_request_all(vp) : -ENOMEM;
	if (ret)
		vpv_irqs_free(vp);
	return ret;
}

/* Bus mastering is enabled, and the function is in reset */
int vpv_irqs_request(struct vpv_device *vp)
{
	struct vp_vectors_wish wish = {
		.queues = vp->vdev.info.nvqs,
		.msix = max(pci_msix_vec_count(vp->func->pdev), 0),
	};
	int ret = -ENOSPC;

	for (unsigned int nth = 0; !vp_vectors_plan(&wish, nth, &vp->plan); nth++) {
		ret = vpv_irqs_attempt(vp);
		if (ret != -ENOSPC && ret != -EBUSY)
			break;
	}
	if (ret)
		dev_err(&vp->func->pdev->dev, "no interrupts (%d): the function has %u MSI-X vectors\n",
			ret, wish.msix);
	return ret;
}

void vpv_irqs_free(struct vpv_device *vp)
{
	while (vp->n_irqs) {
		struct vpv_irq *irq = &vp->irqs[--vp->n_irqs];

		irq_update_affinity_hint(irq->line, NULL);
		free_irq(irq->line, irq->data);
	}
	kfree(vp->irqs);
	vp->irqs = NULL;
	pci_free_irq_vectors(vp->func->pdev);
}

int vpv_get_vq_irq(struct vdpa_device *vdev, u16 idx)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	int irq = vp->queues[idx].irq;

	return irq < 0 ? -ENOENT : vp->irqs[irq].line;
}

int vpv_set_vq_affinity(struct vdpa_device *vdev, u16 idx, const struct cpumask *mask)
{
	struct vpv_device *vp = vdev_to_vpv(vdev);
	struct vpv_queue *queue = &vp->queues[idx];

	queue->has_affinity = mask;
	if (mask)
		cpumask_copy(queue->affinity, mask);
	/* a shared vector is not moved */
	if (queue->irq < 0)
		return 0;
	if (!mask)
		return irq_update_affinity_hint(vp->irqs[queue->irq].line, NULL);
	return irq_set_affinity_and_hint(vp->irqs[queue->irq].line, queue->affinity);
}

const struct cpumask *vpv_get_vq_affinity(struct vdpa_device *vdev, u16 idx)
{
	struct vpv_queue *queue = &vdev_to_vpv(vdev)->queues[idx];

	return queue->has_affinity ? queue->affinity : NULL;
}
