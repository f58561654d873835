// SPDX-License-Identifier: GPL-2.0-only
/*
 * Senders, a daemon that reads and answers anything at any time, and its end. A message
 * ends only by an answer to its own number after it was read, or by failing all; no two
 * have the same number; each is read in its turn.
 * sources: drivers/vdpa/vdpa_user/vduse_msgs.c
 */
#include <assert.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/vdpa/vdpa_user/vduse_msgs.h"
#include "fuzz.h"

struct shadow {
	struct vduse_msg *msg;	/* NULL: not sent */
	unsigned long order;
	bool read, ended, ok;
};

struct fuzz {
	const uint8_t *data;
	size_t left;
	struct vduse_msgs msgs;
	struct shadow sent[VDUSE_MSGS_MAX];
	unsigned long order;
};

static uint8_t take(struct fuzz *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->data++;
}

static struct shadow *by_id(struct fuzz *f, u32 id)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		if (f->sent[i].msg && f->sent[i].msg->request.request_id == id)
			return &f->sent[i];
	return NULL;
}

static void step_send(struct fuzz *f)
{
	struct vduse_dev_request request = { .type = take(f) };
	struct vduse_msg *msg;
	int i;

	for (i = 0; i < VDUSE_MSGS_MAX && f->sent[i].msg; i++)
		;
	/* a number near one that is in use */
	f->msgs.next_id -= take(f) % 4;
	msg = vduse_msgs_add(&f->msgs, &request);
	assert(!msg == (i == VDUSE_MSGS_MAX));
	if (!msg)
		return;
	assert(!by_id(f, msg->request.request_id));
	f->sent[i] = (struct shadow) { .msg = msg, .order = ++f->order };
}

static void step_read(struct fuzz *f)
{
	struct vduse_dev_request request;
	struct shadow *s;

	if (!vduse_msgs_read(&f->msgs, &request)) {
		for (int i = 0; i < VDUSE_MSGS_MAX; i++)
			assert(!f->sent[i].msg || f->sent[i].read || f->sent[i].ended);
		return;
	}
	s = by_id(f, request.request_id);
	assert(s && !s->read && !s->ended);
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		assert(!f->sent[i].msg || f->sent[i].read || f->sent[i].ended ||
		       f->sent[i].order >= s->order);
	s->read = true;
}

static void step_put_back(struct fuzz *f)
{
	u32 id = f->msgs.next_id - take(f) % 16;
	struct shadow *s = by_id(f, id);

	vduse_msgs_unread_again(&f->msgs, id);
	if (s && !s->ended)
		s->read = false;
}

static void step_answer(struct fuzz *f)
{
	struct vduse_dev_response response = {
		.request_id = f->msgs.next_id - take(f) % 16,
		.result = take(f) % 3,
	};
	struct shadow *s = by_id(f, response.request_id);
	int ret;

	response.reserved[take(f) % 4] = take(f) % 2;
	ret = vduse_msgs_answer(&f->msgs, &response);
	if (ret)
		return;
	assert(s && s->read && !s->ended);
	s->ended = true;
	s->ok = !response.result;
}

static void step_free(struct fuzz *f)
{
	struct shadow *s = &f->sent[take(f) % VDUSE_MSGS_MAX];

	if (!s->msg)
		return;
	vduse_msg_free(s->msg);
	s->msg = NULL;
}

static void step_reconnect(struct fuzz *f)
{
	vduse_msgs_requeue(&f->msgs);
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		f->sent[i].read = false;
}

static void step_fail(struct fuzz *f)
{
	vduse_msgs_fail(&f->msgs);
	for (int i = 0; i < VDUSE_MSGS_MAX; i++)
		f->sent[i].ended = true;
}

static void check(struct fuzz *f)
{
	for (int i = 0; i < VDUSE_MSGS_MAX; i++) {
		const struct shadow *s = &f->sent[i];

		if (!s->msg)
			continue;
		assert(vduse_msg_ended(s->msg) == s->ended);
		assert(!s->ok || s->msg->state == VDUSE_MSG_OK);
	}
}

FUZZ_TARGET
{
	static void (*const steps[])(struct fuzz *f) = {
		step_send, step_send, step_read, step_read, step_answer, step_answer,
		step_free, step_put_back, step_reconnect, step_fail,
	};
	struct fuzz f = { .data = input, .left = len };

	while (f.left) {
		steps[take(&f) % ARRAY_SIZE(steps)](&f);
		check(&f);
	}
	return 0;
}
