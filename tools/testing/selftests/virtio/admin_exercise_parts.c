// SPDX-License-Identifier: GPL-2.0-only
/* How are device parts read and set? By the API's calls, with scatterlists of so many pieces. */
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_device_parts.h>

#include "admin_exercise.h"

#define EXERCISE_ROOM_MAX	0x20000
#define EXERCISE_HEADER		sizeof(struct virtio_admin_abi_obj)
#define EXERCISE_PADDING	0xfffe	/* a part's type, above all that devices have */

int exercise_has_parts(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_has_dev_parts(pdev) ? 0 : -EOPNOTSUPP;
}

int exercise_mode(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_mode_set(pdev, run->args[0]);
}

static int exercise_number(struct exercise_run *run, int ret, u32 number)
{
	__le32 bytes = cpu_to_le32(number);

	memcpy(run->bytes, &bytes, sizeof(bytes));
	run->n_bytes = ret ? 0 : sizeof(number);
	return ret;
}

int exercise_obj_create(struct pci_dev *pdev, struct exercise_run *run)
{
	u32 id = 0;
	int ret = virtio_pci_admin_obj_create(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, run->args[0],
					      &id);

	return exercise_number(run, ret, id);
}

int exercise_obj_destroy(struct pci_dev *pdev, struct exercise_run *run)
{
	return virtio_pci_admin_obj_destroy(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, run->args[0]);
}

static int exercise_metadata(struct pci_dev *pdev, struct exercise_run *run, u8 type)
{
	u32 number = 0;
	int ret = virtio_pci_admin_dev_parts_metadata_get(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
							  run->args[0], type, &number);

	return exercise_number(run, ret, number);
}

int exercise_parts_size(struct pci_dev *pdev, struct exercise_run *run)
{
	return exercise_metadata(pdev, run, VIRTIO_ADMIN_ABI_METADATA_SIZE);
}

int exercise_parts_count(struct pci_dev *pdev, struct exercise_run *run)
{
	return exercise_metadata(pdev, run, VIRTIO_ADMIN_ABI_METADATA_COUNT);
}

/* @buf in so many pieces */
static int exercise_sg(struct sg_table *table, u8 *buf, u32 len, unsigned int pieces)
{
	struct scatterlist *sg;
	unsigned int i;

	if (!pieces || pieces > len)
		return -EINVAL;
	if (sg_alloc_table(table, pieces, GFP_KERNEL))
		return -ENOMEM;
	for_each_sgtable_sg(table, sg, i) {
		u32 n = i + 1 < pieces ? len / pieces : len;

		sg_set_buf(sg, buf, n);
		buf += n;
		len -= n;
	}
	return 0;
}

static int parts_get_pieces(struct exercise_vf *vf, struct exercise_run *run, u8 *room)
{
	struct sg_table table;
	int ret = exercise_sg(&table, room + EXERCISE_HEADER, run->args[2], run->args[1]);

	if (ret)
		return ret;
	ret = virtio_pci_admin_dev_parts_get(vf->pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
					     run->args[0], VIRTIO_ADMIN_ABI_PARTS_ALL, table.sgl,
					     &vf->n_parts);
	sg_free_table(&table);
	return ret;
}

int exercise_parts_get(struct pci_dev *pdev, struct exercise_run *run)
{
	struct exercise_vf *vf = pci_get_drvdata(pdev);
	u8 *room;
	int ret;

	if (run->args[2] > EXERCISE_ROOM_MAX)
		return -EINVAL;
	room = kzalloc(EXERCISE_HEADER + run->args[2], GFP_KERNEL);
	if (!room)
		return -ENOMEM;
	mutex_lock(&vf->parts_lock);
	kfree(vf->parts);
	vf->parts = room;
	vf->n_parts = 0;
	ret = parts_get_pieces(vf, run, room);
	exercise_number(run, ret, ret ? 0 : crc32_le(0, room + EXERCISE_HEADER, vf->n_parts));
	mutex_unlock(&vf->parts_lock);
	return ret;
}

int exercise_parts_pad(struct pci_dev *pdev, struct exercise_run *run)
{
	struct virtio_admin_abi_part part = {
		.type = cpu_to_le16(EXERCISE_PADDING),
		.flags = VIRTIO_ADMIN_ABI_PART_OPTIONAL,
	};
	struct exercise_vf *vf = pci_get_drvdata(pdev);
	u64 len = run->args[0], at;
	int ret = -EINVAL;
	u8 *room;

	mutex_lock(&vf->parts_lock);
	at = EXERCISE_HEADER + vf->n_parts;
	if (!vf->n_parts || len > EXERCISE_ROOM_MAX || len < at + sizeof(part))
		goto out;
	ret = -ENOMEM;
	room = kzalloc(len, GFP_KERNEL);
	if (!room)
		goto out;
	part.length = cpu_to_le32(len - at - sizeof(part));
	memcpy(room, vf->parts, at);
	memcpy(room + at, &part, sizeof(part));
	kfree(vf->parts);
	vf->parts = room;
	vf->n_parts = len - EXERCISE_HEADER;
	ret = 0;
out:
	mutex_unlock(&vf->parts_lock);
	return ret;
}

int exercise_parts_set(struct pci_dev *pdev, struct exercise_run *run)
{
	struct virtio_admin_abi_obj header = { .id = cpu_to_le32(run->args[0]) };
	struct exercise_vf *vf = pci_get_drvdata(pdev);
	struct sg_table table;
	int ret = -ENODATA;

	mutex_lock(&vf->parts_lock);
	if (vf->n_parts) {
		memcpy(vf->parts, &header, sizeof(header));
		ret = exercise_sg(&table, vf->parts, EXERCISE_HEADER + vf->n_parts, run->args[1]);
	}
	if (!ret) {
		ret = virtio_pci_admin_dev_parts_set(pdev, table.sgl);
		sg_free_table(&table);
	}
	mutex_unlock(&vf->parts_lock);
	return ret;
}

/* As a migration reads them: the largest command that there is, all the time */
int exercise_parts_cycle(struct pci_dev *pdev, struct exercise_run *run)
{
	struct exercise_run inner = { .args = { 0, 3, EXERCISE_ROOM_MAX } };
	u32 id;
	int ret = virtio_pci_admin_obj_create(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS,
					      VIRTIO_ADMIN_ABI_OBJ_GET, &id);

	if (ret)
		return ret;
	inner.args[0] = id;
	ret = exercise_parts_get(pdev, &inner);
	return virtio_pci_admin_obj_destroy(pdev, VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, id) ?: ret;
}
