// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: what is sent when, and what a daemon may answer. The driver is this test as
 * well, by vhost-vdpa.
 */
#include <errno.h>
#include <linux/vduse_ext.h>
#include <linux/virtio_config.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nl.h"
#include "pair.h"
#include "unit.h"

#define NAME	"vdusemsg"
#define PAGE	PAIR_PAGE
#define BOTH	3	/* VDUSE_F_QUEUE_READY, VDUSE_F_SUSPEND */

static char *memory;	/* what is mapped for the device */

/* a thread's first message, read by hand */
static struct vduse_dev_request by_hand(struct waiter *w, int (*op)(void))
{
	struct vduse_dev_request request = {};

	wait_start(w, op);
	ASSERT_EQ(daemon_read(&d, &request), 0);
	return request;
}

/* what the device is opened with is answered by hand */
static int op_open_it(void)
{
	return op_open(NAME);
}

UNIT_TEST(read_and_write)
{
	char room[2 * sizeof(struct vduse_dev_request)];
	struct vduse_dev_response response = {};
	struct vduse_dev_request request;

	pair_start(NAME, 0, 0);
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

static int answer(const struct vduse_dev_request *request, uint32_t result)
{
	struct vduse_dev_response response = {
		.request_id = request->request_id,
		.result = result,
	};

	return daemon_write(&d, &response);
}

UNIT_TEST(a_message_by_hand)
{
	struct vduse_dev_request request, again;
	struct vduse_dev_response response;
	struct waiter w;

	pair_closed(NAME, 0, 0);
	request = by_hand(&w, op_open_it);
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
	pair_end_closed(NAME);
}

/* what could not be copied is read again, by another thread maybe */
UNIT_TEST(read_to_a_bad_address)
{
	struct vduse_dev_request request;
	struct waiter w;
	void *nowhere = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	pair_closed(NAME, 0, 0);
	wait_start(&w, op_open_it);
	EXPECT_EQ(read(d.fd, nowhere, sizeof(request)), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(poll_now(), POLLIN);
	ASSERT_EQ(daemon_read(&d, &request), 0);
	EXPECT_EQ(answer(&request, 0), 0);
	EXPECT_EQ(wait_end(&w), 0);
	daemon_start(&d);
	close(v.fd);
	daemon_stop(&d);
	pair_end_closed(NAME);
}

UNIT_TEST(statuses)
{
	pair_attach(NAME, 0, 0);
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
	pair_end();
}

/* features that it does not agree with: the driver sees it */
UNIT_TEST(status_refused)
{
	pair_attach(NAME, 0, 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_ACKNOWLEDGE), 0);
	d.manners->type = VDUSE_SET_STATUS;
	d.manners->then = DAEMON_FAILS;
	vhost_add_status(&v, VIRTIO_CONFIG_S_FEATURES_OK);
	EXPECT_EQ(vhost_get_status(&v), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	pair_end();
}

UNIT_TEST(queue_state)
{
	pair_attach(NAME, 0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	d.manners->avail_index = 4711;
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 1), 4711);
	EXPECT_EQ(d.manners->last[VDUSE_GET_VQ_STATE].vq_state.index, 1);
	d.manners->type = VDUSE_GET_VQ_STATE;
	d.manners->then = DAEMON_FAILS;
	EXPECT_EQ(vhost_state_get(&v, VHOST_GET_VRING_BASE, 1), -EIO);
	pair_end();
}

UNIT_TEST(queue_ready)
{
	struct vduse_dev_request *last;

	pair_attach(NAME, 0, 1 << VDUSE_F_QUEUE_READY);
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
	pair_end();
}

/* without the bit there is no such message */
UNIT_TEST(queue_ready_not_asked_for)
{
	pair_attach(NAME, 0, 0);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	EXPECT_EQ(vhost_state(&v, VHOST_VDPA_SET_VRING_ENABLE, 1, 1), 0);
	EXPECT_EQ(d.manners->seen[VDUSE_SET_VQ_READY], 0);
	EXPECT_EQ(op_suspend(), -EOPNOTSUPP);
	pair_end();
}

UNIT_TEST(suspend)
{
	int call = eventfd(0, EFD_NONBLOCK), driver = eventfd(0, 0), fd = eventfd(0, EFD_NONBLOCK);
	struct vduse_vq_eventfd kick = { .fd = fd };
	uint64_t one = 1, count;
	uint32_t index = 0;

	pair_attach(NAME, 0, BOTH);
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
	pair_end();
	close(call);
	close(driver);
	close(fd);
}

/* Suspended and resumed: kicks that came meanwhile are there, interrupts are possible again */
UNIT_TEST(resume)
{
	int driver = eventfd(0, 0), fd = eventfd(0, EFD_NONBLOCK);
	struct vduse_vq_eventfd kick = { .fd = fd };
	uint64_t one = 1, count;
	uint32_t index = 0;

	pair_attach(NAME, 0, BOTH | 1ULL << VDUSE_F_RESUME);
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
	pair_end();
	close(driver);
	close(fd);
}

/* without the bit a suspended device is reset */
UNIT_TEST(resume_not_asked_for)
{
	pair_attach(NAME, 0, BOTH);
	ASSERT_EQ(vhost_negotiate(&v, DAEMON_FEATURES), 0);
	ASSERT_EQ(vhost_add_status(&v, VIRTIO_CONFIG_S_DRIVER_OK), 0);
	ASSERT_EQ(op_suspend(), 0);
	EXPECT_EQ(op_resume(), -EOPNOTSUPP);
	EXPECT_EQ(d.manners->seen[DAEMON_RESUME], 0);
	pair_end();
}

/* One message for what is gone, and none for what came */
UNIT_TEST(mappings)
{
	struct vduse_dev_request *last;

	memory = pair_memory();
	pair_attach(NAME, 0, 0);
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
	pair_end();
	pair_free(memory);
}

UNIT_TEST(groups)
{
	struct vduse_dev_request *last;

	memory = pair_memory();
	pair_attach(NAME, 1, 0);
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
	pair_end();
	pair_free(memory);
}
