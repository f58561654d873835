// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation, and each copy from or to the caller, fails once: what is asked for
 * then fails or is done, nothing is left over, and it works the next time. Needs a
 * kernel with fault injection (/proc/PID/fail-nth), vdpa_sim_net, vdpa_sim_blk,
 * vhost_vdpa and virtio_vdpa.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/vdpa.h>
#include <linux/virtio_config.h>

#include "nl.h"
#include "nth.h"
#include "sysfs.h"
#include "unit.h"
#include "vhost.h"

#define NAME	"faulttest"
#define PAGE	4096UL
#define PAGES	600		/* more than one batch of pins, more pieces than fit at first */

static const char *mgmtdev;

static int add(void)
{
	return nl_dev_add(NAME, mgmtdev);
}

/* the answer may be what failed: then it was made. One of that name can be made again. */
static void remove_again(int err)
{
	int ret = nl_dev_del(NAME);

	EXPECT(err || !ret);
	EXPECT(!ret || ret == -ENODEV);
	EXPECT_EQ(add(), 0);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

UNIT_TEST(making_a_device)
{
	static const char *const all[] = { "vdpasim_net", "vdpasim_blk" };

	nth_ready();
	/* the first talk makes the socket: not with faults */
	EXPECT_EQ(nl_dev_del(NAME), -ENODEV);
	for (int i = 0; i < ARRAY_SIZE(all); i++) {
		mgmtdev = all[i];
		EXPECT(each_failure(add, remove_again) > 10);
	}
}

static const char *driver;

static int bind(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/vdpa/drivers/%s/bind", driver);
	return write_to(path, NAME);
}

static int unbind(void)
{
	return write_to("/sys/bus/vdpa/devices/" NAME "/driver/unbind", NAME);
}

static void unbind_again(int err)
{
	int ret = unbind();

	EXPECT(err ? ret == -ENOENT || !ret : !ret);
	EXPECT_EQ(bind(), 0);
	EXPECT_EQ(unbind(), 0);
}

/* what a probe that failed took must be given back once, and once only */
UNIT_TEST(regression_failed_probe)
{
	int fd;

	nth_ready();
	ASSERT_EQ(nl_dev_add(NAME, "vdpasim_net"), 0);
	unbind();
	driver = "vhost_vdpa";
	EXPECT(each_failure(bind, unbind_again) > 5);
	/* it is usable, and its number is the first: no attempt kept one */
	ASSERT_EQ(bind(), 0);
	EXPECT_EQ(access("/dev/vhost-vdpa-0", F_OK), 0);
	fd = vhost_open(NAME);
	EXPECT(fd >= 0);
	close(fd);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

/*
 * The disk's driver is probed in it, and may fail where nobody can be told. Not the
 * NIC's: 7.3's virtio_net loses its XPS maps when it cannot be registered.
 */
UNIT_TEST(regression_failed_probe_of_virtio_vdpa)
{
	nth_ready();
	ASSERT_EQ(nl_dev_add(NAME, "vdpasim_blk"), 0);
	unbind();
	driver = "virtio_vdpa";
	EXPECT(each_failure(bind, unbind_again) > 10);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

static struct vhost v;
static char *at;

static int map(void)
{
	return vhost_map(&v, 0, PAGES * PAGE, at, VHOST_ACCESS_RW);
}

static long locked(void)
{
	char line[128];
	long kib = -1;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "VmLck: %ld", &kib);
	if (file)
		fclose(file);
	return kib;
}

/* all or nothing, and nothing is accounted for what is not mapped */
static void unmap_again(int err)
{
	EXPECT_EQ(locked(), err ? 0 : PAGES * PAGE / 1024);
	EXPECT_EQ(vhost_unmap(&v, 0, PAGES * PAGE), 0);
	EXPECT_EQ(locked(), 0);
	EXPECT_EQ(map(), 0);
	EXPECT_EQ(vhost_unmap(&v, 0, PAGES * PAGE), 0);
	EXPECT_EQ(locked(), 0);
}

UNIT_TEST(regression_failed_mapping)
{
	nth_ready();
	at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT(at != MAP_FAILED);
	v = vhost_new(NAME, "vdpasim_net");
	ASSERT_EQ(vhost_negotiate(&v, ~0ULL), 0);
	EXPECT(each_failure(map, unmap_again) > 5);
	vhost_end(&v);
	munmap(at, PAGES * PAGE);
}

static int use(void)
{
	int ret;

	v.fd = vhost_open(NAME);
	if (v.fd < 0)
		return v.fd;
	ret = vhost_negotiate(&v, ~0ULL);
	if (!ret)
		ret = vhost_state(&v, VHOST_SET_VRING_NUM, 0, 16);
	return ret;
}

static void let_go(int err)
{
	if (v.fd >= 0)
		close(v.fd);
	EXPECT_EQ(use(), 0);
	close(v.fd);
}

UNIT_TEST(opening_and_negotiating)
{
	nth_ready();
	v = vhost_new(NAME, "vdpasim_net");
	close(v.fd);
	EXPECT(each_failure(use, let_go) > 5);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}
