// SPDX-License-Identifier: GPL-2.0-only
/* ICMP echo: how many of N come back, and how fast? */
#define _GNU_SOURCE
#include "guest.h"
#include "report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MAX	8000
/* Late is not lost: a host whose kernel looks for mistakes may stand still for a second. */
#define ANSWER_MS	4000
#define ID		0x6c61

struct times {
	int sent, received;
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

static bool once(int fd, const struct sockaddr_in *to, int sequence, size_t len, long *took)
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
	while (now_us() < limit && poll(&wait, 1, (limit - now_us()) / 1000 + 1) > 0) {
		ssize_t n = recv(fd, in, sizeof(in), 0);

		if (n > 0 && is_answer(in, n, out + sizeof(*icmp), len, sequence)) {
			*took = now_us() - start;
			return true;
		}
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

bool action_ping(const struct words *args)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	long wanted = number_or(args, 1, 3), len = number_or(args, 2, 56), took = 0;
	struct times times = { 0 };
	int fd;

	if (!inet_aton(args->word[0], &to.sin_addr))
		return failed("%s is no address", args->word[0]);
	if (len > BYTES_MAX)
		return failed("at most %d bytes", BYTES_MAX);
	fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	if (fd < 0)
		return failed("ICMP socket: %s", strerror(errno));
	while (times.sent < wanted) {
		if (once(fd, &to, ++times.sent, len, &took))
			count(&times, took);
	}
	close(fd);
	report_begin("ping");
	report_add("to", "%s", args->word[0]);
	report_add("bytes", "%ld", len);
	report_add("sent", "%d", times.sent);
	report_add("received", "%d", times.received);
	report_add("least_us", "%ld", times.least);
	report_add("mean_us", "%ld", times.received ? times.sum / times.received : 0);
	report_add("most_us", "%ld", times.most);
	report_end();
	return times.received == times.sent ||
	       failed("%d of %d answers from %s", times.received, times.sent, args->word[0]);
}
