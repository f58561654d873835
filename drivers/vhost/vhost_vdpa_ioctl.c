// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which commands are there, and what do those of the whole device do?
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/vhost.h>
#include <uapi/linux/virtio_config.h>

#include "vhost_vdpa.h"

static int vv_put_u64(void __user *arg, u64 value)
{
	return copy_to_user(arg, &value, sizeof(value)) ? -EFAULT : 0;
}

static int vv_put_u32(void __user *arg, u32 value)
{
	return put_user(value, (u32 __user *)arg);
}

/* A file that has an owner has that process's memory */
static int vv_set_owner(struct vv_device *v, void __user *arg)
{
	const struct vdpa_map_ops *map = v->vdpa->map;
	int ret;

	if (v->mm)
		return -EBUSY;
	if (map && map->bind_mm) {
		ret = map->bind_mm(v->vdpa, current->mm);
		if (ret)
			return ret;
	}
	mmgrab(current->mm);
	v->mm = current->mm;
	return 0;
}

static int vv_get_features(struct vv_device *v, void __user *arg)
{
	return vv_put_u64(arg, v->vdpa->info.features);
}

static int vv_set_features(struct vv_device *v, void __user *arg)
{
	u64 features;

	if (copy_from_user(&features, arg, sizeof(features)))
		return -EFAULT;
	return vdpa_set_features(v->vdpa, features);
}

/*
 * Features as an array: its length in front, then 64 bits each. The device has one
 * element; those behind it are zeroes, or asked for in vain. A length without end is
 * a mistake.
 */
#define VV_FEATURES_COUNT_MAX	32

static int vv_features_count(void __user *arg, u64 *count)
{
	if (copy_from_user(count, arg, sizeof(*count)))
		return -EFAULT;
	return *count > VV_FEATURES_COUNT_MAX ? -E2BIG : 0;
}

static int vv_get_features_array(struct vv_device *v, void __user *arg)
{
	u64 features[VV_FEATURES_COUNT_MAX] = {
		v->vdpa->info.features,
	};
	u64 count;
	int ret;

	ret = vv_features_count(arg, &count);
	if (ret)
		return ret;
	return copy_to_user(arg + sizeof(count), features, count * sizeof(u64)) ? -EFAULT : 0;
}

static int vv_set_features_array(struct vv_device *v, void __user *arg)
{
	u64 features[VV_FEATURES_COUNT_MAX] = {};
	u64 count;
	int ret;

	ret = vv_features_count(arg, &count);
	if (ret)
		return ret;
	if (copy_from_user(features, arg + sizeof(count), count * sizeof(u64)))
		return -EFAULT;
	if (memchr_inv(features + 1, 0, sizeof(features) - sizeof(u64)))
		return -EOPNOTSUPP;
	return vdpa_set_features(v->vdpa, features[0]);
}

static u64 vv_backend_features(struct vv_device *v)
{
	const struct vdpa_config_ops *ops = v->vdpa->config;
	u64 features = BIT_ULL(VHOST_BACKEND_F_IOTLB_MSG_V2) |
		       BIT_ULL(VHOST_BACKEND_F_IOTLB_BATCH) |
		       BIT_ULL(VHOST_BACKEND_F_IOTLB_PERSIST);

	if (v->nspaces > 1) {
		features |= BIT_ULL(VHOST_BACKEND_F_IOTLB_ASID);
		/* of no use, and refused, without */
		if (ops->get_vq_desc_group)
			features |= BIT_ULL(VHOST_BACKEND_F_DESC_ASID);
	}
	return features | v->vdpa->info.backend_features;
}

static int vv_get_backend_features(struct vv_device *v, void __user *arg)
{
	return vv_put_u64(arg, vv_backend_features(v));
}

static int vv_set_backend_features(struct vv_device *v, void __user *arg)
{
	u64 features;

	if (copy_from_user(&features, arg, sizeof(features)))
		return -EFAULT;
	if (features & ~vv_backend_features(v))
		return -EOPNOTSUPP;
	/* descriptors in a space of their own need spaces */
	if ((features & BIT_ULL(VHOST_BACKEND_F_DESC_ASID)) &&
	    !(features & BIT_ULL(VHOST_BACKEND_F_IOTLB_ASID)))
		return -EINVAL;
	v->backend_features = features;
	return 0;
}

static int vv_get_device_id(struct vv_device *v, void __user *arg)
{
	return vv_put_u32(arg, v->vdpa->info.device_id);
}

static int vv_get_status(struct vv_device *v, void __user *arg)
{
	return put_user(v->vdpa->config->get_status(v->vdpa), (u8 __user *)arg);
}

/* A status bit goes only by a reset, which writes 0 */
static int vv_set_status(struct vv_device *v, void __user *arg)
{
	u8 status, old = v->vdpa->config->get_status(v->vdpa);
	int ret;

	if (get_user(status, (u8 __user *)arg))
		return -EFAULT;
	if (status && (old & ~status))
		return -EINVAL;
	ret = vdpa_set_status(v->vdpa, status);
	if (!status)
		vv_vrings_join(v);
	return ret;
}

/* Return: where the data is, its range checked against the configuration space */
static int vv_config_range(struct vv_device *v, void __user *arg,
			   struct vhost_vdpa_config *range)
{
	size_t size = v->vdpa->info.config_size;

	if (copy_from_user(range, arg, sizeof(*range)))
		return -EFAULT;
	if (!range->len || range->off > size)
		return -EINVAL;
	return range->len > size - range->off ? -E2BIG : 0;
}

static int vv_get_config(struct vv_device *v, void __user *arg)
{
	struct vhost_vdpa_config range;
	void *buf;
	int ret;

	ret = vv_config_range(v, arg, &range);
	if (ret)
		return ret;
	buf = kvzalloc(range.len, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	ret = vdpa_get_config(v->vdpa, range.off, buf, range.len);
	if (!ret && copy_to_user(arg + sizeof(range), buf, range.len))
		ret = -EFAULT;
	kvfree(buf);
	return ret;
}

static int vv_set_config(struct vv_device *v, void __user *arg)
{
	struct vhost_vdpa_config range;
	void *buf;
	int ret;

	ret = vv_config_range(v, arg, &range);
	if (ret)
		return ret;
	buf = vmemdup_user(arg + sizeof(range), range.len);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	ret = vdpa_set_config(v->vdpa, range.off, buf, range.len);
	kvfree(buf);
	return ret;
}

static int vv_get_config_size(struct vv_device *v, void __user *arg)
{
	return vv_put_u32(arg, v->vdpa->info.config_size);
}

static int vv_get_vring_num(struct vv_device *v, void __user *arg)
{
	return put_user(v->vdpa->info.vq_num_max, (u16 __user *)arg);
}

static int vv_get_vqs_count(struct vv_device *v, void __user *arg)
{
	return vv_put_u32(arg, v->nvqs);
}

static int vv_get_group_num(struct vv_device *v, void __user *arg)
{
	return vv_put_u32(arg, v->vdpa->info.ngroups);
}

static int vv_get_as_num(struct vv_device *v, void __user *arg)
{
	return vv_put_u32(arg, v->nspaces);
}

static int vv_get_iova_range(struct vv_device *v, void __user *arg)
{
	struct vhost_vdpa_iova_range range = {
		.first = v->iova_first,
		.last = v->iova_last,
	};

	return copy_to_user(arg, &range, sizeof(range)) ? -EFAULT : 0;
}

static int vv_set_group_asid(struct vv_device *v, void __user *arg)
{
	const struct vdpa_map_ops *map = v->vdpa->map;
	struct vhost_vring_state state;

	if (copy_from_user(&state, arg, sizeof(state)))
		return -EFAULT;
	if (state.index >= v->vdpa->info.ngroups || state.num >= v->nspaces)
		return -EINVAL;
	if (!map || !map->set_group_asid)
		return -EOPNOTSUPP;
	return map->set_group_asid(v->vdpa, state.index, state.num);
}

/* A device that does not run has nothing to suspend */
static int vv_suspend(struct vv_device *v, void __user *arg)
{
	return vdpa_suspend(v->vdpa);
}

static int vv_resume(struct vv_device *v, void __user *arg)
{
	return vdpa_resume(v->vdpa);
}

/* A row per command. Each copies what it carries itself: the sizes are in the numbers. */
static const struct {
	unsigned int cmd;
	int (*handle)(struct vv_device *v, void __user *arg);
} vv_commands[] = {
	{ VHOST_GET_FEATURES, vv_get_features },
	{ VHOST_SET_FEATURES, vv_set_features },
	{ VHOST_SET_OWNER, vv_set_owner },
	{ VHOST_SET_VRING_NUM, vv_vring_set_num },
	{ VHOST_SET_VRING_ADDR, vv_vring_set_addr },
	{ VHOST_SET_VRING_BASE, vv_vring_set_base },
	{ VHOST_GET_VRING_BASE, vv_vring_get_base },
	{ VHOST_SET_VRING_KICK, vv_vring_set_kick },
	{ VHOST_SET_VRING_CALL, vv_vring_set_call },
	{ VHOST_SET_VRING_ERR, vv_vring_set_error },
	{ VHOST_SET_BACKEND_FEATURES, vv_set_backend_features },
	{ VHOST_GET_BACKEND_FEATURES, vv_get_backend_features },
	{ VHOST_VDPA_GET_DEVICE_ID, vv_get_device_id },
	{ VHOST_VDPA_GET_STATUS, vv_get_status },
	{ VHOST_VDPA_SET_STATUS, vv_set_status },
	{ VHOST_VDPA_GET_CONFIG, vv_get_config },
	{ VHOST_VDPA_SET_CONFIG, vv_set_config },
	{ VHOST_VDPA_SET_VRING_ENABLE, vv_vring_set_enable },
	{ VHOST_VDPA_GET_VRING_NUM, vv_get_vring_num },
	{ VHOST_VDPA_SET_CONFIG_CALL, vv_config_set_call },
	{ VHOST_VDPA_GET_IOVA_RANGE, vv_get_iova_range },
	{ VHOST_VDPA_GET_CONFIG_SIZE, vv_get_config_size },
	{ VHOST_VDPA_GET_AS_NUM, vv_get_as_num },
	{ VHOST_VDPA_GET_VRING_GROUP, vv_vring_get_group },
	{ VHOST_VDPA_SET_GROUP_ASID, vv_set_group_asid },
	{ VHOST_VDPA_SUSPEND, vv_suspend },
	{ VHOST_VDPA_RESUME, vv_resume },
	{ VHOST_VDPA_GET_VRING_DESC_GROUP, vv_vring_get_desc_group },
	{ VHOST_VDPA_GET_VQS_COUNT, vv_get_vqs_count },
	{ VHOST_VDPA_GET_GROUP_NUM, vv_get_group_num },
	{ VHOST_VDPA_GET_VRING_SIZE, vv_vring_get_size },
	{ VHOST_GET_FEATURES_ARRAY, vv_get_features_array },
	{ VHOST_SET_FEATURES_ARRAY, vv_set_features_array },
};

long vv_ioctl(struct vv_device *v, unsigned int cmd, void __user *arg)
{
	for (int i = 0; i < ARRAY_SIZE(vv_commands); i++)
		if (vv_commands[i].cmd == cmd)
			return vv_commands[i].handle(v, arg);
	return -ENOTTY;
}
