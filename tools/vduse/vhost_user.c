// SPDX-License-Identifier: GPL-2.0-only
/* How is a vhost-user back end talked to? */
#include <errno.h>
#include <linux/vhost_types.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "vhost_user.h"

#define ANSWER_S	10

#define VERSION		1U
#define REPLY		(1U << 2)
#define NEED_REPLY	(1U << 3)
#define NO_FD		(1U << 8)	/* in SET_VRING_KICK and SET_VRING_CALL */

enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
	GET_CONFIG = 24,
	GET_INFLIGHT_FD = 31,
	SET_INFLIGHT_FD = 32,
};

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct {
			uint32_t n, padding;
			struct {
				uint64_t guest_addr, size, user_addr, offset;
			} regions[VU_REGIONS];
		} memory;
		struct {
			uint32_t offset, size, flags;
			uint8_t bytes[VU_CONFIG_SIZE];
		} config;
		struct {
			uint64_t size, offset;
			uint16_t queues, queue_size;
		} __attribute__((packed)) inflight;
	};
} __attribute__((packed));

#define HEADER		offsetof(struct message, u64)

static int send_message(struct vu *vu, struct message *m, const int *fds, unsigned int n)
{
	char control[CMSG_SPACE(VU_REGIONS * sizeof(int))] = {};
	struct iovec iov = { m, HEADER + m->size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len;

	if (n) {
		struct cmsghdr *c;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	m->flags |= VERSION;
	len = sendmsg(vu->fd, &msg, MSG_NOSIGNAL);
	if (len < 0)
		return -errno;
	return (size_t)len == iov.iov_len ? 0 : -EIO;
}

static int receive_bytes(struct vu *vu, void *to, size_t len)
{
	ssize_t got = len ? recv(vu->fd, to, len, MSG_WAITALL) : 0;

	if (got < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return (size_t)got == len ? 0 : -ECONNRESET;
}

/* The header, with which a descriptor may come */
static int receive_header(struct vu *vu, struct message *m, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { m, HEADER };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(vu->fd, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c;

	*fd = -1;
	if (got < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(int));
	return (size_t)got == HEADER ? 0 : -ECONNRESET;
}

static int receive_message(struct vu *vu, struct message *m, uint32_t request, size_t size, int *fd)
{
	int ret = receive_header(vu, m, fd);

	if (!ret && (m->request != request || m->size != size || !(m->flags & REPLY)))
		ret = -EPROTO;
	if (!ret)
		ret = receive_bytes(vu, &m->u64, size);
	if (ret && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return ret;
}

/* A request with an answer of its own; the answer's descriptor is in *fd, or closed */
static int ask(struct vu *vu, struct message *m, size_t answer, int *fd)
{
	uint32_t request = m->request;
	int got = -1, ret;

	ret = send_message(vu, m, NULL, 0);
	if (!ret)
		ret = receive_message(vu, m, request, answer, &got);
	if (fd)
		*fd = got;
	else if (got >= 0)
		close(got);
	return ret;
}

/* A request without one: the back end says whether it did it, if it can say that */
static int tell(struct vu *vu, struct message *m, const int *fds, unsigned int n)
{
	uint32_t request = m->request;
	int got = -1, ret;

	if (!vu_has(vu, VU_PROTOCOL_REPLY_ACK))
		return send_message(vu, m, fds, n);
	m->flags |= NEED_REPLY;
	ret = send_message(vu, m, fds, n);
	if (!ret)
		ret = receive_message(vu, m, request, sizeof(m->u64), &got);
	if (got >= 0)
		close(got);
	return ret ?: m->u64 ? -EREMOTEIO : 0;
}

static int get_u64(struct vu *vu, enum request what, uint64_t *value)
{
	struct message m = { .request = what };
	int ret = ask(vu, &m, sizeof(m.u64), NULL);

	*value = ret ? 0 : m.u64;
	return ret;
}

static int set_u64(struct vu *vu, enum request what, uint64_t value)
{
	struct message m = { .request = what, .size = sizeof(m.u64), .u64 = value };

	return tell(vu, &m, NULL, 0);
}

static int set_state(struct vu *vu, enum request what, unsigned int index, unsigned int num)
{
	struct message m = {
		.request = what, .size = sizeof(m.state), .state = { index, num },
	};

	return tell(vu, &m, NULL, 0);
}

static int set_fd(struct vu *vu, enum request what, unsigned int index, int fd)
{
	struct message m = { .request = what, .size = sizeof(m.u64), .u64 = index };

	if (fd < 0)
		m.u64 |= NO_FD;
	return tell(vu, &m, &fd, fd >= 0);
}

static int agree(struct vu *vu)
{
	static const uint64_t wanted = 1ULL << VU_PROTOCOL_MQ | 1ULL << VU_PROTOCOL_REPLY_ACK |
				       1ULL << VU_PROTOCOL_CONFIG | 1ULL << VU_PROTOCOL_INFLIGHT;
	struct message owner = { .request = SET_OWNER };
	uint64_t protocol, queues = 1;
	int ret;

	ret = tell(vu, &owner, NULL, 0);
	if (!ret)
		ret = get_u64(vu, GET_FEATURES, &vu->features);
	if (ret || !(vu->features >> VU_F_PROTOCOL & 1))
		return ret;
	ret = get_u64(vu, GET_PROTOCOL_FEATURES, &protocol);
	if (!ret)
		ret = set_u64(vu, SET_PROTOCOL_FEATURES, protocol & wanted);
	if (ret)
		return ret;
	vu->protocol = protocol & wanted;
	if (vu_has(vu, VU_PROTOCOL_MQ))
		ret = get_u64(vu, GET_QUEUE_NUM, &queues);
	vu->queues = queues;
	return ret;
}

int vu_open(struct vu *vu, const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = ANSWER_S };
	int ret = 0;

	*vu = (struct vu) { .fd = -1, .queues = 1 };
	if (strlen(path) >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	strcpy(name.sun_path, path);
	vu->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (vu->fd < 0)
		return -errno;
	setsockopt(vu->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(vu->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(vu->fd, (void *)&name, sizeof(name)))
		ret = -errno;
	if (!ret)
		ret = agree(vu);
	if (ret)
		vu_close(vu);
	return ret;
}

void vu_close(struct vu *vu)
{
	if (vu->fd >= 0)
		close(vu->fd);
	vu->fd = -1;
}

int vu_get_config(struct vu *vu, void *to, size_t len)
{
	struct message m = {
		.request = GET_CONFIG, .size = sizeof(m.config) - VU_CONFIG_SIZE + len,
		.config.size = len,
	};
	int ret = ask(vu, &m, m.size, NULL);

	/* that is how a back end says that it failed */
	if (!ret && m.config.size != len)
		ret = -EREMOTEIO;
	if (!ret)
		memcpy(to, m.config.bytes, len);
	return ret;
}

int vu_set_features(struct vu *vu, uint64_t features)
{
	return set_u64(vu, SET_FEATURES, features | (vu->features & 1ULL << VU_F_PROTOCOL));
}

int vu_set_memory(struct vu *vu, const struct vu_region *regions, unsigned int n)
{
	struct message m = { .request = SET_MEM_TABLE, .memory.n = n };
	int fds[VU_REGIONS];

	m.size = offsetof(struct message, memory.regions[n]) - HEADER;
	for (unsigned int i = 0; i < n; i++) {
		m.memory.regions[i].guest_addr = regions[i].guest_addr;
		m.memory.regions[i].size = regions[i].size;
		m.memory.regions[i].user_addr = regions[i].user_addr;
		m.memory.regions[i].offset = regions[i].offset;
		fds[i] = regions[i].fd;
	}
	return tell(vu, &m, fds, n);
}

int vu_get_inflight(struct vu *vu, struct vu_inflight *inflight)
{
	struct message m = {
		.request = GET_INFLIGHT_FD, .size = sizeof(m.inflight),
		.inflight = { .queues = inflight->queues, .queue_size = inflight->queue_size },
	};
	int ret = ask(vu, &m, sizeof(m.inflight), &inflight->fd);

	inflight->size = m.inflight.size;
	inflight->offset = m.inflight.offset;
	return ret;
}

int vu_set_inflight(struct vu *vu, const struct vu_inflight *inflight)
{
	struct message m = {
		.request = SET_INFLIGHT_FD, .size = sizeof(m.inflight),
		.inflight = {
			.size = inflight->size, .offset = inflight->offset,
			.queues = inflight->queues, .queue_size = inflight->queue_size,
		},
	};

	return tell(vu, &m, &inflight->fd, 1);
}

static int set_addresses(struct vu *vu, const struct vu_queue *queue)
{
	struct message m = {
		.request = SET_VRING_ADDR, .size = sizeof(m.addr),
		.addr = {
			.index = queue->index,
			.desc_user_addr = queue->desc,
			.avail_user_addr = queue->avail,
			.used_user_addr = queue->used,
		},
	};

	return tell(vu, &m, NULL, 0);
}

/* The kick's eventfd starts it */
int vu_start_queue(struct vu *vu, const struct vu_queue *queue)
{
	int ret;

	ret = set_state(vu, SET_VRING_NUM, queue->index, queue->num);
	if (!ret)
		ret = set_state(vu, SET_VRING_BASE, queue->index, queue->base);
	if (!ret)
		ret = set_addresses(vu, queue);
	if (!ret)
		ret = set_fd(vu, SET_VRING_CALL, queue->index, queue->call);
	if (!ret)
		ret = set_fd(vu, SET_VRING_KICK, queue->index, queue->kick);
	if (!ret && vu->features >> VU_F_PROTOCOL & 1)
		ret = set_state(vu, SET_VRING_ENABLE, queue->index, 1);
	return ret;
}

int vu_stop_queue(struct vu *vu, unsigned int index, uint16_t *base)
{
	struct message m = {
		.request = GET_VRING_BASE, .size = sizeof(m.state), .state.index = index,
	};
	int ret = ask(vu, &m, sizeof(m.state), NULL);

	if (!ret)
		*base = m.state.num;
	return ret;
}
