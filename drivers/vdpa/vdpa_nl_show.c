// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are devices, management devices and statistics shown as attributes?
 */
#include <linux/mod_devicetable.h>
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>
#include <uapi/linux/virtio_ids.h>

#include "vdpa_priv.h"

static int show_u64(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, VDPA_ATTR_PAD);
}

static int show_mgmtdev_name(struct sk_buff *msg, const struct vdpa_mgmt_dev *mdev)
{
	const char *bus = vdpa_mgmtdev_bus_name(mdev);

	if (bus && nla_put_string(msg, VDPA_ATTR_MGMTDEV_BUS_NAME, bus))
		return -EMSGSIZE;
	return nla_put_string(msg, VDPA_ATTR_MGMTDEV_DEV_NAME, dev_name(mdev->device));
}

static u64 mgmtdev_classes(const struct vdpa_mgmt_dev *mdev)
{
	const struct virtio_device_id *id;
	u64 classes = 0;

	for (id = mdev->id_table; id->device; id++)
		if (id->device < 64)
			classes |= BIT_ULL(id->device);
	return classes;
}

int vdpa_nl_show_mgmtdev(struct sk_buff *msg, const struct vdpa_mgmt_dev *mdev)
{
	if (show_mgmtdev_name(msg, mdev) ||
	    show_u64(msg, VDPA_ATTR_MGMTDEV_SUPPORTED_CLASSES, mgmtdev_classes(mdev)) ||
	    nla_put_u32(msg, VDPA_ATTR_DEV_MGMTDEV_MAX_VQS, mdev->max_supported_vqs) ||
	    show_u64(msg, VDPA_ATTR_DEV_SUPPORTED_FEATURES, mdev->supported_features))
		return -EMSGSIZE;
	return 0;
}

static int show_device_name(struct sk_buff *msg, const struct vdpa_device *vdev)
{
	if (nla_put_string(msg, VDPA_ATTR_DEV_NAME, dev_name(&vdev->dev)) ||
	    nla_put_u32(msg, VDPA_ATTR_DEV_ID, vdev->info.device_id))
		return -EMSGSIZE;
	return 0;
}

int vdpa_nl_show_device(struct sk_buff *msg, const struct vdpa_device *vdev)
{
	const struct vdpa_info *info = &vdev->info;

	if ((vdev->mdev && show_mgmtdev_name(msg, vdev->mdev)) ||
	    show_device_name(msg, vdev) ||
	    nla_put_u32(msg, VDPA_ATTR_DEV_VENDOR_ID, info->vendor_id) ||
	    nla_put_u32(msg, VDPA_ATTR_DEV_MAX_VQS, info->nvqs) ||
	    nla_put_u16(msg, VDPA_ATTR_DEV_MAX_VQ_SIZE, info->vq_num_max) ||
	    nla_put_u16(msg, VDPA_ATTR_DEV_MIN_VQ_SIZE, info->vq_num_min))
		return -EMSGSIZE;
	return 0;
}

/*
 * A row per device type whose configuration space has attributes. @queues adds those
 * from which iproute2 tells a queue's kind when it shows statistics.
 */
static const struct {
	u32 device_id;
	int (*config)(struct sk_buff *msg, u64 features, const struct vdpa_query *query);
	int (*queues)(struct sk_buff *msg, u64 features, const struct vdpa_query *query);
} types[] = {
	{ VIRTIO_ID_NET, vdpa_nl_net_config, vdpa_nl_net_pairs },
	{ VIRTIO_ID_BLOCK, vdpa_nl_blk_config },
};

static int type_of(const struct vdpa_device *vdev)
{
	for (int i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].device_id == vdev->info.device_id)
			return i;
	return -1;
}

int vdpa_nl_show_config(struct sk_buff *msg, const struct vdpa_device *vdev,
			const struct vdpa_query *query)
{
	int type = type_of(vdev);

	if (show_device_name(msg, vdev))
		return -EMSGSIZE;
	if (!query)
		return 0;
	if (show_u64(msg, VDPA_ATTR_DEV_FEATURES, vdev->info.features))
		return -EMSGSIZE;
	if (query->negotiated &&
	    show_u64(msg, VDPA_ATTR_DEV_NEGOTIATED_FEATURES, query->driver_features))
		return -EMSGSIZE;
	return type < 0 ? 0 : types[type].config(msg, vdev->info.features, query);
}

/* iproute2 tells a queue's kind from the attributes before its index */
int vdpa_nl_show_stats(struct sk_buff *msg, const struct vdpa_device *vdev,
		       const struct vdpa_query *query)
{
	int type = type_of(vdev);

	if (show_device_name(msg, vdev) ||
	    (type >= 0 && types[type].queues &&
	     types[type].queues(msg, vdev->info.features, query)) ||
	    show_u64(msg, VDPA_ATTR_DEV_NEGOTIATED_FEATURES, query->driver_features) ||
	    nla_put_u32(msg, VDPA_ATTR_DEV_QUEUE_INDEX, query->queue))
		return -EMSGSIZE;
	for (int i = 0; i < query->nstats; i++)
		if (nla_put_string(msg, VDPA_ATTR_DEV_VENDOR_ATTR_NAME, query->stats[i].name) ||
		    show_u64(msg, VDPA_ATTR_DEV_VENDOR_ATTR_VALUE, query->stats[i].value))
			return -EMSGSIZE;
	return 0;
}
