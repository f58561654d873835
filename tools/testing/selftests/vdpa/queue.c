// SPDX-License-Identifier: GPL-2.0-only
/* How does a process drive a virtqueue? */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"

struct vhost_vring_addr queue_addr(const struct queue *q)
{
	return (struct vhost_vring_addr) {
		.index = q->index,
		.desc_user_addr = q->iova + offsetof(struct queue_memory, desc),
		.avail_user_addr = q->iova + offsetof(struct queue_memory, avail),
		.used_user_addr = q->iova + offsetof(struct queue_memory, used),
	};
}

int queue_tell(struct queue *q)
{
	struct vhost_vring_addr addr = queue_addr(q);
	int ret;

	ret = vhost_state(q->v, VHOST_SET_VRING_NUM, q->index, QUEUE_NUM);
	if (!ret)
		ret = vhost_ioctl(q->v, VHOST_SET_VRING_ADDR, &addr);
	if (!ret)
		ret = vhost_state(q->v, VHOST_SET_VRING_BASE, q->index, q->m->avail.idx);
	if (!ret)
		ret = vhost_vring_fd(q->v, VHOST_SET_VRING_KICK, q->index, q->kick);
	if (!ret)
		ret = vhost_vring_fd(q->v, VHOST_SET_VRING_CALL, q->index, q->call);
	if (!ret)
		ret = vhost_state(q->v, VHOST_VDPA_SET_VRING_ENABLE, q->index, 1);
	return ret;
}

int queue_start(struct queue *q, const struct vhost *v, int index)
{
	int ret;

	*q = (struct queue) {
		.v = v,
		.index = index,
		.iova = QUEUE_IOVA + QUEUE_SPAN * index,
		.kick = eventfd(0, EFD_NONBLOCK),
		.call = eventfd(0, EFD_NONBLOCK),
	};
	q->m = mmap(NULL, sizeof(*q->m), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q->m == MAP_FAILED)
		return -errno;
	ret = vhost_map(v, q->iova, sizeof(*q->m), q->m, VHOST_ACCESS_RW);
	return ret ? ret : queue_tell(q);
}

void queue_end(struct queue *q)
{
	vhost_vring_fd(q->v, VHOST_SET_VRING_KICK, q->index, VHOST_FILE_UNBIND);
	vhost_vring_fd(q->v, VHOST_SET_VRING_CALL, q->index, VHOST_FILE_UNBIND);
	vhost_unmap(q->v, q->iova, sizeof(*q->m));
	munmap(q->m, sizeof(*q->m));
	close(q->kick);
	close(q->call);
}

void queue_desc(struct queue *q, int at, uint64_t addr, uint32_t len, uint16_t flags,
		uint16_t next)
{
	q->m->desc[at] = (struct vring_desc) {
		.addr = addr, .len = len, .flags = flags, .next = next,
	};
}

void queue_offer(struct queue *q, uint16_t head)
{
	q->m->avail.ring[q->m->avail.idx % QUEUE_NUM] = head;
	__atomic_store_n(&q->m->avail.idx, q->m->avail.idx + 1, __ATOMIC_RELEASE);
}

void queue_kick(struct queue *q)
{
	eventfd_write(q->kick, 1);
}

int queue_wait(struct queue *q, int ms)
{
	struct pollfd poll_call = { .fd = q->call, .events = POLLIN };
	eventfd_t count;

	while (__atomic_load_n(&q->m->used.idx, __ATOMIC_ACQUIRE) == q->seen) {
		if (poll(&poll_call, 1, ms) <= 0)
			return -ETIMEDOUT;
		eventfd_read(q->call, &count);
	}
	return q->m->used.ring[q->seen++ % QUEUE_NUM].len;
}
