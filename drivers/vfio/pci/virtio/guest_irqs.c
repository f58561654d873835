// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which eventfd is behind each MSI-X vector of the guest? vfio-pci-core knows, but only
 * interrupts of the device signal it. The used elements of our rings (interpose.c) reach the
 * guest later than the device's interrupt would, so the driver has to signal it itself. It
 * keeps references of its own, which it gets when VFIO_DEVICE_SET_IRQS passes.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "virtiovf.h"

void virtiovf_guest_irqs_init(struct virtiovf_device *vf)
{
	mutex_init(&vf->guest_irqs.lock);
}

static void put_all(struct virtiovf_guest_irqs *irqs)
{
	lockdep_assert_held(&irqs->lock);
	for (unsigned int i = 0; i < irqs->count; i++) {
		if (irqs->eventfds[i])
			eventfd_ctx_put(irqs->eventfds[i]);
		irqs->eventfds[i] = NULL;
	}
}

/* New eventfds of some vectors; those of vectors that have none then are NULL */
struct virtiovf_guest_irqs_change {
	bool all;			/* all vectors are disabled */
	u32 start;
	u32 count;
	struct eventfd_ctx *eventfds[];
};

static void put_change(struct virtiovf_guest_irqs_change *change)
{
	for (u32 i = 0; i < change->count; i++)
		if (change->eventfds[i])
			eventfd_ctx_put(change->eventfds[i]);
	kfree(change);
}

static int take_eventfds(struct virtiovf_guest_irqs_change *change, const s32 __user *fds,
			 u32 count)
{
	for (u32 i = 0; i < count; i++) {
		struct eventfd_ctx *ctx;
		s32 fd;

		if (get_user(fd, fds + i))
			return -EFAULT;
		ctx = fd < 0 ? NULL : eventfd_ctx_fdget(fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
		change->eventfds[change->count++] = ctx;
	}
	return 0;
}

static int make_room(struct virtiovf_guest_irqs *irqs, unsigned int vectors)
{
	int ret = 0;

	mutex_lock(&irqs->lock);
	if (!irqs->eventfds) {
		irqs->eventfds = kcalloc(vectors, sizeof(*irqs->eventfds), GFP_KERNEL_ACCOUNT);
		if (irqs->eventfds)
			irqs->count = vectors;
		else
			ret = -ENOMEM;
	}
	mutex_unlock(&irqs->lock);
	return ret;
}

/* A call that the core refuses is not looked at any closer */
static bool is_valid(const struct vfio_irq_set *set, unsigned int vectors)
{
	return set->start < vectors && set->count <= vectors - set->start &&
	       set->argsz >= offsetof(struct vfio_irq_set, data) + set->count * sizeof(s32);
}

/**
 * virtiovf_guest_irqs_prepare() - take the eventfds of a call of SET_IRQS
 * @vf: the function
 * @set: the call's header
 * @arg: where it is in user memory
 *
 * Context: before the core executes the call, so that one that cannot be followed fails.
 *
 * Return: what virtiovf_guest_irqs_finish() takes; NULL if no eventfd changes; or an error
 */
struct virtiovf_guest_irqs_change *
virtiovf_guest_irqs_prepare(struct virtiovf_device *vf, const struct vfio_irq_set *set,
			    unsigned long arg)
{
	const void __user *data = (void __user *)arg + offsetof(struct vfio_irq_set, data);
	bool all = set->flags & VFIO_IRQ_SET_DATA_NONE && !set->count;
	int vectors = pci_msix_vec_count(vf->core.pdev), ret = 0;
	struct virtiovf_guest_irqs_change *change;

	if (!vf->guest_irqs.wanted || set->index != VFIO_PCI_MSIX_IRQ_INDEX || vectors <= 0 ||
	    !(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER) ||
	    (!all && (!(set->flags & VFIO_IRQ_SET_DATA_EVENTFD) || !is_valid(set, vectors))))
		return NULL;
	change = kzalloc(struct_size(change, eventfds, set->count), GFP_KERNEL_ACCOUNT);
	if (!change)
		return ERR_PTR(-ENOMEM);
	change->all = all;
	change->start = set->start;
	ret = make_room(&vf->guest_irqs, vectors);
	if (!ret && !all)
		ret = take_eventfds(change, data, set->count);
	if (!ret)
		return change;
	put_change(change);
	return ERR_PTR(ret);
}

/* @done: the core has executed the call. @change may be NULL. */
void virtiovf_guest_irqs_finish(struct virtiovf_device *vf,
				struct virtiovf_guest_irqs_change *change, bool done)
{
	struct virtiovf_guest_irqs *irqs = &vf->guest_irqs;

	if (!change)
		return;
	if (done) {
		mutex_lock(&irqs->lock);
		if (change->all)
			put_all(irqs);
		for (u32 i = 0; i < change->count; i++)
			swap(irqs->eventfds[change->start + i], change->eventfds[i]);
		mutex_unlock(&irqs->lock);
	}
	put_change(change);
}

/* Context: may sleep. No vector, or none that has an eventfd: nothing is signalled */
void virtiovf_guest_irqs_signal(struct virtiovf_device *vf, u16 vector)
{
	struct virtiovf_guest_irqs *irqs = &vf->guest_irqs;

	mutex_lock(&irqs->lock);
	if (vector < irqs->count && irqs->eventfds[vector])
		eventfd_signal(irqs->eventfds[vector]);
	mutex_unlock(&irqs->lock);
}

void virtiovf_guest_irqs_close(struct virtiovf_device *vf)
{
	mutex_lock(&vf->guest_irqs.lock);
	put_all(&vf->guest_irqs);
	kfree(vf->guest_irqs.eventfds);
	vf->guest_irqs.eventfds = NULL;
	vf->guest_irqs.count = 0;
	mutex_unlock(&vf->guest_irqs.lock);
}
