/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages to a daemon, from their sending to their answer. Pure: the caller locks,
 * waits and copies, so that the host's tests and fuzzers can build it.
 *
 * A message is unread until a read() of the daemon's takes it, and then unanswered until
 * a write() brings its answer. Its slot belongs to the sender until the sender frees it;
 * before that its id is given to no other.
 */
#ifndef VDUSE_MSGS_H
#define VDUSE_MSGS_H

#include <linux/types.h>
#include <uapi/linux/vduse.h>

/* senders are few: one at a time of each class of operations (linux/vdpa.h) */
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

/* Send one. Return: its slot, or NULL when there is none. The id is filled in. */
struct vduse_msg *vduse_msgs_add(struct vduse_msgs *msgs, const struct vduse_dev_request *request);
/* The sender is done with it, answered or not */
void vduse_msg_free(struct vduse_msg *msg);
bool vduse_msg_ended(const struct vduse_msg *msg);

bool vduse_msgs_unread(const struct vduse_msgs *msgs);
bool vduse_msgs_unanswered(const struct vduse_msgs *msgs);

/* Take the oldest unread message. Return: was there one? */
bool vduse_msgs_read(struct vduse_msgs *msgs, struct vduse_dev_request *request);
/* Reading failed after that: it is the first to be read again, if it is still there */
void vduse_msgs_unread_again(struct vduse_msgs *msgs, u32 id);
/* Return: 0, -EINVAL for one that is malformed, -ENOENT where nobody waits for it */
int vduse_msgs_answer(struct vduse_msgs *msgs, const struct vduse_dev_response *response);

/* Whoever read them is gone: the next one reads them all */
void vduse_msgs_requeue(struct vduse_msgs *msgs);
/* No answer will come */
void vduse_msgs_fail(struct vduse_msgs *msgs);

#endif /* VDUSE_MSGS_H */
