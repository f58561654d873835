// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is the configuration space read and written? The daemon writes a copy in the kernel,
 * and drivers read that without waiting.
 *
 * Writes are atomic to reads, and each increments the generation, for drivers that read in
 * pieces.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <uapi/linux/virtio_config.h>

#include "vduse.h"

int vduse_config_write(struct vduse_dev *dev, u32 offset, const void *from, u32 len)
{
	if (!len || offset > dev->config_size || len > dev->config_size - offset)
		return -EINVAL;
	spin_lock_irq(&dev->state_lock);
	memcpy(dev->config + offset, from, len);
	WRITE_ONCE(dev->generation, dev->generation + 1);
	spin_unlock_irq(&dev->state_lock);
	return 0;
}

void vduse_config_read(struct vduse_dev *dev, u32 offset, void *to, u32 len)
{
	spin_lock_irq(&dev->state_lock);
	memcpy(to, dev->config + offset, len);
	spin_unlock_irq(&dev->state_lock);
}

bool vduse_running(struct vduse_dev *dev)
{
	return READ_ONCE(dev->status) & VIRTIO_CONFIG_S_DRIVER_OK && !READ_ONCE(dev->suspended);
}

int vduse_config_call(struct vduse_dev *dev)
{
	if (!vduse_running(dev))
		return -EINVAL;
	local_bh_disable();
	spin_lock_irq(&dev->config_call_lock);
	if (dev->config_cb.callback)
		dev->config_cb.callback(dev->config_cb.private);
	spin_unlock_irq(&dev->config_call_lock);
	local_bh_enable();
	return 0;
}

void vduse_config_set_cb(struct vduse_dev *dev, const struct vdpa_callback *cb)
{
	spin_lock_irq(&dev->config_call_lock);
	dev->config_cb = *cb;
	spin_unlock_irq(&dev->config_call_lock);
}
