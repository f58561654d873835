// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test: a virtio driver for devices of vdpa_exercise, which says where its queues shall
 * be served. It has one queue before those that the transport spreads and one behind
 * them, and a last one that never interrupts.
 *
 * Its sysfs attribute "affinity" says where the transport has each queue go, or "any";
 * what is written to it is a wish: a queue's number and a list of processors, or "any".
 * "config" is as much of the configuration space as is asked for by writing to it, which
 * also writes as much; a queue's number written to "kick" notifies the device; "broken"
 * says which queues are, "need_sync" whether memory that is mapped is to be synchronised.
 * With probe_ms the driver takes its time to take a device, with fail_probe it gives it up
 * again, without a reset.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "exercise.h"

static unsigned int probe_ms;
module_param(probe_ms, uint, 0644);
MODULE_PARM_DESC(probe_ms, "how long a probe takes, in ms");

static bool fail_probe;
module_param(fail_probe, bool, 0644);
MODULE_PARM_DESC(fail_probe, "a probe fails when all is set up");

/* as much of the space as "config" shows; it is more than there is */
static size_t exercise_config_len;
static u8 exercise_config[2 * sizeof(struct exercise_config)];

static void exercise_done(struct virtqueue *vq)
{
}

static struct virtqueue *exercise_queue(struct virtio_device *vdev, unsigned int index)
{
	struct virtqueue *vq;

	virtio_device_for_each_vq(vdev, vq)
		if (vq->index == index)
			return vq;
	return NULL;
}

static ssize_t affinity_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct virtio_device *vdev = dev_to_virtio(dev);
	int at = 0;

	for (int i = 0; i < EXERCISE_VQS; i++) {
		const struct cpumask *mask = vdev->config->get_vq_affinity(vdev, i);

		if (mask)
			at += sysfs_emit_at(buf, at, "%d %*pbl\n", i, cpumask_pr_args(mask));
		else
			at += sysfs_emit_at(buf, at, "%d any\n", i);
	}
	return at;
}

static int exercise_wish(struct virtqueue *vq, const char *list)
{
	cpumask_var_t mask;
	int ret;

	if (sysfs_streq(list, "any"))
		return virtqueue_set_affinity(vq, NULL);
	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	ret = cpulist_parse(list, mask);
	if (!ret)
		ret = virtqueue_set_affinity(vq, mask);
	free_cpumask_var(mask);
	return ret;
}

static ssize_t affinity_store(struct device *dev, struct device_attribute *attr, const char *buf,
			      size_t len)
{
	struct virtqueue *vq;
	unsigned int index;
	int skip = 0, ret;

	if (sscanf(buf, "%u %n", &index, &skip) < 1 || !skip)
		return -EINVAL;
	vq = exercise_queue(dev_to_virtio(dev), index);
	if (!vq)
		return -ENOENT;
	ret = exercise_wish(vq, buf + skip);
	return ret ?: len;
}
static DEVICE_ATTR_RW(affinity);

/* any byte that is not read stays 0xff */
static ssize_t config_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct virtio_device *vdev = dev_to_virtio(dev);

	memset(exercise_config, 0xff, sizeof(exercise_config));
	vdev->config->get(vdev, 0, exercise_config, exercise_config_len);
	return sysfs_emit(buf, "%*phN\n", (int)exercise_config_len, exercise_config);
}

static ssize_t config_store(struct device *dev, struct device_attribute *attr, const char *buf,
			    size_t len)
{
	struct virtio_device *vdev = dev_to_virtio(dev);
	size_t wanted;
	int ret;

	ret = kstrtoul(buf, 0, &wanted);
	if (ret)
		return ret;
	if (wanted > sizeof(exercise_config))
		return -EINVAL;
	exercise_config_len = wanted;
	memset(exercise_config, 0, sizeof(exercise_config));
	vdev->config->set(vdev, 0, exercise_config, wanted);
	return len;
}
static DEVICE_ATTR_RW(config);

/* Which queues are broken */
static ssize_t broken_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct virtqueue *vq;
	int at = 0;

	for (int i = 0; i < EXERCISE_VQS; i++) {
		vq = exercise_queue(dev_to_virtio(dev), i);
		if (vq && virtqueue_is_broken(vq))
			at += sysfs_emit_at(buf, at, "%d ", i);
	}
	return at + sysfs_emit_at(buf, at, "\n");
}
static DEVICE_ATTR_RO(broken);

/* A buffer is added to the queue of that number, and the device is notified */
static ssize_t kick_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t len)
{
	struct virtqueue *vq;
	struct scatterlist sg;
	unsigned int index;
	int ret;

	ret = kstrtouint(buf, 0, &index);
	if (ret)
		return ret;
	vq = exercise_queue(dev_to_virtio(dev), index);
	if (!vq)
		return -ENOENT;
	sg_init_table(&sg, 1);
	sg_set_page(&sg, ZERO_PAGE(0), 8, 0);
	ret = virtqueue_add_outbuf(vq, &sg, 1, vq, GFP_KERNEL);
	if (ret)
		return ret;
	return virtqueue_kick(vq) ? len : -EIO;
}
static DEVICE_ATTR_WO(kick);

static ssize_t need_sync_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", virtio_map_need_sync(dev_to_virtio(dev)));
}
static DEVICE_ATTR_RO(need_sync);

static struct attribute *exercise_attrs[] = {
	&dev_attr_affinity.attr,
	&dev_attr_broken.attr,
	&dev_attr_config.attr,
	&dev_attr_kick.attr,
	&dev_attr_need_sync.attr,
	NULL,
};
ATTRIBUTE_GROUPS(exercise);

static int exercise_probe(struct virtio_device *vdev)
{
	struct irq_affinity spread = { .pre_vectors = 1, .post_vectors = 1 };
	struct virtqueue_info info[EXERCISE_VQS] = {};
	struct virtqueue *vqs[EXERCISE_VQS];
	int ret;

	msleep(probe_ms);
	for (int i = 0; i < EXERCISE_VQS; i++) {
		info[i].name = "exercise";
		info[i].callback = i < EXERCISE_VQS - 1 ? exercise_done : NULL;
	}
	ret = virtio_find_vqs(vdev, EXERCISE_VQS, vqs, info, &spread);
	if (ret)
		return ret;
	virtio_device_ready(vdev);
	if (!fail_probe)
		return 0;
	/* as virtio_blk does it */
	vdev->config->del_vqs(vdev);
	return -EIO;
}

static void exercise_remove(struct virtio_device *vdev)
{
	struct virtqueue *vq;

	virtio_reset_device(vdev);
	virtio_device_for_each_vq(vdev, vq)
		while (virtqueue_detach_unused_buf(vq))
			;
	vdev->config->del_vqs(vdev);
}

static const struct virtio_device_id exercise_ids[] = {
	{ EXERCISE_ID, VIRTIO_DEV_ANY_ID },
	{},
};

static struct virtio_driver exercise_driver = {
	.driver.name = "vdpa_exercise_driver",
	.driver.dev_groups = exercise_groups,
	.id_table = exercise_ids,
	.probe = exercise_probe,
	.remove = exercise_remove,
};
module_virtio_driver(exercise_driver);

MODULE_DESCRIPTION("Test: a virtio driver that asks its transport where its queues go");
MODULE_LICENSE("GPL");
