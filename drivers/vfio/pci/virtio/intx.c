// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a driver without MSI-X get its interrupts? A VF has no INTx, so the
 * line is emulated: MSI-X vectors of the VF, which the guest does not see, set bits in
 * an ISR status that is kept here. The line is asserted while it is not zero.
 *
 *	device --MSI-X--> virtiovf_intx_interrupt() --eventfd--> VMM --line--> guest
 *	the guest reads ISR: virtiovf_intx_read_isr(), no command; deasserts the line
 *	EOI of the guest --> VMM --unmask--> signalled again if still asserted
 *
 * intx_irqs.c has the VMM's interface, intx_guest.c the guest's. VMMs enable INTx for
 * each device with a pin, but most drivers use MSI-X: so the vectors are not requested
 * before a driver sets up a queue without MSI-X (intx_vectors.c).
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

/* At probe. Configuration and queues need a vector each; a VF with fewer gets no pin. */
void virtiovf_intx_init(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;

	intx->pin = pci_msix_vec_count(vf->core.pdev) >= VIRTIOVF_INTX_VECTORS;
	mutex_init(&intx->irqs_lock);
	spin_lock_init(&intx->lock);
	setup_vector(vf, VIRTIOVF_CONFIG_INTERRUPT, "config", VIRTIOVF_ISR_CONFIG);
	setup_vector(vf, VIRTIOVF_QUEUE_INTERRUPT, "queues", VIRTIOVF_ISR_QUEUE);
}

/* Before the user has access to the device */
void virtiovf_intx_open(struct virtiovf_device *vf)
{
	struct virtiovf_intx *intx = &vf->intx;

	intx->state = (struct virtiovf_intx_state) {};
	intx->setup = (struct virtiovf_setup) {};
	intx->accept = false;
	intx->programmed = false;
}

/* Has the guest enabled MSI-X? Does not count the vectors behind the line. */
bool virtiovf_intx_guest_msix(struct virtiovf_device *vf)
{
	return READ_ONCE(vf->core.irq_type) == VFIO_PCI_MSIX_IRQ_INDEX;
}

/* The eventfd to signal; freed after an RCU grace period, so it is signalled without a lock */
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

/* Drop a @trigger that was not set. It may be NULL. */
void virtiovf_intx_put_trigger(struct virtiovf_intx_trigger *trigger)
{
	if (trigger)
		free_trigger(&trigger->rcu);
}

/*
 * Context: any, without intx->lock: the wake-up may call unmask_handler(), which takes it
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

/* At module exit: wait for calls of free_trigger() */
void virtiovf_intx_exit(void)
{
	rcu_barrier();
}

/* The device has lost its vectors, or may have */
void virtiovf_intx_forget_vectors(struct virtiovf_intx *intx)
{
	lockdep_assert_held(&intx->lock);
	intx->accept = false;
	intx->programmed = false;
	intx->resets++;
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

/* PCI_STATUS_INTERRUPT, which does not depend on PCI_COMMAND_INTX_DISABLE */
bool virtiovf_intx_pending(struct virtiovf_device *vf)
{
	return READ_ONCE(vf->intx.state.status) && !virtiovf_intx_guest_msix(vf);
}

/* Return: whether the ISR status is kept here. Then *@status is it, and no command is needed. */
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

/* Add interrupts that have not been read yet to @status, which was read from the device */
void virtiovf_intx_add_isr(struct virtiovf_device *vf, u8 *status)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	*status |= virtiovf_intx_state_read(&intx->state);
	spin_unlock_irqrestore(&intx->lock, flags);
}
