// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random accesses of any length anywhere in a legacy BAR0, cut into units and
 * steps against a device drawn byte by byte: every byte is reached exactly once,
 * no command leaves its field, no command goes where there is no register.
 * sources: drivers/vfio/pci/virtio/bar0_layout.c drivers/vfio/pci/virtio/type.c
 */
#include <assert.h>

#include <linux/kernel.h>

#include "fuzz.h"
#include "vfio_bar0.h"

static void take_step(const struct drawn_type *drawn, int mode, u32 offset,
		      const struct virtiovf_step *step)
{
	bool msix = mode & 1, write = mode & 2;
	u32 common_len = msix ? 24 : 20;

	if (step->path == VIRTIOVF_NOWHERE)
		return;
	for (u32 at = 0; at < step->len; at++)
		assert(drawn_field(drawn, msix, offset + at) == drawn_field(drawn, msix, offset));
	if (step->path == VIRTIOVF_NOTIFY) {
		assert(write && offset == 16);
		return;
	}
	assert(step->path == drawn_path(drawn, msix, write, offset));
	assert(step->offset == (step->path == VIRTIOVF_DEVICE ? offset - common_len : offset));
}

static void access_unit(const struct drawn_type *drawn, int mode, u32 offset, u32 len)
{
	const struct virtiovf_type *type = virtiovf_type_find(drawn->device_id);

	while (len) {
		struct virtiovf_step step;

		step = virtiovf_bar0_step(type, mode & 1, mode & 2, offset, len);
		assert(step.len && step.len <= len);
		take_step(drawn, mode, offset, &step);
		offset += step.len;
		len -= step.len;
	}
}

FUZZ_TARGET
{
	for (size_t i = 0; i + 4 <= len; i += 4) {
		const struct drawn_type *drawn = &drawn_types[input[i] % DRAWN_TYPES];
		u32 offset = input[i + 1] % drawn->bar0_size;
		u32 left = 1 + input[i + 2] % (drawn->bar0_size - offset);

		while (left) {
			u32 unit = virtiovf_bar0_unit(offset, left);

			assert(unit && unit <= left && offset % unit == 0);
			access_unit(drawn, input[i + 3], offset, unit);
			offset += unit;
			left -= unit;
		}
	}
	return 0;
}
