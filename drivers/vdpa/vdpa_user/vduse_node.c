// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a daemon read and answer messages? By /dev/vduse/NAME, which one file can have
 * open at a time.
 *
 * At its release, messages that were read but not answered become unread, for the next
 * daemon. The eventfds are dropped with their counts, so the next daemon's are signalled.
 */
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uio.h>

#include "vduse.h"

static int vduse_open(struct inode *inode, struct file *file)
{
	struct vduse_dev *dev = container_of(inode->i_cdev, struct vduse_dev, cdev);
	int ret = 0;

	mutex_lock(&dev->lock);
	if (dev->destroyed) {
		ret = -ENODEV;
	} else if (dev->connected) {
		ret = -EBUSY;
	} else {
		dev->connected = true;
		vduse_connected(dev, true);
	}
	mutex_unlock(&dev->lock);
	if (ret)
		return ret;
	get_device(&dev->dev);
	file->private_data = dev;
	return nonseekable_open(inode, file);
}

/* Leaves a kick pending: the daemon may not have read the last one */
static void vduse_lose_eventfds(struct vduse_queue *queue)
{
	vduse_set_callfd(queue, NULL);
	vduse_set_kickfd(queue, NULL);
	vduse_kick(queue);
}

static int vduse_release(struct inode *inode, struct file *file)
{
	struct vduse_dev *dev = file->private_data;

	for (u32 i = 0; i < dev->nvqs; i++)
		vduse_lose_eventfds(&dev->queues[i]);
	/* the node is not open elsewhere, so no umem is registered in the meantime */
	if (dev->domain)
		vduse_umem_deregister(dev->domain, 0, vduse_domain_bounce_size(dev->domain));
	mutex_lock(&dev->lock);
	vduse_connected(dev, false);
	dev->connected = false;
	mutex_unlock(&dev->lock);
	vduse_dev_put(dev);
	return 0;
}

static bool vduse_take(struct vduse_dev *dev, struct vduse_dev_request *request)
{
	bool taken;

	spin_lock(&dev->msg_lock);
	taken = vduse_msgs_read(&dev->msgs, request);
	spin_unlock(&dev->msg_lock);
	return taken;
}

static bool vduse_readable(struct vduse_dev *dev)
{
	bool readable;

	spin_lock(&dev->msg_lock);
	readable = dev->hung || vduse_msgs_unread(&dev->msgs);
	spin_unlock(&dev->msg_lock);
	return readable;
}

/* A hung daemon gets no message but a reset, so it does not block here */
static int vduse_next(struct vduse_dev *dev, struct vduse_dev_request *request, bool block)
{
	int ret;

	while (!vduse_take(dev, request)) {
		if (!block)
			return -EAGAIN;
		if (vduse_hung(dev))
			return -EIO;
		ret = wait_event_interruptible_exclusive(dev->readers, vduse_readable(dev));
		if (ret)
			return ret;
	}
	return 0;
}

static ssize_t vduse_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct vduse_dev *dev = iocb->ki_filp->private_data;
	bool block = !(iocb->ki_filp->f_flags & O_NONBLOCK) && !(iocb->ki_flags & IOCB_NOWAIT);
	struct vduse_dev_request request;
	int ret;

	if (iov_iter_count(to) < sizeof(request))
		return -EINVAL;
	ret = vduse_next(dev, &request, block);
	if (ret)
		return ret;
	if (copy_to_iter(&request, sizeof(request), to) == sizeof(request))
		return sizeof(request);
	spin_lock(&dev->msg_lock);
	vduse_msgs_unread_again(&dev->msgs, request.request_id);
	spin_unlock(&dev->msg_lock);
	wake_up_interruptible_poll(&dev->readers, EPOLLIN | EPOLLRDNORM);
	return -EFAULT;
}

static ssize_t vduse_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct vduse_dev *dev = iocb->ki_filp->private_data;
	struct vduse_dev_response response;
	int ret;

	if (copy_from_iter(&response, sizeof(response), from) != sizeof(response))
		return -EINVAL;
	spin_lock(&dev->msg_lock);
	ret = vduse_msgs_answer(&dev->msgs, &response);
	spin_unlock(&dev->msg_lock);
	if (ret)
		return ret;
	wake_up_all(&dev->senders);
	return sizeof(response);
}

static __poll_t vduse_poll(struct file *file, poll_table *wait)
{
	struct vduse_dev *dev = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &dev->readers, wait);
	spin_lock(&dev->msg_lock);
	if (dev->hung)
		mask |= EPOLLERR;
	if (vduse_msgs_unread(&dev->msgs))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (vduse_msgs_unanswered(&dev->msgs))
		mask |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&dev->msg_lock);
	return mask;
}

static long vduse_node_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return vduse_ioctl(file->private_data, cmd, (void __user *)arg);
}

#ifdef CONFIG_COMPAT
static long vduse_node_compat_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return vduse_compat_ioctl(file->private_data, cmd, compat_ptr(arg));
}
#else
#define vduse_node_compat_ioctl	NULL
#endif

const struct file_operations vduse_node_fops = {
	.owner = THIS_MODULE,
	.open = vduse_open,
	.release = vduse_release,
	.read_iter = vduse_read,
	.write_iter = vduse_write,
	.poll = vduse_poll,
	.unlocked_ioctl = vduse_node_ioctl,
	.compat_ioctl = vduse_node_compat_ioctl,
};
