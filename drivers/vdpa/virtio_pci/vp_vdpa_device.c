// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a function's device added and removed? By `vdpa dev add` and `vdpa dev del`, one
 * at a time.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <uapi/linux/vhost_types.h>
#include <uapi/linux/virtio_blk.h>
#include <uapi/linux/virtio_ids.h>

#include "vp_vdpa.h"

static struct vpv_func *mdev_to_func(struct vdpa_mgmt_dev *mdev)
{
	return container_of(mdev, struct vpv_func, mdev);
}

/* Fill in what does not change. The function is in reset. */
static int vpv_device_describe(struct vpv_device *vp, const struct vdpa_dev_config *config)
{
	struct vpv_func *func = vp->func;
	struct vdpa_info *info = &vp->vdev.info;
	struct vpv_offer offer;
	const char *missing;

	info->features = func->offer.by_default;
	if (config->given & VDPA_GIVEN_FEATURES)
		info->features = config->features;
	missing = vpv_features(info->features, &offer);
	if (missing) {
		dev_notice(&func->pdev->dev, "device_features without %s: refused\n", missing);
		return -EINVAL;
	}
	info->device_id = func->ids[0].device;
	info->vendor_id = func->pdev->subsystem_vendor;
	info->config_size = func->regs.config_len;
	info->ngroups = 1;
	info->nas = 1;
	info->vq_num_min = func->kind->vq_num_min;
	info->vq_align = PAGE_SIZE;
	info->iova_last = U64_MAX;
	vp->vdev.dma_dev = &func->pdev->dev;
	return vpv_net_ask(vp, config);
}

#define VPV_FEATURES_OK \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK)

/* Without these features there are no more, whatever the register says */
static u32 vpv_queues_at_most(const struct vpv_device *vp)
{
	const struct vdpa_info *info = &vp->vdev.info;

	if (info->device_id == VIRTIO_ID_NET)
		return vpv_net_queues(vp);
	if (info->device_id == VIRTIO_ID_BLOCK && !(info->features & BIT_ULL(VIRTIO_BLK_F_MQ)))
		return 1;
	return U32_MAX;
}

/*
 * How many queues there are, and how large, may depend on features: accept all that the
 * device offers, and read them back.
 */
static int vpv_device_learn(struct vpv_device *vp)
{
	const struct vp_regs *regs = &vp->func->regs;
	struct vdpa_info *info = &vp->vdev.info;
	int ret;

	vp_reg_write(&regs->common, VP_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	vp_reg_write(&regs->common, VP_STATUS,
		     VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	vp_regs_driver_features(regs, 0, info->features);
	vp_regs_driver_features(regs, 1, 0);
	vp_reg_write(&regs->common, VP_STATUS, VPV_FEATURES_OK);
	if (vp_reg_read(&regs->common, VP_STATUS) != VPV_FEATURES_OK) {
		dev_notice(&vp->func->pdev->dev, "the function does not accept the features 0x%llx\n",
			   info->features);
		return -EINVAL;
	}
	info->nvqs = min(vp_reg_read(&regs->common, VP_NUM_QUEUES), vpv_queues_at_most(vp));
	if (!info->nvqs)
		return -EINVAL;
	vp->features = info->features;
	ret = vpv_queues_create(vp);
	vp->features = 0;
	return ret;
}

/* Without it, the device has neither suspend nor places */
static void vpv_device_places(struct vpv_device *vp)
{
	const struct vpv_place_ops *const *places = vp->func->kind->places;

	while (*places && (*places)->get(vp))
		places++;
	if (!*places)
		return;
	vp->places = *places;
	vp->vdev.info.backend_features = BIT_ULL(VHOST_BACKEND_F_SUSPEND) |
					 BIT_ULL(VHOST_BACKEND_F_RESUME);
}

static int vpv_device_setup(struct vpv_device *vp, const struct vdpa_dev_config *config)
{
	int ret;

	ret = vpv_device_describe(vp, config);
	if (ret)
		return ret;
	pci_set_master(vp->func->pdev);
	ret = vpv_reset_function(vp);
	if (!ret)
		ret = vpv_device_learn(vp);
	if (!ret)
		ret = vpv_reset_function(vp);
	if (!ret)
		ret = vpv_irqs_request(vp);
	if (!ret)
		vpv_device_places(vp);
	return ret;
}

/* The function does nothing when this returns; the device itself may be in use a while longer */
static void vpv_device_quiet(struct vpv_device *vp)
{
	vpv_irqs_free(vp);
	pci_clear_master(vp->func->pdev);
	if (vp->places)
		vp->places->put(vp);
	clear_bit_unlock(0, &vp->func->taken);
}

static void vpv_device_publish(struct vpv_func *func, struct vpv_device *vp)
{
	mutex_lock(&func->device_lock);
	func->device = vp;
	mutex_unlock(&func->device_lock);
}

static int vpv_dev_add(struct vdpa_mgmt_dev *mdev, const char *name,
		       const struct vdpa_dev_config *config)
{
	struct vpv_func *func = mdev_to_func(mdev);
	struct vdpa_device *vdev;
	struct vpv_device *vp;
	int ret;

	if (test_and_set_bit_lock(0, &func->taken)) {
		dev_notice(&func->pdev->dev, "%s refused: the function has a vDPA device\n", name);
		return -EBUSY;
	}
	vdev = vdpa_alloc_device(&func->pdev->dev, &vpv_config_ops, NULL, name, sizeof(*vp));
	if (IS_ERR(vdev)) {
		clear_bit_unlock(0, &func->taken);
		return PTR_ERR(vdev);
	}
	vp = vdev_to_vpv(vdev);
	vp->func = func;
	mutex_init(&vp->steps);
	mutex_init(&vp->lock);
	vpv_callback_init(&vp->config_callback);
	vdev->mdev = mdev;
	ret = vpv_device_setup(vp, config);
	if (!ret) {
		vpv_device_publish(func, vp);
		ret = vdpa_register_device(vdev);
	}
	if (!ret)
		return 0;
	vpv_device_publish(func, NULL);
	vpv_device_quiet(vp);
	put_device(&vdev->dev);
	return ret;
}

static void vpv_dev_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev)
{
	struct vpv_func *func = mdev_to_func(mdev);
	struct vpv_device *vp = vdev_to_vpv(vdev);

	WRITE_ONCE(vp->leaving, true);
	/* drivers stop polling a device that is gone */
	if (vpv_gone(vp))
		vdpa_device_broken(vdev);
	vpv_device_publish(func, NULL);
	get_device(&vdev->dev);
	vdpa_unregister_device(vdev);
	/* whoever used it has reset it, unless it had no user */
	vpv_reset_function(vp);
	vpv_device_quiet(vp);
	put_device(&vdev->dev);
}

const struct vdpa_mgmtdev_ops vpv_mgmt_ops = {
	.dev_add = vpv_dev_add,
	.dev_del = vpv_dev_del,
};
