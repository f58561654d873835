// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: what is sent when, what a daemon may answer, and what becomes of the driver
 * when it does not. The driver is this test as well, by vhost-vdpa.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "nl.h"
#include "unit.h"
#include "vhost.h"

#define NAME	"vdusemsg"
#define PAGE	4096UL
#define BOTH	3	/* VDUSE_F_QUEUE_READY, VDUSE_F_SUSPEND */

static struct daemon d;
static struct vhost v;
static char *memory;	/* what is mapped for the device */

static void start(uint64_t api, uint64_t features)
{
	daemon_init(&d, NAME, api, features);
	ASSERT_EQ(daemon_make(&d), 0);
}

static void attach(uint64_t api, uint64_t features)
{
	start(api, features);
	daemon_start(&d);
	v = vhost_new(NAME, "vduse");
}

static void end(void)
{
	vhost_end(&v);
	daemon_stop(&d);
	daemon_exit(&d);
}

static int poll_now(void)
{
	struct pollfd pfd = { .fd = d.fd, .events = POLLIN | POLLOUT };

	return poll(&pfd, 1, 0) > 0 ? pfd.revents : 0;
}

/* what a driver waits for, in a thread of its own */
struct waiter {
	pthread_t thread;
	int (*op)(void);
	int ret;
	long long ms;
};

static void *wait_op(void *arg)
{
	struct waiter *w = arg;
	long long begin = daemon_now();

	w->ret = w->op();
	w->ms = daemon_now() - begin;
	return NULL;
}

static void wait_start(struct waiter *w, int (*op)(void))
{
	w->op = op;
	ASSERT_EQ(pthread_create(&w->thread, NULL, wait_op, w), 0);
}

static int wait_end(struct waiter *w)
{
	pthread_join(w->thread, NULL);
	return w->ret;
}

static int op_reset(void)
{
	return vhost_reset(&v);
}

static int op_get_base(void)
{
	return vhost_state_get(&v, VHOST_GET_VRING_BASE, 0);
}

static int op_stop(void)
{
	return vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 0);
}

static int op_suspend(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_SUSPEND, NULL);
}

static int op_unmap(void)
{
	return vhost_unmap(&v, 0, PAGE);
}

static int op_group(void)
{
	return vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 1);
}

/* a thread's first message, read by hand */
static struct vduse_dev_request by_hand(struct waiter *w, int (*op)(void))
{
	struct vduse_dev_request request = {};

	wait_start(w, op);
	ASSERT_EQ(daemon_read(&d, &request), 0);
	return request;
}

UNIT_TEST(read_and_write)
{
	char room[2 * sizeof(struct vduse_dev_request)];
	struct vduse_dev_response response = {};
	struct vduse_dev_request request;

	start(0, 0);
	ASSERT_EQ(daemon_block(&d, false), 0);
	EXPECT_EQ(daemon_read(&d, &request), -EAGAIN);
	EXPECT_EQ(poll_now(), 0);
	EXPECT_EQ(read(d.fd, room, sizeof(request) - 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(write(d.fd, room, sizeof(response) - 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(daemon_write(&d, &response), -ENOENT);
	ASSERT_EQ(daemon_block(&d, true), 0);
	/* vhost-vdpa resets nothing before it is opened */
	EXPECT_EQ(nl_dev_add(NAME, "vduse"), 0);
	EXPECT_EQ(nl_dev_del(NAME), 0);
	daemon_exit(&d);
}

/* what the device is opened with, answered by hand */
static int op_open(void)
{
	v.fd = vhost_open(NAME);
	return v.fd < 0 ? v.fd : 0;
}

static int answer(const struct vduse_dev_request *request, uint32_t result)
{
	struct vduse_dev_response response = {
		.request_id = request->request_id,
		.result = result,
	};

	return daemon_write(&d, &response);
}

/* on the bus, the file not open: the first message is ours */
static void closed(uint64_t api, uint64_t features)
{
	attach(api, features);
	close(v.fd);
	daemon_stop(&d);
}

static void end_closed(void)
{
	nl_dev_del(NAME);
	daemon_exit(&d);
}

UNIT_TEST(a_message_by_hand)
{
	struct vduse_dev_request request, again;
	struct vduse_dev_response response;
	struct waiter w;

	closed(0, 0);
	request = by_hand(&w, op_open);
	EXPECT_EQ(request.type, VDUSE_SET_STATUS);
	EXPECT_EQ(request.s.status, 0);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(request.reserved[i], 0);
	for (int i = 1; i < 32; i++)
		EXPECT_EQ(request.padding[i], 0);
	EXPECT_EQ(poll_now(), POLLOUT);
	response = (struct vduse_dev_response) { .request_id = request.request_id };
	for (int i = 0; i < 4; i++) {
		response.reserved[i] = 1;
		EXPECT_EQ(daemon_write(&d, &response), -EINVAL);
		response.reserved[i] = 0;
	}
	response.request_id++;
	EXPECT_EQ(daemon_write(&d, &response), -ENOENT);
	EXPECT_EQ(answer(&request, VDUSE_REQ_RESULT_OK), 0);
	EXPECT_EQ(wait_end(&w), 0);
	EXPECT_EQ(answer(&request, VDUSE_REQ_RESULT_OK), -ENOENT);
	EXPECT_EQ(poll_now(), 0);
	/* a result that there is not is a refusal */
	again = by_hand(&w, op_reset);
	EXPECT(again.request_id != request.request_id);
	EXPECT_EQ(answer(&again, 2), 0);
	EXPECT_EQ(wait_end(&w), -EIO);
	daemon_start(&d);
	close(v.fd);
	daemon_stop(&d);
	end_closed();
}

/* what could not be copied is read again, by another thread maybe */
UNIT_TEST(read_to_a_bad_address)
{
	struct vduse_dev_request request;
	struct waiter w;
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	closed(0, 0);
	wait_start(&w, op_open);
	EXPECT_EQ(read(d.fd, nowhere, sizeof(request)), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(poll_now(), POLLIN);
	ASSERT_EQ(daemon_read(&d, &request), 0);
	EXPECT_EQ(answer(&request, 0), 0);
	EXPECT_EQ(wait_end(&w), 0);
	daemon_start(&d);
	close(v.fd);
	daemon_stop(&d);
	end_closed();
}

UNIT_TEST(statuses)
{
	attach(0, 0);
	EXPECT_EQ(d.manners->last[VDUSE_SET_STATUS].s.status, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(d.manners->last[VDUSE_SET_STATUS].s.status,
		  VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
		  VIRTIO_CONFIG_S_FEATURES_OK);
	EXPECT_EQ(vhost_get_status(&v), d.manners->last[VDUSE_SET_STATUS].s.status);
	/*
	 * none but these: features, numbers and addresses are asked for. The daemon counts an
	 * answer when it has given it, and may not have got to that yet.
	 */
	for (int i = 0; i < 5000 && d.manners->answered != d.manners->seen[VDUSE_SET_STATUS]; i++)
		usleep(1000);
	EXPECT_EQ(d.manners->seen[VDUSE_SET_STATUS], d.manners->answered);
	end();
}

/* features that it does not agree with: the driver sees it */
UNIT_TEST(status_refused)
{
	attach(0, 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_ACKNOWLEDGE), 0);
	d.manners->type = VDUSE_SET_STATUS;
	d.manners->then = DAEMON_FAILS;
	vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK);
	EXPECT_EQ(vhost_get_status(&v), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	end();
}

UNIT_TEST(queue_state)
{
	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	d.manners->avail_index = 4711;
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 1), 4711);
	EXPECT_EQ(d.manners->last[VDUSE_GET_VQ_STATE].vq_state.index, 1);
	d.manners->type = VDUSE_GET_VQ_STATE;
	d.manners->then = DAEMON_FAILS;
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 1), -EIO);
	end();
}

UNIT_TEST(queue_ready)
{
	struct vduse_dev_request *last;

	attach(0, 1 << VDUSE_F_QUEUE_READY);
	last = &d.manners->last[VDUSE_SET_VQ_READY];
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 1, 1), 0);
	EXPECT_EQ(last->vq_ready.num, 1);
	EXPECT_EQ(last->vq_ready.ready, 1);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 1, 0), 0);
	EXPECT_EQ(last->vq_ready.ready, 0);
	/* one that it does not start is not started */
	d.manners->type = VDUSE_SET_VQ_READY;
	d.manners->then = DAEMON_FAILS;
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 1, 1), -EIO);
	end();
}

/* without the bit there is no such message */
UNIT_TEST(queue_ready_not_asked_for)
{
	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 1, 1), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_SET_VQ_READY], 0);
	EXPECT_EQ(op_suspend(), -EOPNOTSUPP);
	end();
}

UNIT_TEST(suspend)
{
	int call = eventfd(0, EFD_NONBLOCK), driver = eventfd(0, 0), fd = eventfd(0, EFD_NONBLOCK);
	struct vduse_vq_eventfd kick = { .fd = fd };
	uint64_t one = 1, count;
	uint32_t index = 0;

	attach(0, BOTH);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_CALL, 0, call), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, &kick), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	d.manners->type = VDUSE_SUSPEND;
	d.manners->then = DAEMON_FAILS;
	EXPECT_EQ(op_suspend(), -EIO);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index), 0);
	EXPECT_EQ(read(call, &count, 8), 8);
	EXPECT_EQ(op_suspend(), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_SUSPEND], 2);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index), -EINVAL);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_INJECT_CONFIG_IRQ, NULL), -EINVAL);
	EXPECT_EQ(read(call, &count, 8), -1);
	/* a kick is for nobody now */
	EXPECT_EQ(write(driver, &one, 8), 8);
	usleep(50000);
	EXPECT_EQ(read(fd, &count, 8), -1);
	/* and a reset ends it */
	ASSERT_EQ(vhost_reset(&v), 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index), 0);
	end();
	close(call);
	close(driver);
	close(fd);
}

static int op_resume(void)
{
	return vhost_ioctl(&v, VHOST_VDPA_RESUME, NULL);
}

/* Suspended and resumed: kicks that came meanwhile are there, interrupts are possible again */
UNIT_TEST(resume)
{
	int driver = eventfd(0, 0), fd = eventfd(0, EFD_NONBLOCK);
	struct vduse_vq_eventfd kick = { .fd = fd };
	uint64_t one = 1, count;
	uint32_t index = 0;

	attach(0, BOTH | 1ULL << VDUSE_F_RESUME);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_KICK, 0, driver), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, &kick), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	/* of one that runs there is nothing to resume */
	EXPECT_EQ(op_resume(), 0);
	EXPECT_EQ(d.manners->seen[DAEMON_RESUME], 0);
	ASSERT_EQ(op_suspend(), 0);
	EXPECT_EQ(write(driver, &one, 8), 8);
	EXPECT_EQ(read(fd, &count, 8), -1);
	/* one that refuses stays suspended */
	d.manners->then = DAEMON_FAILS;
	d.manners->type = DAEMON_RESUME;
	EXPECT_EQ(op_resume(), -EIO);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index), -EINVAL);
	EXPECT_EQ(read(fd, &count, 8), -1);
	EXPECT_EQ(op_resume(), 0);
	EXPECT_EQ(d.manners->seen[DAEMON_RESUME], 2);
	EXPECT_EQ(d.manners->last[DAEMON_RESUME].type, VDUSE_RESUME);
	EXPECT_EQ(read(fd, &count, 8), 8);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index), 0);
	EXPECT_EQ(write(driver, &one, 8), 8);
	EXPECT_EQ(read(fd, &count, 8), 8);
	end();
	close(driver);
	close(fd);
}

/* without the bit a suspended device is reset */
UNIT_TEST(resume_not_asked_for)
{
	attach(0, BOTH);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	ASSERT_EQ(op_suspend(), 0);
	EXPECT_EQ(op_resume(), -EOPNOTSUPP);
	EXPECT_EQ(d.manners->seen[DAEMON_RESUME], 0);
	end();
}

static void need_memory(void)
{
	int fd = memfd_create("vduse", MFD_CLOEXEC);

	ASSERT(fd >= 0);
	ASSERT_EQ(ftruncate(fd, 16 * PAGE), 0);
	memory = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT(memory != MAP_FAILED);
	close(fd);
}

/* One message for what is gone, and none for what came */
UNIT_TEST(mappings)
{
	struct vduse_dev_request *last;

	need_memory();
	attach(0, 0);
	last = &d.manners->last[VDUSE_UPDATE_IOTLB];
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, memory, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_map(&v, 8 * PAGE, PAGE, memory + PAGE, VHOST_ACCESS_RO), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_UPDATE_IOTLB], 0);
	EXPECT_EQ(vhost_unmap(&v, 0, PAGE), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_UPDATE_IOTLB], 1);
	EXPECT_EQ(last->iova.start, 0);
	EXPECT_EQ(last->iova.last, PAGE - 1);
	/* of nothing there is nothing to say */
	EXPECT_EQ(vhost_unmap(&v, 0, PAGE), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_UPDATE_IOTLB], 1);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, memory, VHOST_ACCESS_RW), 0);
	/* both at once: it is one range */
	EXPECT_EQ(vhost_unmap(&v, 0, 16 * PAGE), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_UPDATE_IOTLB], 2);
	EXPECT_EQ(last->iova.start, 0);
	EXPECT_EQ(last->iova.last, 9 * PAGE - 1);
	EXPECT_EQ(vhost_map(&v, 0, PAGE, memory, VHOST_ACCESS_RW), 0);
	end();
	munmap(memory, 16 * PAGE);
}

UNIT_TEST(groups)
{
	struct vduse_dev_request *last;

	need_memory();
	attach(1, 0);
	last = &d.manners->last[VDUSE_SET_VQ_GROUP_ASID];
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 1, 1), 0);
	EXPECT_EQ(last->vq_group_asid.group, 1);
	EXPECT_EQ(last->vq_group_asid.asid, 1);
	d.manners->type = VDUSE_SET_VQ_GROUP_ASID;
	d.manners->then = DAEMON_FAILS;
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_GROUP_ASID, 0, 1), -EIO);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_UPDATE, 0, PAGE, memory, VHOST_ACCESS_RW), 0);
	EXPECT_EQ(vhost_message(&v, 1, VHOST_IOTLB_INVALIDATE, 0, PAGE, NULL, 0), 0);
	EXPECT_EQ(d.manners->last[VDUSE_UPDATE_IOTLB].iova_v2.asid, 1);
	/* a reset brings it back: the next user does not inherit it */
	EXPECT_EQ(d.manners->seen[VDUSE_SET_VQ_GROUP_ASID], 2);
	ASSERT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_SET_VQ_GROUP_ASID], 3);
	EXPECT_EQ(last->vq_group_asid.group, 1);
	EXPECT_EQ(last->vq_group_asid.asid, 0);
	end();
	munmap(memory, 16 * PAGE);
}

/* A running device with a daemon that does @then at the next message of @type */
static void attach_process(int type, int then)
{
	need_memory();
	start(1, BOTH);
	daemon_fork(&d);
	v = vhost_new(NAME, "vduse");
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_map(&v, 0, PAGE, memory, VHOST_ACCESS_RW), 0);
	ASSERT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 0, 1), 0);
	d.manners->type = type;
	d.manners->then = then;
}

static void end_process(void)
{
	vhost_end(&v);
	if (d.pid)
		daemon_kill(&d);
	munmap(memory, 16 * PAGE);
	daemon_exit(&d);
}

static void running(void)
{
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
}

struct one_message {
	int type;
	int (*op)(void);
	int good;		/* what it returns otherwise */
};

static const struct one_message one_messages[] = {
	{ VDUSE_GET_VQ_STATE, op_get_base, 0 },
	{ VDUSE_SET_VQ_READY, op_stop, 0 },
	{ VDUSE_UPDATE_IOTLB, op_unmap, 0 },
	{ VDUSE_SUSPEND, op_suspend, 0 },
	{ VDUSE_SET_STATUS, op_reset, 0 },
};

/* another device, which has nothing to do with it */
static long long quiet_ms(void)
{
	long long begin = daemon_now();

	nl_dev_del("vduseother");
	EXPECT_EQ(nl_dev_add("vduseother", "vdpasim_net"), 0);
	EXPECT_EQ(nl_dev_del("vduseother"), 0);
	return daemon_now() - begin;
}

static void stopped_in(const struct one_message *m)
{
	int msg_ms = 1000;
	struct waiter w;

	attach_process(-1, DAEMON_GOOD);
	running();
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "1"), 0);
	d.manners->then = DAEMON_STOPS;
	d.manners->type = m->type;
	wait_start(&w, m->op);
	usleep(100000);
	EXPECT(quiet_ms() < 500);
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT(w.ms >= msg_ms - 50 && w.ms < msg_ms + 1500);
	/* and nobody waits again */
	wait_start(&w, op_get_base);
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT(w.ms < 200);
	/* it goes on: a reset is what it may answer, and all is well */
	kill(d.pid, SIGCONT);
	usleep(50000);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(op_get_base(), 0);
	end_process();
}

UNIT_TEST(stopped_in_get_vq_state) { stopped_in(&one_messages[0]); }
UNIT_TEST(stopped_in_set_vq_ready) { stopped_in(&one_messages[1]); }
UNIT_TEST(stopped_in_update_iotlb) { stopped_in(&one_messages[2]); }
UNIT_TEST(stopped_in_suspend) { stopped_in(&one_messages[3]); }
UNIT_TEST(stopped_in_reset) { stopped_in(&one_messages[4]); }

/* The next one reads the message that its predecessor died of */
static void killed_in(const struct one_message *m)
{
	struct waiter w;

	attach_process(-1, DAEMON_GOOD);
	running();
	d.manners->then = DAEMON_DIES;
	d.manners->type = m->type;
	wait_start(&w, m->op);
	waitpid(d.pid, NULL, 0);
	usleep(50000);
	EXPECT(quiet_ms() < 500);
	ASSERT_EQ(daemon_open(&d), 0);
	daemon_fork(&d);
	EXPECT_EQ(wait_end(&w), m->good);
	EXPECT_EQ(d.manners->last[m->type].type, m->type);
	end_process();
}

UNIT_TEST(killed_in_get_vq_state) { killed_in(&one_messages[0]); }
UNIT_TEST(killed_in_set_vq_ready) { killed_in(&one_messages[1]); }
UNIT_TEST(killed_in_update_iotlb) { killed_in(&one_messages[2]); }
UNIT_TEST(killed_in_suspend) { killed_in(&one_messages[3]); }
UNIT_TEST(killed_in_reset) { killed_in(&one_messages[4]); }

/* Groups move before the device runs only */
UNIT_TEST(stopped_in_group)
{
	struct waiter w;

	attach_process(VDUSE_SET_VQ_GROUP_ASID, DAEMON_STOPS);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "1"), 0);
	wait_start(&w, op_group);
	EXPECT_EQ(wait_end(&w), -EIO);
	kill(d.pid, SIGCONT);
	end_process();
}

/* A device without its daemon is reset; messages to nobody fail when the grace time is over */
UNIT_TEST(nobody)
{
	struct waiter w;

	attach_process(-1, DAEMON_GOOD);
	ASSERT_EQ(daemon_sysfs(&d, "grace", "1"), 0);
	daemon_kill(&d);
	wait_start(&w, op_get_base);
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT(w.ms < 2000);
	wait_start(&w, op_get_base);
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT(w.ms < 100);
	EXPECT_EQ(op_reset(), 0);
	/* the next one finds it so */
	ASSERT_EQ(daemon_open(&d), 0);
	daemon_fork(&d);
	EXPECT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(op_get_base(), 0);
	end_process();
}

/* Nobody came within the grace time: the driver has to reset it, and all is well again */
UNIT_TEST(dead)
{
	int config = eventfd(0, EFD_NONBLOCK), error = eventfd(0, EFD_NONBLOCK);
	struct vduse_vq_info info = {};
	uint64_t count;

	attach_process(-1, DAEMON_GOOD);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &config), 0);
	ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_ERR, 0, error), 0);
	running();
	ASSERT_EQ(daemon_sysfs(&d, "grace", "1"), 0);
	daemon_kill(&d);
	EXPECT(!(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET));
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	usleep(50000);
	EXPECT_EQ(read(config, &count, 8), 8);
	EXPECT_EQ(read(error, &count, 8), 8);
	/* another daemon gets none of it */
	ASSERT_EQ(daemon_open(&d), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_GET_INFO, &info), 0);
	EXPECT_EQ(info.ready, 0);
	daemon_fork(&d);
	EXPECT_EQ(op_get_base(), -EIO);
	EXPECT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_FAILED), 0);
	EXPECT(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET);
	EXPECT_EQ(vhost_reset(&v), 0);
	EXPECT_EQ(vhost_get_status(&v), 0);
	EXPECT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(op_get_base(), 0);
	end_process();
	close(config);
	close(error);
}

/* Within it, nothing has happened to the driver */
UNIT_TEST(reconnected)
{
	attach_process(-1, DAEMON_GOOD);
	running();
	ASSERT_EQ(daemon_sysfs(&d, "grace", "2"), 0);
	for (int i = 0; i < 4; i++) {
		struct vduse_vq_info info = {};

		daemon_kill(&d);
		usleep(700000);
		ASSERT_EQ(daemon_open(&d), 0);
		EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_GET_INFO, &info), 0);
		EXPECT_EQ(info.ready, 1);
		daemon_fork(&d);
	}
	EXPECT(!(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET));
	EXPECT_EQ(op_get_base(), 0);
	end_process();
}

/* What a daemon may do that has let a message time out: ask */
UNIT_TEST(hung)
{
	struct vduse_vq_eventfd kick = { .fd = -1 };
	struct vduse_vq_info info = {};
	struct vduse_dev_request request;
	uint64_t features;
	uint32_t index = 0;

	attach(0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "1"), 0);
	d.manners->then = DAEMON_MUTE;
	d.manners->type = VDUSE_GET_VQ_STATE;
	EXPECT_EQ(op_get_base(), -EIO);
	daemon_stop(&d);
	EXPECT(poll_now() & POLLERR);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_GET_INFO, &info), 0);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_GET_FEATURES, &features), 0);
	EXPECT_EQ(features, DAEMON_FEATURES);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_INJECT_IRQ, &index), -EPERM);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, &kick), -EPERM);
	EXPECT_EQ(daemon_setup(&d, 0, 256, 0), -EPERM);
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_DEV_INJECT_CONFIG_IRQ, NULL), -EPERM);
	/* a read that blocks does not sleep on */
	EXPECT_EQ(daemon_read(&d, &request), -EIO);
	/* another connection is another daemon */
	daemon_close(&d);
	ASSERT_EQ(daemon_open(&d), 0);
	EXPECT(!(poll_now() & POLLERR));
	EXPECT_EQ(daemon_ioctl(&d, VDUSE_VQ_SETUP_KICKFD, &kick), 0);
	daemon_start(&d);
	EXPECT_EQ(op_get_base(), 0);
	end();
}

/* A read is under way when the time is over */
static int op_read(void)
{
	struct vduse_dev_request request;

	return daemon_read(&d, &request) ?: daemon_read(&d, &request);
}

UNIT_TEST(read_ends_with_the_time)
{
	struct waiter reader, w;

	closed(0, 0);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "1"), 0);
	wait_start(&reader, op_read);
	wait_start(&w, op_open);
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT_EQ(wait_end(&reader), -EIO);
	daemon_close(&d);
	end_closed();
}

/* Without a time-out as well, who is killed goes */
UNIT_TEST(killed_while_waiting)
{
	long long begin;
	pid_t child;

	attach_process(VDUSE_GET_VQ_STATE, DAEMON_MUTE);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "0"), 0);
	close(v.fd);
	child = fork();
	if (!child) {
		v.fd = vhost_open(NAME);
		vhost_negotiate(&v, DAEMON_FEATURES);
		op_get_base();
		_exit(0);
	}
	usleep(500000);
	EXPECT_EQ(d.manners->seen[VDUSE_GET_VQ_STATE], 1);
	EXPECT_EQ(waitpid(child, NULL, WNOHANG), 0);
	begin = daemon_now();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	EXPECT(daemon_now() - begin < 1000);
	/* nothing else has changed */
	v.fd = vhost_open(NAME);
	EXPECT(v.fd >= 0);
	EXPECT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(op_get_base(), 0);
	end_process();
}

/* Off the bus, though the daemon does not answer, and somebody waits for it */
UNIT_TEST(removed_while_waiting)
{
	long long begin;
	struct waiter w;

	attach_process(VDUSE_GET_VQ_STATE, DAEMON_STOPS);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "0"), 0);
	wait_start(&w, op_get_base);
	usleep(200000);
	begin = daemon_now();
	EXPECT_EQ(nl_dev_del(NAME), 0);
	EXPECT(daemon_now() - begin < 5000);
	EXPECT_EQ(wait_end(&w), -EIO);
	/* and on it again, with another daemon */
	daemon_kill(&d);
	close(v.fd);
	ASSERT_EQ(daemon_open(&d), 0);
	daemon_fork(&d);
	v = vhost_new(NAME, "vduse");
	EXPECT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	end_process();
}

/* The process that has it open ends: also that is over in the end */
UNIT_TEST(closed_while_stopped)
{
	long long begin;

	attach_process(-1, DAEMON_GOOD);
	running();
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "1"), 0);
	kill(d.pid, SIGSTOP);
	begin = daemon_now();
	close(v.fd);
	/* one deadline, not one for each message */
	EXPECT(daemon_now() - begin < 3500);
	kill(d.pid, SIGCONT);
	v.fd = vhost_open(NAME);
	EXPECT(v.fd >= 0);
	end_process();
}
