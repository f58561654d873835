// SPDX-License-Identifier: GPL-2.0-only
/* vfio answers VFIO_DEVICE_GET_REGION_INFO itself and asks the driver (6.19) */
#include <linux/vfio_pci_core.h>

extern struct vfio_device_ops probe_ops;
struct vfio_device_ops probe_ops = {
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,
};
