// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are block requests executed? (virtio 1.4, "Block Device", "Device Operation")
 *
 * A request is validated before any data is copied: exact lengths, and ranges within the
 * capacity. An invalid one gets an error status; only a request without room for the
 * status breaks the device.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_blk.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_ring.h>

#include "sim.h"
#include "sim_store.h"

#define SIM_BLK_SECTOR		512
#define SIM_BLK_SEG_MAX		128
#define SIM_BLK_SIZE_MAX	(256 * 1024)
#define SIM_BLK_CLEAR_SECTORS	(1024 * 1024)
#define SIM_BLK_CLEAR_SEGS	32
#define SIM_BLK_MIB_MAX		(1024 * 1024)
/* limit of a request served in the context of the kick */
#define SIM_BLK_INLINE		(16 * 1024)

static unsigned int capacity_mib = 128;
module_param(capacity_mib, uint, 0644);
MODULE_PARM_DESC(capacity_mib,
		 "size of new disks, in MiB (default 128, 1 to 1048576); memory is allocated as it is written");

static unsigned int num_queues = 1;
module_param(num_queues, uint, 0644);
MODULE_PARM_DESC(num_queues, "number of queues of new disks (default 1, 1 to 16)");

#define SIM_BLK_QUEUES_MAX	16

static bool shared_backend;
module_param(shared_backend, bool, 0644);
MODULE_PARM_DESC(shared_backend,
		 "new disks share one content, which stays until the module is unloaded (default: no)");

/* the content of those disks */
static DEFINE_XARRAY(sim_blk_shared);

struct sim_blk {
	struct sim_dev sim;
	struct virtio_blk_config *config;
	struct sim_store store;
	u64 sectors;
};

/* A request: its header, and the room for data and status */
struct sim_blk_request {
	struct sim_queue *queue;
	const struct sim_turn *turn;
	struct vdpa_ring_chain *chain;
	u32 type;
	u64 sector;
	u32 out_len;		/* data from the driver, without the header */
	u32 in_len;		/* data to the driver, without the status */
	u32 written;		/* of in_len */
};

/* @offset: after the header in the readable part */
#define SIM_BLK_DATA_OFFSET	((u32)sizeof(struct virtio_blk_outhdr))

static struct sim_blk *request_blk(struct sim_blk_request *req)
{
	return container_of(req->queue->sim, struct sim_blk, sim);
}

static bool sim_blk_has(struct sim_blk *blk, u64 sector, u64 bytes)
{
	u64 left;

	if (sector > blk->sectors)
		return false;
	left = (blk->sectors - sector) * SIM_BLK_SECTOR;
	return bytes <= left;
}

static u8 sim_blk_in(struct sim_blk_request *req)
{
	struct sim_blk *blk = request_blk(req);
	u64 at = req->sector * SIM_BLK_SECTOR;

	if (req->in_len % SIM_BLK_SECTOR || !sim_blk_has(blk, req->sector, req->in_len))
		return VIRTIO_BLK_S_IOERR;
	while (req->written < req->in_len) {
		u32 len = req->in_len - req->written;
		const void *from = sim_store_read_at(&blk->store, at + req->written, &len);

		if (sim_queue_write(req->queue, req->chain, req->written, from, len))
			return VIRTIO_BLK_S_IOERR;
		req->written += len;
		sim_relax(req->turn);
	}
	return VIRTIO_BLK_S_OK;
}

static u8 sim_blk_out(struct sim_blk_request *req)
{
	struct sim_blk *blk = request_blk(req);
	u64 at = req->sector * SIM_BLK_SECTOR;
	u32 done = 0;

	if (req->out_len % SIM_BLK_SECTOR || !sim_blk_has(blk, req->sector, req->out_len))
		return VIRTIO_BLK_S_IOERR;
	while (done < req->out_len) {
		u32 len = req->out_len - done;
		void *to = sim_store_write_at(&blk->store, at + done, &len);

		if (!to || sim_queue_read(req->queue, req->chain, SIM_BLK_DATA_OFFSET + done, to,
					  len))
			return VIRTIO_BLK_S_IOERR;
		done += len;
		sim_relax(req->turn);
	}
	return VIRTIO_BLK_S_OK;
}

/* "A driver MUST set sector to 0 for a VIRTIO_BLK_T_FLUSH request" */
static u8 sim_blk_flush(struct sim_blk_request *req)
{
	return req->sector ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

static u8 sim_blk_get_id(struct sim_blk_request *req)
{
	char id[VIRTIO_BLK_ID_BYTES] = {};
	u32 len = min_t(u32, req->in_len, sizeof(id));

	/* without a terminating NUL when it fills the field */
	memcpy(id, dev_name(&req->queue->sim->vdev.dev),
	       min(sizeof(id), strlen(dev_name(&req->queue->sim->vdev.dev))));
	if (sim_queue_write(req->queue, req->chain, 0, id, len))
		return VIRTIO_BLK_S_IOERR;
	req->written = len;
	return VIRTIO_BLK_S_OK;
}

static u8 sim_blk_clear_range(struct sim_blk_request *req,
			      const struct virtio_blk_discard_write_zeroes *range, bool apply)
{
	struct sim_blk *blk = request_blk(req);
	u32 known = req->type == VIRTIO_BLK_T_WRITE_ZEROES ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
	u64 sector = le64_to_cpu(range->sector);
	u64 count = le32_to_cpu(range->num_sectors);

	/* "the device MUST set the status byte to VIRTIO_BLK_S_UNSUPP" for these */
	if (le32_to_cpu(range->flags) & ~known)
		return VIRTIO_BLK_S_UNSUPP;
	if (count > SIM_BLK_CLEAR_SECTORS ||
	    !sim_blk_has(blk, sector, count * SIM_BLK_SECTOR))
		return VIRTIO_BLK_S_IOERR;
	if (apply)
		sim_store_clear(&blk->store, sector * SIM_BLK_SECTOR, count * SIM_BLK_SECTOR);
	return VIRTIO_BLK_S_OK;
}

/* Discard and write zeroes: all ranges are validated before the first is applied */
static u8 sim_blk_clear(struct sim_blk_request *req)
{
	struct virtio_blk_discard_write_zeroes ranges[SIM_BLK_CLEAR_SEGS];
	u32 count = req->out_len / sizeof(ranges[0]);
	u8 status = VIRTIO_BLK_S_OK;

	if (req->out_len % sizeof(ranges[0]) || count > ARRAY_SIZE(ranges))
		return VIRTIO_BLK_S_IOERR;
	if (sim_queue_read(req->queue, req->chain, SIM_BLK_DATA_OFFSET, ranges, req->out_len))
		return VIRTIO_BLK_S_IOERR;
	for (u32 i = 0; i < count && status == VIRTIO_BLK_S_OK; i++)
		status = sim_blk_clear_range(req, &ranges[i], false);
	for (u32 i = 0; i < count && status == VIRTIO_BLK_S_OK; i++)
		status = sim_blk_clear_range(req, &ranges[i], true);
	return status;
}

static bool sim_blk_in_inline(struct sim_blk_request *req)
{
	return req->in_len <= SIM_BLK_INLINE;
}

/* No page is allocated in the context of the kick */
static bool sim_blk_out_inline(struct sim_blk_request *req)
{
	return req->out_len <= SIM_BLK_INLINE &&
	       sim_store_has(&request_blk(req)->store, req->sector * SIM_BLK_SECTOR, req->out_len);
}

/*
 * A row per request type. @feature: required for it, 0: none.
 * @served_inline: may the context of the kick serve it? NULL: never.
 */
static const struct sim_blk_type_row {
	u32 type;
	u8 feature;
	u8 (*handle)(struct sim_blk_request *req);
	bool (*served_inline)(struct sim_blk_request *req);
} sim_blk_types[] = {
	{ VIRTIO_BLK_T_IN, 0, sim_blk_in, sim_blk_in_inline },
	{ VIRTIO_BLK_T_OUT, 0, sim_blk_out, sim_blk_out_inline },
	{ VIRTIO_BLK_T_FLUSH, VIRTIO_BLK_F_FLUSH, sim_blk_flush },
	{ VIRTIO_BLK_T_GET_ID, 0, sim_blk_get_id },
	{ VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_F_DISCARD, sim_blk_clear },
	{ VIRTIO_BLK_T_WRITE_ZEROES, VIRTIO_BLK_F_WRITE_ZEROES, sim_blk_clear },
};

/* Return: NULL for a type that is unknown or not negotiated */
static const struct sim_blk_type_row *sim_blk_row(struct sim_blk_request *req)
{
	for (int i = 0; i < ARRAY_SIZE(sim_blk_types); i++) {
		const struct sim_blk_type_row *row = &sim_blk_types[i];

		if (row->type == req->type)
			return !row->feature || sim_has(req->queue->sim, row->feature) ? row : NULL;
	}
	return NULL;
}

/* Return: the request's status, or -EAGAIN to leave it to the worker */
static int sim_blk_request(struct sim_blk_request *req)
{
	const struct sim_blk_type_row *row;
	struct virtio_blk_outhdr header;

	if (req->chain->out.len < sizeof(header) ||
	    sim_queue_read(req->queue, req->chain, 0, &header, sizeof(header)))
		return VIRTIO_BLK_S_IOERR;
	req->type = le32_to_cpu((__force __le32)header.type);
	req->sector = le64_to_cpu((__force __le64)header.sector);
	req->out_len = req->chain->out.len - sizeof(header);
	row = sim_blk_row(req);
	if (!row)
		return VIRTIO_BLK_S_UNSUPP;
	if (!req->turn->may_sleep && !(row->served_inline && row->served_inline(req)))
		return -EAGAIN;
	return row->handle(req);
}

static int sim_blk_handle(struct sim_queue *queue, const struct sim_turn *turn,
			  struct vdpa_ring_chain *chain, u32 *written)
{
	struct sim_blk_request req = { .queue = queue, .turn = turn, .chain = chain };
	int ret;
	u8 status;

	/* "the final byte is written by the device": there must be one */
	if (!chain->in.len)
		return -EINVAL;
	req.in_len = chain->in.len - 1;
	ret = sim_blk_request(&req);
	if (ret < 0)
		return ret;
	status = ret;
	if (status != VIRTIO_BLK_S_OK)
		queue->stats.errors++;
	/* bytes written without a gap from the start; the status is the last byte */
	*written = req.written == req.in_len ? req.written + 1 : req.written;
	return sim_queue_write(queue, chain, req.in_len, &status, sizeof(status));
}

static int sim_blk_serve(struct sim_queue *queue, const struct sim_turn *turn)
{
	return sim_queue_serve(queue, turn, sim_blk_handle);
}

static int sim_blk_create(struct sim_dev *sim, const struct vdpa_dev_config *config)
{
	struct sim_blk *blk = container_of(sim, struct sim_blk, sim);
	unsigned int mib = READ_ONCE(capacity_mib), queues = READ_ONCE(num_queues);
	struct virtio_blk_config *c;

	if (!mib || mib > SIM_BLK_MIB_MAX || !queues || queues > SIM_BLK_QUEUES_MAX)
		return -EINVAL;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	blk->sectors = (u64)mib * (1024 * 1024 / SIM_BLK_SECTOR);
	sim_store_init(&blk->store, READ_ONCE(shared_backend) ? &sim_blk_shared : NULL);
	c->capacity = (__force __virtio64)cpu_to_le64(blk->sectors);
	c->size_max = (__force __virtio32)cpu_to_le32(SIM_BLK_SIZE_MAX);
	c->seg_max = (__force __virtio32)cpu_to_le32(SIM_BLK_SEG_MAX);
	c->blk_size = (__force __virtio32)cpu_to_le32(SIM_BLK_SECTOR);
	c->min_io_size = (__force __virtio16)cpu_to_le16(1);
	c->opt_io_size = (__force __virtio32)cpu_to_le32(1);
	c->num_queues = (__force __virtio16)cpu_to_le16(queues);
	c->max_discard_sectors = (__force __virtio32)cpu_to_le32(SIM_BLK_CLEAR_SECTORS);
	c->max_discard_seg = (__force __virtio32)cpu_to_le32(SIM_BLK_CLEAR_SEGS);
	c->discard_sector_alignment = (__force __virtio32)cpu_to_le32(1);
	c->max_write_zeroes_sectors = (__force __virtio32)cpu_to_le32(SIM_BLK_CLEAR_SECTORS);
	c->max_write_zeroes_seg = (__force __virtio32)cpu_to_le32(SIM_BLK_CLEAR_SEGS);
	blk->config = c;
	sim->config = c;
	sim->vdev.info.config_size = sizeof(*c);
	sim->vdev.info.nvqs = queues;
	sim->vdev.info.ngroups = 1;
	sim->vdev.info.nas = 1;
	return 0;
}

static void sim_blk_destroy(struct sim_dev *sim)
{
	sim_store_destroy(&container_of(sim, struct sim_blk, sim)->store);
}

static const struct sim_type sim_blk_type = {
	.owner = THIS_MODULE,
	.name = "vdpasim_blk",
	.device_id = VIRTIO_ID_BLOCK,
	.features = BIT_ULL(VIRTIO_F_VERSION_1) |
		    BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
		    BIT_ULL(VIRTIO_F_ANY_LAYOUT) |
		    BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |
		    BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
		    BIT_ULL(VIRTIO_F_RING_RESET) |
		    BIT_ULL(VIRTIO_F_RING_PACKED) |
		    BIT_ULL(VIRTIO_BLK_F_SIZE_MAX) |
		    BIT_ULL(VIRTIO_BLK_F_SEG_MAX) |
		    BIT_ULL(VIRTIO_BLK_F_BLK_SIZE) |
		    BIT_ULL(VIRTIO_BLK_F_FLUSH) |
		    BIT_ULL(VIRTIO_BLK_F_TOPOLOGY) |
		    BIT_ULL(VIRTIO_BLK_F_MQ) |
		    BIT_ULL(VIRTIO_BLK_F_DISCARD) |
		    BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES),
	.supported = VDPA_GIVEN_FEATURES,
	.max_vqs = SIM_BLK_QUEUES_MAX,
	.size = sizeof(struct sim_blk),
	.create = sim_blk_create,
	.destroy = sim_blk_destroy,
	.serve = sim_blk_serve,
	.served_inline = true,
};

static struct sim_mgmt *sim_blk_mgmt;

static int __init sim_blk_init(void)
{
	sim_blk_mgmt = sim_mgmt_create(&sim_blk_type);
	return PTR_ERR_OR_ZERO(sim_blk_mgmt);
}
module_init(sim_blk_init);

static void __exit sim_blk_exit(void)
{
	sim_mgmt_destroy(sim_blk_mgmt);
	sim_store_free(&sim_blk_shared);
}
module_exit(sim_blk_exit);

MODULE_DESCRIPTION("vDPA simulator: block device");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
