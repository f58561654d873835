// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as configuration space: the walk ends, reads nothing outside, and
 * what it accepts lies within the BARs; what it refuses, it names.
 * sources: drivers/virtio/virtio_pci_caps.c
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "cap_config.h"
#include "fuzz.h"

static void check_region(const struct vp_caps_source *source, const struct vp_region *region)
{
	assert(region->bar < VP_BARS);
	assert(region->length && region->offset < source->bar_len[region->bar]);
	assert(region->length <= source->bar_len[region->bar] - region->offset);
}

static void check_accepted(const struct vp_caps_source *source, const struct vp_caps *caps)
{
	assert(caps->region[VP_REGION_COMMON].length >= 56);
	assert(caps->region[VP_REGION_COMMON].offset % 4 == 0);
	assert(caps->region[VP_REGION_NOTIFY].length >= 2);
	assert(caps->notify_multiplier != 1);
	for (unsigned int i = 0; i < VP_REGIONS; i++)
		if (i != VP_REGION_DEVICE || caps->region[i].length)
			check_region(source, &caps->region[i]);
	assert(caps->n_shm <= VP_SHM_MAX);
	for (unsigned int i = 0; i < caps->n_shm; i++) {
		check_region(source, &caps->shm[i].region);
		assert(vp_caps_shm(caps, caps->shm[i].id) == &caps->shm[i].region);
	}
}

FUZZ_TARGET
{
	static const u64 lengths[] = { 0, 1, 64, 0x1000, 0x4000, 1ull << 32, 1ull << 40, ~0ull };
	struct cap_config config = {};
	struct vp_caps_source source = { .read = cap_config_read, .data = &config };
	struct vp_caps caps;
	int ret;

	for (unsigned int bar = 0; bar < VP_BARS && len; bar++, input++, len--)
		source.bar_len[bar] = lengths[*input % ARRAY_SIZE(lengths)];
	/* a list that is there, so that most inputs get somewhere */
	config.bytes[0x06] = 0x10;
	config.bytes[0x34] = 0x40;
	if (len > sizeof(config.bytes) - 0x40)
		len = sizeof(config.bytes) - 0x40;
	memcpy(config.bytes + 0x40, input, len);

	memset(&caps, 0xee, sizeof(caps));
	ret = vp_caps_walk(&source, &caps);
	assert(config.reads < 1000);
	assert(memchr(caps.problem, 0, sizeof(caps.problem)));
	if (!ret)
		check_accepted(&source, &caps);
	else
		assert(ret == (caps.problem[0] ? -EINVAL : -ENODEV));
	return 0;
}
