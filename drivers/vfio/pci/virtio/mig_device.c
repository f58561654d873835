// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a VF's state read and set, by the owner's commands?
 *
 * With an object for each time: none is left over by a user that goes away, and none
 * is missing after the owner was reset.
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

/* A device whose parts grew since it said how long they are is asked again, so often */
#define PARTS_TRIES	3

int virtiovf_mig_bytes_alloc(struct virtiovf_mig_bytes *parts, u32 len)
{
	/* a user's, as long as the device or the user says */
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

/* Memory of kvmalloc() as a scatterlist */
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

/* A command may come back with what the device said, which is no number of ours */
static int errno_of(int ret)
{
	return !ret || IS_ERR_VALUE((long)ret) ? ret : -EIO;
}

/*
 * Have the device stop, or go on. What it does in between is its own affair; what
 * became of a command that was not answered is not known.
 */
int virtiovf_mig_mode_set(struct virtiovf_device *vf, bool stop)
{
	return errno_of(vf->admin->mode_set(vf->core.pdev,
					    stop ? VIRTIO_ADMIN_ABI_MODE_STOPPED : 0));
}

static int object_create(struct virtiovf_device *vf, u8 kind, u32 *id)
{
	return errno_of(vf->admin->obj_create(vf->core.pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, kind,
					      id));
}

static void object_destroy(struct virtiovf_device *vf, u32 id)
{
	/* the owner knows what to do with one that was not destroyed */
	vf->admin->obj_destroy(vf->core.pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id);
}

static int size_of_object(struct virtiovf_device *vf, u32 id, u32 *size)
{
	int ret = errno_of(vf->admin->dev_parts_metadata_get(vf->core.pdev,
							     VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id,
							     VIRTIO_ADMIN_ABI_METADATA_SIZE,
							     size));

	if (ret)
		return ret;
	if (*size > VIRTIOVF_MIG_LENGTH_MAX)
		return -E2BIG;
	return *size ? 0 : -EIO;
}

/* How many bytes of parts are there at most? */
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
	ret = errno_of(vf->admin->dev_parts_get(vf->core.pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id,
						VIRTIO_ADMIN_ABI_PARTS_ALL, table.sgl,
						&parts->len));
	sg_free_table(&table);
	if (!ret)
		return 0;
err_free:
	virtiovf_mig_bytes_free(parts);
	return ret;
}

/* What a device gives is not passed on before it was looked at: the guest still runs */
static int check_own(struct virtiovf_device *vf, const struct virtiovf_mig_bytes *parts)
{
	const struct virtiovf_mig_parts own = {
		.bytes = parts->bytes + VIRTIOVF_MIG_ROOM,
		.len = parts->len,
	};
	const char *reason = "there are none";
	int ret = own.len ? virtiovf_mig_parts_check(&own, &own, &reason) : -EIO;

	if (ret)
		dev_warn_ratelimited(&vf->core.pdev->dev,
				     "migration: the device's parts: %s\n", reason);
	return ret ? -EIO : 0;
}

/* Read all parts. Return: 0 with @parts, to be freed */
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

/* Set @parts, all or none, of a device that is stopped. The room before them is used. */
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
		ret = errno_of(vf->admin->dev_parts_set(vf->core.pdev, table.sgl));
		object_destroy(vf, id);
	}
	sg_free_table(&table);
	return ret;
}
