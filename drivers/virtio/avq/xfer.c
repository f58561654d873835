// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a command sent that is larger than a slot?
 *
 * As an xfer: pages mapped for this one command and listed in an indirect table. It is
 * referenced by the caller and, while the command is in flight, by its slot; so the
 * caller may return while the device still writes.
 */
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kref.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/virtio_ring.h>

#include "avq.h"

/* device-readable or device-writable part */
struct vp_avq_part {
	struct page **pages;
	unsigned int n_pages;
	u32 len;
	struct sg_table sgt;
	enum dma_data_direction dir;
	bool mapped;
};

struct vp_avq_xfer {
	struct vp_avq *avq;
	struct kref ref;
	struct list_head node;		/* in vp_avq::unused_xfers */
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

/* In the largest chunks available: the table must not be longer than the queue */
static int vp_avq_part_alloc_pages(struct vp_avq_part *part, unsigned int n)
{
	unsigned int order = get_order(SZ_64K);

	while (part->n_pages < n) {
		/* zeroed: the device may claim to have written more than it did */
		gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO;
		struct page *page;

		order = min_t(unsigned int, order, ilog2(n - part->n_pages));
		if (order)
			gfp |= __GFP_NORETRY | __GFP_NOWARN;
		page = alloc_pages(gfp, order);
		if (!page && !order)
			return -ENOMEM;
		if (!page) {
			order--;
			continue;
		}
		split_page(page, order);
		for (unsigned int i = 0; i < 1U << order; i++)
			part->pages[part->n_pages++] = page + i;
	}
	return 0;
}

static int vp_avq_part_alloc(struct vp_avq *avq, struct vp_avq_part *part, u32 len,
			     enum dma_data_direction dir)
{
	unsigned int n = DIV_ROUND_UP((u64)len, PAGE_SIZE);
	int ret;

	part->len = len;
	part->dir = dir;
	part->pages = kvcalloc(n, sizeof(*part->pages), GFP_KERNEL);
	if (!part->pages)
		return -ENOMEM;
	ret = vp_avq_part_alloc_pages(part, n);
	if (ret)
		return ret;
	return sg_alloc_table_from_pages_segment(&part->sgt, part->pages, n, 0, len,
						 vp_avq_mem_segment_max(avq), GFP_KERNEL);
}

static int vp_avq_part_map(struct vp_avq *avq, struct vp_avq_part *part)
{
	int ret = vp_avq_mem_map(avq, &part->sgt, part->dir);

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

/* Warns about a driver bug: a part is as long as all its pieces */
static int vp_avq_part_copied(size_t copied, u32 len)
{
	return WARN_ON_ONCE(copied != len) ? -E2BIG : 0;
}

/* Before the parts are mapped */
static int vp_avq_xfer_gather(struct vp_avq_xfer *xfer, const struct vp_avq_cmd *cmd)
{
	struct sg_table *out = &xfer->out.sgt, *in = &xfer->in.sgt;
	u8 poison[sizeof(__le16)];
	u32 at = 0;
	int ret = 0;

	for (int i = 0; i < VP_AVQ_PIECES && !ret; i++) {
		u32 len = cmd->out[i].len;

		ret = vp_avq_part_copied(sg_pcopy_from_buffer(out->sgl, out->orig_nents,
							      cmd->out[i].buf, len, at), len);
		at += len;
	}
	memset(poison, VP_AVQ_POISON, sizeof(poison));
	sg_copy_from_buffer(in->sgl, in->orig_nents, poison, sizeof(poison));
	return ret;
}

/* Return: minimum number of table entries for @len bytes */
static u32 vp_avq_segments(struct vp_avq *avq, u32 len)
{
	return DIV_ROUND_UP((u64)len, vp_avq_mem_segment_max(avq));
}

static int vp_avq_xfer_build(struct vp_avq_xfer *xfer, const struct vp_avq_cmd *cmd)
{
	struct vp_avq *avq = xfer->avq;
	unsigned int n;
	int ret;

	/* a table MUST NOT be longer than the queue */
	if (vp_avq_segments(avq, cmd->out_len) + vp_avq_segments(avq, cmd->in_len) > avq->ring.num)
		return -E2BIG;
	ret = vp_avq_part_alloc(avq, &xfer->out, cmd->out_len, DMA_TO_DEVICE) ?:
	      vp_avq_part_alloc(avq, &xfer->in, cmd->in_len, DMA_FROM_DEVICE) ?:
	      vp_avq_xfer_gather(xfer, cmd) ?:
	      vp_avq_part_map(avq, &xfer->out) ?:
	      vp_avq_part_map(avq, &xfer->in);
	if (ret)
		return ret;
	n = xfer->out.sgt.nents + xfer->in.sgt.nents;
	/* memory is too fragmented */
	if (n > avq->ring.num)
		return -ENOMEM;
	xfer->table_len = n * sizeof(struct vring_packed_desc);
	xfer->table = vp_avq_mem_alloc(avq, xfer->table_len, &xfer->table_dma);
	if (!xfer->table)
		return -ENOMEM;
	vp_avq_part_list(xfer, &xfer->in, vp_avq_part_list(xfer, &xfer->out, 0, n), n);
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
 * Allocate and map memory for @cmd, which has data in both directions, and copy the
 * outgoing data. The xfer counts as a user of the queue, which keeps the queue's device
 * until it is put.
 *
 * Return: the xfer, or ERR_PTR: -EOPNOTSUPP if VIRTIO_F_INDIRECT_DESC was not
 * negotiated; -E2BIG if the data exceeds 64 KiB for each entry of the queue; -ENODEV,
 * -EIO, -ENOMEM.
 */
struct vp_avq_xfer *vp_avq_xfer_create(struct vp_avq *avq, const struct vp_avq_cmd *cmd)
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
	ret = vp_avq_xfer_build(xfer, cmd);
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

/* The slot had the last reference. Unmapping is not possible in this context: use a work. */
static void vp_avq_xfer_release_locked(struct kref *ref)
{
	struct vp_avq_xfer *xfer = container_of(ref, struct vp_avq_xfer, ref);

	list_add_tail(&xfer->node, &xfer->avq->unused_xfers);
	queue_work(xfer->avq->workqueue, &xfer->avq->free_work);
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
	LIST_HEAD(unused);

	spin_lock_irq(&avq->lock);
	list_splice_init(&avq->unused_xfers, &unused);
	spin_unlock_irq(&avq->lock);
	list_for_each_entry_safe(xfer, next, &unused, node)
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

/* Only after the device has returned the xfer */
void vp_avq_xfer_scatter(struct vp_avq_xfer *xfer, const struct vp_avq_cmd *cmd)
{
	u32 left = min(cmd->used_len, cmd->in_len), at = 0;
	struct sg_table *in = &xfer->in.sgt;

	vp_avq_mem_to_cpu(xfer->avq, in, xfer->in.dir);
	for (int i = 0; i < VP_AVQ_PIECES; i++) {
		u32 n = min(left, cmd->in[i].len);

		vp_avq_part_copied(sg_pcopy_to_buffer(in->sgl, in->orig_nents, cmd->in[i].buf, n,
						      at), n);
		memset(cmd->in[i].buf + n, 0, cmd->in[i].len - n);
		at += n;
		left -= n;
	}
}
