// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test: operations that map a kernel driver's memory in place of the DMA API. Addresses are
 * physical ones, and need to be synchronised, as those of a bounce buffer do.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "vdpa_exercise.h"

static dma_addr_t exercise_map_page(union virtio_map map, struct page *page, unsigned long offset,
				    size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return page_to_phys(page) + offset;
}

static void exercise_unmap_page(union virtio_map map, dma_addr_t addr, size_t size,
				enum dma_data_direction dir, unsigned long attrs)
{
}

static void exercise_sync(union virtio_map map, dma_addr_t addr, size_t size,
			  enum dma_data_direction dir)
{
}

static bool exercise_need_sync(union virtio_map map, dma_addr_t addr)
{
	return true;
}

static void *exercise_alloc(union virtio_map map, size_t size, dma_addr_t *addr, gfp_t gfp)
{
	void *at = alloc_pages_exact(size, gfp | __GFP_ZERO);

	if (at)
		*addr = virt_to_phys(at);
	return at;
}

static void exercise_free(union virtio_map map, size_t size, void *at, dma_addr_t addr,
			  unsigned long attrs)
{
	free_pages_exact(at, size);
}

static int exercise_mapping_error(union virtio_map map, dma_addr_t addr)
{
	return 0;
}

static size_t exercise_max_mapping_size(union virtio_map map)
{
	return SIZE_MAX;
}

const struct virtio_map_ops exercise_dma_ops = {
	.map_page = exercise_map_page,
	.unmap_page = exercise_unmap_page,
	.sync_single_for_cpu = exercise_sync,
	.sync_single_for_device = exercise_sync,
	.alloc = exercise_alloc,
	.free = exercise_free,
	.need_sync = exercise_need_sync,
	.mapping_error = exercise_mapping_error,
	.max_mapping_size = exercise_max_mapping_size,
};
