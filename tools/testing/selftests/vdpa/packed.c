// SPDX-License-Identifier: GPL-2.0-only
/* What does a driver do with a packed virtqueue? */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "packed.h"
#include "unit.h"

void packed_start(struct packed *p, const struct vhost *v, unsigned int num)
{
	struct packed_memory *m;

	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT(m != MAP_FAILED);
	*p = (struct packed) {
		.v = v,
		.m = m,
		.num = num,
		.kick = eventfd(0, EFD_NONBLOCK),
		.call = eventfd(0, EFD_NONBLOCK),
	};
	ASSERT_EQ(vhost_map(v, PACKED_IOVA, sizeof(*m), m, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_vring_fd(v, VHOST_SET_VRING_KICK, 0, p->kick), 0);
	EXPECT_EQ(vhost_vring_fd(v, VHOST_SET_VRING_CALL, 0, p->call), 0);
}

void packed_end(struct packed *p)
{
	close(p->kick);
	close(p->call);
	munmap(p->m, sizeof(*p->m));
}

int packed_tell(const struct packed *p, unsigned int num, uint32_t where)
{
	struct vhost_vring_addr addr = {
		.desc_user_addr = PACKED_AT(desc),
		.avail_user_addr = PACKED_AT(driver),
		.used_user_addr = PACKED_AT(device),
	};
	int ret;

	ret = vhost_state(p->v, VHOST_SET_VRING_NUM, 0, num);
	if (!ret)
		ret = vhost_ioctl(p->v, VHOST_SET_VRING_ADDR, &addr);
	if (!ret)
		ret = vhost_state(p->v, VHOST_SET_VRING_BASE, 0, where);
	if (!ret)
		ret = vhost_state(p->v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1);
	return ret;
}

unsigned int packed_index(const struct packed *p, unsigned int count)
{
	return count % p->num;
}

int packed_wrap(const struct packed *p, unsigned int count)
{
	return !(count / p->num % 2);
}

static uint32_t half(const struct packed *p, unsigned int count)
{
	return packed_index(p, count) | packed_wrap(p, count) << 15;
}

uint32_t packed_base(const struct packed *p)
{
	return half(p, p->offered) | half(p, p->taken) << 16;
}

/* The first one's flags last: with them the chain is the device's */
void packed_offer(struct packed *p, const struct vring_packed_desc *descs, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		struct vring_packed_desc *desc = &p->m->desc[packed_index(p, p->offered + i)];
		uint16_t flags = packed_wrap(p, p->offered + i) ? PACKED_AVAIL : PACKED_USED;

		desc->addr = descs[i].addr;
		desc->len = descs[i].len;
		desc->id = descs[i].id;
		__atomic_store_n(&desc->flags, descs[i].flags | flags, __ATOMIC_RELEASE);
	}
	p->offered += count;
}

void packed_kick(struct packed *p)
{
	eventfd_write(p->kick, 1);
}

int packed_wait(struct packed *p, int count, int ms)
{
	struct vring_packed_desc *desc = &p->m->desc[packed_index(p, p->taken)];
	uint16_t both = packed_wrap(p, p->taken) ? PACKED_AVAIL | PACKED_USED : 0;
	struct pollfd call = { .fd = p->call, .events = POLLIN };
	eventfd_t value;

	while ((__atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE) &
		(PACKED_AVAIL | PACKED_USED)) != both) {
		if (poll(&call, 1, ms) <= 0)
			return -ETIMEDOUT;
		eventfd_read(p->call, &value);
	}
	p->taken += count;
	return desc->id;
}
