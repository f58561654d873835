/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of the administration queue to the virtio-pci transport.
 *
 * Each owner device (PF) has one struct vp_admin. The transport keeps it in
 * vp_device::admin and calls the functions below in this order:
 *
 *	vp_admin_create				PCI probe
 *	  vp_admin_setup_queue			last step of find_vqs
 *	    vp_admin_ready			after DRIVER_OK was written
 *	      vp_admin_vfs_prepare		before pci_enable_sriov()
 *	      vp_admin_vfs_gone			before pci_disable_sriov()
 *	    vp_admin_quiesce			before a reset is written
 *	    vp_admin_reset_done			the device acknowledged it, or is gone
 *	  vp_admin_del_queue			del_vqs
 *	vp_admin_destroy			PCI remove
 *
 * setup_queue to del_queue are repeated each time the device is bound, suspended or
 * reset. quiesce may be called at any time after create, more than once, and
 * concurrently with commands; the caller serializes all others (device lock).
 * Every function accepts a device without an admin object (vp_device::admin is
 * NULL).
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_TRANSPORT_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_TRANSPORT_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct vp_admin;
struct vp_device;

/**
 * vp_admin_create() - create the admin object of an owner device
 * @vp: the device, its registers mapped
 *
 * Sets vp->admin if the device offers administration virtqueues; otherwise leaves it
 * NULL and succeeds.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int vp_admin_create(struct vp_device *vp);

/**
 * vp_admin_setup_queue() - allocate and enable the administration virtqueue
 * @vp: the device, FEATURES_OK set, its other queues enabled
 * @vector: MSI-X vector of the queue, shared or its own, or
 *	VIRTIO_MSI_NO_VECTOR to poll for answers
 *
 * Does nothing and succeeds if VIRTIO_F_ADMIN_VQ was not negotiated.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative errno. After an error nothing is left allocated, and the
 * device can be driven without an administration virtqueue.
 */
int vp_admin_setup_queue(struct vp_device *vp, u16 vector);

/**
 * vp_admin_ready() - DRIVER_OK was written: accept commands
 * @vp: the device
 *
 * Sends no command itself, because callers hold locks such as RTNL: the commands of a
 * group are negotiated when they are first needed.
 *
 * Context: process; does not wait for the device.
 */
void vp_admin_ready(struct vp_device *vp);

/**
 * vp_admin_quiesce() - refuse new commands and abort those in flight
 * @vp: the device, about to be reset or removed, or found dead
 *
 * Commands in flight return -ENODEV if the device is gone, else -EIO. Slots that the
 * device owns stay untouched until vp_admin_reset_done().
 *
 * Context: any but hard interrupt; does not sleep.
 */
void vp_admin_quiesce(struct vp_device *vp);

/**
 * vp_admin_reset_done() - the device cannot write to any slot any more
 * @vp: the device, its status read back as zero, or gone
 *
 * Context: process.
 */
void vp_admin_reset_done(struct vp_device *vp);

/**
 * vp_admin_del_queue() - free the queue (del_vqs)
 * @vp: the device, reset, or its queue never enabled; the interrupt handler is
 *	removed
 *
 * Waits for the callers that vp_admin_quiesce() aborted.
 *
 * Context: process, may sleep.
 */
void vp_admin_del_queue(struct vp_device *vp);

/**
 * vp_admin_destroy() - PCI remove: callers get -ENODEV from here on
 * @vp: the device, after vp_admin_del_queue(); vp->admin is NULL afterwards
 *
 * Context: process, may sleep.
 */
void vp_admin_destroy(struct vp_device *vp);

/**
 * vp_admin_vfs_prepare() - VFs are about to be enabled
 * @vp: the device
 * @num_vfs: how many
 *
 * pci_enable_sriov() probes the VFs' drivers before it returns, and these may use
 * legacy access at once: so commands for VFs are accepted from here on. If
 * pci_enable_sriov() fails, vp_admin_vfs_gone() is called.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int vp_admin_vfs_prepare(struct vp_device *vp, unsigned int num_vfs);

/**
 * vp_admin_vfs_gone() - VFs are about to be disabled, or could not be enabled
 * @vp: the device
 *
 * Refuses further commands for VFs and waits for those in flight, at most
 * admin_timeout_ms (a command must not outlive VF Enable, section "Group
 * administration commands").
 *
 * Context: process, may sleep.
 */
void vp_admin_vfs_gone(struct vp_device *vp);

/**
 * vp_admin_interrupt() - the admin queue's interrupt handler
 * @irq: unused
 * @admin: the struct vp_admin of the device
 *
 * The handler of its own MSI-X vector; also called from the handler of a shared vector
 * or of INTx, once the interrupt is known to be from this device.
 *
 * Context: hard interrupt.
 * Return: IRQ_HANDLED if there is a queue (a poller may have taken the answer
 * already), else IRQ_NONE.
 */
irqreturn_t vp_admin_interrupt(int irq, void *admin);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_TRANSPORT_H */
