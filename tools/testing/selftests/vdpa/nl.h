/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family "vdpa", attribute by attribute, so that a test can
 * send bad ones too.
 */
#ifndef NL_H
#define NL_H

#include <stddef.h>
#include <stdint.h>

#define NL_ROOM	2048

struct nl_request {
	int cmd;
	int flags;		/* NLM_F_* beside those that are always set */
	size_t len;
	unsigned char attrs[NL_ROOM];
};

/* in a child: its parent's answers are not for it */
void nl_own_socket(void);

void nl_start(struct nl_request *req, int cmd);
void nl_add(struct nl_request *req, int type, const void *data, size_t len);
void nl_add_string(struct nl_request *req, int type, const char *text);
void nl_add_u16(struct nl_request *req, int type, uint16_t value);
void nl_add_u32(struct nl_request *req, int type, uint32_t value);
void nl_add_u64(struct nl_request *req, int type, uint64_t value);

/* Send it, wait for its end. Return: 0 or the kernel's negative errno. */
int nl_send(const struct nl_request *req);
/* the same; an answer's attribute @type goes to @buf. Return: its length, or a negative errno. */
int nl_ask(const struct nl_request *req, int type, void *buf, size_t room);
/* list: how many messages there are */
int nl_count(const struct nl_request *req);

/* What tests do all the time. Return: as nl_send(). */
int nl_dev_add(const char *name, const char *mgmtdev);
int nl_dev_add_features(const char *name, const char *mgmtdev, uint64_t features);
int nl_dev_del(const char *name);

#endif /* NL_H */
