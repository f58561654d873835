// SPDX-License-Identifier: GPL-2.0-only
/* What do both ends of a VDUSE device do in several tests? */
#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nl.h"
#include "pair.h"
#include "unit.h"

struct daemon d;
struct vhost v;

void pair_start(const char *name, uint64_t api, uint64_t features)
{
	daemon_init(&d, name, api, features);
	ASSERT_EQ(daemon_make(&d), 0);
}

void pair_attach(const char *name, uint64_t api, uint64_t features)
{
	pair_start(name, api, features);
	daemon_start(&d);
	v = vhost_new(name, "vduse");
}

void pair_end(void)
{
	vhost_end(&v);
	daemon_stop(&d);
	daemon_exit(&d);
}

void pair_closed(const char *name, uint64_t api, uint64_t features)
{
	pair_attach(name, api, features);
	close(v.fd);
	daemon_stop(&d);
}

void pair_end_closed(const char *name)
{
	nl_dev_del(name);
	daemon_exit(&d);
}

char *pair_memory(void)
{
	int fd = memfd_create("vduse", MFD_CLOEXEC);
	char *at;

	ASSERT(fd >= 0);
	ASSERT_EQ(ftruncate(fd, PAIR_PAGES * PAIR_PAGE), 0);
	at = mmap(NULL, PAIR_PAGES * PAIR_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(at != MAP_FAILED);
	close(fd);
	return at;
}

void pair_free(char *memory)
{
	munmap(memory, PAIR_PAGES * PAIR_PAGE);
}

int poll_now(void)
{
	struct pollfd pfd = { .fd = d.fd, .events = POLLIN | POLLOUT };

	return poll(&pfd, 1, 0) > 0 ? pfd.revents : 0;
}

int kickfd(uint32_t index, int fd)
{
	struct vduse_vq_eventfd eventfd = { .index = index, .fd = fd };

	return daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, &eventfd);
}

int inject(uint32_t index)
{
	return daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index);
}

int count_of(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&pfd, 1, 200) <= 0 || read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

void kick(int fd)
{
	uint64_t one = 1;

	EXPECT_EQ(write(fd, &one, sizeof(one)), sizeof(one));
}

static void *wait_op(void *arg)
{
	struct waiter *w = arg;
	long long begin = daemon_now();

	w->ret = w->op();
	w->ms = daemon_now() - begin;
	__atomic_store_n(&w->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

void wait_start(struct waiter *w, int (*op)(void))
{
	*w = (struct waiter) { .op = op };
	ASSERT_EQ(pthread_create(&w->thread, NULL, wait_op, w), 0);
}

int wait_end(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->ret;
}

bool wait_ended(const struct waiter *w)
{
	return __atomic_load_n(&w->ended, __ATOMIC_ACQUIRE);
}

int op_reset(void)
{
	return vhost_reset(&v);
}

int op_get_base(void)
{
	return vhost_state_get(&v, VHOST_GET_VRING_BASE, 0);
}

int op_stop(void)
{
	return vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0);
}

int op_suspend(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL);
}

int op_resume(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL);
}

int op_unmap(void)
{
	return vhost_unmap(&v, 0, PAIR_PAGE);
}

int op_group(void)
{
	return vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 1);
}

int op_open(const char *name)
{
	v.fd = vhost_open(name);
	return v.fd < 0 ? v.fd : 0;
}
