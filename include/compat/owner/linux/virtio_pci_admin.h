/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner's calls in virtio_pci_owner, and in what links to it: the kernel that
 * it is built for has exported functions of the original names. Before
 * include/compat in the path of those folders only.
 */
#ifndef COMPAT_OWNER_LINUX_VIRTIO_PCI_ADMIN_H
#define COMPAT_OWNER_LINUX_VIRTIO_PCI_ADMIN_H

#define virtio_pci_admin_has_legacy_io vpo_admin_has_legacy_io
#define virtio_pci_admin_legacy_common_io_write vpo_admin_legacy_common_io_write
#define virtio_pci_admin_legacy_common_io_read vpo_admin_legacy_common_io_read
#define virtio_pci_admin_legacy_device_io_write vpo_admin_legacy_device_io_write
#define virtio_pci_admin_legacy_device_io_read vpo_admin_legacy_device_io_read
#define virtio_pci_admin_legacy_io_notify_info vpo_admin_legacy_io_notify_info
#define virtio_pci_admin_legacy_io_notify_list vpo_admin_legacy_io_notify_list

#include "../../../linux/virtio_pci_admin.h"

#endif /* COMPAT_OWNER_LINUX_VIRTIO_PCI_ADMIN_H */
