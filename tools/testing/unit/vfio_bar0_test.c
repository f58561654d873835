// SPDX-License-Identifier: GPL-2.0-only
/*
 * How accesses to the legacy BAR0 are cut.
 * sources: drivers/vfio/pci/virtio/bar0_layout.c drivers/vfio/pci/virtio/type.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "unit.h"
#include "vfio_bar0.h"

UNIT_TEST(types_have_the_ids_and_sizes_of_the_specification)
{
	for (size_t i = 0; i < DRAWN_TYPES; i++) {
		const struct drawn_type *drawn = &drawn_types[i];
		const struct virtiovf_type *type = virtiovf_type_find(drawn->device_id);

		ASSERT(type);
		EXPECT_EQ(type->transitional_id, drawn->transitional_id);
		EXPECT_EQ(type->virtio_id, drawn->virtio_id);
		EXPECT_EQ(virtiovf_type_config_len(type), strlen(drawn->config));
		EXPECT_EQ(virtiovf_type_bar0_size(type), drawn->bar0_size);
	}
}

UNIT_TEST(other_devices_have_no_legacy_interface)
{
	unsigned int found = 0;

	for (unsigned int id = 0; id <= 0xffff; id++)
		found += !!virtiovf_type_find(id);
	EXPECT_EQ(found, DRAWN_TYPES);
	EXPECT(!virtiovf_type_find(0x1000));
	EXPECT(!virtiovf_type_find(0x1050));	/* a GPU is newer than legacy */
}

/* Lists of the types in files that are not built here: lines that start with @prefix and an id */
static unsigned int types_in(const char *path, const char *prefix)
{
	FILE *file = fopen(path, "r");
	unsigned int n = 0, id;
	char line[256];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (strncmp(line, prefix, strlen(prefix)))
			continue;
		id = strtoul(line + strlen(prefix), NULL, 16);
		EXPECT(virtiovf_type_find(id));
		n++;
	}
	fclose(file);
	return n;
}

UNIT_TEST(ids_and_selftests_have_a_row_for_each_type)
{
	EXPECT_EQ(types_in("../../../drivers/vfio/pci/virtio/main.c", "\tVIRTIO_VF("), DRAWN_TYPES);
	EXPECT_EQ(types_in("../selftests/vfio/vf.c", "\t{ 0x"), DRAWN_TYPES);
}

/* FIELD: 8 bytes were too few, max_virtqueue_pairs and mtu fell out with MSI-X on */
UNIT_TEST(the_largest_layout_fits_into_the_bar)
{
	for (size_t i = 0; i < DRAWN_TYPES; i++) {
		const struct virtiovf_type *type = virtiovf_type_find(drawn_types[i].device_id);
		u32 size = virtiovf_type_bar0_size(type);

		EXPECT(24 + virtiovf_type_config_len(type) <= size);
		EXPECT(!(size & (size - 1)) && size <= 256);
		for (const u8 *end = type->field_end; *end; end++)
			EXPECT(!end[1] || end[1] > end[0]);
	}
}

/* One step: within a field, as much of it as the access covers, and to the right place */
static void check_step(const struct drawn_type *drawn, bool msix, bool write, u32 offset, u32 len)
{
	const struct virtiovf_type *type = virtiovf_type_find(drawn->device_id);
	struct virtiovf_step step = virtiovf_bar0_step(type, msix, write, offset, len);
	u32 base = offset < (msix ? 24 : 20) ? 0 : msix ? 24 : 20;
	u32 expect = 1;

	while (expect < len &&
	       drawn_field(drawn, msix, offset + expect) == drawn_field(drawn, msix, offset))
		expect++;
	ASSERT_EQ(step.len, expect);
	ASSERT_EQ(step.path, drawn_path(drawn, msix, write, offset));
	if (step.path == VIRTIOVF_COMMON || step.path == VIRTIOVF_DEVICE)
		ASSERT_EQ(step.offset, offset - base);
}

UNIT_TEST(every_access_is_cut_at_field_borders)
{
	for (size_t i = 0; i < DRAWN_TYPES; i++)
		for (int mode = 0; mode < 4; mode++)
			for (u32 offset = 0; offset < drawn_types[i].bar0_size; offset++)
				for (u32 len = 1; len <= VIRTIOVF_UNIT_MAX; len++)
					check_step(&drawn_types[i], mode & 1, mode & 2,
						   offset, len);
}

UNIT_TEST(msix_moves_the_device_configuration)
{
	const struct virtiovf_type *net = virtiovf_type_find(0x1041);
	struct virtiovf_step step;

	step = virtiovf_bar0_step(net, false, false, 20, 4);
	EXPECT(step.path == VIRTIOVF_DEVICE && step.offset == 0 && step.len == 4);
	step = virtiovf_bar0_step(net, true, false, 20, 4);
	EXPECT(step.path == VIRTIOVF_COMMON && step.offset == 20 && step.len == 2);
	step = virtiovf_bar0_step(net, true, false, 24, 4);
	EXPECT(step.path == VIRTIOVF_DEVICE && step.offset == 0 && step.len == 4);
}

/* FIELD: 4 bytes at 12 went out as one command, which the device must refuse */
UNIT_TEST(size_and_select_are_two_steps)
{
	const struct virtiovf_type *net = virtiovf_type_find(0x1041);
	struct virtiovf_step step = virtiovf_bar0_step(net, true, true, 12, 4);

	EXPECT(step.path == VIRTIOVF_NOWHERE && step.len == 2);
	step = virtiovf_bar0_step(net, true, true, 14, 2);
	EXPECT(step.path == VIRTIOVF_COMMON && step.offset == 14 && step.len == 2);
}

UNIT_TEST(notifications_of_any_width)
{
	const struct virtiovf_type *net = virtiovf_type_find(0x1041);

	for (u32 len = 1; len <= 4; len++) {
		struct virtiovf_step step = virtiovf_bar0_step(net, true, true, 16, len);

		EXPECT_EQ(step.path, VIRTIOVF_NOTIFY);
		EXPECT_EQ(step.len, min(len, 2U));
	}
	EXPECT_EQ(virtiovf_bar0_step(net, true, true, 17, 1).path, VIRTIOVF_NOWHERE);
	EXPECT_EQ(virtiovf_bar0_step(net, true, false, 16, 2).path, VIRTIOVF_NOWHERE);
}

UNIT_TEST(units_are_aligned_and_as_wide_as_can_be)
{
	for (u32 offset = 0; offset < 16; offset++)
		for (u32 len = 1; len <= 16; len++) {
			u32 unit = virtiovf_bar0_unit(offset, len);

			EXPECT(unit == 1 || unit == 2 || unit == 4);
			EXPECT(unit <= len && offset % unit == 0);
			EXPECT(unit == 4 || unit * 2 > len || offset % (unit * 2));
		}
}
