// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA of a VF in the address space that its user gave it: a buffer is offered by
 * a legacy queue, the device reads it and says so in the used ring.
 */
#include <errno.h>
#include <string.h>

#include "ring.h"
#include "unit.h"
#include "vf.h"

UNIT_TEST(device_reads_and_writes_what_is_mapped)
{
	struct ring ring;

	ring_init(&ring, vf_fresh());
	ASSERT_EQ(ring_map(&ring), 0);
	memset(ring.buffer + 16, 0xa5, 600);
	ring_start(&ring);
	ring_offer(&ring);
	ASSERT_EQ(ring_completed(&ring, RING_WAIT_US), 1);
	EXPECT_EQ(ring_first_len(&ring), ring_written(&ring));
	for (unsigned int i = 0; i < ring_written(&ring); i++)
		EXPECT_EQ(ring.buffer[16 + i], 0);	/* a blank disk, status OK */
	EXPECT_EQ(ring.buffer[16 + ring_written(&ring)], 0xa5);
	ASSERT_EQ(vf_reset(ring.vf), 0);
	EXPECT_EQ(ring_unmap(&ring), 0);
}

UNIT_TEST(nothing_arrives_where_the_user_has_not_mapped_it)
{
	struct ring ring;

	ring_init(&ring, vf_fresh());
	ASSERT_EQ(ring_map(&ring), 0);
	ASSERT_EQ(ring_unmap(&ring), 0);
	ring_start(&ring);
	ring_offer(&ring);
	EXPECT_EQ(ring_completed(&ring, RING_WAIT_US / 10), 0);
	ASSERT_EQ(vf_reset(ring.vf), 0);
}

UNIT_TEST(no_address_is_mapped_twice)
{
	struct ring ring;

	ring_init(&ring, vf_fresh());
	ASSERT_EQ(ring_map(&ring), 0);
	EXPECT_EQ(ring_map(&ring), -EEXIST);
	EXPECT_EQ(ring_unmap(&ring), 0);
	EXPECT_EQ(ring_map(&ring), 0);
}
