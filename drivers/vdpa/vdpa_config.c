// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a device's configuration reached by several at once?
 *
 * Through its own lock, which may be held for long by a device that does not
 * answer: that device's callers wait, or give up, and nobody else's.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <uapi/linux/virtio_config.h>

#include "vdpa_priv.h"

#define VDPA_BRIEFLY_MS	100

int vdpa_config_lock(struct vdpa_device *vdev)
{
	return mutex_lock_killable(&vdev->config_lock);
}

bool vdpa_config_lock_briefly(struct vdpa_device *vdev)
{
	for (int ms = 0; ms < VDPA_BRIEFLY_MS; ms++) {
		if (mutex_trylock(&vdev->config_lock))
			return true;
		fsleep(1000);
	}
	return false;
}

void vdpa_config_unlock(struct vdpa_device *vdev)
{
	mutex_unlock(&vdev->config_lock);
}

static bool vdpa_config_has(struct vdpa_device *vdev, unsigned int offset, unsigned int len)
{
	size_t size = vdev->config->get_config_size(vdev);

	return offset <= size && len <= size - offset;
}

/**
 * vdpa_get_config - read from a device's configuration space
 * @vdev: the device
 * @offset: where
 * @buf: filled; with zeroes on failure
 * @len: how many bytes
 *
 * Context: process.
 * Return: 0, or -EINVAL for a range that is not in the space.
 */
int vdpa_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf, unsigned int len)
{
	if (!vdpa_config_has(vdev, offset, len)) {
		memset(buf, 0, len);
		return -EINVAL;
	}
	mutex_lock(&vdev->config_lock);
	vdev->config->get_config(vdev, offset, buf, len);
	mutex_unlock(&vdev->config_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_get_config);

/**
 * vdpa_set_config - write to a device's configuration space
 * @vdev: the device
 * @offset: where
 * @buf: what
 * @len: how many bytes
 *
 * Context: process.
 * Return: 0, or -EINVAL for a range that is not in the space.
 */
int vdpa_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
		    unsigned int len)
{
	if (!vdpa_config_has(vdev, offset, len))
		return -EINVAL;
	mutex_lock(&vdev->config_lock);
	vdev->config->set_config(vdev, offset, buf, len);
	mutex_unlock(&vdev->config_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_set_config);

/**
 * vdpa_set_features - accept features
 * @vdev: the device
 * @features: VIRTIO feature bits
 *
 * Context: process.
 * Return: 0, -EINVAL for features the device does not offer or cannot work with,
 * -EBUSY when they are settled already.
 */
int vdpa_set_features(struct vdpa_device *vdev, u64 features)
{
	int ret = -EBUSY;

	mutex_lock(&vdev->config_lock);
	if (features & ~vdev->config->get_device_features(vdev))
		ret = -EINVAL;
	else if (!(vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK))
		ret = vdev->config->set_driver_features(vdev, features);
	mutex_unlock(&vdev->config_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_set_features);

/**
 * vdpa_set_status - set the device status; 0 resets
 * @vdev: the device
 * @status: VIRTIO_CONFIG_S_* bits; what get_status says afterwards counts
 *
 * Context: process.
 * Return: 0 or a reset's negative errno.
 */
int vdpa_set_status(struct vdpa_device *vdev, u8 status)
{
	if (!status)
		return vdpa_reset(vdev);
	mutex_lock(&vdev->config_lock);
	vdev->config->set_status(vdev, status);
	mutex_unlock(&vdev->config_lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_set_status);

/**
 * vdpa_reset - reset a device; what is mapped stays mapped
 * @vdev: the device
 *
 * Context: process.
 * Return: 0 or a negative errno.
 */
int vdpa_reset(struct vdpa_device *vdev)
{
	int ret;

	mutex_lock(&vdev->config_lock);
	ret = vdev->config->reset(vdev);
	mutex_unlock(&vdev->config_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_reset);
