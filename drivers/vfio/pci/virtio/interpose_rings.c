// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where does a device find our used rings? In the user's IOMMU domain, at addresses that the
 * user does not map: at the top, where neither memory nor BARs of a guest are.
 *
 * vfio does not know of them. If the user maps something there later, a new kernel refuses
 * that; an old one warns, and takes our page for the user's when that is unmapped. So the
 * pages are reserved, which vfio does not count, and reports look for such a mapping.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "virtiovf.h"

/* Widths of addresses that IOMMUs have. The aperture may claim more than the hardware. */
static const u8 widths[] = { 48, 39, 36, 32 };

static size_t ring_size(const struct virtiovf_interpose_queue *queue)
{
	return PAGE_SIZE << queue->order;
}

static int alloc_ring(struct virtiovf_interpose_queue *queue)
{
	unsigned long at;

	if (!queue->relay.size || queue->relay.size > VIRTIOVF_RELAY_SIZE_MAX)
		return -EINVAL;
	queue->order = get_order(virtiovf_relay_ring_len(queue->relay.size));
	at = __get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN, queue->order);
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < ring_size(queue); i += PAGE_SIZE)
		SetPageReserved(virt_to_page((void *)(at + i)));
	queue->relay.ring = (void *)at;
	return 0;
}

static void free_ring(struct virtiovf_interpose_queue *queue)
{
	unsigned long at = (unsigned long)queue->relay.ring;

	if (!at)
		return;
	for (size_t i = 0; i < ring_size(queue); i += PAGE_SIZE)
		ClearPageReserved(virt_to_page((void *)(at + i)));
	free_pages(at, queue->order);
	queue->relay.ring = NULL;
}

static void unmap_rings(struct virtiovf_interpose *ip)
{
	for (unsigned int i = 0; i < ip->count; i++) {
		struct virtiovf_interpose_queue *queue = &ip->queues[i];

		if (queue->mapped)
			iommu_unmap(ip->domain, queue->place.ours, ring_size(queue));
		queue->mapped = false;
		queue->place.ours = 0;
	}
}

/* vfio finds no memory of the user there */
static bool is_free(struct virtiovf_device *vf, u64 first, u64 len)
{
	u8 byte;

	for (u64 at = 0; at < len; at += PAGE_SIZE)
		if (vfio_dma_rw(&vf->core.vdev, first + at, &byte, sizeof(byte), false) != -EINVAL)
			return false;
	return true;
}

static int map_at(struct virtiovf_interpose *ip, u64 at)
{
	for (unsigned int i = 0; i < ip->count; i++) {
		struct virtiovf_interpose_queue *queue = &ip->queues[i];
		int ret;

		ret = iommu_map(ip->domain, at, virt_to_phys(queue->relay.ring), ring_size(queue),
				IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE, GFP_KERNEL_ACCOUNT);
		if (ret) {
			unmap_rings(ip);
			return ret;
		}
		queue->mapped = true;
		queue->place.ours = at;
		at += ring_size(queue);
	}
	return 0;
}

/* Return: 0; or the last error of an attempt */
static int map_rings(struct virtiovf_device *vf, u64 len)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	const struct iommu_domain_geometry *geometry = &ip->domain->geometry;
	int ret = -ENOSPC;

	for (int i = 0; i < ARRAY_SIZE(widths) && ret; i++) {
		u64 end = min_t(u64, geometry->aperture_end, BIT_ULL(widths[i]) - 1) + 1;

		end = round_down(end, PAGE_SIZE);
		if (end < len || end - len < geometry->aperture_start ||
		    !is_free(vf, end - len, len))
			continue;
		ret = map_at(ip, end - len);
	}
	return ret;
}

/* Has the user mapped nothing where our rings are? Context: as for virtiovf_interpose::queues */
bool virtiovf_interpose_rings_intact(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	for (unsigned int i = 0; i < ip->count; i++)
		if (!is_free(vf, ip->queues[i].place.ours, ring_size(&ip->queues[i])))
			return false;
	return true;
}

/* Memory for the ring of each queue, mapped for the device */
int virtiovf_interpose_rings_map(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;
	u64 len = 0;

	/* the user's, which stays attached as long as the device is open */
	ip->domain = iommu_get_domain_for_dev(&vf->core.pdev->dev);
	if (!ip->domain || !(ip->domain->type & __IOMMU_DOMAIN_PAGING))
		return -EOPNOTSUPP;
	for (unsigned int i = 0; i < ip->count; i++) {
		int ret = alloc_ring(&ip->queues[i]);

		if (ret)
			return ret;
		len += ring_size(&ip->queues[i]);
	}
	return map_rings(vf, len);
}

/* Context: the device does not access them any more, and there is no thread */
void virtiovf_interpose_rings_free(struct virtiovf_device *vf)
{
	struct virtiovf_interpose *ip = &vf->interpose;

	unmap_rings(ip);
	for (unsigned int i = 0; i < ip->count; i++)
		free_ring(&ip->queues[i]);
	kvfree(ip->queues);
	ip->queues = NULL;
	ip->count = 0;
	ip->domain = NULL;
}
