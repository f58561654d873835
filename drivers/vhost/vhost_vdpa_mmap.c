// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a process notify a queue without us? By the device's own page, where
 * the device has one for that queue alone.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "vhost_vdpa.h"

/* Return: the page, or 0 when the queue has none to give away */
static unsigned long vv_notify_pfn(struct vdpa_device *vdpa, u16 index)
{
	struct vdpa_notification_area area;

	if (!vdpa->config->get_vq_notification)
		return 0;
	area = vdpa->config->get_vq_notification(vdpa, index);
	/* a page shared with anything else is not given away */
	if (area.size != PAGE_SIZE || area.addr & ~PAGE_MASK)
		return 0;
	return PHYS_PFN(area.addr);
}

static vm_fault_t vv_fault(struct vm_fault *vmf)
{
	struct vv_device *v = vmf->vma->vm_file->private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	unsigned long pfn = 0;

	/* pages go from a removed device for good; a command may hold the lock for long */
	if (!mutex_trylock(&v->lock))
		return VM_FAULT_NOPAGE;
	if (v->vdpa && vmf->vma->vm_pgoff < v->nvqs)
		pfn = vv_notify_pfn(v->vdpa, vmf->vma->vm_pgoff);
	if (pfn)
		ret = vmf_insert_pfn(vmf->vma, vmf->address & PAGE_MASK, pfn);
	mutex_unlock(&v->lock);
	return ret;
}

static const struct vm_operations_struct vv_vm_ops = {
	.fault = vv_fault,
};

int vv_mmap_page(struct vv_device *v, struct vm_area_struct *vma)
{
	if (vma->vm_end - vma->vm_start != PAGE_SIZE || !(vma->vm_flags & VM_SHARED) ||
	    (vma->vm_flags & (VM_READ | VM_EXEC)) || vma->vm_pgoff >= v->nvqs)
		return -EINVAL;
	if (!vv_notify_pfn(v->vdpa, vma->vm_pgoff))
		return -EOPNOTSUPP;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &vv_vm_ops;
	return 0;
}

void vv_mmap_revoke(struct vv_device *v)
{
	if (v->file)
		unmap_mapping_range(v->file->f_mapping, 0, 0, 1);
}
