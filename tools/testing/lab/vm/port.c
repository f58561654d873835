// SPDX-License-Identifier: GPL-2.0-only
/* Frames over a virtio-serial port, without ever waiting: see port.h. */
#define _GNU_SOURCE
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_named(const char *device, const char *name)
{
	char file[300], text[64] = "";
	bool same = false;
	FILE *f;

	snprintf(file, sizeof(file), "/sys/class/virtio-ports/%s/name", device);
	f = fopen(file, "re");
	if (!f)
		return false;
	if (fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = 0;
		same = !strcmp(text, name);
	}
	fclose(f);
	return same;
}

/* What the kernel calls the port the emulator calls @name. */
static bool find_device(const char *name, char *device, size_t size)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		found = is_named(entry->d_name, name);
		if (found)
			snprintf(device, size, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

bool port_open(struct port *port, const char *name)
{
	char device[256], path[300];

	port->fd = -1;
	if (!find_device(name, device, sizeof(device)))
		return false;
	snprintf(path, sizeof(path), "/dev/%s", device);
	port->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return port->fd >= 0;
}

void port_close(struct port *port)
{
	close(port->fd);
	port->fd = -1;
}

static void tell_driver(const char *what, const char *device)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/virtio/drivers/virtio_console/%s", what);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, device, strlen(device)) < 0)
		fprintf(stderr, "lab-agent: virtio_console: %s %s: %s\n", what, device,
			strerror(errno));
	if (fd >= 0)
		close(fd);
}

void port_renew(const char *name)
{
	char device[256], path[300], link[PATH_MAX];
	ssize_t len;

	if (!find_device(name, device, sizeof(device)))
		return;
	snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/device", device);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		return;
	link[len] = 0;
	tell_driver("unbind", basename(link));
	tell_driver("bind", basename(link));
}

bool port_has_room(const struct port *port)
{
	return port->out_end - port->out_start < PORT_BACKLOG;
}

bool port_wants_out(const struct port *port)
{
	return port->out_end > port->out_start;
}

void port_send(struct port *port, uint8_t type, const void *payload, size_t len)
{
	uint8_t *to;

	if (port->out_end + FRAME_HEAD + len > sizeof(port->out)) {
		memmove(port->out, port->out + port->out_start,
			port->out_end - port->out_start);
		port->out_end -= port->out_start;
		port->out_start = 0;
	}
	to = port->out + port->out_end;
	to[0] = type;
	to[1] = len;
	to[2] = len >> 8;
	to[3] = len >> 16;
	to[4] = len >> 24;
	if (len)
		memcpy(to + FRAME_HEAD, payload, len);
	port->out_end += FRAME_HEAD + len;
}

void port_flush(struct port *port)
{
	while (port_wants_out(port)) {
		ssize_t n = write(port->fd, port->out + port->out_start,
				  port->out_end - port->out_start);

		if (n <= 0)
			return;
		port->out_start += n;
	}
	port->out_start = 0;
	port->out_end = 0;
}

void port_receive(struct port *port, frame_fn *handle)
{
	ssize_t n;

	while ((n = read(port->fd, port->in + port->in_len,
			 sizeof(port->in) - port->in_len)) > 0) {
		size_t at = 0;

		port->in_len += n;
		while (port->in_len - at >= FRAME_HEAD) {
			const uint8_t *head = port->in + at;
			size_t len = head[1] | head[2] << 8 | head[3] << 16 |
				     (size_t)head[4] << 24;

			if (len > FRAME_MAX || port->in_len - at < FRAME_HEAD + len)
				break;
			handle(head[0], head + FRAME_HEAD, len);
			at += FRAME_HEAD + len;
		}
		memmove(port->in, port->in + at, port->in_len - at);
		port->in_len -= at;
	}
}
