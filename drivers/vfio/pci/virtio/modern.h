/* SPDX-License-Identifier: GPL-2.0-only */
/* The trapped registers of a modern driver: shared by modern.c and those who use them. */
#ifndef DRIVERS_VFIO_PCI_VIRTIO_MODERN_H
#define DRIVERS_VFIO_PCI_VIRTIO_MODERN_H

#include <linux/types.h>

#include "modern_layout.h"

struct virtiovf_device;

/**
 * struct virtiovf_modern - the trapped registers, mapped for this driver
 * @map: by place; NULL if accesses are vfio-pci-core's. Set while the device is open
 */
struct virtiovf_modern {
	void __iomem *map[VIRTIOVF_MODERN_PLACES];
};

/* modern_regs.c */
int virtiovf_modern_open(struct virtiovf_device *vf);
void virtiovf_modern_close(struct virtiovf_device *vf);
bool virtiovf_modern_used(struct virtiovf_device *vf);
int virtiovf_modern_get(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
			u8 *bytes);
int virtiovf_modern_put(struct virtiovf_device *vf, const struct virtiovf_modern_step *step,
			const u8 *bytes);
int virtiovf_modern_get_common(struct virtiovf_device *vf, u8 offset, u16 *value);
int virtiovf_modern_put_common(struct virtiovf_device *vf, u8 offset, u16 value);
int virtiovf_modern_get_isr(struct virtiovf_device *vf, u8 *status);

/* modern.c */
ssize_t virtiovf_modern_read(struct virtiovf_device *vf, char __user *buf, size_t count,
			     loff_t *ppos);
ssize_t virtiovf_modern_write(struct virtiovf_device *vf, const char __user *buf, size_t count,
			      loff_t *ppos);

#endif /* DRIVERS_VFIO_PCI_VIRTIO_MODERN_H */
