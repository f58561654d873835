// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are simulated devices added and deleted? By `vdpa dev add` and `vdpa dev del`, the
 * same for all types.
 */
#include <linux/dma-mapping.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <uapi/linux/vhost_types.h>
#include <uapi/linux/virtio_ring.h>

#include "sim.h"

static bool use_va;
module_param(use_va, bool, 0444);
MODULE_PARM_DESC(use_va, "access processes' memory by virtual addresses instead of pinned pages (default: no)");

static bool translate;
module_param(translate, bool, 0444);
MODULE_PARM_DESC(translate, "map only the buffers of kernel drivers in the device's IOMMU instead of all memory (default: no)");

/*
 * Not offered by default: QEMU's shadow virtqueues, which live migration needs, support none
 * of them, and a VMM cannot forward a queue reset of its guest.
 */
static bool indirect_desc, ring_reset, ring_packed;
module_param(indirect_desc, bool, 0644);
MODULE_PARM_DESC(indirect_desc, "new devices offer INDIRECT_DESC (default: no)");
module_param(ring_reset, bool, 0644);
MODULE_PARM_DESC(ring_reset, "new devices offer RING_RESET (default: no)");
module_param(ring_packed, bool, 0644);
MODULE_PARM_DESC(ring_packed, "new devices offer RING_PACKED (default: no)");

static const struct {
	const bool *wanted;
	unsigned int feature;
} sim_on_demand[] = {
	{ &indirect_desc, VIRTIO_RING_F_INDIRECT_DESC },
	{ &ring_reset, VIRTIO_F_RING_RESET },
	{ &ring_packed, VIRTIO_F_RING_PACKED },
};

static u64 sim_offer(const struct sim_type *type)
{
	u64 features = type->features & ~type->on_demand;

	for (int i = 0; i < ARRAY_SIZE(sim_on_demand); i++)
		if (!READ_ONCE(*sim_on_demand[i].wanted))
			features &= ~BIT_ULL(sim_on_demand[i].feature);
	return features | (type->offer ? type->offer() : 0);
}

static struct sim_mgmt *mdev_to_mgmt(struct vdpa_mgmt_dev *mdev)
{
	return container_of(mdev, struct sim_mgmt, mdev);
}

/* On failure the caller drops the reference, which frees everything */
static int sim_dev_setup(struct sim_dev *sim, const struct vdpa_dev_config *config)
{
	struct vdpa_info *info = &sim->vdev.info;
	int ret;

	info->device_id = sim->type->device_id;
	info->vendor_id = SIM_VENDOR_ID;
	info->vq_num_max = SIM_VQ_NUM_MAX;
	info->vq_num_min = 1;
	info->vq_align = PAGE_SIZE;
	info->iova_last = U64_MAX;
	info->use_va = use_va;
	info->backend_features = BIT_ULL(VHOST_BACKEND_F_SUSPEND) |
				 BIT_ULL(VHOST_BACKEND_F_RESUME) |
				 BIT_ULL(VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK);
	info->features = sim_offer(sim->type);
	if (config->given & VDPA_GIVEN_FEATURES)
		info->features = config->features;
	if (~info->features & SIM_NEEDS) {
		dev_notice(&sim->vdev.dev, "device_features without ACCESS_PLATFORM: refused\n");
		return -EINVAL;
	}

	ret = sim->type->create(sim, config);
	if (ret)
		return ret;
	ret = sim_queues_create(sim);
	if (ret)
		return ret;
	sim_kick_init(sim);
	sim_spaces_create(sim);
	mutex_lock(&sim->lock);
	sim_reset_locked(sim);
	mutex_unlock(&sim->lock);
	sim->worker = kthread_run_worker(0, "vdpa_sim/%s", dev_name(&sim->vdev.dev));
	if (IS_ERR(sim->worker))
		return PTR_ERR(sim->worker);
	if (translate) {
		sim->dma = sim_dma_create();
		if (!sim->dma)
			return -ENOMEM;
		sim->vdev.dma = &sim_dma_ops;
	}
	sim->vdev.dma_dev = &sim->vdev.dev;
	return dma_coerce_mask_and_coherent(&sim->vdev.dev, DMA_BIT_MASK(64));
}

/*
 * Devices are directly below /sys/devices, where programs written for other simulators
 * expect them. A new device cannot have the name of another directory there.
 */
static bool sim_name_taken(const struct sim_mgmt *mgmt, const char *name)
{
	struct kernfs_node *there;

	there = sysfs_get_dirent(mgmt->device->kobj.kset->kobj.sd, name);
	sysfs_put(there);
	return there;
}

static int sim_dev_add(struct vdpa_mgmt_dev *mdev, const char *name,
		       const struct vdpa_dev_config *config)
{
	struct sim_mgmt *mgmt = mdev_to_mgmt(mdev);
	struct vdpa_device *vdev;
	struct sim_dev *sim;
	int ret;

	if (sim_name_taken(mgmt, name))
		return -EEXIST;
	vdev = vdpa_alloc_device(NULL, &sim_config_ops, sim_iommu_ops(), name,
				 mgmt->type->size);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	sim = vdev_to_sim(vdev);
	mutex_init(&sim->lock);
	sim_fault_init(sim);
	init_waitqueue_head(&sim->stalled);
	sim->type = mgmt->type;
	vdev->mdev = mdev;
	ret = sim_dev_setup(sim, config);
	if (!ret)
		ret = vdpa_register_device(vdev);
	if (ret)
		put_device(&vdev->dev);
	return ret;
}

static void sim_dev_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev)
{
	struct sim_dev *sim = vdev_to_sim(vdev);

	mutex_lock(&sim->lock);
	sim_fault_leave(sim);
	mutex_unlock(&sim->lock);
	/* the removal waits for them, and so does whoever holds up generic netlink with it */
	wake_up_all(&sim->stalled);
	vdpa_unregister_device(vdev);
}

static int sim_dev_set(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev,
		       const struct vdpa_dev_config *config)
{
	struct sim_dev *sim = vdev_to_sim(vdev);
	int ret = -EOPNOTSUPP;

	mutex_lock(&sim->lock);
	if (sim->type->change)
		ret = sim->type->change(sim, config);
	mutex_unlock(&sim->lock);
	return ret;
}

static const struct vdpa_mgmtdev_ops sim_mgmt_ops = {
	.dev_add = sim_dev_add,
	.dev_del = sim_dev_del,
	.dev_set = sim_dev_set,
};

struct sim_mgmt *sim_mgmt_create(const struct sim_type *type)
{
	struct sim_mgmt *mgmt;
	int ret;

	mgmt = kzalloc(sizeof(*mgmt), GFP_KERNEL);
	if (!mgmt)
		return ERR_PTR(-ENOMEM);
	mgmt->type = type;
	mgmt->ids = kcalloc(2, sizeof(*mgmt->ids), GFP_KERNEL);
	if (!mgmt->ids) {
		ret = -ENOMEM;
		goto err_free;
	}
	mgmt->ids[0] = (struct virtio_device_id) { type->device_id, VIRTIO_DEV_ANY_ID };
	mgmt->device = root_device_register(type->name);
	if (IS_ERR(mgmt->device)) {
		ret = PTR_ERR(mgmt->device);
		goto err_ids;
	}
	mgmt->mdev.device = mgmt->device;
	mgmt->mdev.ops = &sim_mgmt_ops;
	mgmt->mdev.id_table = mgmt->ids;
	mgmt->mdev.supported = type->supported;
	mgmt->mdev.supported_features = type->features;
	mgmt->mdev.max_supported_vqs = type->max_vqs;
	ret = vdpa_mgmtdev_register(&mgmt->mdev);
	if (ret)
		goto err_device;
	return mgmt;

err_device:
	root_device_unregister(mgmt->device);
err_ids:
	kfree(mgmt->ids);
err_free:
	kfree(mgmt);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(sim_mgmt_create);

void sim_mgmt_destroy(struct sim_mgmt *mgmt)
{
	vdpa_mgmtdev_unregister(&mgmt->mdev);
	root_device_unregister(mgmt->device);
	kfree(mgmt->ids);
	kfree(mgmt);
}
EXPORT_SYMBOL_GPL(sim_mgmt_destroy);

static int __init sim_init(void)
{
	int ret = sim_table_start();

	if (ret)
		return ret;
	ret = sim_fault_start();
	if (ret)
		sim_table_end();
	return ret;
}
module_init(sim_init);

static void __exit sim_exit(void)
{
	sim_fault_end();
	sim_table_end();
}
module_exit(sim_exit);

MODULE_DESCRIPTION("vDPA simulator: common part of its device types");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
