// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a kernel driver's memory mapped in the device's IOMMU? (translate=1)
 *
 * Each mapping gets addresses of its own and gives access to these bytes only: a driver's
 * bug shows as a fault. Mapping is allowed in any context, so the table has a spinlock,
 * inside sim_dev::lock.
 */
#include <linux/dma-mapping.h>
#include <linux/iova.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "sim.h"

/* below 4 GiB, where the allocator is fastest */
#define SIM_DMA_LIMIT	PHYS_PFN(SZ_4G - 1)

struct sim_dma {
	struct iova_domain iova;
	/* protects the table */
	spinlock_t lock;
	struct vhost_iotlb table;
};

static struct sim_dma *map_to_dma(union virtio_map map)
{
	return vdev_to_sim(dev_to_vdpa(map.dma_dev))->dma;
}

static u32 sim_dma_access(enum dma_data_direction dir)
{
	switch (dir) {
	case DMA_TO_DEVICE:
		return VHOST_MAP_RO;
	case DMA_FROM_DEVICE:
		return VHOST_MAP_WO;
	default:
		return VHOST_MAP_RW;
	}
}

static dma_addr_t sim_dma_add(struct sim_dma *dma, u64 pa, size_t size, u32 access)
{
	unsigned long pages = PFN_UP(offset_in_page(pa) + size), pfn, flags;
	dma_addr_t addr;
	int ret;

	pfn = alloc_iova_fast(&dma->iova, pages, SIM_DMA_LIMIT, true);
	if (!pfn)
		return DMA_MAPPING_ERROR;
	addr = PFN_PHYS(pfn) + offset_in_page(pa);
	spin_lock_irqsave(&dma->lock, flags);
	ret = vhost_iotlb_add_range(&dma->table, addr, addr + size - 1, pa, access);
	spin_unlock_irqrestore(&dma->lock, flags);
	if (!ret)
		return addr;
	free_iova_fast(&dma->iova, pfn, pages);
	return DMA_MAPPING_ERROR;
}

static void sim_dma_remove(struct sim_dma *dma, dma_addr_t addr, size_t size)
{
	unsigned long flags;

	spin_lock_irqsave(&dma->lock, flags);
	vhost_iotlb_del_range(&dma->table, addr, addr + size - 1);
	spin_unlock_irqrestore(&dma->lock, flags);
	free_iova_fast(&dma->iova, PHYS_PFN(addr), PFN_UP(offset_in_page(addr) + size));
}

int sim_dma_translate(struct sim_dma *dma, u64 iova, u32 access, u64 *addr, size_t *len)
{
	const struct vhost_iotlb_map *map;
	unsigned long flags;
	int ret = -EFAULT;

	spin_lock_irqsave(&dma->lock, flags);
	map = vhost_iotlb_itree_first(&dma->table, iova, iova);
	if (map && (map->perm & access)) {
		*addr = map->addr + (iova - map->start);
		*len = min_t(u64, *len, map->last - iova + 1);
		ret = 0;
	}
	spin_unlock_irqrestore(&dma->lock, flags);
	return ret;
}

static dma_addr_t sim_dma_map_page(union virtio_map map, struct page *page, unsigned long offset,
				   size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return sim_dma_add(map_to_dma(map), page_to_phys(page) + offset, size,
			   sim_dma_access(dir));
}

static void sim_dma_unmap_page(union virtio_map map, dma_addr_t addr, size_t size,
			       enum dma_data_direction dir, unsigned long attrs)
{
	sim_dma_remove(map_to_dma(map), addr, size);
}

/* the device accesses the driver's memory itself: no bounce buffers */
static void sim_dma_sync(union virtio_map map, dma_addr_t addr, size_t size,
			 enum dma_data_direction dir)
{
}

static bool sim_dma_need_sync(union virtio_map map, dma_addr_t addr)
{
	return false;
}

static void *sim_dma_alloc(union virtio_map map, size_t size, dma_addr_t *addr, gfp_t gfp)
{
	void *at = alloc_pages_exact(size, gfp | __GFP_ZERO);

	if (!at)
		return NULL;
	*addr = sim_dma_add(map_to_dma(map), virt_to_phys(at), size, VHOST_MAP_RW);
	if (*addr != DMA_MAPPING_ERROR)
		return at;
	free_pages_exact(at, size);
	return NULL;
}

static void sim_dma_free(union virtio_map map, size_t size, void *at, dma_addr_t addr,
			 unsigned long attrs)
{
	sim_dma_remove(map_to_dma(map), addr, size);
	free_pages_exact(at, size);
}

static int sim_dma_mapping_error(union virtio_map map, dma_addr_t addr)
{
	return addr == DMA_MAPPING_ERROR ? -ENOMEM : 0;
}

static size_t sim_dma_max_mapping_size(union virtio_map map)
{
	return SIZE_MAX;
}

const struct virtio_map_ops sim_dma_ops = {
	.map_page = sim_dma_map_page,
	.unmap_page = sim_dma_unmap_page,
	.sync_single_for_cpu = sim_dma_sync,
	.sync_single_for_device = sim_dma_sync,
	.alloc = sim_dma_alloc,
	.free = sim_dma_free,
	.need_sync = sim_dma_need_sync,
	.mapping_error = sim_dma_mapping_error,
	.max_mapping_size = sim_dma_max_mapping_size,
};

struct sim_dma *sim_dma_create(void)
{
	struct sim_dma *dma = kzalloc(sizeof(*dma), GFP_KERNEL);

	if (!dma)
		return NULL;
	if (iova_cache_get())
		goto err_free;
	spin_lock_init(&dma->lock);
	vhost_iotlb_init(&dma->table, UINT_MAX, 0);
	/* never return address 0, which drivers take for a failure */
	init_iova_domain(&dma->iova, PAGE_SIZE, 1);
	if (iova_domain_init_rcaches(&dma->iova))
		goto err_domain;
	return dma;

err_domain:
	put_iova_domain(&dma->iova);
	iova_cache_put();
err_free:
	kfree(dma);
	return NULL;
}

void sim_dma_destroy(struct sim_dma *dma)
{
	vhost_iotlb_reset(&dma->table);
	put_iova_domain(&dma->iova);
	iova_cache_put();
	kfree(dma);
}
