// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device that has no translation of its own reach a process's memory?
 *
 * By a domain of the platform's IOMMU, into which the device's DMA device moves
 * while the file is open. Whole pages are mapped. Addresses that the platform keeps
 * for itself, such as those of interrupts, cannot be.
 */
#include <linux/iommu.h>
#include <linux/mm.h>

#include "vhost_vdpa.h"

bool vv_platform_can(struct vdpa_device *vdpa)
{
	/* without that a device's write could pass by the processor's caches */
	return vdpa->dma_dev && vdpa->info.nas == 1 &&
	       device_iommu_capable(vdpa->dma_dev, IOMMU_CAP_CACHE_COHERENCY);
}

/* Return: 0, or a negative errno when the platform cannot isolate the device */
static int vv_platform_reserved(struct vv_device *v)
{
	struct iommu_resv_region *region;
	struct iommu_group *group;
	int ret;

	INIT_LIST_HEAD(&v->reserved);
	group = iommu_group_get(v->vdpa->dma_dev);
	if (!group)
		return -ENODEV;
	ret = iommu_get_group_resv_regions(group, &v->reserved);
	iommu_group_put(group);
	/* interrupts that need a mapping of their own are not set up here */
	list_for_each_entry(region, &v->reserved, list)
		if (region->type == IOMMU_RESV_SW_MSI)
			ret = -EOPNOTSUPP;
	return ret;
}

static void vv_platform_forget(struct vv_device *v)
{
	struct iommu_resv_region *region, *next;

	list_for_each_entry_safe(region, next, &v->reserved, list) {
		list_del(&region->list);
		kfree(region);
	}
}

int vv_platform_start(struct vv_device *v)
{
	const struct vdpa_info *info = &v->vdpa->info;
	struct iommu_domain *domain;
	int ret;

	ret = vv_platform_reserved(v);
	if (ret)
		goto err_forget;
	domain = iommu_paging_domain_alloc(v->vdpa->dma_dev);
	if (IS_ERR(domain)) {
		ret = PTR_ERR(domain);
		goto err_forget;
	}
	ret = iommu_attach_device(domain, v->vdpa->dma_dev);
	if (ret)
		goto err_domain;
	v->domain = domain;
	v->iova_first = max_t(u64, info->iova_first, domain->geometry.aperture_start);
	v->iova_last = min_t(u64, info->iova_last, domain->geometry.aperture_end);
	return 0;

err_domain:
	iommu_domain_free(domain);
err_forget:
	vv_platform_forget(v);
	dev_err_ratelimited(&v->dev, "the platform's IOMMU does not take the device: %d\n", ret);
	return ret;
}

void vv_platform_stop(struct vv_device *v)
{
	if (!v->domain)
		return;
	iommu_detach_device(v->domain, v->vdpa->dma_dev);
	iommu_domain_free(v->domain);
	v->domain = NULL;
	vv_platform_forget(v);
}

/* Whole pages, and none that is reserved */
bool vv_platform_takes(struct vv_device *v, u64 iova, u64 last)
{
	struct iommu_resv_region *region;

	if (!PAGE_ALIGNED(iova) || !PAGE_ALIGNED(last + 1))
		return false;
	list_for_each_entry(region, &v->reserved, list)
		if (region->type != IOMMU_RESV_DIRECT_RELAXABLE && region->length &&
		    iova <= region->start + (region->length - 1) && region->start <= last)
			return false;
	return true;
}

int vv_platform_map(struct vv_device *v, u64 iova, u64 size, u64 addr, u32 perm)
{
	int prot = IOMMU_CACHE;

	if (perm & VHOST_MAP_RO)
		prot |= IOMMU_READ;
	if (perm & VHOST_MAP_WO)
		prot |= IOMMU_WRITE;
	return iommu_map(v->domain, iova, addr, size, prot, GFP_KERNEL_ACCOUNT);
}

void vv_platform_unmap(struct vv_device *v, u64 iova, u64 size)
{
	size_t done = iommu_unmap(v->domain, iova, size);

	/* the IOMMU's driver lost what it had mapped */
	WARN_ON_ONCE(done != size);
}
