// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a kernel virtio driver run on a vDPA device?
 *
 * Its rings are ordinary ones, in memory that the DMA API maps for the vDPA
 * device's DMA device: for that the virtio device's parent is the DMA device. A
 * device may bring operations that map in place of the DMA API. One with a
 * translation of its own is asked to take these addresses.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vdpa.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

struct virtio_vdpa {
	struct virtio_device vdev;
	struct vdpa_device *vdpa;
	struct virtqueue **vqs;		/* of vdpa->info.nvqs, NULL where none is */
};

static struct virtio_vdpa *to_virtio_vdpa(struct virtio_device *vdev)
{
	return container_of(vdev, struct virtio_vdpa, vdev);
}

static struct vdpa_device *vdev_to_vdpa(struct virtio_device *vdev)
{
	return to_virtio_vdpa(vdev)->vdpa;
}

static void virtio_vdpa_get(struct virtio_device *vdev, unsigned int offset, void *buf,
			    unsigned int len)
{
	vdpa_get_config(vdev_to_vdpa(vdev), offset, buf, len);
}

static void virtio_vdpa_set(struct virtio_device *vdev, unsigned int offset, const void *buf,
			    unsigned int len)
{
	vdpa_set_config(vdev_to_vdpa(vdev), offset, buf, len);
}

static u32 virtio_vdpa_generation(struct virtio_device *vdev)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	return vdpa->config->get_generation ? vdpa->config->get_generation(vdpa) : 0;
}

static u8 virtio_vdpa_get_status(struct virtio_device *vdev)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	return vdpa->config->get_status(vdpa);
}

static void virtio_vdpa_set_status(struct virtio_device *vdev, u8 status)
{
	vdpa_set_status(vdev_to_vdpa(vdev), status);
}

static void virtio_vdpa_reset(struct virtio_device *vdev)
{
	int ret = vdpa_reset(vdev_to_vdpa(vdev));

	/* the driver cannot be told; the device refuses to work from here on */
	if (ret)
		dev_err_ratelimited(&vdev->dev, "the device did not reset: %d\n", ret);
}

static u64 virtio_vdpa_get_features(struct virtio_device *vdev)
{
	const struct vdpa_info *info = &vdev_to_vdpa(vdev)->info;

	return info->features & ~info->kernel_denied;
}

/* What this transport does itself, which the ring code does not know of and clears */
static u64 virtio_vdpa_own_features(struct virtio_device *vdev)
{
	return virtio_vdpa_get_features(vdev) & BIT_ULL(VIRTIO_F_RING_RESET);
}

/* What a driver agreed on whose probe then failed stays until a reset: the next try begins anew */
static void virtio_vdpa_start_over(struct virtio_device *vdev)
{
	if (!(virtio_vdpa_get_status(vdev) &
	      (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_FAILED)))
		return;
	virtio_vdpa_reset(vdev);
	virtio_vdpa_set_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
}

static int virtio_vdpa_finalize_features(struct virtio_device *vdev)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	virtio_vdpa_start_over(vdev);
	vring_transport_features(vdev);
	vdev->features |= virtio_vdpa_own_features(vdev);
	if (!VRING_HAS_NOTIFICATION_DATA || !vdpa->config->kick_vq_with_data)
		vdev->features &= ~BIT_ULL(VIRTIO_F_NOTIFICATION_DATA);
	return vdpa_set_features(vdpa, vdev->features);
}

static const char *virtio_vdpa_bus_name(struct virtio_device *vdev)
{
	return dev_name(&vdev_to_vdpa(vdev)->dev);
}

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

/* Setting a callback waits for the end of the one before: the same one again does that */
static void virtio_vdpa_synchronize_cbs(struct virtio_device *vdev)
{
	struct virtio_vdpa *vv = to_virtio_vdpa(vdev);

	for (u32 i = 0; vv->vqs && i < vv->vdpa->info.nvqs; i++)
		if (vv->vqs[i])
			virtio_vdpa_set_cb(vv->vdpa, i, vv->vqs[i]);
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

/* Tell the device of a ring that is there, and start it */
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

static void virtio_vdpa_stop_vq(struct virtqueue *vq)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);

	vdpa->config->set_vq_ready(vdpa, vq->index, false);
	virtio_vdpa_set_cb(vdpa, vq->index, NULL);
}

static u16 virtio_vdpa_vq_size(struct vdpa_device *vdpa, u16 index)
{
	u16 size = vdpa->config->get_vq_size ? vdpa->config->get_vq_size(vdpa, index) : 0;

	return size ?: vdpa->info.vq_num_max;
}

static int virtio_vdpa_setup_vq(struct virtio_vdpa *vv, u16 index,
				const struct virtqueue_info *info)
{
	struct vdpa_device *vdpa = vv->vdpa;
	bool with_data = virtio_has_feature(&vv->vdev, VIRTIO_F_NOTIFICATION_DATA);
	struct virtqueue *vq;
	u16 num;
	int ret;

	/* in use by someone else, who forgot it */
	if (vdpa->config->get_vq_ready(vdpa, index))
		return -ENOENT;
	num = virtio_vdpa_vq_size(vdpa, index);
	vq = vring_create_virtqueue(index, num, vdpa->info.vq_align, &vv->vdev, true,
				    num > vdpa->info.vq_num_min, info->ctx,
				    with_data ? virtio_vdpa_notify_with_data : virtio_vdpa_notify,
				    info->callback, info->name);
	if (!vq)
		return -ENOMEM;
	vq->num_max = num;
	ret = virtio_vdpa_start_vq(vq);
	if (ret) {
		virtio_vdpa_stop_vq(vq);
		vring_del_virtqueue(vq);
		return ret;
	}
	vv->vqs[index] = vq;
	return 0;
}

/* A wish: the queues work without it */
static int virtio_vdpa_set_affinity(struct virtqueue *vq, const struct cpumask *mask)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vq->vdev);

	if (!vdpa->config->set_vq_affinity)
		return 0;
	return vdpa->config->set_vq_affinity(vdpa, vq->index, mask);
}

static const struct cpumask *virtio_vdpa_get_affinity(struct virtio_device *vdev, int index)
{
	struct vdpa_device *vdpa = vdev_to_vdpa(vdev);

	return vdpa->config->get_vq_affinity ? vdpa->config->get_vq_affinity(vdpa, index) : NULL;
}

/*
 * Which processors does the nth of @count queues get? Each processor belongs to one
 * queue, for drivers choose a queue that way; queues share where there are more of them.
 */
static void virtio_vdpa_share(struct cpumask *mask, unsigned int n, unsigned int count)
{
	unsigned int cpus = num_possible_cpus(), cpu, at = 0;
	unsigned int first = n * cpus / count, end = max((n + 1) * cpus / count, first + 1);

	cpumask_clear(mask);
	for_each_possible_cpu(cpu) {
		if (at >= first && at < end)
			cpumask_set_cpu(cpu, mask);
		at++;
	}
}

static bool virtio_vdpa_interrupts(const struct virtqueue *vq)
{
	return vq && vq->callback;
}

/*
 * The driver leaves it to us where its queues go, but for the first and the last of
 * them that @affinity counts. What does not interrupt has no place of its own.
 */
static void virtio_vdpa_spread(struct virtio_vdpa *vv, const struct irq_affinity *affinity)
{
	unsigned int count = 0, n = 0;
	cpumask_var_t mask;

	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++)
		count += virtio_vdpa_interrupts(vv->vqs[i]);
	if (count <= affinity->pre_vectors + affinity->post_vectors ||
	    !alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	count -= affinity->pre_vectors + affinity->post_vectors;
	for (u32 i = 0; i < vv->vdpa->info.nvqs; i++) {
		if (!virtio_vdpa_interrupts(vv->vqs[i]) || n++ < affinity->pre_vectors)
			continue;
		if (n - 1 - affinity->pre_vectors >= count)
			break;
		virtio_vdpa_share(mask, n - 1 - affinity->pre_vectors, count);
		virtio_vdpa_set_affinity(vv->vqs[i], mask);
	}
	free_cpumask_var(mask);
}

static void virtio_vdpa_del_vqs(struct virtio_device *vdev)
{
	struct virtio_vdpa *vv = to_virtio_vdpa(vdev);

	for (u32 i = 0; vv->vqs && i < vv->vdpa->info.nvqs; i++) {
		if (!vv->vqs[i])
			continue;
		virtio_vdpa_stop_vq(vv->vqs[i]);
		virtio_vdpa_set_affinity(vv->vqs[i], NULL);
		vring_del_virtqueue(vv->vqs[i]);
	}
	kfree(vv->vqs);
	vv->vqs = NULL;
}

static int virtio_vdpa_setup_vqs(struct virtio_vdpa *vv, unsigned int n, struct virtqueue *vqs[],
				 struct virtqueue_info info[])
{
	struct vdpa_callback cb = { .callback = virtio_vdpa_config_cb, .private = &vv->vdev };
	u16 index = 0;

	for (unsigned int i = 0; i < n; i++) {
		int ret;

		vqs[i] = NULL;
		/* a queue without a name is one the driver does not use */
		if (!info[i].name)
			continue;
		if (index >= vv->vdpa->info.nvqs)
			return -ENOENT;
		ret = virtio_vdpa_setup_vq(vv, index, &info[i]);
		if (ret)
			return ret;
		vqs[i] = vv->vqs[index++];
	}
	vv->vdpa->config->set_config_cb(vv->vdpa, &cb);
	return 0;
}

VIRTIO_DECLARE_FIND_VQS(virtio_vdpa_find_vqs);

int virtio_vdpa_find_vqs(struct virtio_device *vdev, unsigned int n,
			 struct virtqueue *vqs[], struct virtqueue_info info[],
			 struct irq_affinity *affinity)
{
	struct virtio_vdpa *vv = to_virtio_vdpa(vdev);
	int ret;

	vv->vqs = kcalloc(vv->vdpa->info.nvqs, sizeof(*vv->vqs), GFP_KERNEL);
	if (!vv->vqs)
		return -ENOMEM;
	ret = virtio_vdpa_setup_vqs(vv, n, vqs, info);
	if (ret)
		virtio_vdpa_del_vqs(vdev);
	else if (affinity && vv->vdpa->config->set_vq_affinity)
		virtio_vdpa_spread(vv, affinity);
	return ret;
}

VIRTIO_DEFINE_FIND_VQS(virtio_vdpa_find_vqs)

static int virtio_vdpa_disable_vq(struct virtqueue *vq)
{
	virtio_vdpa_stop_vq(vq);
#ifdef CONFIG_VIRTIO_HARDEN_NOTIFICATION
	__virtqueue_break(vq);
#endif
	return 0;
}

static int virtio_vdpa_enable_vq(struct virtqueue *vq)
{
#ifdef CONFIG_VIRTIO_HARDEN_NOTIFICATION
	__virtqueue_unbreak(vq);
#endif
	return virtio_vdpa_start_vq(vq);
}

static const struct virtio_config_ops virtio_vdpa_ops = {
	/* queues */
	.find_vqs = VIRTIO_FIND_VQS(virtio_vdpa_find_vqs),
	.disable_vq_and_reset = virtio_vdpa_disable_vq,
	.enable_vq_after_reset = virtio_vdpa_enable_vq,
	.get_vq_affinity = virtio_vdpa_get_affinity,
	.set_vq_affinity = virtio_vdpa_set_affinity,
	.synchronize_cbs = virtio_vdpa_synchronize_cbs,
	.del_vqs = virtio_vdpa_del_vqs,
	/* the device */
	.bus_name = virtio_vdpa_bus_name,
	.reset = virtio_vdpa_reset,
	.get_status = virtio_vdpa_get_status,
	.set_status = virtio_vdpa_set_status,
	.get_features = virtio_vdpa_get_features,
	.finalize_features = virtio_vdpa_finalize_features,
	/* its configuration space */
	.generation = virtio_vdpa_generation,
	.get = virtio_vdpa_get,
	.set = virtio_vdpa_set,
};

static void virtio_vdpa_release(struct device *dev)
{
	kfree(to_virtio_vdpa(dev_to_virtio(dev)));
}

static int virtio_vdpa_identity(struct vdpa_device *vdpa, bool identity)
{
	return vdpa->map ? vdpa->map->set_identity(vdpa, identity) : 0;
}

static int virtio_vdpa_map(struct virtio_vdpa *vv)
{
	const struct virtio_map_ops *dma = vv->vdpa->dma;
	int ret = dma ? virtio_map_attach(&vv->vdev, dma) : 0;

	if (ret)
		return ret;
	ret = virtio_vdpa_identity(vv->vdpa, true);
	if (ret && dma)
		virtio_map_detach(vv->vdpa->dma_dev);
	return ret;
}

static void virtio_vdpa_unmap(struct vdpa_device *vdpa)
{
	virtio_vdpa_identity(vdpa, false);
	if (vdpa->dma)
		virtio_map_detach(vdpa->dma_dev);
}

static int virtio_vdpa_probe(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv;
	int ret;

	if (vdpa->map && !vdpa->map->set_identity) {
		dev_info(&vdpa->dev, "only for processes: the kernel's memory cannot be mapped\n");
		return -ENODEV;
	}
	ret = vdpa_reset(vdpa);
	if (ret)
		return ret;
	vv = kzalloc(sizeof(*vv), GFP_KERNEL);
	if (!vv)
		return -ENOMEM;
	vv->vdpa = vdpa;
	vv->vdev.dev.parent = vdpa->dma_dev;
	vv->vdev.dev.release = virtio_vdpa_release;
	vv->vdev.config = &virtio_vdpa_ops;
	vv->vdev.id.device = vdpa->info.device_id;
	vv->vdev.id.vendor = vdpa->info.vendor_id;
	dev_set_drvdata(&vdpa->dev, vv);
	ret = virtio_vdpa_map(vv);
	if (ret) {
		kfree(vv);
		return ret;
	}
	ret = register_virtio_device(&vv->vdev);
	if (ret) {
		virtio_vdpa_unmap(vdpa);
		/* it took a reference, whether it failed early or late */
		put_device(&vv->vdev.dev);
	}
	return ret;
}

static void virtio_vdpa_remove(struct vdpa_device *vdpa)
{
	struct virtio_vdpa *vv = dev_get_drvdata(&vdpa->dev);

	unregister_virtio_device(&vv->vdev);
	virtio_vdpa_unmap(vdpa);
}

static struct vdpa_driver virtio_vdpa_driver = {
	.driver.name = "virtio_vdpa",
	.probe = virtio_vdpa_probe,
	.remove = virtio_vdpa_remove,
};

static int __init virtio_vdpa_init(void)
{
	return vdpa_register_driver(&virtio_vdpa_driver);
}
module_init(virtio_vdpa_init);

static void __exit virtio_vdpa_exit(void)
{
	vdpa_unregister_driver(&virtio_vdpa_driver);
}
module_exit(virtio_vdpa_exit);

MODULE_DESCRIPTION("Kernel virtio drivers on vDPA devices");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
