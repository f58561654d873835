/* SPDX-License-Identifier: GPL-2.0-only */
/* What a vfio-pci variant finds in newer kernels' header only. */
#ifndef COMPAT_LINUX_VFIO_PCI_CORE_H
#define COMPAT_LINUX_VFIO_PCI_CORE_H

#include <linux/vfio.h>
#include_next <linux/vfio_pci_core.h>

/* Opening by iommufd. In a kernel that knows it but lacks it, the functions are NULL. */
#ifdef VFIO_DEVICE_BIND_IOMMUFD
#define COMPAT_VFIO_IOMMUFD_OPS						\
	.bind_iommufd = vfio_iommufd_physical_bind,			\
	.unbind_iommufd = vfio_iommufd_physical_unbind,			\
	.attach_ioas = vfio_iommufd_physical_attach_ioas,		\
	.detach_ioas = vfio_iommufd_physical_detach_ioas,
#else
#define COMPAT_VFIO_IOMMUFD_OPS
#endif

#endif /* COMPAT_LINUX_VFIO_PCI_CORE_H */
