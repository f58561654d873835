// SPDX-License-Identifier: GPL-2.0-only
/*
 * What do those see who come in the middle: of a device that is being made, of an
 * override that is being changed? Needs vdpa_sim_net and vhost_vdpa.
 *
 * A use after its end shows on a kernel with KASAN only; everything else on any.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vdpa.h>
#include <linux/virtio_config.h>

#include "nl.h"
#include "sysfs.h"
#include "unit.h"
#include "vhost.h"

#define NAME	"racetest"
#define NET	"vdpasim_net"
#define PATH	"/sys/bus/vdpa/devices/" NAME "/driver_override"

static int done;

static int read_from(const char *path, char *buf, size_t room)
{
	int fd = open(path, O_RDONLY);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, buf, room - 1);
	close(fd);
	buf[len > 0 ? len : 0] = '\0';
	return len < 0 ? -errno : 0;
}

/* Names of different lengths: the memory of one is not that of the next */
static const char *const names[] = {
	"nobody\n",
	"somebody-whose-name-is-longer-than-a-cache-line-and-comes-from-another-slab-altogether\n",
	"\n",
};

static void *changes(void *unused)
{
	for (int i = 0; !__atomic_load_n(&done, __ATOMIC_RELAXED); i++)
		write_to(PATH, names[i % ARRAY_SIZE(names)]);
	return NULL;
}

static void *matches(void *unused)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED))
		write_to("/sys/bus/vdpa/drivers_probe", NAME);
	return NULL;
}

static int is_a_name(const char *text)
{
	for (int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(text, names[i]))
			return 1;
	return 0;
}

/* who matches and who shows must not see a name that is freed meanwhile, or half of one */
UNIT_TEST(regression_override_while_it_is_matched)
{
	pthread_t threads[2];
	char text[256];
	int seen = 0;

	ASSERT_EQ(nl_dev_add(NAME, NET), 0);
	ASSERT_EQ(write_to(PATH, names[0]), 0);
	write_to("/sys/bus/vdpa/devices/" NAME "/driver/unbind", NAME);
	done = 0;
	ASSERT_EQ(pthread_create(&threads[0], NULL, changes, NULL), 0);
	ASSERT_EQ(pthread_create(&threads[1], NULL, matches, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		if (read_from(PATH, text, sizeof(text)) || !is_a_name(text))
			break;
		seen++;
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(seen, 5000);
	EXPECT_EQ(nl_dev_del(NAME), 0);
}

/* Ask about the device whenever there is one. Return: how often an answer was incomplete */
static int watch(void)
{
	struct nl_request config, stats;
	unsigned char mac[6];
	int bad = 0;

	nl_own_socket();
	nl_start(&config, VDPA_CMD_DEV_CONFIG_GET);
	nl_add_string(&config, VDPA_ATTR_DEV_NAME, NAME);
	nl_start(&stats, VDPA_CMD_DEV_VSTATS_GET);
	nl_add_string(&stats, VDPA_ATTR_DEV_NAME, NAME);
	nl_add_u32(&stats, VDPA_ATTR_DEV_QUEUE_INDEX, 0);
	/* the parent removes the file */
	while (!access("/run/" NAME, F_OK) && bad < 100) {
		int ret = nl_ask(&config, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, 6);

		if (ret != 6 && ret != -ENODEV)
			bad++;
		/* no driver has negotiated anything */
		ret = nl_send(&stats);
		if (ret != -EAGAIN && ret != -ENODEV)
			bad++;
		/* its file is there: then it can be opened, unless it is gone again */
		ret = vhost_open(NAME);
		if (ret >= 0) {
			struct vhost v = { .name = NAME, .fd = ret };
			uint64_t features;

			ret = vhost_ioctl(&v, VHOST_GET_FEATURES, &features);
			if (ret ? ret != -ENODEV : !(features & 1ULL << VIRTIO_F_VERSION_1))
				bad++;
			close(v.fd);
		}
	}
	return bad;
}

/* a device that can be found has everything already, and everything still */
UNIT_TEST(regression_found_before_it_is_ready)
{
	int status = -1, fd = open("/run/" NAME, O_CREAT | O_WRONLY, 0600);
	pid_t pid;

	ASSERT(fd >= 0);
	close(fd);
	pid = fork();
	if (!pid)
		_exit(watch());
	for (int i = 0; i < 100; i++) {
		EXPECT_EQ(nl_dev_add(NAME, NET), 0);
		if (i % 2)
			usleep(500);
		EXPECT_EQ(nl_dev_del(NAME), 0);
	}
	unlink("/run/" NAME);
	waitpid(pid, &status, 0);
	EXPECT_EQ(status, 0);
}
