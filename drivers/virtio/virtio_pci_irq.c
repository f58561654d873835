// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which handler runs on which interrupt? virtio_pci_vectors.c makes the plan; this file
 * requests the interrupts as planned.
 */
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

static irqreturn_t vp_irq_queues(int irq, void *data)
{
	struct vp_device *vp = data;
	irqreturn_t ret = IRQ_NONE;

	for (unsigned int i = 0; i < vp->n_queues; i++) {
		struct vp_queue *queue = &vp->queue[i];

		/* pairs with ring_reset_enable_locked(): a restarted queue has its new ring */
		if (!queue->vq || !queue->vq->callback || smp_load_acquire(&queue->stopped))
			continue;
		if (vring_interrupt(irq, queue->vq) == IRQ_HANDLED)
			ret = IRQ_HANDLED;
	}
	return ret;
}

static irqreturn_t vp_irq_config(int irq, void *data)
{
	struct vp_device *vp = data;

	virtio_config_changed(&vp->vdev);
	return IRQ_HANDLED;
}

static irqreturn_t vp_irq_config_admin(int irq, void *data)
{
	struct vp_device *vp = data;

	vp_admin_interrupt(irq, vp->admin);
	return vp_irq_config(irq, data);
}

static irqreturn_t vp_irq_single(int irq, void *data)
{
	struct vp_device *vp = data;

	if (vp->admin)
		vp_admin_interrupt(irq, vp->admin);
	vp_irq_queues(irq, data);
	return vp_irq_config(irq, data);
}

/* The line may be shared with another device: reading the ISR tells, and acknowledges */
static irqreturn_t vp_irq_intx(int irq, void *data)
{
	struct vp_device *vp = data;
	u8 isr = vp->kind->read_isr(vp);

	if (!isr)
		return IRQ_NONE;
	if (isr & VIRTIO_PCI_ISR_CONFIG)
		virtio_config_changed(&vp->vdev);
	if (vp->admin)
		vp_admin_interrupt(irq, vp->admin);
	vp_irq_queues(irq, data);
	return IRQ_HANDLED;
}

int vp_irq_get_vectors(struct vp_device *vp, const struct vp_vectors_plan *plan,
		       const struct irq_affinity *affinity)
{
	unsigned int flags = PCI_IRQ_MSIX;
	struct irq_affinity spread;
	int ret;

	vp->plan = *plan;
	if (!plan->count)
		return 0;
	if (affinity && plan->own && plan->queue != VP_NO_VECTOR) {
		/* the queues' vectors are between ours */
		spread = *affinity;
		spread.pre_vectors += plan->queue;
		spread.post_vectors += plan->admin != VP_NO_VECTOR && plan->admin > plan->queue;
		flags |= PCI_IRQ_AFFINITY;
	}
	ret = pci_alloc_irq_vectors_affinity(vp->pci_dev, plan->count, plan->count, flags,
					     flags & PCI_IRQ_AFFINITY ? &spread : NULL);
	if (ret < 0)
		return ret;
	vp->msix = true;
	return 0;
}

/* Fill in the next entry of vp->irq. The name is that in /proc/interrupts. */
static struct vp_irq *vp_irq_add(struct vp_device *vp, u16 vector, irq_handler_t handler,
				 void *data, const char *what)
{
	struct vp_irq *irq = &vp->irq[vp->n_irqs];

	irq->handler = handler;
	irq->data = data;
	irq->line = vp->msix ? pci_irq_vector(vp->pci_dev, vector) : vp->pci_dev->irq;
	snprintf(irq->name, sizeof(irq->name), "%s%s%s", dev_name(&vp->vdev.dev),
		 what ? "-" : "", what ?: "");
	return irq;
}

static int vp_irq_request(struct vp_device *vp, struct vp_irq *irq)
{
	int ret;

	if (!zalloc_cpumask_var(&irq->hint, GFP_KERNEL))
		return -ENOMEM;
	ret = request_irq(irq->line, irq->handler, vp->msix ? 0 : IRQF_SHARED, irq->name,
			  irq->data);
	if (ret)
		free_cpumask_var(irq->hint);
	else
		vp->n_irqs++;
	return ret;
}

static int vp_irq_install_queues(struct vp_device *vp)
{
	int ret;

	for (unsigned int i = 0; i < vp->n_queues; i++) {
		struct vp_queue *queue = &vp->queue[i];

		if (!queue->vq || queue->vector == VP_NO_VECTOR)
			continue;
		queue->irq = vp->n_irqs;
		ret = vp_irq_request(vp, vp_irq_add(vp, queue->vector, vring_interrupt, queue->vq,
						    queue->vq->name));
		if (ret)
			return ret;
	}
	return 0;
}

/* The handler of vector 0 depends on what else shares it */
static irq_handler_t vp_irq_first(const struct vp_vectors_plan *plan)
{
	if (plan->queue == plan->config)
		return vp_irq_single;
	return plan->admin == plan->config ? vp_irq_config_admin : vp_irq_config;
}

static int vp_irq_install_msix(struct vp_device *vp)
{
	const struct vp_vectors_plan *plan = &vp->plan;
	int ret;

	ret = vp_irq_request(vp, vp_irq_add(vp, plan->config, vp_irq_first(plan), vp, "config"));
	if (!ret && plan->own)
		ret = vp_irq_install_queues(vp);
	else if (!ret && plan->queue != VP_NO_VECTOR && plan->queue != plan->config)
		ret = vp_irq_request(vp, vp_irq_add(vp, plan->queue, vp_irq_queues, vp,
						    "virtqueues"));
	if (!ret && plan->admin != VP_NO_VECTOR && plan->admin != plan->config)
		ret = vp_irq_request(vp, vp_irq_add(vp, plan->admin, vp_admin_interrupt,
						    vp->admin, "admin"));
	if (ret)
		return ret;
	/* a device out of resources returns VIRTIO_MSI_NO_VECTOR */
	return vp->kind->config_vector(vp, plan->config) == plan->config ? 0 : -EBUSY;
}

/*
 * Install handlers according to vp->plan. vp_irq_remove() cleans up, also after an
 * error.
 */
int vp_irq_install(struct vp_device *vp)
{
	unsigned int most = vp->plan.count ?: 1;

	if (vp->kind->offline)
		return 0;
	vp->irq = kcalloc(most, sizeof(*vp->irq), GFP_KERNEL);
	if (!vp->irq)
		return -ENOMEM;
	if (vp->msix)
		return vp_irq_install_msix(vp);
	return vp_irq_request(vp, vp_irq_add(vp, 0, vp_irq_intx, vp, NULL));
}

void vp_irq_remove(struct vp_device *vp)
{
	while (vp->n_irqs) {
		struct vp_irq *irq = &vp->irq[--vp->n_irqs];

		if (!cpumask_empty(irq->hint))
			irq_update_affinity_hint(irq->line, NULL);
		free_irq(irq->line, irq->data);
		free_cpumask_var(irq->hint);
	}
	kfree(vp->irq);
	vp->irq = NULL;
}

/* After vp_irq_remove(), and after the queues' vectors are unset */
void vp_irq_put_vectors(struct vp_device *vp)
{
	if (!vp->msix)
		return;
	vp->kind->config_vector(vp, VP_NO_VECTOR);
	pci_free_irq_vectors(vp->pci_dev);
	vp->msix = false;
}

/* Wait for running handlers, on all CPUs */
void vp_irq_synchronize(struct vp_device *vp)
{
	for (unsigned int i = 0; i < vp->n_irqs; i++)
		synchronize_irq(vp->irq[i].line);
}

int vp_irq_set_affinity(struct virtqueue *vq, const struct cpumask *mask)
{
	struct vp_device *vp = to_vp_device(vq->vdev);
	struct vp_queue *queue = vp_queue_of(vq);
	struct vp_irq *irq;

	if (!vq->callback)
		return -EINVAL;
	/* a shared vector is not moved */
	if (!queue || queue->irq < 0)
		return 0;
	irq = &vp->irq[queue->irq];
	if (!mask) {
		cpumask_clear(irq->hint);
		return irq_update_affinity_hint(irq->line, NULL);
	}
	cpumask_copy(irq->hint, mask);
	return irq_set_affinity_and_hint(irq->line, irq->hint);
}

const struct cpumask *vp_irq_get_affinity(struct virtio_device *vdev, int index)
{
	struct vp_device *vp = to_vp_device(vdev);

	if (index < 0 || index >= vp->n_queues || vp->queue[index].irq < 0)
		return NULL;
	return pci_irq_get_affinity(vp->pci_dev, vp->queue[index].vector);
}
