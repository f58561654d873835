// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VDUSE device whose data path is a vhost-user back end: see vduse-vhost-user(8).
 *
 * Kicks and completions are eventfds between the kernel and the back end, and the memory is
 * mapped by the back end itself. This process does what takes place when a driver starts and
 * stops the device, and when the back end goes and comes again.
 */
#include <err.h>
#include <errno.h>
#include <linux/vduse.h>
#include <linux/virtio_ids.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"

#define RETRY_MS	200
/* the default of the kernel, and of QEMU's back ends */
#define QUEUE_SIZE	256

static struct bridge bridge = {
	.name = "vhost-user0",
	.device_id = VIRTIO_ID_BLOCK,
	.nqueues = 1,
	.queue_size = QUEUE_SIZE,
	.control = -1,
	.dev = -1,
	.bounce_fd = -1,
	.inflight.fd = -1,
	.vu.fd = -1,
};

static volatile sig_atomic_t ended;

static void on_end(int sig)
{
	ended = 1;
}

static unsigned int grace_s(void)
{
	char path[512];
	unsigned int grace = 10;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/vduse/%s/grace", bridge.name);
	file = fopen(path, "r");
	if (file && fscanf(file, "%u", &grace) != 1)
		grace = 10;
	if (file)
		fclose(file);
	return grace;
}

/*
 * A disk's back end is gone, and what it had in flight is not written down anywhere: nobody
 * knows what of it was done. Without its daemon for the grace time the device ends these
 * requests with errors, and its driver has to reset it.
 */
static void fail_what_is_in_flight(void)
{
	unsigned int left = grace_s() + 1;

	warnx("%s: requests in flight are lost, the device needs a reset", bridge.name);
	close(bridge.dev);
	while (left && !ended)
		left = sleep(left);
	if (bridge_open(&bridge))
		err(1, "%s", bridge.name);
}

static bool is_lost(void)
{
	return bridge.device_id == VIRTIO_ID_BLOCK && bridge.running &&
	       !vu_has(&bridge.vu, VU_PROTOCOL_INFLIGHT);
}

static void back_end_gone(void)
{
	bool lost = is_lost();

	warnx("%s: the back end is gone", bridge.path);
	vu_close(&bridge.vu);
	bridge_stop(&bridge, false);
	if (lost)
		fail_what_is_in_flight();
}

static void try_back_end(void)
{
	bridge.stale = false;
	if (vu_open(&bridge.vu, bridge.path))
		return;
	if (bridge.borrowed & ~bridge.vu.features & bridge.driver_features) {
		warnx("%s: this back end lacks features that are in use", bridge.path);
		vu_close(&bridge.vu);
		return;
	}
	warnx("%s: there is a back end again", bridge.path);
	if (bridge_is_wanted(&bridge) && bridge_start(&bridge, FROM_USED))
		vu_close(&bridge.vu);
}

static void work(void)
{
	struct pollfd fds[] = {
		{ .fd = bridge.dev, .events = POLLIN },
		{ .fd = bridge.vu.fd, .events = POLLIN },
	};

	if (poll(fds, 2, bridge.vu.fd < 0 ? RETRY_MS : -1) < 0)
		return;
	if (fds[0].revents & POLLIN)
		bridge_answer(&bridge);
	/* a back end asks for nothing here: it ends, or has lost its way */
	if (bridge.vu.fd < 0)
		try_back_end();
	else if (fds[1].revents)
		back_end_gone();
}

static const char usage[] =
	"usage: vduse-vhost-user [-n NAME] [-t blk|net] [-q QUEUES] [-s SIZE] [-b MIB] [-H] SOCKET";

static unsigned long number(const char *text, unsigned long least, unsigned long most)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || end == text || value < least || value > most)
		errx(1, "%s: not a number from %lu to %lu", text, least, most);
	return value;
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:t:q:s:b:H")) != -1) {
		switch (c) {
		case 'n':
			bridge.name = optarg;
			break;
		case 't':
			if (!strcmp(optarg, "net"))
				bridge.device_id = VIRTIO_ID_NET;
			else if (strcmp(optarg, "blk"))
				errx(1, "%s: neither blk nor net", optarg);
			break;
		case 'q':
			bridge.nqueues = number(optarg, 1, BRIDGE_QUEUES);
			break;
		case 's':
			bridge.queue_size = number(optarg, 2, 32768);
			if (bridge.queue_size & (bridge.queue_size - 1))
				errx(1, "%s: not a power of 2", optarg);
			break;
		case 'b':
			bridge.bounce_size = (uint64_t)number(optarg, 1, 1024) << 20;
			break;
		case 'H':
			bridge.huge = true;
			break;
		default:
			errx(1, "%s", usage);
		}
	}
	if (optind != argc - 1)
		errx(1, "%s", usage);
	if (strlen(bridge.name) >= VDUSE_NAME_MAX)
		errx(1, "%s: the name is too long", bridge.name);
	bridge.path = argv[optind];
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_end };
	int ret;

	options(argc, argv);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	ret = vu_open(&bridge.vu, bridge.path);
	if (ret)
		errx(1, "%s: %s", bridge.path, strerror(-ret));
	ret = bridge_create(&bridge);
	if (ret)
		errx(1, "%s: %s", bridge.name, strerror(-ret));
	/* one of us was killed, and the driver did not notice */
	if (bridge_is_wanted(&bridge) && bridge_start(&bridge, FROM_USED))
		return 1;
	printf("%s is there: vdpa dev add name %s mgmtdev vduse\n", bridge.name, bridge.name);
	fflush(stdout);
	while (!ended)
		work();
	bridge_stop(&bridge, bridge.vu.fd >= 0);
	bridge_destroy(&bridge);
	return 0;
}
