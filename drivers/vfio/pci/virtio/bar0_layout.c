// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which registers does an access to the legacy BAR0 touch? It is split into steps,
 * each within one field, because a command "refers to a single field" (section
 * "Legacy Interfaces", Group administration commands).
 *
 * As on a transitional device, three kinds of step have no effect: reading the
 * write-only notify register, writing a read-only register, and anything beyond the
 * device-specific configuration.
 */
#include <linux/kernel.h>
#include <linux/virtio_pci_spec.h>

#include "bar0_layout.h"
#include "type.h"

static const struct {
	u8 read;
	u8 write;
} common_paths[VIRTIO_LEGACY_FIELDS] = {
	[VIRTIO_LEGACY_DEVICE_FEATURES]	= { VIRTIOVF_COMMON,  VIRTIOVF_NOWHERE },
	[VIRTIO_LEGACY_DRIVER_FEATURES]	= { VIRTIOVF_COMMON,  VIRTIOVF_COMMON },
	[VIRTIO_LEGACY_QUEUE_ADDRESS]	= { VIRTIOVF_COMMON,  VIRTIOVF_COMMON },
	[VIRTIO_LEGACY_QUEUE_SIZE]	= { VIRTIOVF_COMMON,  VIRTIOVF_NOWHERE },
	[VIRTIO_LEGACY_QUEUE_SELECT]	= { VIRTIOVF_COMMON,  VIRTIOVF_COMMON },
	[VIRTIO_LEGACY_QUEUE_NOTIFY]	= { VIRTIOVF_NOWHERE, VIRTIOVF_NOTIFY },
	[VIRTIO_LEGACY_DEVICE_STATUS]	= { VIRTIOVF_COMMON,  VIRTIOVF_COMMON },
	[VIRTIO_LEGACY_ISR_STATUS]	= { VIRTIOVF_COMMON,  VIRTIOVF_NOWHERE },
	[VIRTIO_LEGACY_CONFIG_VECTOR]	= { VIRTIOVF_COMMON,  VIRTIOVF_COMMON },
	[VIRTIO_LEGACY_QUEUE_VECTOR]	= { VIRTIOVF_COMMON,  VIRTIOVF_COMMON },
};

static struct virtiovf_step common_step(bool write, u32 offset, u32 len)
{
	enum virtio_legacy_field field = virtio_legacy_field(offset);
	struct virtiovf_step step = { .offset = offset };

	step.len = min(len, virtio_legacy_field_end(field) - offset);
	step.path = write ? common_paths[field].write : common_paths[field].read;
	/* the high byte of the queue index alone does not notify */
	if (step.path == VIRTIOVF_NOTIFY && offset != VIRTIOVF_QUEUE_NOTIFY)
		step.path = VIRTIOVF_NOWHERE;
	return step;
}

static struct virtiovf_step device_step(const struct virtiovf_type *type, u32 offset, u32 len)
{
	const u8 *end = type->field_end;

	while (*end && offset >= *end)
		end++;
	if (!*end)
		return (struct virtiovf_step) { .path = VIRTIOVF_NOWHERE, .len = len };
	return (struct virtiovf_step) {
		.path = VIRTIOVF_DEVICE,
		.offset = offset,
		.len = min(len, *end - offset),
	};
}

/* Size of the first naturally aligned I/O port access: 4, 2 or 1 bytes */
u32 virtiovf_bar0_unit(u32 offset, u32 len)
{
	u32 unit = VIRTIOVF_UNIT_MAX;

	while (unit > len || offset & (unit - 1))
		unit >>= 1;
	return unit;
}

/*
 * The first step of an access of @len bytes, 1 to VIRTIOVF_UNIT_MAX, at @offset
 * in BAR0. @msix: MSI-X is enabled, which moves the device-specific configuration.
 */
struct virtiovf_step virtiovf_bar0_step(const struct virtiovf_type *type, bool msix, bool write,
					u32 offset, u32 len)
{
	u32 common_len = msix ? VIRTIOVF_COMMON_LEN_MSIX : VIRTIOVF_COMMON_LEN;

	if (offset < common_len)
		return common_step(write, offset, len);
	return device_step(type, offset - common_len, len);
}
