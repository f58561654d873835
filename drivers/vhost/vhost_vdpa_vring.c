// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do the commands for one queue do? The command table has checked the index, and
 * that the queue is stopped where it must be.
 *
 * Addresses are IOVAs, whatever the uAPI's names say.
 */
#include <linux/align.h>
#include <linux/log2.h>
#include <uapi/linux/virtio_config.h>

#include "vhost_vdpa.h"

/* Alignment of the descriptor, driver and device area, in bytes: virtio 1.3, 2.7 and 2.8 */
#define VV_DESC_ALIGN		16
#define VV_SPLIT_DRIVER_ALIGN	2
#define VV_PACKED_DRIVER_ALIGN	4
#define VV_DEVICE_ALIGN		4

bool vv_vring_idle(struct vv_device *v, u16 index)
{
	return v->suspended || !v->vdpa->config->get_vq_ready(v->vdpa, index);
}

static bool vv_packed(struct vv_device *v)
{
	return vdpa_driver_features(v->vdpa) & BIT_ULL(VIRTIO_F_RING_PACKED);
}

static u32 vv_vring_max(struct vv_device *v, u16 index)
{
	struct vdpa_device *vdpa = v->vdpa;

	return vdpa->config->get_vq_size ? vdpa->config->get_vq_size(vdpa, index) :
					   v->info.vq_num_max;
}

/* Checked here because a parent takes 16 bits: a larger number must not be truncated */
int vv_vring_set_num(struct vv_device *v, struct vv_call *call)
{
	const struct vhost_vring_state *state = &call->arg.state;

	if (!state->num || state->num < v->info.vq_num_min ||
	    state->num > vv_vring_max(v, state->index))
		return -EINVAL;
	if (!vv_packed(v) && !is_power_of_2(state->num))
		return -EINVAL;
	return v->vdpa->config->set_vq_num(v->vdpa, state->index, state->num);
}

int vv_vring_set_addr(struct vv_device *v, struct vv_call *call)
{
	const struct vhost_vring_addr *addr = &call->arg.addr;
	struct vdpa_vq_address address = {
		.desc = addr->desc_user_addr,
		.driver = addr->avail_user_addr,
		.device = addr->used_user_addr,
	};

	/* VHOST_VRING_F_LOG: the device writes, so nothing here could log it */
	if (addr->flags)
		return -EOPNOTSUPP;
	if (!IS_ALIGNED(address.desc, VV_DESC_ALIGN) ||
	    !IS_ALIGNED(address.driver,
			vv_packed(v) ? VV_PACKED_DRIVER_ALIGN : VV_SPLIT_DRIVER_ALIGN) ||
	    !IS_ALIGNED(address.device, VV_DEVICE_ALIGN))
		return -EINVAL;
	return v->vdpa->config->set_vq_address(v->vdpa, addr->index, &address);
}

/* Packed ring: a 15-bit index and a wrap counter for avail, the same for used in bits 31:16 */
#define VV_PACKED_INDEX	0x7fff
#define VV_PACKED_WRAP	0x8000
#define VV_PACKED_USED	16

int vv_vring_set_base(struct vv_device *v, struct vv_call *call)
{
	const struct vhost_vring_state *state = &call->arg.state;
	u32 used = state->num >> VV_PACKED_USED;
	struct vdpa_vq_state to = {};

	if (vv_packed(v)) {
		to.packed.avail_index = state->num & VV_PACKED_INDEX;
		to.packed.avail_wrap = state->num & VV_PACKED_WRAP;
		to.packed.used_index = used & VV_PACKED_INDEX;
		to.packed.used_wrap = used & VV_PACKED_WRAP;
	} else {
		if (state->num > U16_MAX)
			return -EINVAL;
		to.split.avail_index = state->num;
	}
	return v->vdpa->config->set_vq_state(v->vdpa, state->index, &to);
}

static u32 vv_packed_half(u16 index, bool wrap)
{
	return (index & VV_PACKED_INDEX) | (wrap ? VV_PACKED_WRAP : 0);
}

int vv_vring_get_base(struct vv_device *v, struct vv_call *call)
{
	struct vhost_vring_state *state = &call->arg.state;
	struct vdpa_vq_state at = {};
	int ret;

	ret = v->vdpa->config->get_vq_state(v->vdpa, state->index, &at);
	if (ret)
		return ret;
	if (vv_packed(v))
		state->num = vv_packed_half(at.packed.avail_index, at.packed.avail_wrap) |
			     vv_packed_half(at.packed.used_index, at.packed.used_wrap) <<
			     VV_PACKED_USED;
	else
		state->num = at.split.avail_index;
	return 0;
}

int vv_vring_set_enable(struct vv_device *v, struct vv_call *call)
{
	const struct vhost_vring_state *state = &call->arg.state;
	int ret;

	if (state->num > 1)
		return -EINVAL;
	vv_bypass_stop(v, state->index);
	ret = v->vdpa->config->set_vq_ready(v->vdpa, state->index, state->num);
	vv_bypass_start(v, state->index);
	return ret;
}

int vv_vring_get_group(struct vv_device *v, struct vv_call *call)
{
	const struct vdpa_config_ops *ops = v->vdpa->config;
	struct vhost_vring_state *state = &call->arg.state;

	state->num = ops->get_vq_group ? ops->get_vq_group(v->vdpa, state->index) : 0;
	return 0;
}

int vv_vring_get_desc_group(struct vv_device *v, struct vv_call *call)
{
	struct vhost_vring_state *state = &call->arg.state;

	if (!v->vdpa->config->get_vq_desc_group)
		return -EOPNOTSUPP;
	state->num = v->vdpa->config->get_vq_desc_group(v->vdpa, state->index);
	return 0;
}

int vv_vring_get_size(struct vv_device *v, struct vv_call *call)
{
	call->arg.state.num = vv_vring_max(v, call->arg.index);
	return 0;
}

/* Polling time of a vhost that processes rings itself. Clients set it, so it is accepted. */
int vv_vring_set_busyloop(struct vv_device *v, struct vv_call *call)
{
	v->vrings[call->arg.index].busyloop_timeout = call->arg.state.num;
	return 0;
}

int vv_vring_get_busyloop(struct vv_device *v, struct vv_call *call)
{
	call->arg.state.num = v->vrings[call->arg.index].busyloop_timeout;
	return 0;
}
