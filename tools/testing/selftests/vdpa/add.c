// SPDX-License-Identifier: GPL-2.0-only
/*
 * add NAME [BUS/]MGMTDEV [MAC|- [FEATURES]]: what `vdpa dev add` does, and offered features,
 * which the tool of Debian 12 cannot give.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/vdpa.h>

#include "nl.h"

/* a device on a bus is named as in "pci/0000:01:00.1" */
static void add_mgmtdev(struct nl_request *req, char *name)
{
	char *slash = strchr(name, '/');

	if (slash) {
		*slash = 0;
		nl_add_string(req, VDPA_ATTR_MGMTDEV_BUS_NAME, name);
		name = slash + 1;
	}
	nl_add_string(req, VDPA_ATTR_MGMTDEV_DEV_NAME, name);
}

int main(int argc, char **argv)
{
	struct nl_request req;
	unsigned char mac[6];
	int err;

	if (argc < 3 || argc > 5) {
		fprintf(stderr, "usage: add NAME [BUS/]MGMTDEV [MAC|- [FEATURES]]\n");
		return 2;
	}
	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, argv[1]);
	add_mgmtdev(&req, argv[2]);
	if (argc > 3 && strcmp(argv[3], "-")) {
		if (sscanf(argv[3], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2],
			   &mac[3], &mac[4], &mac[5]) != 6) {
			fprintf(stderr, "add: %s is no MAC address\n", argv[3]);
			return 2;
		}
		nl_add(&req, VDPA_ATTR_DEV_NET_CFG_MACADDR, mac, sizeof(mac));
	}
	if (argc > 4)
		nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, strtoull(argv[4], NULL, 0));
	err = nl_send(&req);
	if (err)
		fprintf(stderr, "add: %s\n", strerror(-err));
	return !!err;
}
