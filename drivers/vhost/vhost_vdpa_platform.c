// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a device without vdpa_map_ops access a process's memory? Through a domain of
 * the platform's IOMMU, to which its DMA device is attached while the file is open. Only
 * whole pages can be mapped, and no reserved regions, such as that of MSIs.
 */
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "vhost_vdpa.h"

bool vv_platform_can(struct vdpa_device *vdpa)
{
	/* else the device's accesses might bypass the CPU caches */
	return vdpa->dma_dev && vdpa->info.nas == 1 &&
	       device_iommu_capable(vdpa->dma_dev, IOMMU_CAP_CACHE_COHERENCY);
}

static bool allow_unsafe_interrupts;
module_param(allow_unsafe_interrupts, bool, 0644);
MODULE_PARM_DESC(allow_unsafe_interrupts,
		 "Use the platform's IOMMU without interrupt remapping: a process can then inject any interrupt into the host (default N)");

/* A descriptor with the address of the MSI window triggers an interrupt: no domain prevents it */
static int vv_platform_unsafe(struct vv_device *v)
{
	if (READ_ONCE(allow_unsafe_interrupts))
		return 0;
	dev_err_ratelimited(&v->dev,
			    "no interrupt remapping: refused without allow_unsafe_interrupts=1\n");
	return -EPERM;
}

/* Return: 0, or a negative errno when the platform cannot isolate the device */
static int vv_platform_reserved(struct vv_device *v)
{
	struct iommu_resv_region *region;
	struct iommu_group *group;
	int ret;

	INIT_LIST_HEAD(&v->platform.reserved);
	group = iommu_group_get(v->vdpa->dma_dev);
	if (!group)
		return -ENODEV;
	ret = iommu_get_group_resv_regions(group, &v->platform.reserved);
	if (!ret && !iommu_group_has_isolated_msi(group))
		ret = vv_platform_unsafe(v);
	iommu_group_put(group);
	/* MSIs that need a mapping in the domain are not supported */
	list_for_each_entry(region, &v->platform.reserved, list)
		if (region->type == IOMMU_RESV_SW_MSI)
			ret = -EOPNOTSUPP;
	return ret;
}

static void vv_platform_free_reserved(struct vv_device *v)
{
	struct iommu_resv_region *region, *next;

	list_for_each_entry_safe(region, next, &v->platform.reserved, list) {
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
		goto err_free_reserved;
	domain = iommu_paging_domain_alloc(v->vdpa->dma_dev);
	if (IS_ERR(domain)) {
		ret = PTR_ERR(domain);
		goto err_free_reserved;
	}
	ret = iommu_attach_device(domain, v->vdpa->dma_dev);
	if (ret)
		goto err_domain;
	v->platform.domain = domain;
	v->iova_first = max_t(u64, info->iova_first, domain->geometry.aperture_start);
	v->iova_last = min_t(u64, info->iova_last, domain->geometry.aperture_end);
	return 0;

err_domain:
	iommu_domain_free(domain);
err_free_reserved:
	vv_platform_free_reserved(v);
	dev_err_ratelimited(&v->dev, "cannot attach to the platform's IOMMU: %d\n", ret);
	return ret;
}

void vv_platform_stop(struct vv_device *v)
{
	if (!v->platform.domain)
		return;
	iommu_detach_device(v->platform.domain, v->vdpa->dma_dev);
	iommu_domain_free(v->platform.domain);
	v->platform.domain = NULL;
	vv_platform_free_reserved(v);
}

bool vv_platform_fits(struct vv_device *v, u64 iova, u64 last)
{
	struct iommu_resv_region *region;

	if (!PAGE_ALIGNED(iova) || !PAGE_ALIGNED(last + 1))
		return false;
	list_for_each_entry(region, &v->platform.reserved, list)
		if (region->type != IOMMU_RESV_DIRECT_RELAXABLE && region->length &&
		    iova <= region->start + (region->length - 1) && region->start <= last)
			return false;
	return true;
}

static int vv_platform_map(struct vv_device *v, u32 asid, u64 iova, u32 perm,
			   struct vv_piece *piece)
{
	int prot = IOMMU_CACHE;

	if (perm & VHOST_MAP_RO)
		prot |= IOMMU_READ;
	if (perm & VHOST_MAP_WO)
		prot |= IOMMU_WRITE;
	return iommu_map(v->platform.domain, iova, piece->addr, piece->len, prot,
			 GFP_KERNEL_ACCOUNT);
}

static void vv_platform_unmap(struct vv_device *v, u32 asid, u64 iova, u64 size)
{
	size_t done = iommu_unmap(v->platform.domain, iova, size);

	/* bug of the IOMMU driver: it has mapped this */
	WARN_ON_ONCE(done != size);
}

static void vv_platform_clear(struct vv_device *v, u32 asid)
{
	struct vv_space *space = &v->spaces[asid];
	struct vv_region *region;

	for (region = vv_space_first(space, 0, U64_MAX); region;
	     region = vv_space_next(region, 0, U64_MAX))
		vv_platform_unmap(v, asid, region->iova, region->last - region->iova + 1);
}

/* No sync: regions are large, and iommu_unmap() flushes once for each */
const struct vv_translation vv_by_platform = {
	.map = vv_platform_map,
	.unmap = vv_platform_unmap,
	.clear = vv_platform_clear,
};
