// SPDX-License-Identifier: GPL-2.0-only
/*
 * How is a legacy device driven? All registers are in I/O BAR0, in the guest's
 * own byte order; sections "Legacy Interfaces: A Note on PCI Device Layout" and
 * following.
 */
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/virtio_pci_spec.h>

#include "virtio_pci.h"

static void __iomem *legacy_reg(struct vp_device *vp, unsigned int offset)
{
	return vp->legacy + offset;
}

/* --- features, status, device configuration --- */

static u64 legacy_get_features(struct vp_device *vp, unsigned int nth)
{
	return nth ? 0 : ioread32(legacy_reg(vp, VIRTIO_PCI_HOST_FEATURES));
}

static int legacy_finalize_features(struct vp_device *vp)
{
	struct virtio_device *vdev = &vp->vdev;

	vring_transport_features(vdev);
	/* a driver bug: nothing above bit 31 was offered */
	if (WARN_ON_ONCE(upper_32_bits(vdev->features)))
		return -EINVAL;
	iowrite32(lower_32_bits(vdev->features), legacy_reg(vp, VIRTIO_PCI_GUEST_FEATURES));
	return 0;
}

static u8 legacy_get_status(struct vp_device *vp)
{
	return ioread8(legacy_reg(vp, VIRTIO_PCI_STATUS));
}

static void legacy_set_status(struct vp_device *vp, u8 status)
{
	iowrite8(status, legacy_reg(vp, VIRTIO_PCI_STATUS));
}

static u8 legacy_read_isr(struct vp_device *vp)
{
	return ioread8(legacy_reg(vp, VIRTIO_PCI_ISR));
}

/* It follows the vector registers, which exist only with MSI-X enabled */
static void __iomem *legacy_config(struct vp_device *vp, unsigned int offset)
{
	return legacy_reg(vp, VIRTIO_PCI_CONFIG_OFF(vp->msix) + offset);
}

static void legacy_config_get(struct vp_device *vp, unsigned int offset, void *buf,
			      unsigned int len)
{
	vp_bytes_read(legacy_config(vp, offset), buf, len);
}

static void legacy_config_set(struct vp_device *vp, unsigned int offset, const void *buf,
			      unsigned int len)
{
	vp_bytes_write(legacy_config(vp, offset), buf, len);
}

/* --- vectors and queues; select_lock is held for those of a queue --- */

static u16 legacy_config_vector(struct vp_device *vp, u16 vector)
{
	iowrite16(vector, legacy_reg(vp, VIRTIO_MSI_CONFIG_VECTOR));
	return ioread16(legacy_reg(vp, VIRTIO_MSI_CONFIG_VECTOR));
}

static void legacy_select(struct vp_device *vp, u16 index)
{
	lockdep_assert_held(&vp->select_lock);
	iowrite16(index, legacy_reg(vp, VIRTIO_PCI_QUEUE_SEL));
}

static u16 legacy_queue_vector(struct vp_device *vp, u16 index, u16 vector)
{
	legacy_select(vp, index);
	iowrite16(vector, legacy_reg(vp, VIRTIO_MSI_QUEUE_VECTOR));
	return ioread16(legacy_reg(vp, VIRTIO_MSI_QUEUE_VECTOR));
}

static unsigned int legacy_queue_max(struct vp_device *vp, u16 index)
{
	legacy_select(vp, index);
	if (ioread32(legacy_reg(vp, VIRTIO_PCI_QUEUE_PFN)))
		return 0;
	return ioread16(legacy_reg(vp, VIRTIO_PCI_QUEUE_NUM));
}

/* Writing the page number also enables the queue. It covers 44 bits of address. */
static int legacy_queue_prepare(struct vp_device *vp, struct virtqueue *vq)
{
	u64 page = virtqueue_get_desc_addr(vq) >> VIRTIO_PCI_QUEUE_ADDR_SHIFT;

	if (upper_32_bits(page)) {
		dev_err(&vp->pci_dev->dev,
			"queue %u: address above 16 TiB is out of reach of a legacy device\n",
			vq->index);
		return -E2BIG;
	}
	vq->priv = (void __force *)legacy_reg(vp, VIRTIO_PCI_QUEUE_NOTIFY);
	legacy_select(vp, vq->index);
	iowrite32(page, legacy_reg(vp, VIRTIO_PCI_QUEUE_PFN));
	return 0;
}

static void legacy_queue_enable(struct vp_device *vp, u16 index)
{
}

static void legacy_queue_forget(struct vp_device *vp, struct virtqueue *vq)
{
	if (vp->msix)
		legacy_queue_vector(vp, vq->index, VP_NO_VECTOR);
	legacy_select(vp, vq->index);
	iowrite32(0, legacy_reg(vp, VIRTIO_PCI_QUEUE_PFN));
}

static bool legacy_notify(struct virtqueue *vq)
{
	iowrite16(vq->index, (void __iomem __force *)vq->priv);
	return true;
}

/* --- attach --- */

/* A queue's address is a 32-bit page number; buffers can be anywhere */
static void legacy_dma(struct pci_dev *pdev)
{
	int ret;

	ret = dma_set_mask(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	else
		dma_set_coherent_mask(&pdev->dev,
				      DMA_BIT_MASK(32 + VIRTIO_PCI_QUEUE_ADDR_SHIFT));
	if (ret)
		dev_warn(&pdev->dev, "cannot set a 64-bit or 32-bit DMA mask: DMA may fail\n");
}

static int legacy_attach(struct vp_device *vp)
{
	struct pci_dev *pdev = vp->pci_dev;
	int ret;

	/* "Transitional devices MUST have [...] revision ID 0" */
	if (pdev->device < VIRTIO_PCI_ID_FIRST || pdev->device >= VIRTIO_PCI_ID_MODERN ||
	    pdev->revision)
		return -ENODEV;
	legacy_dma(pdev);
	ret = pci_request_region(pdev, 0, "virtio-pci-legacy");
	if (ret)
		return ret;
	vp->legacy = pci_iomap(pdev, 0, 0);
	if (!vp->legacy) {
		pci_release_region(pdev, 0);
		return -ENOMEM;
	}
	vp->vdev.id.device = pdev->subsystem_device;
	vp->vdev.id.vendor = pdev->subsystem_vendor;
	return 0;
}

static void legacy_detach(struct vp_device *vp)
{
	pci_iounmap(vp->pci_dev, vp->legacy);
	pci_release_region(vp->pci_dev, 0);
}

const struct vp_kind vp_legacy = {
	.ring_align = VIRTIO_PCI_VRING_ALIGN,
	.ring_may_shrink = false,
	.get_features = legacy_get_features,
	.finalize_features = legacy_finalize_features,
	.config_get = legacy_config_get,
	.config_set = legacy_config_set,
	.get_status = legacy_get_status,
	.set_status = legacy_set_status,
	.read_isr = legacy_read_isr,
	.config_vector = legacy_config_vector,
	.queue_vector = legacy_queue_vector,
	.queue_max = legacy_queue_max,
	.queue_prepare = legacy_queue_prepare,
	.queue_enable = legacy_queue_enable,
	.queue_forget = legacy_queue_forget,
	.notify = legacy_notify,
	.attach = legacy_attach,
	.detach = legacy_detach,
};
