// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does an answer say? Devices, management devices, figures as attributes.
 */
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>
#include <uapi/linux/virtio_config.h>
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

/* A row per device type whose configuration space has attributes */
static const struct {
	u32 device_id;
	int (*show)(struct sk_buff *msg, struct vdpa_device *vdev, u64 features);
} config_types[] = {
	{ VIRTIO_ID_NET, vdpa_nl_net_config },
	{ VIRTIO_ID_BLOCK, vdpa_nl_blk_config },
};

static int show_config_type(struct sk_buff *msg, struct vdpa_device *vdev, u64 features)
{
	for (int i = 0; i < ARRAY_SIZE(config_types); i++)
		if (config_types[i].device_id == vdev->info.device_id)
			return config_types[i].show(msg, vdev, features);
	return 0;
}

/* Features count as negotiated when both sides agreed on them */
static bool features_settled(struct vdpa_device *vdev)
{
	return vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK;
}

/* @locked: the configuration lock is held. A device that is busy shows its name only. */
int vdpa_nl_show_config(struct sk_buff *msg, struct vdpa_device *vdev, bool locked)
{
	u64 features;

	if (show_device_name(msg, vdev))
		return -EMSGSIZE;
	if (!locked)
		return 0;
	features = vdev->info.features;
	if (show_u64(msg, VDPA_ATTR_DEV_FEATURES, features))
		return -EMSGSIZE;
	if (features_settled(vdev) &&
	    show_u64(msg, VDPA_ATTR_DEV_NEGOTIATED_FEATURES, vdpa_driver_features(vdev)))
		return -EMSGSIZE;
	return show_config_type(msg, vdev, features);
}

/* The tool tells a queue's kind from the attributes that stand before its index */
int vdpa_nl_show_stats(struct sk_buff *msg, struct vdpa_device *vdev, u32 queue,
		       const char **why)
{
	struct vdpa_stat stats[VDPA_STATS_MAX] = {};
	int count;

	if (!vdev->config->get_vq_stats) {
		*why = "the device counts nothing";
		return -EOPNOTSUPP;
	}
	if (queue >= vdev->info.nvqs) {
		*why = "the device has no such queue";
		return -EINVAL;
	}
	if (!features_settled(vdev)) {
		*why = "the device's features are not negotiated yet";
		return -EAGAIN;
	}
	count = vdev->config->get_vq_stats(vdev, queue, stats, ARRAY_SIZE(stats));
	if (count < 0)
		return count;
	if (show_device_name(msg, vdev) ||
	    show_config_type(msg, vdev, vdev->info.features) ||
	    show_u64(msg, VDPA_ATTR_DEV_NEGOTIATED_FEATURES, vdpa_driver_features(vdev)) ||
	    nla_put_u32(msg, VDPA_ATTR_DEV_QUEUE_INDEX, queue))
		return -EMSGSIZE;
	for (int i = 0; i < min_t(int, count, ARRAY_SIZE(stats)); i++)
		if (nla_put_string(msg, VDPA_ATTR_DEV_VENDOR_ATTR_NAME, stats[i].name) ||
		    show_u64(msg, VDPA_ATTR_DEV_VENDOR_ATTR_VALUE, stats[i].value))
			return -EMSGSIZE;
	return 0;
}
