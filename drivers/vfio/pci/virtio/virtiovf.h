/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this driver share: a VF that its user sees as a transitional device. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_VIRTIOVF_H
#define DRIVERS_VFIO_PCI_VIRTIO_VIRTIOVF_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfio_pci_core.h>
#include <linux/xarray.h>

#include "config_regs.h"
#include "owner.h"
#include "type.h"

/**
 * struct virtiovf_notify - where a driver notification is written
 * @address: two bytes of a BAR, or NULL: not queried yet, or notifications are
 *	commands. Set once under bar0_lock, and stays until the device is closed
 * @member: the BAR is the VF's own, which a reset or D3 takes away for a while;
 *	valid once @address was seen
 * @answered: the device need not be queried again; under bar0_lock, as @query_again
 * @query_again: in jiffies, not before
 */
struct virtiovf_notify {
	void __iomem *address;
	bool member;
	bool answered;
	unsigned long query_again;
};

/**
 * struct virtiovf_device - a function bound to this driver
 * @core: what vfio-pci-core knows of it; drvdata of the pci_dev
 * @type: its legacy interface, or NULL: served as vfio-pci does. Never changes.
 * @admin: the calls that reach its registers, if it has a @type
 * @bar0_lock: one I/O port access at a time, so that none sees half of another.
 *	Held while commands run
 * @notify: where a driver notification is written
 * @ioeventfd_lock: protects @ioeventfds and @ioeventfd_count
 * @ioeventfds: eventfds that notify the device, by the queue's number
 * @ioeventfd_count: how many there are
 * @config_lock: protects @config, also against resets. Whether I/O ports are
 *	decoded is read without it
 * @config: configuration registers that differ from the VF's
 */
struct virtiovf_device {
	struct vfio_pci_core_device core;
	const struct virtiovf_type *type;	/* NULL: passthrough */
	const struct virtio_pci_admin_calls *admin;

	struct mutex bar0_lock;		/* above memory_lock and config_lock */

	struct virtiovf_notify notify;

	struct mutex ioeventfd_lock;	/* nothing of ours below it */
	struct xarray ioeventfds;
	u32 ioeventfd_count;

	spinlock_t config_lock;		/* innermost */
	struct virtiovf_config config;
};

static inline struct virtiovf_device *virtiovf_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct virtiovf_device, core.vdev);
}

/* In D3 only configuration accesses work */
static inline bool virtiovf_awake(struct virtiovf_device *vf)
{
	pci_power_t state = READ_ONCE(vf->core.pdev->current_state);

	return state != PCI_D3hot && state != PCI_D3cold;
}

/*
 * Does the function answer to its I/O ports? In any context. Each access asks,
 * so no lock is taken: a write of the command register comes before or after.
 */
static inline bool virtiovf_io_decoded(struct virtiovf_device *vf)
{
	return virtiovf_config_io_enabled(&vf->config) && virtiovf_awake(vf);
}

/* NULL: not known yet, or there is none */
static inline void __iomem *virtiovf_notify_address(struct virtiovf_device *vf)
{
	/* with notify.member, which was written before it */
	return smp_load_acquire(&vf->notify.address);
}

/* bar0.c */
ssize_t virtiovf_bar0_read(struct virtiovf_device *vf, char __user *buf, size_t count,
			   loff_t *ppos);
ssize_t virtiovf_bar0_write(struct virtiovf_device *vf, const char __user *buf, size_t count,
			    loff_t *ppos);
int virtiovf_bar0_notify(struct virtiovf_device *vf, u16 queue);

/* config.c */
void virtiovf_config_space_reset(struct virtiovf_device *vf);
ssize_t virtiovf_config_space_read(struct virtiovf_device *vf, char __user *buf, size_t count,
				   loff_t *ppos);
ssize_t virtiovf_config_space_write(struct virtiovf_device *vf, const char __user *buf,
				    size_t count, loff_t *ppos);

/* ioeventfd.c */
long virtiovf_ioeventfd(struct virtiovf_device *vf, unsigned long arg);
void virtiovf_ioeventfd_close(struct virtiovf_device *vf);

/* notify.c */
void virtiovf_notify_open(struct virtiovf_device *vf);
void virtiovf_notify_close(struct virtiovf_device *vf);
bool virtiovf_notify_query(struct virtiovf_device *vf);
int virtiovf_notify(struct virtiovf_device *vf, u16 queue);
int virtiovf_notify_fast(struct virtiovf_device *vf, u16 queue);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_VIRTIOVF_H */
