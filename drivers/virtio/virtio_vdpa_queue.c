// SPDX-License-Identifier: GPL-2.0-only
/* How are a driver's queues created, started, stopped and deleted? */
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>

#include "virtio_vdpa.h"

static irqreturn_t virtio_vdpa_config_cb(void *private)
{
	virtio_config_changed(private);
	return IRQ_HANDLED;
}

static irqreturn_t virtio_vdpa_vq_cb(void *private)
{
	return vring_interrupt(0, private);
}

static bool virtio_vdpa_notify(struct virtqueue *vq)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);

	vdpa->config->kick_vq(vdpa, vq->index);
	return true;
}

static bool virtio_vdpa_notify_with_data(struct virtqueue *vq)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);

	vdpa->config->kick_vq_with_data(vdpa, vring_notification_data(vq));
	return true;
}

static void virtio_vdpa_set_cb(struct vdpa_device *vdpa, u16 index, struct virtqueue *vq)
{
	struct vdpa_callback cb = {};

	if (vq && vq->callback) {
		cb.callback = virtio_vdpa_vq_cb;
		cb.private = vq;
	}
	vdpa->config->set_vq_cb(vdpa, index, &cb);
}

static void virtio_vdpa_set_config_cb(struct virtio_vdpa *vv, bool on)
{
	struct vdpa_callback cb = {};

	if (on) {
		cb.callback = virtio_vdpa_config_cb;
		cb.private = &vv->vdev;
	}
	vv->vdpa->config->set_config_cb(vv->vdpa, &cb);
}

/* Setting a callback waits until the one before has returned: set the same one again */
void virtio_vdpa_synchronize_cbs(struct virtio_device *vdev)
{
	struct virtio_vdpa *vv = to_virtio_vdpa(vdev);

	if (!vv->vqs)
		return;
	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++)
		if (vv->vqs[i])
			virtio_vdpa_set_cb(vv->vdpa, i, vv->vqs[i]);
	virtio_vdpa_set_config_cb(vv, true);
}

static void virtio_vdpa_first_state(struct virtio_device *vdev, struct vdpa_vq_state *state)
{
	*state = (struct vdpa_vq_state) {};
	/* "the driver and the device each start with a wrap counter of 1" */
	if (virtio_has_feature(vdev, VIRTIO_F_RING_PACKED)) {
		state->packed.avail_wrap = true;
		state->packed.used_wrap = true;
	}
}

/* Configure the device's queue for a ring, and start it */
static int virtio_vdpa_start_vq(struct virtqueue *vq)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);
	const struct vdpa_config_ops *ops = vdpa->config;
	struct vdpa_vq_address address = {
		.desc = virtqueue_get_desc_addr(vq),
		.driver = virtqueue_get_avail_addr(vq),
		.device = virtqueue_get_used_addr(vq),
	};
	struct vdpa_vq_state state;
	int ret;

	virtio_vdpa_first_state(vq->vdev, &state);
	virtio_vdpa_set_cb(vdpa, vq->index, vq);
	ret = ops->set_vq_num(vdpa, vq->index, virtqueue_get_vring_size(vq));
	if (!ret)
		ret = ops->set_vq_address(vdpa, vq->index, &address);
	if (!ret)
		ret = ops->set_vq_state(vdpa, vq->index, &state);
	if (!ret)
		ret = ops->set_vq_ready(vdpa, vq->index, true);
	return ret;
}

/* Return: 0, or a negative errno from a device that cannot stop one queue */
static int virtio_vdpa_stop_vq(struct virtqueue *vq)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);
	int ret;

	ret = vdpa->config->set_vq_ready(vdpa, vq->index, false);
	if (!ret)
		virtio_vdpa_set_cb(vdpa, vq->index, NULL);
	return ret;
}

/* Return: 0 when there is no such queue */
static u16 virtio_vdpa_vq_size(struct vdpa_device *vdpa, u16 index)
{
	return vdpa->config->get_vq_size ? vdpa->config->get_vq_size(vdpa, index) :
		vdpa->info.vq_num_max;
}

/* Queues of a device already broken; virtio_vdpa_break_vqs() is for one that breaks later */
static void virtio_vdpa_set_vq(struct virtio_vdpa *vv, u16 index, struct virtqueue *vq)
{
	spin_lock(&vv->vqs_lock);
	vv->vqs[index] = vq;
	if (vq && vdpa_device_is_broken(vv->vdpa))
		__virtqueue_break(vq);
	spin_unlock(&vv->vqs_lock);
}

/* Drivers that poll a queue see virtqueue_is_broken() and stop */
void virtio_vdpa_break_vqs(struct virtio_vdpa *vv)
{
	spin_lock(&vv->vqs_lock);
	for (u32 i = 0; vv->vqs && i < vv->vdpa->info.nvqs; i++)
		if (vv->vqs[i])
			__virtqueue_break(vv->vqs[i]);
	spin_unlock(&vv->vqs_lock);
}

static int virtio_vdpa_setup_vq(struct virtio_vdpa *vv, u16 index,
				const struct virtqueue_info *info)
{
	struct vdpa_device *vdpa = vv->vdpa;
	bool with_data = virtio_has_feature(&vv->vdev, VIRTIO_F_NOTIFICATION_DATA);
	struct virtqueue *vq;
	u16 num;

	/* left ready by a former user */
	if (vdpa->config->get_vq_ready(vdpa, index))
		return -ENOENT;
	num = virtio_vdpa_vq_size(vdpa, index);
	if (!num)
		return -ENOENT;
	vq = vring_create_virtqueue(index, num, vdpa->info.vq_align, &vv->vdev, true,
				    num > vdpa->info.vq_num_min, info->ctx,
				    with_data ? virtio_vdpa_notify_with_data : virtio_vdpa_notify,
				    info->callback, info->name);
	if (!vq)
		return -ENOMEM;
	vq->num_max = num;
	/* set before it starts: on failure virtio_vdpa_del_vqs() stops it with the others */
	virtio_vdpa_set_vq(vv, index, vq);
	return virtio_vdpa_start_vq(vq);
}

/* After the return the device does not access the rings */
static void virtio_vdpa_stop_vqs(struct virtio_vdpa *vv)
{
	int ret = 0;

	for (u32 i = 0; !ret && i < vv->vdpa->info.nvqs; i++)
		if (vv->vqs[i])
			ret = virtio_vdpa_stop_vq(vv->vqs[i]);
	if (ret)
		vv->vdev.config->reset(&vv->vdev);
}

void virtio_vdpa_del_vqs(struct virtio_device *vdev)
{
	struct virtio_vdpa *vv = to_virtio_vdpa(vdev);
	struct virtqueue **vqs;

	if (!vv->vqs)
		return;
	virtio_vdpa_set_config_cb(vv, false);
	virtio_vdpa_stop_vqs(vv);
	spin_lock(&vv->vqs_lock);
	vqs = vv->vqs;
	vv->vqs = NULL;
	spin_unlock(&vv->vqs_lock);
	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++) {
		if (!vqs[i])
			continue;
		virtio_vdpa_set_affinity(vqs[i], NULL);
		vring_del_virtqueue(vqs[i]);
	}
	kfree(vqs);
}

static int virtio_vdpa_setup_vqs(struct virtio_vdpa *vv, unsigned int n, struct virtqueue *vqs[],
				 struct virtqueue_info info[])
{
	u16 index = 0;

	for (unsigned int i = 0; i < n; i++) {
		int ret;

		vqs[i] = NULL;
		/* the driver does not use a queue without a name */
		if (!info[i].name)
			continue;
		if (index >= vv->vdpa->info.nvqs)
			return -ENOENT;
		ret = virtio_vdpa_setup_vq(vv, index, &info[i]);
		if (ret)
			return ret;
		vqs[i] = vv->vqs[index++];
	}
	virtio_vdpa_set_config_cb(vv, true);
	return 0;
}

int virtio_vdpa_find_vqs(struct virtio_device *vdev, unsigned int n,
			 struct virtqueue *vqs[], struct virtqueue_info info[],
			 struct irq_affinity *affinity)
{
	struct virtio_vdpa *vv = to_virtio_vdpa(vdev);
	struct virtqueue **none;
	int ret;

	none = kcalloc(vv->vdpa->info.nvqs, sizeof(*none), GFP_KERNEL);
	if (!none)
		return -ENOMEM;
	spin_lock(&vv->vqs_lock);
	vv->vqs = none;
	spin_unlock(&vv->vqs_lock);
	ret = virtio_vdpa_setup_vqs(vv, n, vqs, info);
	if (ret)
		virtio_vdpa_del_vqs(vdev);
	else if (affinity && vv->vdpa->config->set_vq_affinity)
		virtio_vdpa_spread(vv, affinity);
	return ret;
}

VIRTIO_DEFINE_FIND_VQS(virtio_vdpa_find_vqs)

int virtio_vdpa_disable_vq(struct virtqueue *vq)
{
	int ret = virtio_vdpa_stop_vq(vq);

	if (ret)
		return ret;
	if (IS_ENABLED(CONFIG_VIRTIO_HARDEN_NOTIFICATION))
		__virtqueue_break(vq);
	return 0;
}

int virtio_vdpa_enable_vq(struct virtqueue *vq)
{
	if (IS_ENABLED(CONFIG_VIRTIO_HARDEN_NOTIFICATION))
		__virtqueue_unbreak(vq);
	return virtio_vdpa_start_vq(vq);
}
