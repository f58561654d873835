// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ask a virtio device's transport what no driver of the lab asks it, from a shell.
 *
 * A test module: never load it on a machine that matters. It has one file in
 * debugfs, transport_exercise:
 *
 *	write  PCI-ADDRESS shm ID        where is shared memory region ID?
 *	       PCI-ADDRESS generation    of the device configuration
 *	       PCI-ADDRESS affinity N    which CPUs is queue N's vector for?
 *	       PCI-ADDRESS feature N     was feature bit N negotiated?
 *	read   the answer, on the same open file
 *
 * A write returns -ENOENT where there is no such thing.
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "exercise_file.h"

#define EXERCISE_LINE_MAX	64
#define EXERCISE_ANSWER_MAX	128

/* One open file */
struct exercise {
	struct mutex lock;	/* one reader or writer of the file at a time */
	char answer[EXERCISE_ANSWER_MAX];	/* under lock */
};

static struct dentry *exercise_file;

static int ask_shm(struct virtio_device *vdev, unsigned int id, char *answer)
{
	struct virtio_shm_region region;

	if (!virtio_get_shm_region(vdev, &region, id))
		return -ENOENT;
	scnprintf(answer, EXERCISE_ANSWER_MAX, "0x%llx 0x%llx", region.addr, region.len);
	return 0;
}

static int ask_generation(struct virtio_device *vdev, unsigned int unused, char *answer)
{
	if (!vdev->config->generation)
		return -ENOENT;
	scnprintf(answer, EXERCISE_ANSWER_MAX, "%u", vdev->config->generation(vdev));
	return 0;
}

static int ask_affinity(struct virtio_device *vdev, unsigned int queue, char *answer)
{
	const struct cpumask *mask = vdev->config->get_vq_affinity(vdev, queue);

	if (!mask)
		return -ENOENT;
	scnprintf(answer, EXERCISE_ANSWER_MAX, "%*pbl", cpumask_pr_args(mask));
	return 0;
}

static int ask_feature(struct virtio_device *vdev, unsigned int bit, char *answer)
{
	if (bit >= 64)
		return -EINVAL;
	scnprintf(answer, EXERCISE_ANSWER_MAX, "%d", __virtio_test_bit(vdev, bit));
	return 0;
}

static const struct exercise_op {
	const char *name;
	int (*ask)(struct virtio_device *vdev, unsigned int arg, char *answer);
} exercise_ops[] = {
	{ "affinity", ask_affinity },
	{ "feature", ask_feature },
	{ "generation", ask_generation },
	{ "shm", ask_shm },
};

/* @data: where the first virtio device goes, counted */
static int find_virtio(struct device *dev, void *data)
{
	struct device **found = data;

	if (!dev->bus || strcmp(dev->bus->name, "virtio"))
		return 0;
	*found = get_device(dev);
	return 1;
}

static int exercise_ask(struct exercise *exercise, const struct exercise_op *op,
			const char *name, unsigned int arg)
{
	struct device *pci, *dev = NULL;
	int ret = -ENODEV;

	pci = bus_find_device_by_name(&pci_bus_type, NULL, name);
	if (!pci)
		return -ENODEV;
	device_for_each_child(pci, &dev, find_virtio);
	if (dev) {
		/* with a driver, which does not go meanwhile */
		device_lock(dev);
		if (dev->driver)
			ret = op->ask(dev_to_virtio(dev), arg, exercise->answer);
		device_unlock(dev);
		put_device(dev);
	}
	put_device(pci);
	return ret;
}

static int exercise_line(struct exercise *exercise, char *line)
{
	char *name = strsep(&line, " "), *what = strsep(&line, " ");
	unsigned int arg = 0;

	if (!what || (line && kstrtouint(line, 0, &arg)))
		return -EINVAL;
	for (int i = 0; i < ARRAY_SIZE(exercise_ops); i++)
		if (!strcmp(exercise_ops[i].name, what))
			return exercise_ask(exercise, &exercise_ops[i], name, arg);
	return -EINVAL;
}

static ssize_t exercise_write(struct file *file, const char __user *user, size_t len,
			      loff_t *pos)
{
	struct exercise *exercise = exercise_file_private(file);
	char line[EXERCISE_LINE_MAX];
	int ret = exercise_file_line(line, sizeof(line), user, len);

	if (ret)
		return ret;
	mutex_lock(&exercise->lock);
	exercise->answer[0] = 0;
	ret = exercise_line(exercise, strim(line));
	mutex_unlock(&exercise->lock);
	return ret ?: len;
}

static int exercise_show(struct seq_file *m, void *unused)
{
	struct exercise *exercise = m->private;

	mutex_lock(&exercise->lock);
	seq_printf(m, "%s\n", exercise->answer);
	mutex_unlock(&exercise->lock);
	return 0;
}

static int exercise_open(struct inode *inode, struct file *file)
{
	struct exercise *exercise = kzalloc(sizeof(*exercise), GFP_KERNEL);

	if (exercise)
		mutex_init(&exercise->lock);
	return exercise_file_open(file, exercise_show, exercise);
}

static const struct file_operations exercise_fops = {
	.owner = THIS_MODULE,
	.open = exercise_open,
	.read = seq_read,
	.write = exercise_write,
	.llseek = seq_lseek,
	.release = exercise_file_release,
};

static int __init exercise_init(void)
{
	exercise_file = debugfs_create_file("transport_exercise", 0600, NULL, NULL,
					    &exercise_fops);
	return 0;
}
module_init(exercise_init);

static void __exit exercise_exit(void)
{
	debugfs_remove(exercise_file);
}
module_exit(exercise_exit);

MODULE_DESCRIPTION("Test: ask a virtio device's PCI transport");
MODULE_LICENSE("GPL");
