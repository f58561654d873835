// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies behind a process's addresses, for a device that uses those addresses?
 * Every kind of memory that a program can have will do. With each part goes the
 * file that it maps, if it maps one for all to see: a device in another process
 * can use nothing else, and says so itself.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>

#include "vhost_vdpa.h"

static int vv_va_allowed(const struct vm_area_struct *vma, u32 perm)
{
	/* a device's registers, not memory */
	if (vma->vm_flags & (VM_IO | VM_PFNMAP))
		return -EINVAL;
	if ((perm & VHOST_MAP_RO) && !(vma->vm_flags & VM_READ))
		return -EACCES;
	if ((perm & VHOST_MAP_WO) && !(vma->vm_flags & VM_WRITE))
		return -EACCES;
	return 0;
}

static void vv_va_file(const struct vm_area_struct *vma, u64 addr, struct vv_piece *piece)
{
	if (!vma->vm_file || !(vma->vm_flags & VM_SHARED))
		return;
	piece->file.file = get_file(vma->vm_file);
	piece->file.offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
}

static void vv_va_file_put(const struct vv_piece *piece)
{
	if (piece->file.file)
		fput(piece->file.file);
}

/* What lies at @addr, up to its area's end */
static int vv_va_piece(struct vv_device *v, u64 addr, u64 len, u32 perm,
		       struct vv_piece *piece)
{
	struct vm_area_struct *vma = find_vma(v->mm, addr);
	int ret;

	if (!vma || vma->vm_start > addr)
		return -EFAULT;
	ret = vv_va_allowed(vma, perm);
	if (ret)
		return ret;
	*piece = (struct vv_piece) {
		.addr = addr,
		.len = min_t(u64, len, vma->vm_end - addr),
	};
	vv_va_file(vma, addr, piece);
	return 0;
}

int vv_va_find(struct vv_device *v, struct vv_region *region, u64 uaddr)
{
	u64 left = region->last - region->iova + 1;
	int ret = 0;

	if (!access_ok((void __user *)(unsigned long)uaddr, left))
		return -EFAULT;
	mmap_read_lock(v->mm);
	while (left && !ret) {
		struct vv_piece piece;

		ret = vv_va_piece(v, uaddr, left, region->perm, &piece);
		if (ret)
			break;
		ret = vv_region_add(region, &piece);
		if (ret)
			vv_va_file_put(&piece);
		uaddr += piece.len;
		left -= piece.len;
	}
	mmap_read_unlock(v->mm);
	return ret;
}

void vv_va_forget(struct vv_region *region)
{
	for (size_t i = 0; i < region->count; i++)
		vv_va_file_put(&region->pieces[i]);
}
