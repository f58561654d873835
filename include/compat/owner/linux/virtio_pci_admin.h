/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other names for the exports of virtio_pci_owner, and for modules that link to it: the
 * built-in virtio-pci exports functions with the original names. Only the folders of
 * these modules have this header, before include/compat in their include path.
 */
#ifndef COMPAT_OWNER_LINUX_VIRTIO_PCI_ADMIN_H
#define COMPAT_OWNER_LINUX_VIRTIO_PCI_ADMIN_H

#define virtio_pci_admin_has_legacy_io vpo_admin_has_legacy_io
#define virtio_pci_admin_has_legacy_regs vpo_admin_has_legacy_regs
#define virtio_pci_admin_legacy_common_io_write vpo_admin_legacy_common_io_write
#define virtio_pci_admin_legacy_common_io_read vpo_admin_legacy_common_io_read
#define virtio_pci_admin_legacy_device_io_write vpo_admin_legacy_device_io_write
#define virtio_pci_admin_legacy_device_io_read vpo_admin_legacy_device_io_read
#define virtio_pci_admin_legacy_io_notify_info vpo_admin_legacy_io_notify_info
#define virtio_pci_admin_legacy_io_notify_list vpo_admin_legacy_io_notify_list
#define virtio_pci_admin_has_dev_parts vpo_admin_has_dev_parts
#define virtio_pci_admin_mode_set vpo_admin_mode_set
#define virtio_pci_admin_obj_create vpo_admin_obj_create
#define virtio_pci_admin_obj_destroy vpo_admin_obj_destroy
#define virtio_pci_admin_dev_parts_metadata_get vpo_admin_dev_parts_metadata_get
#define virtio_pci_admin_dev_parts_get vpo_admin_dev_parts_get
#define virtio_pci_admin_dev_parts_set vpo_admin_dev_parts_set
#define virtio_pci_admin_dma_log_limits vpo_admin_dma_log_limits
#define virtio_pci_admin_dma_log_start vpo_admin_dma_log_start
#define virtio_pci_admin_dma_log_read vpo_admin_dma_log_read
#define virtio_pci_admin_dma_log_stop vpo_admin_dma_log_stop

#include "../../../linux/virtio_pci_admin.h"

#endif /* COMPAT_OWNER_LINUX_VIRTIO_PCI_ADMIN_H */
