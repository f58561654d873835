// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which message is read next, and which one does an answer belong to?
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "vduse_msgs.h"

static struct vduse_msg *vduse_msgs_find(struct vduse_msgs *msgs, u32 id)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		if (msgs->slots[i].state != VDUSE_MSG_FREE &&
		    msgs->slots[i].request.request_id == id)
			return &msgs->slots[i];
	return NULL;
}

static struct vduse_msg *vduse_msgs_first_unread(struct vduse_msgs *msgs)
{
	struct vduse_msg *first = NULL;

	for (int i = 0; i < VDUSE_MSGS_MAX; i++) {
		struct vduse_msg *msg = &msgs->slots[i];

		if (msg->state == VDUSE_MSG_UNREAD && (!first || msg->order < first->order))
			first = msg;
	}
	return first;
}

static bool vduse_msgs_any(const struct vduse_msgs *msgs, enum vduse_msg_state state)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		if (msgs->slots[i].state == state)
			return true;
	return false;
}

struct vduse_msg *vduse_msgs_add(struct vduse_msgs *msgs, const struct vduse_dev_request *request)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++) {
		struct vduse_msg *msg = &msgs->slots[i];

		if (msg->state != VDUSE_MSG_FREE)
			continue;
		/* the id wraps; skip those in use */
		while (vduse_msgs_find(msgs, msgs->next_id))
			msgs->next_id++;
		msg->request = *request;
		msg->request.request_id = msgs->next_id++;
		msg->order = msgs->next_order++;
		msg->state = VDUSE_MSG_UNREAD;
		return msg;
	}
	return NULL;
}

void vduse_msg_free(struct vduse_msg *msg)
{
	msg->state = VDUSE_MSG_FREE;
}

bool vduse_msg_ended(const struct vduse_msg *msg)
{
	return msg->state == VDUSE_MSG_OK || msg->state == VDUSE_MSG_FAILED;
}

bool vduse_msgs_unread(const struct vduse_msgs *msgs)
{
	return vduse_msgs_any(msgs, VDUSE_MSG_UNREAD);
}

bool vduse_msgs_unanswered(const struct vduse_msgs *msgs)
{
	return vduse_msgs_any(msgs, VDUSE_MSG_UNANSWERED);
}

bool vduse_msgs_read(struct vduse_msgs *msgs, struct vduse_dev_request *request)
{
	struct vduse_msg *msg = vduse_msgs_first_unread(msgs);

	if (!msg)
		return false;
	msg->state = VDUSE_MSG_UNANSWERED;
	*request = msg->request;
	return true;
}

/* It keeps its place in the order */
void vduse_msgs_unread_again(struct vduse_msgs *msgs, u32 id)
{
	struct vduse_msg *msg = vduse_msgs_find(msgs, id);

	if (msg && msg->state == VDUSE_MSG_UNANSWERED)
		msg->state = VDUSE_MSG_UNREAD;
}

int vduse_msgs_answer(struct vduse_msgs *msgs, const struct vduse_dev_response *response)
{
	struct vduse_msg *msg;

	for (int i = 0; i < ARRAY_SIZE(response->reserved); i++)
		if (response->reserved[i])
			return -EINVAL;
	msg = vduse_msgs_find(msgs, response->request_id);
	if (!msg || msg->state != VDUSE_MSG_UNANSWERED)
		return -ENOENT;
	msg->response = *response;
	msg->state = response->result == VDUSE_REQ_RESULT_OK ? VDUSE_MSG_OK : VDUSE_MSG_FAILED;
	return 0;
}

void vduse_msgs_requeue(struct vduse_msgs *msgs)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		if (msgs->slots[i].state == VDUSE_MSG_UNANSWERED)
			msgs->slots[i].state = VDUSE_MSG_UNREAD;
}

void vduse_msgs_fail(struct vduse_msgs *msgs)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		if (msgs->slots[i].state == VDUSE_MSG_UNREAD ||
		    msgs->slots[i].state == VDUSE_MSG_UNANSWERED)
			msgs->slots[i].state = VDUSE_MSG_FAILED;
}
