// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a daemon map a process's memory, and no more than was mapped for it?
 *
 * Of memory in tmpfs, memfds included, it gets a file of ours that is as long as the stretch
 * and has its permission. Its pages are the real file's, and so is its address space: what
 * is truncated or sealed there is unmapped here as well. So the area's offset is the real
 * file's from mmap() on, and the fault handler compares it with the stretch. Neither
 * mremap(), which areas that may not grow refuse, nor remap_file_pages(), which calls
 * mmap() of our file again, gets beyond it.
 *
 * Of any other file, such as hugetlbfs's, it gets that file, opened with the permission: the
 * kernel has no way for others to fault its pages in. It is given as a whole.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "vduse.h"

struct vduse_stretch {
	struct file *file;	/* with a reference */
	pgoff_t first;		/* of the file's pages */
	pgoff_t count;
};

/* Locked, as the caller wants it, and of the file still: it may have been truncated */
static struct page *vduse_proxy_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page;

	page = shmem_read_mapping_page_gfp(mapping, index, mapping_gfp_mask(mapping));
	if (IS_ERR(page))
		return page;
	folio_lock(page_folio(page));
	if (page_folio(page)->mapping == mapping)
		return page;
	folio_unlock(page_folio(page));
	put_page(page);
	return ERR_PTR(-EINVAL);
}

static vm_fault_t vduse_proxy_fault(struct vm_fault *vmf)
{
	struct file *proxy = vmf->vma->vm_file;
	struct vduse_stretch *stretch = proxy->private_data;
	struct page *page;

	if (vmf->pgoff < stretch->first || vmf->pgoff - stretch->first >= stretch->count)
		return VM_FAULT_SIGBUS;
	page = vduse_proxy_page(stretch->file->f_mapping, vmf->pgoff);
	if (IS_ERR(page))
		return PTR_ERR(page) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct vduse_proxy_vm_ops = {
	.fault = vduse_proxy_fault,
};

static int vduse_proxy_mmap(struct file *proxy, struct vm_area_struct *vma)
{
	struct vduse_stretch *stretch = proxy->private_data;

	if (vma->vm_pgoff >= stretch->count || vma_pages(vma) > stretch->count - vma->vm_pgoff)
		return -EINVAL;
	vma->vm_pgoff += stretch->first;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &vduse_proxy_vm_ops;
	return 0;
}

static void vduse_stretch_free(struct vduse_stretch *stretch)
{
	fput(stretch->file);
	kfree(stretch);
}

static int vduse_proxy_release(struct inode *inode, struct file *proxy)
{
	vduse_stretch_free(proxy->private_data);
	return 0;
}

static const struct file_operations vduse_proxy_fops = {
	.owner = THIS_MODULE,
	.mmap = vduse_proxy_mmap,
	.release = vduse_proxy_release,
};

/* whoever may write by it must be able to read, to the kernel's mmap() */
static int vduse_proxy_mode(u32 perm)
{
	return perm & VHOST_MAP_WO ? O_RDWR : O_RDONLY;
}

static struct file *vduse_proxy_stretch(struct file *file, u64 offset, u64 size, u32 perm)
{
	struct vduse_stretch *stretch = kmalloc(sizeof(*stretch), GFP_KERNEL_ACCOUNT);
	struct file *proxy;

	if (!stretch)
		return ERR_PTR(-ENOMEM);
	*stretch = (struct vduse_stretch) {
		.file = get_file(file),
		.first = offset >> PAGE_SHIFT,
		.count = size >> PAGE_SHIFT,
	};
	proxy = anon_inode_getfile("[vduse-memory]", &vduse_proxy_fops, stretch,
				   vduse_proxy_mode(perm) | O_CLOEXEC);
	if (IS_ERR(proxy))
		vduse_stretch_free(stretch);
	else
		proxy->f_mapping = file->f_mapping;
	return proxy;
}

struct file *vduse_proxy(struct file *file, u64 *offset, u64 size, u32 perm)
{
	struct file *proxy;

	if (file_inode(file)->i_sb->s_magic != TMPFS_MAGIC)
		return dentry_open(&file->f_path, vduse_proxy_mode(perm) | O_LARGEFILE,
				   current_cred());
	proxy = vduse_proxy_stretch(file, *offset, size, perm);
	*offset = 0;
	return proxy;
}
