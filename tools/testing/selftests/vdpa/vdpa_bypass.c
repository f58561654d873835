// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer of interrupts, for tests: who has /dev/vdpa_bypass open and writes the number of
 * an eventfd registers one for it. A read tells how often it was given a producer, how often
 * that was taken away, and the interrupt of the last one.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/irqbypass.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

struct bypass {
	struct irq_bypass_consumer consumer;
	struct eventfd_ctx *eventfd;	/* NULL: not registered */
	/* protects eventfd */
	struct mutex lock;
	/* the manager calls one at a time */
	int added, deleted, irq;
};

static int bypass_add(struct irq_bypass_consumer *consumer, struct irq_bypass_producer *producer)
{
	struct bypass *bypass = container_of(consumer, struct bypass, consumer);

	WRITE_ONCE(bypass->irq, producer->irq);
	WRITE_ONCE(bypass->added, bypass->added + 1);
	return 0;
}

static void bypass_del(struct irq_bypass_consumer *consumer, struct irq_bypass_producer *producer)
{
	struct bypass *bypass = container_of(consumer, struct bypass, consumer);

	WRITE_ONCE(bypass->deleted, bypass->deleted + 1);
}

static int bypass_open(struct inode *inode, struct file *file)
{
	struct bypass *bypass = kzalloc(sizeof(*bypass), GFP_KERNEL);

	if (!bypass)
		return -ENOMEM;
	mutex_init(&bypass->lock);
	bypass->consumer.add_producer = bypass_add;
	bypass->consumer.del_producer = bypass_del;
	file->private_data = bypass;
	return nonseekable_open(inode, file);
}

static void bypass_end(struct bypass *bypass)
{
	if (!bypass->eventfd)
		return;
	irq_bypass_unregister_consumer(&bypass->consumer);
	eventfd_ctx_put(bypass->eventfd);
	bypass->eventfd = NULL;
}

static int bypass_release(struct inode *inode, struct file *file)
{
	struct bypass *bypass = file->private_data;

	bypass_end(bypass);
	mutex_destroy(&bypass->lock);
	kfree(bypass);
	return 0;
}

static int bypass_begin(struct bypass *bypass, int fd)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(fd);
	int ret;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	bypass_end(bypass);
	ret = irq_bypass_register_consumer(&bypass->consumer, eventfd);
	if (ret)
		eventfd_ctx_put(eventfd);
	else
		bypass->eventfd = eventfd;
	return ret;
}

static ssize_t bypass_write(struct file *file, const char __user *from, size_t len, loff_t *pos)
{
	struct bypass *bypass = file->private_data;
	int fd, ret;

	ret = kstrtoint_from_user(from, len, 10, &fd);
	if (ret)
		return ret;
	mutex_lock(&bypass->lock);
	ret = bypass_begin(bypass, fd);
	mutex_unlock(&bypass->lock);
	return ret ?: len;
}

static ssize_t bypass_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct bypass *bypass = file->private_data;
	char text[48];
	int n;

	n = scnprintf(text, sizeof(text), "%d %d %d\n", READ_ONCE(bypass->added),
		      READ_ONCE(bypass->deleted), READ_ONCE(bypass->irq));
	if (len < n)
		return -EINVAL;
	return copy_to_user(to, text, n) ? -EFAULT : n;
}

static const struct file_operations bypass_fops = {
	.owner = THIS_MODULE,
	.open = bypass_open,
	.release = bypass_release,
	.read = bypass_read,
	.write = bypass_write,
};

static struct miscdevice bypass_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vdpa_bypass",
	.fops = &bypass_fops,
};
module_misc_device(bypass_device);

MODULE_DESCRIPTION("A consumer of interrupts, for tests of vhost_vdpa");
MODULE_LICENSE("GPL");
