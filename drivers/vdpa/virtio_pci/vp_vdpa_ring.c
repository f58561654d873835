// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is in a ring that the function processes? It is in memory of the device's user, at
 * addresses that the platform's IOMMU translates for the function; so it does here.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <uapi/linux/virtio_ring.h>

#include "vp_vdpa.h"

/**
 * vpv_ring_used() - how many buffers of a split ring have been used?
 * @vp: the device, whose user keeps its memory mapped meanwhile
 * @idx: of the queue
 * @used: on success, the used ring's idx
 *
 * Context: process, under vpv_device::lock.
 * Return: 0; -EOPNOTSUPP without an IOMMU, or at an address that is not even; -EFAULT if no
 * memory is mapped there.
 */
int vpv_ring_used(struct vpv_device *vp, u16 idx, u16 *used)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(&vp->func->pdev->dev);
	u64 at = vp->queues[idx].address.device + offsetof(struct vring_used, idx);
	phys_addr_t phys;
	void *page;

	lockdep_assert_held(&vp->lock);
	if (!domain || at % sizeof(__le16))
		return -EOPNOTSUPP;
	phys = iommu_iova_to_phys(domain, at);
	if (!phys || !pfn_valid(PHYS_PFN(phys)))
		return -EFAULT;
	page = kmap_local_page(pfn_to_page(PHYS_PFN(phys)));
	*used = le16_to_cpu(READ_ONCE(*(__le16 *)(page + offset_in_page(phys))));
	kunmap_local(page);
	return 0;
}
EXPORT_SYMBOL_GPL(vpv_ring_used);

/* Of a split ring whose function has used all that it had taken */
int vpv_ring_where(struct vpv_device *vp, u16 idx, struct vpv_place *place)
{
	if (vpv_has(vp, VIRTIO_F_RING_PACKED))
		return -EOPNOTSUPP;
	place->used = 0;
	return vpv_ring_used(vp, idx, &place->avail);
}
