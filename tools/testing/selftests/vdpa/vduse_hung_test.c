// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of the driver when the daemon does not answer: it is stopped or killed in each
 * message, restarted in time or not, or somebody does not want to wait for it.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl.h"
#include "pair.h"
#include "unit.h"

#define NAME	"vdusehung"
#define PAGE	PAIR_PAGE
#define BOTH	3	/* VDUSE_F_QUEUE_READY, VDUSE_F_SUSPEND */

static char *memory;	/* what is mapped for the device */

static int op_open_it(void)
{
	return op_open(NAME);
}

/* A running device with a daemon that does @then at the next message of @type */
static void attach_process(int type, int then)
{
	memory = pair_memory();
	pair_start(NAME, 1, BOTH);
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
	pair_free(memory);
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
static void others_go_on(void)
{
	nl_dev_del("vduseother");
	EXPECT_EQ(nl_dev_add("vduseother", "vdpasim_net"), 0);
	EXPECT_EQ(nl_dev_del("vduseother"), 0);
}

/* until the daemon has read a message of that type */
static void wait_seen(int type)
{
	for (int i = 0; i < 10000 && !d.manners->seen[type]; i++)
		usleep(1000);
	EXPECT(d.manners->seen[type]);
}

static int readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 10000);
}

static void stopped_in(const struct one_message *m)
{
	struct waiter w;

	attach_process(-1, DAEMON_GOOD);
	running();
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "4"), 0);
	d.manners->seen[m->type] = 0;
	d.manners->then = DAEMON_STOPS;
	d.manners->type = m->type;
	wait_start(&w, m->op);
	wait_seen(m->type);
	others_go_on();
	EXPECT(!wait_ended(&w));
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT(w.ms >= 3900 && w.ms < 30000);
	/* and nobody waits again, were it even an hour */
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "3600"), 0);
	wait_start(&w, op_get_base);
	EXPECT_EQ(wait_end(&w), -EIO);
	/* it goes on: a reset is what it may answer, and all is well */
	kill(d.pid, SIGCONT);
	for (int i = 0; i < 10 && vhost_reset(&v); i++)
		usleep(100000);
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
	others_go_on();
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
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "3600"), 0);
	ASSERT_EQ(daemon_sysfs(&d, "grace", "1"), 0);
	daemon_kill(&d);
	/* twice: the grace time is over, and is not counted again */
	for (int i = 0; i < 2; i++) {
		wait_start(&w, op_get_base);
		EXPECT_EQ(wait_end(&w), -EIO);
	}
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

	attach_process(-1, DAEMON_GOOD);
	ASSERT_EQ(vhost_ioctl(&v, VHOST_VDPA_SET_CONFIG_CALL, &config), 0);
	ASSERT_EQ(vhost_vring_fd(&v, VHOST_SET_VRING_ERR, 0, error), 0);
	running();
	ASSERT_EQ(daemon_sysfs(&d, "grace", "1"), 0);
	daemon_kill(&d);
	EXPECT(!(vhost_get_status(&v) & VIRTIO_CONFIG_S_NEEDS_RESET));
	EXPECT_EQ(vhost_wait_status(&v, VIRTIO_CONFIG_S_NEEDS_RESET), 0);
	EXPECT_EQ(readable(config), 1);
	EXPECT_EQ(readable(error), 1);
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
	ASSERT_EQ(daemon_sysfs(&d, "grace", "4"), 0);
	/* longer than that in all, and each time far less */
	for (int i = 0; i < 5; i++) {
		struct vduse_vq_info info = {};

		daemon_kill(&d);
		usleep(1000000);
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

	pair_attach(NAME, 0, 0);
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
	pair_end();
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

	pair_closed(NAME, 0, 0);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "1"), 0);
	wait_start(&reader, op_read);
	wait_start(&w, op_open_it);
	EXPECT_EQ(wait_end(&w), -EIO);
	EXPECT_EQ(wait_end(&reader), -EIO);
	daemon_close(&d);
	pair_end_closed(NAME);
}

/* Without a time-out as well, who is killed goes */
UNIT_TEST(killed_while_waiting)
{
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
	wait_seen(VDUSE_GET_VQ_STATE);
	EXPECT_EQ(waitpid(child, NULL, WNOHANG), 0);
	kill(child, SIGKILL);
	EXPECT_EQ(waitpid(child, NULL, 0), child);
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
	struct waiter w;

	attach_process(VDUSE_GET_VQ_STATE, DAEMON_STOPS);
	ASSERT_EQ(daemon_sysfs(&d, "msg_timeout", "0"), 0);
	wait_start(&w, op_get_base);
	wait_seen(VDUSE_GET_VQ_STATE);
	EXPECT_EQ(nl_dev_del(NAME), 0);
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
	EXPECT(daemon_now() - begin < 10000);
	kill(d.pid, SIGCONT);
	v.fd = vhost_open(NAME);
	EXPECT(v.fd >= 0);
	end_process();
}
