// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices are there? Their names and numbers, and the class "vduse".
 *
 * A device is in the class from its creation by the control node until its destruction.
 * That is a reference to the device, and to the module.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vduse.h"

#define VDUSE_MINORS		BIT(MINORBITS)

static unsigned int devices_per_user = 8;
module_param(devices_per_user, uint, 0644);
MODULE_PARM_DESC(devices_per_user, "devices that a user without CAP_SYS_ADMIN may have (8)");

static dev_t vduse_major;
static DEFINE_IDA(vduse_minors);
/* makes checks for a name and what follows them atomic */
static DEFINE_MUTEX(vduse_registry_lock);

static char *vduse_devnode(COMPAT_DEVNODE_CONST struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "vduse/%s", dev_name(dev));
}

struct class vduse_class = {
	.name = "vduse",
	.devnode = vduse_devnode,
};

/* A device's node belongs to its owner */
static char *vduse_device_devnode(COMPAT_DEVNODE_CONST struct device *device, umode_t *mode,
				  kuid_t *uid, kgid_t *gid)
{
	const struct vduse_dev *dev = container_of(device, struct vduse_dev, dev);

	/* the kernel does not ask for the owner when it removes the node */
	if (uid)
		*uid = dev->owner->uid;
	if (gid)
		*gid = dev->owner->gid;
	return kasprintf(GFP_KERNEL, "vduse/%s", dev_name(device));
}

static const struct device_type vduse_device_type = {
	.name = "vduse",
	.devnode = vduse_device_devnode,
};

dev_t vduse_devt(int minor)
{
	return MKDEV(MAJOR(vduse_major), minor);
}

static struct vduse_dev *vduse_find(const char *name)
{
	struct device *device = class_find_device_by_name(&vduse_class, name);

	if (!device)
		return NULL;
	if (MINOR(device->devt) != VDUSE_CONTROL_MINOR)
		return container_of(device, struct vduse_dev, dev);
	put_device(device);
	return NULL;
}

/* Return: the device of this name, with a reference, or NULL */
struct vduse_dev *vduse_get(const char *name)
{
	struct vduse_dev *dev;

	mutex_lock(&vduse_registry_lock);
	dev = vduse_find(name);
	mutex_unlock(&vduse_registry_lock);
	return dev;
}

static int vduse_count_owned(struct device *device, void *count)
{
	if (MINOR(device->devt) != VDUSE_CONTROL_MINOR &&
	    uid_eq(container_of(device, struct vduse_dev, dev)->owner->uid, current_euid()))
		++*(unsigned int *)count;
	return 0;
}

/* May the caller have one more? */
static bool vduse_within_quota(void)
{
	unsigned int count = 0;

	lockdep_assert_held(&vduse_registry_lock);
	if (capable(CAP_SYS_ADMIN))
		return true;
	class_for_each_device(&vduse_class, NULL, &count, vduse_count_owned);
	return count < READ_ONCE(devices_per_user);
}

static int vduse_publish(struct vduse_dev *dev)
{
	int ret;

	ret = cdev_device_add(&dev->cdev, &dev->dev);
	if (ret)
		return ret;
	ret = vduse_sysfs_add_queues(dev);
	if (ret)
		cdev_device_del(&dev->cdev, &dev->dev);
	return ret;
}

static int vduse_create_locked(const struct vduse_new *new)
{
	struct vduse_dev *dev;
	int minor, ret;

	lockdep_assert_held(&vduse_registry_lock);
	dev = vduse_find(new->config->name);
	if (dev) {
		vduse_dev_put(dev);
		return -EEXIST;
	}
	if (!vduse_within_quota())
		return -EDQUOT;
	minor = ida_alloc_range(&vduse_minors, 1, VDUSE_MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return minor;
	dev = vduse_dev_create(new, minor);
	ret = PTR_ERR_OR_ZERO(dev);
	if (ret) {
		ida_free(&vduse_minors, minor);
		return ret;
	}
	dev->dev.type = &vduse_device_type;
	dev->dev.class = &vduse_class;
	dev->dev.devt = vduse_devt(minor);
	ret = vduse_publish(dev);
	if (ret) {
		ida_free(&vduse_minors, minor);
		vduse_dev_put(dev);
		return ret;
	}
	/* with the device's own reference, until it is destroyed */
	__module_get(THIS_MODULE);
	return 0;
}

int vduse_registry_create(const struct vduse_new *new)
{
	int ret;

	if (!strcmp(new->config->name, VDUSE_CONTROL_NAME))
		return -EEXIST;
	mutex_lock(&vduse_registry_lock);
	ret = vduse_create_locked(new);
	mutex_unlock(&vduse_registry_lock);
	return ret;
}

static int vduse_destroy_locked(const char *name)
{
	struct vduse_dev *dev = vduse_find(name);
	int ret = -EBUSY;

	if (!dev)
		return -EINVAL;
	mutex_lock(&dev->lock);
	if (!vduse_owner_may(dev->owner)) {
		ret = -EPERM;
	} else if (!dev->connected && !dev->vdpa) {
		dev->destroyed = true;
		ret = 0;
	}
	mutex_unlock(&dev->lock);
	if (!ret) {
		cdev_device_del(&dev->cdev, &dev->dev);
		ida_free(&vduse_minors, dev->minor);
		vduse_dev_put(dev);
		module_put(THIS_MODULE);
	}
	vduse_dev_put(dev);
	return ret;
}

int vduse_registry_destroy(const char *name)
{
	int ret;

	mutex_lock(&vduse_registry_lock);
	ret = vduse_destroy_locked(name);
	mutex_unlock(&vduse_registry_lock);
	return ret;
}

int vduse_registry_init(void)
{
	int ret;

	ret = class_register(&vduse_class);
	if (ret)
		return ret;
	ret = alloc_chrdev_region(&vduse_major, 0, VDUSE_MINORS, "vduse");
	if (ret)
		class_unregister(&vduse_class);
	return ret;
}

/* No device is left: each has a reference to the module */
void vduse_registry_exit(void)
{
	unregister_chrdev_region(vduse_major, VDUSE_MINORS);
	class_unregister(&vduse_class);
	ida_destroy(&vduse_minors);
}
