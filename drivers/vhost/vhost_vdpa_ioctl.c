// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ioctls are there, how is an argument passed to its handler, and what do the
 * commands for the whole device do?
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/virtio_config.h>

#include "vhost_vdpa.h"

static bool ring_reset;
module_param(ring_reset, bool, 0644);
MODULE_PARM_DESC(ring_reset,
		 "Offer VIRTIO_F_RING_RESET, for processes that stop and start single queues (default N)");

/* Once a file has an owner, that process's memory can be mapped */
static int vv_set_owner(struct vv_device *v, struct vv_call *call)
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

/*
 * Features that user space cannot handle are hidden. A kick by eventfd carries no
 * notification data. And VMMs offer RING_RESET to their guest but do not pass the reset on,
 * so the device would keep using memory that the guest has freed.
 */
static u64 vv_features(const struct vv_device *v)
{
	u64 hidden = BIT_ULL(VIRTIO_F_NOTIFICATION_DATA);

	if (!READ_ONCE(ring_reset))
		hidden |= BIT_ULL(VIRTIO_F_RING_RESET);
	return v->info.features & ~hidden;
}

static int vv_accept_features(struct vv_device *v, u64 features)
{
	return features & ~vv_features(v) ? -EINVAL : vdpa_set_features(v->vdpa, features);
}

static int vv_get_features(struct vv_device *v, struct vv_call *call)
{
	call->arg.features = vv_features(v);
	return 0;
}

static int vv_set_features(struct vv_device *v, struct vv_call *call)
{
	return vv_accept_features(v, call->arg.features);
}

/*
 * Features as an array: a count, then 64 bits each. The device has one element; the
 * others read as zero and must be written as zero. The maximum bounds the allocation.
 */
#define VV_FEATURES_COUNT_MAX	32

static ssize_t vv_features_tail(const struct vv_device *v, const struct vv_call *call)
{
	return call->arg.count > VV_FEATURES_COUNT_MAX ? -E2BIG : call->arg.count * sizeof(u64);
}

static int vv_get_features_array(struct vv_device *v, struct vv_call *call)
{
	u64 *features = call->tail;

	if (call->tail_len)
		features[0] = vv_features(v);
	return 0;
}

static int vv_set_features_array(struct vv_device *v, struct vv_call *call)
{
	u64 *features = call->tail;

	if (!call->tail_len)
		return vv_accept_features(v, 0);
	if (memchr_inv(features + 1, 0, call->tail_len - sizeof(u64)))
		return -EOPNOTSUPP;
	return vv_accept_features(v, features[0]);
}

static u64 vv_backend_features(struct vv_device *v)
{
	u64 features = BIT_ULL(VHOST_BACKEND_F_IOTLB_MSG_V2) |
		       BIT_ULL(VHOST_BACKEND_F_IOTLB_BATCH) |
		       BIT_ULL(VHOST_BACKEND_F_IOTLB_PERSIST);

	if (v->info.nas > 1) {
		features |= BIT_ULL(VHOST_BACKEND_F_IOTLB_ASID);
		/* useless, and refused, without IOTLB_ASID */
		if (v->vdpa->config->get_vq_desc_group)
			features |= BIT_ULL(VHOST_BACKEND_F_DESC_ASID);
	}
	return features | v->info.backend_features;
}

static int vv_get_backend_features(struct vv_device *v, struct vv_call *call)
{
	call->arg.features = vv_backend_features(v);
	return 0;
}

static int vv_set_backend_features(struct vv_device *v, struct vv_call *call)
{
	u64 features = call->arg.features;

	if (features & ~vv_backend_features(v))
		return -EOPNOTSUPP;
	/* descriptors in an address space of their own need more than one space */
	if ((features & BIT_ULL(VHOST_BACKEND_F_DESC_ASID)) &&
	    !(features & BIT_ULL(VHOST_BACKEND_F_IOTLB_ASID)))
		return -EINVAL;
	v->backend_features = features;
	return 0;
}

static int vv_get_device_id(struct vv_device *v, struct vv_call *call)
{
	call->arg.value = v->info.device_id;
	return 0;
}

/* A broken device cannot set the bit itself */
static u8 vv_status(struct vv_device *v)
{
	u8 status = v->vdpa->config->get_status(v->vdpa);

	if (vdpa_device_is_broken(v->vdpa))
		status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	return status;
}

static int vv_get_status(struct vv_device *v, struct vv_call *call)
{
	call->arg.status = vv_status(v);
	return 0;
}

/* Bits can only be added; 0 is a reset */
static int vv_set_status(struct vv_device *v, struct vv_call *call)
{
	u8 status = call->arg.status, old = v->vdpa->config->get_status(v->vdpa);
	int ret;

	if (status && (old & ~status))
		return -EINVAL;
	if (!status)
		vv_bypass_stop_all(v);
	ret = vdpa_set_status(v->vdpa, status);
	if (status & ~old & VIRTIO_CONFIG_S_FEATURES_OK)
		vv_doorbells_find(v);
	vv_bypass_start_all(v);
	if (!status) {
		v->suspended = false;
		vv_callbacks_restore(v);
	}
	return ret;
}

/* Return: the length of the range, or -EINVAL if it exceeds the configuration space */
static ssize_t vv_config_tail(const struct vv_device *v, const struct vv_call *call)
{
	const struct vhost_vdpa_config *range = &call->arg.config;

	if (!range->len || range->off > v->info.config_size ||
	    range->len > v->info.config_size - range->off)
		return -EINVAL;
	return range->len;
}

static int vv_get_config(struct vv_device *v, struct vv_call *call)
{
	return vdpa_get_config(v->vdpa, call->arg.config.off, call->tail, call->tail_len);
}

static int vv_set_config(struct vv_device *v, struct vv_call *call)
{
	return vdpa_set_config(v->vdpa, call->arg.config.off, call->tail, call->tail_len);
}

static int vv_get_config_size(struct vv_device *v, struct vv_call *call)
{
	call->arg.value = v->info.config_size;
	return 0;
}

static int vv_get_vring_num(struct vv_device *v, struct vv_call *call)
{
	call->arg.num = v->info.vq_num_max;
	return 0;
}

static int vv_get_vqs_count(struct vv_device *v, struct vv_call *call)
{
	call->arg.value = v->info.nvqs;
	return 0;
}

static int vv_get_group_num(struct vv_device *v, struct vv_call *call)
{
	call->arg.value = v->info.ngroups;
	return 0;
}

static int vv_get_as_num(struct vv_device *v, struct vv_call *call)
{
	call->arg.value = v->info.nas;
	return 0;
}

static int vv_get_iova_range(struct vv_device *v, struct vv_call *call)
{
	call->arg.range.first = v->iova_first;
	call->arg.range.last = v->iova_last;
	return 0;
}

static int vv_set_group_asid(struct vv_device *v, struct vv_call *call)
{
	const struct vdpa_map_ops *map = v->vdpa->map;
	struct vhost_vring_state *state = &call->arg.state;

	if (state->index >= v->info.ngroups || state->num >= v->info.nas)
		return -EINVAL;
	if (!map || !map->set_group_asid)
		return -EOPNOTSUPP;
	if (v->vdpa->config->get_status(v->vdpa) & VIRTIO_CONFIG_S_DRIVER_OK)
		return -EBUSY;
	return map->set_group_asid(v->vdpa, array_index_nospec(state->index, v->info.ngroups),
				   array_index_nospec(state->num, v->info.nas));
}

static int vv_suspend(struct vv_device *v, struct vv_call *call)
{
	int ret;

	vv_bypass_stop_all(v);
	ret = vdpa_suspend(v->vdpa);
	/* before DRIVER_OK there is nothing to suspend, and the queues may still be set up */
	if (!ret && (v->vdpa->config->get_status(v->vdpa) & VIRTIO_CONFIG_S_DRIVER_OK))
		v->suspended = true;
	vv_bypass_start_all(v);
	return ret;
}

static int vv_resume(struct vv_device *v, struct vv_call *call)
{
	int ret;

	ret = vdpa_resume(v->vdpa);
	if (!ret)
		v->suspended = false;
	vv_bypass_start_all(v);
	return ret;
}

/*
 * The memory table of a vhost that processes rings itself. Here IOTLB messages map memory;
 * clients that know both kinds of vhost send the table too, so it is accepted and ignored.
 */
#define VV_MEMORY_REGIONS_MAX	64

static ssize_t vv_memory_tail(const struct vv_device *v, const struct vv_call *call)
{
	const struct vhost_memory *memory = &call->arg.memory;

	if (memory->padding)
		return -EOPNOTSUPP;
	if (memory->nregions > VV_MEMORY_REGIONS_MAX)
		return -E2BIG;
	return memory->nregions * sizeof(struct vhost_memory_region);
}

static int vv_set_mem_table(struct vv_device *v, struct vv_call *call)
{
	return 0;
}

/* Checked before the handler is called */
#define VV_OWNER	BIT(0)			/* the caller is the owner */
#define VV_QUEUE	(BIT(1) | VV_OWNER)	/* and the queue index is valid */
#define VV_QUEUE_QUERY	BIT(1)			/* valid queue index, any caller */
#define VV_IDLE		(BIT(2) | VV_QUEUE)	/* and the queue is stopped */
#define VV_REPLIES	BIT(3)			/* copies out, though the number says _IOW */

/*
 * A row per command. The size and the direction of the argument are in its number. @tail:
 * length of a variable part after the argument, copied in that direction; the argument
 * itself is then only copied in.
 */
struct vv_command {
	unsigned int cmd;
	unsigned int flags;
	int (*handle)(struct vv_device *v, struct vv_call *call);
	/* Return: length in bytes, or a negative errno. Called without the lock. */
	ssize_t (*tail)(const struct vv_device *v, const struct vv_call *call);
};

static const struct vv_command vv_commands[] = {
	{ VHOST_GET_FEATURES, 0, vv_get_features },
	{ VHOST_SET_FEATURES, 0, vv_set_features },
	{ VHOST_SET_OWNER, 0, vv_set_owner },
	{ VHOST_SET_MEM_TABLE, VV_OWNER, vv_set_mem_table, vv_memory_tail },
	{ VHOST_SET_VRING_NUM, VV_IDLE, vv_vring_set_num },
	{ VHOST_SET_VRING_ADDR, VV_IDLE, vv_vring_set_addr },
	{ VHOST_SET_VRING_BASE, VV_IDLE, vv_vring_set_base },
	{ VHOST_GET_VRING_BASE, VV_QUEUE, vv_vring_get_base },
	{ VHOST_SET_VRING_KICK, VV_QUEUE, vv_vring_set_kick },
	{ VHOST_SET_VRING_CALL, VV_QUEUE, vv_vring_set_call },
	{ VHOST_SET_VRING_ERR, VV_QUEUE, vv_vring_set_error },
	{ VHOST_SET_VRING_BUSYLOOP_TIMEOUT, VV_QUEUE, vv_vring_set_busyloop },
	{ VHOST_GET_VRING_BUSYLOOP_TIMEOUT, VV_QUEUE | VV_REPLIES, vv_vring_get_busyloop },
	{ VHOST_SET_BACKEND_FEATURES, 0, vv_set_backend_features },
	{ VHOST_GET_BACKEND_FEATURES, 0, vv_get_backend_features },
	{ VHOST_VDPA_GET_DEVICE_ID, 0, vv_get_device_id },
	{ VHOST_VDPA_GET_STATUS, 0, vv_get_status },
	{ VHOST_VDPA_SET_STATUS, 0, vv_set_status },
	{ VHOST_VDPA_GET_CONFIG, 0, vv_get_config, vv_config_tail },
	{ VHOST_VDPA_SET_CONFIG, 0, vv_set_config, vv_config_tail },
	{ VHOST_VDPA_SET_VRING_ENABLE, VV_QUEUE, vv_vring_set_enable },
	{ VHOST_VDPA_GET_VRING_NUM, 0, vv_get_vring_num },
	{ VHOST_VDPA_SET_CONFIG_CALL, 0, vv_config_set_call },
	{ VHOST_VDPA_GET_IOVA_RANGE, 0, vv_get_iova_range },
	{ VHOST_VDPA_GET_CONFIG_SIZE, 0, vv_get_config_size },
	{ VHOST_VDPA_GET_AS_NUM, 0, vv_get_as_num },
	{ VHOST_VDPA_GET_VRING_GROUP, VV_QUEUE_QUERY, vv_vring_get_group },
	{ VHOST_VDPA_SET_GROUP_ASID, VV_OWNER, vv_set_group_asid },
	{ VHOST_VDPA_SUSPEND, 0, vv_suspend },
	{ VHOST_VDPA_RESUME, 0, vv_resume },
	{ VHOST_VDPA_GET_VRING_DESC_GROUP, VV_QUEUE_QUERY, vv_vring_get_desc_group },
	{ VHOST_VDPA_GET_VQS_COUNT, 0, vv_get_vqs_count },
	{ VHOST_VDPA_GET_GROUP_NUM, 0, vv_get_group_num },
	{ VHOST_VDPA_GET_VRING_SIZE, VV_QUEUE_QUERY, vv_vring_get_size },
	{ VHOST_GET_FEATURES_ARRAY, 0, vv_get_features_array, vv_features_tail },
	{ VHOST_SET_FEATURES_ARRAY, 0, vv_set_features_array, vv_features_tail },
};

/* vv_call_check() relies on the queue index being the first member */
static_assert(!offsetof(struct vhost_vring_state, index));
static_assert(!offsetof(struct vhost_vring_addr, index));
static_assert(!offsetof(struct vhost_vring_file, index));

static const struct vv_command *vv_command(unsigned int cmd)
{
	for (int i = 0; i < ARRAY_SIZE(vv_commands); i++)
		if (vv_commands[i].cmd == cmd)
			return &vv_commands[i];
	return NULL;
}

static bool vv_command_writes(const struct vv_command *command)
{
	return _IOC_DIR(command->cmd) & _IOC_WRITE;
}

static int vv_call_read_tail(struct vv_call *call, const struct vv_command *command,
			     const void __user *from, size_t len)
{
	void *tail;

	if (!len)
		return 0;
	/* charged, unlike vmemdup_user()'s: each thread can have one, as long as it likes */
	tail = kvzalloc(len, GFP_KERNEL_ACCOUNT);
	if (!tail)
		return -ENOMEM;
	call->tail = tail;
	call->tail_len = len;
	return vv_command_writes(command) && copy_from_user(tail, from, len) ? -EFAULT : 0;
}

static int vv_call_read(struct vv_device *v, struct vv_call *call,
			const struct vv_command *command, const void __user *from)
{
	size_t size = _IOC_SIZE(command->cmd);
	ssize_t len;

	if (!vv_command_writes(command) && !command->tail)
		return 0;
	if (copy_from_user(&call->arg, from, size))
		return -EFAULT;
	if (!command->tail)
		return 0;
	len = command->tail(v, call);
	return len < 0 ? len : vv_call_read_tail(call, command, from + size, len);
}

static int vv_call_write(const struct vv_call *call, const struct vv_command *command,
			 void __user *to)
{
	size_t size = _IOC_SIZE(command->cmd);

	if (!(_IOC_DIR(command->cmd) & _IOC_READ) && !(command->flags & VV_REPLIES))
		return 0;
	if (command->tail)
		return copy_to_user(to + size, call->tail, call->tail_len) ? -EFAULT : 0;
	return copy_to_user(to, &call->arg, size) ? -EFAULT : 0;
}

static int vv_call_check(struct vv_device *v, struct vv_call *call, unsigned int flags)
{
	if ((flags & VV_OWNER) && v->mm != current->mm)
		return -EPERM;
	if (!(flags & VV_QUEUE_QUERY))
		return 0;
	if (call->arg.index >= v->info.nvqs)
		return -ENOBUFS;
	call->arg.index = array_index_nospec(call->arg.index, v->info.nvqs);
	return (flags & VV_IDLE) == VV_IDLE && !vv_vring_idle(v, call->arg.index) ? -EBUSY : 0;
}

static int vv_call_handle(struct vv_device *v, struct vv_call *call,
			  const struct vv_command *command)
{
	int ret;

	ret = vv_enter(v);
	if (ret)
		return ret;
	ret = vv_call_check(v, call, command->flags);
	if (!ret)
		ret = command->handle(v, call);
	vv_leave(v);
	return ret;
}

long vv_ioctl(struct vv_device *v, unsigned int cmd, void __user *arg)
{
	const struct vv_command *command = vv_command(cmd);
	struct vv_call call = {};
	int ret;

	if (!command)
		return -ENOTTY;
	/* driver bug: the argument's type is missing in struct vv_call */
	if (WARN_ON_ONCE(_IOC_SIZE(cmd) > sizeof(call.arg)))
		return -ENOTTY;
	ret = vv_call_read(v, &call, command, arg);
	if (!ret)
		ret = vv_call_handle(v, &call, command);
	if (!ret)
		ret = vv_call_write(&call, command, arg);
	kvfree(call.tail);
	return ret;
}
