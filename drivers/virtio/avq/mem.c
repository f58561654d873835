// SPDX-License-Identifier: GPL-2.0-only
/*
 * At which address does the device access our memory?
 *
 * With VIRTIO_F_ACCESS_PLATFORM the device is behind the platform's IOMMU like any
 * other, and the DMA API gives the address. Without it the device uses physical
 * addresses, even if an IOMMU translates for other devices; the virtio core does the
 * same for its rings (section "Reserved Feature Bits").
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "avq.h"

/* Return: zeroed coherent memory, or NULL */
void *vp_avq_mem_alloc(struct vp_avq *avq, size_t size, dma_addr_t *addr)
{
	void *mem;

	if (!avq->physical)
		return dma_alloc_coherent(avq->dev, size, addr, GFP_KERNEL);
	mem = alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (mem)
		*addr = virt_to_phys(mem);
	return mem;
}

void vp_avq_mem_free(struct vp_avq *avq, size_t size, void *mem, dma_addr_t addr)
{
	if (!mem)
		return;
	if (avq->physical)
		free_pages_exact(mem, size);
	else
		dma_free_coherent(avq->dev, size, mem, addr);
}

/* Map the pages of @sgt; its first @sgt->nents entries then have DMA addresses */
int vp_avq_mem_map(struct vp_avq *avq, struct sg_table *sgt, enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	if (!avq->physical)
		return dma_map_sgtable(avq->dev, sgt, dir, 0);
	for_each_sgtable_sg(sgt, sg, i) {
		sg_dma_address(sg) = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}
	sgt->nents = sgt->orig_nents;
	return 0;
}

void vp_avq_mem_unmap(struct vp_avq *avq, struct sg_table *sgt, enum dma_data_direction dir)
{
	if (!avq->physical)
		dma_unmap_sgtable(avq->dev, sgt, dir, 0);
}

/* Sync mapped pages that the device wrote, before the CPU reads them */
void vp_avq_mem_to_cpu(struct vp_avq *avq, struct sg_table *sgt, enum dma_data_direction dir)
{
	if (!avq->physical)
		dma_sync_sgtable_for_cpu(avq->dev, sgt, dir);
}

/* Return: maximum length of an entry of a mapped table, in bytes */
unsigned int vp_avq_mem_segment_max(struct vp_avq *avq)
{
	return avq->physical ? SZ_64K : min_t(unsigned int, SZ_64K, dma_get_max_seg_size(avq->dev));
}
