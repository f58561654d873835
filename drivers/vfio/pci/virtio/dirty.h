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
 * struct virtiovf_dirty_source - who logs what the VF writes to
 * @name: in sysfs
 * @start: an empty log of virtiovf_dirty::ranges begins
 * @read: read and clear the bits of @pages pages from @iova on, all in one range
 * @stop: it ends, if possible; it is forgotten in any case
 * @forget: free what @start has allocated, after @stop or a close; or NULL
 */
struct virtiovf_dirty_source {
	const char *name;
	int (*start)(struct virtiovf_device *vf);
	int (*read)(struct virtiovf_device *vf, u64 iova, u32 pages, u8 *bits);
	int (*stop)(struct virtiovf_device *vf);
	void (*forget)(struct virtiovf_device *vf);
};

/**
 * struct virtiovf_dirty - the DMA write log of a VF
 * @lock: serializes the user's calls; held while commands run, nothing else waits for it
 * @source: who logs; NULL: nobody. Constant
 * @limits: of the log. Constant
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
	struct mutex lock;	/* above virtiovf_migration::lock; nothing of ours above it */
	const struct virtiovf_dirty_source *source;
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

/* dirty_card.c, dirty_driver.c: NULL if the VF has none; a line in the log may say why */
const struct virtiovf_dirty_source *virtiovf_dirty_card(struct virtiovf_device *vf);
const struct virtiovf_dirty_source *virtiovf_dirty_driver(struct virtiovf_device *vf);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_DIRTY_H */
