// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a kernel driver's memory get to a daemon and back?
 *
 * Exactly the bytes that the driver maps are copied. Memory that the device writes is
 * copied out as well, as swiotlb does: if the daemon reports success without writing, the
 * driver gets its own bytes back, not those of another request.
 *
 * Each mapping has pages of its own, so that mappings share nothing but the IOVA allocator.
 * Context of all of it: any.
 */
#include <linux/dma-mapping.h>
#include <linux/highmem.h>
#include <linux/iova.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "vduse_domain.h"

/* one mapping must not starve the others */
#define VDUSE_BOUNCE_SHARE	4

static struct vduse_domain *map_to_domain(union virtio_map map)
{
	return vdev_to_vduse(dev_to_vdpa(map.dma_dev))->domain;
}

static unsigned long vduse_pages(u64 addr, size_t size)
{
	return PFN_UP(offset_in_page(addr) + size);
}

/* A slot belongs to one mapping at a time, so this does not race with itself */
static bool vduse_slot_fill(struct vduse_domain *domain, struct vduse_slot *slot)
{
	void *at;

	if (slot->page)
		return true;
	at = vduse_owner_alloc(domain->owner, PAGE_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!at)
		return false;
	/* pairs with a page fault of the daemon, which must see the zeroes */
	smp_store_release(&slot->page, virt_to_page(at));
	return true;
}

static bool vduse_slots_fill(struct vduse_domain *domain, dma_addr_t addr, unsigned long pages,
			     phys_addr_t orig)
{
	struct vduse_slot *slot = &domain->slots[addr >> PAGE_SHIFT];

	for (unsigned long i = 0; i < pages; i++, slot++) {
		if (!vduse_slot_fill(domain, slot))
			return false;
		slot->orig = (orig & PAGE_MASK) + (i << PAGE_SHIFT);
	}
	return true;
}

/* @offset: the same in both pages */
static void vduse_copy_page(struct vduse_slot *slot, unsigned int offset, unsigned int len,
			    bool out)
{
	struct page *orig = pfn_to_page(PHYS_PFN(slot->orig));

	if (out)
		memcpy_page(slot->page, offset, orig, offset, len);
	else
		memcpy_page(orig, offset, slot->page, offset, len);
}

static void vduse_copy(struct vduse_domain *domain, dma_addr_t addr, size_t size, bool out)
{
	struct vduse_slot *slot = &domain->slots[addr >> PAGE_SHIFT];
	unsigned int offset = offset_in_page(addr), len;

	for (; size; size -= len, offset = 0, slot++) {
		len = min_t(size_t, size, PAGE_SIZE - offset);
		vduse_copy_page(slot, offset, len, out);
	}
}

/* slot_lock: a umem may replace the pages of the slots at any time */
static bool vduse_copy_out(struct vduse_domain *domain, dma_addr_t addr, size_t size,
			   phys_addr_t orig, bool copy)
{
	unsigned long flags;
	bool filled;

	read_lock_irqsave(&domain->slot_lock, flags);
	filled = vduse_slots_fill(domain, addr, vduse_pages(orig, size), orig);
	if (filled && copy)
		vduse_copy(domain, addr, size, true);
	read_unlock_irqrestore(&domain->slot_lock, flags);
	return filled;
}

static void vduse_copy_again(struct vduse_domain *domain, dma_addr_t addr, size_t size, bool out)
{
	unsigned long flags;

	read_lock_irqsave(&domain->slot_lock, flags);
	vduse_copy(domain, addr, size, out);
	read_unlock_irqrestore(&domain->slot_lock, flags);
}

static void vduse_slots_free(struct vduse_domain *domain, dma_addr_t addr, unsigned long pages)
{
	struct vduse_slot *slot = &domain->slots[addr >> PAGE_SHIFT];

	for (unsigned long i = 0; i < pages; i++)
		WRITE_ONCE(slot[i].orig, 0);
	free_iova_fast(&domain->bounce_iova, PHYS_PFN(addr), pages);
}

static bool vduse_is_bounce(struct vduse_domain *domain, dma_addr_t addr, size_t size)
{
	return addr < domain->bounce_size && size <= domain->bounce_size - addr;
}

static dma_addr_t vduse_map_page(union virtio_map map, struct page *page, unsigned long offset,
				 size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	struct vduse_domain *domain = map_to_domain(map);
	phys_addr_t orig = page_to_phys(page) + offset;
	unsigned long pages = vduse_pages(orig, size), pfn;
	dma_addr_t addr;

	pfn = alloc_iova_fast(&domain->bounce_iova, pages, domain->nslots - 1, true);
	if (!pfn)
		return DMA_MAPPING_ERROR;
	addr = PFN_PHYS(pfn) + offset_in_page(orig);
	if (vduse_copy_out(domain, addr, size, orig, !(attrs & DMA_ATTR_SKIP_CPU_SYNC)))
		return addr;
	vduse_slots_free(domain, addr, pages);
	return DMA_MAPPING_ERROR;
}

static void vduse_unmap_page(union virtio_map map, dma_addr_t addr, size_t size,
			     enum dma_data_direction dir, unsigned long attrs)
{
	struct vduse_domain *domain = map_to_domain(map);

	if (!vduse_is_bounce(domain, addr, size))
		return;
	/* read first: it is one cache line for all CPUs */
	if (!READ_ONCE(domain->used))
		WRITE_ONCE(domain->used, true);
	if (dir != DMA_TO_DEVICE && !(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		vduse_copy_again(domain, addr, size, false);
	vduse_slots_free(domain, addr, vduse_pages(addr, size));
}

static void vduse_sync_for_cpu(union virtio_map map, dma_addr_t addr, size_t size,
			       enum dma_data_direction dir)
{
	struct vduse_domain *domain = map_to_domain(map);

	if (dir != DMA_TO_DEVICE && vduse_is_bounce(domain, addr, size))
		vduse_copy_again(domain, addr, size, false);
}

static void vduse_sync_for_device(union virtio_map map, dma_addr_t addr, size_t size,
				  enum dma_data_direction dir)
{
	struct vduse_domain *domain = map_to_domain(map);

	if (vduse_is_bounce(domain, addr, size))
		vduse_copy_again(domain, addr, size, true);
}

static bool vduse_need_sync(union virtio_map map, dma_addr_t addr)
{
	return addr < map_to_domain(map)->bounce_size;
}

/* Into two tables: the daemon's look-ups use one, page faults of the domain's file the other */
static int vduse_coherent_add(struct vduse_domain *domain, dma_addr_t addr, size_t size, void *at)
{
	u64 last = addr + size - 1;
	int ret;

	ret = vduse_space_add(&domain->coherent, addr, last, virt_to_phys(at), VHOST_MAP_RW, NULL);
	if (ret)
		return ret;
	ret = vduse_space_add(domain->space, addr, last, virt_to_phys(at), VHOST_MAP_RW, NULL);
	if (ret)
		vduse_space_del(&domain->coherent, addr, last);
	return ret;
}

/* Whole pages: the daemon sees the rest of the last one as well */
static void *vduse_alloc(union virtio_map map, size_t size, dma_addr_t *addr, gfp_t gfp)
{
	struct vduse_domain *domain = map_to_domain(map);
	size_t room = PAGE_ALIGN(size);
	unsigned long pfn;
	void *at;

	at = vduse_owner_alloc(domain->owner, room, gfp);
	if (!at)
		return NULL;
	pfn = alloc_iova_fast(&domain->coherent_iova, PHYS_PFN(room),
			      domain->nslots + PHYS_PFN(VDUSE_COHERENT_SIZE) - 1, true);
	if (!pfn)
		goto err_free;
	*addr = PFN_PHYS(pfn);
	if (!vduse_coherent_add(domain, *addr, room, at))
		return at;
	free_iova_fast(&domain->coherent_iova, pfn, PHYS_PFN(room));
err_free:
	free_pages_exact(at, room);
	*addr = DMA_MAPPING_ERROR;
	return NULL;
}

static void vduse_free_coherent(union virtio_map map, size_t size, void *at, dma_addr_t addr,
				unsigned long attrs)
{
	struct vduse_domain *domain = map_to_domain(map);
	size_t room = PAGE_ALIGN(size);

	vduse_space_del(domain->space, addr, addr + room - 1);
	vduse_space_del(&domain->writable, addr, addr + room - 1);
	vduse_space_del(&domain->coherent, addr, addr + room - 1);
	free_iova_fast(&domain->coherent_iova, PHYS_PFN(addr), PHYS_PFN(room));
	free_pages_exact(at, room);
}

static int vduse_mapping_error(union virtio_map map, dma_addr_t addr)
{
	return addr == DMA_MAPPING_ERROR ? -ENOMEM : 0;
}

static size_t vduse_max_mapping_size(union virtio_map map)
{
	return map_to_domain(map)->bounce_size / VDUSE_BOUNCE_SHARE;
}

const struct virtio_map_ops vduse_bounce_ops = {
	.map_page = vduse_map_page,
	.unmap_page = vduse_unmap_page,
	.sync_single_for_cpu = vduse_sync_for_cpu,
	.sync_single_for_device = vduse_sync_for_device,
	.alloc = vduse_alloc,
	.free = vduse_free_coherent,
	.need_sync = vduse_need_sync,
	.mapping_error = vduse_mapping_error,
	.max_mapping_size = vduse_max_mapping_size,
};
