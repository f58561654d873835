/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-vdpa-N: a vDPA device driven by a process, by the vhost commands.
 *
 * It shares no code and no struct with the kernel's vhost.ko, which serves rings
 * itself: here the device serves them, and what is left is to pass on commands, to
 * map memory, and to bind eventfds to notifications and interrupts.
 *
 * Locks, outermost first:
 *
 * vv_device::lock
 *	What the open file has set up. Commands, messages, open, close and removal take
 *	it, and hold it while the parent answers. User memory is never waited for under
 *	it: arguments are copied, pages pinned and unpinned without it, by vv_enter(),
 *	vv_leave() and their callers.
 * vdpa_device::config_lock, then the parent's own
 * vv_device::signal_lock (spin)
 *	Which eventfds a broken device signals.
 *
 * vv_device::doorbell_lock (rwsem)
 *	Whether there is a device whose pages may be mapped. Taken below a process's mmap
 *	lock by mmap() and by page faults, which must not take vv_device::lock; removal
 *	writes it for one assignment.
 *
 * After a removal vdpa is NULL: commands fail with ENODEV, and the open file has
 * nothing mapped, pinned or bound any more.
 */
#ifndef VHOST_VDPA_H
#define VHOST_VDPA_H

#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>
#include <linux/workqueue.h>
#include <uapi/linux/vhost.h>

struct iommu_domain;
struct iov_iter;
struct vv_device;

/* An eventfd by which a process notifies a queue (vhost_vdpa_kick.c) */
struct vv_kick {
	struct vdpa_device *vdpa;
	u16 index;
	struct file *file;		/* NULL: none */
	bool delegated;			/* to the parent: we do not wait for it */
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table table;
};

struct vv_vring {
	struct vv_kick kick;
	struct eventfd_ctx *call;	/* the queue's interrupt, or NULL */
	struct eventfd_ctx *error;	/* under signal_lock too */
	unsigned long doorbell;		/* number of its page, or 0; since the file was opened */
	u32 busyloop_timeout;		/* stored for whoever reads it back */
};

/* One stretch of memory that has one address and lies behind a region */
struct vv_piece {
	u64 addr;			/* physical, or the process's */
	u64 len;
	struct vdpa_map_file file;	/* of virtual addresses, with a reference */
};

/*
 * What one UPDATE message mapped, as pieces in the order of their iova. Once it is
 * mapped its pieces stay where they are: the device may have been given their files.
 */
struct vv_region {
	struct rb_node node;		/* in vv_space::regions, while it is mapped */
	struct list_head list;		/* afterwards: vv_space::retired, vv_device::unmapped */
	u64 iova;
	u64 last;
	u32 perm;
	struct mm_struct *mm;		/* pays for pinned pages; NULL: nothing is pinned */
	unsigned long pages;
	struct vv_piece *pieces;	/* first, or an array of their own */
	size_t count, room;
	struct vv_piece first;
};

struct vv_space {
	struct rb_root regions;		/* by their iova: they never overlap */
	u32 count;			/* of regions */
	u64 pieces;			/* of all regions */
	struct vhost_iotlb table;	/* for set_map: one entry per piece */
	bool changed;			/* the device does not know all of it yet */
	struct list_head retired;	/* unmapped, but the device may access them until it does */
};

/*
 * How a device learns of mappings. After @unmap it may access the memory until @sync;
 * without @sync it does not.
 */
struct vv_translation {
	int (*map)(struct vv_device *v, u32 asid, u64 iova, u32 perm, struct vv_piece *piece);
	void (*unmap)(struct vv_device *v, u32 asid, u64 iova, u64 size);
	int (*sync)(struct vv_device *v, u32 asid);
	/* all of a space, at once; never fails */
	void (*clear)(struct vv_device *v, u32 asid);
	bool whole;			/* before @sync nothing that was mapped is accessed */
};

/* The platform's IOMMU, for a device that has no translation of its own */
struct vv_platform {
	struct iommu_domain *domain;	/* while the file is open */
	struct list_head reserved;	/* struct iommu_resv_region */
};

struct vv_device {
	/* from probe to the last reference */
	struct device dev;
	struct cdev cdev;
	int minor;
	struct vdpa_info info;		/* the device's, also when that is gone */
	const struct vv_translation *translation;
	struct vv_vring *vrings;	/* info.nvqs; contents under the lock */
	struct vv_space *spaces;	/* info.nas; likewise */
	/* see above */
	struct mutex lock;

	/* under the lock */
	struct vdpa_device *vdpa;	/* NULL once it was removed */
	bool opened;
	/* under the lock, from open to release */
	struct file *file;
	struct mm_struct *mm;		/* the owner's, or NULL */
	u64 backend_features;
	bool suspended;
	struct eventfd_ctx *config_call;	/* under signal_lock too */
	int batch;			/* the space a batch is for, or -1 */
	u64 iova_first, iova_last;	/* what can be mapped */
	struct vv_platform platform;
	struct list_head unmapped;	/* regions to free without the lock */

	/* regions that a removal found, and a process may hold up */
	struct list_head leftover;
	struct work_struct leftover_work;
	struct completion leftover_freed;

	/* whether the device is there, whose pages may be mapped: see above */
	struct rw_semaphore doorbell_lock;
	bool has_doorbells;

	/* eventfds to signal when the device breaks: see above */
	spinlock_t signal_lock;
};

/* vhost_vdpa_file.c */
extern const struct file_operations vv_fops;
/* back to what a fresh file has: nothing mapped, bound, owned. @v->vdpa is there. */
void vv_stop(struct vv_device *v);

/* vhost_vdpa_ioctl.c */
long vv_ioctl(struct vv_device *v, unsigned int cmd, void __user *arg);

/*
 * A command's argument as the handlers see it, copied from the caller before the lock is
 * taken, and back after it is released.
 */
struct vv_call {
	void *tail;			/* what follows the argument, where something does */
	size_t tail_len;
	union {
		u32 index;		/* what all commands that name a queue begin with */
		u8 status;
		u16 num;
		u32 value;
		int fd;
		u64 features;
		u64 count;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct vhost_vring_file vring_file;
		struct vhost_vdpa_iova_range range;
		struct vhost_vdpa_config config;
		struct vhost_memory memory;
	} arg;
};

/* vhost_vdpa_vring.c: commands that name a queue */
int vv_vring_set_num(struct vv_device *v, struct vv_call *call);
int vv_vring_set_addr(struct vv_device *v, struct vv_call *call);
int vv_vring_set_base(struct vv_device *v, struct vv_call *call);
int vv_vring_get_base(struct vv_device *v, struct vv_call *call);
int vv_vring_set_enable(struct vv_device *v, struct vv_call *call);
int vv_vring_get_group(struct vv_device *v, struct vv_call *call);
int vv_vring_get_desc_group(struct vv_device *v, struct vv_call *call);
int vv_vring_get_size(struct vv_device *v, struct vv_call *call);
int vv_vring_set_busyloop(struct vv_device *v, struct vv_call *call);
int vv_vring_get_busyloop(struct vv_device *v, struct vv_call *call);
/* Return: may its size, its place and its state be changed? */
bool vv_vring_idle(struct vv_device *v, u16 index);

/* vhost_vdpa_eventfd.c: commands that bring an eventfd */
int vv_vring_set_kick(struct vv_device *v, struct vv_call *call);
int vv_vring_set_call(struct vv_device *v, struct vv_call *call);
int vv_vring_set_error(struct vv_device *v, struct vv_call *call);
int vv_config_set_call(struct vv_device *v, struct vv_call *call);
/* tell the device its callbacks again, which a reset made it forget */
void vv_callbacks_restore(struct vv_device *v);
/* forget all eventfds */
void vv_eventfds_unbind(struct vv_device *v);
/* signal those that a process waits at for errors. Without the lock. */
void vv_signal_broken(struct vv_device *v);

/* vhost_vdpa_kick.c */
/* @file: an eventfd, whose reference is taken over, or NULL */
int vv_kick_start(struct vv_kick *kick, struct vdpa_device *vdpa, u16 index, struct file *file);
void vv_kick_stop(struct vv_kick *kick);
/* a reset made the parent forget it */
void vv_kick_restore(struct vv_kick *kick);

/* vhost_vdpa_message.c: what is written to the file, at once or in parts */
ssize_t vv_message(struct vv_device *v, const void __user *from, size_t len);
ssize_t vv_message_parts(struct vv_device *v, struct iov_iter *from);

/* vhost_vdpa_map.c. They take the lock. */
struct vv_map_request {
	u32 asid;			/* as the message has it */
	u64 iova;
	u64 size;
	u64 uaddr;
	u32 perm;			/* VHOST_MAP_* */
};

int vv_map(struct vv_device *v, const struct vv_map_request *req);
int vv_unmap(struct vv_device *v, const struct vv_map_request *req);
int vv_map_begin(struct vv_device *v, const struct vv_map_request *req);
int vv_map_end(struct vv_device *v, const struct vv_map_request *req);
/* under the lock: all regions go to v->unmapped */
void vv_unmap_all(struct vv_device *v);

/* vhost_vdpa_translate.c */
/* Return: how the device learns of mappings, or NULL: it cannot */
const struct vv_translation *vv_translation_of(struct vdpa_device *vdpa);

/* vhost_vdpa_lock.c */
/* Return: 0 with the lock, or a negative errno without it: -ENODEV after a removal */
int vv_enter(struct vv_device *v);
/* unlock, and free what was unmapped */
void vv_leave(struct vv_device *v);

/* vhost_vdpa_memory.c: without the lock; these wait for the process's memory */
/* Return: a region with its pieces, or an ERR_PTR */
struct vv_region *vv_region_create(bool use_va, const struct vv_map_request *req);
void vv_region_free(struct vv_region *region);
void vv_regions_free(struct list_head *regions);

/* vhost_vdpa_region.c */
/* Return: a region without pieces, or NULL */
struct vv_region *vv_region_alloc(u64 iova, u64 last, u32 perm);
void vv_region_release(struct vv_region *region);
int vv_region_add(struct vv_region *region, const struct vv_piece *piece);
/* the regions of a space that overlap a range, in their order, or NULL */
struct vv_region *vv_space_first(struct vv_space *space, u64 iova, u64 last);
struct vv_region *vv_space_following(struct vv_region *region, u64 iova, u64 last);
/* mostly the range has no more than one: then there is nothing to look for */
static inline struct vv_region *vv_space_next(struct vv_region *region, u64 iova, u64 last)
{
	return region->last < last ? vv_space_following(region, iova, last) : NULL;
}

/* Return: 0, -EEXIST where something is, or -ENOSPC: vv_space_add() cannot fail then */
int vv_space_fits(struct vv_space *space, u64 iova, u64 last);
void vv_space_add(struct vv_space *space, struct vv_region *region);
void vv_space_del(struct vv_space *space, struct vv_region *region);

/* vhost_vdpa_platform.c: the platform's IOMMU */
extern const struct vv_translation vv_by_platform;
bool vv_platform_can(struct vdpa_device *vdpa);
/* from the opening of the file to its end */
int vv_platform_start(struct vv_device *v);
void vv_platform_stop(struct vv_device *v);
/* Return: whole pages, and none that is reserved? */
bool vv_platform_fits(struct vv_device *v, u64 iova, u64 last);

/* vhost_vdpa_pin.c, vhost_vdpa_va.c: find, and release, the memory of a region */
int vv_pin(struct vv_region *region, u64 uaddr);
void vv_unpin(struct vv_region *region);
int vv_va_find(struct vv_region *region, u64 uaddr);
void vv_va_release(struct vv_region *region);
/* Return: has a space with so many pieces room for so many more? */
bool vv_va_room(u64 pieces, u64 more);

/* vhost_vdpa_mmap.c: notification pages */
/* before the file can be mapped */
void vv_doorbells_find(struct vv_device *v);
int vv_mmap(struct vv_device *v, struct vm_area_struct *vma);
/* under the lock: from now on no page of the device's is mapped, or can be */
void vv_mmap_revoke(struct vv_device *v);

#endif /* VHOST_VDPA_H */
