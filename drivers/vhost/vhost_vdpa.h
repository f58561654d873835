/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-vdpa-N: a vDPA device driven by a process, by the vhost commands.
 *
 * It shares no code and no struct with the kernel's vhost.ko, which serves rings
 * itself: here the device serves them, and what is left is to pass on commands, to
 * map memory, and to join eventfds to notifications and interrupts.
 *
 * vhost_vdpa::lock is held by every command, message, open and close, and by the
 * device's removal. After a removal vdpa is NULL: commands fail with ENODEV, and
 * the open file has nothing mapped, pinned or joined any more.
 *
 * Lock order: vhost_vdpa::lock, vdpa_device::config_lock, the parent's own. A
 * process's mmap lock is taken under vhost_vdpa::lock.
 */
#ifndef VHOST_VDPA_H
#define VHOST_VDPA_H

#include <linux/cdev.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>

struct iommu_domain;
struct iov_iter;

/* An eventfd by which a process notifies a queue (vhost_vdpa_kick.c) */
struct vhost_kick {
	struct vdpa_device *vdpa;
	u16 index;
	struct file *file;		/* NULL: none */
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table table;
};

struct vhost_vring {
	struct vhost_kick kick;
	struct eventfd_ctx *call;	/* the queue's interrupt, or NULL */
	struct eventfd_ctx *error;
};

/* One stretch of memory that has one address and lies behind a region */
struct vhost_piece {
	u64 addr;			/* physical, or the process's */
	u64 len;
	struct vdpa_map_file file;	/* of virtual addresses, with a reference */
};

/*
 * What one UPDATE message mapped, as pieces in the order of their iova. Once it is
 * mapped its pieces stay where they are: the device may have been given their files.
 */
struct vhost_region {
	struct rb_node node;		/* in vhost_space::regions, while it is mapped */
	u64 iova;
	u64 last;
	u32 perm;
	bool pinned;			/* pieces are pinned pages, and accounted */
	unsigned long pages;
	struct vhost_piece *pieces;	/* first, or an array of their own */
	size_t count, room;
	struct vhost_piece first;
	struct list_head retired;	/* in vhost_space::retired, once it is unmapped */
};

struct vhost_space {
	struct rb_root regions;		/* by their iova: they never overlap */
	u32 count;			/* of regions */
	struct vhost_iotlb table;	/* for set_map: one entry per piece */
	bool changed;			/* the device does not know table yet */
	struct list_head retired;	/* regions of which the device still knows */
};

struct vhost_vdpa {
	struct device dev;
	struct cdev cdev;
	int minor;
	/* see above */
	struct mutex lock;
	/* under the lock: */
	struct vdpa_device *vdpa;	/* NULL once it was removed */
	bool opened;
	struct file *file;		/* while opened */
	u32 nvqs;			/* of vdpa, also when that is gone */
	struct vhost_vring *vrings;
	struct eventfd_ctx *config_call;
	u64 backend_features;
	struct mm_struct *mm;		/* the owner's, or NULL */
	struct vhost_space *spaces;
	u32 nspaces;
	int batch;			/* the space a batch is for, or -1 */
	u64 iova_first, iova_last;	/* what can be mapped */
	struct iommu_domain *domain;	/* of a device without a translation of its own */
	struct list_head reserved;	/* struct iommu_resv_region, with the domain */
};

/* vhost_vdpa_file.c */
extern const struct file_operations vhost_vdpa_fops;
/* back to what a fresh file has: nothing mapped, joined, owned. @v->vdpa is there. */
void vhost_vdpa_stop(struct vhost_vdpa *v);

/* vhost_vdpa_ioctl.c */
long vhost_vdpa_ioctl(struct vhost_vdpa *v, unsigned int cmd, void __user *arg);

/* vhost_vdpa_vring.c: commands that name a queue. @arg: as the command says. */
int vhost_vring_set_num(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_set_addr(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_set_base(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_get_base(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_set_kick(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_set_call(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_set_error(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_set_enable(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_get_group(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_get_desc_group(struct vhost_vdpa *v, void __user *arg);
int vhost_vring_get_size(struct vhost_vdpa *v, void __user *arg);
int vhost_config_set_call(struct vhost_vdpa *v, void __user *arg);
/* tell the device its callbacks again, which a reset made it forget */
void vhost_vrings_join(struct vhost_vdpa *v);
/* forget all eventfds */
void vhost_vrings_part(struct vhost_vdpa *v);

/* vhost_vdpa_kick.c */
/* @file: an eventfd, whose reference is taken over, or NULL */
int vhost_kick_start(struct vhost_kick *kick, struct vdpa_device *vdpa, u16 index,
		     struct file *file);
void vhost_kick_stop(struct vhost_kick *kick);

/* vhost_vdpa_message.c: what is written to the file, at once or in parts */
ssize_t vhost_vdpa_message(struct vhost_vdpa *v, const void __user *from, size_t len);
ssize_t vhost_vdpa_message_parts(struct vhost_vdpa *v, struct iov_iter *from);

/* vhost_vdpa_map.c */
struct vhost_map_request {
	u32 asid;
	u64 iova;
	u64 size;
	u64 uaddr;
	u32 perm;			/* VHOST_MAP_* */
};

int vhost_map(struct vhost_vdpa *v, const struct vhost_map_request *req);
int vhost_unmap(struct vhost_vdpa *v, const struct vhost_map_request *req);
int vhost_map_begin(struct vhost_vdpa *v, u32 asid);
int vhost_map_end(struct vhost_vdpa *v, u32 asid);
void vhost_unmap_all(struct vhost_vdpa *v);

/* vhost_vdpa_region.c */
/* Return: a region without pieces, or NULL */
struct vhost_region *vhost_region_alloc(u64 iova, u64 last, u32 perm);
void vhost_region_release(struct vhost_region *region);
int vhost_region_add(struct vhost_region *region, const struct vhost_piece *piece);
/* the regions of a space that overlap a range, in their order, or NULL */
struct vhost_region *vhost_space_first(struct vhost_space *space, u64 iova, u64 last);
struct vhost_region *vhost_space_following(struct vhost_region *region, u64 iova, u64 last);
/* mostly the range has no more than one: then there is nothing to look for */
static inline struct vhost_region *vhost_space_next(struct vhost_region *region, u64 iova,
						    u64 last)
{
	return region->last < last ? vhost_space_following(region, iova, last) : NULL;
}

/* Return: 0, -EEXIST where something is, or -ENOSPC: vhost_space_add() cannot fail then */
int vhost_space_takes(struct vhost_space *space, u64 iova, u64 last);
void vhost_space_add(struct vhost_space *space, struct vhost_region *region);
void vhost_space_del(struct vhost_space *space, struct vhost_region *region);

/* vhost_vdpa_platform.c: the platform's IOMMU */
bool vhost_platform_can(struct vdpa_device *vdpa);
/* from the opening of the file to its end */
int vhost_platform_start(struct vhost_vdpa *v);
void vhost_platform_stop(struct vhost_vdpa *v);
bool vhost_platform_takes(struct vhost_vdpa *v, u64 iova, u64 last);
int vhost_platform_map(struct vhost_vdpa *v, u64 iova, u64 size, u64 addr, u32 perm);
void vhost_platform_unmap(struct vhost_vdpa *v, u64 iova, u64 size);

/* vhost_vdpa_pin.c, vhost_vdpa_va.c: find, and let go of, a region's pieces */
int vhost_pin(struct vhost_vdpa *v, struct vhost_region *region, u64 uaddr);
void vhost_unpin(struct vhost_vdpa *v, struct vhost_region *region);
int vhost_va_find(struct vhost_vdpa *v, struct vhost_region *region, u64 uaddr);
void vhost_va_forget(struct vhost_region *region);

/* vhost_vdpa_mmap.c: notification pages */
int vhost_vdpa_mmap_page(struct vhost_vdpa *v, struct vm_area_struct *vma);
void vhost_vdpa_mmap_revoke(struct vhost_vdpa *v);

#endif /* VHOST_VDPA_H */
