/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-vdpa-N: a vDPA device driven by a process through the vhost ioctls.
 *
 * It shares no code and no struct with the kernel's vhost.ko, which processes rings
 * itself: here the device does, and this driver passes on commands, maps memory and
 * binds eventfds to notifications and interrupts.
 *
 * Locks, outermost first:
 *
 * vv_device::lock
 *	Protects what the open file has set up. Commands, messages, open, close and
 *	removal take it and hold it while they wait for the parent, but never while they
 *	wait for user memory: arguments are copied and pages are pinned and unpinned
 *	outside vv_enter() ... vv_leave().
 * vdpa_device::config_lock, then the parent's own
 * vv_device::signal_lock (spin)
 *	Protects the eventfds that are signalled when the device breaks.
 *
 * vv_device::doorbell_lock (rwsem)
 *	Protects has_doorbells and the queues' doorbells. mmap() and page faults take it
 *	below a process's mmap lock, under which they must not take vv_device::lock; it is
 *	held for writing for one assignment.
 *
 * After removal vv_device::vdpa is NULL: commands fail with ENODEV, and nothing is
 * mapped, pinned or bound for the open file any more.
 */
#ifndef VHOST_VDPA_H
#define VHOST_VDPA_H

#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/irqbypass.h>
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

/* The eventfd with which a process kicks a queue (vhost_vdpa_kick.c) */
struct vv_kick {
	struct vdpa_device *vdpa;
	u16 index;
	struct file *file;		/* NULL: none */
	bool delegated;			/* to the parent: not in its wait queue */
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table table;
};

struct vv_vring {
	struct vv_kick kick;
	struct eventfd_ctx *call;	/* the queue's interrupt, or NULL */
	struct eventfd_ctx *error;	/* under signal_lock too */
	struct irq_bypass_producer producer;	/* of call */
	bool produces;			/* it is registered */
	unsigned long doorbell;		/* its pfn, or 0; under doorbell_lock */
	u32 busyloop_timeout;		/* only stored, see vv_vring_set_busyloop() */
};

/* A contiguous part of the memory behind a region */
struct vv_piece {
	u64 addr;			/* physical, or virtual with use_va */
	u64 len;
	struct vdpa_map_file file;	/* with use_va only; holds a reference */
};

/*
 * The memory mapped by one UPDATE message: pieces, in the order of their iova. The
 * array does not move once it is mapped: the device may keep pointers to the files.
 */
struct vv_region {
	struct rb_node node;		/* in vv_space::regions, while it is mapped */
	struct list_head list;		/* afterwards: vv_space::retired, vv_device::unmapped */
	u64 iova;
	u64 last;
	u32 perm;
	struct mm_struct *mm;		/* pinned pages are accounted to it; NULL: not pinned */
	unsigned long pages;		/* accounted to mm */
	struct vv_piece *pieces;	/* &first, or a separate array */
	size_t count, room;
	struct vv_piece first;
};

struct vv_space {
	struct rb_root regions;		/* by iova: they never overlap */
	u32 count;			/* of regions */
	u64 pieces;			/* of all regions */
	struct vhost_iotlb table;	/* for set_map: one entry per piece */
	bool changed;			/* needs a sync before the device sees all of it */
	struct list_head retired;	/* unmapped, but accessible to the device until sync */
};

/*
 * How mappings are passed to a device. After @unmap it may access the memory until
 * @sync has returned; if there is no @sync, not even after @unmap.
 */
struct vv_translation {
	int (*map)(struct vv_device *v, u32 asid, u64 iova, u32 perm, struct vv_piece *piece);
	void (*unmap)(struct vv_device *v, u32 asid, u64 iova, u64 size);
	int (*sync)(struct vv_device *v, u32 asid);
	/* unmap all of a space at once; never fails */
	void (*clear)(struct vv_device *v, u32 asid);
	bool whole;			/* @map has no effect before @sync */
};

/* The platform's IOMMU, for a device without vdpa_map_ops */
struct vv_platform {
	struct iommu_domain *domain;	/* while the file is open */
	struct list_head reserved;	/* struct iommu_resv_region */
};

struct vv_device {
	/* from probe to the last reference */
	struct device dev;
	struct cdev cdev;
	int minor;
	struct vdpa_info info;		/* a copy, valid after the device is gone */
	const struct vv_translation *translation;
	struct vv_vring *vrings;	/* info.nvqs; contents under the lock */
	struct vv_space *spaces;	/* info.nas; likewise */
	/* protects what the open file has set up, see above */
	struct mutex lock;

	/* under the lock */
	struct vdpa_device *vdpa;	/* NULL after removal */
	bool opened;
	/* under the lock, from open to release */
	struct file *file;
	struct mm_struct *mm;		/* the owner's, or NULL */
	u64 backend_features;
	bool suspended;
	struct eventfd_ctx *config_call;	/* under signal_lock too */
	int batch;			/* address space of the open batch, or -1 */
	u64 iova_first, iova_last;	/* range that can be mapped */
	struct vv_platform platform;
	struct list_head unmapped;	/* regions to free once the lock is released */

	/* regions left at removal: freeing them may have to wait for the process */
	struct list_head leftover;
	struct work_struct leftover_work;
	struct completion leftover_freed;

	/* protects has_doorbells, which is false after removal, and the queues'; see above */
	struct rw_semaphore doorbell_lock;
	bool has_doorbells;

	/* protects the eventfds signalled when the device breaks, see above */
	spinlock_t signal_lock;
};

/* vhost_vdpa_file.c */
extern const struct file_operations vv_fops;
/* Reset the device and undo all that the file has set up. @v->vdpa is not NULL. */
void vv_stop(struct vv_device *v);

/* vhost_vdpa_ioctl.c */
long vv_ioctl(struct vv_device *v, unsigned int cmd, void __user *arg);

/*
 * A kernel copy of a command's argument, for the handlers: copied in before the lock is
 * taken, and out after it is released.
 */
struct vv_call {
	void *tail;			/* variable part after the argument, or NULL */
	size_t tail_len;
	union {
		u32 index;		/* first member of every argument with a queue index */
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
/* Return: is the queue stopped, so that its size, addresses and state may be changed? */
bool vv_vring_idle(struct vv_device *v, u16 index);

/* vhost_vdpa_eventfd.c: commands that bind an eventfd */
int vv_vring_set_kick(struct vv_device *v, struct vv_call *call);
int vv_vring_set_call(struct vv_device *v, struct vv_call *call);
int vv_vring_set_error(struct vv_device *v, struct vv_call *call);
int vv_config_set_call(struct vv_device *v, struct vv_call *call);
/* Set the callbacks again after a reset, which clears them */
void vv_callbacks_restore(struct vv_device *v);
/* Unbind all eventfds */
void vv_eventfds_unbind(struct vv_device *v);
/* Signal the configuration and error eventfds. Called without vv_device::lock; may sleep. */
void vv_signal_broken(struct vv_device *v);

/* vhost_vdpa_bypass.c: start what can be started now, stop what was; caller holds v->lock */
void vv_bypass_start(struct vv_device *v, u32 index);
void vv_bypass_stop(struct vv_device *v, u32 index);
void vv_bypass_start_all(struct vv_device *v);
void vv_bypass_stop_all(struct vv_device *v);

/* vhost_vdpa_kick.c */
/* @file: an eventfd, or NULL; consumes the caller's reference */
int vv_kick_start(struct vv_kick *kick, struct vdpa_device *vdpa, u16 index, struct file *file);
void vv_kick_stop(struct vv_kick *kick);
/* Delegate the eventfd again after a reset, which clears it */
void vv_kick_restore(struct vv_kick *kick);

/* vhost_vdpa_message.c: IOTLB messages, from write() and writev() */
ssize_t vv_message(struct vv_device *v, const void __user *from, size_t len);
ssize_t vv_message_parts(struct vv_device *v, struct iov_iter *from);

/* vhost_vdpa_map.c: these take vv_device::lock */
struct vv_map_request {
	u32 asid;			/* as in the message, not validated */
	u64 iova;
	u64 size;
	u64 uaddr;
	u32 perm;			/* VHOST_MAP_* */
};

int vv_map(struct vv_device *v, const struct vv_map_request *req);
int vv_unmap(struct vv_device *v, const struct vv_map_request *req);
int vv_map_begin(struct vv_device *v, const struct vv_map_request *req);
int vv_map_end(struct vv_device *v, const struct vv_map_request *req);
/* Move all regions to v->unmapped. Caller holds v->lock. */
void vv_unmap_all(struct vv_device *v);

/* vhost_vdpa_translate.c */
/* Return: how mappings are passed to the device, or NULL if there is no way */
const struct vv_translation *vv_translation_of(struct vdpa_device *vdpa);

/* vhost_vdpa_lock.c */
/* Return: 0 with the lock held, else a negative errno: -ENODEV after removal */
int vv_enter(struct vv_device *v);
/* Unlock, then free unmapped regions */
void vv_leave(struct vv_device *v);

/* vhost_vdpa_memory.c: called without the lock, because these wait for user memory */
/* Return: a region with its pieces, or an ERR_PTR */
struct vv_region *vv_region_create(bool use_va, const struct vv_map_request *req);
void vv_region_free(struct vv_region *region);
void vv_regions_free(struct list_head *regions);

/* vhost_vdpa_region.c */
/* Return: a region without pieces, or NULL */
struct vv_region *vv_region_alloc(u64 iova, u64 last, u32 perm);
void vv_region_release(struct vv_region *region);
int vv_region_add(struct vv_region *region, const struct vv_piece *piece);
/* Return: the first, or the next, region that overlaps the range, or NULL */
struct vv_region *vv_space_first(struct vv_space *space, u64 iova, u64 last);
struct vv_region *vv_space_following(struct vv_region *region, u64 iova, u64 last);
/* Most ranges have one region: then this needs no search */
static inline struct vv_region *vv_space_next(struct vv_region *region, u64 iova, u64 last)
{
	return region->last < last ? vv_space_following(region, iova, last) : NULL;
}

/* Return: 0 if vv_space_add() is possible, -EEXIST for an overlap, or -ENOSPC */
int vv_space_fits(struct vv_space *space, u64 iova, u64 last);
void vv_space_add(struct vv_space *space, struct vv_region *region);
void vv_space_del(struct vv_space *space, struct vv_region *region);

/* vhost_vdpa_platform.c: the platform's IOMMU */
extern const struct vv_translation vv_by_platform;
bool vv_platform_can(struct vdpa_device *vdpa);
/* Called at open and release */
int vv_platform_start(struct vv_device *v);
void vv_platform_stop(struct vv_device *v);
/* Return: is the range page aligned, and free of reserved regions? */
bool vv_platform_fits(struct vv_device *v, u64 iova, u64 last);

/* vhost_vdpa_pin.c, vhost_vdpa_va.c: find and release the memory of a region */
int vv_pin(struct vv_region *region, u64 uaddr);
void vv_unpin(struct vv_region *region);
int vv_va_find(struct vv_region *region, u64 uaddr);
void vv_va_release(struct vv_region *region);
/* Return: may a space with @pieces pieces get @more? */
bool vv_va_room(u64 pieces, u64 more);

/* vhost_vdpa_mmap.c: notification pages */
/* Query the pages; those that changed are unmapped. Caller holds v->lock. */
void vv_doorbells_find(struct vv_device *v);
int vv_mmap(struct vv_device *v, struct vm_area_struct *vma);
/* Unmap all doorbell pages and refuse new mappings. Caller holds v->lock. */
void vv_mmap_revoke(struct vv_device *v);

#endif /* VHOST_VDPA_H */
