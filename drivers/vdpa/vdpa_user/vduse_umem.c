// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a daemon supply the bounce memory? It registers its own, so that data is where
 * the daemon wants it, in huge pages for example.
 *
 * Its pages are pinned and replace the kernel's, slot by slot, even while a driver has
 * mappings: the contents are copied, at registration and at deregistration. Closing the
 * node deregisters.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "vduse_domain.h"

/* Pages that are pinned by one call: 4 MiB */
#define VDUSE_PIN_BATCH		1024

static void vduse_umem_free(struct vduse_umem *umem)
{
	unpin_user_pages_dirty_lock(umem->pages, umem->pinned, true);
	account_locked_vm(umem->mm, umem->count, false);
	mmdrop(umem->mm);
	kvfree(umem->pages);
	kfree(umem);
}

static int vduse_umem_pin(struct vduse_umem *umem, u64 uaddr)
{
	while (umem->pinned < umem->count) {
		int n = min_t(unsigned long, umem->count - umem->pinned, VDUSE_PIN_BATCH);
		int got = pin_user_pages_fast(uaddr + (umem->pinned << PAGE_SHIFT), n,
					      FOLL_WRITE | FOLL_LONGTERM,
					      umem->pages + umem->pinned);

		if (got <= 0)
			return got ?: -EFAULT;
		umem->pinned += got;
		cond_resched();
	}
	return 0;
}

static struct vduse_umem *vduse_umem_create(u64 uaddr, unsigned long count)
{
	struct vduse_umem *umem = kzalloc(sizeof(*umem), GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!umem)
		return ERR_PTR(-ENOMEM);
	umem->pages = kvcalloc(count, sizeof(*umem->pages), GFP_KERNEL_ACCOUNT);
	if (umem->pages)
		ret = account_locked_vm(current->mm, count, true);
	if (ret) {
		kvfree(umem->pages);
		kfree(umem);
		return ERR_PTR(ret);
	}
	umem->count = count;
	umem->mm = current->mm;
	mmgrab(umem->mm);
	ret = vduse_umem_pin(umem, uaddr);
	if (!ret)
		return umem;
	vduse_umem_free(umem);
	return ERR_PTR(ret);
}

/* Free the old page; the daemon may still have it mapped, with a reference */
static void vduse_slot_give(struct vduse_domain *domain, unsigned long i, struct page *page)
{
	struct vduse_slot *slot = &domain->slots[i];
	struct page *old;

	write_lock_irq(&domain->slot_lock);
	old = slot->page;
	if (old)
		copy_highpage(page, old);
	slot->page = page;
	write_unlock_irq(&domain->slot_lock);
	if (old)
		__free_page(old);
}

/* @page: replaces the daemon's, or NULL. Return: false if the slot is in use and needs one */
static bool vduse_slot_take_back(struct vduse_domain *domain, unsigned long i, struct page *page)
{
	struct vduse_slot *slot = &domain->slots[i];
	bool taken = false;

	write_lock_irq(&domain->slot_lock);
	if (page || !slot->orig) {
		if (page)
			copy_highpage(page, slot->page);
		slot->page = page;
		taken = true;
	}
	write_unlock_irq(&domain->slot_lock);
	return taken;
}

static void vduse_umem_give(struct vduse_domain *domain, struct vduse_umem *umem)
{
	/* first: page faults of the domain's file must not find the daemon's pages */
	write_lock_irq(&domain->slot_lock);
	domain->umem = umem;
	write_unlock_irq(&domain->slot_lock);
	for (unsigned long i = 0; i < umem->count; i++) {
		vduse_slot_give(domain, i, umem->pages[i]);
		cond_resched();
	}
}

/* __GFP_NOFAIL: without a page a driver's data would be lost */
static void vduse_umem_take_back(struct vduse_domain *domain)
{
	struct vduse_umem *umem = domain->umem;

	for (unsigned long i = 0; i < umem->count; i++) {
		struct page *page = NULL;

		while (!vduse_slot_take_back(domain, i, page))
			page = alloc_page(GFP_KERNEL | __GFP_ZERO | __GFP_NOFAIL);
		cond_resched();
	}
	write_lock_irq(&domain->slot_lock);
	domain->umem = NULL;
	write_unlock_irq(&domain->slot_lock);
	vduse_umem_free(umem);
}

int vduse_umem_register(struct vduse_domain *domain, u64 uaddr, u64 iova, u64 size)
{
	struct vduse_umem *umem;
	int ret;

	if (iova || size != domain->bounce_size || !PAGE_ALIGNED(uaddr))
		return -EINVAL;
	ret = mutex_lock_killable(&domain->umem_lock);
	if (ret)
		return ret;
	if (domain->umem) {
		ret = -EEXIST;
	} else {
		umem = vduse_umem_create(uaddr, domain->nslots);
		ret = PTR_ERR_OR_ZERO(umem);
		if (!ret)
			vduse_umem_give(domain, umem);
	}
	mutex_unlock(&domain->umem_lock);
	return ret;
}

int vduse_umem_deregister(struct vduse_domain *domain, u64 iova, u64 size)
{
	int ret = 0;

	mutex_lock(&domain->umem_lock);
	if (!domain->umem)
		ret = -ENOENT;
	else if (iova || size != domain->bounce_size)
		ret = -EINVAL;
	else
		vduse_umem_take_back(domain);
	mutex_unlock(&domain->umem_lock);
	return ret;
}
