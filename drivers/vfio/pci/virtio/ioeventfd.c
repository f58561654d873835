// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does an eventfd become a driver notification? VFIO_DEVICE_IOEVENTFD ties
 * one to a queue. A VMM has KVM signal it when the guest writes the queue's
 * number to the legacy notify register, and the device is notified in the context
 * of that write: no exit to user space, no command.
 *
 * It takes a notification address. A command sleeps for as long as the device
 * likes, and whoever signals an eventfd cannot.
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

#include "bar0_layout.h"
#include "virtiovf.h"

/* Each is memory that a user pins. No device of today has so many queues. */
#define IOEVENTFDS_MAX	1024

/* An eventfd tied to a queue */
struct virtiovf_ioeventfd {
	struct virtiovf_device *vf;
	struct virqfd *virqfd;		/* vfio makes it NULL when the eventfd is closed */
	u16 queue;
};

/*
 * Whoever signals the eventfd calls this, with the eventfd's lock held and
 * interrupts off. Return: whether notify_later() has to do it.
 */
static int notify_now(void *opaque, void *unused)
{
	struct virtiovf_ioeventfd *tied = opaque;

	return virtiovf_notify_now(tied->vf, tied->queue) == -EAGAIN;
}

/* In a worker. What fails here failed for the guest, as a write to its ports would. */
static void notify_later(void *opaque, void *unused)
{
	struct virtiovf_ioeventfd *tied = opaque;

	virtiovf_bar0_notify(tied->vf, tied->queue);
}

/* The eventfd's callers and workers are gone when this returns */
static void untie(struct virtiovf_device *vf, struct virtiovf_ioeventfd *tied)
{
	xa_erase(&vf->ioeventfds, tied->queue);
	vf->ioeventfd_count--;
	vfio_virqfd_disable(&tied->virqfd);
	kfree(tied);
}

static int tie(struct virtiovf_device *vf, u16 queue, int fd)
{
	struct virtiovf_ioeventfd *tied;
	int ret;

	tied = kzalloc(sizeof(*tied), GFP_KERNEL_ACCOUNT);
	if (!tied)
		return -ENOMEM;
	tied->vf = vf;
	tied->queue = queue;
	ret = xa_insert(&vf->ioeventfds, queue, tied, GFP_KERNEL_ACCOUNT);
	if (ret) {
		kfree(tied);
		return ret;
	}
	vf->ioeventfd_count++;
	ret = vfio_virqfd_enable(tied, notify_now, notify_later, NULL, &tied->virqfd, fd);
	if (ret)
		untie(vf, tied);
	return ret;
}

static int assign(struct virtiovf_device *vf, u16 queue, int fd)
{
	struct virtiovf_ioeventfd *old = xa_load(&vf->ioeventfds, queue);

	lockdep_assert_held(&vf->ioeventfd_lock);
	if (!vf->notify.address)
		return -EOPNOTSUPP;
	/* one that nobody can signal any more is in nobody's way */
	if (old && !READ_ONCE(old->virqfd))
		untie(vf, old);
	else if (old)
		return -EEXIST;
	if (vf->ioeventfd_count == IOEVENTFDS_MAX)
		return -ENOSPC;
	return tie(vf, queue, fd);
}

static int deassign(struct virtiovf_device *vf, u16 queue)
{
	struct virtiovf_ioeventfd *tied = xa_load(&vf->ioeventfds, queue);

	lockdep_assert_held(&vf->ioeventfd_lock);
	if (!tied)
		return -ENODEV;
	untie(vf, tied);
	return 0;
}

/* The register has two bytes, and what is written to it is a queue's number */
static bool is_notification(const struct vfio_device_ioeventfd *request)
{
	return (request->offset & VFIO_PCI_OFFSET_MASK) == VIRTIOVF_QUEUE_NOTIFY &&
	       request->flags == VFIO_DEVICE_IOEVENTFD_16 && request->data <= U16_MAX;
}

/* VFIO_DEVICE_IOEVENTFD. The core has the BARs that the VF itself has. */
long virtiovf_ioeventfd(struct virtiovf_device *vf, unsigned long arg)
{
	const size_t len = offsetofend(struct vfio_device_ioeventfd, fd);
	struct vfio_device_ioeventfd request;
	int ret;

	if (copy_from_user(&request, (void __user *)arg, len))
		return -EFAULT;
	if (VFIO_PCI_OFFSET_TO_INDEX(request.offset) != VFIO_PCI_BAR0_REGION_INDEX)
		return vfio_pci_core_ioctl(&vf->core.vdev, VFIO_DEVICE_IOEVENTFD, arg);
	if (request.argsz < len || request.fd < -1 || !is_notification(&request))
		return -EINVAL;

	mutex_lock(&vf->ioeventfd_lock);
	ret = request.fd == -1 ? deassign(vf, request.data) :
				 assign(vf, request.data, request.fd);
	mutex_unlock(&vf->ioeventfd_lock);
	return ret;
}

void virtiovf_ioeventfd_close(struct virtiovf_device *vf)
{
	struct virtiovf_ioeventfd *tied;
	unsigned long queue;

	mutex_lock(&vf->ioeventfd_lock);
	xa_for_each(&vf->ioeventfds, queue, tied)
		untie(vf, tied);
	mutex_unlock(&vf->ioeventfd_lock);
}
