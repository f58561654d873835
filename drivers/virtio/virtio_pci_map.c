// SPDX-License-Identifier: GPL-2.0-only
/* How are a modern device's registers found and mapped? */
#include <linux/dma-mapping.h>
#include <linux/pci.h>

#include "virtio_pci.h"

static u32 vp_map_config_read(void *data, unsigned int offset, unsigned int size)
{
	struct pci_dev *pdev = data;
	u32 value = ~0;
	u16 word;
	u8 byte;

	switch (size) {
	case 1:
		pci_read_config_byte(pdev, offset, &byte);
		value = byte;
		break;
	case 2:
		pci_read_config_word(pdev, offset, &word);
		value = word;
		break;
	default:
		pci_read_config_dword(pdev, offset, &value);
	}
	return value;
}

static int vp_map_walk(struct vp_device *vp)
{
	struct vp_caps_source source = {
		.read = vp_map_config_read,
		.data = vp->pci_dev,
	};
	int ret;

	for (int bar = 0; bar < VP_BARS; bar++)
		if (!(pci_resource_flags(vp->pci_dev, bar) & IORESOURCE_UNSET))
			source.bar_len[bar] = pci_resource_len(vp->pci_dev, bar);
	ret = vp_caps_walk(&source, &vp->caps);
	if (ret && vp->caps.problem[0])
		dev_err(&vp->pci_dev->dev, "refused: %s\n", vp->caps.problem);
	return ret;
}

static void __iomem *vp_map_region(struct vp_device *vp, enum vp_region_type type, u64 most)
{
	const struct vp_region *region = &vp->caps.region[type];
	void __iomem *base;

	if (!region->length)
		return NULL;
	base = pci_iomap_range(vp->pci_dev, region->bar, region->offset,
			       min(region->length, most));
	if (!base)
		dev_err(&vp->pci_dev->dev, "refused: cannot map 0x%llx bytes of BAR %u\n",
			min(region->length, most), region->bar);
	return base;
}

/* Shared memory regions are requested by their users */
static int vp_map_request(struct vp_device *vp)
{
	int bars = 0, ret;

	for (int type = 0; type < VP_REGIONS; type++)
		if (vp->caps.region[type].length)
			bars |= BIT(vp->caps.region[type].bar);
	ret = pci_request_selected_regions(vp->pci_dev, bars, "virtio-pci-modern");
	if (!ret)
		vp->bars = bars;
	return ret;
}

static int vp_map_regions(struct vp_device *vp)
{
	vp->common.length = min_t(u64, vp->caps.region[VP_REGION_COMMON].length, VP_COMMON_LEN);
	vp->common.base = vp_map_region(vp, VP_REGION_COMMON, VP_COMMON_LEN);
	vp->isr = vp_map_region(vp, VP_REGION_ISR, 1);
	vp->notify_area = vp_map_region(vp, VP_REGION_NOTIFY, U64_MAX);
	vp->device_cfg = vp_map_region(vp, VP_REGION_DEVICE, PAGE_SIZE);
	if (!vp->common.base || !vp->isr || !vp->notify_area ||
	    (!vp->device_cfg && vp->caps.region[VP_REGION_DEVICE].length))
		return -ENOMEM;
	return 0;
}

/* Return: 0, -ENODEV if the device is not a modern one, or another negative errno */
int vp_map_modern(struct vp_device *vp)
{
	struct pci_dev *pdev = vp->pci_dev;
	int ret;

	ret = vp_map_walk(vp);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (ret)
		dev_warn(&pdev->dev, "cannot set a 64-bit or 32-bit DMA mask: DMA may fail\n");
	ret = vp_map_request(vp);
	if (ret)
		return ret;
	ret = vp_map_regions(vp);
	if (ret)
		vp_unmap_modern(vp);
	return ret;
}

static void vp_unmap_one(struct vp_device *vp, void __iomem **base)
{
	if (*base)
		pci_iounmap(vp->pci_dev, *base);
	*base = NULL;
}

void vp_unmap_modern(struct vp_device *vp)
{
	vp_unmap_one(vp, &vp->device_cfg);
	vp_unmap_one(vp, &vp->notify_area);
	vp_unmap_one(vp, &vp->isr);
	vp_unmap_one(vp, &vp->common.base);
	pci_release_selected_regions(vp->pci_dev, vp->bars);
	vp->bars = 0;
}
