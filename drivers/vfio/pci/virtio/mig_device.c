// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are a VF's mode and device parts read and set, by commands of its owner?
 *
 * Each call creates a resource object and destroys it: no object is left behind by a
 * user that exits, or is missing after a reset of the owner.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio_device_parts.h>
#include <linux/vmalloc.h>

#include "mig_parts.h"
#include "virtiovf.h"

/* Between attempts to resume a device that has to run */
#define RESUME_RETRY_MS		2000

/* The parts may grow between the query of their size and the read: then try again */
#define PARTS_TRIES	3

int virtiovf_mig_bytes_alloc(struct virtiovf_mig_bytes *parts, u32 len)
{
	/* the length is up to the device or the user: charge the user */
	parts->bytes = kvzalloc(VIRTIOVF_MIG_ROOM + len, GFP_KERNEL_ACCOUNT);
	parts->len = len;
	return parts->bytes ? 0 : -ENOMEM;
}

void virtiovf_mig_bytes_free(struct virtiovf_mig_bytes *parts)
{
	kvfree(parts->bytes);
	parts->bytes = NULL;
	parts->len = 0;
}

/* A scatterlist of memory from kvmalloc() */
static int list_memory(struct sg_table *table, u8 *at, u32 len)
{
	u32 first = offset_in_page(at), n = DIV_ROUND_UP(first + len, PAGE_SIZE);
	struct page **pages;
	int ret;

	if (!is_vmalloc_addr(at)) {
		ret = sg_alloc_table(table, 1, GFP_KERNEL);
		if (!ret)
			sg_set_buf(table->sgl, at, len);
		return ret;
	}
	pages = kcalloc(n, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	for (u32 i = 0; i < n; i++)
		pages[i] = vmalloc_to_page(at - first + i * PAGE_SIZE);
	ret = sg_alloc_table_from_pages(table, pages, n, first, len, GFP_KERNEL);
	kfree(pages);
	return ret;
}

/* Stop or resume the device. After a time-out it may be in either mode. */
int virtiovf_mig_mode_set(struct virtiovf_device *vf, bool stop)
{
	return virtio_errno(vf->admin->mode_set(vf->core.pdev,
						stop ? VIRTIO_ADMIN_ABI_MODE_STOPPED : 0));
}

/* The device may have executed the command, or may still do so */
static bool is_unknown(int err)
{
	return err == -ETIMEDOUT || err == -EINTR || err == -EIO;
}

/* The same, with the state of the migration. Without an answer that becomes ERROR. */
int virtiovf_mig_set_mode(struct virtiovf_device *vf, bool stop)
{
	struct virtiovf_migration *mig = &vf->migration;
	bool before = mig->stopped;
	int ret = virtiovf_mig_mode_set(vf, stop);

	lockdep_assert_held(&mig->lock);
	if (!ret) {
		mig->stopped = stop;
		return 0;
	}
	if (!is_unknown(ret))
		return ret;
	/* commands are executed in order, so this one determines the mode */
	if (virtiovf_mig_mode_set(vf, before)) {
		mig->stopped = true;
		WRITE_ONCE(mig->state, VIRTIOVF_MIG_ERROR);
	}
	return ret;
}

/*
 * Resume a device that nobody asked to be stopped, or that was reset. If it fails the state is
 * ERROR, and a work item tries again until it succeeds: then it is RUNNING.
 */
int virtiovf_mig_go_on(struct virtiovf_device *vf)
{
	struct virtiovf_migration *mig = &vf->migration;
	int ret = virtiovf_mig_mode_set(vf, false);

	lockdep_assert_held(&mig->lock);
	if (ret && !mig->unresumed)
		dev_warn(&vf->core.pdev->dev,
			 "migration: cannot resume the stopped device: %d; retrying\n", ret);
	mig->stopped = ret;
	WRITE_ONCE(mig->unresumed, ret);
	if (!ret)
		return 0;
	WRITE_ONCE(mig->state, VIRTIOVF_MIG_ERROR);
	/* a command takes up to admin_timeout_ms, so not in system_wq */
	mod_delayed_work(system_long_wq, &mig->reset_work, msecs_to_jiffies(RESUME_RETRY_MS));
	return ret;
}

static int object_create(struct virtiovf_device *vf, u8 kind, u32 *id)
{
	return virtio_errno(vf->admin->obj_create(vf->core.pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
						  kind, id));
}

static void object_destroy(struct virtiovf_device *vf, u32 id)
{
	/* on failure the owner keeps the id and destroys the object later */
	vf->admin->obj_destroy(vf->core.pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id);
}

static int size_of_object(struct virtiovf_device *vf, u32 id, u32 *size)
{
	int ret = virtio_errno(vf->admin->dev_parts_metadata_get(vf->core.pdev,
								 VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id,
								 VIRTIO_ADMIN_ABI_METADATA_SIZE,
								 size));

	if (ret)
		return ret;
	if (*size > VIRTIOVF_MIG_LENGTH_MAX)
		return -E2BIG;
	return *size ? 0 : -EIO;
}

/* The maximum size of all parts, in bytes */
int virtiovf_mig_parts_size(struct virtiovf_device *vf, u32 *size)
{
	u32 id;
	int ret = object_create(vf, VIRTIO_ADMIN_ABI_OBJ_GET, &id);

	if (ret)
		return ret;
	ret = size_of_object(vf, id, size);
	object_destroy(vf, id);
	return ret;
}

static int get_by_object(struct virtiovf_device *vf, u32 id, struct virtiovf_mig_bytes *parts)
{
	struct sg_table table;
	u32 size;
	int ret;

	ret = size_of_object(vf, id, &size) ?: virtiovf_mig_bytes_alloc(parts, size);
	if (ret)
		return ret;
	ret = list_memory(&table, parts->bytes + VIRTIOVF_MIG_ROOM, size);
	if (ret)
		goto err_free;
	ret = virtio_errno(vf->admin->dev_parts_get(vf->core.pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
						    id, VIRTIO_ADMIN_ABI_PARTS_ALL, table.sgl,
						    &parts->len));
	sg_free_table(&table);
	if (!ret)
		return 0;
err_free:
	virtiovf_mig_bytes_free(parts);
	return ret;
}

/* Check the device's own parts as well, while the guest still runs at the source */
static int check_own(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts)
{
	const struct virtiovf_mig_parts own = {
		.bytes = parts->bytes + VIRTIOVF_MIG_ROOM,
		.len = parts->len,
	};
	const char *reason = "no device parts";
	int ret = own.len ? virtiovf_mig_parts_check(&own, &own, &reason) : -EIO;

	if (ret)
		dev_warn_ratelimited(&vf->core.pdev->dev,
				     "migration: bad device parts: %s\n", reason);
	return ret ? -EIO : 0;
}

/* Read all parts. Return: 0 with @parts, which the caller frees */
int virtiovf_mig_parts_get(struct virtiovf_device *vf, struct virtiovf_mig_bytes *parts)
{
	u32 id;
	int ret = object_create(vf, VIRTIO_ADMIN_ABI_OBJ_GET, &id);

	if (ret)
		return ret;
	ret = -ENOMEM;
	for (int i = 0; i < PARTS_TRIES && ret == -ENOMEM; i++)
		ret = get_by_object(vf, id, parts);
	object_destroy(vf, id);
	if (ret)
		return ret;
	ret = check_own(vf, parts);
	if (ret)
		virtiovf_mig_bytes_free(parts);
	return ret;
}

/* Set the parts of a stopped device, all or none. Overwrites the headroom of @parts. */
int virtiovf_mig_parts_set(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts)
{
	struct virtio_admin_abi_obj header = {
		.type = cpu_to_le16(VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS),
	};
	u8 *at = parts->bytes + VIRTIOVF_MIG_ROOM - sizeof(header);
	struct sg_table table;
	u32 id;
	int ret;

	ret = list_memory(&table, at, sizeof(header) + parts->len);
	if (ret)
		return ret;
	ret = object_create(vf, VIRTIO_ADMIN_ABI_OBJ_SET, &id);
	if (!ret) {
		header.id = cpu_to_le32(id);
		memcpy(at, &header, sizeof(header));
		ret = virtio_errno(vf->admin->dev_parts_set(vf->core.pdev, table.sgl));
		object_destroy(vf, id);
	}
	sg_free_table(&table);
	return ret;
}
