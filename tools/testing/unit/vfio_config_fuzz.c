// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random reads, writes and resets of configuration space against a device that
 * is an array of bytes with a write mask.
 * sources: drivers/vfio/pci/virtio/config_regs.c drivers/vfio/pci/virtio/type.c
 */
#include <assert.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vfio/pci/virtio/config_regs.h"
#include "drivers/vfio/pci/virtio/type.h"
#include "fuzz.h"

struct model {
	u8 value[VIRTIOVF_CONFIG_LEN];
	u8 ours[VIRTIOVF_CONFIG_LEN];
	u8 writable[VIRTIOVF_CONFIG_LEN];
};

/* a transitional block device with a BAR of 128 bytes */
static const struct model blk = {
	.value = { [2] = 0x01, [3] = 0x10, [16] = 0x01, [44] = 0xf4, [45] = 0x1a, [46] = 0x02,
		   [61] = 0x01 },
	.ours = {
		[2] = 0xff, [3] = 0xff, [4] = 0x01, [5] = 0x04, [6] = 0x08, [8] = 0xff,
		[16] = 0xff, [17] = 0xff, [18] = 0xff, [19] = 0xff,
		[44] = 0xff, [45] = 0xff, [46] = 0xff, [47] = 0xff, [61] = 0xff,
	},
	.writable = { [4] = 0x01, [5] = 0x04, [16] = 0x80, [17] = 0xff, [18] = 0xff, [19] = 0xff },
};

static void check_read(const struct virtiovf_config *config, const struct model *model,
		       u32 offset, u32 len, u8 under)
{
	u8 bytes[VIRTIOVF_CONFIG_LEN];

	memset(bytes, under, sizeof(bytes));
	virtiovf_config_read(config, offset, bytes, len);
	for (u32 i = 0; i < len; i++)
		assert(bytes[i] == ((under & ~model->ours[offset + i]) | model->value[offset + i]));
	for (u32 i = len; i < sizeof(bytes); i++)
		assert(bytes[i] == under);
}

static void do_write(struct virtiovf_config *config, struct model *model, u32 offset, u32 len,
		     const u8 *bytes)
{
	virtiovf_config_write(config, offset, bytes, len);
	for (u32 i = 0; i < len; i++) {
		u8 mask = model->writable[offset + i];

		model->value[offset + i] &= ~mask;
		model->value[offset + i] |= bytes[i] & mask;
	}
}

FUZZ_TARGET
{
	const struct virtiovf_type *type = virtiovf_type_find(0x1042);
	struct virtiovf_config config;
	struct model model = blk;

	virtiovf_config_reset(&config, type, true);
	while (len >= 4) {
		u32 offset = input[1] % VIRTIOVF_CONFIG_LEN;
		u32 width = min_t(u32, input[2] % 9, VIRTIOVF_CONFIG_LEN - offset);
		u8 op = input[0] % 8;

		if (op == 7) {
			virtiovf_config_reset(&config, type, true);
			model = blk;
		} else if (op == 6) {
			virtiovf_config_set_interrupt(&config, input[1] & 1);
			model.value[6] = (input[1] & 1) << 3;
		} else if (op >= 4 && width <= len - 3) {
			do_write(&config, &model, offset, width, input + 3);
		}
		check_read(&config, &model, offset, width, input[3]);
		check_read(&config, &model, 0, VIRTIOVF_CONFIG_LEN, input[3]);
		assert(virtiovf_config_io_enabled(&config) == (model.value[4] & 1));
		assert(virtiovf_config_intx_disabled(&config) == !!(model.value[5] & 4));
		input += 4;
		len -= 4;
	}
	return 0;
}
