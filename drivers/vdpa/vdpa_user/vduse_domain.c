// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which memory does a device of a kernel driver share with the daemon?
 *
 * I/O addresses below the bounce size are bounce pages. A page is allocated when it is first
 * used and kept until the domain is freed, or the daemon supplies all of them
 * (vduse_umem.c). Addresses above are coherent memory, for rings. The daemon maps both by
 * one file, whose offsets are the addresses. Of the rings it can write only to the pages that a
 * device writes to: virtio_ring relies on a descriptor's flags when it is unmapped.
 *
 * An open file keeps the domain, even after the device is gone.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iova.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "vduse_domain.h"

static void vduse_domain_free(struct kref *ref)
{
	struct vduse_domain *domain = container_of(ref, struct vduse_domain, ref);

	for (u32 i = 0; i < domain->nslots; i++)
		if (domain->slots[i].page)
			__free_page(domain->slots[i].page);
	kvfree(domain->slots);
	mutex_destroy(&domain->umem_lock);
	put_iova_domain(&domain->bounce_iova);
	put_iova_domain(&domain->coherent_iova);
	iova_cache_put();
	vduse_space_destroy(&domain->writable);
	vduse_space_destroy(&domain->coherent);
	vduse_owner_put(domain->owner);
	kfree(domain);
}

void vduse_domain_put(struct vduse_domain *domain)
{
	kref_put(&domain->ref, vduse_domain_free);
}

u32 vduse_domain_bounce_size(const struct vduse_domain *domain)
{
	return domain->bounce_size;
}

static int vduse_iova_init(struct iova_domain *iova, unsigned long first)
{
	int ret;

	init_iova_domain(iova, PAGE_SIZE, first);
	ret = iova_domain_init_rcaches(iova);
	if (ret)
		put_iova_domain(iova);
	return ret;
}

/* The first page is not used: drivers take address 0 for a failure */
static int vduse_domain_iova(struct vduse_domain *domain)
{
	int ret;

	ret = vduse_iova_init(&domain->bounce_iova, 1);
	if (ret)
		return ret;
	ret = vduse_iova_init(&domain->coherent_iova, domain->nslots);
	if (ret)
		put_iova_domain(&domain->bounce_iova);
	return ret;
}

bool vduse_domain_used(struct vduse_domain *domain)
{
	return xchg(&domain->used, false);
}

struct vduse_domain *vduse_domain_create(struct vduse_space *space, u32 bounce_size,
					 struct vduse_owner *owner)
{
	struct vduse_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);

	if (!domain)
		return NULL;
	kref_init(&domain->ref);
	vduse_space_init(&domain->coherent);
	vduse_space_init(&domain->writable);
	rwlock_init(&domain->slot_lock);
	mutex_init(&domain->umem_lock);
	domain->space = space;
	domain->bounce_size = bounce_size;
	domain->nslots = bounce_size >> PAGE_SHIFT;
	domain->slots = kvcalloc(domain->nslots, sizeof(*domain->slots), GFP_KERNEL_ACCOUNT);
	if (!domain->slots || iova_cache_get())
		goto err_free;
	if (vduse_domain_iova(domain))
		goto err_cache;
	domain->owner = vduse_owner_get(owner);
	return domain;

err_cache:
	iova_cache_put();
err_free:
	kvfree(domain->slots);
	kfree(domain);
	return NULL;
}

/* Created once: a daemon's mappings stay valid when the device is removed and added again */
struct vduse_domain *vduse_need_domain_locked(struct vduse_dev *dev)
{
	lockdep_assert_held(&dev->lock);
	if (!dev->domain)
		dev->domain = vduse_domain_create(&dev->spaces[0], dev->bounce_size, dev->owner);
	return dev->domain;
}

struct vduse_domain *vduse_need_domain(struct vduse_dev *dev)
{
	struct vduse_domain *domain;

	mutex_lock(&dev->lock);
	domain = vduse_need_domain_locked(dev);
	mutex_unlock(&dev->lock);
	return domain;
}

/*
 * Return: NULL for a page that no mapping has used yet, and for the daemon's own: its
 * access is an error
 */
static struct page *vduse_domain_get_page(struct vduse_domain *domain, u64 iova)
{
	struct page *page = NULL;

	if (iova >= domain->bounce_size)
		return vduse_space_get_page(&domain->coherent, iova);
	read_lock_irq(&domain->slot_lock);
	if (!domain->umem)
		page = domain->slots[iova >> PAGE_SHIFT].page;
	if (page)
		get_page(page);
	read_unlock_irq(&domain->slot_lock);
	return page;
}

/* A process's rings are not the domain's */
int vduse_domain_allow_write(struct vduse_domain *domain, u64 iova, u64 size)
{
	if (!vduse_space_has(&domain->coherent, iova, iova + size - 1))
		return 0;
	return vduse_space_add(&domain->writable, iova, iova + size - 1, 0, VHOST_MAP_RW, NULL);
}

static bool vduse_domain_may_write(struct vduse_domain *domain, u64 iova)
{
	return iova < domain->bounce_size ||
	       vduse_space_has(&domain->writable, iova, iova + PAGE_SIZE - 1);
}

/* Without a lock on the page, the kernel takes it for one that was truncated */
static vm_fault_t vduse_domain_mkwrite(struct vm_fault *vmf)
{
	struct vduse_domain *domain = vmf->vma->vm_private_data;

	if (!vduse_domain_may_write(domain, (u64)vmf->pgoff << PAGE_SHIFT))
		return VM_FAULT_SIGBUS;
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

static vm_fault_t vduse_domain_fault(struct vm_fault *vmf)
{
	struct vduse_domain *domain = vmf->vma->vm_private_data;

	vmf->page = vduse_domain_get_page(domain, (u64)vmf->pgoff << PAGE_SHIFT);
	return vmf->page ? 0 : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct vduse_domain_vm_ops = {
	.fault = vduse_domain_fault,
	.page_mkwrite = vduse_domain_mkwrite,
};

/* A private mapping would keep stale data after its first write */
static int vduse_domain_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_private_data = file->private_data;
	vma->vm_ops = &vduse_domain_vm_ops;
	return 0;
}

static int vduse_domain_release(struct inode *inode, struct file *file)
{
	vduse_domain_put(file->private_data);
	vduse_file_released();
	return 0;
}

static const struct file_operations vduse_domain_fops = {
	.owner = THIS_MODULE,
	.mmap = vduse_domain_mmap,
	.release = vduse_domain_release,
};

struct file *vduse_domain_file(struct vduse_domain *domain)
{
	struct file *file;

	kref_get(&domain->ref);
	file = vduse_file_create("vduse-domain", &vduse_domain_fops, domain, O_RDWR,
				 (u64)domain->bounce_size + VDUSE_COHERENT_SIZE);
	if (IS_ERR(file))
		vduse_domain_put(domain);
	return file;
}
