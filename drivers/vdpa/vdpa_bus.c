// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which driver is bound to which device, and how does it learn that the device is
 * broken? The bus type, its matching and driver_override.
 *
 * Every vDPA driver can drive every device. driver_override restricts a device to the
 * driver of that name.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "vdpa_priv.h"

static int vdpa_bus_match(struct device *dev, COMPAT_MATCH_CONST struct device_driver *drv)
{
	struct vdpa_device *vdev = dev_to_vdpa(dev);
	int match;

	/* not called under a lock that driver_override_store() takes */
	spin_lock(&vdev->override_lock);
	match = !vdev->driver_override || !strcmp(vdev->driver_override, drv->name);
	spin_unlock(&vdev->override_lock);
	return match;
}

static struct vdpa_driver *drv_to_vdpa(struct device_driver *drv)
{
	return container_of(drv, struct vdpa_driver, driver);
}

/* A device reported broken before its driver was bound is reported to the driver now */
static void vdpa_bus_set_bound(struct vdpa_device *vdev, struct vdpa_driver *drv)
{
	mutex_lock(&vdev->bound_lock);
	vdev->bound = drv;
	mutex_unlock(&vdev->bound_lock);
	if (drv && vdpa_device_is_broken(vdev))
		schedule_work(&vdev->broken_work);
}

static void vdpa_bus_tell_broken(struct work_struct *work)
{
	struct vdpa_device *vdev = container_of(work, struct vdpa_device, broken_work);

	mutex_lock(&vdev->bound_lock);
	if (vdev->bound && vdev->bound->broken && vdpa_device_is_broken(vdev))
		vdev->bound->broken(vdev);
	mutex_unlock(&vdev->bound_lock);
}

/**
 * vdpa_device_broken - report that a device has stopped responding
 * @vdev: the device, registered
 *
 * The bound driver's broken callback runs from a work item. The device counts as broken
 * until a reset succeeds. Repeated calls are harmless.
 *
 * Context: any.
 */
void vdpa_device_broken(struct vdpa_device *vdev)
{
	if (vdpa_device_is_broken(vdev))
		return;
	WRITE_ONCE(vdev->broken, true);
	schedule_work(&vdev->broken_work);
}
EXPORT_SYMBOL_GPL(vdpa_device_broken);

static int vdpa_bus_probe(struct device *dev)
{
	struct vdpa_driver *drv = drv_to_vdpa(dev->driver);
	int ret = drv->probe(dev_to_vdpa(dev));

	if (!ret)
		vdpa_bus_set_bound(dev_to_vdpa(dev), drv);
	return ret;
}

static void vdpa_bus_remove(struct device *dev)
{
	struct vdpa_driver *drv = drv_to_vdpa(dev->driver);

	if (drv->stop)
		drv->stop(dev_to_vdpa(dev));
	vdpa_bus_set_bound(dev_to_vdpa(dev), NULL);
	if (drv->remove)
		drv->remove(dev_to_vdpa(dev));
}

static ssize_t driver_override_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vdpa_device *vdev = dev_to_vdpa(dev);
	ssize_t len;

	spin_lock(&vdev->override_lock);
	len = sysfs_emit(buf, "%s\n", vdev->driver_override ?: "");
	spin_unlock(&vdev->override_lock);
	return len;
}

/* A name, or an empty line for none */
static ssize_t driver_override_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	struct vdpa_device *vdev = dev_to_vdpa(dev);
	char *name, *old;

	/* driver_override_show() must fit it and its newline into one page */
	if (count >= PAGE_SIZE - 1 || memchr(buf, '\0', count))
		return -EINVAL;
	name = kstrndup(buf, strcspn(buf, "\n"), GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	if (!*name) {
		kfree(name);
		name = NULL;
	}
	spin_lock(&vdev->override_lock);
	old = vdev->driver_override;
	vdev->driver_override = name;
	spin_unlock(&vdev->override_lock);
	kfree(old);
	return count;
}
static DEVICE_ATTR_RW(driver_override);

static struct attribute *vdpa_bus_attrs[] = {
	&dev_attr_driver_override.attr,
	NULL,
};
ATTRIBUTE_GROUPS(vdpa_bus);

static struct bus_type vdpa_bus = {
	.name = "vdpa",
	.dev_groups = vdpa_bus_groups,
	.match = vdpa_bus_match,
	.probe = vdpa_bus_probe,
	.remove = vdpa_bus_remove,
};

void vdpa_bus_join(struct vdpa_device *vdev)
{
	spin_lock_init(&vdev->override_lock);
	mutex_init(&vdev->bound_lock);
	INIT_WORK(&vdev->broken_work, vdpa_bus_tell_broken);
	vdev->dev.bus = &vdpa_bus;
}

void vdpa_bus_leave(struct vdpa_device *vdev)
{
	cancel_work_sync(&vdev->broken_work);
	mutex_destroy(&vdev->bound_lock);
	kfree(vdev->driver_override);
}

int vdpa_bus_init(void)
{
	return bus_register(&vdpa_bus);
}

void vdpa_bus_exit(void)
{
	bus_unregister(&vdpa_bus);
}

/**
 * __vdpa_register_driver - add a driver; use vdpa_register_driver()
 * @drv: its name, probe and remove
 * @owner: the module
 *
 * Context: process; devices may be probed inside.
 * Return: 0 or a negative errno.
 */
int __vdpa_register_driver(struct vdpa_driver *drv, struct module *owner)
{
	drv->driver.bus = &vdpa_bus;
	drv->driver.owner = owner;
	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(__vdpa_register_driver);

/**
 * vdpa_unregister_driver - remove a driver from all its devices and from the bus
 * @drv: the driver
 *
 * Context: process.
 */
void vdpa_unregister_driver(struct vdpa_driver *drv)
{
	driver_unregister(&drv->driver);
}
EXPORT_SYMBOL_GPL(vdpa_unregister_driver);
