// SPDX-License-Identifier: GPL-2.0-only
/* iommu_map() takes gfp flags (6.3) */
#include <linux/iommu.h>

int probe(struct iommu_domain *domain);
int probe(struct iommu_domain *domain)
{
	return iommu_map(domain, 0, 0, 4096, IOMMU_READ, GFP_KERNEL);
}
