// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is an INTx line migrated to another VF? The source records what is not in the
 * device's parts (mig_intx.h); the destination programs vectors of its own. Its VMM may set
 * up the eventfd before or after that: a pending interrupt is signalled once both are done.
 */
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/pci.h>

#include "mig_intx.h"
#include "virtiovf.h"

/* After this, the status has all interrupts of a device that has stopped */
static void wait_for_handlers(struct virtiovf_device *vf)
{
	lockdep_assert_held(&vf->bar0_lock);
	for (int i = 0; vf->intx.allocated && i < VIRTIOVF_INTX_VECTORS; i++)
		synchronize_irq(pci_irq_vector(vf->core.pdev, i));
}

/*
 * Return: 1 with @saved; 0 if there is nothing to migrate, e.g. because the guest uses
 * MSI-X; or -EINTR
 */
int virtiovf_intx_save(struct virtiovf_device *vf, struct virtiovf_intx_saved *saved)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;

	if (!vf->type || virtiovf_intx_guest_msix(vf))
		return 0;
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	wait_for_handlers(vf);
	spin_lock_irqsave(&intx->lock, flags);
	*saved = (struct virtiovf_intx_saved) {
		.vectors = intx->accept,
		.status = intx->state.status,
		.setup = intx->setup,
	};
	spin_unlock_irqrestore(&intx->lock, flags);
	mutex_unlock(&vf->bar0_lock);
	return saved->vectors || saved->status || virtiovf_setup_next_queue(&saved->setup, 0) >= 0;
}

static int restore_locked(struct virtiovf_device *vf, const struct virtiovf_intx_saved *saved)
{
	struct virtiovf_intx *intx = &vf->intx;
	unsigned long flags;
	bool signal;

	spin_lock_irqsave(&intx->lock, flags);
	virtiovf_intx_forget_vectors(intx);
	intx->setup = saved->setup;
	virtiovf_intx_state_device_reset(&intx->state);
	signal = virtiovf_intx_state_raise(&intx->state, saved->status);
	spin_unlock_irqrestore(&intx->lock, flags);
	if (signal)
		virtiovf_intx_signal(vf);
	return virtiovf_intx_arm_moved(vf, saved->vectors);
}

/*
 * Context: the source's parts were set, and the device is stopped. @saved: all zeroes if
 * there was no line. Return: 0, or an error if the guest would not get interrupts
 */
int virtiovf_intx_restore(struct virtiovf_device *vf, const struct virtiovf_intx_saved *saved)
{
	int ret;

	if (!vf->type)
		return 0;
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	ret = restore_locked(vf, saved) ?: virtiovf_intx_moved_master(vf);
	mutex_unlock(&vf->bar0_lock);
	return ret;
}
