// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a message that is written to the file ask for? struct vhost_msg and
 * struct vhost_msg_v2: the second one names an address space.
 */
#include <linux/errno.h>
#include <linux/uio.h>
#include <uapi/linux/vhost.h>

#include "vhost_vdpa.h"

/* both forms have the request at the same place */
static_assert(offsetof(struct vhost_msg, iotlb) == offsetof(struct vhost_msg_v2, iotlb));

#define VHOST_MESSAGE_MIN \
	(offsetof(struct vhost_msg_v2, iotlb) + sizeof(struct vhost_iotlb_msg))

static int vhost_message_dispatch(struct vhost_vdpa *v, u8 type,
				  const struct vhost_map_request *req)
{
	switch (type) {
	case VHOST_IOTLB_UPDATE:
		return vhost_map(v, req);
	case VHOST_IOTLB_INVALIDATE:
		return vhost_unmap(v, req);
	case VHOST_IOTLB_BATCH_BEGIN:
		return vhost_map_begin(v, req->asid);
	case VHOST_IOTLB_BATCH_END:
		return vhost_map_end(v, req->asid);
	default:
		return -EINVAL;
	}
}

/* Return: the message's length, all of which counts as written, or a negative errno */
ssize_t vhost_vdpa_message(struct vhost_vdpa *v, struct iov_iter *from)
{
	size_t len = iov_iter_count(from);
	struct vhost_map_request req;
	struct vhost_msg_v2 msg;	/* what is read of it is in every message */
	int ret;

	if (len < VHOST_MESSAGE_MIN || len > sizeof(msg))
		return -EINVAL;
	if (!copy_from_iter_full(&msg, len, from))
		return -EFAULT;
	req = (struct vhost_map_request) {
		.iova = msg.iotlb.iova,
		.size = msg.iotlb.size,
		.uaddr = msg.iotlb.uaddr,
		.perm = msg.iotlb.perm,
	};
	switch (msg.type) {
	case VHOST_IOTLB_MSG:
		break;
	case VHOST_IOTLB_MSG_V2:
		/* before that was agreed on, the field had no meaning */
		if (v->backend_features & BIT_ULL(VHOST_BACKEND_F_IOTLB_ASID))
			req.asid = msg.asid;
		break;
	default:
		return -EINVAL;
	}
	ret = vhost_message_dispatch(v, msg.iotlb.type, &req);
	return ret ?: len;
}
