// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is behind a process's addresses, for a device that uses virtual addresses? Any
 * memory of the process is accepted. Each piece comes with the file that it maps if that
 * is a shared mapping: a device in another process (VDUSE) can use only those, and
 * refuses the others itself.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include "vhost_vdpa.h"

/* Nothing is pinned, so RLIMIT_MEMLOCK is no bound. A device keeps about 100 bytes per piece. */
static unsigned int max_va_pieces = 65536;
module_param(max_va_pieces, uint, 0644);
MODULE_PARM_DESC(max_va_pieces,
		 "Maximum number of pieces mapped in an address space of a device that uses virtual addresses (default 65536)");

bool vv_va_room(u64 pieces, u64 more)
{
	return pieces + more <= READ_ONCE(max_va_pieces);
}

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

/*
 * Only regular files (disk, tmpfs, memfd, hugetlbfs) are referenced and passed to a device:
 * a socket or an io_uring can hold a reference to the vhost file itself, and such a cycle
 * would never be freed.
 */
static bool vv_va_has_file(const struct vm_area_struct *vma)
{
	return vma->vm_file && (vma->vm_flags & VM_SHARED) &&
	       S_ISREG(file_inode(vma->vm_file)->i_mode);
}

/* The piece at @addr, up to the end of its VMA. Does not take a reference to the file. */
static int vv_va_piece(u64 addr, u64 len, u32 perm, struct vv_piece *piece)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);
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
	if (vv_va_has_file(vma)) {
		piece->file.file = vma->vm_file;
		piece->file.offset = ((u64)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
	}
	return 0;
}

/* The addresses are contiguous; are the offsets in the file too, or is there no file? */
static bool vv_va_continues(const struct vv_region *region, const struct vv_piece *piece)
{
	const struct vv_piece *last;

	if (!region->count)
		return false;
	last = &region->pieces[region->count - 1];
	if (last->file.file != piece->file.file)
		return false;
	return !piece->file.file || last->file.offset + last->len == piece->file.offset;
}

static int vv_va_add(struct vv_region *region, const struct vv_piece *piece)
{
	int ret;

	if (vv_va_continues(region, piece)) {
		region->pieces[region->count - 1].len += piece->len;
		return 0;
	}
	if (!vv_va_room(region->count, 1))
		return -ENOSPC;
	ret = vv_region_add(region, piece);
	if (!ret && piece->file.file)
		get_file(piece->file.file);
	return ret;
}

int vv_va_find(struct vv_region *region, u64 uaddr)
{
	u64 left = region->last - region->iova + 1;
	struct mm_struct *mm = current->mm;
	struct vv_piece piece;
	int ret;

	if (!access_ok((void __user *)(unsigned long)uaddr, left))
		return -EFAULT;
	ret = mmap_read_lock_killable(mm);
	if (ret)
		return ret;
	while (left && !ret) {
		ret = vv_va_piece(uaddr, left, region->perm, &piece);
		if (ret)
			break;
		ret = vv_va_add(region, &piece);
		uaddr += piece.len;
		left -= piece.len;
		cond_resched();
	}
	mmap_read_unlock(mm);
	return ret;
}

void vv_va_release(struct vv_region *region)
{
	for (size_t i = 0; i < region->count; i++)
		if (region->pieces[i].file.file)
			fput(region->pieces[i].file.file);
}
