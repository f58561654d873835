// SPDX-License-Identifier: GPL-2.0-only
/* How are a modern device's registers found and mapped? */
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/virtio_pci_spec.h>

#include "virtio_pci_regs.h"

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

static int vp_map_walk(struct vp_regs *regs)
{
	struct vp_caps_source source = {
		.read = vp_map_config_read,
		.data = regs->pci_dev,
	};
	int ret;

	for (int bar = 0; bar < VP_BARS; bar++)
		if (!(pci_resource_flags(regs->pci_dev, bar) & IORESOURCE_UNSET))
			source.bar_len[bar] = pci_resource_len(regs->pci_dev, bar);
	ret = vp_caps_walk(&source, &regs->caps);
	if (ret && regs->caps.problem[0])
		dev_err(&regs->pci_dev->dev, "refused: %s\n", regs->caps.problem);
	return ret;
}

static void __iomem *vp_map_region(struct vp_regs *regs, enum vp_region_type type, u64 most)
{
	const struct vp_region *region = &regs->caps.region[type];
	void __iomem *base;

	if (!region->length)
		return NULL;
	base = pci_iomap_range(regs->pci_dev, region->bar, region->offset,
			       min(region->length, most));
	if (!base)
		dev_err(&regs->pci_dev->dev, "refused: cannot map 0x%llx bytes of BAR %u\n",
			min(region->length, most), region->bar);
	return base;
}

/* Shared memory regions are requested by their users */
static int vp_map_request(struct vp_regs *regs)
{
	int bars = 0, ret;

	for (int type = 0; type < VP_REGIONS; type++)
		if (regs->caps.region[type].length)
			bars |= BIT(regs->caps.region[type].bar);
	ret = pci_request_selected_regions(regs->pci_dev, bars, "virtio-pci-modern");
	if (!ret)
		regs->bars = bars;
	return ret;
}

static int vp_map_regions(struct vp_regs *regs)
{
	const struct vp_region *region = regs->caps.region;

	regs->common.length = min_t(u64, region[VP_REGION_COMMON].length, VP_COMMON_LEN);
	regs->config_len = min_t(u64, region[VP_REGION_DEVICE].length, PAGE_SIZE);
	regs->common.base = vp_map_region(regs, VP_REGION_COMMON, VP_COMMON_LEN);
	regs->isr = vp_map_region(regs, VP_REGION_ISR, 1);
	regs->notify_area = vp_map_region(regs, VP_REGION_NOTIFY, U64_MAX);
	regs->device_cfg = vp_map_region(regs, VP_REGION_DEVICE, regs->config_len);
	if (!regs->common.base || !regs->isr || !regs->notify_area ||
	    (!regs->device_cfg && regs->config_len))
		return -ENOMEM;
	return 0;
}

/* Return: 0, -ENODEV if the device is not a modern one, or another negative errno */
int vp_regs_map(struct vp_regs *regs, struct pci_dev *pdev)
{
	int ret;

	regs->pci_dev = pdev;
	ret = vp_map_walk(regs);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (ret)
		dev_warn(&pdev->dev, "cannot set a 64-bit or 32-bit DMA mask: DMA may fail\n");
	ret = vp_map_request(regs);
	if (ret)
		return ret;
	ret = vp_map_regions(regs);
	if (ret)
		vp_regs_unmap(regs);
	return ret;
}

static void vp_unmap_one(struct vp_regs *regs, void __iomem **base)
{
	if (*base)
		pci_iounmap(regs->pci_dev, *base);
	*base = NULL;
}

void vp_regs_unmap(struct vp_regs *regs)
{
	vp_unmap_one(regs, &regs->device_cfg);
	vp_unmap_one(regs, &regs->notify_area);
	vp_unmap_one(regs, &regs->isr);
	vp_unmap_one(regs, &regs->common.base);
	pci_release_selected_regions(regs->pci_dev, regs->bars);
	regs->bars = 0;
}

/*
 * In a modern id, or the subsystem id of a transitional device.
 * Return: the device type, or -ENODEV for an id that is not a virtio device's
 */
int vp_regs_type(const struct pci_dev *pdev)
{
	if (pdev->device < VIRTIO_PCI_ID_FIRST || pdev->device > VIRTIO_PCI_ID_LAST)
		return -ENODEV;
	return pdev->device < VIRTIO_PCI_ID_MODERN ? pdev->subsystem_device :
						     pdev->device - VIRTIO_PCI_ID_MODERN;
}
