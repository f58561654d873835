// SPDX-License-Identifier: GPL-2.0-only
/*
 * What vhost_vdpa does with a device that is unlike the simulator: whole tables,
 * packed rings, queues that differ, failures. Needs vdpa_exercise.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vdpa.h>

#include "exercise.h"
#include "nl.h"
#include "pinned.h"
#include "sysfs.h"
#include "unit.h"
#include "vhost.h"

/* since 6.1's headers */
#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA	38
#endif

#define PAGE	4096UL
#define FIRST	EXERCISE_IOVA_FIRST
#define LAST	EXERCISE_IOVA_LAST
#define NAME	"parenttest"

static struct vhost v;

static void start(void)
{
	v = vhost_new(NAME, "vdpaexercise");
	ASSERT_EQ(vhost_negotiate(&v, ~0ULL), 0);
}

static struct exercise_config config(void)
{
	struct {
		struct vhost_vdpa_config range;
		struct exercise_config config;
	} c = { .range = { 0, sizeof(c.config) } };

	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_CONFIG, &c), 0);
	return c.config;
}

static void fail(uint32_t what)
{
	struct {
		struct vhost_vdpa_config range;
		uint32_t what;
	} c = { { 0, sizeof(what) }, what };

	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG, &c), 0);
}

static char *memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		    -1, 0);
}

UNIT_TEST(one_table_for_a_batch)
{
	char *at = memory(3 * PAGE);
	uint32_t tables;

	start();
	tables = config().tables;
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_BATCH_BEGIN, 0, 0, NULL, 0), 0);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, FIRST + 2 * i * PAGE,
					PAGE, at + i * PAGE, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(config().tables, tables);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_BATCH_END, 0, 0, NULL, 0), 0);
	EXPECT_EQ(config().tables, tables + 1);
	EXPECT_EQ(config().entries[1], 3);
	EXPECT_EQ(config().entries[0], 0);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_INVALIDATE, FIRST, 16 * PAGE, NULL, 0), 0);
	EXPECT_EQ(config().entries[1], 0);
	EXPECT_EQ(config().tables, tables + 2);
	vhost_end(&v);
	munmap(at, 3 * PAGE);
}

/* A device with a page mapped; *@before: what was pinned until then */
static char *start_with_page(long *before)
{
	char *at = memory(PAGE);

	start();
	*before = pinned();
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(pinned() - *before, 1);
	return at;
}

/* until the batch's end the device may write there: the page must stay ours */
UNIT_TEST(regression_unmapped_in_a_batch_stays_pinned)
{
	long before;
	char *at = start_with_page(&before);

	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_BEGIN, 0, 0, NULL, 0), 0);
	EXPECT_EQ(vhost_unmap(&v, FIRST, PAGE), 0);
	EXPECT_EQ(config().entries[0], 1);
	EXPECT_EQ(pinned() - before, 1);
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_END, 0, 0, NULL, 0), 0);
	EXPECT_EQ(config().entries[0], 0);
	EXPECT_EQ(pinned(), before);
	/* and when the file is closed before that end */
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_message(&v, 0, VHOST_IOTLB_BATCH_BEGIN, 0, 0, NULL, 0), 0);
	EXPECT_EQ(vhost_unmap(&v, FIRST, PAGE), 0);
	vhost_end(&v);
	EXPECT_EQ(pinned(), before);
	munmap(at, PAGE);
}

UNIT_TEST(a_table_that_is_refused)
{
	char *at = memory(2 * PAGE);
	long before;

	start();
	before = pinned();
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	fail(EXERCISE_FAIL_MAP);
	EXPECT_EQ(vhost_map(&v, FIRST + 8 * PAGE, PAGE, at + PAGE, VHOST_ACCESS_RW), -EIO);
	EXPECT_EQ(pinned() - before, 1);
	EXPECT_EQ(config().entries[0], 1);
	/* it does not unmap either: then it forgets all, rather than keep the page */
	EXPECT_EQ(vhost_unmap(&v, FIRST, PAGE), -EIO);
	EXPECT_EQ(config().entries[0], 0);
	EXPECT_EQ(pinned(), before);
	fail(0);
	EXPECT_EQ(vhost_map(&v, FIRST + 8 * PAGE, PAGE, at + PAGE, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(config().entries[0], 1);
	vhost_end(&v);
	EXPECT_EQ(pinned(), before);
	munmap(at, 2 * PAGE);
}

/* it has fewer addresses than there are, and no table of its own to find what overlaps */
UNIT_TEST(addresses_that_the_device_has)
{
	struct vhost_vdpa_iova_range range;
	char *at = memory(2 * PAGE);

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_GET_IOVA_RANGE, &range), 0);
	EXPECT(range.first == FIRST && range.last == LAST);
	EXPECT_EQ(vhost_map(&v, FIRST - PAGE, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, FIRST - PAGE, 2 * PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, LAST + 1, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, LAST + 1 - PAGE, 2 * PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(vhost_map(&v, -PAGE, PAGE, at, VHOST_ACCESS_RW), -EINVAL);
	EXPECT_EQ(config().entries[0], 0);
	EXPECT_EQ(vhost_map(&v, FIRST, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, LAST + 1 - PAGE, PAGE, at, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, FIRST, 2 * PAGE, at, VHOST_ACCESS_RW), -EEXIST);
	EXPECT_EQ(config().entries[0], 2);
	vhost_end(&v);
	munmap(at, 2 * PAGE);
}

/* pages that were pinned before the one that cannot be */
UNIT_TEST(regression_pins_of_a_failed_mapping)
{
	char *at = memory(1000 * PAGE);

	start();
	expect_no_pins_of_a_hole(&v, FIRST, at, 1000 * PAGE, 900 * PAGE);
	vhost_end(&v);
	munmap(at, 1000 * PAGE);
}

UNIT_TEST(regression_packed_rings_state)
{
	static const uint32_t bases[] = { 0, 0x80008000, 0x80017fff, 0x7fff8001, 0xffff0000 };

	start();
	for (int i = 0; i < ARRAY_SIZE(bases); i++) {
		struct exercise_config at;

		EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, EXERCISE_QUEUE, bases[i]), 0);
		EXPECT_EQ((uint32_t)vhost_state_get(&v, VHOST_GET_VRING_BASE, EXERCISE_QUEUE),
			  bases[i]);
		EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 0), 0);
		/* the device takes the numbers apart as the driver put them together */
		at = config();
		EXPECT_EQ(at.avail_index, bases[i] & 0x7fff);
		EXPECT_EQ(at.avail_wrap, bases[i] >> 15 & 1);
		EXPECT_EQ(at.used_index, bases[i] >> 16 & 0x7fff);
		EXPECT_EQ(at.used_wrap, bases[i] >> 31);
	}
	vhost_end(&v);
}

/* the same device with split rings: one index, and nothing above it */
UNIT_TEST(split_rings_state)
{
	v = vhost_new(NAME, "vdpaexercise");
	ASSERT_EQ(vhost_negotiate(&v, ~(1ULL << VIRTIO_F_RING_PACKED)), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, EXERCISE_QUEUE, 0xffff), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, EXERCISE_QUEUE, 0x10000), -EINVAL);
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, EXERCISE_QUEUE), 0xffff);
	EXPECT_EQ(config().avail_wrap, 0);
	vhost_end(&v);
}

UNIT_TEST(queues_that_differ)
{
	uint64_t features = 1ULL << VHOST_BACKEND_F_IOTLB_MSG_V2 |
			    1ULL << VHOST_BACKEND_F_DESC_ASID;

	start();
	for (int i = 0; i < EXERCISE_VQS; i++) {
		EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_SIZE, i), EXERCISE_VQ_MAX >> i);
		EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_GROUP, i), 0);
		EXPECT_EQ(vhost_state_get(&v, VHOST_VDPA_GET_VRING_DESC_GROUP, i),
			  EXERCISE_DESC_GROUP);
	}
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, 1, EXERCISE_VQ_MAX), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, EXERCISE_DESC_GROUP, 1), 0);
	/* this parent would take any: what there is not it is not asked for */
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, EXERCISE_DESC_GROUP + 1, 0), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, EXERCISE_SPACES), -EINVAL);
	/* descriptors in a space of their own need spaces */
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_BACKEND_FEATURES, &features), -EINVAL);
	features |= 1ULL << VHOST_BACKEND_F_IOTLB_ASID;
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_BACKEND_FEATURES, &features), 0);
	vhost_end(&v);
}

/* it can neither suspend nor resume, has no figures and no features of its own */
UNIT_TEST(optional_operations)
{
	struct nl_request req;
	uint64_t offered;

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL), -EOPNOTSUPP);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL), -EOPNOTSUPP);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_BACKEND_FEATURES, &offered), 0);
	EXPECT(!(offered & (1ULL << VHOST_BACKEND_F_SUSPEND | 1ULL << VHOST_BACKEND_F_RESUME |
			    1ULL << VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK)));
	nl_start(&req, VDPA_CMD_DEV_VSTATS_GET);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, NAME);
	nl_add_u32(&req, VDPA_ATTR_DEV_QUEUE_INDEX, 0);
	EXPECT_EQ(nl_send(&req), -EOPNOTSUPP);
	vhost_end(&v);
}

/* an eventfd carries no data: whatever the parent can, no process is offered the feature */
UNIT_TEST(no_notification_data_for_a_process)
{
	static const char data[] = "/sys/module/vdpa_exercise/parameters/data";
	const uint64_t bit = 1ULL << VIRTIO_F_NOTIFICATION_DATA;
	static const char *const offers[] = { "1", "2" };

	for (int i = 0; i < ARRAY_SIZE(offers); i++) {
		struct {
			uint64_t count, features[2];
		} array = { .count = 2 };
		uint64_t features;

		ASSERT_EQ(write_to(data, offers[i]), 0);
		v = vhost_new(NAME, "vdpaexercise");
		EXPECT_EQ(write_to(data, "0"), 0);
		EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES, &features), 0);
		EXPECT(features & 1ULL << VIRTIO_F_VERSION_1);
		EXPECT_EQ(features & bit, 0);
		EXPECT_EQ(vhost_ioctl(&v, VHOST_GET_FEATURES_ARRAY, &array), 0);
		EXPECT_EQ(array.features[0], features);
		features |= bit;
		EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES, &features), -EINVAL);
		array.features[0] = features;
		EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_FEATURES_ARRAY, &array), -EINVAL);
		vhost_end(&v);
	}
}

/* this parent would take all of it */
UNIT_TEST(a_running_queue_stays_as_it_is)
{
	struct vhost_vring_addr addr = { .index = EXERCISE_QUEUE };
	const int queue = EXERCISE_QUEUE;

	start();
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, queue, 0x10000 + 8), -EINVAL);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, queue, 8), 0);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, queue, 0x80008000), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, queue, 1), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, queue, 8), -EBUSY);
	EXPECT_EQ(vhost_ioctl(&v, VHOST_SET_VRING_ADDR, &addr), -EBUSY);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_BASE, queue, 0), -EBUSY);
	/* the one beside it does not run */
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, queue + 1, 8), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 1), 0);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 0), -EBUSY);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, queue, 0), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_SET_VRING_NUM, queue, 8), 0);
	vhost_end(&v);
}

static bool signalled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t count;

	return poll(&p, 1, 2000) == 1 && !eventfd_read(fd, &count);
}

/* nothing else of ours would tell: it answers nobody any more */
UNIT_TEST(a_device_that_breaks)
{
	int changed = eventfd(0, EFD_NONBLOCK), errors[EXERCISE_VQS];

	start();
	EXPECT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &changed), 0);
	for (int i = 0; i < EXERCISE_VQS; i++) {
		errors[i] = eventfd(0, EFD_NONBLOCK);
		EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_ERR, i, errors[i]), 0);
	}
	EXPECT_EQ(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET, 0);
	fail(EXERCISE_BREAK);
	EXPECT(signalled(changed));
	for (int i = 0; i < EXERCISE_VQS; i++)
		EXPECT(signalled(errors[i]));
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	fail(0);
	/* the eventfds stay, the device is well again */
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_ERR, 0, VHOST_FILE_UNBIND), 0);
	fail(EXERCISE_BREAK);
	EXPECT(signalled(changed));
	for (int i = 1; i < EXERCISE_VQS; i++)
		EXPECT(signalled(errors[i]));
	EXPECT_EQ(poll(&(struct pollfd) { .fd = errors[0], .events = POLLIN }, 1, 0), 0);
	vhost_end(&v);
	close(changed);
	for (int i = 0; i < EXERCISE_VQS; i++)
		close(errors[i]);
}

/* at once, although the file stays open: its owner may never close it */
UNIT_TEST(regression_a_removal_lets_go_of_memory)
{
	long before;
	char *at = start_with_page(&before);

	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT_EQ(pinned(), before);
	close(v.fd);
	munmap(at, PAGE);
}

UNIT_TEST(notifications_arrive)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	start();
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 1, fd), 0);
	for (int i = 0; i < 10; i++)
		eventfd_write(fd, 1);
	EXPECT_EQ(config().kicks, 10);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 1, VHOST_FILE_UNBIND), 0);
	eventfd_write(fd, 1);
	EXPECT_EQ(config().kicks, 10);
	vhost_end(&v);
	close(fd);
}

UNIT_TEST(a_reset_that_fails)
{
	start();
	fail(EXERCISE_FAIL_RESET);
	EXPECT_EQ(vhost_reset(&v), -EIO);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_FEATURES_OK);
	close(v.fd);
	EXPECT_EQ(vhost_open(NAME), -EIO);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

static int parent_fails(uint32_t what)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", what);
	return write_to("/sys/bus/vdpa/devices/" NAME "/fail", text);
}

/*
 * A probe that fails at its last step gives back what it took, once: a second time, or
 * the number that it kept, shows in the next ones.
 */
UNIT_TEST(regression_a_probe_that_fails)
{
	static const char bind[] = "/sys/bus/vdpa/drivers/vhost_vdpa/bind";
	static const char first[] = "/sys/bus/vdpa/devices/" NAME "/vhost-vdpa-0/dev";

	v = vhost_new(NAME, "vdpaexercise");
	/* the first number is free: no other program has a device here */
	ASSERT_EQ(access(first, F_OK), 0);
	close(v.fd);
	ASSERT_EQ(write_to("/sys/bus/vdpa/devices/" NAME "/driver/unbind", NAME), 0);
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(parent_fails(EXERCISE_FAIL_PROBE), 0);
		EXPECT_EQ(write_to(bind, NAME), -EEXIST);
		EXPECT(access(first, F_OK));
		EXPECT_EQ(parent_fails(0), 0);
		EXPECT_EQ(write_to(bind, NAME), 0);
		EXPECT_EQ(access(first, F_OK), 0);
		ASSERT_EQ(write_to("/sys/bus/vdpa/devices/" NAME "/driver/unbind", NAME), 0);
	}
	EXPECT_EQ(nl_dev_del(NAME), 0);
}
