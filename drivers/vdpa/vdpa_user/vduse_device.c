// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is a device made of?
 *
 * It is freed with the last reference: the registry, an open node and the device on the
 * vDPA bus have one each. Its parameters were checked by the caller.
 */
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vduse.h"

static void vduse_free_queues(struct vduse_dev *dev)
{
	for (u32 i = 0; dev->queues && i < dev->nvqs; i++) {
		vduse_callfd_stop(&dev->queues[i]);
		vduse_event_stop(&dev->queues[i]);
		kfree(dev->queues[i].wish);
		free_cpumask_var(dev->queues[i].allowed);
	}
	kvfree(dev->queues);
}

static void vduse_dev_release(struct device *device)
{
	struct vduse_dev *dev = container_of(device, struct vduse_dev, dev);

	vduse_send_exit(dev);
	vduse_free_queues(dev);
	for (u32 i = 0; dev->spaces && i < dev->nas; i++)
		vduse_space_destroy(&dev->spaces[i]);
	if (dev->domain)
		vduse_domain_put(dev->domain);
	if (dev->owner)
		vduse_owner_put(dev->owner);
	kvfree(dev->spaces);
	kvfree(dev->group_asid);
	kvfree(dev->config);
	mutex_destroy(&dev->lock);
	kfree(dev);
}

static int vduse_create_queues(struct vduse_dev *dev)
{
	dev->queues = kvcalloc(dev->nvqs, sizeof(*dev->queues), GFP_KERNEL_ACCOUNT);
	if (!dev->queues)
		return -ENOMEM;
	for (u32 i = 0; i < dev->nvqs; i++) {
		struct vduse_queue *queue = &dev->queues[i];

		queue->dev = dev;
		queue->index = i;
		vduse_event_init(queue);
		vduse_callfd_init(queue);
	}
	/* from here on vduse_free_queues() can free all of them */
	for (u32 i = 0; i < dev->nvqs; i++) {
		if (!alloc_cpumask_var(&dev->queues[i].allowed, GFP_KERNEL_ACCOUNT))
			return -ENOMEM;
		cpumask_setall(dev->queues[i].allowed);
	}
	return 0;
}

static int vduse_create_spaces(struct vduse_dev *dev)
{
	dev->group_asid = kvcalloc(dev->ngroups, sizeof(*dev->group_asid), GFP_KERNEL_ACCOUNT);
	dev->spaces = kvcalloc(dev->nas, sizeof(*dev->spaces), GFP_KERNEL_ACCOUNT);
	if (!dev->group_asid || !dev->spaces)
		return -ENOMEM;
	for (u32 i = 0; i < dev->nas; i++)
		vduse_space_init(&dev->spaces[i]);
	return 0;
}

static int vduse_create_config(struct vduse_dev *dev, const void *space)
{
	dev->config = kvmalloc(max_t(u32, dev->config_size, 1), GFP_KERNEL_ACCOUNT);
	if (!dev->config)
		return -ENOMEM;
	memcpy(dev->config, space, dev->config_size);
	return 0;
}

static void vduse_dev_init(struct vduse_dev *dev, const struct vduse_new *new)
{
	const struct vduse_dev_config *config = new->config;

	mutex_init(&dev->lock);
	spin_lock_init(&dev->state_lock);
	spin_lock_init(&dev->config_call_lock);
	vduse_send_init(dev);
	dev->device_id = config->device_id;
	dev->vendor_id = config->vendor_id;
	dev->features = config->features;
	dev->nvqs = config->vq_num;
	dev->vq_align = config->vq_align;
	dev->config_size = config->config_size;
	dev->api_version = new->api_version;
	dev->own_features = new->own_features;
	/* API version 0 has one of each */
	dev->ngroups = config->ngroups ?: 1;
	dev->nas = config->nas ?: 1;
	dev->bounce_size = VDUSE_BOUNCE_DEFAULT;
	dev->msg_timeout_s = VDUSE_MSG_TIMEOUT_S;
	dev->grace_s = VDUSE_GRACE_S;
}

/* Return: a device that is not published yet, or an ERR_PTR */
struct vduse_dev *vduse_dev_create(const struct vduse_new *new, int minor)
{
	struct vduse_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	int ret;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	vduse_dev_init(dev, new);
	dev->minor = minor;
	device_initialize(&dev->dev);
	dev->dev.release = vduse_dev_release;
	dev->dev.groups = vduse_attr_groups;
	cdev_init(&dev->cdev, &vduse_node_fops);
	dev->cdev.owner = THIS_MODULE;
	dev->owner = vduse_owner_create();
	ret = dev->owner ? vduse_create_queues(dev) : -ENOMEM;
	if (!ret)
		ret = vduse_create_spaces(dev);
	if (!ret)
		ret = vduse_create_config(dev, new->space);
	if (!ret)
		ret = dev_set_name(&dev->dev, "%s", new->config->name);
	if (!ret)
		return dev;
	vduse_dev_put(dev);
	return ERR_PTR(ret);
}
