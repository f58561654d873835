// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each command of the netlink family, and each attribute bad once: short, long,
 * missing, without an end, of another device.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/vdpa.h>

#include "nl.h"
#include "sysfs.h"
#include "unit.h"

#define NAME	"nltest"
#define NET	"vdpasim_net"
#define BLK	"vdpasim_blk"

static struct nl_request req;

static void add_request(const char *mgmtdev)
{
	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, mgmtdev);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, NAME);
}

/* the request is refused, and left nothing */
static void expect_refused(int err)
{
	EXPECT_EQ(nl_send(&req), err);
	EXPECT_EQ(nl_dev_del(NAME), -ENODEV);
}

static void device_request(int cmd)
{
	nl_start(&req, cmd);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, NAME);
}

UNIT_TEST(add_show_delete)
{
	uint32_t id = 0, nvqs = 0;
	uint16_t size = 0;

	EXPECT_EQ(nl_dev_add(NAME, NET), 0);
	EXPECT_EQ(nl_dev_add(NAME, NET), -EEXIST);
	device_request(VDPA_CMD_DEV_GET);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_ID, &id, 4), 4);
	EXPECT_EQ(id, 1);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_MAX_VQS, &nvqs, 4), 4);
	EXPECT_EQ(nvqs, 3);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_MAX_VQ_SIZE, &size, 2), 2);
	EXPECT_EQ(size, 1024);
	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT_EQ(nl_dev_del(NAME), -ENODEV);
	EXPECT_EQ(nl_send(&req), -ENODEV);
}

UNIT_TEST(management_devices)
{
	uint64_t value = 0;

	nl_start(&req, VDPA_CMD_MGMTDEV_GET);
	EXPECT_EQ(nl_send(&req), -EINVAL);
	EXPECT(nl_count(&req) >= 2);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, BLK);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_MGMTDEV_SUPPORTED_CLASSES, &value, 8), 8);
	EXPECT_EQ(value, 1 << 2);
	/* one without a bus is not found on a bus */
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_BUS_NAME, "pci");
	EXPECT_EQ(nl_send(&req), -ENODEV);
}

UNIT_TEST(missing_attributes)
{
	nl_start(&req, VDPA_CMD_DEV_NEW);
	expect_refused(-EINVAL);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, NAME);
	expect_refused(-EINVAL);
	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, NET);
	expect_refused(-EINVAL);
	for (int cmd = VDPA_CMD_DEV_DEL; cmd <= VDPA_CMD_DEV_ATTR_SET; cmd++) {
		nl_start(&req, cmd);
		EXPECT_EQ(nl_send(&req), -EINVAL);
	}
	nl_start(&req, VDPA_CMD_DEV_ATTR_SET + 1);
	EXPECT_EQ(nl_send(&req), -EOPNOTSUPP);
}

/* names: no end, no length, too long, not a folder's */
UNIT_TEST(bad_names)
{
	static const char *const names[] = { "", "a/b", ".", ".." };
	char name[260] = {};

	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, NET);
	nl_add(&req, VDPA_ATTR_DEV_NAME, NAME, strlen(NAME));
	expect_refused(-EINVAL);
	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, NET, strlen(NET));
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, NAME);
	expect_refused(-EINVAL);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(nl_dev_add(names[i], NET), -EINVAL);
	memset(name, 'n', 256);
	EXPECT_EQ(nl_dev_add(name, NET), -EINVAL);
	name[255] = 0;
	EXPECT_EQ(nl_dev_add(name, NET), 0);
	EXPECT_EQ(nl_dev_del(name), 0);
	for (int attr = VDPA_ATTR_MGMTDEV_BUS_NAME; attr <= VDPA_ATTR_DEV_NAME; attr++) {
		nl_start(&req, VDPA_CMD_DEV_GET);
		nl_add(&req, attr, "", 0);
		EXPECT(nl_send(&req) < 0);
	}
}

/* a number of another length, or out of range */
UNIT_TEST(bad_numbers)
{
	static const struct {
		int attr, right;
	} rows[] = {
		{ VDPA_ATTR_DEV_NET_CFG_MACADDR, 6 },
		{ VDPA_ATTR_DEV_NET_CFG_MTU, 2 },
		{ VDPA_ATTR_DEV_NET_CFG_MAX_VQP, 2 },
		{ VDPA_ATTR_DEV_FEATURES, 8 },
		{ VDPA_ATTR_DEV_QUEUE_INDEX, 4 },
	};
	static const char bytes[16] = { 2, 6 };

	for (int i = 0; i < 5; i++) {
		for (int len = 0; len <= 16; len++) {
			if (len == rows[i].right)
				continue;
			add_request(NET);
			nl_add(&req, rows[i].attr, bytes, len);
			EXPECT(nl_send(&req) < 0);
			EXPECT_EQ(nl_dev_del(NAME), -ENODEV);
		}
	}
	add_request(NET);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MTU, 67);
	expect_refused(-ERANGE);
	add_request(NET);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, 0);
	expect_refused(-ERANGE);
	add_request(NET);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, 9);
	expect_refused(-EINVAL);
	add_request(NET);
	nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, "\1\0\0\0\0\1", 6);
	expect_refused(-EINVAL);
}

UNIT_TEST(features_to_offer)
{
	uint64_t offered = 0, least = 1ULL << 32 | 1ULL << 33;

	add_request(BLK);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, 1ULL << 63);
	expect_refused(-EINVAL);
	add_request(BLK);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, least);
	EXPECT_EQ(nl_send(&req), 0);
	device_request(VDPA_CMD_DEV_CONFIG_GET);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_FEATURES, &offered, 8), 8);
	EXPECT_EQ(offered, least);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_BLK_CFG_SEG_MAX, &offered, 8), -ENODATA);
	EXPECT_EQ(nl_dev_del(NAME), 0);
	/* commands without the queue they come by */
	add_request(NET);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, least | 1 << 18);
	expect_refused(-EINVAL);
}

/* an attribute that nobody could see of a device without the feature is refused, not ignored */
UNIT_TEST(features_and_attributes_that_contradict)
{
	static const unsigned char mac[6] = { 2, 0, 0, 0, 0, 9 };
	uint64_t least = 1ULL << 32 | 1ULL << 33;

	add_request(NET);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, least);
	nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, sizeof(mac));
	expect_refused(-EINVAL);
	add_request(NET);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, least);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MTU, 1400);
	expect_refused(-EINVAL);
	add_request(NET);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, least);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, 2);
	expect_refused(-EINVAL);
	/* one pair needs no feature, and is not shown without one */
	add_request(NET);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, least | 1 << 5);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, 1);
	nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, sizeof(mac));
	EXPECT_EQ(nl_send(&req), 0);
	device_request(VDPA_CMD_DEV_CONFIG_GET);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, &least, 8), -ENODATA);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

UNIT_TEST(disk_configuration)
{
	uint64_t capacity = 0;
	uint32_t size = 0;
	uint8_t flush = 0;

	EXPECT_EQ(nl_dev_add(NAME, BLK), 0);
	device_request(VDPA_CMD_DEV_CONFIG_GET);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_BLK_CFG_CAPACITY, &capacity, 8), 8);
	EXPECT_EQ(capacity, (128 << 20) / 512);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_BLK_CFG_BLK_SIZE, &size, 4), 4);
	EXPECT_EQ(size, 512);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_BLK_FLUSH, &flush, 1), 1);
	EXPECT_EQ(flush, 1);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_NET_CFG_MTU, &size, 4), -ENODATA);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

UNIT_TEST(change_the_mac)
{
	static const unsigned char mac[6] = { 2, 0, 0, 0, 0, 9 };
	unsigned char is[6];

	EXPECT_EQ(nl_dev_add(NAME, NET), 0);
	device_request(VDPA_CMD_DEV_ATTR_SET);
	EXPECT_EQ(nl_send(&req), -EINVAL);
	nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, 6);
	EXPECT_EQ(nl_send(&req), 0);
	device_request(VDPA_CMD_DEV_CONFIG_GET);
	EXPECT_EQ(nl_ask(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, is, 6), 6);
	EXPECT(!memcmp(is, mac, 6));
	device_request(VDPA_CMD_DEV_ATTR_SET);
	nl_add_u16(&req, VDPA_ATTR_DEV_NET_CFG_MTU, 1400);
	EXPECT_EQ(nl_send(&req), -EOPNOTSUPP);
	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT_EQ(nl_dev_add(NAME, BLK), 0);
	device_request(VDPA_CMD_DEV_ATTR_SET);
	nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, 6);
	EXPECT_EQ(nl_send(&req), -EOPNOTSUPP);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

UNIT_TEST(figures)
{
	EXPECT_EQ(nl_dev_add(NAME, NET), 0);
	device_request(VDPA_CMD_DEV_VSTATS_GET);
	EXPECT_EQ(nl_send(&req), -EINVAL);
	nl_add_u32(&req, VDPA_ATTR_DEV_QUEUE_INDEX, 3);
	EXPECT_EQ(nl_send(&req), -EINVAL);
	device_request(VDPA_CMD_DEV_VSTATS_GET);
	nl_add_u32(&req, VDPA_ATTR_DEV_QUEUE_INDEX, ~0U);
	EXPECT_EQ(nl_send(&req), -EINVAL);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

/* 200 devices do not fit into one message */
UNIT_TEST(long_lists)
{
	char name[16];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		EXPECT_EQ(nl_dev_add(name, BLK), 0);
	}
	nl_start(&req, VDPA_CMD_DEV_GET);
	EXPECT_EQ(nl_count(&req), 200);
	nl_start(&req, VDPA_CMD_DEV_CONFIG_GET);
	EXPECT_EQ(nl_count(&req), 200);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		EXPECT_EQ(nl_dev_del(name), 0);
	}
	EXPECT_EQ(nl_count(&req), 0);
}

/* Return: how many of two processes that do it at once succeed */
static int two_that(int (*act)(void))
{
	int good = 0, status;

	for (int i = 0; i < 2; i++) {
		if (!fork()) {
			nl_own_socket();
			_exit(!!act());
		}
	}
	for (int i = 0; i < 2; i++) {
		wait(&status);
		good += !status;
	}
	return good;
}

static int add(void)
{
	return nl_dev_add(NAME, NET);
}

static int del(void)
{
	return nl_dev_del(NAME);
}

/* Two that delete one device: one does, the other is told; and so with adding */
UNIT_TEST(two_at_once)
{
	for (int round = 0; round < 30; round++) {
		EXPECT_EQ(two_that(add), 1);
		EXPECT_EQ(two_that(del), 1);
	}
}

UNIT_TEST(privilege)
{
	int status;

	EXPECT_EQ(nl_dev_add(NAME, BLK), 0);
	if (!fork()) {
		int bad = 0;

		if (setuid(65534))
			_exit(2);
		device_request(VDPA_CMD_DEV_GET);
		bad |= nl_send(&req) != 0;
		bad |= nl_dev_del(NAME) != -EPERM;
		bad |= nl_dev_add("other", BLK) != -EPERM;
		_exit(!!bad);
	}
	wait(&status);
	EXPECT_EQ(status, 0);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

#define STALL	"/sys/module/vdpa_sim/parameters/stall_ms"

static long ms_of(int (*act)(void), int expected)
{
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	EXPECT_EQ(act(), expected);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
}

static int send_it(void)
{
	return nl_send(&req);
}

/* whatever it is asked for, the request ends, and a second one at once */
UNIT_TEST(a_device_that_does_not_answer)
{
	static const unsigned char mac[6] = { 2, 0, 0, 0, 0, 9 };

	EXPECT_EQ(nl_dev_add(NAME, NET), 0);
	ASSERT_EQ(write_to(STALL, "10000"), 0);
	device_request(VDPA_CMD_DEV_CONFIG_GET);
	EXPECT(ms_of(send_it, -EBUSY) < 4000);
	EXPECT_EQ(write_to(STALL, "0"), 0);
	EXPECT(ms_of(send_it, -EBUSY) < 1000);
	device_request(VDPA_CMD_DEV_VSTATS_GET);
	nl_add_u32(&req, VDPA_ATTR_DEV_QUEUE_INDEX, 0);
	EXPECT(ms_of(send_it, -EBUSY) < 1000);
	device_request(VDPA_CMD_DEV_ATTR_SET);
	nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, sizeof(mac));
	EXPECT(ms_of(send_it, -EBUSY) < 4000);
	/* its removal waits for the first one's end */
	EXPECT_EQ(nl_dev_del(NAME), 0);
}
