/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in a domain: for its two files, and nobody else.
 */
#ifndef VDUSE_DOMAIN_H
#define VDUSE_DOMAIN_H

#include <linux/iova.h>
#include <linux/kref.h>

#include "vduse.h"

/* A page of bounce memory */
struct vduse_slot {
	struct page *page;
	phys_addr_t orig;	/* the page that the driver mapped here, or 0; by who mapped it */
};

/* A daemon's pages behind all slots */
struct vduse_umem {
	struct page **pages;
	unsigned long count;
	unsigned long pinned;		/* the first of them */
	struct mm_struct *mm;		/* pays for them */
};

struct vduse_domain {
	struct kref ref;
	u32 bounce_size;
	u32 nslots;
	struct vduse_slot *slots;
	/*
	 * Which page is behind a slot: written where a umem comes or goes, read by whoever
	 * copies. A driver's context may be any.
	 */
	rwlock_t slot_lock;
	struct vduse_umem *umem;	/* under both locks, or NULL */
	/* the coming and going of that: held while its pages are pinned */
	struct mutex umem_lock;
	struct iova_domain bounce_iova;
	struct iova_domain coherent_iova;
	struct vduse_space coherent;	/* rings: for the file */
	struct vduse_space *space;	/* what a daemon sees; as long as there is a driver */
};

#endif /* VDUSE_DOMAIN_H */
