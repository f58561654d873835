/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages that a VF has written to, for a migration of its guest. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_DIRTY_H
#define DRIVERS_VFIO_PCI_VIRTIO_DIRTY_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/virtio_pci_admin.h>

struct attribute_group;
struct virtiovf_device;
struct virtiovf_dirty_range;

/**
 * struct virtiovf_dirty - the DMA write log of a VF
 * @lock: serializes the user's calls; held while commands run, nothing else waits for it
 * @limits: limits of the device's log; all zero if it has none. Constant
 * @active: a log was started and not stopped; this and the following under @lock
 * @shift: its page size
 * @count: number of @ranges
 * @ranges: what is logged
 * @bits: a piece of the log
 * @piece: pages that @bits holds
 * @lost: an error, if pages may be missing: reports fail with it until the next start. Set
 *	by a reset, without @lock
 */
struct virtiovf_dirty {
	struct mutex lock;	/* nothing of ours below or above it */
	struct virtio_pci_admin_log_limits limits;
	bool active;
	u8 shift;
	unsigned int count;
	struct virtiovf_dirty_range *ranges;
	u8 *bits;
	u32 piece;
	atomic_t lost;
};

void virtiovf_dirty_init(struct virtiovf_device *vf);
void virtiovf_dirty_reset(struct virtiovf_device *vf);
void virtiovf_dirty_close(struct virtiovf_device *vf);

extern const struct attribute_group virtiovf_dirty_group;

#endif /* DRIVERS_VFIO_PCI_VIRTIO_DIRTY_H */
