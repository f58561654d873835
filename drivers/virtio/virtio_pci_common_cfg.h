/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of the common configuration, section "Common configuration
 * structure layout", as a table of offsets and widths. A register beyond the
 * length that the device advertises does not exist: it reads as zero, and writes are
 * ignored.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_COMMON_CFG_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_COMMON_CFG_H

#include <linux/io.h>
#include <linux/types.h>

enum vp_reg {
	VP_DEVICE_FEATURE_SELECT,
	VP_DEVICE_FEATURE,
	VP_DRIVER_FEATURE_SELECT,
	VP_DRIVER_FEATURE,
	VP_CONFIG_VECTOR,
	VP_NUM_QUEUES,
	VP_STATUS,
	VP_CONFIG_GENERATION,
	VP_QUEUE_SELECT,
	VP_QUEUE_SIZE,
	VP_QUEUE_VECTOR,
	VP_QUEUE_ENABLE,
	VP_QUEUE_NOTIFY_OFF,
	VP_QUEUE_DESC,
	VP_QUEUE_DRIVER = VP_QUEUE_DESC + 2,
	VP_QUEUE_DEVICE = VP_QUEUE_DRIVER + 2,
	VP_QUEUE_NOTIFY_DATA = VP_QUEUE_DEVICE + 2,
	VP_QUEUE_RESET,
	VP_ADMIN_QUEUE_INDEX,
	VP_ADMIN_QUEUE_NUM,
	VP_REGS,
};

static const struct vp_reg_place {
	u8 offset, width;
} vp_reg_places[VP_REGS] = {
	[VP_DEVICE_FEATURE_SELECT] = { 0, 4 },
	[VP_DEVICE_FEATURE] = { 4, 4 },
	[VP_DRIVER_FEATURE_SELECT] = { 8, 4 },
	[VP_DRIVER_FEATURE] = { 12, 4 },
	[VP_CONFIG_VECTOR] = { 16, 2 },
	[VP_NUM_QUEUES] = { 18, 2 },
	[VP_STATUS] = { 20, 1 },
	[VP_CONFIG_GENERATION] = { 21, 1 },
	[VP_QUEUE_SELECT] = { 22, 2 },
	[VP_QUEUE_SIZE] = { 24, 2 },
	[VP_QUEUE_VECTOR] = { 26, 2 },
	[VP_QUEUE_ENABLE] = { 28, 2 },
	[VP_QUEUE_NOTIFY_OFF] = { 30, 2 },
	/* addresses: low half, high half */
	[VP_QUEUE_DESC] = { 32, 4 }, { 36, 4 },
	[VP_QUEUE_DRIVER] = { 40, 4 }, { 44, 4 },
	[VP_QUEUE_DEVICE] = { 48, 4 }, { 52, 4 },
	[VP_QUEUE_NOTIFY_DATA] = { 56, 2 },
	[VP_QUEUE_RESET] = { 58, 2 },
	[VP_ADMIN_QUEUE_INDEX] = { 60, 2 },
	[VP_ADMIN_QUEUE_NUM] = { 62, 2 },
};

/* The structure as we know it; a device may have a longer one */
#define VP_COMMON_LEN	64

struct vp_common {
	void __iomem *base;
	unsigned int length;	/* mapped */
};

static inline bool vp_reg_there(const struct vp_common *common, enum vp_reg reg)
{
	return vp_reg_places[reg].offset + vp_reg_places[reg].width <= common->length;
}

static inline u32 vp_reg_read(const struct vp_common *common, enum vp_reg reg)
{
	void __iomem *at = common->base + vp_reg_places[reg].offset;

	if (!vp_reg_there(common, reg))
		return 0;
	switch (vp_reg_places[reg].width) {
	case 1:
		return ioread8(at);
	case 2:
		return ioread16(at);
	default:
		return ioread32(at);
	}
}

static inline void vp_reg_write(const struct vp_common *common, enum vp_reg reg, u32 value)
{
	void __iomem *at = common->base + vp_reg_places[reg].offset;

	if (!vp_reg_there(common, reg))
		return;
	switch (vp_reg_places[reg].width) {
	case 1:
		iowrite8(value, at);
		break;
	case 2:
		iowrite16(value, at);
		break;
	default:
		iowrite32(value, at);
	}
}

/* @reg is the low half: devices need not support 64-bit accesses */
static inline void vp_reg_write_address(const struct vp_common *common, enum vp_reg reg,
					dma_addr_t address)
{
	vp_reg_write(common, reg, lower_32_bits(address));
	vp_reg_write(common, reg + 1, upper_32_bits(address));
}

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_COMMON_CFG_H */
