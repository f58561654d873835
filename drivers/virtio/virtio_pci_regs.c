// SPDX-License-Identifier: GPL-2.0-only
/* How are a modern device's registers accessed? See virtio_pci_regs.h. */
#include <linux/errno.h>
#include <linux/pci.h>
#include <linux/string.h>

#include "virtio_pci_regs.h"

/* --- features --- */

/* Words beyond those that a device knows read as zero */
u64 vp_regs_device_features(const struct vp_regs *regs, unsigned int nth)
{
	u64 features;

	vp_reg_write(&regs->common, VP_DEVICE_FEATURE_SELECT, 2 * nth);
	features = vp_reg_read(&regs->common, VP_DEVICE_FEATURE);
	vp_reg_write(&regs->common, VP_DEVICE_FEATURE_SELECT, 2 * nth + 1);
	return features | (u64)vp_reg_read(&regs->common, VP_DEVICE_FEATURE) << 32;
}

void vp_regs_driver_features(const struct vp_regs *regs, unsigned int nth, u64 features)
{
	vp_reg_write(&regs->common, VP_DRIVER_FEATURE_SELECT, 2 * nth);
	vp_reg_write(&regs->common, VP_DRIVER_FEATURE, lower_32_bits(features));
	vp_reg_write(&regs->common, VP_DRIVER_FEATURE_SELECT, 2 * nth + 1);
	vp_reg_write(&regs->common, VP_DRIVER_FEATURE, upper_32_bits(features));
}

/* --- device configuration --- */

/* Does the field exist? If not, the driver has a bug or the device is wrong. */
static bool vp_config_has(const struct vp_regs *regs, unsigned int offset, unsigned int len)
{
	if (offset <= regs->config_len && len <= regs->config_len - offset)
		return true;
	dev_warn_ratelimited(&regs->pci_dev->dev,
			     "device configuration access out of range: offset %u + length %u > %u\n",
			     offset, len, regs->config_len);
	return false;
}

/* Fields are read at their own width, section "Driver Requirements: Device Configuration" */
void vp_regs_config_get(const struct vp_regs *regs, unsigned int offset, void *buf,
			unsigned int len)
{
	void __iomem *at = regs->device_cfg + offset;
	__le64 le64;
	__le32 le32;
	__le16 le16;

	if (!vp_config_has(regs, offset, len)) {
		memset(buf, 0, len);
		return;
	}
	switch (len) {
	case 2:
		le16 = cpu_to_le16(ioread16(at));
		memcpy(buf, &le16, 2);
		break;
	case 4:
		le32 = cpu_to_le32(ioread32(at));
		memcpy(buf, &le32, 4);
		break;
	case 8:
		/* two reads: the configuration generation detects a change in between */
		le64 = cpu_to_le64(ioread32(at) | (u64)ioread32(at + 4) << 32);
		memcpy(buf, &le64, 8);
		break;
	default:
		vp_bytes_read(at, buf, len);
	}
}

void vp_regs_config_set(const struct vp_regs *regs, unsigned int offset, const void *buf,
			unsigned int len)
{
	void __iomem *at = regs->device_cfg + offset;
	__le64 le64;
	__le32 le32;
	__le16 le16;

	if (!vp_config_has(regs, offset, len))
		return;
	switch (len) {
	case 2:
		memcpy(&le16, buf, 2);
		iowrite16(le16_to_cpu(le16), at);
		break;
	case 4:
		memcpy(&le32, buf, 4);
		iowrite32(le32_to_cpu(le32), at);
		break;
	case 8:
		memcpy(&le64, buf, 8);
		iowrite32(lower_32_bits(le64_to_cpu(le64)), at);
		iowrite32(upper_32_bits(le64_to_cpu(le64)), at + 4);
		break;
	default:
		vp_bytes_write(at, buf, len);
	}
}

/* --- vectors and queues --- */

u16 vp_regs_config_vector(const struct vp_regs *regs, u16 vector)
{
	vp_reg_write(&regs->common, VP_CONFIG_VECTOR, vector);
	return vp_reg_read(&regs->common, VP_CONFIG_VECTOR);
}

static void vp_regs_select(const struct vp_regs *regs, u16 index)
{
	vp_reg_write(&regs->common, VP_QUEUE_SELECT, index);
}

u16 vp_regs_queue_vector(const struct vp_regs *regs, u16 index, u16 vector)
{
	vp_regs_select(regs, index);
	vp_reg_write(&regs->common, VP_QUEUE_VECTOR, vector);
	return vp_reg_read(&regs->common, VP_QUEUE_VECTOR);
}

u16 vp_regs_queue_max(const struct vp_regs *regs, u16 index)
{
	vp_regs_select(regs, index);
	if (vp_reg_read(&regs->common, VP_QUEUE_ENABLE))
		return 0;
	return vp_reg_read(&regs->common, VP_QUEUE_SIZE);
}

void vp_regs_queue_place(const struct vp_regs *regs, u16 index, u16 num,
			 const struct vp_areas *areas)
{
	vp_regs_select(regs, index);
	vp_reg_write(&regs->common, VP_QUEUE_SIZE, num);
	vp_reg_write_address(&regs->common, VP_QUEUE_DESC, areas->desc);
	vp_reg_write_address(&regs->common, VP_QUEUE_DRIVER, areas->driver);
	vp_reg_write_address(&regs->common, VP_QUEUE_DEVICE, areas->device);
}

void vp_regs_queue_enable(const struct vp_regs *regs, u16 index)
{
	vp_regs_select(regs, index);
	vp_reg_write(&regs->common, VP_QUEUE_ENABLE, 1);
}

int vp_regs_queue_notify(const struct vp_regs *regs, u16 index, unsigned int width,
			 u64 *offset)
{
	u64 length = regs->caps.region[VP_REGION_NOTIFY].length;

	vp_regs_select(regs, index);
	*offset = vp_reg_read(&regs->common, VP_QUEUE_NOTIFY_OFF);
	*offset *= regs->caps.notify_multiplier;
	if (*offset + width <= length)
		return 0;
	dev_err(&regs->pci_dev->dev,
		"queue %u: notify offset 0x%llx exceeds the notification area of 0x%llx bytes\n",
		index, *offset, length);
	return -EINVAL;
}

void vp_regs_queue_reset(const struct vp_regs *regs, u16 index)
{
	vp_regs_select(regs, index);
	vp_reg_write(&regs->common, VP_QUEUE_RESET, 1);
}

bool vp_regs_queue_is_reset(const struct vp_regs *regs, u16 index)
{
	vp_regs_select(regs, index);
	return !vp_reg_read(&regs->common, VP_QUEUE_RESET) &&
	       !vp_reg_read(&regs->common, VP_QUEUE_ENABLE);
}
