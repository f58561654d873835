// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vhost-user disk that writes down what it works on (VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD), so
 * that its successor goes on with that after it was killed:
 *
 *	vhost_user_disk SOCKET FILE
 *
 * It takes all requests that are available, and completes the last of them first, a
 * millisecond each: there is always something in flight under load, and the used ring alone
 * does not say what. One queue; one front end at a time.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost_types.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BIT(n)		(1ULL << (n))
#define REGIONS		8
#define ENTRIES		256
#define SEGMENTS	126

enum { MQ = 0, REPLY_ACK = 3, CONFIG = 9, INFLIGHT = 12, PROTOCOL_FEATURES = 30 };

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct {
			uint32_t n, padding;
			struct { uint64_t guest, size, user, offset; } regions[REGIONS];
		} memory;
		struct {
			uint32_t offset, size, flags;
			uint8_t bytes[256];
		} config;
		struct {
			uint64_t size, offset;
			uint16_t queues, queue_size;
		} __attribute__((packed)) inflight;
	};
} __attribute__((packed));

/* The protocol's record of a split ring */
struct record {
	uint64_t features;
	uint16_t version, entries, last_head, used;
	struct {
		uint8_t inflight, padding[5];
		uint16_t next;
		uint64_t order;
	} heads[ENTRIES];
};

static struct region {
	uint64_t guest, size, user, mapped;
	unsigned char *at;
} regions[REGIONS];
static unsigned int nregions;

static int front = -1, file = -1, kick = -1, call = -1;
static struct record *record;
static struct vhost_vring_addr addr;
static struct vring ring;
static uint16_t seen;		/* available entries taken */
static uint64_t order;

/* @user: it is one of the front end's own addresses, as those of the ring are */
static void *at(uint64_t where, uint64_t len, bool user)
{
	for (unsigned int i = 0; i < nregions; i++) {
		uint64_t within = where - (user ? regions[i].user : regions[i].guest);

		if (within < regions[i].size && len <= regions[i].size - within)
			return regions[i].at + within;
	}
	errx(1, "%#llx is not mapped", (unsigned long long)where);
}

static void forget_memory(void)
{
	while (nregions) {
		nregions--;
		munmap(regions[nregions].at - (regions[nregions].mapped - regions[nregions].size),
		       regions[nregions].mapped);
	}
}

static void set_memory(const struct message *m, const int *fds)
{
	forget_memory();
	for (; nregions < m->memory.n && nregions < REGIONS; nregions++) {
		struct region *r = &regions[nregions];
		unsigned char *map;

		r->guest = m->memory.regions[nregions].guest;
		r->user = m->memory.regions[nregions].user;
		r->size = m->memory.regions[nregions].size;
		r->mapped = r->size + m->memory.regions[nregions].offset;
		map = mmap(NULL, r->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fds[nregions], 0);
		if (map == MAP_FAILED)
			err(1, "memory");
		r->at = map + (r->mapped - r->size);
	}
}

static uint8_t transfer(const struct virtio_blk_outhdr *header, const struct vring_desc *data,
			unsigned int n)
{
	off_t where = header->sector * 512;

	for (unsigned int i = 0; i < n; where += data[i++].len) {
		void *bytes = at(data[i].addr, data[i].len, false);
		ssize_t done = header->type == VIRTIO_BLK_T_OUT ?
			pwrite(file, bytes, data[i].len, where) :
			pread(file, bytes, data[i].len, where);

		if (done != data[i].len)
			return VIRTIO_BLK_S_IOERR;
	}
	return VIRTIO_BLK_S_OK;
}

/* The first descriptor is the header, the last one the status */
static void serve(uint16_t head)
{
	struct vring_desc chain[SEGMENTS + 2];
	struct virtio_blk_outhdr *header;
	unsigned int n = 0;
	uint8_t *status;

	for (uint16_t i = head; n < SEGMENTS + 2; i = ring.desc[i].next) {
		chain[n++] = ring.desc[i];
		if (!(ring.desc[i].flags & VRING_DESC_F_NEXT))
			break;
	}
	if (n < 2)
		errx(1, "a chain of %u", n);
	header = at(chain[0].addr, sizeof(*header), false);
	status = at(chain[n - 1].addr, 1, false);
	if (header->type == VIRTIO_BLK_T_IN || header->type == VIRTIO_BLK_T_OUT)
		*status = transfer(header, chain + 1, n - 2);
	else if (header->type == VIRTIO_BLK_T_FLUSH)
		*status = VIRTIO_BLK_S_OK;
	else
		*status = VIRTIO_BLK_S_UNSUPP;
}

static void complete(uint16_t head)
{
	uint64_t one = 1;
	uint16_t used = ring.used->idx;

	serve(head);
	usleep(1000);
	ring.used->ring[used % ring.num] = (struct vring_used_elem) { .id = head };
	record->last_head = head;
	__atomic_store_n(&ring.used->idx, used + 1, __ATOMIC_RELEASE);
	record->heads[head].inflight = 0;
	__atomic_store_n(&record->used, used + 1, __ATOMIC_RELEASE);
	if (write(call, &one, sizeof(one)) < 0)
		err(1, "call");
}

static void take(void)
{
	uint16_t heads[ENTRIES];
	unsigned int n = 0;

	while (n < ENTRIES && seen != __atomic_load_n(&ring.avail->idx, __ATOMIC_ACQUIRE)) {
		uint16_t head = ring.avail->ring[seen++ % ring.num];

		record->heads[head].order = ++order;
		__atomic_store_n(&record->heads[head].inflight, 1, __ATOMIC_RELEASE);
		heads[n++] = head;
	}
	while (n)
		complete(heads[--n]);
}

/* What the one before had taken is done again, in the order in which it came */
static void resume(void)
{
	unsigned int n = 0;

	if (record->used != ring.used->idx) {
		record->heads[record->last_head].inflight = 0;
		record->used = ring.used->idx;
	}
	for (unsigned int i = 0; i < ring.num; i++)
		n += record->heads[i].inflight;
	seen = ring.used->idx + n;
	printf("%u were in flight\n", n);
	fflush(stdout);
	for (; n; n--) {
		int first = -1;

		for (unsigned int i = 0; i < ring.num; i++)
			if (record->heads[i].inflight &&
			    (first < 0 || record->heads[i].order < record->heads[first].order))
				first = i;
		complete(first);
	}
}

static void start(void)
{
	ring.desc = at(addr.desc_user_addr, 16 * ring.num, true);
	ring.avail = at(addr.avail_user_addr, 6 + 2 * ring.num, true);
	ring.used = at(addr.used_user_addr, 6 + 8 * ring.num, true);
	resume();
}

static void set_fd(int *which, const struct message *m, const int *fds)
{
	if (*which >= 0)
		close(*which);
	*which = m->u64 & BIT(8) ? -1 : dup(fds[0]);
}

static void set_record(int fd, uint64_t offset)
{
	if (record)
		munmap(record, sizeof(*record));
	record = mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (record == MAP_FAILED)
		err(1, "the record");
}

static int new_record(struct message *m)
{
	int fd = memfd_create("inflight", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, sizeof(*record)))
		err(1, "the record");
	set_record(fd, 0);
	record->version = 1;
	record->entries = m->inflight.queue_size;
	m->inflight.size = sizeof(*record);
	m->inflight.offset = 0;
	return fd;
}

static void get_config(struct message *m)
{
	struct virtio_blk_config config = { .seg_max = SEGMENTS, .num_queues = 1 };
	struct stat st;

	if (fstat(file, &st))
		err(1, "the file");
	config.capacity = st.st_size / 512;
	memset(m->config.bytes, 0, sizeof(m->config.bytes));
	memcpy(m->config.bytes, &config, sizeof(config));
}

/* Return: it has an answer of its own, whose descriptor is in *fd */
static bool obey(struct message *m, const int *fds, int *fd)
{
	switch (m->request) {
	case 1:	/* GET_FEATURES */
		m->u64 = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_BLK_F_SEG_MAX) |
			 BIT(VIRTIO_BLK_F_FLUSH) | BIT(PROTOCOL_FEATURES);
		m->size = 8;
		return true;
	case 5:	/* SET_MEM_TABLE */
		set_memory(m, fds);
		return false;
	case 8:	/* SET_VRING_NUM */
		ring.num = m->state.num;
		return false;
	case 9:	/* SET_VRING_ADDR */
		addr = m->addr;
		return false;
	case 11: /* GET_VRING_BASE; nothing is in flight between two messages */
		m->state.num = seen;
		close(kick);
		kick = -1;
		return true;
	case 12: /* SET_VRING_KICK */
		set_fd(&kick, m, fds);
		start();
		return false;
	case 13: /* SET_VRING_CALL */
		set_fd(&call, m, fds);
		return false;
	case 15: /* GET_PROTOCOL_FEATURES */
		m->u64 = BIT(REPLY_ACK) | BIT(CONFIG) | BIT(INFLIGHT);
		m->size = 8;
		return true;
	case 24: /* GET_CONFIG */
		get_config(m);
		return true;
	case 31: /* GET_INFLIGHT_FD */
		*fd = new_record(m);
		return true;
	case 32: /* SET_INFLIGHT_FD */
		set_record(fds[0], m->inflight.offset);
		return false;
	}
	return false;
}

static void answer(struct message *m, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .align = {
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int)),
	} };
	struct iovec iov = { m, offsetof(struct message, u64) + m->size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	m->flags = 5;
	if (sendmsg(front, &msg, MSG_NOSIGNAL) < 0)
		warn("answer");
}

/* Return: there was a message */
static bool hear(void)
{
	union {
		char bytes[CMSG_SPACE(REGIONS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct message m = {};
	struct iovec iov = { &m, offsetof(struct message, u64) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	int fds[REGIONS], n = 0, fd = -1;
	struct cmsghdr *c;

	if (recvmsg(front, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC) != iov.iov_len ||
	    m.size > sizeof(m) - iov.iov_len ||
	    (m.size && recv(front, &m.u64, m.size, MSG_WAITALL) != m.size))
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c) {
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	}
	if (obey(&m, fds, &fd)) {
		answer(&m, fd);
	} else if (m.flags & BIT(3)) {
		m.u64 = 0;
		m.size = 8;
		answer(&m, -1);
	}
	while (n)
		close(fds[--n]);
	if (fd >= 0)
		close(fd);
	return true;
}

static void talk(void)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = front, .events = POLLIN }, { .fd = kick, .events = POLLIN },
		};
		uint64_t count;

		if (poll(fds, 2, -1) < 0)
			err(1, "poll");
		if (fds[1].revents && read(kick, &count, sizeof(count)) == sizeof(count))
			take();
		if (fds[0].revents && !hear())
			return;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(name.sun_path))
		errx(1, "usage: vhost_user_disk SOCKET FILE");
	file = open(argv[2], O_RDWR | O_CLOEXEC);
	if (file < 0)
		err(1, "%s", argv[2]);
	strcpy(name.sun_path, argv[1]);
	unlink(argv[1]);
	if (bind(listener, (void *)&name, sizeof(name)) || listen(listener, 1))
		err(1, "%s", argv[1]);
	for (;;) {
		front = accept(listener, NULL, NULL);
		if (front < 0)
			err(1, "accept");
		talk();
		close(front);
		if (kick >= 0)
			close(kick);
		kick = -1;
		forget_memory();
	}
}
