// SPDX-License-Identifier: GPL-2.0-only
/* The disk of old_pci.c: reads and writes, without a cache to flush. */
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_blk.h>

#include "old_virtio.h"

#define DEPTH		32
#define SEGMENTS	(OLD_PIECES - 2)

struct disk {
	struct blk_mq_tag_set tags;
	struct gendisk *gendisk;
};

struct request_data {
	struct virtio_blk_outhdr header;
	u8 status;
	struct scatterlist list[SEGMENTS];
};

static blk_status_t disk_queue(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *what)
{
	struct old_device *old = hctx->queue->queuedata;
	struct request *request = what->rq;
	struct request_data *data = blk_mq_rq_to_pdu(request);
	struct old_piece pieces[OLD_PIECES];
	unsigned int count = 1, segments;
	unsigned long flags;
	bool write = req_op(request) == REQ_OP_WRITE;
	int ret;

	if (!write && req_op(request) != REQ_OP_READ)
		return BLK_STS_NOTSUPP;
	data->header.type = cpu_to_le32(write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN);
	data->header.ioprio = 0;
	data->header.sector = cpu_to_le64(blk_rq_pos(request));
	data->status = VIRTIO_BLK_S_IOERR;
	pieces[0] = (struct old_piece) { &data->header, sizeof(data->header), false };
	sg_init_table(data->list, SEGMENTS);
	segments = blk_rq_map_sg(request->q, request, data->list);
	for (unsigned int i = 0; i < segments; i++)
		pieces[count++] = (struct old_piece) {
			sg_virt(&data->list[i]), data->list[i].length, !write,
		};
	pieces[count++] = (struct old_piece) { &data->status, 1, true };
	blk_mq_start_request(request);
	spin_lock_irqsave(&old->lock, flags);
	ret = old_add(&old->queues[0], pieces, count, request);
	if (ret)
		blk_mq_stop_hw_queue(hctx);
	else
		old_notify(old, 0);
	spin_unlock_irqrestore(&old->lock, flags);
	return ret ? BLK_STS_DEV_RESOURCE : BLK_STS_OK;
}

static void disk_complete(struct request *request)
{
	struct request_data *data = blk_mq_rq_to_pdu(request);

	blk_mq_end_request(request, data->status ? BLK_STS_IOERR : BLK_STS_OK);
}

static const struct blk_mq_ops disk_mq_ops = {
	.queue_rq = disk_queue,
	.complete = disk_complete,
};

static void disk_used(struct old_device *old, unsigned int queue)
{
	struct disk *disk = old->private;
	struct request *request;
	u32 len;

	if (!disk)
		return;
	while ((request = old_used(&old->queues[queue], &len)))
		if (likely(!blk_should_fake_timeout(request->q)))
			blk_mq_complete_request(request);
	blk_mq_start_stopped_hw_queues(disk->gendisk->queue, true);
}

static const struct block_device_operations disk_ops = {
	.owner = THIS_MODULE,
};

static int disk_start(struct old_device *old)
{
	struct disk *disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	u64 sectors;
	int ret;

	if (!disk)
		return -ENOMEM;
	disk->tags.ops = &disk_mq_ops;
	disk->tags.nr_hw_queues = 1;
	disk->tags.queue_depth = DEPTH;
	disk->tags.numa_node = NUMA_NO_NODE;
	disk->tags.cmd_size = sizeof(struct request_data);
	disk->tags.flags = BLK_MQ_F_SHOULD_MERGE;
	ret = blk_mq_alloc_tag_set(&disk->tags);
	if (ret)
		goto err_free;
	disk->gendisk = blk_mq_alloc_disk(&disk->tags, old);
	ret = PTR_ERR_OR_ZERO(disk->gendisk);
	if (ret)
		goto err_tags;
	blk_queue_max_segments(disk->gendisk->queue, SEGMENTS);
	/* a segment is in one descriptor, by its address in memory */
	blk_queue_max_segment_size(disk->gendisk->queue, PAGE_SIZE);
	sectors = ioread32(old->ports + OLD_CONFIG);
	sectors |= (u64)ioread32(old->ports + OLD_CONFIG + 4) << 32;
	set_capacity(disk->gendisk, sectors);
	strscpy(disk->gendisk->disk_name, "vda", DISK_NAME_LEN);
	disk->gendisk->fops = &disk_ops;
	old->private = disk;
	ret = device_add_disk(&old->pdev->dev, disk->gendisk, NULL);
	if (!ret)
		return 0;
	put_disk(disk->gendisk);
err_tags:
	blk_mq_free_tag_set(&disk->tags);
err_free:
	old->private = NULL;
	kfree(disk);
	return ret;
}

static void disk_end(struct old_device *old)
{
	struct disk *disk = old->private;

	del_gendisk(disk->gendisk);
	put_disk(disk->gendisk);
	blk_mq_free_tag_set(&disk->tags);
	old->private = NULL;
	kfree(disk);
}

const struct old_type old_blk = {
	.queues = 1,
	.start = disk_start,
	.stop = disk_end,
	.used = disk_used,
};
