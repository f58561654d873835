/* SPDX-License-Identifier: GPL-2.0-only */
/* The domain's structures, for vduse_domain.c, vduse_bounce.c and vduse_umem.c. */
#ifndef VDUSE_DOMAIN_H
#define VDUSE_DOMAIN_H

#include <linux/iova.h>
#include <linux/kref.h>

#include "vduse.h"

/* A page of bounce memory */
struct vduse_slot {
	struct page *page;
	phys_addr_t orig;	/* the page that is mapped here, or 0; owned by the mapping */
};

/* Pages of the daemon for all slots */
struct vduse_umem {
	struct page **pages;
	unsigned long count;
	unsigned long pinned;		/* this many are pinned, from the first on */
	struct mm_struct *mm;		/* is charged for them */
};

struct vduse_domain {
	struct kref ref;
	struct vduse_owner *owner;	/* with a reference */
	u32 bounce_size;
	u32 nslots;
	struct vduse_slot *slots;
	/* The page of a slot: read-locked by copies, in any context; written by umem changes */
	rwlock_t slot_lock;
	struct vduse_umem *umem;	/* written under both locks; or NULL */
	/* serializes registering and deregistering; held while pages are pinned */
	struct mutex umem_lock;
	struct iova_domain bounce_iova;
	struct iova_domain coherent_iova;
	struct vduse_space coherent;	/* for page faults of the file */
	struct vduse_space writable;	/* parts of it that the daemon may write to */
	struct vduse_space *space;	/* the device's; valid while a driver has mappings */
	bool used;			/* unmapped from since this was cleared; no lock */
};

#endif /* VDUSE_DOMAIN_H */
