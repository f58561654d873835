// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a device allocated, registered, looked up and unregistered?
 */
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <uapi/linux/vhost_types.h>

#include "vdpa_priv.h"

/* see vdpa_priv.h */
DEFINE_MUTEX(vdpa_list_lock);

static DECLARE_WAIT_QUEUE_HEAD(vdpa_unused);
static LIST_HEAD(vdpa_devices);
static DEFINE_IDA(vdpa_index);

void vdpa_unuse(int *users)
{
	mutex_lock(&vdpa_list_lock);
	WRITE_ONCE(*users, *users - 1);
	wake_up_all(&vdpa_unused);
	mutex_unlock(&vdpa_list_lock);
}

void vdpa_wait_unused(const int *users)
{
	wait_event(vdpa_unused, !READ_ONCE(*users));
	/* the last vdpa_unuse() may still be inside the lock, touching *users */
	mutex_lock(&vdpa_list_lock);
	mutex_unlock(&vdpa_list_lock);
}

static void vdpa_device_release(struct device *dev)
{
	struct vdpa_device *vdev = dev_to_vdpa(dev);

	vdpa_bus_leave(vdev);
	if (vdev->config->free)
		vdev->config->free(vdev);
	ida_free(&vdpa_index, vdev->index);
	mutex_destroy(&vdev->config_lock);
	kfree(vdev);
}

static int vdpa_device_set_name(struct vdpa_device *vdev, const char *name)
{
	if (name)
		return dev_set_name(&vdev->dev, "%s", name);
	return dev_set_name(&vdev->dev, "vdpa%d", vdev->index);
}

/* The operations that linux/vdpa.h calls mandatory */
#define VDPA_OP(op)	{ offsetof(struct vdpa_config_ops, op), #op }

static const struct {
	size_t at;
	const char *name;
} vdpa_mandatory_ops[] = {
	VDPA_OP(set_vq_address), VDPA_OP(set_vq_num), VDPA_OP(set_vq_state),
	VDPA_OP(get_vq_state), VDPA_OP(set_vq_ready), VDPA_OP(get_vq_ready),
	VDPA_OP(set_vq_cb), VDPA_OP(kick_vq), VDPA_OP(set_driver_features),
	VDPA_OP(get_status), VDPA_OP(set_status), VDPA_OP(reset), VDPA_OP(get_config),
	VDPA_OP(set_config), VDPA_OP(set_config_cb),
};

static bool vdpa_config_ops_complete(struct device *parent, const struct vdpa_config_ops *config)
{
	for (int i = 0; i < ARRAY_SIZE(vdpa_mandatory_ops); i++) {
		/* all members are pointers to functions */
		if (config && *(void **)((void *)config + vdpa_mandatory_ops[i].at))
			continue;
		dev_err(parent, "vDPA device without the mandatory operation %s\n",
			vdpa_mandatory_ops[i].name);
		return false;
	}
	return true;
}

static const char *vdpa_map_ops_missing(const struct vdpa_map_ops *map)
{
	if (!map->set_map && !(map->map && map->unmap))
		return "set_map, or map and unmap";
	if (!map->reset_map)
		return "reset_map";
	if (!map->bind_mm != !map->unbind_mm)
		return map->bind_mm ? "unbind_mm" : "bind_mm";
	return NULL;
}

static bool vdpa_map_ops_complete(struct device *parent, const struct vdpa_map_ops *map)
{
	const char *missing = map ? vdpa_map_ops_missing(map) : NULL;

	if (missing)
		dev_err(parent, "vDPA device without the map operation %s\n", missing);
	return !missing;
}

/**
 * vdpa_alloc_device - allocate a parent's struct with a device at its start
 * @parent: the parent's struct device
 * @config: operations; free is not called when this function fails
 * @map: the device's own translation, or NULL
 * @name: name, or NULL for "vdpaN"
 * @size: of the parent's struct, whose first member is the struct vdpa_device, in bytes
 *
 * The memory is zeroed. Until vdpa_register_device(), put_device() frees it.
 *
 * Context: process.
 * Return: the device, or an ERR_PTR: -EINVAL when a mandatory operation is missing; the
 * log names it.
 */
struct vdpa_device *vdpa_alloc_device(struct device *parent, const struct vdpa_config_ops *config,
				      const struct vdpa_map_ops *map, const char *name,
				      size_t size)
{
	struct vdpa_device *vdev;
	int ret;

	/* a bug of the parent driver: logged */
	if (!vdpa_config_ops_complete(parent, config) || !vdpa_map_ops_complete(parent, map))
		return ERR_PTR(-EINVAL);
	vdev = kzalloc(size, GFP_KERNEL);
	if (!vdev)
		return ERR_PTR(-ENOMEM);
	ret = ida_alloc(&vdpa_index, GFP_KERNEL);
	if (ret < 0)
		goto err_free;
	vdev->index = ret;
	/* named before device_initialize(): on failure the memory is freed here, not by release */
	ret = vdpa_device_set_name(vdev, name);
	if (ret)
		goto err_index;
	vdev->config = config;
	vdev->map = map;
	mutex_init(&vdev->config_lock);
	sema_init(&vdev->query_slot, 1);
	INIT_LIST_HEAD(&vdev->list);
	vdpa_bus_join(vdev);
	vdev->dev.parent = parent;
	vdev->dev.release = vdpa_device_release;
	device_initialize(&vdev->dev);
	return vdev;

err_index:
	ida_free(&vdpa_index, vdev->index);
err_free:
	kfree(vdev);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(vdpa_alloc_device);

static struct vdpa_device *vdpa_device_find(const char *name)
{
	struct vdpa_device *vdev;

	lockdep_assert_held(&vdpa_list_lock);
	list_for_each_entry(vdev, &vdpa_devices, list)
		if (!strcmp(dev_name(&vdev->dev), name))
			return vdev;
	return NULL;
}

static int vdpa_device_reserve(struct vdpa_device *vdev)
{
	int ret = -EEXIST;

	mutex_lock(&vdpa_list_lock);
	if (!vdpa_device_find(dev_name(&vdev->dev))) {
		list_add_tail(&vdev->list, &vdpa_devices);
		ret = 0;
	}
	mutex_unlock(&vdpa_list_lock);
	return ret;
}

static void vdpa_device_set_ready(struct vdpa_device *vdev, bool ready)
{
	mutex_lock(&vdpa_list_lock);
	vdev->ready = ready;
	mutex_unlock(&vdpa_list_lock);
}

static void vdpa_device_unlist(struct vdpa_device *vdev)
{
	mutex_lock(&vdpa_list_lock);
	list_del_init(&vdev->list);
	mutex_unlock(&vdpa_list_lock);
}

static bool vdpa_can(const struct vdpa_device *vdev, unsigned int backend_feature, bool has)
{
	return has || !(vdev->info.backend_features & BIT_ULL(backend_feature));
}

/* Return: a member that is not valid, or NULL */
static const char *vdpa_info_invalid(const struct vdpa_device *vdev)
{
	const struct vdpa_info *info = &vdev->info;

	if (!info->nvqs || info->nvqs > U16_MAX)
		return "nvqs";
	if (!info->ngroups)
		return "ngroups";
	if (!info->nas)
		return "nas";
	if (!info->vq_num_max || info->vq_num_min > info->vq_num_max)
		return "vq_num_max";
	if (info->iova_first > info->iova_last)
		return "iova_last";
	if (!vdpa_can(vdev, VHOST_BACKEND_F_SUSPEND, vdev->config->suspend) ||
	    !vdpa_can(vdev, VHOST_BACKEND_F_RESUME, vdev->config->resume))
		return "backend_features";
	return vdev->dma_dev ? NULL : "dma_dev";
}

/**
 * vdpa_register_device - add a device to the bus
 * @vdev: the device, completely set up: its driver may be probed inside
 *
 * Context: process. The caller holds no lock that the parent's operations take.
 * Return: 0, -EINVAL when its info is not valid (logged), or another negative errno;
 * on failure the caller keeps its reference.
 */
int vdpa_register_device(struct vdpa_device *vdev)
{
	const char *invalid = vdpa_info_invalid(vdev);
	int ret;

	/* a bug of the parent driver, or of a daemon behind it */
	if (invalid) {
		dev_err(&vdev->dev, "invalid %s from its parent\n", invalid);
		return -EINVAL;
	}
	ret = vdpa_device_reserve(vdev);
	if (ret)
		return ret;
	ret = device_add(&vdev->dev);
	if (ret)
		vdpa_device_unlist(vdev);
	else
		vdpa_device_set_ready(vdev, true);
	return ret;
}
EXPORT_SYMBOL_GPL(vdpa_register_device);

/**
 * vdpa_unregister_device - remove a device from the bus, and drop the first reference
 * @vdev: the device; not valid afterwards unless the caller has a reference
 *
 * Its driver is unbound. After the return, the bus calls no operation of the parent but
 * free, when the last reference is dropped.
 *
 * Context: process.
 */
void vdpa_unregister_device(struct vdpa_device *vdev)
{
	vdpa_device_set_ready(vdev, false);
	device_del(&vdev->dev);
	/* wait for all who looked it up before; the name becomes free after that */
	vdpa_wait_unused(&vdev->users);
	vdpa_device_unlist(vdev);
	put_device(&vdev->dev);
}
EXPORT_SYMBOL_GPL(vdpa_unregister_device);

struct vdpa_device *vdpa_device_use(const char *name)
{
	struct vdpa_device *vdev;

	mutex_lock(&vdpa_list_lock);
	vdev = vdpa_device_find(name);
	if (vdev && vdev->ready)
		vdev->users++;
	else
		vdev = NULL;
	mutex_unlock(&vdpa_list_lock);
	return vdev;
}

struct vdpa_device *vdpa_device_use_next(int index)
{
	struct vdpa_device *vdev, *next = NULL;

	mutex_lock(&vdpa_list_lock);
	list_for_each_entry(vdev, &vdpa_devices, list)
		if (vdev->ready && vdev->index >= index &&
		    (!next || vdev->index < next->index))
			next = vdev;
	if (next)
		next->users++;
	mutex_unlock(&vdpa_list_lock);
	return next;
}

void vdpa_device_use_again(struct vdpa_device *vdev)
{
	mutex_lock(&vdpa_list_lock);
	vdev->users++;
	mutex_unlock(&vdpa_list_lock);
}

void vdpa_device_unuse(struct vdpa_device *vdev)
{
	vdpa_unuse(&vdev->users);
}

bool vdpa_device_claim(struct vdpa_device *vdev)
{
	bool claimed;

	mutex_lock(&vdpa_list_lock);
	claimed = vdev->ready;
	vdev->ready = false;
	mutex_unlock(&vdpa_list_lock);
	return claimed;
}
