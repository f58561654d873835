// SPDX-License-Identifier: GPL-2.0-only
/* What a simulated disk forgets when it is told to, and what it must not. */
#include <string.h>

#include "disk.h"
#include "sysfs.h"

static void range(int at, uint64_t sector, uint32_t sectors, uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes *r = (void *)body();

	r[at] = (struct virtio_blk_discard_write_zeroes) {
		.sector = sector, .num_sectors = sectors, .flags = flags,
	};
}

UNIT_TEST(discard_and_write_zeroes)
{
	start(ALL);
	memset(body(), 1, 16384);
	EXPECT_EQ(write_disk(0, 16384), VIRTIO_BLK_S_OK);
	range(0, 1, 2, 0);
	range(1, 8, 8, 0);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 32, 0), VIRTIO_BLK_S_OK);
	EXPECT_EQ(read_disk(0, 16384), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[511], 1);
	EXPECT_EQ(body()[512], 0);
	EXPECT_EQ(body()[3 * 512 - 1], 0);
	EXPECT_EQ(body()[3 * 512], 1);
	EXPECT_EQ(body()[4095], 1);
	EXPECT_EQ(body()[4096], 0);
	EXPECT_EQ(body()[8191], 0);
	EXPECT_EQ(body()[8192], 1);
	range(0, 0, SECTORS & 0xffffffff, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
	EXPECT_EQ(request(VIRTIO_BLK_T_WRITE_ZEROES, 0, 16, 0), VIRTIO_BLK_S_OK);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[0], 0);
	end();
}

/* content lies far apart, with nothing in between and at both ends of what is discarded */
UNIT_TEST(a_discard_over_holes)
{
	static const uint64_t written[] = { 10 << 11, 31 << 11, 90 << 11, 91 << 11 };

	start(ALL);
	memset(body(), 1, 4096);
	for (int i = 0; i < ARRAY_SIZE(written); i++)
		EXPECT_EQ(write_disk(written[i], 4096), VIRTIO_BLK_S_OK);
	/* from 5 MiB to the first sector at 91 MiB */
	range(0, 5 << 11, (86 << 11) + 1, 0);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 16, 0), VIRTIO_BLK_S_OK);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(read_disk(written[i], 4096), VIRTIO_BLK_S_OK);
		EXPECT_EQ(body()[0], 0);
		EXPECT_EQ(body()[4095], 0);
	}
	EXPECT_EQ(read_disk(written[3], 4096), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[511], 0);
	EXPECT_EQ(body()[512], 1);
	end();
}

UNIT_TEST(bad_discards)
{
	start(ALL);
	memset(body(), 1, 512);
	EXPECT_EQ(write_disk(0, 512), VIRTIO_BLK_S_OK);
	range(0, 0, 1, 0);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 15, 0), VIRTIO_BLK_S_IOERR);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 33 * 16, 0), VIRTIO_BLK_S_IOERR);
	/* the second range is bad: the first one is not applied either */
	range(1, SECTORS, 1, 0);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 32, 0), VIRTIO_BLK_S_IOERR);
	range(1, ~0ULL, 2, 0);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 32, 0), VIRTIO_BLK_S_IOERR);
	range(1, 0, 1, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
	EXPECT_EQ(request(VIRTIO_BLK_T_DISCARD, 0, 32, 0), VIRTIO_BLK_S_UNSUPP);
	EXPECT_EQ(read_disk(0, 512), VIRTIO_BLK_S_OK);
	EXPECT_EQ(body()[0], 1);
	end();
}

static int set_capacity(const char *mib)
{
	return write_to("/sys/module/vdpa_sim_blk/parameters/capacity_mib", mib);
}

/* as the disk says itself: max_discard_sectors, max_write_zeroes_sectors */
UNIT_TEST(a_range_has_a_limit)
{
	static const uint32_t types[] = { VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES };
	uint32_t most = 512 << 11;

	ASSERT_EQ(set_capacity("1024"), 0);
	start(ALL);
	EXPECT_EQ(set_capacity("128"), 0);
	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		memset(body(), 1, 512);
		EXPECT_EQ(write_disk(most, 512), VIRTIO_BLK_S_OK);
		range(0, 1, most + 1, 0);
		EXPECT_EQ(request(types[i], 0, 16, 0), VIRTIO_BLK_S_IOERR);
		EXPECT_EQ(read_disk(most, 512), VIRTIO_BLK_S_OK);
		EXPECT_EQ(body()[0], 1);
		range(0, 1, most, 0);
		EXPECT_EQ(request(types[i], 0, 16, 0), VIRTIO_BLK_S_OK);
		EXPECT_EQ(read_disk(most, 512), VIRTIO_BLK_S_OK);
		EXPECT_EQ(body()[0], 0);
	}
	end();
}
