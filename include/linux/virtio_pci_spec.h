/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What do several drivers need of the specification's "Virtio Over PCI Bus"? Device ids,
 * and the layout of the legacy registers. No locks, no PCI: builds on the host.
 */
#ifndef _LINUX_VIRTIO_PCI_SPEC_H
#define _LINUX_VIRTIO_PCI_SPEC_H

#include <linux/types.h>

/* "PCI Device Discovery": ids below the modern ones are those of transitional devices */
#define VIRTIO_PCI_ID_FIRST	0x1000
#define VIRTIO_PCI_ID_MODERN	0x1040	/* plus the device type */
#define VIRTIO_PCI_ID_LAST	0x107f

/* "Legacy Interfaces: A Note on PCI Device Layout"; the last two exist with MSI-X only */
enum virtio_legacy_field {
	VIRTIO_LEGACY_DEVICE_FEATURES,
	VIRTIO_LEGACY_DRIVER_FEATURES,
	VIRTIO_LEGACY_QUEUE_ADDRESS,
	VIRTIO_LEGACY_QUEUE_SIZE,
	VIRTIO_LEGACY_QUEUE_SELECT,
	VIRTIO_LEGACY_QUEUE_NOTIFY,
	VIRTIO_LEGACY_DEVICE_STATUS,
	VIRTIO_LEGACY_ISR_STATUS,
	VIRTIO_LEGACY_CONFIG_VECTOR,
	VIRTIO_LEGACY_QUEUE_VECTOR,
	VIRTIO_LEGACY_FIELDS
};

/* Where it ends, and the next one starts */
static inline u32 virtio_legacy_field_end(enum virtio_legacy_field field)
{
	static const u8 end[VIRTIO_LEGACY_FIELDS] = {
		[VIRTIO_LEGACY_DEVICE_FEATURES] = 4,
		[VIRTIO_LEGACY_DRIVER_FEATURES] = 8,
		[VIRTIO_LEGACY_QUEUE_ADDRESS] = 12,
		[VIRTIO_LEGACY_QUEUE_SIZE] = 14,
		[VIRTIO_LEGACY_QUEUE_SELECT] = 16,
		[VIRTIO_LEGACY_QUEUE_NOTIFY] = 18,
		[VIRTIO_LEGACY_DEVICE_STATUS] = 19,
		[VIRTIO_LEGACY_ISR_STATUS] = 20,
		[VIRTIO_LEGACY_CONFIG_VECTOR] = 22,
		[VIRTIO_LEGACY_QUEUE_VECTOR] = 24,
	};

	return end[field];
}

/* The field at @offset, which is below the last one's end */
static inline enum virtio_legacy_field virtio_legacy_field(u32 offset)
{
	enum virtio_legacy_field field = VIRTIO_LEGACY_DEVICE_FEATURES;

	while (offset >= virtio_legacy_field_end(field))
		field++;
	return field;
}

#endif /* _LINUX_VIRTIO_PCI_SPEC_H */
