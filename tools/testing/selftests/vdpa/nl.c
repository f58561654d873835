// SPDX-License-Identifier: GPL-2.0-only
/* How is a request put on the wire, and its answer taken apart? */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vdpa.h>

#include "nl.h"

static int fd = -1, family;

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

void nl_start(struct nl_request *req, int cmd)
{
	*req = (struct nl_request) { .cmd = cmd };
}

void nl_add(struct nl_request *req, int type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)(req->attrs + req->len);

	if (req->len + NLA_HDRLEN + NLA_ALIGN(len) > NL_ROOM)
		die("a request that is too long");
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	req->len += NLA_HDRLEN + NLA_ALIGN(len);
}

void nl_add_string(struct nl_request *req, int type, const char *text)
{
	nl_add(req, type, text, strlen(text) + 1);
}

void nl_add_u16(struct nl_request *req, int type, uint16_t value)
{
	nl_add(req, type, &value, sizeof(value));
}

void nl_add_u32(struct nl_request *req, int type, uint32_t value)
{
	nl_add(req, type, &value, sizeof(value));
}

void nl_add_u64(struct nl_request *req, int type, uint64_t value)
{
	nl_add(req, type, &value, sizeof(value));
}

struct reply {
	int type;
	void *buf;
	size_t room;
	int len;
	int messages;
};

static void take_attrs(struct reply *reply, const struct nlmsghdr *header)
{
	size_t at = NLMSG_HDRLEN + GENL_HDRLEN;

	reply->messages++;
	while (at + NLA_HDRLEN <= header->nlmsg_len) {
		const struct nlattr *attr = (const void *)((const char *)header + at);
		size_t len = attr->nla_len - NLA_HDRLEN;

		if (attr->nla_type == reply->type && reply->len < 0) {
			reply->len = len;
			memcpy(reply->buf, (const char *)attr + NLA_HDRLEN,
			       len < reply->room ? len : reply->room);
		}
		at += NLA_ALIGN(attr->nla_len);
	}
}

/* Return: 1 when the answer is complete, with its end in *@err */
static int take(struct reply *reply, const struct nlmsghdr *header, int *err)
{
	switch (header->nlmsg_type) {
	case NLMSG_ERROR:
		*err = ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
		return 1;
	case NLMSG_DONE:
		*err = 0;
		return 1;
	default:
		take_attrs(reply, header);
		return 0;
	}
}

static int talk(int to, int version, const struct nl_request *req, struct reply *reply)
{
	static unsigned char buf[65536];
	struct nlmsghdr *header = (void *)buf;
	struct genlmsghdr *generic = NLMSG_DATA(header);
	ssize_t len;
	int err;

	*header = (struct nlmsghdr) {
		.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + req->len,
		.nlmsg_type = to,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | req->flags,
	};
	*generic = (struct genlmsghdr) { .cmd = req->cmd, .version = version };
	memcpy((char *)generic + GENL_HDRLEN, req->attrs, req->len);
	if (send(fd, buf, header->nlmsg_len, 0) < 0)
		return -errno;
	/* an answer that the kernel could not make, or deliver, is an error here as well */
	for (;;) {
		len = recv(fd, buf, sizeof(buf), 0);
		if (len < 0)
			return -errno;
		for (header = (void *)buf; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len))
			if (take(reply, header, &err))
				return err;
	}
}

static void open_family(void)
{
	struct nl_request req;
	struct reply reply = { .type = CTRL_ATTR_FAMILY_ID, .buf = &family, .room = 2, .len = -1 };

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0)
		die("socket");
	nl_start(&req, CTRL_CMD_GETFAMILY);
	nl_add_string(&req, CTRL_ATTR_FAMILY_NAME, VDPA_GENL_NAME);
	if (talk(GENL_ID_CTRL, 1, &req, &reply) || reply.len != 2) {
		errno = ENOENT;
		die("there is no netlink family vdpa");
	}
}

void nl_own_socket(void)
{
	close(fd);
	fd = -1;
}

static int run(const struct nl_request *req, struct reply *reply)
{
	if (fd < 0)
		open_family();
	return talk(family, VDPA_GENL_VERSION, req, reply);
}

int nl_send(const struct nl_request *req)
{
	struct reply reply = { .type = -1 };

	return run(req, &reply);
}

int nl_ask(const struct nl_request *req, int type, void *buf, size_t room)
{
	struct reply reply = { .type = type, .buf = buf, .room = room, .len = -1 };
	int err = run(req, &reply);

	if (err)
		return err;
	return reply.len < 0 ? -ENODATA : reply.len;
}

int nl_count(const struct nl_request *req)
{
	struct reply reply = { .type = -1 };
	struct nl_request all = *req;
	int err;

	all.flags |= NLM_F_DUMP;
	err = run(&all, &reply);
	return err ? err : reply.messages;
}

int nl_dev_add(const char *name, const char *mgmtdev)
{
	struct nl_request req;

	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, mgmtdev);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, name);
	return nl_send(&req);
}

int nl_dev_add_features(const char *name, const char *mgmtdev, uint64_t features)
{
	struct nl_request req;

	nl_start(&req, VDPA_CMD_DEV_NEW);
	nl_add_string(&req, VDPA_ATTR_MGMTDEV_DEV_NAME, mgmtdev);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, name);
	nl_add_u64(&req, VDPA_ATTR_DEV_FEATURES, features);
	return nl_send(&req);
}

int nl_dev_del(const char *name)
{
	struct nl_request req;

	nl_start(&req, VDPA_CMD_DEV_DEL);
	nl_add_string(&req, VDPA_ATTR_DEV_NAME, name);
	return nl_send(&req);
}
