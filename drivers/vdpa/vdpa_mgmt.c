// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does an administrator add, change and delete devices?
 *
 * Through a management device. No lock is held while its operations run; its users are
 * counted instead, so that a device that hangs delays only its own removal.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/mod_devicetable.h>
#include <uapi/linux/virtio_net.h>

#include "vdpa_priv.h"

static LIST_HEAD(vdpa_mgmtdevs);
static int vdpa_mgmtdev_last;

const char *vdpa_mgmtdev_bus_name(const struct vdpa_mgmt_dev *mdev)
{
	return mdev->device->bus ? mdev->device->bus->name : NULL;
}

static bool vdpa_mgmtdev_is(const struct vdpa_mgmt_dev *mdev, const char *bus, const char *name)
{
	const char *has = vdpa_mgmtdev_bus_name(mdev);

	if (strcmp(dev_name(mdev->device), name) || !bus != !has)
		return false;
	return !bus || !strcmp(bus, has);
}

/**
 * vdpa_mgmtdev_register - register a management device
 * @mdev: the management device; its last three members are set here
 *
 * Context: process.
 * Return: 0, -EINVAL when something mandatory is missing, or -EEXIST when there is a
 * management device of this struct device's bus and name.
 */
int vdpa_mgmtdev_register(struct vdpa_mgmt_dev *mdev)
{
	struct vdpa_mgmt_dev *other;
	int ret = 0;

	if (!mdev->device || !mdev->ops || !mdev->ops->dev_add || !mdev->ops->dev_del ||
	    !mdev->id_table)
		return -EINVAL;
	mdev->users = 0;
	mutex_lock(&vdpa_list_lock);
	list_for_each_entry(other, &vdpa_mgmtdevs, list)
		if (vdpa_mgmtdev_is(other, vdpa_mgmtdev_bus_name(mdev), dev_name(mdev->device)))
			ret = -EEXIST;
	if (!ret) {
		mdev->index = ++vdpa_mgmtdev_last;
		list_add_tail(&mdev->list, &vdpa_mgmtdevs);
	}
	mutex_unlock(&vdpa_list_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_mgmtdev_register);

static struct vdpa_device *vdpa_mgmtdev_use_device(struct vdpa_mgmt_dev *mdev)
{
	struct vdpa_device *vdev;
	int index = 0;

	while ((vdev = vdpa_device_use_next(index))) {
		if (vdev->mdev == mdev)
			return vdev;
		index = vdev->index + 1;
		vdpa_device_unuse(vdev);
	}
	return NULL;
}

/**
 * vdpa_mgmtdev_unregister - unregister a management device, and delete its devices
 * @mdev: the management device; not used any more after the return
 *
 * Context: process.
 */
void vdpa_mgmtdev_unregister(struct vdpa_mgmt_dev *mdev)
{
	struct vdpa_device *vdev;

	mutex_lock(&vdpa_list_lock);
	list_del(&mdev->list);
	mutex_unlock(&vdpa_list_lock);
	/* after this, devices that were being added are in the list */
	vdpa_wait_unused(&mdev->users);
	while ((vdev = vdpa_mgmtdev_use_device(mdev))) {
		bool mine = vdpa_device_claim(vdev);

		vdpa_device_unuse(vdev);
		if (mine)
			mdev->ops->dev_del(mdev, vdev);
	}
	/* after this, devices that another task was deleting are gone */
	vdpa_wait_unused(&mdev->users);
}
EXPORT_SYMBOL_GPL(vdpa_mgmtdev_unregister);

struct vdpa_mgmt_dev *vdpa_mgmtdev_use(const char *bus, const char *name)
{
	struct vdpa_mgmt_dev *mdev, *found = NULL;

	mutex_lock(&vdpa_list_lock);
	list_for_each_entry(mdev, &vdpa_mgmtdevs, list)
		if (vdpa_mgmtdev_is(mdev, bus, name))
			found = mdev;
	if (found)
		found->users++;
	mutex_unlock(&vdpa_list_lock);
	return found;
}

struct vdpa_mgmt_dev *vdpa_mgmtdev_use_next(int index)
{
	struct vdpa_mgmt_dev *mdev, *found = NULL;

	mutex_lock(&vdpa_list_lock);
	/* indices only grow: the list is sorted by them */
	list_for_each_entry(mdev, &vdpa_mgmtdevs, list) {
		if (mdev->index < index)
			continue;
		found = mdev;
		found->users++;
		break;
	}
	mutex_unlock(&vdpa_list_lock);
	return found;
}

void vdpa_mgmtdev_unuse(struct vdpa_mgmt_dev *mdev)
{
	vdpa_unuse(&mdev->users);
}

/* Attributes that have no meaning without a feature */
static const struct {
	unsigned int given;
	unsigned int feature;
	const char *why;
} vdpa_mgmt_needs[] = {
	{ VDPA_GIVEN_MAC, VIRTIO_NET_F_MAC, "a MAC address is given, but not the feature MAC" },
	{ VDPA_GIVEN_MTU, VIRTIO_NET_F_MTU, "an MTU is given, but not the feature MTU" },
	{ VDPA_GIVEN_MAX_VQP, VIRTIO_NET_F_MQ, "queue pairs are given, but not the feature MQ" },
};

/* Return: an error text, or NULL */
static const char *vdpa_mgmt_contradiction(const struct vdpa_dev_config *config)
{
	if (!(config->given & VDPA_GIVEN_FEATURES))
		return NULL;
	for (int i = 0; i < ARRAY_SIZE(vdpa_mgmt_needs); i++) {
		if (!(config->given & vdpa_mgmt_needs[i].given) ||
		    config->features & BIT_ULL(vdpa_mgmt_needs[i].feature))
			continue;
		/* a single pair needs no feature */
		if (vdpa_mgmt_needs[i].given != VDPA_GIVEN_MAX_VQP || config->max_vq_pairs > 1)
			return vdpa_mgmt_needs[i].why;
	}
	return NULL;
}

/* By the names that the tool has for them */
static const struct {
	unsigned int given;
	const char *unsupported;
	const char *refused;
} vdpa_mgmt_attributes[] = {
	{ VDPA_GIVEN_FEATURES, "the management device does not support device_features",
	  "device_features refused: the log says why" },
	{ VDPA_GIVEN_MAC, "the management device does not support mac",
	  "mac refused: the log says why" },
	{ VDPA_GIVEN_MTU, "the management device does not support mtu",
	  "mtu refused: the log says why" },
	{ VDPA_GIVEN_MAX_VQP, "the management device does not support max_vqp",
	  "max_vqp refused: the log says why" },
};

/* Return: 0, or the error of the first of them in @given */
static int vdpa_mgmt_name(unsigned int given, bool refused, const char **why)
{
	for (int i = 0; i < ARRAY_SIZE(vdpa_mgmt_attributes); i++) {
		if (!(given & vdpa_mgmt_attributes[i].given))
			continue;
		*why = refused ? vdpa_mgmt_attributes[i].refused :
				 vdpa_mgmt_attributes[i].unsupported;
		return -EOPNOTSUPP;
	}
	return 0;
}

int vdpa_mgmt_add(struct vdpa_mgmt_dev *mdev, const char *name,
		  struct vdpa_dev_config *config, const char **why)
{
	unsigned int refused = 0;
	int ret;

	ret = vdpa_mgmt_name(config->given & ~mdev->supported, false, why);
	if (ret)
		return ret;
	if (config->given & VDPA_GIVEN_FEATURES &&
	    config->features & ~mdev->supported_features) {
		*why = "features outside those the management device supports";
		return -EINVAL;
	}
	*why = vdpa_mgmt_contradiction(config);
	if (*why)
		return -EINVAL;
	config->refused = &refused;
	ret = mdev->ops->dev_add(mdev, name, config);
	if (ret == -EBUSY)
		*why = "the management device has as many devices as it can have";
	else if (ret)
		vdpa_mgmt_name(refused, true, why);
	return ret;
}

/* @vdev: in use by the caller; this use ends here in any case */
int vdpa_mgmt_del(struct vdpa_device *vdev, const char **why)
{
	struct vdpa_mgmt_dev *mdev = vdev->mdev;
	bool mine = false;

	/*
	 * A device in use holds off vdpa_mgmtdev_unregister(); once this use ends, the
	 * use of the management device does.
	 */
	mutex_lock(&vdpa_list_lock);
	if (mdev && vdev->ready) {
		vdev->ready = false;
		mdev->users++;
		mine = true;
	}
	mutex_unlock(&vdpa_list_lock);
	vdpa_device_unuse(vdev);
	if (!mdev) {
		*why = "only devices that were added by a management device can be deleted";
		return -EPERM;
	}
	if (!mine) {
		*why = "the device is being deleted already";
		return -EBUSY;
	}
	mdev->ops->dev_del(mdev, vdev);
	vdpa_mgmtdev_unuse(mdev);
	return 0;
}

int vdpa_mgmt_set(struct vdpa_device *vdev, const struct vdpa_dev_config *config,
		  const char **why)
{
	struct vdpa_mgmt_dev *mdev = vdev->mdev;
	int ret;

	if (!mdev || !mdev->ops->dev_set) {
		*why = "this device cannot be changed";
		return -EOPNOTSUPP;
	}
	ret = vdpa_config_lock_timeout(vdev, VDPA_REPLY_MS);
	if (ret == -EBUSY)
		*why = "the device does not answer";
	if (ret)
		return ret;
	ret = mdev->ops->dev_set(mdev, vdev, config);
	vdpa_config_unlock(vdev);
	return ret;
}
