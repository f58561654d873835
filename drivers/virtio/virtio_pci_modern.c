// SPDX-License-Identifier: GPL-2.0-only
/* How is a modern device driven? Its registers, and features that only it has. */
#include <linux/pci.h>

#include "virtio_pci.h"
#include "virtio_pci_admin_transport.h"

/* --- features --- */

static u64 modern_get_features(struct vp_device *vp, unsigned int nth)
{
	return vp_regs_device_features(&vp->regs, nth);
}

/*
 * Features that the transport itself implements, and their conditions. The ring code
 * clears the transport features that it does not know, so these are set again from
 * what the device offers.
 */
static bool modern_can_sriov(struct vp_device *vp)
{
	return pci_find_ext_capability(vp->pci_dev, PCI_EXT_CAP_ID_SRIOV);
}

static bool modern_can_notify_data(struct vp_device *vp)
{
	return VRING_HAS_NOTIFICATION_DATA;
}

static bool modern_can_reset_rings(struct vp_device *vp)
{
	return vp_reg_there(&vp->regs.common, VP_QUEUE_RESET);
}

static bool modern_can_admin(struct vp_device *vp)
{
	return vp->admin;
}

static const struct {
	unsigned int bit;
	bool (*can)(struct vp_device *vp);
} modern_features[] = {
	{ VIRTIO_F_SR_IOV, modern_can_sriov },
	{ VIRTIO_F_NOTIFICATION_DATA, modern_can_notify_data },
	{ VIRTIO_F_RING_RESET, modern_can_reset_rings },
	{ VIRTIO_F_ADMIN_VQ, modern_can_admin },
};

/* May be called more than once for one negotiation */
static int modern_finalize_features(struct vp_device *vp)
{
	struct virtio_device *vdev = &vp->vdev;
	u64 offered = modern_get_features(vp, 0);

	vring_transport_features(vdev);
	for (int i = 0; i < ARRAY_SIZE(modern_features); i++) {
		unsigned int bit = modern_features[i].bit;

		if (offered & BIT_ULL(bit) && modern_features[i].can(vp))
			__virtio_set_bit(vdev, bit);
		else
			__virtio_clear_bit(vdev, bit);
	}
	/*
	 * VIRTIO_F_IN_ORDER would apply to the admin queue too (section "Reserved Feature
	 * Bits": all buffers). One slow VF would delay the answers for all others, and a
	 * used element may stand for several commands, which vp_ring_get() does not
	 * support. Without an admin queue it is left to the ring code.
	 */
	if (vp->admin)
		__virtio_clear_bit(vdev, VIRTIO_F_IN_ORDER);
	if (!__virtio_test_bit(vdev, VIRTIO_F_VERSION_1)) {
		dev_err(&vp->pci_dev->dev, "modern device does not offer VIRTIO_F_VERSION_1\n");
		return -EINVAL;
	}
	for (unsigned int i = 0; i < VIRTIO_FEATURES_U64S; i++)
		vp_regs_driver_features(&vp->regs, i, virtio_features(vdev)[i]);
	return 0;
}

/* --- status and device configuration --- */

static u8 modern_get_status(struct vp_device *vp)
{
	return vp_reg_read(&vp->regs.common, VP_STATUS);
}

static void modern_set_status(struct vp_device *vp, u8 status)
{
	vp_reg_write(&vp->regs.common, VP_STATUS, status);
}

static u8 modern_read_isr(struct vp_device *vp)
{
	return ioread8(vp->regs.isr);
}

static u32 modern_generation(struct vp_device *vp)
{
	return vp_reg_read(&vp->regs.common, VP_CONFIG_GENERATION);
}

static void modern_config_get(struct vp_device *vp, unsigned int offset, void *buf,
			      unsigned int len)
{
	vp_regs_config_get(&vp->regs, offset, buf, len);
}

static void modern_config_set(struct vp_device *vp, unsigned int offset, const void *buf,
			      unsigned int len)
{
	vp_regs_config_set(&vp->regs, offset, buf, len);
}

static bool modern_get_shm(struct vp_device *vp, struct virtio_shm_region *shm, u8 id)
{
	const struct vp_region *region = vp_caps_shm(&vp->regs.caps, id);

	if (!region || !(pci_resource_flags(vp->pci_dev, region->bar) & IORESOURCE_MEM))
		return false;
	shm->addr = pci_resource_start(vp->pci_dev, region->bar) + region->offset;
	shm->len = region->length;
	return true;
}

/* --- vectors and queues; select_lock is held for those of a queue --- */

static u16 modern_config_vector(struct vp_device *vp, u16 vector)
{
	return vp_regs_config_vector(&vp->regs, vector);
}

static u16 modern_queue_vector(struct vp_device *vp, u16 index, u16 vector)
{
	lockdep_assert_held(&vp->select_lock);
	return vp_regs_queue_vector(&vp->regs, index, vector);
}

static unsigned int modern_queue_max(struct vp_device *vp, u16 index)
{
	lockdep_assert_held(&vp->select_lock);
	return vp_regs_queue_max(&vp->regs, index);
}

/* Return: address to notify queue @index, or NULL after logging why */
static void __iomem *modern_doorbell(struct vp_device *vp, u16 index)
{
	bool with_data = __virtio_test_bit(&vp->vdev, VIRTIO_F_NOTIFICATION_DATA);
	u64 offset;

	lockdep_assert_held(&vp->select_lock);
	if (vp_regs_queue_notify(&vp->regs, index, with_data ? 4 : 2, &offset))
		return NULL;
	return vp->regs.notify_area + offset;
}

static int modern_queue_prepare(struct vp_device *vp, struct virtqueue *vq)
{
	struct vp_areas areas = {
		.desc = virtqueue_get_desc_addr(vq),
		.driver = virtqueue_get_avail_addr(vq),
		.device = virtqueue_get_used_addr(vq),
	};

	vq->priv = (void __force *)modern_doorbell(vp, vq->index);
	if (!vq->priv)
		return -EINVAL;
	vp_regs_queue_place(&vp->regs, vq->index, virtqueue_get_vring_size(vq), &areas);
	return 0;
}

static void modern_queue_enable(struct vp_device *vp, u16 index)
{
	lockdep_assert_held(&vp->select_lock);
	vp_regs_queue_enable(&vp->regs, index);
}

/* The device was reset, or the queue was not enabled */
static void modern_queue_forget(struct vp_device *vp, struct virtqueue *vq)
{
	if (vp->msix)
		modern_queue_vector(vp, vq->index, VP_NO_VECTOR);
}

static bool modern_notify(struct virtqueue *vq)
{
	iowrite16(vq->index, (void __iomem __force *)vq->priv);
	return true;
}

static bool modern_notify_with_data(struct virtqueue *vq)
{
	iowrite32(vring_notification_data(vq), (void __iomem __force *)vq->priv);
	return true;
}

/* --- for the admin queue --- */

bool vp_modern_offers_admin(struct vp_device *vp)
{
	return vp->kind == &vp_modern && vp_reg_there(&vp->regs.common, VP_ADMIN_QUEUE_NUM) &&
	       modern_get_features(vp, 0) & BIT_ULL(VIRTIO_F_ADMIN_VQ);
}

/*
 * Index of the first admin queue, after VIRTIO_F_ADMIN_VQ was negotiated.
 * Return: 0, or -EINVAL after logging what is wrong
 */
int vp_modern_admin_queue(struct vp_device *vp, u16 *index)
{
	u16 queues = vp_reg_read(&vp->regs.common, VP_NUM_QUEUES);
	u16 num = vp_reg_read(&vp->regs.common, VP_ADMIN_QUEUE_NUM);

	*index = vp_reg_read(&vp->regs.common, VP_ADMIN_QUEUE_INDEX);
	if (!num || *index + num > U16_MAX)
		dev_err(&vp->pci_dev->dev, "admin queue ignored: num %u at index %u is out of range\n",
			num, *index);
	else if (*index < queues)
		dev_err(&vp->pci_dev->dev,
			"admin queue ignored: num %u at index %u overlaps %u device queues\n",
			num, *index, queues);
	else
		return 0;
	return -EINVAL;
}

u16 vp_modern_queue_max(struct vp_device *vp, u16 index)
{
	u16 max;

	mutex_lock(&vp->select_lock);
	max = modern_queue_max(vp, index);
	mutex_unlock(&vp->select_lock);
	return max;
}

int vp_modern_queue_enable(struct vp_device *vp, u16 index, u16 num, u16 vector,
			   dma_addr_t desc, dma_addr_t driver, dma_addr_t device)
{
	struct vp_areas areas = { desc, driver, device };
	int ret = 0;

	mutex_lock(&vp->select_lock);
	vp_regs_queue_place(&vp->regs, index, num, &areas);
	if (vector != VP_NO_VECTOR && modern_queue_vector(vp, index, vector) != vector)
		ret = -EBUSY;
	else
		modern_queue_enable(vp, index);
	mutex_unlock(&vp->select_lock);
	return ret;
}

void __iomem *vp_modern_queue_doorbell(struct vp_device *vp, u16 index)
{
	void __iomem *doorbell;

	mutex_lock(&vp->select_lock);
	doorbell = modern_doorbell(vp, index);
	mutex_unlock(&vp->select_lock);
	return doorbell;
}

/* --- attach --- */

static int modern_attach(struct vp_device *vp)
{
	struct pci_dev *pdev = vp->pci_dev;
	int type = vp_regs_type(pdev), ret;

	if (type < 0)
		return type;
	ret = vp_regs_map(&vp->regs, pdev);
	if (ret)
		return ret;
	vp->vdev.id.device = type;
	vp->vdev.id.vendor = pdev->subsystem_vendor;
	return 0;
}

static void modern_detach(struct vp_device *vp)
{
	vp_regs_unmap(&vp->regs);
}

const struct vp_kind vp_modern = {
	.ring_align = SMP_CACHE_BYTES,
	.ring_may_shrink = true,
	.get_features = modern_get_features,
	.finalize_features = modern_finalize_features,
	.config_get = modern_config_get,
	.config_set = modern_config_set,
	.generation = modern_generation,
	.get_shm = modern_get_shm,
	.get_status = modern_get_status,
	.set_status = modern_set_status,
	.read_isr = modern_read_isr,
	.config_vector = modern_config_vector,
	.queue_vector = modern_queue_vector,
	.queue_max = modern_queue_max,
	.queue_prepare = modern_queue_prepare,
	.queue_enable = modern_queue_enable,
	.queue_forget = modern_queue_forget,
	.notify = modern_notify,
	.notify_with_data = modern_notify_with_data,
	.attach = modern_attach,
	.detach = modern_detach,
};
