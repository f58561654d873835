// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a daemon map a process's memory, and no more than was mapped for the device?
 *
 * For tmpfs, memfds included, it gets a proxy: a file with the mapping's length and
 * permission. The proxy's f_mapping is the real file's, so that truncating or punching holes
 * there unmaps the proxy's pages as well. Hence the area's offset is one in the real file
 * from mmap() on, and the fault handler checks it against the mapping. mremap() cannot get
 * beyond it, because the area is VM_DONTEXPAND, nor can remap_file_pages(), because it
 * calls mmap() of the proxy again.
 *
 * For other file systems, such as hugetlbfs, it gets the whole file, opened with the
 * mapping's permission: modules cannot fault their pages in.
 */
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

/* Return: the page, locked; it is rechecked because a truncation may have removed it */
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
	vduse_file_released();
	return 0;
}

static const struct file_operations vduse_proxy_fops = {
	.owner = THIS_MODULE,
	.mmap = vduse_proxy_mmap,
	.release = vduse_proxy_release,
};

/* PROT_WRITE of a shared mapping requires a file that is open for reading as well */
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
	proxy = vduse_file_create("vduse-memory", &vduse_proxy_fops, stretch,
				  vduse_proxy_mode(perm), size);
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
