// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block device's configuration space as attributes (virtio 1.4, "Block Device",
 * "Device configuration layout"): a row per field.
 */
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>
#include <uapi/linux/virtio_blk.h>

#include "vdpa_priv.h"

#define ALWAYS	(-1)

#define FIELD(a, bit, member, bytes) {					\
	.attr = VDPA_ATTR_DEV_BLK_##a,					\
	.feature = bit,							\
	.offset = offsetof(struct virtio_blk_config, member),		\
	.size = bytes,							\
}

static const struct {
	u8 attr;
	s8 feature;
	u8 offset;
	u8 size;
} fields[] = {
	FIELD(CFG_CAPACITY, ALWAYS, capacity, 8),
	FIELD(CFG_SIZE_MAX, VIRTIO_BLK_F_SIZE_MAX, size_max, 4),
	FIELD(CFG_SEG_MAX, VIRTIO_BLK_F_SEG_MAX, seg_max, 4),
	FIELD(CFG_BLK_SIZE, VIRTIO_BLK_F_BLK_SIZE, blk_size, 4),
	FIELD(CFG_NUM_QUEUES, VIRTIO_BLK_F_MQ, num_queues, 2),
	FIELD(CFG_PHY_BLK_EXP, VIRTIO_BLK_F_TOPOLOGY, physical_block_exp, 1),
	FIELD(CFG_ALIGN_OFFSET, VIRTIO_BLK_F_TOPOLOGY, alignment_offset, 1),
	FIELD(CFG_MIN_IO_SIZE, VIRTIO_BLK_F_TOPOLOGY, min_io_size, 2),
	FIELD(CFG_OPT_IO_SIZE, VIRTIO_BLK_F_TOPOLOGY, opt_io_size, 4),
	FIELD(CFG_MAX_DISCARD_SEC, VIRTIO_BLK_F_DISCARD, max_discard_sectors, 4),
	FIELD(CFG_MAX_DISCARD_SEG, VIRTIO_BLK_F_DISCARD, max_discard_seg, 4),
	FIELD(CFG_DISCARD_SEC_ALIGN, VIRTIO_BLK_F_DISCARD, discard_sector_alignment, 4),
	FIELD(CFG_MAX_WRITE_ZEROES_SEC, VIRTIO_BLK_F_WRITE_ZEROES, max_write_zeroes_sectors, 4),
	FIELD(CFG_MAX_WRITE_ZEROES_SEG, VIRTIO_BLK_F_WRITE_ZEROES, max_write_zeroes_seg, 4),
};

static int show_field(struct sk_buff *msg, int attr, const u8 *at, int size)
{
	__le64 raw = 0;
	u64 value;

	memcpy(&raw, at, size);
	value = le64_to_cpu(raw);
	switch (size) {
	case 1:
		return nla_put_u8(msg, attr, value);
	case 2:
		return nla_put_u16(msg, attr, value);
	case 4:
		return nla_put_u32(msg, attr, value);
	default:
		return nla_put_u64_64bit(msg, attr, value, VDPA_ATTR_PAD);
	}
}

int vdpa_nl_blk_config(struct sk_buff *msg, u64 features, const struct vdpa_query *query)
{
	BUILD_BUG_ON(sizeof(struct virtio_blk_config) > sizeof(query->config));
	for (int i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].feature != ALWAYS && !(features & BIT_ULL(fields[i].feature)))
			continue;
		if (fields[i].offset + fields[i].size > query->config_size)
			continue;
		if (show_field(msg, fields[i].attr, query->config + fields[i].offset,
			       fields[i].size))
			return -EMSGSIZE;
	}
	if (nla_put_u8(msg, VDPA_ATTR_DEV_BLK_READ_ONLY, !!(features & BIT_ULL(VIRTIO_BLK_F_RO))) ||
	    nla_put_u8(msg, VDPA_ATTR_DEV_BLK_FLUSH, !!(features & BIT_ULL(VIRTIO_BLK_F_FLUSH))))
		return -EMSGSIZE;
	return 0;
}
