// SPDX-License-Identifier: GPL-2.0-only
/* vfio_device_ops has get_region_info_caps (6.19) */
#include <linux/vfio_pci_core.h>

extern struct vfio_device_ops probe_ops;
struct vfio_device_ops probe_ops = {
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
};
