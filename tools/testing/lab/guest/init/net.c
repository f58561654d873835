// SPDX-License-Identifier: GPL-2.0-only
/* How does an interface of the guest get up, with an address and a route? */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERFACE_WAIT_S	10
#define CARRIER_WAIT_S		10

static bool interface_ioctl(unsigned long request, struct ifreq *ifr, const char *what)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done = fd >= 0 && !ioctl(fd, request, ifr);

	if (!done)
		failed("%s: %s: %s", ifr->ifr_name, what, strerror(errno));
	close(fd);
	return done;
}

static struct ifreq interface_request(const char *interface)
{
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", interface);
	return ifr;
}

static bool set_address(const char *interface, unsigned long request, struct in_addr address)
{
	struct ifreq ifr = interface_request(interface);
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;

	in->sin_family = AF_INET;
	in->sin_addr = address;
	return interface_ioctl(request, &ifr, "setting its address");
}

bool net_address(const char *interface, const char *address, int prefix)
{
	struct in_addr in, mask = { htonl(prefix ? ~0U << (32 - prefix) : 0) };

	if (prefix > 32 || !inet_aton(address, &in))
		return failed("%s/%d is no address", address, prefix);
	return set_address(interface, SIOCSIFADDR, in) &&
	       set_address(interface, SIOCSIFNETMASK, mask);
}

bool net_route(const char *interface, const char *gateway)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = (char *)interface };
	struct sockaddr_in *to = (struct sockaddr_in *)&route.rt_gateway;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool done;

	route.rt_dst.sa_family = AF_INET;
	route.rt_genmask.sa_family = AF_INET;
	to->sin_family = AF_INET;
	if (!inet_aton(gateway, &to->sin_addr))
		return failed("%s is no address", gateway);
	done = !ioctl(fd, SIOCADDRT, &route) || errno == EEXIST;
	if (!done)
		failed("a route over %s: %s", gateway, strerror(errno));
	close(fd);
	return done;
}

static bool up(const char *interface)
{
	struct ifreq ifr = interface_request(interface);

	if (!interface_ioctl(SIOCGIFFLAGS, &ifr, "reading its flags"))
		return false;
	ifr.ifr_flags |= IFF_UP;
	return interface_ioctl(SIOCSIFFLAGS, &ifr, "bringing it up");
}

static bool wait_for_word(const char *interface, const char *file, const char *word, int seconds)
{
	long limit = now_us() + seconds * 1000000L;
	char text[64];

	do {
		read_word(text, sizeof(text), "/sys/class/net/%s/%s", interface, file);
		if (*text && (!word || !strcmp(text, word)))
			return true;
		usleep(10000);
	} while (now_us() < limit);
	return false;
}

static bool configure(const char *interface, const struct words *args)
{
	char *slash;

	if (!strcmp(args->word[1], "dhcp"))
		return dhcp_run(interface, 20);
	slash = strchr(args->word[1], '/');
	if (!slash)
		return failed("%s has no /PREFIX", args->word[1]);
	*slash = 0;
	return net_address(interface, args->word[1], atoi(slash + 1)) &&
	       (args->count < 3 || net_route(interface, args->word[2]));
}

static void report_interface(const char *interface)
{
	struct ifreq ifr = interface_request(interface);
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;
	char word[64];

	report_begin("net");
	report_add("interface", "%s", interface);
	report_add("mac", "%s",
		   read_word(word, sizeof(word), "/sys/class/net/%s/address", interface));
	report_add("mtu", "%s", read_word(word, sizeof(word), "/sys/class/net/%s/mtu", interface));
	if (interface_ioctl(SIOCGIFADDR, &ifr, "reading its address"))
		report_add("address", "%s", inet_ntoa(in->sin_addr));
	report_end();
}

bool action_net(const struct words *args)
{
	const char *interface = args->word[0];

	if (!wait_for_word(interface, "address", NULL, INTERFACE_WAIT_S))
		return failed("no interface %s", interface);
	if (!up(interface))
		return false;
	if (!wait_for_word(interface, "carrier", "1", CARRIER_WAIT_S))
		return failed("%s has no carrier", interface);
	if (!configure(interface, args))
		return false;
	report_interface(interface);
	return true;
}
