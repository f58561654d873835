/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/vhost-vdpa-N: a vDPA device driven by a process, by the vhost commands.
 *
 * It shares no code and no struct with the kernel's vhost.ko, which serves rings
 * itself: here the device serves them, and what is left is to pass on commands, to
 * map memory, and to join eventfds to notifications and interrupts.
 *
 * vv_device::lock is held by every command, message, open and close, and by the
 * device's removal. After a removal vdpa is NULL: commands fail with ENODEV, and
 * the open file has nothing mapped, pinned or joined any more.
 *
 * Lock order: vv_device::lock, vdpa_device::config_lock, the parent's own. A
 * process's mmap lock is taken under vv_device::lock.
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
struct vv_kick {
	struct vdpa_device *vdpa;
	u16 index;
	struct file *file;		/* NULL: none */
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table table;
};

struct vv_vring {
	struct vv_kick kick;
	struct eventfd_ctx *call;	/* the queue's interrupt, or NULL */
	struct eventfd_ctx *error;
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
	u64 iova;
	u64 last;
	u32 perm;
	bool pinned;			/* pieces are pinned pages, and accounted */
	unsigned long pages;
	struct vv_piece *pieces;	/* first, or an array of their own */
	size_t count, room;
	struct vv_piece first;
	struct list_head retired;	/* in vv_space::retired, once it is unmapped */
};

struct vv_space {
	struct rb_root regions;		/* by their iova: they never overlap */
	u32 count;			/* of regions */
	struct vhost_iotlb table;	/* for set_map: one entry per piece */
	bool changed;			/* the device does not know table yet */
	struct list_head retired;	/* regions of which the device still knows */
};

struct vv_device {
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
	struct vv_vring *vrings;
	struct eventfd_ctx *config_call;
	u64 backend_features;
	struct mm_struct *mm;		/* the owner's, or NULL */
	struct vv_space *spaces;
	u32 nspaces;
	int batch;			/* the space a batch is for, or -1 */
	u64 iova_first, iova_last;	/* what can be mapped */
	struct iommu_domain *domain;	/* of a device without a translation of its own */
	struct list_head reserved;	/* struct iommu_resv_region, with the domain */
};

/* vhost_vdpa_file.c */
extern const struct file_operations vv_fops;
/* back to what a fresh file has: nothing mapped, joined, owned. @v->vdpa is there. */
void vv_stop(struct vv_device *v);

/* vhost_vdpa_ioctl.c */
long vv_ioctl(struct vv_device *v, unsigned int cmd, void __user *arg);

/* vhost_vdpa_vring.c: commands that name a queue. @arg: as the command says. */
int vv_vring_set_num(struct vv_device *v, void __user *arg);
int vv_vring_set_addr(struct vv_device *v, void __user *arg);
int vv_vring_set_base(struct vv_device *v, void __user *arg);
int vv_vring_get_base(struct vv_device *v, void __user *arg);
int vv_vring_set_kick(struct vv_device *v, void __user *arg);
int vv_vring_set_call(struct vv_device *v, void __user *arg);
int vv_vring_set_error(struct vv_device *v, void __user *arg);
int vv_vring_set_enable(struct vv_device *v, void __user *arg);
int vv_vring_get_group(struct vv_device *v, void __user *arg);
int vv_vring_get_desc_group(struct vv_device *v, void __user *arg);
int vv_vring_get_size(struct vv_device *v, void __user *arg);
int vv_config_set_call(struct vv_device *v, void __user *arg);
/* tell the device its callbacks again, which a reset made it forget */
void vv_vrings_join(struct vv_device *v);
/* forget all eventfds */
void vv_vrings_part(struct vv_device *v);

/* vhost_vdpa_kick.c */
/* @file: an eventfd, whose reference is taken over, or NULL */
int vv_kick_start(struct vv_kick *kick, struct vdpa_device *vdpa, u16 index,
		  struct file *file);
void vv_kick_stop(struct vv_kick *kick);

/* vhost_vdpa_message.c: what is written to the file, at once or in parts */
ssize_t vv_message(struct vv_device *v, const void __user *from, size_t len);
ssize_t vv_message_parts(struct vv_device *v, struct iov_iter *from);

/* vhost_vdpa_map.c */
struct vv_map_request {
	u32 asid;
	u64 iova;
	u64 size;
	u64 uaddr;
	u32 perm;			/* VHOST_MAP_* */
};

int vv_map(struct vv_device *v, const struct vv_map_request *req);
int vv_unmap(struct vv_device *v, const struct vv_map_request *req);
int vv_map_begin(struct vv_device *v, u32 asid);
int vv_map_end(struct vv_device *v, u32 asid);
void vv_unmap_all(struct vv_device *v);

/* vhost_vdpa_region.c */
/* Return: a region without pieces, or NULL */
struct vv_region *vv_region_alloc(u64 iova, u64 last, u32 perm);
void vv_region_release(struct vv_region *region);
int vv_region_add(struct vv_region *region, const struct vv_piece *piece);
/* the regions of a space that overlap a range, in their order, or NULL */
struct vv_region *vv_space_first(struct vv_space *space, u64 iova, u64 last);
struct vv_region *vv_space_following(struct vv_region *region, u64 iova, u64 last);
/* mostly the range has no more than one: then there is nothing to look for */
static inline struct vv_region *vv_space_next(struct vv_region *region, u64 iova,
					      u64 last)
{
	return region->last < last ? vv_space_following(region, iova, last) : NULL;
}

/* Return: 0, -EEXIST where something is, or -ENOSPC: vv_space_add() cannot fail then */
int vv_space_takes(struct vv_space *space, u64 iova, u64 last);
void vv_space_add(struct vv_space *space, struct vv_region *region);
void vv_space_del(struct vv_space *space, struct vv_region *region);

/* vhost_vdpa_platform.c: the platform's IOMMU */
bool vv_platform_can(struct vdpa_device *vdpa);
/* from the opening of the file to its end */
int vv_platform_start(struct vv_device *v);
void vv_platform_stop(struct vv_device *v);
bool vv_platform_takes(struct vv_device *v, u64 iova, u64 last);
int vv_platform_map(struct vv_device *v, u64 iova, u64 size, u64 addr, u32 perm);
void vv_platform_unmap(struct vv_device *v, u64 iova, u64 size);

/* vhost_vdpa_pin.c, vhost_vdpa_va.c: find, and let go of, a region's pieces */
int vv_pin(struct vv_device *v, struct vv_region *region, u64 uaddr);
void vv_unpin(struct vv_device *v, struct vv_region *region);
int vv_va_find(struct vv_device *v, struct vv_region *region, u64 uaddr);
void vv_va_forget(struct vv_region *region);

/* vhost_vdpa_mmap.c: notification pages */
int vv_mmap_page(struct vv_device *v, struct vm_area_struct *vma);
void vv_mmap_revoke(struct vv_device *v);

#endif /* VHOST_VDPA_H */
