// SPDX-License-Identifier: GPL-2.0-only
/*
 * VDUSE: each allocation, and each copy from or to the caller, fails once: what was asked for
 * then fails or is done, nothing is left over, and it works the next time. Needs a kernel
 * with fault injection, vduse and vhost_vdpa.
 */
#include <errno.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_config.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nl.h"
#include "nth.h"
#include "pair.h"
#include "unit.h"

#define NAME	"vdusefault"
#define BOUNCE	1048576UL

static char *memory;

static int create(void)
{
	return daemon_create(&d);
}

static void destroy_again(int err)
{
	int ret = daemon_destroy(&d);

	/* a uevent that could not be sent is no failure of the device */
	EXPECT(err ? ret == -EINVAL : !ret);
	EXPECT_EQ(create(), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
}

UNIT_TEST(creating)
{
	nth_ready();
	daemon_init(&d, NAME, 1, 3);
	EXPECT(each_failure(create, destroy_again) > 10);
	daemon_exit(&d);
}

static int node(void)
{
	int ret = daemon_open(&d);

	for (uint32_t i = 0; i < d.config.vq_num && !ret; i++)
		ret = daemon_setup(&d, i, 256, 0);
	return ret;
}

static void close_again(int err)
{
	daemon_close(&d);
	EXPECT_EQ(node(), 0);
	daemon_close(&d);
}

UNIT_TEST(opening_the_node)
{
	nth_ready();
	daemon_init(&d, NAME, 1, 3);
	ASSERT_EQ(create(), 0);
	EXPECT(each_failure(node, close_again) > 2);
	daemon_exit(&d);
}

static int attach(void)
{
	return nl_dev_add(NAME, "vduse");
}

static void detach_again(int err)
{
	int ret = nl_dev_del(NAME);

	/* the answer may be what failed: then it was added */
	EXPECT(err || !ret);
	EXPECT(!ret || ret == -ENODEV);
	EXPECT_EQ(attach(), 0);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

UNIT_TEST(attaching)
{
	nth_ready();
	EXPECT_EQ(nl_dev_del(NAME), -ENODEV);
	pair_start(NAME, 1, 3);
	daemon_start(&d);
	EXPECT(each_failure(attach, detach_again) > 10);
	daemon_stop(&d);
	daemon_exit(&d);
}

static int use(void)
{
	int ret = op_open(NAME);

	if (!ret)
		ret = vhost_negotiate(&v, DAEMON_FEATURES);
	if (!ret)
		ret = vhost_state(&v, VHOST_SET_VRING_NUM, 0, 16);
	if (!ret)
		ret = vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1);
	return ret ?: vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK);
}

static void close_driver_again(int err)
{
	if (v.fd >= 0)
		close(v.fd);
	EXPECT_EQ(use(), 0);
	close(v.fd);
}

UNIT_TEST(driving)
{
	nth_ready();
	pair_attach(NAME, 1, 3);
	close(v.fd);
	EXPECT(each_failure(use, close_driver_again) > 5);
	v.fd = -1;
	pair_end();
}

/* mapped by the driver, and found by the daemon */
static int map(void)
{
	struct vduse_iotlb_entry entry = { .last = PAIR_PAGE };
	int ret = vhost_map(&v, 0, PAIR_PAGES * PAIR_PAGE, memory, VHOST_ACCESS_RW);
	int fd;

	if (ret)
		return ret;
	fd = daemon_ioctl(&d, VDUSE_IOTLB_GET_FD, &entry);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void unmap_again(int err)
{
	EXPECT_EQ(vhost_unmap(&v, 0, PAIR_PAGES * PAIR_PAGE), 0);
	EXPECT_EQ(map(), 0);
	EXPECT_EQ(vhost_unmap(&v, 0, PAIR_PAGES * PAIR_PAGE), 0);
}

UNIT_TEST(mapping)
{
	nth_ready();
	memory = pair_memory();
	pair_attach(NAME, 1, 3);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT(each_failure(map, unmap_again) > 5);
	pair_end();
	pair_free(memory);
}

static int umem(unsigned long cmd)
{
	struct vduse_iova_umem arg = { .uaddr = (uintptr_t)memory, .size = BOUNCE };

	return daemon_ioctl(&d, cmd, &arg);
}

static int supply(void)
{
	return umem(VDUSE_IOTLB_REG_UMEM);
}

static void take_back_again(int err)
{
	EXPECT_EQ(umem(VDUSE_IOTLB_DEREG_UMEM), err ? -ENOENT : 0);
	EXPECT_EQ(supply(), 0);
	EXPECT_EQ(umem(VDUSE_IOTLB_DEREG_UMEM), 0);
}

UNIT_TEST(supplying_memory)
{
	nth_ready();
	memory = mmap(NULL, BOUNCE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT(memory != MAP_FAILED);
	pair_start(NAME, 1, 3);
	ASSERT_EQ(daemon_sysfs(&d, "bounce_size", "1048576"), 0);
	EXPECT(each_failure(supply, take_back_again) > 3);
	daemon_exit(&d);
	munmap(memory, BOUNCE);
}

static int eventfds[2];

static int give_eventfds(void)
{
	struct vduse_vq_eventfd call = { .fd = eventfds[1] };
	int ret = kickfd(0, eventfds[0]);

	return ret ?: daemon_ioctl(&d, VDUSE_VQ_SETUP_CALLFD, &call);
}

static void give_again(int err)
{
	EXPECT_EQ(give_eventfds(), 0);
}

UNIT_TEST(eventfds_of_a_queue)
{
	nth_ready();
	eventfds[0] = eventfd(0, EFD_NONBLOCK);
	eventfds[1] = eventfd(0, EFD_NONBLOCK);
	pair_start(NAME, 1, 3);
	EXPECT(each_failure(give_eventfds, give_again) >= 2);
	daemon_exit(&d);
	close(eventfds[0]);
	close(eventfds[1]);
}
