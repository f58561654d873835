// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long from sriov_numvfs until all VFs are bound and opened?
 *
 *	provision PF COUNT DRIVER
 *
 * Autoprobe is off, the driver is loaded, there are no VFs. They are enabled, each
 * is given to DRIVER by driver_override, then each is opened through vfio, and all
 * are open at the end. They are left bound.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define PCI	"/sys/bus/pci/"

static void put(const char *text, const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("%s to %s: %s", text, path, strerror(errno));
	close(fd);
}

static void address_of(const char *pf, unsigned int n, char *address, size_t size)
{
	char link[128], target[128];
	ssize_t len;

	snprintf(link, sizeof(link), PCI "devices/%s/virtfn%u", pf, n);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		fail("%s: %s", link, strerror(errno));
	target[len] = 0;
	snprintf(address, size, "%s", strrchr(target, '/') + 1);
}

static void bind(const char *address, const char *driver)
{
	char path[128];

	snprintf(path, sizeof(path), PCI "devices/%s/driver_override", address);
	put(driver, path);
	put(address, PCI "drivers_probe");
	snprintf(path, sizeof(path), PCI "drivers/%s/%s", driver, address);
	if (access(path, F_OK))
		fail("%s is not bound to %s", address, driver);
}

int main(int argc, char **argv)
{
	uint64_t start, enabled, bound, opened;
	char path[128], address[16], what[32];
	unsigned int count;
	struct vf *vfs;

	if (argc != 4)
		fail("usage: provision PF COUNT DRIVER");
	count = number(argv[2]);
	vfs = calloc(count, sizeof(*vfs));
	snprintf(path, sizeof(path), PCI "devices/%s/sriov_numvfs", argv[1]);
	clock_start();

	start = ticks();
	put(argv[2], path);
	enabled = ticks();
	for (unsigned int i = 0; i < count; i++) {
		address_of(argv[1], i, address, sizeof(address));
		bind(address, argv[3]);
	}
	bound = ticks();
	for (unsigned int i = 0; i < count; i++) {
		int ret;

		address_of(argv[1], i, address, sizeof(address));
		/* the node in /dev is udev's work, and comes a moment later */
		for (int tries = 0; (ret = vf_open(&vfs[i], address)) && tries < 1000; tries++)
			usleep(10000);
		if (ret)
			fail("%s: %s", address, strerror(-ret));
	}
	opened = ticks();

	snprintf(what, sizeof(what), "vfs-%u", count);
	emit("provision", what, "ms", ticks_to_ns(opened - start) / 1e6);
	printf("# %s: enabled %.0f ms, bound %.0f ms, opened %.0f ms\n", what,
	       ticks_to_ns(enabled - start) / 1e6, ticks_to_ns(bound - enabled) / 1e6,
	       ticks_to_ns(opened - bound) / 1e6);
	return 0;
}
