// SPDX-License-Identifier: GPL-2.0-only
/* What does an interface say to rings of another size? What `ethtool -G` asks it. */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A refusal is an answer as well: a transport that cannot reset a queue has none else. The
 * report says which it was.
 */
bool action_rings(const struct words *args)
{
	struct ethtool_ringparam rings = { .cmd = ETHTOOL_GRINGPARAM };
	struct ifreq ifr = { .ifr_data = (void *)&rings };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", args->word[0]);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr)) {
		failed("%s: reading its rings: %s", args->word[0], strerror(errno));
		close(fd);
		return false;
	}
	rings.cmd = ETHTOOL_SRINGPARAM;
	rings.rx_pending = number_or(args, 1, 0);
	rings.tx_pending = number_or(args, 2, 0);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		error = errno;
	close(fd);
	report_begin("rings");
	report_add("interface", "%s", args->word[0]);
	report_add("change", "%s", error ? "refused" : "made");
	if (error)
		report_add("why", "%s", strerror(error));
	report_end();
	return true;
}
