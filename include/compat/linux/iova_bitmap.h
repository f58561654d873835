/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bitmap by which a driver reports dirty pages to vfio's core. A kernel that is built
 * without IOMMUFD_DRIVER has stubs that report nothing and cannot be used.
 */
#ifndef COMPAT_LINUX_IOVA_BITMAP_H
#define COMPAT_LINUX_IOVA_BITMAP_H

#include <compat_probes.h>
#include <linux/module.h>
#include_next <linux/iova_bitmap.h>

#ifdef HAVE_IOVA_BITMAP
#define COMPAT_HAS_IOVA_BITMAP	true
#else
#define COMPAT_HAS_IOVA_BITMAP	false
#endif

/* The namespace of the symbols, if they are in one; how it is imported differs */
#define COMPAT_IMPORT_IOVA_BITMAP	MODULE_INFO(import_ns, "IOMMUFD")

#endif /* COMPAT_LINUX_IOVA_BITMAP_H */
