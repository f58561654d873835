/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of a modern device: mapped, read and written as the specification
 * wants it, without a policy. For each driver of such a function: virtio_pci, and
 * vp_vdpa, which links its own copy (drivers/vdpa/virtio_pci/).
 *
 * Nothing here is locked: what is behind a selector (features, queues) is serialized by
 * the caller.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_REGS_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_REGS_H

#include <linux/io.h>
#include <linux/types.h>

#include "virtio_pci_caps.h"
#include "virtio_pci_common_cfg.h"

struct pci_dev;

/* Constant between map and unmap */
struct vp_regs {
	struct pci_dev *pci_dev;
	struct vp_caps caps;
	struct vp_common common;
	void __iomem *isr, *notify_area;
	void __iomem *device_cfg;	/* NULL: the type has none */
	unsigned int config_len;	/* mapped */
	int bars;			/* requested, as a mask */
};

/* Addresses of a virtqueue's three areas */
struct vp_areas {
	u64 desc, driver, device;
};

/* Byte by byte: for fields that have no width of their own */
static inline void vp_bytes_read(void __iomem *at, void *buf, unsigned int len)
{
	u8 *bytes = buf;

	for (unsigned int i = 0; i < len; i++)
		bytes[i] = ioread8(at + i);
}

static inline void vp_bytes_write(void __iomem *at, const void *buf, unsigned int len)
{
	const u8 *bytes = buf;

	for (unsigned int i = 0; i < len; i++)
		iowrite8(bytes[i], at + i);
}

/* virtio_pci_map.c. Return: 0, -ENODEV if it is not a modern device, or another errno */
int vp_regs_map(struct vp_regs *regs, struct pci_dev *pdev);
void vp_regs_unmap(struct vp_regs *regs);
int vp_regs_type(const struct pci_dev *pdev);

/* --- virtio_pci_regs.c --- */

/* 64 features each */
u64 vp_regs_device_features(const struct vp_regs *regs, unsigned int nth);
void vp_regs_driver_features(const struct vp_regs *regs, unsigned int nth, u64 features);

void vp_regs_config_get(const struct vp_regs *regs, unsigned int offset, void *buf,
			unsigned int len);
void vp_regs_config_set(const struct vp_regs *regs, unsigned int offset, const void *buf,
			unsigned int len);

/* Set a vector. Return: what the device accepted */
u16 vp_regs_config_vector(const struct vp_regs *regs, u16 vector);
u16 vp_regs_queue_vector(const struct vp_regs *regs, u16 index, u16 vector);

/* Return: maximum size, or 0 if there is no such queue or it is already enabled */
u16 vp_regs_queue_max(const struct vp_regs *regs, u16 index);
void vp_regs_queue_place(const struct vp_regs *regs, u16 index, u16 num,
			 const struct vp_areas *areas);
void vp_regs_queue_enable(const struct vp_regs *regs, u16 index);
/*
 * Find where queue @index is notified with @width bytes, from the start of the
 * notification area. Return: 0, or -EINVAL after logging that it is outside.
 */
int vp_regs_queue_notify(const struct vp_regs *regs, u16 index, unsigned int width,
			 u64 *offset);

/* Section "Virtqueue Reset": begin, and see whether it is done */
void vp_regs_queue_reset(const struct vp_regs *regs, u16 index);
bool vp_regs_queue_is_reset(const struct vp_regs *regs, u16 index);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_REGS_H */
