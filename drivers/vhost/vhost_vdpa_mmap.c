// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a process kick a queue without a system call? By mapping the queue's doorbell
 * page, if the device has a page for that queue alone.
 *
 * A page fault here can happen wherever user memory is accessed, so it must not wait for
 * v->lock or the parent: the pages are queried when the file is opened, and again when
 * features are accepted, as these decide which queues a device has, and where.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>

#include "vhost_vdpa.h"

/* Return: the pfn, or 0 if the queue has no page that can be mapped */
static unsigned long vv_doorbell(struct vdpa_device *vdpa, u16 index)
{
	struct vdpa_notification_area area = vdpa->config->get_vq_notification(vdpa, index);

	/* a page shared with anything else must not be mapped */
	if (area.size != PAGE_SIZE || area.addr & ~PAGE_MASK)
		return 0;
	return PHYS_PFN(area.addr);
}

static void vv_doorbell_set(struct vv_device *v, u32 index, unsigned long pfn)
{
	struct vv_vring *vring = &v->vrings[index];

	if (vring->doorbell == pfn)
		return;
	down_write(&v->doorbell_lock);
	vring->doorbell = pfn;
	up_write(&v->doorbell_lock);
	/* the next access to what is mapped finds the new page, if there is one */
	if (v->file)
		unmap_mapping_range(v->file->f_mapping, (loff_t)index << PAGE_SHIFT, PAGE_SIZE, 1);
}

void vv_doorbells_find(struct vv_device *v)
{
	lockdep_assert_held(&v->lock);
	if (!v->vdpa->config->get_vq_notification)
		return;
	for (u32 i = 0; i < v->info.nvqs; i++)
		vv_doorbell_set(v, i, vv_doorbell(v->vdpa, i));
}

/* Return: the pfn of a queue's page, or 0 if it has none */
static unsigned long vv_doorbell_of(struct vv_device *v, unsigned long index)
{
	lockdep_assert_held(&v->doorbell_lock);
	if (index >= v->info.nvqs)
		return 0;
	return v->vrings[array_index_nospec(index, v->info.nvqs)].doorbell;
}

static vm_fault_t vv_fault(struct vm_fault *vmf)
{
	struct vv_device *v = vmf->vma->vm_file->private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	unsigned long pfn = 0;

	down_read(&v->doorbell_lock);
	/* false for good once the device is removed */
	if (v->has_doorbells)
		pfn = vv_doorbell_of(v, vmf->vma->vm_pgoff);
	if (pfn)
		ret = vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK, pfn);
	up_read(&v->doorbell_lock);
	return ret;
}

/* Refused as by mmap(): a read may have side effects on the device */
static int vv_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       unsigned long flags)
{
	return flags & (VM_READ | VM_EXEC) ? -EACCES : 0;
}

static const struct vm_operations_struct vv_vm_ops = {
	.fault = vv_fault,
	.mprotect = vv_mprotect,
};

static int vv_mmap_allowed(struct vv_device *v, unsigned long index)
{
	int ret = 0;

	down_read(&v->doorbell_lock);
	if (!v->has_doorbells)
		ret = -ENODEV;
	else if (!vv_doorbell_of(v, index))
		ret = -EOPNOTSUPP;
	up_read(&v->doorbell_lock);
	return ret;
}

int vv_mmap(struct vv_device *v, struct vm_area_struct *vma)
{
	int ret;

	if (vma->vm_end - vma->vm_start != PAGE_SIZE || !(vma->vm_flags & VM_SHARED) ||
	    (vma->vm_flags & (VM_READ | VM_EXEC)) || vma->vm_pgoff >= v->info.nvqs)
		return -EINVAL;
	ret = vv_mmap_allowed(v, vma->vm_pgoff);
	if (ret)
		return ret;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &vv_vm_ops;
	return 0;
}

void vv_mmap_revoke(struct vv_device *v)
{
	lockdep_assert_held(&v->lock);
	down_write(&v->doorbell_lock);
	v->has_doorbells = false;
	up_write(&v->doorbell_lock);
	/* zap what is mapped; later faults see has_doorbells and fail */
	if (v->file)
		unmap_mapping_range(v->file->f_mapping, 0, 0, 1);
}
