// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a VDUSE daemon serve its queues, and stop so that another one can go on?
 *
 * A queue is served from DRIVER_OK to a reset while it is ready (VDUSE_SET_VQ_READY) and the
 * device is not suspended. Chains are completed in order before the daemon answers a message,
 * so the index in the available ring is all the state that a queue has.
 */
#include <errno.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rings.h"

static void forget_space(struct rings_space *space)
{
	while (space->n) {
		space->n--;
		munmap(space->stretch[space->n].at,
		       space->stretch[space->n].last - space->stretch[space->n].first + 1);
	}
}

/* Map what is at an I/O address. Return: index of the stretch, or -1. */
static int fetch(struct rings *rings, uint32_t asid, uint64_t iova)
{
	struct vduse_iotlb_entry_v2 entry = { .start = iova, .last = iova, .asid = asid };
	struct rings_space *space = &rings->space[asid];
	int fd = daemon_ioctl(rings->d, VDUSE_IOTLB_GET_FD2, &entry);
	int prot = 0;
	void *at;

	if (fd < 0)
		return -1;
	if (space->n == RINGS_STRETCHES) {
		close(fd);
		return -1;
	}
	if (entry.perm & VDUSE_ACCESS_RO)
		prot |= PROT_READ;
	if (entry.perm & VDUSE_ACCESS_WO)
		prot |= PROT_WRITE;
	at = mmap(NULL, entry.last - entry.start + 1, prot, MAP_SHARED, fd, entry.offset);
	close(fd);
	if (at == MAP_FAILED)
		return -1;
	space->stretch[space->n].first = entry.start;
	space->stretch[space->n].last = entry.last;
	space->stretch[space->n].at = at;
	return space->n++;
}

/* Return: where the bytes at an I/O address are, or NULL. They may go on elsewhere: *len. */
static void *translate(struct rings *rings, uint32_t asid, uint64_t iova, uint64_t *len)
{
	struct rings_space *space = &rings->space[asid];
	uint64_t rest;
	int i;

	for (i = space->n - 1; i >= 0; i--)
		if (iova >= space->stretch[i].first && iova <= space->stretch[i].last)
			break;
	if (i < 0)
		i = fetch(rings, asid, iova);
	if (i < 0)
		return NULL;
	rest = space->stretch[i].last - iova + 1;
	if (*len > rest)
		*len = rest;
	return space->stretch[i].at + (iova - space->stretch[i].first);
}

static void *translate_all(struct rings *rings, uint32_t asid, uint64_t iova, uint64_t len)
{
	uint64_t got = len;
	void *at = translate(rings, asid, iova, &got);

	return got == len ? at : NULL;
}

static int find_ring(struct rings *rings, unsigned int queue)
{
	struct ring *r = &rings->ring[queue];
	struct vduse_vq_info info = { .index = queue };
	uint32_t asid = rings->asid[r->group];

	if (daemon_ioctl(rings->d, VDUSE_VQ_GET_INFO, &info) || !info.ready || !info.num)
		return -ENOENT;
	r->vring.num = info.num;
	r->vring.desc = translate_all(rings, asid, info.desc_addr,
				      info.num * sizeof(*r->vring.desc));
	r->vring.avail = translate_all(rings, asid, info.driver_addr,
				       sizeof(*r->vring.avail) + 2 * info.num);
	r->vring.used = translate_all(rings, asid, info.device_addr, sizeof(*r->vring.used) +
				      info.num * sizeof(r->vring.used->ring[0]));
	if (!r->vring.desc || !r->vring.avail || !r->vring.used)
		return -EFAULT;
	/* where the driver has it begin; a queue that is found again goes on */
	if (!r->on)
		r->seen = info.split.avail_index;
	return 0;
}

/* What was mapped is not any more, or the driver may have put the ring elsewhere */
static void find_again(struct rings *rings, unsigned int queue)
{
	struct ring *r = &rings->ring[queue];

	if (r->on && find_ring(rings, queue))
		r->on = false;
}

static void ring_on(struct rings *rings, unsigned int queue)
{
	struct ring *r = &rings->ring[queue];
	struct vduse_vq_eventfd eventfd = { .index = queue, .fd = r->kick };

	if (r->on || !r->started || !rings->driver_ok || rings->suspended)
		return;
	if (find_ring(rings, queue) || daemon_ioctl(rings->d, VDUSE_VQ_SETUP_KICKFD, &eventfd))
		return;
	r->on = true;
}

static void all_on(struct rings *rings)
{
	for (unsigned int i = 0; i < rings->d->config.vq_num; i++)
		ring_on(rings, i);
}

static void reset(struct rings *rings)
{
	rings->driver_ok = false;
	rings->suspended = false;
	rings->resets++;
	for (unsigned int i = 0; i < rings->d->config.vq_num; i++) {
		rings->ring[i].on = false;
		rings->ring[i].started = false;
		rings->ring[i].seen = 0;
	}
	for (int i = 0; i < RINGS_SPACES; i++)
		forget_space(&rings->space[i]);
}

static void set_status(struct rings *rings, uint8_t status)
{
	if (!status)
		reset(rings);
	rings->driver_ok = status & VIRTIO_CONFIG_S_DRIVER_OK;
	all_on(rings);
}

static void set_ready(struct rings *rings, const struct vduse_vq_ready *ready)
{
	struct ring *r = &rings->ring[ready->num];

	r->started = ready->ready;
	if (!ready->ready)
		r->on = false;
	ring_on(rings, ready->num);
}

/* The rings' own memory as well */
static void update(struct rings *rings, const struct vduse_iova_range_v2 *range)
{
	forget_space(&rings->space[range->asid]);
	for (unsigned int i = 0; i < rings->d->config.vq_num; i++)
		if (rings->asid[rings->ring[i].group] == range->asid)
			find_again(rings, i);
}

static void answer(struct rings *rings)
{
	struct vduse_dev_response response = {};
	struct vduse_dev_request request;

	if (daemon_read(rings->d, &request))
		return;
	response.request_id = request.request_id;
	switch (request.type) {
	case VDUSE_SET_STATUS:
		set_status(rings, request.s.status);
		break;
	case VDUSE_GET_VQ_STATE:
		rings->states++;
		response.vq_state.index = request.vq_state.index;
		response.vq_state.split.avail_index = rings->ring[request.vq_state.index].seen;
		break;
	case VDUSE_UPDATE_IOTLB:
		update(rings, &request.iova_v2);
		break;
	case VDUSE_SET_VQ_GROUP_ASID:
		rings->asid[request.vq_group_asid.group] = request.vq_group_asid.asid;
		break;
	case VDUSE_SET_VQ_READY:
		set_ready(rings, &request.vq_ready);
		break;
	case VDUSE_SUSPEND:
		rings->suspended = true;
		rings->suspends++;
		break;
	case VDUSE_RESUME:
		rings->suspended = false;
		rings->resumes++;
		for (unsigned int i = 0; i < rings->d->config.vq_num; i++)
			find_again(rings, i);
		all_on(rings);
		break;
	default:
		response.result = VDUSE_REQ_RESULT_FAILED;
	}
	daemon_write(rings->d, &response);
}

void rings_init(struct rings *rings, struct daemon *d,
		void (*work)(struct rings *rings, unsigned int queue))
{
	*rings = (struct rings) { .d = d, .work = work };
	for (int i = 0; i < RINGS_MAX; i++)
		rings->ring[i].kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	daemon_block(d, false);
}

void rings_exit(struct rings *rings)
{
	for (int i = 0; i < RINGS_SPACES; i++)
		forget_space(&rings->space[i]);
	for (int i = 0; i < RINGS_MAX; i++)
		close(rings->ring[i].kick);
}

bool rings_step(struct rings *rings, int ms, int other)
{
	unsigned int n = rings->d->config.vq_num;
	struct pollfd fds[RINGS_MAX + 2];
	uint64_t count;

	for (unsigned int i = 0; i < n; i++)
		fds[i] = (struct pollfd) { .fd = rings->ring[i].kick, .events = POLLIN };
	fds[n] = (struct pollfd) { .fd = rings->d->fd, .events = POLLIN };
	fds[n + 1] = (struct pollfd) { .fd = other, .events = POLLIN };
	if (poll(fds, n + 2, ms) < 0)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (fds[i].revents && read(fds[i].fd, &count, sizeof(count)) < 0)
			return false;
	if (fds[n].revents)
		answer(rings);
	/* what was there before a queue was on has been kicked before */
	for (unsigned int i = 0; i < n; i++)
		if (rings->ring[i].on && !rings->suspended)
			rings->work(rings, i);
	return fds[n + 1].revents;
}

static bool add_part(struct rings *rings, uint32_t asid, const struct vring_desc *desc,
		     struct rings_chain *chain)
{
	bool write = desc->flags & VRING_DESC_F_WRITE;
	unsigned int *n = write ? &chain->nwrite : &chain->nread;
	struct iovec *parts = write ? chain->write : chain->read;

	for (uint64_t at = 0, len; at < desc->len; at += len) {
		len = desc->len - at;
		if (*n == RINGS_PARTS)
			return false;
		parts[*n].iov_base = translate(rings, asid, desc->addr + at, &len);
		parts[*n].iov_len = len;
		if (!parts[*n].iov_base)
			return false;
		(*n)++;
	}
	return true;
}

bool rings_take(struct rings *rings, unsigned int queue, struct rings_chain *chain)
{
	struct ring *r = &rings->ring[queue];
	uint32_t asid = rings->asid[r->group];
	uint16_t at;

	chain->nread = 0;
	chain->nwrite = 0;
	if (__atomic_load_n(&r->vring.avail->idx, __ATOMIC_ACQUIRE) == r->seen)
		return false;
	at = r->vring.avail->ring[r->seen % r->vring.num] % r->vring.num;
	chain->head = at;
	r->seen++;
	for (unsigned int n = 0; n < r->vring.num; n++) {
		struct vring_desc desc = r->vring.desc[at];

		/* what is not mapped, or too long, is given back as it is */
		if (!add_part(rings, asid, &desc, chain) || !(desc.flags & VRING_DESC_F_NEXT))
			break;
		at = desc.next % r->vring.num;
	}
	return true;
}

void rings_give(struct rings *rings, unsigned int queue, const struct rings_chain *chain,
		uint32_t len)
{
	struct vring *vring = &rings->ring[queue].vring;
	uint16_t used = vring->used->idx;

	vring->used->ring[used % vring->num] = (struct vring_used_elem) { chain->head, len };
	__atomic_store_n(&vring->used->idx, used + 1, __ATOMIC_RELEASE);
	/* the used index must be visible before the driver's flag is read */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(vring->avail->flags & VRING_AVAIL_F_NO_INTERRUPT))
		daemon_ioctl(rings->d, VDUSE_VQ_INJECT_IRQ, &queue);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t rings_copy_out(const struct rings_chain *chain, void *to, size_t len)
{
	size_t done = 0;

	for (unsigned int i = 0; i < chain->nread; i++) {
		size_t n = least(chain->read[i].iov_len, len - done);

		memcpy((char *)to + done, chain->read[i].iov_base, n);
		done += n;
	}
	return done;
}

size_t rings_copy_in(const struct rings_chain *chain, const void *from, size_t len)
{
	size_t done = 0;

	for (unsigned int i = 0; i < chain->nwrite; i++) {
		size_t n = least(chain->write[i].iov_len, len - done);

		memcpy(chain->write[i].iov_base, (const char *)from + done, n);
		done += n;
	}
	return done;
}
