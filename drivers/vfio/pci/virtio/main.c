// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio-vfio-pci: a vfio-pci variant that presents a virtio VF to its user as a
 * transitional device, if the VF's owner offers the legacy access commands. Any
 * other function is served exactly as by vfio-pci. It binds by driver_override
 * only, under either spelling of its name.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio.h>
#include <linux/vfio_pci_core.h>

#include "virtiovf.h"

static int virtiovf_open_device(struct vfio_device *vdev)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	int ret;

	ret = vfio_pci_core_enable(&vf->core);
	if (ret)
		return ret;
	ret = virtiovf_migration_open(vf) ?: virtiovf_modern_open(vf);
	if (ret) {
		vfio_pci_core_disable(&vf->core);
		return ret;
	}
	if (vf->type) {
		virtiovf_config_space_reset(vf);
		virtiovf_intx_open(vf);
		virtiovf_notify_open(vf);
	}
	vfio_pci_core_finish_enable(&vf->core);
	return 0;
}

static void virtiovf_close_device(struct vfio_device *vdev)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);

	virtiovf_interpose_quit(vf);
	virtiovf_ioeventfd_close(vf);
	if (vf->type)
		virtiovf_intx_close(vf);
	virtiovf_modern_close(vf);
	virtiovf_notify_close(vf);
	virtiovf_migration_end(vf);
	vfio_pci_core_close_device(vdev);
	virtiovf_interpose_free(vf);
	virtiovf_guest_irqs_close(vf);
	virtiovf_dirty_close(vf);
	virtiovf_migration_close(vf);
}

static ssize_t virtiovf_read(struct vfio_device *vdev, char __user *buf, size_t count,
			     loff_t *ppos)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);

	switch (VFIO_PCI_OFFSET_TO_INDEX(*ppos)) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return virtiovf_config_space_read(vf, buf, count, ppos);
	case VFIO_PCI_BAR0_REGION_INDEX:
		return virtiovf_bar0_read(vf, buf, count, ppos);
	default:
		return virtiovf_modern_read(vf, buf, count, ppos);
	}
}

static ssize_t virtiovf_write(struct vfio_device *vdev, const char __user *buf, size_t count,
			      loff_t *ppos)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);

	switch (VFIO_PCI_OFFSET_TO_INDEX(*ppos)) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return virtiovf_config_space_write(vf, buf, count, ppos);
	case VFIO_PCI_BAR0_REGION_INDEX:
		return virtiovf_bar0_write(vf, buf, count, ppos);
	default:
		return virtiovf_modern_write(vf, buf, count, ppos);
	}
}

/* The user may use the memory for something else afterwards */
static long virtiovf_reset(struct virtiovf_device *vf, unsigned int cmd, unsigned long arg)
{
	long ret = vfio_pci_core_ioctl(&vf->core.vdev, cmd, arg);

	virtiovf_interpose_settle(vf);
	return ret;
}

static long virtiovf_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case VFIO_DEVICE_RESET:
	case VFIO_DEVICE_PCI_HOT_RESET:
		return virtiovf_reset(virtiovf_of(vdev), cmd, arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return virtiovf_intx_irq_info(virtiovf_of(vdev), arg);
	case VFIO_DEVICE_SET_IRQS:
		return virtiovf_intx_set_irqs(virtiovf_of(vdev), arg);
	case VFIO_DEVICE_IOEVENTFD:
		return virtiovf_ioeventfd(virtiovf_of(vdev), arg);
	default:
		return vfio_pci_core_ioctl(vdev, cmd, arg);
	}
}

/* BAR0 cannot be mapped: each access is one or more admin commands */
static int virtiovf_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
				struct vfio_info_cap *caps)
{
	if (info->index != VFIO_PCI_BAR0_REGION_INDEX)
		return virtiovf_trap_region_info(vdev, info, caps);
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	info->size = virtiovf_type_bar0_size(virtiovf_of(vdev)->type);
	info->offset = VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_BAR0_REGION_INDEX);
	return 0;
}

COMPAT_VFIO_FEATURE_FN(virtiovf, virtiovf_migration_data_size)

/* Common to the passthrough and the transitional device */
#define VIRTIOVF_COMMON_OPS						\
	.init = vfio_pci_core_init_dev,					\
	.release = vfio_pci_core_release_dev,				\
	.open_device = virtiovf_open_device,				\
	.close_device = virtiovf_close_device,				\
	.device_feature = COMPAT_VFIO_FEATURE(virtiovf),		\
	.mmap = virtiovf_trap_mmap,					\
	.request = vfio_pci_core_request,				\
	.match = vfio_pci_core_match,					\
	COMPAT_VFIO_IOMMUFD_OPS

COMPAT_VFIO_REGION_INFO(virtiovf_passthrough, vfio_pci_core_ioctl, virtiovf_trap_region_info)

static const struct vfio_device_ops virtiovf_passthrough_ops = {
	VIRTIOVF_COMMON_OPS
	COMPAT_VFIO_REGION_INFO_OPS(virtiovf_passthrough, vfio_pci_core_ioctl,
				    virtiovf_trap_region_info)
	.name = "virtio-vfio-pci",
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
};

COMPAT_VFIO_REGION_INFO(virtiovf, virtiovf_ioctl, virtiovf_region_info)

static const struct vfio_device_ops virtiovf_transitional_ops = {
	VIRTIOVF_COMMON_OPS
	COMPAT_VFIO_REGION_INFO_OPS(virtiovf, virtiovf_ioctl, virtiovf_region_info)
	.name = "virtio-vfio-pci-transitional",
	.read = virtiovf_read,
	.write = virtiovf_write,
};

/*
 * A VF is transitional if the device offers all that this takes. Otherwise it is
 * passed through, and one line in the log says why; a PF is always passed through.
 */
static const struct virtiovf_type *
virtiovf_legacy_type(struct pci_dev *pdev, const struct virtio_pci_admin_calls *admin)
{
	const struct virtiovf_type *type = virtiovf_type_find(pdev->device);
	const char *missing = NULL;

	if (!pdev->is_virtfn)
		return NULL;
	if (pdev->vendor != PCI_VENDOR_ID_REDHAT_QUMRANET || !type)
		missing = "its device type has none";
	else if (pci_resource_len(pdev, 0))
		missing = "the VF has a BAR0 of its own";
	else if (!admin->has_legacy_regs(pdev))
		missing = "the PF has no legacy commands for it";

	if (missing) {
		pci_info(pdev, "no legacy interface: %s\n", missing);
		return NULL;
	}
	/* the normal case: would flood the log of a host with many VFs */
	pci_dbg(pdev, "transitional virtio %s, BAR0 of %u bytes\n", type->name,
		virtiovf_type_bar0_size(type));
	return type;
}

static int virtiovf_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct virtio_pci_admin_calls *admin = virtiovf_admin_get(pdev);
	const struct virtiovf_type *type = virtiovf_legacy_type(pdev, admin);
	struct virtiovf_device *vf;
	int ret;

	vf = vfio_alloc_device(virtiovf_device, core.vdev, &pdev->dev,
			       type ? &virtiovf_transitional_ops : &virtiovf_passthrough_ops);
	if (IS_ERR(vf)) {
		ret = PTR_ERR(vf);
		goto err_put_admin;
	}
	vf->type = type;
	vf->admin = admin;
	mutex_init(&vf->bar0_lock);
	mutex_init(&vf->ioeventfd_lock);
	xa_init(&vf->ioeventfds);
	spin_lock_init(&vf->config_lock);
	virtiovf_interpose_init(vf);
	virtiovf_guest_irqs_init(vf);
	virtiovf_migration_init(vf);
	virtiovf_trap_init(vf);
	virtiovf_dirty_init(vf);
	virtiovf_intx_init(vf);

	dev_set_drvdata(&pdev->dev, &vf->core);
	ret = vfio_pci_core_register_device(&vf->core);
	if (ret)
		goto err_put_device;
	return 0;

err_put_device:
	vfio_put_device(&vf->core.vdev);
err_put_admin:
	virtiovf_admin_put(admin);
	return ret;
}

static struct virtiovf_device *virtiovf_of_pci(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	return container_of(core, struct virtiovf_device, core);
}

static void virtiovf_remove(struct pci_dev *pdev)
{
	struct virtiovf_device *vf = virtiovf_of_pci(pdev);
	const struct virtio_pci_admin_calls *admin = vf->admin;

	vfio_pci_core_unregister_device(&vf->core);
	virtiovf_migration_exit(vf);
	vfio_put_device(&vf->core.vdev);
	virtiovf_admin_put(admin);
}

/* Before the same resets as virtiovf_reset_done() */
static void virtiovf_reset_prepare(struct pci_dev *pdev)
{
	virtiovf_interpose_reset(virtiovf_of_pci(pdev));
}

/* After every function reset: FLR by a configuration write, VFIO_DEVICE_RESET, hot reset */
static void virtiovf_reset_done(struct pci_dev *pdev)
{
	struct virtiovf_device *vf = virtiovf_of_pci(pdev);

	if (vf->type) {
		virtiovf_config_space_reset(vf);
		virtiovf_intx_function_reset(vf);
	}
	virtiovf_dirty_reset(vf);
	virtiovf_migration_reset(vf);
}

static const struct pci_error_handlers virtiovf_err_handlers = {
	.error_detected = vfio_pci_core_aer_err_detected,
	.reset_prepare = virtiovf_reset_prepare,
	.reset_done = virtiovf_reset_done,
};

#define VIRTIO_VF(id)	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_VENDOR_ID_REDHAT_QUMRANET, id) }

/* For the vfio_pci: alias by which libvirt finds the driver; a line for each row of type.c */
static const struct pci_device_id virtiovf_ids[] = {
	VIRTIO_VF(0x1041),	/* net */
	VIRTIO_VF(0x1042),	/* blk */
	VIRTIO_VF(0x1043),	/* console */
	VIRTIO_VF(0x1044),	/* rng */
	VIRTIO_VF(0x1045),	/* balloon */
	VIRTIO_VF(0x1048),	/* scsi */
	{}
};
MODULE_DEVICE_TABLE(pci, virtiovf_ids);

static const struct attribute_group *virtiovf_groups[] = {
	&virtiovf_dirty_group,
	&virtiovf_trap_group,
	NULL
};

#define VIRTIOVF_DRIVER(its_name) {				\
		.name = its_name,				\
		.id_table = virtiovf_ids,			\
		.probe = virtiovf_probe,			\
		.remove = virtiovf_remove,			\
		.err_handler = &virtiovf_err_handlers,		\
		.dev_groups = virtiovf_groups,			\
		.driver_managed_dma = true,			\
	}

/*
 * The driver's name with dashes, and the module's with underscores: documents and
 * scripts write either to driver_override and to bind.
 */
static struct pci_driver virtiovf_drivers[] = {
	VIRTIOVF_DRIVER("virtio-vfio-pci"),
	VIRTIOVF_DRIVER("virtio_vfio_pci"),
};

static int __init virtiovf_init(void)
{
	int ret;

	for (int i = 0; i < ARRAY_SIZE(virtiovf_drivers); i++) {
		ret = pci_register_driver(&virtiovf_drivers[i]);
		if (ret) {
			while (i--)
				pci_unregister_driver(&virtiovf_drivers[i]);
			return ret;
		}
	}
	return 0;
}
module_init(virtiovf_init);

static void __exit virtiovf_exit(void)
{
	for (int i = 0; i < ARRAY_SIZE(virtiovf_drivers); i++)
		pci_unregister_driver(&virtiovf_drivers[i]);
	virtiovf_intx_exit();
}
module_exit(virtiovf_exit);

MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("vfio-pci for virtio VFs, with the legacy interface");
