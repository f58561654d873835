// SPDX-License-Identifier: GPL-2.0-only
/*
 * sources: drivers/vdpa/vdpa_user/vduse_msgs.c
 */
#include <errno.h>
#include <string.h>

#include "drivers/vdpa/vdpa_user/vduse_msgs.h"
#include "unit.h"

static struct vduse_msgs msgs;

static void start(void)
{
	memset(&msgs, 0, sizeof(msgs));
}

static struct vduse_msg *send_status(u8 status)
{
	struct vduse_dev_request request = {
		.type = VDUSE_SET_STATUS,
		.request_id = 4711,
		.s.status = status,
	};

	return vduse_msgs_add(&msgs, &request);
}

static u32 read_one(u8 status)
{
	struct vduse_dev_request request;

	ASSERT(vduse_msgs_read(&msgs, &request));
	EXPECT_EQ(request.type, VDUSE_SET_STATUS);
	EXPECT_EQ(request.s.status, status);
	return request.request_id;
}

static int answer(u32 id, u32 result)
{
	struct vduse_dev_response response = { .request_id = id, .result = result };

	return vduse_msgs_answer(&msgs, &response);
}

UNIT_TEST(layouts)
{
	EXPECT_EQ(sizeof(struct vduse_dev_request), 152);
	EXPECT_EQ(sizeof(struct vduse_dev_response), 152);
	EXPECT_EQ(offsetof(struct vduse_dev_request, vq_state), 24);
	EXPECT_EQ(offsetof(struct vduse_dev_request, iova_v2.asid), 40);
	EXPECT_EQ(offsetof(struct vduse_dev_response, vq_state.split), 28);
	EXPECT_EQ(sizeof(struct vduse_dev_config), 336);
	EXPECT_EQ(offsetof(struct vduse_dev_config, ngroups), 280);
	EXPECT_EQ(offsetof(struct vduse_dev_config, config_size), 332);
	EXPECT_EQ(sizeof(struct vduse_iotlb_entry), 32);
	EXPECT_EQ(sizeof(struct vduse_iotlb_entry_v2), 80);
	EXPECT_EQ(offsetof(struct vduse_iotlb_entry_v2, asid), 32);
	EXPECT_EQ(sizeof(struct vduse_vq_config), 32);
	EXPECT_EQ(sizeof(struct vduse_vq_info), 48);
	EXPECT_EQ(offsetof(struct vduse_vq_info, ready), 40);
	EXPECT_EQ(sizeof(struct vduse_iova_umem), 48);
	EXPECT_EQ(sizeof(struct vduse_iova_info), 48);
}

UNIT_TEST(one_message)
{
	struct vduse_dev_request request;
	struct vduse_msg *msg;
	u32 id;

	start();
	EXPECT(!vduse_msgs_read(&msgs, &request));
	EXPECT(!vduse_msgs_unread(&msgs));
	msg = send_status(7);
	ASSERT(msg);
	EXPECT(vduse_msgs_unread(&msgs));
	EXPECT(!vduse_msgs_unanswered(&msgs));
	id = read_one(7);
	EXPECT(!vduse_msgs_unread(&msgs));
	EXPECT(vduse_msgs_unanswered(&msgs));
	EXPECT(!vduse_msg_ended(msg));
	EXPECT_EQ(answer(id, VDUSE_REQ_RESULT_OK), 0);
	EXPECT(vduse_msg_ended(msg));
	EXPECT_EQ(msg->state, VDUSE_MSG_OK);
	EXPECT(!vduse_msgs_unanswered(&msgs));
	vduse_msg_free(msg);
}

UNIT_TEST(bad_answers)
{
	struct vduse_dev_response response = {};
	struct vduse_msg *msg;
	u32 id;

	start();
	msg = send_status(1);
	/* before it was read */
	EXPECT_EQ(answer(msg->request.request_id, 0), -ENOENT);
	id = read_one(1);
	EXPECT_EQ(answer(id + 1, 0), -ENOENT);
	response.request_id = id;
	for (int i = 0; i < 4; i++) {
		response.reserved[i] = 1;
		EXPECT_EQ(vduse_msgs_answer(&msgs, &response), -EINVAL);
		response.reserved[i] = 0;
	}
	EXPECT(!vduse_msg_ended(msg));
	/* a result that there is not is no success */
	EXPECT_EQ(answer(id, 2), 0);
	EXPECT_EQ(msg->state, VDUSE_MSG_FAILED);
	/* twice, and after its end */
	EXPECT_EQ(answer(id, 0), -ENOENT);
	EXPECT_EQ(msg->state, VDUSE_MSG_FAILED);
	vduse_msg_free(msg);
	EXPECT_EQ(answer(id, 0), -ENOENT);
}

UNIT_TEST(in_order)
{
	u32 first, second;

	start();
	send_status(1);
	send_status(2);
	send_status(3);
	first = read_one(1);
	/* what is put back is the first again */
	vduse_msgs_unread_again(&msgs, first);
	EXPECT_EQ(read_one(1), first);
	second = read_one(2);
	/* answers in any order */
	EXPECT_EQ(answer(second, 0), 0);
	EXPECT_EQ(answer(first, 0), 0);
	read_one(3);
}

UNIT_TEST(reconnect)
{
	u32 id;

	start();
	send_status(1);
	send_status(2);
	send_status(3);
	id = read_one(1);
	read_one(2);
	EXPECT_EQ(answer(id, 0), 0);
	vduse_msgs_requeue(&msgs);
	/* the answered one is not read again */
	read_one(2);
	read_one(3);
	EXPECT(!vduse_msgs_unread(&msgs));
}

UNIT_TEST(given_up)
{
	struct vduse_msg *msg;
	u32 id;

	start();
	msg = send_status(1);
	id = read_one(1);
	/* the sender was killed; somebody else answered meanwhile reads on a bad address */
	vduse_msg_free(msg);
	EXPECT_EQ(answer(id, 0), -ENOENT);
	vduse_msgs_unread_again(&msgs, id);
	EXPECT(!vduse_msgs_unread(&msgs));
}

UNIT_TEST(all_fail)
{
	struct vduse_msg *unread, *unanswered, *answered;
	u32 id;

	start();
	answered = send_status(1);
	id = read_one(1);
	EXPECT_EQ(answer(id, 0), 0);
	unanswered = send_status(2);
	id = read_one(2);
	unread = send_status(3);
	vduse_msgs_fail(&msgs);
	EXPECT_EQ(answered->state, VDUSE_MSG_OK);
	EXPECT_EQ(unanswered->state, VDUSE_MSG_FAILED);
	EXPECT_EQ(unread->state, VDUSE_MSG_FAILED);
	EXPECT_EQ(answer(id, 0), -ENOENT);
	EXPECT(!vduse_msgs_unread(&msgs));
}

UNIT_TEST(no_room)
{
	struct vduse_msg *first = NULL;

	start();
	for (int i = 0; i < VDUSE_MSGS_MAX; i++) {
		struct vduse_msg *msg = send_status(i);

		ASSERT(msg);
		first = first ?: msg;
	}
	EXPECT(!send_status(99));
	vduse_msg_free(first);
	EXPECT(send_status(99));
}

UNIT_TEST(ids_come_round)
{
	struct vduse_msg *old, *next;

	start();
	old = send_status(1);
	msgs.next_id = old->request.request_id;
	next = send_status(2);
	ASSERT(old && next);
	EXPECT(old->request.request_id != next->request.request_id);
	/* the older one is read first, whatever its number */
	msgs.next_id = ~0U;
	send_status(3);
	send_status(4);
	for (int i = 1; i <= 4; i++)
		read_one(i);
}
