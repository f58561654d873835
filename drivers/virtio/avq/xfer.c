// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a command travel that is larger than a slot?
 *
 * As an xfer: pages of its own, mapped for this one command and listed in an
 * indirect table. It has two owners, the caller and, while the command is in
 * flight, its slot; so a caller may leave while the device still writes.
 */
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_ring.h>

#include "avq.h"

/* device-readable or device-writable part */
struct vp_avq_part {
	struct page **pages;
	unsigned int n_pages;
	size_t len;
	struct sg_table sgt;
	enum dma_data_direction dir;
	bool mapped;
};

struct vp_avq_xfer {
	struct vp_avq *avq;
	struct kref ref;
	struct list_head dead;
	struct vp_avq_part out, in;
	void *table;
	dma_addr_t table_dma;
	u32 table_len;
};

static void vp_avq_part_free(struct vp_avq *avq, struct vp_avq_part *part)
{
	if (part->mapped)
		vp_avq_mem_unmap(avq, &part->sgt, part->dir);
	if (part->sgt.sgl)
		sg_free_table(&part->sgt);
	for (unsigned int i = 0; i < part->n_pages; i++)
		__free_page(part->pages[i]);
	kvfree(part->pages);
}

static int vp_avq_part_alloc(struct vp_avq *avq, struct vp_avq_part *part, size_t len,
			     enum dma_data_direction dir)
{
	unsigned int n = DIV_ROUND_UP(len, PAGE_SIZE);
	int ret;

	part->len = len;
	part->dir = dir;
	part->pages = kvcalloc(n, sizeof(*part->pages), GFP_KERNEL);
	if (!part->pages)
		return -ENOMEM;
	while (part->n_pages < n) {
		/* zeroed: what the device does not write reads as zero */
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

		if (!page)
			return -ENOMEM;
		part->pages[part->n_pages++] = page;
	}
	ret = sg_alloc_table_from_pages(&part->sgt, part->pages, n, 0, len, GFP_KERNEL);
	if (ret)
		return ret;
	ret = vp_avq_mem_map(avq, &part->sgt, dir);
	part->mapped = !ret;
	return ret;
}

static unsigned int vp_avq_part_list(struct vp_avq_xfer *xfer, struct vp_avq_part *part,
				     unsigned int i, unsigned int n)
{
	struct scatterlist *sg;
	int unused;

	for_each_sgtable_dma_sg(&part->sgt, sg, unused) {
		struct vp_ring_buf buf = { .addr = sg_dma_address(sg), .len = sg_dma_len(sg) };

		xfer->avq->ring.ops->table_entry(xfer->table, i++, n, &buf,
						 part->dir == DMA_FROM_DEVICE);
	}
	return i;
}

static int vp_avq_xfer_build(struct vp_avq_xfer *xfer, size_t out_len, size_t in_len)
{
	struct vp_avq *avq = xfer->avq;
	unsigned int n;
	int ret;

	ret = vp_avq_part_alloc(avq, &xfer->out, out_len, DMA_TO_DEVICE);
	if (ret)
		return ret;
	ret = vp_avq_part_alloc(avq, &xfer->in, in_len, DMA_FROM_DEVICE);
	if (ret)
		return ret;
	n = xfer->out.sgt.nents + xfer->in.sgt.nents;
	/* a table MUST NOT be longer than the queue */
	if (n > avq->ring.num)
		return -E2BIG;
	xfer->table_len = n * sizeof(struct vring_packed_desc);
	xfer->table = vp_avq_mem_alloc(avq, xfer->table_len, &xfer->table_dma);
	if (!xfer->table)
		return -ENOMEM;
	n = vp_avq_part_list(xfer, &xfer->out, 0, n);
	vp_avq_part_list(xfer, &xfer->in, n, n + xfer->in.sgt.nents);
	return 0;
}

static void vp_avq_xfer_free(struct vp_avq_xfer *xfer)
{
	struct vp_avq *avq = xfer->avq;
	unsigned long flags;

	vp_avq_mem_free(avq, xfer->table_len, xfer->table, xfer->table_dma);
	vp_avq_part_free(avq, &xfer->out);
	vp_avq_part_free(avq, &xfer->in);
	kfree(xfer);
	spin_lock_irqsave(&avq->lock, flags);
	vp_avq_leave_locked(avq);
	spin_unlock_irqrestore(&avq->lock, flags);
}

/*
 * Make room for a command of @out_len and a result of @in_len bytes, neither 0.
 * It counts as a user of the queue, so the queue's device stays until it is put.
 *
 * Return: the xfer, or ERR_PTR: -EOPNOTSUPP when VIRTIO_F_INDIRECT_DESC was not
 * negotiated, -ENODEV, -ENOMEM, -E2BIG.
 */
struct vp_avq_xfer *vp_avq_xfer_create(struct vp_avq *avq, size_t out_len, size_t in_len)
{
	struct vp_avq_xfer *xfer;
	int ret = 0;

	xfer = kzalloc(sizeof(*xfer), GFP_KERNEL);
	if (!xfer)
		return ERR_PTR(-ENOMEM);
	xfer->avq = avq;
	kref_init(&xfer->ref);

	spin_lock_irq(&avq->lock);
	if (avq->err)
		ret = avq->broken ? -EIO : -ENODEV;
	else if (!avq->indirect)
		ret = -EOPNOTSUPP;
	else
		avq->users++;
	spin_unlock_irq(&avq->lock);
	if (ret) {
		kfree(xfer);
		return ERR_PTR(ret);
	}
	ret = vp_avq_xfer_build(xfer, out_len, in_len);
	if (ret) {
		vp_avq_xfer_free(xfer);
		return ERR_PTR(ret);
	}
	return xfer;
}

struct vp_avq_xfer *vp_avq_xfer_get(struct vp_avq_xfer *xfer)
{
	kref_get(&xfer->ref);
	return xfer;
}

static void vp_avq_xfer_release(struct kref *ref)
{
	vp_avq_xfer_free(container_of(ref, struct vp_avq_xfer, ref));
}

void vp_avq_xfer_put(struct vp_avq_xfer *xfer)
{
	kref_put(&xfer->ref, vp_avq_xfer_release);
}

/* The slot was the last owner. Nothing can be unmapped in this context: leave it to a work. */
static void vp_avq_xfer_release_locked(struct kref *ref)
{
	struct vp_avq_xfer *xfer = container_of(ref, struct vp_avq_xfer, ref);

	list_add_tail(&xfer->dead, &xfer->avq->dead);
	schedule_work(&xfer->avq->free_work);
}

void vp_avq_xfer_put_locked(struct vp_avq_xfer *xfer)
{
	lockdep_assert_held(&xfer->avq->lock);
	kref_put(&xfer->ref, vp_avq_xfer_release_locked);
}

void vp_avq_free_work(struct work_struct *work)
{
	struct vp_avq *avq = container_of(work, struct vp_avq, free_work);
	struct vp_avq_xfer *xfer, *next;
	LIST_HEAD(dead);

	spin_lock_irq(&avq->lock);
	list_splice_init(&avq->dead, &dead);
	spin_unlock_irq(&avq->lock);
	list_for_each_entry_safe(xfer, next, &dead, dead)
		vp_avq_xfer_free(xfer);
}

void vp_avq_xfer_request(const struct vp_avq_xfer *xfer, struct vp_ring_request *req)
{
	req->out.addr = xfer->table_dma;
	req->out.len = xfer->table_len;
	req->in.addr = 0;
	req->in.len = xfer->in.len;
	req->indirect = true;
}

void vp_avq_xfer_write(struct vp_avq_xfer *xfer, size_t offset, const void *buf, size_t len)
{
	struct vp_avq_part *part = &xfer->out;

	vp_avq_mem_to_cpu(xfer->avq, &part->sgt, part->dir);
	sg_pcopy_from_buffer(part->sgt.sgl, part->sgt.orig_nents, buf, len, offset);
	vp_avq_mem_to_device(xfer->avq, &part->sgt, part->dir);
}

/* Only after the device returned it, or was reset */
void vp_avq_xfer_read(struct vp_avq_xfer *xfer, size_t offset, void *buf, size_t len)
{
	struct vp_avq_part *part = &xfer->in;

	vp_avq_mem_to_cpu(xfer->avq, &part->sgt, part->dir);
	sg_pcopy_to_buffer(part->sgt.sgl, part->sgt.orig_nents, buf, len, offset);
}
