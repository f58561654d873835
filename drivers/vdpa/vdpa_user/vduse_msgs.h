/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages to a daemon, from sending to answer. Pure: the caller locks, waits and copies,
 * so it builds on the host for tests and fuzzers.
 *
 * A message is unread until the daemon's read(), then unanswered until the write() with its
 * answer. The sender owns its slot until it frees it; no other message has its id before.
 */
#ifndef VDUSE_MSGS_H
#define VDUSE_MSGS_H

#include <linux/types.h>
#include <uapi/linux/vduse.h>

/* One sender at a time in each class of operations (linux/vdpa.h) */
#define VDUSE_MSGS_MAX	8

enum vduse_msg_state {
	VDUSE_MSG_FREE,
	VDUSE_MSG_UNREAD,
	VDUSE_MSG_UNANSWERED,
	VDUSE_MSG_OK,
	VDUSE_MSG_FAILED,
};

struct vduse_msg {
	enum vduse_msg_state state;
	u64 order;		/* the lowest is read first */
	struct vduse_dev_request request;
	struct vduse_dev_response response;
};

struct vduse_msgs {
	struct vduse_msg slots[VDUSE_MSGS_MAX];
	u32 next_id;
	u64 next_order;
};

/* Add a message and assign its id. Return: its slot, or NULL if all are in use */
struct vduse_msg *vduse_msgs_add(struct vduse_msgs *msgs, const struct vduse_dev_request *request);
/* Free the slot, answered or not */
void vduse_msg_free(struct vduse_msg *msg);
bool vduse_msg_ended(const struct vduse_msg *msg);

bool vduse_msgs_unread(const struct vduse_msgs *msgs);
bool vduse_msgs_unanswered(const struct vduse_msgs *msgs);

/* Take the oldest unread message. Return: false if there is none */
bool vduse_msgs_read(struct vduse_msgs *msgs, struct vduse_dev_request *request);
/* The read() failed after that: it is unread again, if its sender still waits */
void vduse_msgs_unread_again(struct vduse_msgs *msgs, u32 id);
/* Return: 0; -EINVAL if malformed; -ENOENT if no message with the id waits for an answer */
int vduse_msgs_answer(struct vduse_msgs *msgs, const struct vduse_dev_response *response);

/* The daemon is gone: unanswered messages are unread again, for the next one */
void vduse_msgs_requeue(struct vduse_msgs *msgs);
/* Fail all messages */
void vduse_msgs_fail(struct vduse_msgs *msgs);

#endif /* VDUSE_MSGS_H */
