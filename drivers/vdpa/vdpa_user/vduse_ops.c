// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does each operation of the vDPA bus do?
 *
 * Most record state that the daemon reads by ioctl when it needs it. What the daemon must
 * know at once is a message; vduse.h has the rule for locks.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ring.h>

#include "vduse.h"

/* Without them, addresses and byte order would have another meaning */
#define VDUSE_NEEDS	(BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

#define VDUSE_PACKED_INDEX	0x7fff

static struct vduse_queue *vduse_queue(struct vdpa_device *vdev, u16 idx)
{
	return &vdev_to_vduse(vdev)->queues[idx];
}

/* What a device writes to: used elements, or descriptors; and events at the end */
static int vduse_allow_write(struct vduse_dev *dev, u32 num, const struct vdpa_vq_address *address)
{
	int ret;

	if (!(dev->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED)))
		return vduse_domain_allow_write(dev->domain, address->device,
						sizeof(struct vring_used) + sizeof(__virtio16) +
						num * sizeof(struct vring_used_elem));
	ret = vduse_domain_allow_write(dev->domain, address->desc,
				       num * sizeof(struct vring_packed_desc));
	return ret ?: vduse_domain_allow_write(dev->domain, address->device,
					       sizeof(struct vring_packed_desc_event));
}

static int vduse_set_vq_address(struct vdpa_device *vdev, u16 idx,
				const struct vdpa_vq_address *address)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	int ret;

	ret = vduse_allow_write(dev, dev->queues[idx].num ?: 1, address);
	if (ret)
		return ret;
	spin_lock_irq(&dev->state_lock);
	dev->queues[idx].address = *address;
	spin_unlock_irq(&dev->state_lock);
	return 0;
}

static int vduse_set_vq_num(struct vdpa_device *vdev, u16 idx, u32 num)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);

	if (!num || num > dev->queues[idx].max_size)
		return -EINVAL;
	spin_lock_irq(&dev->state_lock);
	dev->queues[idx].num = num;
	spin_unlock_irq(&dev->state_lock);
	return 0;
}

static int vduse_set_vq_state(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_state *state)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);

	spin_lock_irq(&dev->state_lock);
	dev->queues[idx].state = *state;
	spin_unlock_irq(&dev->state_lock);
	return 0;
}

/* The daemon's values are masked to what the fields can hold */
static void vduse_state_of(const struct vduse_dev *dev, const struct vduse_vq_state *from,
			   struct vdpa_vq_state *to)
{
	if (!(dev->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED))) {
		to->split.avail_index = from->split.avail_index;
		return;
	}
	to->packed.avail_index = from->packed.last_avail_idx & VDUSE_PACKED_INDEX;
	to->packed.avail_wrap = from->packed.last_avail_counter & 1;
	to->packed.used_index = from->packed.last_used_idx & VDUSE_PACKED_INDEX;
	to->packed.used_wrap = from->packed.last_used_counter & 1;
}

static int vduse_get_vq_state(struct vdpa_device *vdev, u16 idx, struct vdpa_vq_state *state)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	struct vduse_dev_request request = {
		.type = VDUSE_GET_VQ_STATE,
		.vq_state.index = idx,
	};
	struct vduse_dev_response response;
	int ret;

	ret = vduse_send(dev, &request, &response);
	if (!ret)
		vduse_state_of(dev, &response.vq_state, state);
	return ret;
}

bool vduse_responds(struct vduse_dev *dev)
{
	struct vduse_dev_request request = { .type = VDUSE_GET_VQ_STATE };
	struct vduse_dev_response response;

	/* a refusal is an answer */
	return !vduse_send(dev, &request, &response) || !vduse_unresponsive(dev);
}

static int vduse_send_ready(struct vduse_dev *dev, u16 idx, bool ready)
{
	struct vduse_dev_request request = {
		.type = VDUSE_SET_VQ_READY,
		.vq_ready = { .num = idx, .ready = ready },
	};

	if (!vduse_has(dev, VDUSE_F_QUEUE_READY))
		return 0;
	return vduse_send(dev, &request, NULL);
}

/*
 * Without VDUSE_F_QUEUE_READY the daemon cannot be told, and serves a queue until a reset.
 * A daemon with the feature that refuses, or does not answer, breaks the device.
 */
static int vduse_stop_vq(struct vduse_queue *queue)
{
	struct vduse_dev *dev = queue->dev;
	int ret;

	if (!vduse_is_ready(queue))
		return 0;
	if (!vduse_has(dev, VDUSE_F_QUEUE_READY) &&
	    READ_ONCE(dev->status) & VIRTIO_CONFIG_S_DRIVER_OK)
		return -EOPNOTSUPP;
	vduse_set_ready(queue, false);
	ret = vduse_send_ready(dev, queue->index, false);
	if (ret)
		vdpa_device_broken(&dev->vdpa->vdev);
	return ret;
}

/* Ready before the message: the daemon reads the state when it gets it */
static int vduse_start_vq(struct vduse_queue *queue)
{
	int ret;

	if (vduse_is_ready(queue))
		return 0;
	vduse_set_ready(queue, true);
	ret = vduse_send_ready(queue->dev, queue->index, true);
	if (ret)
		vduse_set_ready(queue, false);
	return ret;
}

static int vduse_set_vq_ready(struct vdpa_device *vdev, u16 idx, bool ready)
{
	struct vduse_queue *queue = vduse_queue(vdev, idx);

	return ready ? vduse_start_vq(queue) : vduse_stop_vq(queue);
}

static bool vduse_get_vq_ready(struct vdpa_device *vdev, u16 idx)
{
	return vduse_is_ready(vduse_queue(vdev, idx));
}

static void vduse_set_vq_cb(struct vdpa_device *vdev, u16 idx, const struct vdpa_callback *cb)
{
	vduse_set_cb(vduse_queue(vdev, idx), cb);
}

static void vduse_kick_vq(struct vdpa_device *vdev, u16 idx)
{
	vduse_kick(vduse_queue(vdev, idx));
}

/* The daemon is not told of one that is set after DRIVER_OK */
static int vduse_set_vq_kick(struct vdpa_device *vdev, u16 idx, struct file *eventfd)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);

	if (!vduse_has(dev, VDUSE_F_KICKFD))
		return -EOPNOTSUPP;
	if (eventfd && READ_ONCE(dev->status) & VIRTIO_CONFIG_S_DRIVER_OK)
		return -EOPNOTSUPP;
	vduse_set_driver_kick(&dev->queues[idx], eventfd);
	return 0;
}

static u16 vduse_get_vq_size(struct vdpa_device *vdev, u16 idx)
{
	return vduse_queue(vdev, idx)->max_size;
}

static u32 vduse_get_vq_group(struct vdpa_device *vdev, u16 idx)
{
	return vduse_queue(vdev, idx)->group;
}

/*
 * Only recorded, for drivers that choose a queue by it. It does not place callbacks: they
 * are fastest on the daemon's CPU, and blk-mq completes a request on the submitter's.
 */
static int vduse_set_vq_affinity(struct vdpa_device *vdev, u16 idx, const struct cpumask *mask)
{
	struct vduse_queue *queue = vduse_queue(vdev, idx);
	struct cpumask *wish = NULL;

	if (mask) {
		wish = kmemdup(mask, cpumask_size(), GFP_KERNEL);
		if (!wish)
			return -ENOMEM;
	}
	kfree(queue->wish);
	queue->wish = wish;
	return 0;
}

static const struct cpumask *vduse_get_vq_affinity(struct vdpa_device *vdev, u16 idx)
{
	return vduse_queue(vdev, idx)->wish;
}

static int vduse_set_driver_features(struct vdpa_device *vdev, u64 features)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);

	if (~features & VDUSE_NEEDS)
		return -EINVAL;
	spin_lock_irq(&dev->state_lock);
	dev->driver_features = features;
	spin_unlock_irq(&dev->state_lock);
	return 0;
}

static u8 vduse_get_status(struct vdpa_device *vdev)
{
	return READ_ONCE(vdev_to_vduse(vdev)->status);
}

/* If the daemon refuses, the status is unchanged, which the driver can read */
static void vduse_set_status(struct vdpa_device *vdev, u8 status)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	struct vduse_dev_request request = {
		.type = VDUSE_SET_STATUS,
		.s.status = status,
	};

	if (vduse_send(dev, &request, NULL))
		return;
	/* NEEDS_RESET may have been set in the meantime; only a reset clears it */
	spin_lock_irq(&dev->state_lock);
	WRITE_ONCE(dev->status, status | (dev->status & VIRTIO_CONFIG_S_NEEDS_RESET));
	spin_unlock_irq(&dev->state_lock);
}

static void vduse_forget_queue(struct vduse_queue *queue)
{
	static const struct vdpa_callback none;

	vduse_set_ready(queue, false);
	vduse_set_cb(queue, &none);
	vduse_set_kickfd(queue, NULL);
	vduse_set_callfd(queue, NULL);
	vduse_set_driver_kick(queue, NULL);
	spin_lock_irq(&queue->dev->state_lock);
	queue->num = 0;
	queue->address = (struct vdpa_vq_address) {};
	/* in a packed ring, both wrap counters start at 1 */
	queue->state = (struct vdpa_vq_state) {
		.packed = { .avail_wrap = true, .used_wrap = true },
	};
	spin_unlock_irq(&queue->dev->state_lock);
}

static void vduse_forget(struct vduse_dev *dev)
{
	static const struct vdpa_callback none;

	spin_lock_irq(&dev->state_lock);
	WRITE_ONCE(dev->status, 0);
	WRITE_ONCE(dev->suspended, false);
	WRITE_ONCE(dev->generation, dev->generation + 1);
	dev->driver_features = 0;
	spin_unlock_irq(&dev->state_lock);
	vduse_config_set_cb(dev, &none);
	for (u32 i = 0; i < dev->nvqs; i++)
		vduse_forget_queue(&dev->queues[i]);
}

static int vduse_send_group(struct vduse_dev *dev, u32 group, u32 asid)
{
	struct vduse_dev_request request = {
		.type = VDUSE_SET_VQ_GROUP_ASID,
		.vq_group_asid = { .group = group, .asid = asid },
	};

	return vduse_send(dev, &request, NULL);
}

/* Groups that are already in address space 0 need no message */
static int vduse_groups_back(struct vduse_dev *dev)
{
	int ret = 0;

	for (u32 i = 0; i < dev->ngroups; i++) {
		if (dev->group_asid[i] && !ret)
			ret = vduse_send_group(dev, i, 0);
		dev->group_asid[i] = 0;
	}
	return ret;
}

static int vduse_reset(struct vdpa_device *vdev)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	int ret;

	ret = vduse_send_reset(dev);
	vduse_forget(dev);
	/* the next daemon starts with all groups in address space 0 */
	if (ret || !READ_ONCE(dev->answers)) {
		memset(dev->group_asid, 0, dev->ngroups * sizeof(*dev->group_asid));
		return ret;
	}
	return vduse_groups_back(dev);
}

static int vduse_suspend(struct vdpa_device *vdev)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	struct vduse_dev_request request = { .type = VDUSE_SUSPEND };
	int ret;

	ret = vduse_send(dev, &request, NULL);
	if (!ret)
		WRITE_ONCE(dev->suspended, true);
	return ret;
}

/* The daemon may interrupt the driver before it answers; kicks wait until it has */
static int vduse_resume(struct vdpa_device *vdev)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	struct vduse_dev_request request = { .type = VDUSE_RESUME };
	int ret;

	if (!dev->suspended)
		return 0;
	WRITE_ONCE(dev->suspended, false);
	ret = vduse_send(dev, &request, NULL);
	if (ret) {
		WRITE_ONCE(dev->suspended, true);
		return ret;
	}
	for (u32 i = 0; i < dev->nvqs; i++)
		vduse_kick_kept(&dev->queues[i]);
	return 0;
}

static void vduse_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf,
			     unsigned int len)
{
	vduse_config_read(vdev_to_vduse(vdev), offset, buf, len);
}

/* There is no message for it: features with fields that a driver writes are not offered */
static void vduse_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
			     unsigned int len)
{
}

static u32 vduse_get_generation(struct vdpa_device *vdev)
{
	return READ_ONCE(vdev_to_vduse(vdev)->generation);
}

static void vduse_set_config_cb(struct vdpa_device *vdev, const struct vdpa_callback *cb)
{
	vduse_config_set_cb(vdev_to_vduse(vdev), cb);
}

static void vduse_free(struct vdpa_device *vdev)
{
	vduse_dev_put(vdev_to_vduse(vdev));
}

const struct vdpa_config_ops vduse_config_ops = {
	.set_vq_address = vduse_set_vq_address,
	.set_vq_num = vduse_set_vq_num,
	.set_vq_state = vduse_set_vq_state,
	.get_vq_state = vduse_get_vq_state,
	.set_vq_ready = vduse_set_vq_ready,
	.get_vq_ready = vduse_get_vq_ready,
	.set_vq_cb = vduse_set_vq_cb,
	.kick_vq = vduse_kick_vq,
	.set_vq_kick = vduse_set_vq_kick,
	.get_vq_size = vduse_get_vq_size,
	.get_vq_group = vduse_get_vq_group,
	.set_vq_affinity = vduse_set_vq_affinity,
	.get_vq_affinity = vduse_get_vq_affinity,
	.set_driver_features = vduse_set_driver_features,
	.get_status = vduse_get_status,
	.set_status = vduse_set_status,
	.reset = vduse_reset,
	.suspend = vduse_suspend,
	.resume = vduse_resume,
	.get_config = vduse_get_config,
	.set_config = vduse_set_config,
	.get_generation = vduse_get_generation,
	.set_config_cb = vduse_set_config_cb,
	.free = vduse_free,
};

/*
 * A daemon maps memory by a file, in whole pages. QEMU also maps the guest's firmware, which is
 * in no file, and does without the device when that fails: skip it, as Linux 7.3 does. A
 * daemon that asks for such an address is told that nothing is there.
 */
static int vduse_map(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size, u64 addr,
		     u32 perm, void *opaque)
{
	struct vdpa_map_file *file = opaque;

	if (!file) {
		dev_info_ratelimited(&vdev->dev,
				     "mapping skipped: iova %#llx size %#llx is not in a shared file\n",
				     iova, size);
		return 0;
	}
	if (!PAGE_ALIGNED(file->offset) || !PAGE_ALIGNED(size)) {
		dev_warn_ratelimited(&vdev->dev,
				     "mapping refused: iova %#llx size %#llx is not whole pages\n",
				     iova, size);
		return -EINVAL;
	}
	return vduse_space_add(&vdev_to_vduse(vdev)->spaces[asid], iova, iova + size - 1, addr,
			       perm, file);
}

static void vduse_unmap(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size)
{
	vduse_space_del(&vdev_to_vduse(vdev)->spaces[asid], iova, iova + size - 1);
}

/* One message for all that was unmapped. Additions need none: the daemon fetches them */
static int vduse_map_sync(struct vdpa_device *vdev, unsigned int asid)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	struct vduse_dev_request request = { .type = VDUSE_UPDATE_IOTLB };
	u64 first, last;

	if (!vduse_space_changed(&dev->spaces[asid], &first, &last))
		return 0;
	if (dev->api_version < VDUSE_API_VERSION_1)
		request.iova = (struct vduse_iova_range) { first, last };
	else
		request.iova_v2 = (struct vduse_iova_range_v2) { first, last, asid };
	return vduse_send(dev, &request, NULL);
}

/* Like any unmapping: the daemon gets one message, though its queues are reset */
static void vduse_reset_map(struct vdpa_device *vdev, unsigned int asid)
{
	vduse_space_del(&vdev_to_vduse(vdev)->spaces[asid], 0, U64_MAX);
	vduse_map_sync(vdev, asid);
}

static int vduse_set_identity(struct vdpa_device *vdev, bool identity)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	u64 last = dev->bounce_size - 1;

	if (!identity) {
		vduse_space_del(&dev->spaces[0], 0, last);
		return 0;
	}
	if (!dev->domain)
		return -ENOMEM;
	return vduse_space_add(&dev->spaces[0], 0, last, 0, VHOST_MAP_RW, NULL);
}

static int vduse_set_group_asid(struct vdpa_device *vdev, unsigned int group, unsigned int asid)
{
	struct vduse_dev *dev = vdev_to_vduse(vdev);
	int ret;

	if (dev->api_version < VDUSE_API_VERSION_1)
		return -EINVAL;
	ret = vduse_send_group(dev, group, asid);
	if (!ret)
		dev->group_asid[group] = asid;
	return ret;
}

const struct vdpa_map_ops vduse_map_ops = {
	.map = vduse_map,
	.unmap = vduse_unmap,
	.map_sync = vduse_map_sync,
	.reset_map = vduse_reset_map,
	.set_identity = vduse_set_identity,
	.set_group_asid = vduse_set_group_asid,
};
