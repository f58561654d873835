// SPDX-License-Identifier: GPL-2.0-only
/*
 * What may a process say of one queue, and how are its eventfds joined to it?
 *
 * Addresses are the device's (iova), whatever the uAPI's names say.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include <uapi/linux/vhost.h>
#include <uapi/linux/virtio_config.h>

#include "vhost_vdpa.h"

/* Return: the index, not to be speculated with either, or a negative errno */
static int vv_vring_index(struct vv_device *v, u32 index)
{
	if (index >= v->nvqs)
		return -ENOBUFS;
	return array_index_nospec(index, v->nvqs);
}

/* Most commands carry one of these. Return: as above. */
static int vv_vring_get_state(struct vv_device *v, void __user *arg,
			      struct vhost_vring_state *state)
{
	if (copy_from_user(state, arg, sizeof(*state)))
		return -EFAULT;
	return vv_vring_index(v, state->index);
}

static int vv_put_num(void __user *arg, u32 num)
{
	struct vhost_vring_state __user *state = arg;

	return put_user(num, &state->num);
}

int vv_vring_set_num(struct vv_device *v, void __user *arg)
{
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);

	if (index < 0)
		return index;
	return v->vdpa->config->set_vq_num(v->vdpa, index, state.num);
}

int vv_vring_set_addr(struct vv_device *v, void __user *arg)
{
	struct vdpa_vq_address address;
	struct vhost_vring_addr addr;
	int index;

	if (copy_from_user(&addr, arg, sizeof(addr)))
		return -EFAULT;
	index = vv_vring_index(v, addr.index);
	if (index < 0)
		return index;
	/* writes are the device's: we cannot log them */
	if (addr.flags)
		return -EOPNOTSUPP;
	address.desc = addr.desc_user_addr;
	address.driver = addr.avail_user_addr;
	address.device = addr.used_user_addr;
	return v->vdpa->config->set_vq_address(v->vdpa, index, &address);
}

static bool vv_packed(struct vv_device *v)
{
	return vdpa_driver_features(v->vdpa) & BIT_ULL(VIRTIO_F_RING_PACKED);
}

/* A packed ring's state: 15 bits of index and a wrap counter, twice; used in the high half */
#define VV_PACKED_INDEX	0x7fff
#define VV_PACKED_WRAP	0x8000
#define VV_PACKED_USED	16

int vv_vring_set_base(struct vv_device *v, void __user *arg)
{
	struct vdpa_vq_state to = {};
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);
	u32 used;

	if (index < 0)
		return index;
	if (vv_packed(v)) {
		used = state.num >> VV_PACKED_USED;
		to.packed.avail_index = state.num & VV_PACKED_INDEX;
		to.packed.avail_wrap = state.num & VV_PACKED_WRAP;
		to.packed.used_index = used & VV_PACKED_INDEX;
		to.packed.used_wrap = used & VV_PACKED_WRAP;
	} else {
		if (state.num > U16_MAX)
			return -EINVAL;
		to.split.avail_index = state.num;
	}
	return v->vdpa->config->set_vq_state(v->vdpa, index, &to);
}

static u32 vv_packed_half(u16 index, bool wrap)
{
	return (index & VV_PACKED_INDEX) | (wrap ? VV_PACKED_WRAP : 0);
}

int vv_vring_get_base(struct vv_device *v, void __user *arg)
{
	struct vdpa_vq_state at = {};
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);
	int ret;

	if (index < 0)
		return index;
	ret = v->vdpa->config->get_vq_state(v->vdpa, index, &at);
	if (ret)
		return ret;
	if (!vv_packed(v))
		return vv_put_num(arg, at.split.avail_index);
	return vv_put_num(arg, vv_packed_half(at.packed.avail_index, at.packed.avail_wrap) |
			  vv_packed_half(at.packed.used_index, at.packed.used_wrap) <<
			  VV_PACKED_USED);
}

int vv_vring_set_enable(struct vv_device *v, void __user *arg)
{
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);

	if (index < 0)
		return index;
	if (state.num > 1)
		return -EINVAL;
	return v->vdpa->config->set_vq_ready(v->vdpa, index, state.num);
}

static u32 vv_vring_group(struct vdpa_device *vdpa, u16 index)
{
	return vdpa->config->get_vq_group ? vdpa->config->get_vq_group(vdpa, index) : 0;
}

int vv_vring_get_group(struct vv_device *v, void __user *arg)
{
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);

	return index < 0 ? index : vv_put_num(arg, vv_vring_group(v->vdpa, index));
}

int vv_vring_get_desc_group(struct vv_device *v, void __user *arg)
{
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);

	if (index < 0)
		return index;
	if (!v->vdpa->config->get_vq_desc_group)
		return -EOPNOTSUPP;
	return vv_put_num(arg, v->vdpa->config->get_vq_desc_group(v->vdpa, index));
}

int vv_vring_get_size(struct vv_device *v, void __user *arg)
{
	struct vdpa_device *vdpa = v->vdpa;
	struct vhost_vring_state state;
	int index = vv_vring_get_state(v, arg, &state);
	u16 size = vdpa->info.vq_num_max;

	if (index < 0)
		return index;
	if (vdpa->config->get_vq_size)
		size = vdpa->config->get_vq_size(vdpa, index);
	return vv_put_num(arg, size);
}

/* Commands that carry an eventfd. VHOST_FILE_UNBIND: none. */

static int vv_vring_get_file(struct vv_device *v, void __user *arg,
			     struct vhost_vring_file *file)
{
	if (copy_from_user(file, arg, sizeof(*file)))
		return -EFAULT;
	return vv_vring_index(v, file->index);
}

static struct eventfd_ctx *vv_eventfd(int fd)
{
	return fd == VHOST_FILE_UNBIND ? NULL : eventfd_ctx_fdget(fd);
}

static void vv_eventfd_put(struct eventfd_ctx *ctx)
{
	if (ctx)
		eventfd_ctx_put(ctx);
}

static irqreturn_t vv_signal(void *private)
{
	eventfd_signal(private);
	return IRQ_HANDLED;
}

static struct vdpa_callback vv_callback(struct eventfd_ctx *ctx)
{
	return (struct vdpa_callback) {
		.callback = ctx ? vv_signal : NULL,
		.private = ctx,
		.trigger = ctx,
	};
}

static void vv_vring_join(struct vv_device *v, u16 index)
{
	struct vdpa_callback cb = vv_callback(v->vrings[index].call);

	v->vdpa->config->set_vq_cb(v->vdpa, index, &cb);
}

static void vv_config_join(struct vv_device *v)
{
	struct vdpa_callback cb = vv_callback(v->config_call);

	v->vdpa->config->set_config_cb(v->vdpa, &cb);
}

int vv_vring_set_call(struct vv_device *v, void __user *arg)
{
	struct vhost_vring_file file;
	int index = vv_vring_get_file(v, arg, &file);
	struct eventfd_ctx *ctx, *old;

	if (index < 0)
		return index;
	ctx = vv_eventfd(file.fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	old = v->vrings[index].call;
	v->vrings[index].call = ctx;
	vv_vring_join(v, index);
	/* the device has let go of it: set_vq_cb guarantees that */
	vv_eventfd_put(old);
	return 0;
}

int vv_vring_set_error(struct vv_device *v, void __user *arg)
{
	struct vhost_vring_file file;
	int index = vv_vring_get_file(v, arg, &file);
	struct eventfd_ctx *ctx;

	if (index < 0)
		return index;
	ctx = vv_eventfd(file.fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	/* kept for who set it; a vDPA device says errors by its status */
	vv_eventfd_put(v->vrings[index].error);
	v->vrings[index].error = ctx;
	return 0;
}

int vv_vring_set_kick(struct vv_device *v, void __user *arg)
{
	struct file *eventfd = NULL;
	struct vhost_vring_file file;
	int index = vv_vring_get_file(v, arg, &file);

	if (index < 0)
		return index;
	/* a bad one leaves the one before in place */
	if (file.fd != VHOST_FILE_UNBIND)
		eventfd = eventfd_fget(file.fd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	vv_kick_stop(&v->vrings[index].kick);
	return vv_kick_start(&v->vrings[index].kick, v->vdpa, index, eventfd);
}

int vv_config_set_call(struct vv_device *v, void __user *arg)
{
	struct eventfd_ctx *ctx, *old = v->config_call;
	int fd;

	if (get_user(fd, (int __user *)arg))
		return -EFAULT;
	ctx = vv_eventfd(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	v->config_call = ctx;
	vv_config_join(v);
	vv_eventfd_put(old);
	return 0;
}

void vv_vrings_join(struct vv_device *v)
{
	for (u32 i = 0; i < v->nvqs; i++)
		vv_vring_join(v, i);
	vv_config_join(v);
}

void vv_vrings_part(struct vv_device *v)
{
	struct eventfd_ctx *config = v->config_call;

	v->config_call = NULL;
	vv_config_join(v);
	vv_eventfd_put(config);
	for (u32 i = 0; i < v->nvqs; i++) {
		struct eventfd_ctx *call = v->vrings[i].call;

		vv_kick_stop(&v->vrings[i].kick);
		v->vrings[i].call = NULL;
		vv_vring_join(v, i);
		vv_eventfd_put(call);
		vv_eventfd_put(v->vrings[i].error);
		v->vrings[i].error = NULL;
	}
}
