// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are messages decoded that are written to the file? They are struct vhost_msg or
 * struct vhost_msg_v2; the latter has an address space id.
 */
#include <linux/errno.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <uapi/linux/vhost.h>

#include "vhost_vdpa.h"

/* both have the request at the same offset */
static_assert(offsetof(struct vhost_msg, iotlb) == offsetof(struct vhost_msg_v2, iotlb));

#define VV_MESSAGE_MIN \
	(offsetof(struct vhost_msg_v2, iotlb) + sizeof(struct vhost_iotlb_msg))

static int vv_message_dispatch(struct vv_device *v, u8 type, const struct vv_map_request *req)
{
	switch (type) {
	case VHOST_IOTLB_UPDATE:
		return vv_map(v, req);
	case VHOST_IOTLB_INVALIDATE:
		return vv_unmap(v, req);
	case VHOST_IOTLB_BATCH_BEGIN:
		return vv_map_begin(v, req);
	case VHOST_IOTLB_BATCH_END:
		return vv_map_end(v, req);
	default:
		return -EINVAL;
	}
}

/* Field by field: there are few, and what follows them is not used */
static int vv_message_get(struct vhost_msg_v2 *msg, const struct vhost_msg_v2 __user *from)
{
	if (!user_read_access_begin(from, VV_MESSAGE_MIN))
		return -EFAULT;
	unsafe_get_user(msg->type, &from->type, err_fault);
	unsafe_get_user(msg->asid, &from->asid, err_fault);
	unsafe_get_user(msg->iotlb.iova, &from->iotlb.iova, err_fault);
	unsafe_get_user(msg->iotlb.size, &from->iotlb.size, err_fault);
	unsafe_get_user(msg->iotlb.uaddr, &from->iotlb.uaddr, err_fault);
	unsafe_get_user(msg->iotlb.perm, &from->iotlb.perm, err_fault);
	unsafe_get_user(msg->iotlb.type, &from->iotlb.type, err_fault);
	user_read_access_end();
	return 0;

err_fault:
	user_read_access_end();
	return -EFAULT;
}

static int vv_message_handle(struct vv_device *v, const struct vhost_msg_v2 *msg)
{
	struct vv_map_request req = {
		.iova = msg->iotlb.iova,
		.size = msg->iotlb.size,
		.uaddr = msg->iotlb.uaddr,
		.perm = msg->iotlb.perm,
	};

	if (msg->type == VHOST_IOTLB_MSG_V2)
		req.asid = msg->asid;
	else if (msg->type != VHOST_IOTLB_MSG)
		return -EINVAL;
	return vv_message_dispatch(v, msg->iotlb.type, &req);
}

static bool vv_message_len_valid(size_t len)
{
	return len >= VV_MESSAGE_MIN && len <= sizeof(struct vhost_msg_v2);
}

/* Return: @len, all of which counts as written, or a negative errno */
ssize_t vv_message(struct vv_device *v, const void __user *from, size_t len)
{
	struct vhost_msg_v2 msg;	/* partly initialized: only what VV_MESSAGE_MIN covers */

	if (!vv_message_len_valid(len))
		return -EINVAL;
	if (vv_message_get(&msg, from))
		return -EFAULT;
	return vv_message_handle(v, &msg) ?: len;
}

ssize_t vv_message_parts(struct vv_device *v, struct iov_iter *from)
{
	size_t len = iov_iter_count(from);
	struct vhost_msg_v2 msg;

	if (!vv_message_len_valid(len))
		return -EINVAL;
	if (!copy_from_iter_full(&msg, len, from))
		return -EFAULT;
	return vv_message_handle(v, &msg) ?: len;
}
