// SPDX-License-Identifier: GPL-2.0-only
/* iova_bitmap_set() is not the empty stub of a kernel without IOMMUFD_DRIVER */
#include <linux/iova_bitmap.h>

/* an error if it is static */
void iova_bitmap_set(struct iova_bitmap *bitmap, unsigned long iova, size_t length)
	__attribute__((weak));
