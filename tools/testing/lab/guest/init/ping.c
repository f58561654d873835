// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP echo: how many of N come back, and how fast? In the foreground, or in a process of
 * its own from `pinging` to `pinged`, whatever is done with the guest in between.
 */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES_MAX	8000
#define PING_BYTES	56
/* Late is not lost: a host whose kernel looks for mistakes may stand still for a second. */
#define ANSWER_MS	4000
#define ID		0x6c61

struct times {
	int sent, received, late;
	long least, most, sum;
};

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void fill(uint8_t *bytes, size_t len, int sequence)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = i * 7 + sequence;
}

/* An answer to an earlier echo, of which its wait knows nothing any more */
static bool is_late(const uint8_t *packet, ssize_t n, int sequence)
{
	const struct iphdr *ip = (const void *)packet;
	const struct icmphdr *icmp = (const void *)(packet + ip->ihl * 4);

	return n >= (ssize_t)(ip->ihl * 4 + sizeof(*icmp)) && icmp->type == ICMP_ECHOREPLY &&
	       icmp->un.echo.id == htons(ID) && icmp->un.echo.sequence != htons(sequence);
}

/* The answer has to bring back every byte. */
static bool is_answer(const uint8_t *packet, ssize_t n, const uint8_t *payload, size_t len,
		      int sequence)
{
	const struct iphdr *ip = (const void *)packet;
	const struct icmphdr *icmp = (const void *)(packet + ip->ihl * 4);

	return n == (ssize_t)(ip->ihl * 4 + sizeof(*icmp) + len) &&
	       icmp->type == ICMP_ECHOREPLY && icmp->un.echo.id == htons(ID) &&
	       icmp->un.echo.sequence == htons(sequence) &&
	       !memcmp(icmp + 1, payload, len);
}

static bool once(int fd, const struct sockaddr_in *to, int sequence, size_t len, long *took,
		 int *late)
{
	static uint8_t out[sizeof(struct icmphdr) + BYTES_MAX], in[sizeof(out) + 60];
	struct icmphdr *icmp = (void *)out;
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	long start = now_us(), limit = start + ANSWER_MS * 1000;

	*icmp = (struct icmphdr){
		.type = ICMP_ECHO, .un.echo = { .id = htons(ID), .sequence = htons(sequence) },
	};
	fill(out + sizeof(*icmp), len, sequence);
	icmp->checksum = checksum(out, sizeof(*icmp) + len);
	if (sendto(fd, out, sizeof(*icmp) + len, 0, (void *)to, sizeof(*to)) < 0)
		return failed("sending an echo: %s", strerror(errno));
	while (now_us() < limit) {
		ssize_t n = poll(&wait, 1, (limit - now_us()) / 1000 + 1);

		if (n < 0 && errno == EINTR)	/* `pinged`: this echo still counts */
			continue;
		if (n <= 0)
			break;
		n = recv(fd, in, sizeof(in), 0);

		/* the socket also gets what answers another process that pings */
		if (n > 0 && ((const struct iphdr *)in)->saddr != to->sin_addr.s_addr)
			continue;
		if (n > 0 && is_answer(in, n, out + sizeof(*icmp), len, sequence)) {
			*took = now_us() - start;
			return true;
		}
		if (n > 0 && is_late(in, n, sequence))
			++*late;
	}
	return failed("no answer");
}

static void count(struct times *times, long took)
{
	if (!times->received || took < times->least)
		times->least = took;
	if (took > times->most)
		times->most = took;
	times->sum += took;
	times->received++;
}

static int echo_socket(const char *address, struct sockaddr_in *to)
{
	int fd;

	*to = (struct sockaddr_in){ .sin_family = AF_INET };
	if (!inet_aton(address, &to->sin_addr)) {
		failed("%s is no address", address);
		return -1;
	}
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (fd < 0)
		failed("ICMP socket: %s", strerror(errno));
	return fd;
}

static bool report_times(const struct times *times, const char *name, const char *address, long len)
{
	report_begin(name);
	report_add("to", "%s", address);
	report_add("bytes", "%ld", len);
	report_add("sent", "%d", times->sent);
	report_add("received", "%d", times->received);
	report_add("late", "%d", times->late);
	report_add("least_us", "%ld", times->least);
	report_add("mean_us", "%ld", times->received ? times->sum / times->received : 0);
	report_add("most_us", "%ld", times->most);
	report_end();
	return times->received == times->sent ||
	       failed("%d of %d answers from %s", times->received, times->sent, address);
}

bool action_ping(const struct words *args)
{
	long wanted = number_or(args, 1, 3), len = number_or(args, 2, PING_BYTES), took = 0;
	struct times times = { 0 };
	struct sockaddr_in to;
	int fd;

	if (len > BYTES_MAX)
		return failed("at most %d bytes", BYTES_MAX);
	fd = echo_socket(args->word[0], &to);
	if (fd < 0)
		return false;
	while (times.sent < wanted) {
		if (once(fd, &to, ++times.sent, len, &took, &times.late))
			count(&times, took);
	}
	close(fd);
	return report_times(&times, "ping", args->word[0], len);
}

/* The process that pings: what it has counted comes through the pipe at its end. */
static struct {
	pid_t pid;
	int counted;
	char to[INET_ADDRSTRLEN];
} pinger;

static volatile sig_atomic_t pinger_ends;

static void end_pinger(int signal)
{
	(void)signal;
	pinger_ends = 1;
}

static void ping_on(int fd, const struct sockaddr_in *to, long pause_ms, int out)
{
	struct times times = { 0 };
	long took = 0;

	while (!pinger_ends) {
		times.sent++;
		if (once(fd, to, times.sent & 0xffff, PING_BYTES, &took, &times.late))
			count(&times, took);
		usleep(pause_ms * 1000);
	}
	_exit(write(out, &times, sizeof(times)) != sizeof(times));
}

bool action_pinging(const struct words *args)
{
	struct sigaction action = { .sa_handler = end_pinger, .sa_flags = SA_RESTART };
	long pause_ms = number_or(args, 1, 20);
	struct sockaddr_in to;
	int ends[2], fd;

	if (pinger.pid)
		return failed("it is at it");
	fd = echo_socket(args->word[0], &to);
	if (fd < 0)
		return false;
	if (pipe(ends))
		return failed("pipe: %s", strerror(errno));
	sigaction(SIGTERM, &action, NULL);
	pinger.pid = fork();
	if (!pinger.pid)
		ping_on(fd, &to, pause_ms, ends[1]);
	close(ends[1]);
	close(fd);
	pinger.counted = ends[0];
	inet_ntop(AF_INET, &to.sin_addr, pinger.to, sizeof(pinger.to));
	return pinger.pid > 0 || failed("fork: %s", strerror(errno));
}

/* All echoes since `pinging` must have come back. */
bool action_pinged(const struct words *args)
{
	struct times times = { 0 };
	ssize_t n;

	(void)args;
	if (pinger.pid <= 0)
		return failed("it was not told to");
	kill(pinger.pid, SIGTERM);
	n = read(pinger.counted, &times, sizeof(times));
	waitpid(pinger.pid, NULL, 0);
	close(pinger.counted);
	pinger.pid = 0;
	if (n != sizeof(times))
		return failed("the process that pings is gone");
	return report_times(&times, "pinged", pinger.to, PING_BYTES);
}
