// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made of a device's capabilities, good ones and nonsense.
 * sources: drivers/virtio/virtio_pci_caps.c
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "cap_config.h"
#include "unit.h"

/* virtio 1.4, "Virtio Structure PCI Capabilities": cfg_type */
enum { COMMON = 1, NOTIFY, ISR, DEVICE, PCI_CFG, SHM = 8, VENDOR = 9 };

static struct cap_config config;
static struct vp_caps_source source;
static struct vp_caps caps;

static void start(void)
{
	memset(&config, 0, sizeof(config));
	config.bytes[0x06] = 0x10;	/* there is a list */
	config.link = 0x34;
	config.end = 0x40;
	source = (struct vp_caps_source){
		.read = cap_config_read,
		.data = &config,
		.bar_len = { 0x20, 0x1000, 0, 0, 0x4000, 0 },
	};
}

/* Return: where it is */
static unsigned int add(u8 id, u8 len)
{
	unsigned int at = config.end;

	config.bytes[config.link] = at;
	config.link = at + 1;
	config.bytes[at] = id;
	config.bytes[at + 2] = len;
	config.end += (len + 3) & ~3;
	return at;
}

static unsigned int add_virtio(u8 type, u8 bar, u32 offset, u32 length)
{
	u8 len = type == NOTIFY ? 20 : type == SHM ? 24 : 16;
	unsigned int at = add(0x09, len);

	config.bytes[at + 3] = type;
	config.bytes[at + 4] = bar;
	cap_config_put(&config, at + 8, offset);
	cap_config_put(&config, at + 12, length);
	if (type == NOTIFY)
		cap_config_put(&config, at + 16, 4);
	return at;
}

static unsigned int at_of[DEVICE + 1];

static void add_good(int except)
{
	if (except != COMMON)
		at_of[COMMON] = add_virtio(COMMON, 4, 0, 64);
	if (except != ISR)
		at_of[ISR] = add_virtio(ISR, 4, 0x1000, 1);
	if (except != DEVICE)
		at_of[DEVICE] = add_virtio(DEVICE, 4, 0x2000, 0x100);
	if (except != NOTIFY)
		at_of[NOTIFY] = add_virtio(NOTIFY, 4, 0x3000, 0x1000);
}

static int walk(void)
{
	memset(&caps, 0xee, sizeof(caps));
	return vp_caps_walk(&source, &caps);
}

static void expect_refused(const char *problem)
{
	ASSERT_EQ(walk(), -EINVAL);
	if (strcmp(caps.problem, problem))
		printf("# said: %s\n# not:  %s\n", caps.problem, problem);
	EXPECT(!strcmp(caps.problem, problem));
}

UNIT_TEST(a_good_device)
{
	start();
	add(0x11, 12);	/* MSI-X: not ours */
	add_good(0);
	ASSERT_EQ(walk(), 0);
	EXPECT_EQ(caps.region[VP_REGION_COMMON].bar, 4);
	EXPECT_EQ(caps.region[VP_REGION_COMMON].offset, 0);
	EXPECT_EQ(caps.region[VP_REGION_COMMON].length, 64);
	EXPECT_EQ(caps.region[VP_REGION_ISR].offset, 0x1000);
	EXPECT_EQ(caps.region[VP_REGION_DEVICE].length, 0x100);
	EXPECT_EQ(caps.region[VP_REGION_NOTIFY].offset, 0x3000);
	EXPECT_EQ(caps.notify_multiplier, 4);
	EXPECT_EQ(caps.n_shm, 0);
	EXPECT_EQ(caps.problem[0], 0);
}

UNIT_TEST(no_capability_list_is_no_modern_device)
{
	start();
	add_good(0);
	config.bytes[0x06] = 0;
	EXPECT_EQ(walk(), -ENODEV);
	EXPECT_EQ(config.reads, 1);
}

UNIT_TEST(no_common_configuration_is_no_modern_device)
{
	start();
	add_good(COMMON);
	EXPECT_EQ(walk(), -ENODEV);
	EXPECT_EQ(caps.problem[0], 0);
}

UNIT_TEST(parts_that_must_be_there)
{
	start();
	add_good(ISR);
	expect_refused("no ISR status capability");
	start();
	add_good(NOTIFY);
	expect_refused("no notification area capability");
	start();
	add_good(DEVICE);
	EXPECT_EQ(walk(), 0);
	EXPECT_EQ(caps.region[VP_REGION_DEVICE].length, 0);
}

UNIT_TEST(the_first_usable_one_counts)
{
	start();
	add_virtio(ISR, 2, 0, 1);		/* a BAR that is not there */
	add_good(0);
	add_virtio(ISR, 1, 0, 1);		/* good, and too late */
	ASSERT_EQ(walk(), 0);
	EXPECT_EQ(caps.region[VP_REGION_ISR].bar, 4);
}

UNIT_TEST(reserved_bars_are_passed_over)
{
	start();
	add_virtio(COMMON, 6, 0, 64);
	add_virtio(ISR, 255, 0, 1);
	add_good(0);
	EXPECT_EQ(walk(), 0);
	start();
	add_virtio(COMMON, 7, 0, 64);
	EXPECT_EQ(walk(), -ENODEV);
}

UNIT_TEST(unknown_types_are_passed_over)
{
	start();
	add_virtio(PCI_CFG, 0, 0xffffffff, 0xffffffff);
	add_virtio(VENDOR, 0, 0, 0);
	add_virtio(0, 4, 0, 64);
	add_virtio(200, 4, 0, 64);
	add_good(0);
	EXPECT_EQ(walk(), 0);
}

/* rows: what is spoilt, how, and the one line that must come of it */
UNIT_TEST(nonsense_is_named)
{
	static const struct {
		int type;
		unsigned int byte, size;
		u32 value;
		const char *problem;
	} rows[] = {
		{ COMMON, 8, 4, 0x4000,
		  "common configuration exceeds BAR 4: offset 0x4000 + length 0x40 > 0x4000" },
		{ COMMON, 8, 4, 0xffffffc0,
		  "common configuration exceeds BAR 4: offset 0xffffffc0 + length 0x40 > 0x4000" },
		{ COMMON, 12, 4, 0xffffffff,
		  "common configuration exceeds BAR 4: offset 0x0 + length 0xffffffff > 0x4000" },
		{ COMMON, 12, 4, 55,
		  "common configuration: length 55, at least 56 needed" },
		{ COMMON, 12, 4, 0, "common configuration: length 0, at least 56 needed" },
		{ COMMON, 8, 4, 2, "common configuration: offset 0x2 is not a multiple of 4" },
		{ COMMON, 4, 1, 3, "common configuration: BAR 3 does not exist" },
		{ COMMON, 2, 1, 15, "common configuration: bad capability length 15 at 0x40" },
		{ ISR, 12, 4, 0, "ISR status: length 0, at least 1 needed" },
		{ ISR, 8, 4, 0x4000,
		  "ISR status exceeds BAR 4: offset 0x4000 + length 0x1 > 0x4000" },
		{ DEVICE, 8, 4, 0x3f04,
		  "device configuration exceeds BAR 4: offset 0x3f04 + length 0x100 > 0x4000" },
		{ DEVICE, 8, 4, 0x2001,
		  "device configuration: offset 0x2001 is not a multiple of 4" },
		{ NOTIFY, 12, 4, 1, "notification area: length 1, at least 2 needed" },
		{ NOTIFY, 8, 4, 0x2fff,
		  "notification area: offset 0x2fff is not a multiple of 2" },
		{ NOTIFY, 16, 4, 3,
		  "notification area: offset multiplier 3 is not an even power of 2" },
		{ NOTIFY, 16, 4, 1,
		  "notification area: offset multiplier 1 is not an even power of 2" },
		{ NOTIFY, 2, 1, 16, "notification area: bad capability length 16 at 0x70" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int at;

		start();
		add_good(0);
		at = at_of[rows[i].type] + rows[i].byte;
		if (rows[i].size == 1)
			config.bytes[at] = rows[i].value;
		else
			cap_config_put(&config, at, rows[i].value);
		expect_refused(rows[i].problem);
	}
}

UNIT_TEST(limits_that_are_good)
{
	start();
	add_good(0);
	/* up to the last byte */
	cap_config_put(&config, at_of[DEVICE] + 12, 0x2000);
	cap_config_put(&config, at_of[NOTIFY] + 16, 0x80000000);
	cap_config_put(&config, at_of[COMMON] + 12, 56);
	EXPECT_EQ(walk(), 0);
	cap_config_put(&config, at_of[NOTIFY] + 16, 0);
	/* larger than we know: a later version's */
	cap_config_put(&config, at_of[COMMON] + 12, 0x1000);
	config.bytes[at_of[COMMON] + 2] = 40;
	EXPECT_EQ(walk(), 0);
	EXPECT_EQ(caps.region[VP_REGION_COMMON].length, 0x1000);
}

UNIT_TEST(a_list_that_bites_its_tail)
{
	start();
	add_good(0);
	config.bytes[config.link] = 0x40;
	expect_refused("capability list does not end");
	start();
	config.bytes[0x34] = 0x40;
	config.bytes[0x41] = 0x40;
	expect_refused("capability list does not end");
}

UNIT_TEST(pointers_are_masked_and_end_below_the_header)
{
	start();
	add_good(0);
	config.bytes[0x34] |= 3;
	config.bytes[config.link] = 0x3c;
	EXPECT_EQ(walk(), 0);
}

UNIT_TEST(a_capability_at_the_very_end)
{
	start();
	add_good(COMMON);
	config.bytes[config.link] = 0xf8;
	config.bytes[0xf8] = 0x09;
	config.bytes[0xfa] = 16;
	config.bytes[0xfb] = COMMON;
	config.bytes[0xfc] = 4;
	expect_refused("common configuration: bad capability length 16 at 0xf8");
}

UNIT_TEST(shared_memory)
{
	unsigned int at;

	start();
	source.bar_len[2] = 0x300000000ull;
	add_good(0);
	at = add_virtio(SHM, 2, 0x1000, 0x2000);
	config.bytes[at + 5] = 7;
	at = add_virtio(SHM, 2, 0, 0);
	config.bytes[at + 5] = 9;
	cap_config_put(&config, at + 16, 1);	/* high halves */
	cap_config_put(&config, at + 20, 2);
	ASSERT_EQ(walk(), 0);
	EXPECT_EQ(caps.n_shm, 2);
	ASSERT(vp_caps_shm(&caps, 7));
	EXPECT_EQ(vp_caps_shm(&caps, 7)->offset, 0x1000);
	EXPECT_EQ(vp_caps_shm(&caps, 7)->length, 0x2000);
	ASSERT(vp_caps_shm(&caps, 9));
	EXPECT_EQ(vp_caps_shm(&caps, 9)->offset, 0x100000000ll);
	EXPECT_EQ(vp_caps_shm(&caps, 9)->length, 0x200000000ll);
	EXPECT(!vp_caps_shm(&caps, 8));
}

UNIT_TEST(shared_memory_that_makes_no_sense_is_not_there)
{
	unsigned int at;

	start();
	add_good(0);
	at = add_virtio(SHM, 4, 0x1000, 0x2000);
	cap_config_put(&config, at + 20, 1);	/* length: beyond the BAR */
	at = add_virtio(SHM, 4, 0, 0x4001);
	config.bytes[at + 5] = 1;
	ASSERT_EQ(walk(), 0);
	EXPECT_EQ(caps.n_shm, 0);
}
