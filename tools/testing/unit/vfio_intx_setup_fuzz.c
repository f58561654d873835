// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random writes of registers against a device that is an array of queue addresses.
 * sources: drivers/vfio/pci/virtio/intx_setup.c drivers/vfio/pci/virtio/bar0_layout.c
 * sources: drivers/vfio/pci/virtio/type.c
 */
#include <assert.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/bar0_layout.h"
#include "drivers/vfio/pci/virtio/intx_setup.h"
#include "drivers/vfio/pci/virtio/type.h"
#include "fuzz.h"

struct model {
	u8 select[2];
	bool queue[0x10000];
};

static void model_write(struct model *model, const struct virtiovf_step *step, const u8 *bytes)
{
	u16 selected = model->select[0] | model->select[1] << 8;
	static const u8 none[4];

	if (step->path != VIRTIOVF_COMMON)
		return;
	if (step->offset == VIRTIOVF_DEVICE_STATUS && !bytes[0])
		memset(model, 0, sizeof(*model));
	if (step->offset == 14 || step->offset == 15)
		memcpy(&model->select[step->offset - 14], bytes, step->len);
	if (step->offset < 8 || step->offset > 11)
		return;
	if (memcmp(bytes, none, step->len))
		model->queue[selected] = true;
	else if (step->len == 4)
		model->queue[selected] = false;
}

static void check(const struct virtiovf_setup *setup, const struct model *model)
{
	int next = virtiovf_setup_next_queue(setup, 0);

	assert(setup->select == (model->select[0] | model->select[1] << 8));
	for (int queue = 0; queue < VIRTIOVF_SETUP_QUEUES; queue++) {
		assert(model->queue[queue] == (queue == next));
		if (queue == next)
			next = virtiovf_setup_next_queue(setup, queue + 1);
	}
	assert(next == -1);
}

FUZZ_TARGET
{
	const struct virtiovf_type *type = virtiovf_type_find(0x1041);
	static struct virtiovf_setup setup;
	static struct model model;

	memset(&setup, 0, sizeof(setup));
	memset(&model, 0, sizeof(model));
	while (len >= 6) {
		u32 offset = input[0] % VIRTIOVF_COMMON_LEN;
		u32 unit = virtiovf_bar0_unit(offset, input[1] % 4 + 1);

		for (u32 at = 0; at < unit;) {
			struct virtiovf_step step;

			step = virtiovf_bar0_step(type, false, true, offset + at, unit - at);
			if (step.path == VIRTIOVF_COMMON)
				virtiovf_setup_written(&setup, step.offset, step.len,
						       input + 2 + at);
			model_write(&model, &step, input + 2 + at);
			at += step.len;
		}
		input += 6;
		len -= 6;
	}
	check(&setup, &model);
	return 0;
}
