// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are accesses to a device's configuration serialized?
 *
 * By a lock per device. A device that does not answer may hold it for long: only
 * callers of that device wait then, killable or with a timeout.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <uapi/linux/vhost_types.h>
#include <uapi/linux/virtio_config.h>

#include "vdpa_priv.h"

static int vdpa_config_lock(struct vdpa_device *vdev)
{
	return mutex_lock_killable(&vdev->config_lock);
}

int vdpa_config_lock_timeout(struct vdpa_device *vdev, unsigned int limit_ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(limit_ms);

	while (!mutex_trylock(&vdev->config_lock)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end))
			return -EBUSY;
		fsleep(1000);
	}
	return 0;
}

void vdpa_config_unlock(struct vdpa_device *vdev)
{
	mutex_unlock(&vdev->config_lock);
}

static bool vdpa_config_has(struct vdpa_device *vdev, unsigned int offset, unsigned int len)
{
	u32 size = vdev->info.config_size;

	return offset <= size && len <= size - offset;
}

/**
 * vdpa_get_config - read from a device's configuration space
 * @vdev: the device
 * @offset: of the first byte
 * @buf: filled; zeroed on failure
 * @len: in bytes
 *
 * Context: process.
 * Return: 0, -EINVAL for a range that is not in the space, or -EINTR when the caller
 * is being killed.
 */
int vdpa_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf, unsigned int len)
{
	int ret = -EINVAL;

	if (vdpa_config_has(vdev, offset, len))
		ret = vdpa_config_lock(vdev);
	if (ret) {
		memset(buf, 0, len);
		return ret;
	}
	vdev->config->get_config(vdev, offset, buf, len);
	vdpa_config_unlock(vdev);
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_get_config);

/**
 * vdpa_set_config - write to a device's configuration space
 * @vdev: the device
 * @offset: of the first byte
 * @buf: the data
 * @len: in bytes
 *
 * Context: process.
 * Return: 0, -EINVAL for a range that is not in the space, or -EINTR when the caller
 * is being killed.
 */
int vdpa_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
		    unsigned int len)
{
	int ret;

	if (!vdpa_config_has(vdev, offset, len))
		return -EINVAL;
	ret = vdpa_config_lock(vdev);
	if (ret)
		return ret;
	vdev->config->set_config(vdev, offset, buf, len);
	vdpa_config_unlock(vdev);
	return 0;
}
EXPORT_SYMBOL_GPL(vdpa_set_config);

/**
 * vdpa_set_features - set the features the driver accepts
 * @vdev: the device
 * @features: VIRTIO feature bits
 *
 * Features that a device does not work without, such as VIRTIO_F_ACCESS_PLATFORM, are
 * known to the parent: its set_driver_features refuses.
 *
 * Context: process.
 * Return: 0, -EINVAL for features the device does not offer or cannot work with,
 * -EBUSY after FEATURES_OK, or -EINTR when the caller is being killed.
 */
int vdpa_set_features(struct vdpa_device *vdev, u64 features)
{
	int ret;

	if (features & ~vdev->info.features)
		return -EINVAL;
	ret = vdpa_config_lock(vdev);
	if (ret)
		return ret;
	ret = -EBUSY;
	if (!(vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_FEATURES_OK))
		ret = vdev->config->set_driver_features(vdev, features);
	if (!ret)
		WRITE_ONCE(vdev->driver_features, features);
	vdpa_config_unlock(vdev);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_set_features);

static int vdpa_reset_locked(struct vdpa_device *vdev)
{
	int ret;

	lockdep_assert_held(&vdev->config_lock);
	ret = vdev->config->reset(vdev);
	WRITE_ONCE(vdev->driver_features, 0);
	if (!ret)
		WRITE_ONCE(vdev->broken, false);
	return ret;
}

/**
 * vdpa_set_status - set the device status; 0 resets
 * @vdev: the device
 * @status: VIRTIO_CONFIG_S_* bits; the device may refuse some: read them back
 *
 * Context: process.
 * Return: 0, a reset's negative errno, or -EINTR when the caller is being killed.
 */
int vdpa_set_status(struct vdpa_device *vdev, u8 status)
{
	int ret;

	ret = vdpa_config_lock(vdev);
	if (ret)
		return ret;
	if (status)
		vdev->config->set_status(vdev, status);
	else
		ret = vdpa_reset_locked(vdev);
	vdpa_config_unlock(vdev);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_set_status);

/**
 * vdpa_reset - reset a device before its user's memory is freed; mappings stay
 * @vdev: the device
 *
 * Not killable: the device would otherwise keep using memory that is freed with the
 * caller. A caller that can do without the reset uses vdpa_set_status().
 *
 * Context: process.
 * Return: 0 or a negative errno; the device is then not usable.
 */
int vdpa_reset(struct vdpa_device *vdev)
{
	int ret;

	mutex_lock(&vdev->config_lock);
	ret = vdpa_reset_locked(vdev);
	mutex_unlock(&vdev->config_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_reset);

static int vdpa_config_run(struct vdpa_device *vdev, unsigned int backend_feature,
			   int (*op)(struct vdpa_device *vdev))
{
	int ret = 0;

	if (!(vdev->info.backend_features & BIT_ULL(backend_feature)))
		return -EOPNOTSUPP;
	ret = vdpa_config_lock(vdev);
	if (ret)
		return ret;
	/* without DRIVER_OK there is nothing to stop */
	if (vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_DRIVER_OK)
		ret = op(vdev);
	vdpa_config_unlock(vdev);
	return ret;
}

/**
 * vdpa_suspend - stop all queues of a device, keeping their state
 * @vdev: the device
 *
 * Context: process.
 * Return: 0, -EOPNOTSUPP for a device without this backend feature, -EINTR when the
 * caller is being killed, or another negative errno.
 */
int vdpa_suspend(struct vdpa_device *vdev)
{
	return vdpa_config_run(vdev, VHOST_BACKEND_F_SUSPEND, vdev->config->suspend);
}
EXPORT_SYMBOL_GPL(vdpa_suspend);

/**
 * vdpa_resume - restart a suspended device
 * @vdev: the device
 *
 * Context: process.
 * Return: as vdpa_suspend().
 */
int vdpa_resume(struct vdpa_device *vdev)
{
	return vdpa_config_run(vdev, VHOST_BACKEND_F_RESUME, vdev->config->resume);
}
EXPORT_SYMBOL_GPL(vdpa_resume);
