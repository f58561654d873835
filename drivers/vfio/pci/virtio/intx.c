// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a legacy driver without MSI-X get its interrupts? A VF has no INTx, so the
 * line is emulated: MSI-X vectors of the VF, which the guest does not see, set bits in
 * an ISR status that is kept here, and assert the line while that is not zero.
 *
 *	device --MSI-X--> virtiovf_intx_interrupt() --eventfd--> VMM --line--> guest
 *	inb(ISR) of the guest: virtiovf_intx_read_isr(), no command; deasserts the line
 *	EOI of the guest --> VMM --unmask--> signalled again if something came meanwhile
 *
 * The vectors are requested when a driver sets up a queue (intx_vectors.c, by what
 * intx_guest.c sees), because VMMs enable INTx (intx_irqs.c) for each device with a pin,
 * and most drivers use MSI-X.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "virtiovf.h"

static void setup_vector(struct virtiovf_device *vf, int index, const char *what, u8 bits)
{
	struct virtiovf_intx_vector *vector = &vf->intx.vector[index];

	vector->vf = vf;
	vector->bits = bits;
	snprintf(vector->name, sizeof(vector->name), "virtio-intx-%s(%s)", what,
		 pci_name(vf->core.pdev));
}

/* At probe. A VF with a single vector cannot tell its interrupts apart, and gets no pin */
void virtiovf_intx_init(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;

	intx->pin = pci_msix_vec_count(vf->core.pdev) >= VIRTIOVF_INTX_VECTORS;
	mutex_init(&intx->irqs_lock);
	spin_lock_init(&intx->lock);
	setup_vector(vf, VIRTIOVF_CONFIG_INTERRUPT, "config", VIRTIOVF_ISR_CONFIG);
	setup_vector(vf, VIRTIOVF_QUEUE_INTERRUPT, "queues", VIRTIOVF_ISR_QUEUE);
}

/* Before anybody has access to the device */
void virtiovf_intx_open(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;

	intx->state = (struct virtiovf_intx_state) {};
	intx->setup = (struct virtiovf_setup) {};
	intx->accept = false;
	intx->programmed = false;
}

/* Is MSI-X enabled as far as the guest knows? Our own vectors are not its affair. */
bool virtiovf_intx_guest_msix(struct virtiovf_device *vf)
{
	return READ_ONCE(vf->core.irq_type) == VFIO_PCI_MSIX_IRQ_INDEX;
}

/* An eventfd to signal: a reader under RCU may still do so when it is replaced */
struct virtiovf_intx_trigger {
	struct eventfd_ctx *ctx;
	struct rcu_head rcu;
};

static void free_trigger(struct rcu_head *rcu)
{
	struct virtiovf_intx_trigger *trigger =
		container_of(rcu, struct virtiovf_intx_trigger, rcu);

	eventfd_ctx_put(trigger->ctx);
	kfree(trigger);
}

/* One that was not set. @trigger: may be NULL */
void virtiovf_intx_put_trigger(struct virtiovf_intx_trigger *trigger)
{
	if (trigger)
		free_trigger(&trigger->rcu);
}

/*
 * Context: any, but without intx->lock: whoever is woken may be the handler of @unmask,
 * which takes it.
 */
void virtiovf_intx_signal(struct virtiovf_device *vf)
{
	struct virtiovf_intx_trigger *trigger;

	rcu_read_lock();
	trigger = rcu_dereference(vf->intx.trigger);
	if (trigger)
		eventfd_signal(trigger->ctx);
	rcu_read_unlock();
}

/* Return: what virtiovf_intx_set_trigger() takes, or an error pointer */
struct virtiovf_intx_trigger *virtiovf_intx_get_trigger(int fd)
{
	struct virtiovf_intx_trigger *trigger;
	struct eventfd_ctx *ctx;

	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return ERR_CAST(ctx);
	trigger = kzalloc(sizeof(*trigger), GFP_KERNEL_ACCOUNT);
	if (!trigger) {
		eventfd_ctx_put(ctx);
		return ERR_PTR(-ENOMEM);
	}
	trigger->ctx = ctx;
	return trigger;
}

/* Context: SET_IRQS, one at a time, or close. @trigger: NULL for none */
void virtiovf_intx_set_trigger(struct virtiovf_device *vf, struct virtiovf_intx_trigger *trigger)
{
	struct virtiovf_intx_trigger *old;

	old = rcu_replace_pointer(vf->intx.trigger, trigger, true);
	if (old)
		call_rcu(&old->rcu, free_trigger);
}

/* After the last device has gone; free_trigger() is code of this module */
void virtiovf_intx_exit(void)
{
	rcu_barrier();
}

/* Context: any, also hard interrupt */
void virtiovf_intx_interrupt(struct virtiovf_device *vf, u8 bits)
{
	struct virtiovf_intx *intx = &vf->intx;
	bool signal = false;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	if (intx->accept)
		signal = virtiovf_intx_state_raise(&intx->state, bits);
	spin_unlock_irqrestore(&intx->lock, flags);
	if (signal)
		virtiovf_intx_signal(vf);
}

/* Vectors of this host are in the device's state, which therefore cannot go to another */
bool virtiovf_intx_in_use(struct virtiovf_device *vf)
{
	return READ_ONCE(vf->intx.accept);
}

/* PCI_STATUS_INTERRUPT, which does not depend on PCI_COMMAND_INTX_DISABLE */
bool virtiovf_intx_pending(struct virtiovf_device *vf)
{
	return READ_ONCE(vf->intx.state.status) && !virtiovf_intx_guest_msix(vf);
}

/* Return: whether the ISR status is kept here; then it is read, and no command is needed */
bool virtiovf_intx_read_isr(struct virtiovf_device *vf, u8 *status)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;
	bool accept;

	spin_lock_irqsave(&intx->lock, flags);
	accept = intx->accept;
	if (accept)
		*status = virtiovf_intx_state_read(&intx->state);
	spin_unlock_irqrestore(&intx->lock, flags);
	return accept;
}

/* @status was read from the device. Of earlier interrupts, some may not have been read yet. */
void virtiovf_intx_add_isr(struct virtiovf_device *vf, u8 *status)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	*status |= virtiovf_intx_state_read(&intx->state);
	spin_unlock_irqrestore(&intx->lock, flags);
}
