/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All commands that the driver knows, sorted by opcode:
 *
 *	VP_ADMIN_ROW(NAME, name, groups, flags, min_data, min_result)
 *
 * VIRTIO_ADMIN_CMD_<NAME> is the opcode; min_data is the minimum length of
 * command_specific_data in bytes; a result shorter than min_result bytes with status
 * OK is a device error.
 *
 * Included by virtio_pci_admin_codec.h for the enum and by virtio_pci_admin_codec.c
 * for the table, so that they cannot differ.
 */
VP_ADMIN_ROW(LIST_QUERY, list_query,
	     VP_ADMIN_GROUP_SELF | VP_ADMIN_GROUP_SRIOV,
	     0,
	     0, sizeof(__le64))
VP_ADMIN_ROW(LIST_USE, list_use,
	     VP_ADMIN_GROUP_SELF | VP_ADMIN_GROUP_SRIOV,
	     VP_ADMIN_ROW_EXCLUSIVE,
	     sizeof(__le64), 0)
VP_ADMIN_ROW(LEGACY_COMMON_CFG_WRITE, legacy_common_cfg_write,
	     VP_ADMIN_GROUP_SRIOV, 0,
	     sizeof(struct virtio_admin_abi_legacy_write) + 1, 0)
VP_ADMIN_ROW(LEGACY_COMMON_CFG_READ, legacy_common_cfg_read,
	     VP_ADMIN_GROUP_SRIOV, 0,
	     sizeof(struct virtio_admin_abi_legacy_read), 1)
VP_ADMIN_ROW(LEGACY_DEV_CFG_WRITE, legacy_dev_cfg_write,
	     VP_ADMIN_GROUP_SRIOV, 0,
	     sizeof(struct virtio_admin_abi_legacy_write) + 1, 0)
VP_ADMIN_ROW(LEGACY_DEV_CFG_READ, legacy_dev_cfg_read,
	     VP_ADMIN_GROUP_SRIOV, 0,
	     sizeof(struct virtio_admin_abi_legacy_read), 1)
VP_ADMIN_ROW(LEGACY_NOTIFY_INFO, legacy_notify_info,
	     VP_ADMIN_GROUP_SRIOV, 0,
	     0, 0)
VP_ADMIN_ROW(CAP_ID_LIST_QUERY, cap_id_list_query,
	     VP_ADMIN_GROUP_SELF, 0,
	     0, 1)
VP_ADMIN_ROW(DEVICE_CAP_GET, device_cap_get,
	     VP_ADMIN_GROUP_SELF, 0,
	     sizeof(struct virtio_admin_abi_cap), 1)
VP_ADMIN_ROW(DRIVER_CAP_SET, driver_cap_set,
	     VP_ADMIN_GROUP_SELF, 0,
	     sizeof(struct virtio_admin_abi_cap) + 1, 0)
VP_ADMIN_ROW(RESOURCE_OBJ_CREATE, resource_obj_create,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK,
	     sizeof(struct virtio_admin_abi_obj_create), 0)
VP_ADMIN_ROW(RESOURCE_OBJ_DESTROY, resource_obj_destroy,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK,
	     sizeof(struct virtio_admin_abi_obj), 0)
VP_ADMIN_ROW(DEV_PARTS_METADATA_GET, dev_parts_metadata_get,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK,
	     sizeof(struct virtio_admin_abi_parts_get), sizeof(__le32))
VP_ADMIN_ROW(DEV_PARTS_GET, dev_parts_get,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK,
	     sizeof(struct virtio_admin_abi_parts_get), 0)
VP_ADMIN_ROW(DEV_PARTS_SET, dev_parts_set,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK,
	     sizeof(struct virtio_admin_abi_obj), 0)
VP_ADMIN_ROW(DEV_MODE_SET, dev_mode_set,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK,
	     sizeof(struct virtio_admin_abi_mode_set), 0)
/* the opcodes of these are relative to the parameter dirty_log_opcode */
VP_ADMIN_ROW(DMA_LOG_IDENTITY, dma_log_identity,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK | VP_ADMIN_ROW_LOG,
	     0, sizeof(struct virtio_admin_abi_log_identity))
VP_ADMIN_ROW(DMA_LOG_START, dma_log_start,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK | VP_ADMIN_ROW_LOG,
	     sizeof(struct virtio_admin_abi_log_start) + sizeof(struct virtio_admin_abi_log_range),
	     0)
VP_ADMIN_ROW(DMA_LOG_READ, dma_log_read,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK | VP_ADMIN_ROW_LOG,
	     sizeof(struct virtio_admin_abi_log_range), 1)
VP_ADMIN_ROW(DMA_LOG_STOP, dma_log_stop,
	     VP_ADMIN_GROUP_SRIOV, VP_ADMIN_ROW_BULK | VP_ADMIN_ROW_LOG,
	     0, 0)
