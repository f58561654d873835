// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does an eventfd become a driver notification? VFIO_DEVICE_IOEVENTFD binds
 * one to a queue. A VMM has KVM signal it when the guest writes the queue's
 * number to the legacy notify register, and the device is notified in the context
 * of that write: no exit to user space, no command.
 *
 * This needs a notification address: an admin command sleeps until the device
 * answers, and the context that signals an eventfd cannot sleep.
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

#include "bar0_layout.h"
#include "virtiovf.h"

/* Bounds the kernel memory that a user can hold. No device has as many queues today. */
#define IOEVENTFDS_MAX	1024

/* An eventfd bound to a queue */
struct virtiovf_ioeventfd {
	struct virtiovf_device *vf;
	struct virqfd *virqfd;		/* vfio clears it when the eventfd is closed */
	u16 queue;
};

/*
 * Called by whoever signals the eventfd, with its lock held and interrupts off.
 * Return: whether ioeventfd_thread() has to do it.
 */
static int ioeventfd_handler(void *opaque, void *unused)
{
	struct virtiovf_ioeventfd *bound = opaque;

	return virtiovf_notify_fast(bound->vf, bound->queue) == -EAGAIN;
}

/* In a worker. An error has nowhere to go, as for a write to an I/O port. */
static void ioeventfd_thread(void *opaque, void *unused)
{
	struct virtiovf_ioeventfd *bound = opaque;

	virtiovf_bar0_notify(bound->vf, bound->queue);
}

/* No handler or worker of the eventfd runs any more when this returns */
static void unbind_eventfd(struct virtiovf_device *vf, struct virtiovf_ioeventfd *bound)
{
	xa_erase(&vf->ioeventfds, bound->queue);
	vf->ioeventfd_count--;
	vfio_virqfd_disable(&bound->virqfd);
	kfree(bound);
}

static int bind_eventfd(struct virtiovf_device *vf, u16 queue, int fd)
{
	struct virtiovf_ioeventfd *bound;
	int ret;

	bound = kzalloc(sizeof(*bound), GFP_KERNEL_ACCOUNT);
	if (!bound)
		return -ENOMEM;
	bound->vf = vf;
	bound->queue = queue;
	ret = xa_insert(&vf->ioeventfds, queue, bound, GFP_KERNEL_ACCOUNT);
	if (ret) {
		kfree(bound);
		return ret;
	}
	vf->ioeventfd_count++;
	ret = vfio_virqfd_enable(bound, ioeventfd_handler, ioeventfd_thread, NULL,
				 &bound->virqfd, fd);
	if (ret)
		unbind_eventfd(vf, bound);
	return ret;
}

static int assign(struct virtiovf_device *vf, u16 queue, int fd)
{
	struct virtiovf_ioeventfd *old = xa_load(&vf->ioeventfds, queue);

	lockdep_assert_held(&vf->ioeventfd_lock);
	/* the old eventfd was closed: nobody can signal it any more */
	if (old && !READ_ONCE(old->virqfd))
		unbind_eventfd(vf, old);
	else if (old)
		return -EEXIST;
	if (vf->ioeventfd_count == IOEVENTFDS_MAX)
		return -ENOSPC;
	return bind_eventfd(vf, queue, fd);
}

static int deassign(struct virtiovf_device *vf, u16 queue)
{
	struct virtiovf_ioeventfd *bound = xa_load(&vf->ioeventfds, queue);

	lockdep_assert_held(&vf->ioeventfd_lock);
	if (!bound)
		return -ENODEV;
	unbind_eventfd(vf, bound);
	return 0;
}

/* The notify register is two bytes wide and takes a queue index */
static bool is_notification(const struct vfio_device_ioeventfd *request)
{
	return (request->offset & VFIO_PCI_OFFSET_MASK) == VIRTIOVF_QUEUE_NOTIFY &&
	       request->flags == VFIO_DEVICE_IOEVENTFD_16 && request->data <= U16_MAX;
}

/* Waits for the device, so no lock but bar0_lock is held */
static int query_address(struct virtiovf_device *vf)
{
	bool known;

	if (virtiovf_notify_address(vf))
		return 0;
	if (mutex_lock_killable(&vf->bar0_lock))
		return -EINTR;
	known = virtiovf_notify_query(vf);
	mutex_unlock(&vf->bar0_lock);
	return known ? 0 : -EOPNOTSUPP;
}

/* A write of a trapped register that this driver would not see; the flags are the size in bytes */
static bool is_trapped(struct virtiovf_device *vf, const struct vfio_device_ioeventfd *request)
{
	u32 region = VFIO_PCI_OFFSET_TO_INDEX(request->offset);

	return region < VIRTIOVF_TRAP_BARS &&
	       !virtiovf_trap_mappable(&vf->trap.plan, region,
				       request->offset & VFIO_PCI_OFFSET_MASK,
				       request->flags & VFIO_DEVICE_IOEVENTFD_SIZE_MASK);
}

/* VFIO_DEVICE_IOEVENTFD. BAR0 is ours; the core handles the VF's real BARs. */
long virtiovf_ioeventfd(struct virtiovf_device *vf, unsigned long arg)
{
	const size_t len = offsetofend(struct vfio_device_ioeventfd, fd);
	struct vfio_device_ioeventfd request;
	int ret;

	if (copy_from_user(&request, (void __user *)arg, len))
		return -EFAULT;
	if (is_trapped(vf, &request))
		return -EINVAL;
	if (VFIO_PCI_OFFSET_TO_INDEX(request.offset) != VFIO_PCI_BAR0_REGION_INDEX)
		return vfio_pci_core_ioctl(&vf->core.vdev, VFIO_DEVICE_IOEVENTFD, arg);
	if (request.argsz < len || request.fd < -1 || !is_notification(&request))
		return -EINVAL;
	ret = request.fd == -1 ? 0 : query_address(vf);
	if (ret)
		return ret;

	mutex_lock(&vf->ioeventfd_lock);
	ret = request.fd == -1 ? deassign(vf, request.data) :
				 assign(vf, request.data, request.fd);
	mutex_unlock(&vf->ioeventfd_lock);
	return ret;
}

void virtiovf_ioeventfd_close(struct virtiovf_device *vf)
{
	struct virtiovf_ioeventfd *bound;
	unsigned long queue;

	mutex_lock(&vf->ioeventfd_lock);
	xa_for_each(&vf->ioeventfds, queue, bound)
		unbind_eventfd(vf, bound);
	mutex_unlock(&vf->ioeventfd_lock);
}
