// SPDX-License-Identifier: GPL-2.0-only
/*
 * When are the MSI-X vectors behind an emulated INTx line allocated and programmed? By which
 * registers is in intx_regs.c. The guest, for which MSI-X is off, does not see them.
 *
 * bar0_lock is held, as for an access of the guest. The configuration vector takes two
 * accesses, and so does each queue. A failure here does not fail the guest's access: the
 * line stays deasserted, and the next queue that is set up tries again.
 */
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/pci.h>

#include "intx_regs.h"
#include "virtiovf.h"

#define NO_VECTOR	0xffff

static irqreturn_t interrupt(int irq, void *data)
{
	struct virtiovf_intx_vector *vector = data;

	virtiovf_intx_interrupt(vector->vf, vector->bits);
	return IRQ_HANDLED;
}

static void free_first(struct virtiovf_device *vf, int count)
{
	struct pci_dev *pdev = vf->core.pdev;

	while (count--)
		free_irq(pci_irq_vector(pdev, count), &vf->intx.vector[count]);
	pci_free_irq_vectors(pdev);
}

static int allocate_locked(struct virtiovf_device *vf)
{
	struct pci_dev *pdev = vf->core.pdev;
	int ret;

	if (!virtiovf_awake(vf))
		return -EIO;
	ret = pci_alloc_irq_vectors(pdev, VIRTIOVF_INTX_VECTORS, VIRTIOVF_INTX_VECTORS,
				    PCI_IRQ_MSIX);
	if (ret < 0)
		return ret;
	for (int i = 0; i < VIRTIOVF_INTX_VECTORS; i++) {
		ret = request_irq(pci_irq_vector(pdev, i), interrupt, 0,
				  vf->intx.vector[i].name, &vf->intx.vector[i]);
		if (ret) {
			free_first(vf, i);
			return ret;
		}
	}
	return 0;
}

/* memory_lock: the vector table is in a BAR, which is not accessible during a reset */
static int allocate_vectors(struct virtiovf_device *vf)
{
	int ret;

	if (vf->intx.allocated)
		return 0;
	down_write(&vf->core.memory_lock);
	ret = allocate_locked(vf);
	up_write(&vf->core.memory_lock);
	vf->intx.allocated = !ret;
	return ret;
}

/* No handler runs after this */
static void free_vectors(struct virtiovf_device *vf)
{
	if (!vf->intx.allocated)
		return;
	down_write(&vf->core.memory_lock);
	free_first(vf, VIRTIOVF_INTX_VECTORS);
	up_write(&vf->core.memory_lock);
	vf->intx.allocated = false;
}

/* "The device MUST return VIRTIO_MSI_NO_VECTOR if it cannot allocate resources" */
static int put_vector(struct virtiovf_device *vf, const struct virtiovf_intx_regs *regs,
		      u8 offset, u16 vector)
{
	u16 value;

	if (regs->put(vf, offset, vector))
		return -EIO;
	if (vector == NO_VECTOR)
		return 0;
	if (regs->get(vf, offset, &value))
		return -EIO;
	return value == vector ? 0 : -ENOSPC;
}

/* @selected: in and out: the device's queue select register */
static int put_queue_vector(struct virtiovf_device *vf, const struct virtiovf_intx_regs *regs,
			    u16 *selected, u16 queue, u16 vector)
{
	if (*selected != queue) {
		if (regs->put(vf, regs->queue_select, queue))
			return -EIO;
		*selected = queue;
	}
	return put_vector(vf, regs, regs->queue_vector, vector);
}

static int put_all_vectors(struct virtiovf_device *vf, const struct virtiovf_setup *setup,
			   bool detach)
{
	const struct virtiovf_intx_regs *regs = virtiovf_intx_regs(setup);
	u16 select, selected;
	int ret;

	ret = regs->selected(vf, setup, &select);
	if (ret)
		return ret;
	selected = select;
	ret = put_vector(vf, regs, regs->config_vector,
			 detach ? NO_VECTOR : VIRTIOVF_CONFIG_INTERRUPT);
	for (int queue = virtiovf_setup_next_queue(setup, 0); queue >= 0 && !ret;
	     queue = virtiovf_setup_next_queue(setup, queue + 1))
		ret = put_queue_vector(vf, regs, &selected, queue,
				       detach ? NO_VECTOR : VIRTIOVF_QUEUE_INTERRUPT);
	/* restore it for the guest */
	if (selected != select && regs->put(vf, regs->queue_select, select))
		ret = -EIO;
	return ret;
}

/* Interrupts from before the device had its vectors */
static void take_over_status(struct virtiovf_device *vf, const struct virtiovf_setup *setup)
{
	u8 status;

	if (!virtiovf_intx_regs(setup)->get_status(vf, &status))
		virtiovf_intx_interrupt(vf, status & (VIRTIOVF_ISR_QUEUE | VIRTIOVF_ISR_CONFIG));
}

/*
 * Clear the device's ISR status before its vectors are removed: what is set there by
 * then was signalled by a vector as well, and would be seen twice.
 */
static void take_vectors_away(struct virtiovf_device *vf, const struct virtiovf_setup *setup)
{
	u8 status;

	if (!virtiovf_intx_regs(setup)->get_status(vf, &status))
		put_all_vectors(vf, setup, true);
}

static int program_device(struct virtiovf_device *vf, const struct virtiovf_setup *setup,
			  bool whole, int new_queue)
{
	u16 selected = new_queue;
	int ret;

	ret = allocate_vectors(vf);
	if (ret)
		return ret;
	/* it was set up just now, so it is selected */
	if (!whole)
		return put_queue_vector(vf, virtiovf_intx_regs(setup), &selected, new_queue,
					VIRTIOVF_QUEUE_INTERRUPT);
	ret = put_all_vectors(vf, setup, false);
	if (!ret)
		take_over_status(vf, setup);
	return ret;
}

/* Has a driver set up queues that interrupt by the line? */
static bool line_wanted(const struct virtiovf_intx *intx)
{
	lockdep_assert_held(&intx->lock);
	return intx->state.trigger && !intx->state.disabled &&
	       virtiovf_setup_next_queue(&intx->setup, 0) >= 0;
}

/*
 * Program the vectors if a driver needs them: when it sets up a queue, or when the line
 * is enabled after that. @new_queue: the queue that was set up, or VIRTIOVF_NO_QUEUE.
 * Return: 0, also if no driver needs them, or an error
 */
int virtiovf_intx_arm(struct virtiovf_device *vf, int new_queue)
{
	struct virtiovf_intx *intx = &vf->intx;
	struct virtiovf_setup setup;
	bool wanted, whole;
	unsigned int resets;
	unsigned long flags;
	int ret;

	lockdep_assert_held(&vf->bar0_lock);
	spin_lock_irqsave(&intx->lock, flags);
	whole = !intx->programmed;
	wanted = line_wanted(intx) && (whole || new_queue != VIRTIOVF_NO_QUEUE);
	/* before the device sends the first interrupt */
	if (wanted)
		intx->accept = true;
	setup = intx->setup;
	resets = intx->resets;
	spin_unlock_irqrestore(&intx->lock, flags);
	if (!wanted)
		return 0;

	ret = program_device(vf, &setup, whole, new_queue);

	spin_lock_irqsave(&intx->lock, flags);
	/* unless a reset in the meantime cleared the vectors */
	if (resets == intx->resets) {
		intx->programmed = !ret;
		intx->accept = !ret;
	}
	spin_unlock_irqrestore(&intx->lock, flags);
	if (ret)
		pci_info_ratelimited(vf->core.pdev,
				     "INTx: cannot set up MSI-X vectors, guest gets no interrupts: %d\n",
				     ret);
	return ret;
}

/* The legacy vector registers may not exist while MSI-X is off */
static int remove_vectors(struct virtiovf_device *vf)
{
	int ret = virtiovf_intx_guest_msix(vf) ? 0 : allocate_vectors(vf);

	if (!ret)
		ret = put_all_vectors(vf, &vf->intx.setup, true);
	free_vectors(vf);
	return ret;
}

/*
 * Context: the source's parts were set, and the device is stopped. @has_vectors: the parts
 * contain the source's vectors; then the ISR status is complete without the device's own.
 */
int virtiovf_intx_arm_moved(struct virtiovf_device *vf, bool has_vectors)
{
	u8 known;
	int ret;

	lockdep_assert_held(&vf->bar0_lock);
	if (has_vectors && virtiovf_intx_regs(&vf->intx.setup)->get_status(vf, &known))
		return -EIO;
	ret = virtiovf_intx_arm(vf, VIRTIOVF_NO_QUEUE);
	if (!ret && has_vectors && !READ_ONCE(vf->intx.programmed))
		ret = remove_vectors(vf);
	return ret;
}

/*
 * Turn the line off and free its vectors. Earlier interrupts stay in the ISR status here,
 * later ones set the device's own. After the first command that fails no other is sent.
 */
void virtiovf_intx_disarm(struct virtiovf_device *vf, bool tell_device)
{
	struct virtiovf_intx *intx = &vf->intx;
	struct virtiovf_setup setup;
	unsigned long flags;
	bool programmed;

	lockdep_assert_held(&vf->bar0_lock);
	spin_lock_irqsave(&intx->lock, flags);
	virtiovf_intx_state_turn_off(&intx->state);
	programmed = intx->programmed;
	setup = intx->setup;
	spin_unlock_irqrestore(&intx->lock, flags);

	if (tell_device && programmed)
		take_vectors_away(vf, &setup);
	free_vectors(vf);

	spin_lock_irqsave(&intx->lock, flags);
	intx->accept = false;
	intx->programmed = false;
	spin_unlock_irqrestore(&intx->lock, flags);
}
