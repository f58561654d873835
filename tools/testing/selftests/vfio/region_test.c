// SPDX-License-Identifier: GPL-2.0-only
/* What vfio says about BAR0: an I/O region of the right size that is not mapped. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "unit.h"
#include "vf.h"

static int region_info(struct vf *vf, struct vfio_region_info *info)
{
	return ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, info) ? -errno : 0;
}

UNIT_TEST(bar0_is_a_region_to_read_and_write)
{
	struct vf *vf = vf_fresh();
	struct vfio_region_info info = { .argsz = sizeof(info), .index = BAR0 };

	ASSERT_EQ(region_info(vf, &info), 0);
	EXPECT_EQ(info.argsz, sizeof(info));
	EXPECT_EQ(info.index, BAR0);
	EXPECT_EQ(info.flags, VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE);
	EXPECT_EQ(info.size, vf->type->bar0_size);
	EXPECT_EQ(info.cap_offset, 0);
}

UNIT_TEST(sizes_of_the_argument)
{
	struct vf *vf = vf_fresh();
	struct vfio_region_info info = { .index = BAR0 };
	struct {
		struct vfio_region_info info;
		unsigned char tail[32];
	} longer = { .info = { .argsz = sizeof(longer), .index = BAR0 } };

	info.argsz = sizeof(info) - 1;
	EXPECT_EQ(region_info(vf, &info), -EINVAL);
	info.argsz = 0;
	EXPECT_EQ(region_info(vf, &info), -EINVAL);
	memset(longer.tail, 0x5a, sizeof(longer.tail));
	EXPECT_EQ(region_info(vf, &longer.info), 0);
	EXPECT_EQ(longer.info.size, vf->type->bar0_size);
	for (int i = 0; i < sizeof(longer.tail); i++)
		EXPECT_EQ(longer.tail[i], 0x5a);
	EXPECT_EQ(ioctl(vf->device, VFIO_DEVICE_GET_REGION_INFO, NULL), -1);
	EXPECT_EQ(errno, EFAULT);
}

UNIT_TEST(bar0_cannot_be_mapped)
{
	struct vf *vf = vf_fresh();
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, vf->device,
			 vf->offset[BAR0]);

	EXPECT(map == MAP_FAILED);
	if (map != MAP_FAILED)
		munmap(map, 4096);
}

UNIT_TEST(the_other_regions_are_the_vfs)
{
	struct vf *vf = vf_fresh();
	int memory = 0;

	EXPECT(vf->size[CONFIG] >= 256);
	for (int bar = 1; bar < 6; bar++)
		memory += vf->size[bar] > 0;
	EXPECT(memory > 0);
	EXPECT(vf->modern_bar > 0);
}

UNIT_TEST(an_unknown_region_is_refused)
{
	struct vf *vf = vf_fresh();
	struct vfio_region_info info = { .argsz = sizeof(info), .index = 4711 };

	EXPECT_EQ(region_info(vf, &info), -EINVAL);
}
