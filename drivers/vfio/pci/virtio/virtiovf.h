/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of this driver: a VF presented to its user as a transitional device. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_VIRTIOVF_H
#define DRIVERS_VFIO_PCI_VIRTIO_VIRTIOVF_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfio_pci_core.h>
#include <linux/xarray.h>

#include "config_regs.h"
#include "dirty.h"
#include "interpose.h"
#include "intx.h"
#include "migration.h"
#include "modern.h"
#include "owner.h"
#include "trap.h"
#include "type.h"

/**
 * struct virtiovf_notify - where a driver notification is written
 * @address: two bytes of a BAR, or NULL: not queried yet, or notifications are
 *	commands. Set once under bar0_lock; valid until the device is closed
 * @member: the BAR is the VF's own, not accessible during a reset or in D3; valid
 *	once @address is not NULL
 * @answered: the device has answered the query; under bar0_lock
 * @query_again: do not query before, in jiffies; under bar0_lock
 */
struct virtiovf_notify {
	void __iomem *address;
	bool member;
	bool answered;
	unsigned long query_again;
};

/**
 * struct virtiovf_device - a function bound to this driver
 * @core: vfio-pci-core's part; drvdata of the pci_dev
 * @type: the legacy interface, or NULL: passed through as by vfio-pci. Never changes.
 * @admin: the owner driver's calls, used if there is a @type
 * @bar0_lock: serializes accesses to registers, by I/O ports or trapped ones of a modern
 *	driver, so that none sees half of another. Held while commands run
 * @notify: where a driver notification is written
 * @ioeventfd_lock: protects @ioeventfds and @ioeventfd_count
 * @ioeventfds: eventfds that notify the device, by queue index
 * @ioeventfd_count: number of entries in @ioeventfds
 * @intx: the interrupt line of a driver without MSI-X
 * @config_lock: protects @config. The I/O space enable bit is read without it
 * @config: configuration registers that differ from the VF's own
 * @migration: state of a migration
 * @dirty: the log of what the VF writes to
 * @interpose: used rings of the driver's, if that logs
 * @guest_irqs: eventfds of the guest's vectors
 * @trap: which pages of its BARs can be mapped
 * @modern: the registers of a modern driver, if they are trapped
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

	struct virtiovf_intx intx;

	spinlock_t config_lock;		/* above intx.lock only */
	struct virtiovf_config config;

	struct virtiovf_migration migration;
	struct virtiovf_dirty dirty;
	struct virtiovf_interpose interpose;
	struct virtiovf_guest_irqs guest_irqs;
	struct virtiovf_trap trap;
	struct virtiovf_modern modern;
};

static inline struct virtiovf_device *virtiovf_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct virtiovf_device, core.vdev);
}

/* Pages may be missing: reports fail with @err until the log is started again. Context: any */
static inline void virtiovf_dirty_lose(struct virtiovf_device *vf, int err)
{
	atomic_cmpxchg(&vf->dirty.lost, 0, err);
}

/* In D3 only configuration accesses work */
static inline bool virtiovf_awake(struct virtiovf_device *vf)
{
	pci_power_t state = READ_ONCE(vf->core.pdev->current_state);

	return state != PCI_D3hot && state != PCI_D3cold;
}

/*
 * Does the function respond to I/O port accesses? Context: any. Checked without a
 * lock at each access, so a concurrent write of PCI_COMMAND is ordered before or after.
 */
static inline bool virtiovf_io_decoded(struct virtiovf_device *vf)
{
	return virtiovf_config_io_enabled(&vf->config) && virtiovf_awake(vf);
}

/* Return: NULL if not queried yet, or if there is none */
static inline void __iomem *virtiovf_notify_address(struct virtiovf_device *vf)
{
	/* pairs with map_address(): notify.member was written before */
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
int virtiovf_notify_member_fast(struct virtiovf_device *vf, void __iomem *address, u16 queue);
int virtiovf_notify_fast(struct virtiovf_device *vf, u16 queue);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_VIRTIOVF_H */
