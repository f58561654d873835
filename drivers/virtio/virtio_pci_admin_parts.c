// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a VF's driver access the VF's state through the owner? (section "Group
 * administration commands", "Device parts")
 *
 * Documentation/device-parts.rst has the commands and the parts.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/virtio_pci_admin.h>

#include "virtio_pci_admin_priv.h"

/* Far above what a device has: the parts of a queue are 72 bytes */
#define VP_ADMIN_PARTS_MAX	SZ_16M

static const enum vp_admin_row_id vp_admin_parts_rows[] = {
	VP_ADMIN_RESOURCE_OBJ_CREATE,
	VP_ADMIN_RESOURCE_OBJ_DESTROY,
	VP_ADMIN_DEV_PARTS_METADATA_GET,
	VP_ADMIN_DEV_PARTS_GET,
	VP_ADMIN_DEV_PARTS_SET,
	VP_ADMIN_DEV_MODE_SET,
};

/* --- a scatterlist as a piece of a command --- */

/* The caller's memory if it is contiguous, else a copy */
struct vp_admin_flat {
	void *buf;
	u32 len;
	bool copy;
};

static int vp_admin_flat_get(struct vp_admin_flat *flat, struct scatterlist *sgl)
{
	u64 len = 0;

	for (struct scatterlist *sg = sgl; sg; sg = sg_next(sg))
		len += sg->length;
	if (len > VP_ADMIN_PARTS_MAX)
		return -E2BIG;
	flat->len = len;
	flat->copy = !sg_is_last(sgl) || PageHighMem(sg_page(sgl));
	if (!flat->copy) {
		flat->buf = sg_virt(sgl);
		return 0;
	}
	flat->buf = kvzalloc(len, GFP_KERNEL_ACCOUNT);
	return flat->buf ? 0 : -ENOMEM;
}

static void vp_admin_flat_put(struct vp_admin_flat *flat)
{
	if (flat->copy)
		kvfree(flat->buf);
}

/* --- one call for a VF --- */

struct vp_admin_parts_call {
	struct vp_admin_member *member;
	ktime_t deadline;
};

static int vp_admin_parts_begin(struct vp_admin_parts_call *call, struct pci_dev *pdev)
{
	call->deadline = vp_admin_deadline();
	return vp_admin_member_find(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &call->member);
}

static int vp_admin_parts_exec(struct vp_admin_parts_call *call, struct vp_admin_cmd *cmd)
{
	cmd->group = VIRTIO_ADMIN_GROUP_TYPE_SRIOV;
	cmd->member = call->member;
	cmd->deadline = call->deadline;
	return vp_admin_exec(call->member->admin, cmd);
}

static void vp_admin_parts_end(struct vp_admin_parts_call *call)
{
	vp_admin_put(call->member->admin);
}

static bool vp_admin_parts_offered(struct vp_admin_parts_call *call)
{
	struct vp_admin *admin = call->member->admin;
	struct vp_admin_commands commands;
	struct vp_admin_caps caps;

	if (vp_admin_group_commands(admin, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, call->deadline,
				    &commands))
		return false;
	for (int i = 0; i < ARRAY_SIZE(vp_admin_parts_rows); i++)
		if (!vp_admin_has(&commands, vp_admin_parts_rows[i]))
			return false;
	if (vp_admin_caps(admin, call->deadline, &caps))
		return false;
	return caps.limit[VIRTIO_ADMIN_ABI_OBJ_GET] && caps.limit[VIRTIO_ADMIN_ABI_OBJ_SET];
}

/**
 * virtio_pci_admin_has_dev_parts() - can the VF's state be read and set?
 * @pdev: the VF
 *
 * True when the PF's driver runs, its device has the commands for device parts and
 * DEV_MODE_SET for the SR-IOV group, those for capabilities for itself, and room for
 * at least one object of either kind.
 *
 * The first call after the PF was reset asks the device.
 *
 * Context: process, may sleep, at most admin_timeout_ms. May be called in the VF
 * driver's probe.
 * Return: true or false.
 */
bool virtio_pci_admin_has_dev_parts(struct pci_dev *pdev)
{
	struct vp_admin_parts_call call;
	bool has;

	if (vp_admin_parts_begin(&call, pdev))
		return false;
	has = vp_admin_parts_offered(&call);
	vp_admin_parts_end(&call);
	return has;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_has_dev_parts);

/**
 * virtio_pci_admin_mode_set() - stop or resume the VF
 * @pdev: the VF
 * @flags: VIRTIO_ADMIN_ABI_MODE_STOPPED, or 0
 *
 * VIRTIO_ADMIN_CMD_DEV_MODE_SET. A stopped VF makes no DMA and sends no interrupt; it has
 * completed every request that it had taken from its rings. Parts that were set by
 * virtio_pci_admin_dev_parts_set() take effect when it is resumed.
 *
 * Context: process, may sleep, at most admin_timeout_ms. After -ETIMEDOUT and -EINTR
 * the device may still execute the command.
 * Return: 0; -EINVAL for other flags, or refused by the device; or an error as
 * virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_mode_set(struct pci_dev *pdev, u8 flags)
{
	struct virtio_admin_abi_mode_set data = { .flags = flags };
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DEV_MODE_SET,
		.data = { { &data, sizeof(data) } },
	};

	if (flags & ~VIRTIO_ADMIN_ABI_MODE_STOPPED)
		return -EINVAL;
	return vp_admin_member_exec(pdev, VIRTIO_ADMIN_GROUP_TYPE_SRIOV, &cmd);
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_mode_set);

/**
 * virtio_pci_admin_obj_create() - create an object by which parts are read or set
 * @pdev: the VF
 * @obj_type: VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS, the only type
 * @operation_type: VIRTIO_ADMIN_ABI_OBJ_GET or VIRTIO_ADMIN_ABI_OBJ_SET
 * @obj_id: on success, its id
 *
 * VIRTIO_ADMIN_CMD_RESOURCE_OBJ_CREATE. A reset of the PF and disabling VFs destroy the
 * object; a reset of the VF does not.
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; -EINVAL for other arguments; -EOPNOTSUPP when the device has no device
 * parts; -ENOSPC when the VF has 4 objects, or all VFs together as many as the device
 * allows; or an error as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_obj_create(struct pci_dev *pdev, u16 obj_type, u8 operation_type,
				u32 *obj_id)
{
	struct vp_admin_parts_call call;
	struct vp_admin_caps caps;
	int ret;

	if (obj_type != VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS ||
	    operation_type >= VIRTIO_ADMIN_ABI_OBJ_KINDS)
		return -EINVAL;
	ret = vp_admin_parts_begin(&call, pdev);
	if (ret)
		return ret;
	ret = vp_admin_caps(call.member->admin, call.deadline, &caps);
	if (!ret)
		ret = vp_admin_object_create(call.member, operation_type,
					     caps.limit[operation_type], call.deadline, obj_id);
	vp_admin_parts_end(&call);
	return ret;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_obj_create);

/**
 * virtio_pci_admin_obj_destroy() - destroy an object
 * @pdev: the VF
 * @obj_type: VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS
 * @id: of virtio_pci_admin_obj_create()
 *
 * VIRTIO_ADMIN_CMD_RESOURCE_OBJ_DESTROY. The caller must not use @id afterwards, also if
 * an error is returned.
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; -EINVAL for another type; -ENXIO when the VF has no such object (any
 * more); or an error as virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_obj_destroy(struct pci_dev *pdev, u16 obj_type, u32 id)
{
	struct vp_admin_parts_call call;
	int ret;

	if (obj_type != VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS)
		return -EINVAL;
	ret = vp_admin_parts_begin(&call, pdev);
	if (ret)
		return ret;
	ret = vp_admin_object_destroy(call.member, id, call.deadline);
	vp_admin_parts_end(&call);
	return ret;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_obj_destroy);

/* Execute @cmd for object @id of @pdev */
static int vp_admin_parts_of_object(struct pci_dev *pdev, u32 id, struct vp_admin_cmd *cmd)
{
	struct vp_admin_parts_call call;
	int ret;

	ret = vp_admin_parts_begin(&call, pdev);
	if (ret)
		return ret;
	ret = vp_admin_object_exists(call.member, id) ? vp_admin_parts_exec(&call, cmd) : -ENXIO;
	vp_admin_parts_end(&call);
	return ret;
}

/**
 * virtio_pci_admin_dev_parts_metadata_get() - get the number or the maximum size of the parts
 * @pdev: the VF
 * @obj_type: VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS
 * @id: id of an object of kind VIRTIO_ADMIN_ABI_OBJ_GET
 * @metadata_type: VIRTIO_ADMIN_ABI_METADATA_SIZE or VIRTIO_ADMIN_ABI_METADATA_COUNT
 * @out: on success, the maximum size in bytes, or the number of parts
 *
 * VIRTIO_ADMIN_CMD_DEV_PARTS_METADATA_GET.
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; -EINVAL for another type; -EOPNOTSUPP for other metadata; -ENXIO when the
 * VF has no such object (any more); or an error as
 * virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dev_parts_metadata_get(struct pci_dev *pdev, u16 obj_type, u32 id,
					    u8 metadata_type, u32 *out)
{
	struct virtio_admin_abi_parts_get data = {
		.obj.type = cpu_to_le16(obj_type),
		.obj.id = cpu_to_le32(id),
		.type = metadata_type,
	};
	struct virtio_admin_abi_parts_number number;
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DEV_PARTS_METADATA_GET,
		.data = { { &data, sizeof(data) } },
		.result = { { &number, sizeof(number) } },
	};
	int ret;

	if (obj_type != VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS)
		return -EINVAL;
	if (metadata_type != VIRTIO_ADMIN_ABI_METADATA_SIZE &&
	    metadata_type != VIRTIO_ADMIN_ABI_METADATA_COUNT)
		return -EOPNOTSUPP;
	ret = vp_admin_parts_of_object(pdev, id, &cmd);
	if (!ret)
		*out = le32_to_cpu(number.number);
	return ret;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dev_parts_metadata_get);

/**
 * virtio_pci_admin_dev_parts_get() - read the VF's parts
 * @pdev: the VF
 * @obj_type: VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS
 * @id: id of an object of kind VIRTIO_ADMIN_ABI_OBJ_GET
 * @get_type: VIRTIO_ADMIN_ABI_PARTS_ALL
 * @res_sg: buffer of the size that virtio_pci_admin_dev_parts_metadata_get() returned;
 *	undefined after an error
 * @res_size: on success, the size of the parts in bytes
 *
 * VIRTIO_ADMIN_CMD_DEV_PARTS_GET. The VF may be running.
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; -EINVAL for another type of object; -EOPNOTSUPP for another @get_type;
 * -E2BIG if @res_sg is longer than 16 MiB; -ENOMEM, also if it is too short; -ENXIO
 * when the VF has no such object (any more); or an error as
 * virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dev_parts_get(struct pci_dev *pdev, u16 obj_type, u32 id, u8 get_type,
				   struct scatterlist *res_sg, u32 *res_size)
{
	struct virtio_admin_abi_parts_get data = {
		.obj.type = cpu_to_le16(obj_type),
		.obj.id = cpu_to_le32(id),
		.type = get_type,
	};
	struct vp_admin_cmd cmd = {
		.row = VP_ADMIN_DEV_PARTS_GET,
		.data = { { &data, sizeof(data) } },
	};
	struct vp_admin_flat flat;
	int ret;

	if (obj_type != VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS)
		return -EINVAL;
	if (get_type != VIRTIO_ADMIN_ABI_PARTS_ALL)
		return -EOPNOTSUPP;
	ret = vp_admin_flat_get(&flat, res_sg);
	if (ret)
		return ret;
	cmd.result[0].buf = flat.buf;
	cmd.result[0].len = flat.len;
	ret = vp_admin_parts_of_object(pdev, id, &cmd);
	if (!ret) {
		*res_size = min(cmd.got, flat.len);
		if (flat.copy)
			sg_copy_from_buffer(res_sg, sg_nents(res_sg), flat.buf, *res_size);
	}
	vp_admin_flat_put(&flat);
	return ret;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dev_parts_get);

/**
 * virtio_pci_admin_dev_parts_set() - set the VF's parts
 * @pdev: the VF, stopped
 * @data_sg: struct virtio_admin_abi_obj with the id of an object of kind
 *	VIRTIO_ADMIN_ABI_OBJ_SET, followed by the parts
 *
 * VIRTIO_ADMIN_CMD_DEV_PARTS_SET. The device sets all of them or none. They take
 * effect when the VF is resumed.
 *
 * Context: process, may sleep, at most admin_timeout_ms.
 * Return: 0; -EINVAL when there is no header, for another type of object, or refused
 * by the device; -E2BIG for more than 16 MiB; -ENXIO when the VF has no such object
 * (any more); -EBUSY when the VF is not stopped; -ENOMEM; or an error as
 * virtio_pci_admin_legacy_common_io_write().
 */
int virtio_pci_admin_dev_parts_set(struct pci_dev *pdev, struct scatterlist *data_sg)
{
	struct vp_admin_cmd cmd = { .row = VP_ADMIN_DEV_PARTS_SET };
	struct virtio_admin_abi_obj header;
	struct vp_admin_flat flat;
	int ret;

	if (sg_copy_to_buffer(data_sg, sg_nents(data_sg), &header, sizeof(header)) <
	    sizeof(header) || header.type != cpu_to_le16(VIRTIO_ADMIN_ABI_OBJ_DEV_PARTS))
		return -EINVAL;
	ret = vp_admin_flat_get(&flat, data_sg);
	if (ret)
		return ret;
	if (flat.copy)
		sg_copy_to_buffer(data_sg, sg_nents(data_sg), flat.buf, flat.len);
	cmd.data[0].buf = flat.buf;
	cmd.data[0].len = flat.len;
	ret = vp_admin_parts_of_object(pdev, le32_to_cpu(header.id), &cmd);
	vp_admin_flat_put(&flat);
	return ret;
}
EXPORT_SYMBOL_GPL(virtio_pci_admin_dev_parts_set);
