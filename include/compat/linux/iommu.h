/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain is allocated for a device since 6.11, before for a bus. iommu_map() takes gfp
 * flags since 6.3, which also added iommu_group_has_isolated_msi(); before, only
 * IOMMU_CAP_INTR_REMAP can be checked.
 *
 * Remove when 6.1 is no longer built for.
 */
#ifndef _COMPAT_LINUX_IOMMU_H
#define _COMPAT_LINUX_IOMMU_H

#include_next <linux/iommu.h>
#include <compat_probes.h>

#ifndef HAVE_IOMMU_PAGING_DOMAIN_ALLOC
#include <linux/device.h>
#include <linux/err.h>

static inline struct iommu_domain *iommu_paging_domain_alloc(struct device *dev)
{
	struct iommu_domain *domain = iommu_domain_alloc(dev->bus);

	return domain ?: ERR_PTR(-ENODEV);
}
#endif

#ifndef HAVE_IOMMU_MAP_GFP
#define iommu_map(domain, iova, pa, size, prot, gfp) \
	iommu_map(domain, iova, pa, size, prot)
#endif

/* added in the same release as that argument */
#ifndef HAVE_IOMMU_MAP_GFP
#include <linux/device.h>

static inline int compat_remaps_interrupts(struct device *dev, void *data)
{
	return device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP) ? 0 : -EPERM;
}

static inline bool iommu_group_has_isolated_msi(struct iommu_group *group)
{
	return !iommu_group_for_each_dev(group, NULL, compat_remaps_interrupts);
}
#endif

#endif /* _COMPAT_LINUX_IOMMU_H */
