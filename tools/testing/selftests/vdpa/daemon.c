// SPDX-License-Identifier: GPL-2.0-only
/* How does a VDUSE daemon do what it does? */
#include <errno.h>
#include <fcntl.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_ids.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

long long daemon_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void daemon_init(struct daemon *d, const char *name, uint64_t api, uint64_t features)
{
	*d = (struct daemon) {
		.name = name,
		.fd = -1,
		.config = {
			.vendor_id = VENDOR,
			.device_id = VIRTIO_ID_NET,
			.features = DAEMON_FEATURES,
			.vq_num = 2,
			.vq_align = 4096,
			.ngroups = api ? 2 : 0,
			.nas = api ? 2 : 0,
			.config_size = sizeof(d->space),
		},
	};
	snprintf(d->config.name, sizeof(d->config.name), "%s", name);
	d->manners = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (d->manners == MAP_FAILED)
		die("memory");
	d->manners->type = -1;
	d->control = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);
	if (d->control < 0)
		die("/dev/vduse/control");
	if (ioctl(d->control, VDUSE_SET_API_VERSION, &api))
		die("VDUSE_SET_API_VERSION");
	if (ioctl(d->control, VDUSE_SET_FEATURES, &features))
		die("VDUSE_SET_FEATURES");
	daemon_destroy(d);	/* left over from a run that was cut off */
}

void daemon_exit(struct daemon *d)
{
	daemon_close(d);
	daemon_destroy(d);
	close(d->control);
	munmap(d->manners, 4096);
}

int daemon_create(struct daemon *d)
{
	return ioctl(d->control, VDUSE_CREATE_DEV, &d->config) < 0 ? -errno : 0;
}

int daemon_destroy(struct daemon *d)
{
	return ioctl(d->control, VDUSE_DESTROY_DEV, d->config.name) < 0 ? -errno : 0;
}

/* devtmpfs has it at once */
int daemon_open(struct daemon *d)
{
	char path[300];

	snprintf(path, sizeof(path), "/dev/vduse/%s", d->name);
	d->fd = open(path, O_RDWR | O_CLOEXEC);
	return d->fd < 0 ? -errno : 0;
}

void daemon_close(struct daemon *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

int daemon_ioctl(const struct daemon *d, unsigned long cmd, void *arg)
{
	int ret = ioctl(d->fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

int daemon_setup(struct daemon *d, uint32_t index, uint16_t max_size, uint32_t group)
{
	struct vduse_vq_config vq = { .index = index, .max_size = max_size, .group = group };

	return daemon_ioctl(d, VDUSE_VQ_SETUP, &vq);
}

int daemon_make(struct daemon *d)
{
	int ret = daemon_create(d);

	if (!ret)
		ret = daemon_open(d);
	for (uint32_t i = 0; i < d->config.vq_num && !ret; i++)
		ret = daemon_setup(d, i, 256, 0);
	return ret;
}

int daemon_read(const struct daemon *d, struct vduse_dev_request *request)
{
	ssize_t len = read(d->fd, request, sizeof(*request));

	if (len < 0)
		return -errno;
	return len == sizeof(*request) ? 0 : -EMSGSIZE;
}

int daemon_write(const struct daemon *d, const struct vduse_dev_response *response)
{
	ssize_t len = write(d->fd, response, sizeof(*response));

	if (len < 0)
		return -errno;
	return len == sizeof(*response) ? 0 : -EMSGSIZE;
}

int daemon_block(const struct daemon *d, bool block)
{
	return fcntl(d->fd, F_SETFL, O_RDWR | (block ? 0 : O_NONBLOCK)) < 0 ? -errno : 0;
}

/* Return: does it answer? */
static bool behave(struct daemon_manners *m, int type, struct vduse_dev_response *response)
{
	if (m->type != type)
		return true;
	m->type = -1;
	switch (m->then) {
	case DAEMON_FAILS:
		response->result = VDUSE_REQ_RESULT_FAILED;
		break;
	case DAEMON_STOPS:
		raise(SIGSTOP);
		break;
	case DAEMON_DIES:
		raise(SIGKILL);
		break;
	case DAEMON_MUTE:
		return false;
	case DAEMON_GOOD:
		break;
	}
	return true;
}

static void serve_one(struct daemon *d)
{
	struct vduse_dev_response response = {};
	struct daemon_manners *m = d->manners;
	struct vduse_dev_request request;
	unsigned int type;

	if (daemon_read(d, &request))
		return;
	response.request_id = request.request_id;
	type = request.type == VDUSE_RESUME ? DAEMON_RESUME : request.type;
	if (type < DAEMON_TYPES) {
		m->last[type] = request;
		m->seen[type]++;
	}
	if (type == VDUSE_GET_VQ_STATE) {
		response.vq_state.index = request.vq_state.index;
		response.vq_state.split.avail_index = m->avail_index;
	}
	if (!behave(m, type, &response))
		return;
	if (!daemon_write(d, &response))
		m->answered++;
}

static void serve(struct daemon *d)
{
	struct pollfd fds[] = {
		{ .fd = d->fd, .events = POLLIN },
		{ .fd = d->end[0], .events = POLLIN },
	};

	daemon_block(d, false);
	while (poll(fds, 2, -1) >= 0 && !fds[1].revents) {
		if (fds[0].revents & POLLIN)
			serve_one(d);
		else if (fds[0].revents)
			usleep(1000);	/* it is given up, but for a reset */
	}
}

static void *serve_thread(void *d)
{
	serve(d);
	return NULL;
}

void daemon_start(struct daemon *d)
{
	if (pipe2(d->end, O_CLOEXEC) || pthread_create(&d->thread, NULL, serve_thread, d))
		die("thread");
}

void daemon_stop(struct daemon *d)
{
	if (write(d->end[1], "", 1) != 1)
		die("pipe");
	pthread_join(d->thread, NULL);
	close(d->end[0]);
	close(d->end[1]);
	daemon_block(d, true);
}

/* The test has the device open no longer: its process has it alone */
void daemon_fork(struct daemon *d)
{
	if (pipe2(d->end, O_CLOEXEC))
		die("pipe");
	d->pid = fork();
	if (d->pid < 0)
		die("fork");
	if (!d->pid) {
		close(d->end[1]);
		d->end[0] = -1;
		serve(d);
		_exit(1);
	}
	close(d->end[0]);
	close(d->end[1]);
	daemon_close(d);
}

void daemon_kill(struct daemon *d)
{
	kill(d->pid, SIGKILL);
	waitpid(d->pid, NULL, 0);
	d->pid = 0;
}

static int open_sysfs(const struct daemon *d, const char *file, int flags)
{
	char path[600];

	snprintf(path, sizeof(path), "/sys/class/vduse/%s/%s", d->name, file);
	return open(path, flags | O_CLOEXEC);
}

int daemon_sysfs(const struct daemon *d, const char *file, const char *value)
{
	int fd = open_sysfs(d, file, O_WRONLY);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

long daemon_sysfs_get(const struct daemon *d, const char *file)
{
	int fd = open_sysfs(d, file, O_RDONLY);
	char text[32] = "";
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	return len < 0 ? -errno : strtol(text, NULL, 10);
}
