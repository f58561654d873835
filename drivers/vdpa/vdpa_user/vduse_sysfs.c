// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which attributes does a device have in /sys/class/vduse/NAME?
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sysfs.h>

#include "vduse.h"

static struct vduse_dev *to_vduse(struct device *device)
{
	return container_of(device, struct vduse_dev, dev);
}

/* A time in seconds. Waits that have begun use the old value until they are woken. */
struct vduse_seconds_attr {
	struct device_attribute attr;
	size_t offset;		/* of a u32 in struct vduse_dev */
};

static u32 *vduse_seconds_of(struct device *device, struct device_attribute *attr)
{
	size_t offset = container_of(attr, struct vduse_seconds_attr, attr)->offset;

	return (void *)to_vduse(device) + offset;
}

static ssize_t seconds_show(struct device *device, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(*vduse_seconds_of(device, attr)));
}

static ssize_t seconds_store(struct device *device, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	u32 seconds;
	int ret;

	ret = kstrtou32(buf, 10, &seconds);
	if (ret)
		return ret;
	WRITE_ONCE(*vduse_seconds_of(device, attr), seconds);
	return count;
}

#define VDUSE_SECONDS_ATTR(_name, _field) {				\
	.attr = __ATTR(_name, 0644, seconds_show, seconds_store),	\
	.offset = offsetof(struct vduse_dev, _field),			\
}

static struct vduse_seconds_attr vduse_seconds[] = {
	VDUSE_SECONDS_ATTR(grace, grace_s),
	VDUSE_SECONDS_ATTR(msg_timeout, msg_timeout_s),
};

static ssize_t bounce_size_show(struct device *device, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_vduse(device)->bounce_size));
}

static ssize_t bounce_size_store(struct device *device, struct device_attribute *attr,
				 const char *buf, size_t count)
{
	struct vduse_dev *dev = to_vduse(device);
	u32 size;
	int ret;

	ret = kstrtou32(buf, 10, &size);
	if (ret)
		return ret;
	if (size < VDUSE_BOUNCE_MIN || size > VDUSE_BOUNCE_MAX)
		return -EINVAL;
	mutex_lock(&dev->lock);
	if (dev->domain)
		ret = -EPERM;
	else
		dev->bounce_size = size & PAGE_MASK;
	mutex_unlock(&dev->lock);
	return ret ?: count;
}
static DEVICE_ATTR_RW(bounce_size);

static struct attribute *vduse_attrs[] = {
	&dev_attr_bounce_size.attr,
	&vduse_seconds[0].attr.attr,
	&vduse_seconds[1].attr.attr,
	NULL,
};

static const struct attribute_group vduse_attr_group = {
	.attrs = vduse_attrs,
};

const struct attribute_group *vduse_attr_groups[] = {
	&vduse_attr_group,
	NULL,
};

static struct vduse_queue *to_queue(struct device_attribute *attr)
{
	return container_of(attr, struct vduse_queue, affinity_attr);
}

static ssize_t affinity_show(struct device *device, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%*pb\n", cpumask_pr_args(to_queue(attr)->allowed));
}

/* Readers take no lock: a mixture of the old and the new mask is a valid choice, too */
static ssize_t affinity_store(struct device *device, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	cpumask_var_t mask;
	int ret;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	ret = cpumask_parse(buf, mask);
	if (!ret && !cpumask_intersects(mask, cpu_online_mask))
		ret = -EINVAL;
	if (!ret)
		cpumask_copy(to_queue(attr)->allowed, mask);
	free_cpumask_var(mask);
	return ret ?: count;
}

static int vduse_sysfs_add_queue(struct vduse_dev *dev, struct vduse_queue *queue)
{
	struct device_attribute *attr = &queue->affinity_attr;

	sysfs_attr_init(&attr->attr);
	attr->attr.name = "irq_cb_affinity";
	attr->attr.mode = 0644;
	attr->show = affinity_show;
	attr->store = affinity_store;
	snprintf(queue->group_name, sizeof(queue->group_name), "vq%u", queue->index);
	queue->attrs[0] = &attr->attr;
	queue->attr_group.name = queue->group_name;
	queue->attr_group.attrs = queue->attrs;
	return sysfs_create_group(&dev->dev.kobj, &queue->attr_group);
}

/* The groups are removed with the device */
int vduse_sysfs_add_queues(struct vduse_dev *dev)
{
	int ret = 0;

	for (u32 i = 0; i < dev->nvqs && !ret; i++)
		ret = vduse_sysfs_add_queue(dev, &dev->queues[i]);
	return ret;
}
