// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why has a file of memory a size?
 *
 * Because programs that get it from a daemon compare it with what they are told to map, as
 * DPDK's vhost library does. Files of anon_inode_getfile() share one inode, of size 0. So
 * these files have inodes of their own, on a file system that is mounted while there are
 * files: the superblock has a reference to the module, and is freed after the last file.
 *
 * A file whose f_mapping is that of a shmem file is taken for one by the kernel, which then
 * expects the inode to be part of a struct shmem_inode_info (shmem_file(), memfd seals,
 * swap in smaps). So it is: with nothing in swap, and sealed against more seals.
 *
 * The size limits nothing: mmap() is checked by the files' own operations. They have no
 * lseek(), so it cannot be found by that, and ftruncate() refuses what is no regular file.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "vduse.h"

#define VDUSE_FS_MAGIC	0x76647573	/* "vdus" */

static struct inode *vduse_inode_alloc(struct super_block *sb)
{
	struct shmem_inode_info *info = kzalloc(sizeof(*info), GFP_KERNEL_ACCOUNT);

	if (!info)
		return NULL;
	info->seals = F_SEAL_SEAL;
	inode_init_once(&info->vfs_inode);
	return &info->vfs_inode;
}

static void vduse_inode_free(struct inode *inode)
{
	kfree(SHMEM_I(inode));
}

static const struct super_operations vduse_super_ops = {
	.alloc_inode = vduse_inode_alloc,
	.free_inode = vduse_inode_free,
	.statfs = simple_statfs,
};

static int vduse_fs_init(struct fs_context *fc)
{
	struct pseudo_fs_context *ctx = init_pseudo(fc, VDUSE_FS_MAGIC);

	if (!ctx)
		return -ENOMEM;
	ctx->ops = &vduse_super_ops;
	return 0;
}

static struct file_system_type vduse_fs = {
	.name = "vduse",
	.owner = THIS_MODULE,
	.init_fs_context = vduse_fs_init,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *vduse_mount;
static int vduse_mount_users;

static struct file *vduse_file_on(struct vfsmount *mount, const char *name,
				  const struct file_operations *fops, int flags, u64 size)
{
	struct inode *inode = alloc_anon_inode(mount->mnt_sb);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	i_size_write(inode, size);
	file = alloc_file_pseudo(inode, mount, name, flags, fops);
	if (IS_ERR(file))
		iput(inode);
	return file;
}

struct file *vduse_file_create(const char *name, const struct file_operations *fops,
			       void *private, int flags, u64 size)
{
	struct file *file;
	int ret;

	ret = simple_pin_fs(&vduse_fs, &vduse_mount, &vduse_mount_users);
	if (ret)
		return ERR_PTR(ret);
	/* the caller runs in this module; __fput() drops this reference */
	__module_get(fops->owner);
	file = vduse_file_on(vduse_mount, name, fops, flags, size);
	if (IS_ERR(file)) {
		module_put(fops->owner);
		vduse_file_released();
		return file;
	}
	file->private_data = private;
	return file;
}

void vduse_file_released(void)
{
	simple_release_fs(&vduse_mount, &vduse_mount_users);
}
