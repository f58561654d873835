/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the virtio-pci transport calls of the administration queue.
 *
 * One struct vp_admin belongs to one owner device (PF). The transport keeps it
 * in vp_device::admin and calls the functions below in this order:
 *
 *	vp_admin_create				PCI probe
 *	  vp_admin_setup_queue			last step of find_vqs
 *	    vp_admin_ready			after DRIVER_OK was written
 *	      vp_admin_vfs_prepare		before pci_enable_sriov()
 *	      vp_admin_vfs_changed(n)		after pci_enable_sriov()
 *	      vp_admin_vfs_changed(0)		before pci_disable_sriov()
 *	    vp_admin_quiesce			before a reset is written
 *	    vp_admin_reset_done			the device acknowledged it, or is gone
 *	  vp_admin_del_queue			del_vqs
 *	vp_admin_destroy			PCI remove
 *
 * setup_queue to del_queue repeats as often as the device is bound, suspended
 * or reset. quiesce may come at any time after create, more than once, and
 * concurrently with commands; the caller serialises the others among
 * themselves (device lock). Every function but create and setup_queue accepts
 * a device that has no admin object (vp_device::admin is NULL).
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_TRANSPORT_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_TRANSPORT_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct vp_admin;
struct vp_device;

/**
 * vp_admin_create() - make the admin object of an owner device
 * @vp: the device, its capabilities mapped
 *
 * Sets vp->admin when the device offers administration virtqueues and leaves it
 * NULL, with success, when it offers none.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int vp_admin_create(struct vp_device *vp);

/**
 * vp_admin_setup_queue() - build the administration virtqueue and enable it
 * @vp: the device, FEATURES_OK set, its own queues enabled
 * @vector: MSI-X vector of the queue, shared or its own, or
 *	VIRTIO_MSI_NO_VECTOR: then answers are polled for
 *
 * Does nothing, with success, when VIRTIO_F_ADMIN_VQ was not negotiated.
 *
 * Context: process, may sleep.
 * Return: 0 or a negative error; on an error nothing is left behind and the
 * device may be driven without an administration virtqueue.
 */
int vp_admin_setup_queue(struct vp_device *vp, u16 vector);

/**
 * vp_admin_ready() - DRIVER_OK was written: take commands
 * @vp: the device
 *
 * Sends none: callers hold locks that others need, RTNL for one. What the device
 * supports is negotiated by the first who wants to know.
 *
 * Context: process; does not wait for the device.
 */
void vp_admin_ready(struct vp_device *vp);

/**
 * vp_admin_quiesce() - refuse new commands and abort those under way
 * @vp: the device, about to be reset, removed, or found dead
 *
 * Commands in flight return -ENODEV when the device is gone, else -EIO. Slots
 * the device still owns stay untouched until vp_admin_reset_done().
 *
 * Context: any but hard interrupt; does not sleep.
 */
void vp_admin_quiesce(struct vp_device *vp);

/**
 * vp_admin_reset_done() - the device can no longer write to any slot
 * @vp: the device, its status read back as zero, or unreachable
 *
 * Context: process.
 */
void vp_admin_reset_done(struct vp_device *vp);

/**
 * vp_admin_del_queue() - free the queue (del_vqs)
 * @vp: the device, reset, or its queue never made known to it; the interrupt
 *	handler no longer runs
 *
 * Waits for the callers that vp_admin_quiesce() aborted.
 *
 * Context: process, may sleep.
 */
void vp_admin_del_queue(struct vp_device *vp);

/**
 * vp_admin_destroy() - PCI remove: late callers get -ENODEV
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
 * pci_enable_sriov() probes drivers of VFs before it returns, and these may ask
 * for legacy access at once: from here on commands for them are let through. A
 * failing pci_enable_sriov() is followed by vp_admin_vfs_changed(0).
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int vp_admin_vfs_prepare(struct vp_device *vp, unsigned int num_vfs);

/**
 * vp_admin_vfs_changed() - VFs were enabled, or are about to be disabled
 * @vp: the device
 * @num_vfs: how many there are now, 0 before they go
 *
 * With 0 it refuses further commands for VFs and waits, bounded by the command
 * time-out, for those in flight (a command must not outlive VF Enable, section
 * "Group administration commands").
 *
 * Context: process, may sleep.
 */
void vp_admin_vfs_changed(struct vp_device *vp, unsigned int num_vfs);

/**
 * vp_admin_interrupt() - the admin queue's interrupt handler
 * @irq: unused
 * @admin: the struct vp_admin of the device
 *
 * For an MSI-X vector of its own, or called from the handler of a shared vector
 * or INTx once that is known to be this device's.
 *
 * Return: IRQ_HANDLED when there is a queue (its answer may have been found by
 * somebody else already), else IRQ_NONE.
 */
irqreturn_t vp_admin_interrupt(int irq, void *admin);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_TRANSPORT_H */
