// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/vduse/control: what may be made, by whom, and what becomes of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "nl.h"
#include "privilege.h"
#include "unit.h"
#include "vhost.h"

#define NAME	"vdusectl"

static struct daemon d;

static int control(unsigned long cmd, void *arg)
{
	return ioctl(d.control, cmd, arg) < 0 ? -errno : 0;
}

/* one that has not been asked anything yet */
static int fresh(void)
{
	int fd = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);

	ASSERT(fd >= 0);
	return fd;
}

static void start(uint64_t api)
{
	daemon_init(&d, NAME, api, 0);
}

/* creating it gives @err, and nothing is there afterwards that was not before */
static void creates(int err)
{
	EXPECT_EQ(daemon_create(&d), err);
	EXPECT_EQ(daemon_destroy(&d), err ? -EINVAL : 0);
}

UNIT_TEST(numbers)
{
	EXPECT_EQ(VDUSE_GET_API_VERSION, 0x80088100);
	EXPECT_EQ(VDUSE_SET_API_VERSION, 0x40088101);
	EXPECT_EQ(VDUSE_CREATE_DEV, 0x41508102);
	EXPECT_EQ(VDUSE_DESTROY_DEV, 0x41008103);
	EXPECT_EQ(VDUSE_GET_FEATURES, 0x80088104);
	EXPECT_EQ(VDUSE_SET_FEATURES, 0x40088105);
	EXPECT_EQ(VDUSE_IOTLB_GET_FD, 0xc0208110);
	EXPECT_EQ(VDUSE_DEV_GET_FEATURES, 0x80088111);
	EXPECT_EQ(VDUSE_DEV_SET_CONFIG, 0x40088112);
	EXPECT_EQ(VDUSE_DEV_INJECT_CONFIG_IRQ, 0x8113);
	EXPECT_EQ(VDUSE_VQ_SETUP, 0x40208114);
	EXPECT_EQ(VDUSE_VQ_GET_INFO, 0xc0308115);
	EXPECT_EQ(VDUSE_VQ_SETUP_KICKFD, 0x40088116);
	EXPECT_EQ(VDUSE_VQ_INJECT_IRQ, 0x40048117);
	EXPECT_EQ(VDUSE_IOTLB_REG_UMEM, 0x40308118);
	EXPECT_EQ(VDUSE_IOTLB_DEREG_UMEM, 0x40308119);
	EXPECT_EQ(VDUSE_IOTLB_GET_INFO, 0xc030811a);
	EXPECT_EQ(VDUSE_IOTLB_GET_FD2, 0xc050811b);
}

UNIT_TEST(versions)
{
	uint64_t version = 7;

	d.control = fresh();
	/* the first to ask chooses the newest */
	EXPECT_EQ(control(VDUSE_GET_API_VERSION, &version), 0);
	EXPECT_EQ(version, VDUSE_API_VERSION_1);
	version = 0;
	EXPECT_EQ(control(VDUSE_SET_API_VERSION, &version), 0);
	version = 7;
	EXPECT_EQ(control(VDUSE_GET_API_VERSION, &version), 0);
	EXPECT_EQ(version, 0);
	version = 2;
	EXPECT_EQ(control(VDUSE_SET_API_VERSION, &version), -EINVAL);
	version = ~0ULL;
	EXPECT_EQ(control(VDUSE_SET_API_VERSION, &version), -EINVAL);
	EXPECT_EQ(control(VDUSE_SET_API_VERSION, NULL), -EFAULT);
	EXPECT_EQ(control(VDUSE_GET_API_VERSION, NULL), -EFAULT);
	close(d.control);
}

/* who never asked makes devices of the first version */
UNIT_TEST(not_asked)
{
	start(0);
	close(d.control);
	d.control = fresh();
	EXPECT_EQ(daemon_create(&d), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	d.config.ngroups = 1;
	d.config.nas = 1;
	EXPECT_EQ(daemon_create(&d), -EINVAL);
	daemon_exit(&d);
}

UNIT_TEST(own_features)
{
	uint64_t features = 0;

	start(0);
	EXPECT_EQ(control(VDUSE_GET_FEATURES, &features), 0);
	/* Linux 7.3's, and ours from 32 on */
	EXPECT_EQ(features, 3 | 1ULL << VDUSE_F_RESUME | 1ULL << VDUSE_F_KICKFD);
	EXPECT_EQ(control(VDUSE_SET_FEATURES, &features), 0);
	/* who cannot suspend cannot resume */
	features = 1ULL << VDUSE_F_RESUME | 1ULL << VDUSE_F_QUEUE_READY;
	EXPECT_EQ(control(VDUSE_SET_FEATURES, &features), -EINVAL);
	features = 4;
	EXPECT_EQ(control(VDUSE_SET_FEATURES, &features), -EINVAL);
	features = 1ULL << 63;
	EXPECT_EQ(control(VDUSE_SET_FEATURES, &features), -EINVAL);
	EXPECT_EQ(control(VDUSE_SET_FEATURES, NULL), -EFAULT);
	EXPECT_EQ(control(VDUSE_GET_FEATURES, NULL), -EFAULT);
	daemon_exit(&d);
}

UNIT_TEST(no_such_command)
{
	start(0);
	EXPECT_EQ(control(_IO(VDUSE_BASE, 0x3f), NULL), -EINVAL);
	EXPECT_EQ(control(VDUSE_VQ_SETUP, NULL), -EINVAL);
	/* of another size */
	EXPECT_EQ(control(_IOW(VDUSE_BASE, 0x02, int), NULL), -EINVAL);
	EXPECT_EQ(control(VDUSE_CREATE_DEV, NULL), -EFAULT);
	EXPECT_EQ(control(VDUSE_DESTROY_DEV, NULL), -EFAULT);
	daemon_exit(&d);
}

UNIT_TEST(names)
{
	static const char * const bad[] = { "", ".", "..", "a/b", "/", "../x", "a\nb", "\t" };

	start(0);
	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		strcpy(d.config.name, bad[i]);
		creates(-EINVAL);
	}
	strcpy(d.config.name, "control");
	EXPECT_EQ(daemon_create(&d), -EEXIST);
	EXPECT_EQ(daemon_destroy(&d), -EINVAL);
	strcpy(d.config.name, "a b!c");
	creates(0);
	/* as long as there is room for, and without an end */
	memset(d.config.name, 'n', sizeof(d.config.name));
	d.config.name[200] = '\0';
	creates(0);
	strcpy(d.config.name, NAME);
	EXPECT_EQ(daemon_create(&d), 0);
	EXPECT_EQ(daemon_create(&d), -EEXIST);
	EXPECT_EQ(daemon_destroy(&d), 0);
	EXPECT_EQ(daemon_destroy(&d), -EINVAL);
	daemon_exit(&d);
}

/* DPDK's is no longer than it must be */
UNIT_TEST(short_name_at_the_end)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *name = pages + 4096 - sizeof(NAME);

	ASSERT(pages != MAP_FAILED);
	mprotect(pages + 4096, 4096, PROT_NONE);
	start(0);
	EXPECT_EQ(daemon_create(&d), 0);
	strcpy(name, NAME);
	EXPECT_EQ(control(VDUSE_DESTROY_DEV, name), 0);
	/* one that has no end there */
	name[sizeof(NAME) - 1] = 'x';
	EXPECT_EQ(control(VDUSE_DESTROY_DEV, name), -EFAULT);
	munmap(pages, 8192);
	daemon_exit(&d);
}

UNIT_TEST(reserved)
{
	start(0);
	for (int i = 0; i < 11; i++) {
		d.config.reserved[i] = 1;
		creates(-EINVAL);
		d.config.reserved[i] = 0;
	}
	creates(0);
	daemon_exit(&d);
}

/* creating it with this one value gives @err */
#define BOUND(field, value, err)		\
	do {					\
		struct vduse_dev_config old_ = d.config;	\
						\
		d.config.field = value;		\
		creates(err);			\
		d.config = old_;		\
	} while (0)

UNIT_TEST(bounds)
{
	start(0);
	BOUND(vq_num, 0, 0);
	BOUND(vq_num, 0x10000, -EINVAL);
	BOUND(vq_num, ~0U, -EINVAL);
	BOUND(vq_align, 0, -EINVAL);
	BOUND(vq_align, 2, -EINVAL);
	BOUND(vq_align, 4, 0);
	BOUND(vq_align, 5, -EINVAL);
	BOUND(vq_align, 4096, 0);
	BOUND(vq_align, 8192, -EINVAL);
	BOUND(device_id, 0, -EINVAL);
	BOUND(device_id, 3, -EINVAL);
	BOUND(device_id, VIRTIO_ID_BLOCK, 0);
	BOUND(device_id, VIRTIO_ID_FS, 0);
	BOUND(device_id, ~0U, -EINVAL);
	BOUND(vendor_id, ~0U, 0);
	BOUND(ngroups, 1, -EINVAL);
	BOUND(nas, 1, -EINVAL);
	BOUND(config_size, 4097, -EINVAL);
	BOUND(config_size, ~0U, -EINVAL);
	/* less than a driver reads */
	BOUND(config_size, 5, -EINVAL);
	BOUND(config_size, 6, 0);
	daemon_exit(&d);
}

UNIT_TEST(bounds_v1)
{
	start(1);
	BOUND(ngroups, 0, -EINVAL);
	BOUND(ngroups, 1, 0);
	BOUND(ngroups, 0xffff, 0);
	BOUND(ngroups, 0x10000, -EINVAL);
	BOUND(nas, 0, -EINVAL);
	BOUND(nas, 1, 0);
	daemon_exit(&d);
}

/* each has its own table of a process's mappings */
UNIT_TEST(address_spaces_have_a_limit)
{
	start(1);
	BOUND(nas, 64, 0);
	BOUND(nas, 65, -EINVAL);
	BOUND(nas, 0xffff, -EINVAL);
	BOUND(nas, 0x10000, -EINVAL);
	daemon_exit(&d);
}

UNIT_TEST(many_queues)
{
	start(0);
	d.config.vq_num = 0xffff;
	creates(0);
	daemon_exit(&d);
}

UNIT_TEST(features)
{
	start(0);
	BOUND(features, 0, -EINVAL);
	/* a NIC needs VERSION_1, a disk does not */
	BOUND(features, 1ULL << 33, -EINVAL);
	BOUND(features, 1ULL << 32, -EINVAL);
	/* a control queue is for guests: accepted, unlike by the kernel's own */
	BOUND(features, DAEMON_FEATURES | 1ULL << 17, 0);
	d.config.device_id = VIRTIO_ID_BLOCK;
	BOUND(features, 1ULL << 33, 0);
	BOUND(features, DAEMON_NEEDS | 1ULL << 11, -EINVAL);
	daemon_exit(&d);
}

/* its configuration space is not there to be read */
UNIT_TEST(bad_space)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vduse_dev_config *config = (void *)(pages + 4096 - sizeof(*config));

	ASSERT(pages != MAP_FAILED);
	mprotect(pages + 4096, 4096, PROT_NONE);
	start(0);
	*config = d.config;
	EXPECT_EQ(control(VDUSE_CREATE_DEV, config), -EFAULT);
	EXPECT_EQ(daemon_destroy(&d), -EINVAL);
	munmap(pages, 8192);
	daemon_exit(&d);
}

static int create_unprivileged(uint32_t device_id)
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		drop_capability(CAP_NET_ADMIN);
		d.config.device_id = device_id;
		_exit(-daemon_create(&d));
	}
	ASSERT_EQ(waitpid(child, &status, 0), child);
	return -WEXITSTATUS(status);
}

UNIT_TEST(privileges)
{
	start(0);
	EXPECT_EQ(create_unprivileged(VIRTIO_ID_NET), -EPERM);
	EXPECT_EQ(create_unprivileged(VIRTIO_ID_BLOCK), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	daemon_exit(&d);
}

UNIT_TEST(nodes)
{
	struct stat st;

	start(0);
	ASSERT_EQ(stat("/dev/vduse/control", &st), 0);
	EXPECT_EQ(st.st_mode & 0777, 0600);
	ASSERT_EQ(daemon_create(&d), 0);
	ASSERT_EQ(stat("/dev/vduse/" NAME, &st), 0);
	EXPECT_EQ(st.st_mode & 0777, 0600);
	daemon_exit(&d);
	EXPECT_EQ(stat("/dev/vduse/" NAME, &st), -1);
}

/* as another user, with no capability. Return: what @op does. */
static int as_user(uid_t uid, int (*op)(struct daemon *d))
{
	pid_t child = fork();
	int status = 0;

	if (!child) {
		if (setgid(uid) || setuid(uid))
			_exit(255);
		_exit(-op(&d));
	}
	ASSERT_EQ(waitpid(child, &status, 0), child);
	return -WEXITSTATUS(status);
}

static int open_and_close(struct daemon *one)
{
	int ret = daemon_open(one);

	daemon_close(one);
	return ret;
}

/* Who made it may open and destroy it, and so may an administrator */
UNIT_TEST(owner)
{
	struct stat st;

	start(0);
	d.config.device_id = VIRTIO_ID_BLOCK;
	ASSERT_EQ(as_user(4711, daemon_create), 0);
	ASSERT_EQ(stat("/dev/vduse/" NAME, &st), 0);
	EXPECT_EQ(st.st_uid, 4711);
	EXPECT_EQ(st.st_gid, 4711);
	EXPECT_EQ(st.st_mode & 0777, 0600);
	EXPECT_EQ(as_user(4712, open_and_close), -EACCES);
	EXPECT_EQ(as_user(4711, open_and_close), 0);
	EXPECT_EQ(as_user(4712, daemon_destroy), -EPERM);
	EXPECT_EQ(as_user(4711, daemon_destroy), 0);
	EXPECT_EQ(as_user(4712, daemon_destroy), -EINVAL);
	ASSERT_EQ(as_user(4711, daemon_create), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	ASSERT_EQ(daemon_create(&d), 0);
	EXPECT_EQ(as_user(4711, daemon_destroy), -EPERM);
	daemon_exit(&d);
}

#define QUOTA	8	/* vduse.devices_per_user */

/* One user has so many devices, another one and an administrator have as many as before */
UNIT_TEST(quota)
{
	start(0);
	d.config.device_id = VIRTIO_ID_BLOCK;
	for (int i = 0; i <= QUOTA; i++) {
		snprintf(d.config.name, sizeof(d.config.name), NAME "%d", i);
		EXPECT_EQ(as_user(4711, daemon_create), i < QUOTA ? 0 : -EDQUOT);
	}
	EXPECT_EQ(as_user(4712, daemon_create), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	EXPECT_EQ(daemon_create(&d), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	/* one that goes makes room */
	strcpy(d.config.name, NAME "0");
	EXPECT_EQ(as_user(4711, daemon_destroy), 0);
	EXPECT_EQ(as_user(4711, daemon_create), 0);
	for (int i = 0; i < QUOTA; i++) {
		snprintf(d.config.name, sizeof(d.config.name), NAME "%d", i);
		EXPECT_EQ(daemon_destroy(&d), 0);
	}
	strcpy(d.config.name, NAME);
	daemon_exit(&d);
}

UNIT_TEST(busy)
{
	struct daemon other;

	start(0);
	ASSERT_EQ(daemon_create(&d), 0);
	ASSERT_EQ(daemon_open(&d), 0);
	/* open to one at a time, and as long as it is, there */
	other = d;
	EXPECT_EQ(daemon_open(&other), -EBUSY);
	EXPECT_EQ(daemon_destroy(&d), -EBUSY);
	daemon_close(&d);
	EXPECT_EQ(daemon_open(&d), 0);
	daemon_close(&d);
	EXPECT_EQ(daemon_destroy(&d), 0);
	EXPECT_EQ(daemon_open(&d), -ENOENT);
	daemon_exit(&d);
}

/* another one by the same name has the same node, and is another device */
UNIT_TEST(again_and_again)
{
	start(0);
	for (int i = 0; i < 200; i++) {
		ASSERT_EQ(daemon_make(&d), 0);
		daemon_close(&d);
		ASSERT_EQ(daemon_destroy(&d), 0);
	}
	daemon_exit(&d);
}

UNIT_TEST(attach)
{
	start(0);
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), -EINVAL);
	ASSERT_EQ(daemon_create(&d), 0);
	/* no queue was said to have a size */
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), -EINVAL);
	ASSERT_EQ(daemon_open(&d), 0);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), 0);
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), -EINVAL);
	EXPECT_EQ(daemon_setup(&d, 1, 256, 0), 0);
	daemon_start(&d);
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), 0);
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), -EEXIST);
	daemon_stop(&d);
	daemon_close(&d);
	/* it is on the bus */
	EXPECT_EQ(daemon_destroy(&d), -EBUSY);
	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	daemon_exit(&d);
}

UNIT_TEST(without_queues)
{
	start(0);
	d.config.vq_num = 0;
	ASSERT_EQ(daemon_create(&d), 0);
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), -EINVAL);
	daemon_exit(&d);
}

UNIT_TEST(sysfs)
{
	start(0);
	ASSERT_EQ(daemon_create(&d), 0);
	EXPECT_EQ(daemon_sysfs_get(&d, "msg_timeout"), 30);
	EXPECT_EQ(daemon_sysfs(&d, "msg_timeout", "0"), 0);
	EXPECT_EQ(daemon_sysfs(&d, "msg_timeout", "-1"), -EINVAL);
	EXPECT_EQ(daemon_sysfs(&d, "msg_timeout", "4294967296"), -ERANGE);
	EXPECT_EQ(daemon_sysfs(&d, "msg_timeout", "4294967295"), 0);
	EXPECT_EQ(daemon_sysfs_get(&d, "msg_timeout"), 4294967295);
	EXPECT_EQ(daemon_sysfs_get(&d, "grace"), 10);
	EXPECT_EQ(daemon_sysfs(&d, "grace", "x"), -EINVAL);
	EXPECT_EQ(daemon_sysfs_get(&d, "bounce_size"), 64 << 20);
	EXPECT_EQ(daemon_sysfs(&d, "bounce_size", "1048575"), -EINVAL);
	EXPECT_EQ(daemon_sysfs(&d, "bounce_size", "1073741825"), -EINVAL);
	EXPECT_EQ(daemon_sysfs(&d, "bounce_size", "1048577"), 0);
	EXPECT_EQ(daemon_sysfs_get(&d, "bounce_size"), 1 << 20);
	EXPECT_EQ(daemon_sysfs(&d, "bounce_size", "1073741824"), 0);
	EXPECT_EQ(daemon_sysfs(&d, "vq0/irq_cb_affinity", "0"), -EINVAL);
	EXPECT_EQ(daemon_sysfs(&d, "vq0/irq_cb_affinity", "q"), -EINVAL);
	EXPECT_EQ(daemon_sysfs(&d, "vq1/irq_cb_affinity", "1"), 0);
	EXPECT_EQ(daemon_sysfs(&d, "vq2/irq_cb_affinity", "1"), -ENOENT);
	daemon_exit(&d);
}

/* its mask may be all there will be */
UNIT_TEST(sysfs_while_it_goes)
{
	char path[128];
	int fd;

	start(0);
	ASSERT_EQ(daemon_create(&d), 0);
	snprintf(path, sizeof(path), "/sys/class/vduse/%s/vq0/irq_cb_affinity", NAME);
	fd = open(path, O_RDWR);
	ASSERT(fd >= 0);
	EXPECT_EQ(daemon_destroy(&d), 0);
	EXPECT_EQ(write(fd, "1", 1), -1);
	EXPECT_EQ(errno, ENODEV);
	close(fd);
	daemon_exit(&d);
}
