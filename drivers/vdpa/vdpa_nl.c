// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which generic netlink requests are there, and who may make them?
 *
 * Queries need no privilege, changes need CAP_NET_ADMIN. The family is in the initial
 * network namespace only: devices belong to the host.
 *
 * Operations run in parallel. A request counts as a user of the device it names, and
 * takes no lock but that device's own.
 */
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <uapi/linux/vdpa.h>

#include "vdpa_priv.h"

/* it names a directory in sysfs */
#define VDPA_NAME_MAX	NAME_MAX

static struct genl_family vdpa_nl_family;

static const struct nla_policy vdpa_nl_policy[VDPA_ATTR_DEV_FEATURES + 1] = {
	[VDPA_ATTR_MGMTDEV_BUS_NAME] = { .type = NLA_NUL_STRING, .len = VDPA_NAME_MAX },
	[VDPA_ATTR_MGMTDEV_DEV_NAME] = { .type = NLA_NUL_STRING, .len = VDPA_NAME_MAX },
	[VDPA_ATTR_DEV_NAME] = { .type = NLA_NUL_STRING, .len = VDPA_NAME_MAX },
	[VDPA_ATTR_DEV_NET_CFG_MACADDR] = NLA_POLICY_ETH_ADDR,
	[VDPA_ATTR_DEV_NET_CFG_MAX_VQP] = NLA_POLICY_MIN(NLA_U16, 1),
	[VDPA_ATTR_DEV_NET_CFG_MTU] = NLA_POLICY_MIN(NLA_U16, ETH_MIN_MTU),
	[VDPA_ATTR_DEV_QUEUE_INDEX] = { .type = NLA_U32 },
	[VDPA_ATTR_DEV_FEATURES] = { .type = NLA_U64 },
};

static const char *given_string(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_data(info->attrs[attr]) : NULL;
}

static int complain(struct genl_info *info, const char *why, int err)
{
	/* NL_SET_ERR_MSG() takes string literals only */
	if (why && info->extack)
		info->extack->_msg = why;
	return err;
}

/* NULL: the request was answered with the error in *err */
static struct vdpa_device *request_device(struct genl_info *info, int *err)
{
	const char *name = given_string(info, VDPA_ATTR_DEV_NAME);
	struct vdpa_device *vdev;

	if (!name) {
		*err = complain(info, "device name is missing", -EINVAL);
		return NULL;
	}
	vdev = vdpa_device_use(name);
	if (!vdev)
		*err = complain(info, "there is no such device", -ENODEV);
	return vdev;
}

static struct vdpa_mgmt_dev *request_mgmtdev(struct genl_info *info, int *err)
{
	const char *name = given_string(info, VDPA_ATTR_MGMTDEV_DEV_NAME);
	struct vdpa_mgmt_dev *mdev;

	if (!name) {
		*err = complain(info, "management device name is missing", -EINVAL);
		return NULL;
	}
	mdev = vdpa_mgmtdev_use(given_string(info, VDPA_ATTR_MGMTDEV_BUS_NAME), name);
	if (!mdev)
		*err = complain(info, "there is no such management device", -ENODEV);
	return mdev;
}

static int request_config(struct genl_info *info, struct vdpa_dev_config *config)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[VDPA_ATTR_DEV_NET_CFG_MACADDR]) {
		ether_addr_copy(config->mac, nla_data(attrs[VDPA_ATTR_DEV_NET_CFG_MACADDR]));
		if (!is_valid_ether_addr(config->mac))
			return complain(info, "not a unicast MAC address", -EINVAL);
		config->given |= VDPA_GIVEN_MAC;
	}
	if (attrs[VDPA_ATTR_DEV_NET_CFG_MTU]) {
		config->mtu = nla_get_u16(attrs[VDPA_ATTR_DEV_NET_CFG_MTU]);
		config->given |= VDPA_GIVEN_MTU;
	}
	if (attrs[VDPA_ATTR_DEV_NET_CFG_MAX_VQP]) {
		config->max_vq_pairs = nla_get_u16(attrs[VDPA_ATTR_DEV_NET_CFG_MAX_VQP]);
		config->given |= VDPA_GIVEN_MAX_VQP;
	}
	if (attrs[VDPA_ATTR_DEV_FEATURES]) {
		config->features = nla_get_u64(attrs[VDPA_ATTR_DEV_FEATURES]);
		config->given |= VDPA_GIVEN_FEATURES;
	}
	return 0;
}

/* A reply of one message */
struct answer {
	struct sk_buff *msg;
	void *header;
};

static int answer_start(struct answer *answer, struct genl_info *info, u8 cmd)
{
	answer->msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!answer->msg)
		return -ENOMEM;
	answer->header = genlmsg_put_reply(answer->msg, info, &vdpa_nl_family, 0, cmd);
	if (answer->header)
		return 0;
	nlmsg_free(answer->msg);
	return -EMSGSIZE;
}

/* @err: of filling the message */
static int answer_end(struct answer *answer, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(answer->msg);
		return err;
	}
	genlmsg_end(answer->msg, answer->header);
	return genlmsg_reply(answer->msg, info);
}

static int mgmtdev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vdpa_mgmt_dev *mdev;
	struct answer answer;
	int ret;

	mdev = request_mgmtdev(info, &ret);
	if (!mdev)
		return ret;
	ret = answer_start(&answer, info, VDPA_CMD_MGMTDEV_NEW);
	if (!ret)
		ret = answer_end(&answer, info, vdpa_nl_show_mgmtdev(answer.msg, mdev));
	vdpa_mgmtdev_unuse(mdev);
	return ret;
}

static int dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vdpa_device *vdev;
	struct answer answer;
	int ret;

	vdev = request_device(info, &ret);
	if (!vdev)
		return ret;
	ret = answer_start(&answer, info, VDPA_CMD_DEV_NEW);
	if (!ret)
		ret = answer_end(&answer, info, vdpa_nl_show_device(answer.msg, vdev));
	vdpa_device_unuse(vdev);
	return ret;
}

/* NULL: the request was answered with the error in *err */
static struct vdpa_query *request_query(struct genl_info *info, struct vdpa_device *vdev,
					int queue, int *err)
{
	struct vdpa_query *query = vdpa_query(vdev, queue, VDPA_REPLY_MS);

	if (!IS_ERR(query))
		return query;
	*err = PTR_ERR(query);
	if (*err == -EBUSY)
		complain(info, "the device does not answer", *err);
	if (*err == -EAGAIN)
		complain(info, "the device's features are not negotiated yet", *err);
	return NULL;
}

static int config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vdpa_device *vdev;
	struct vdpa_query *query;
	struct answer answer;
	int ret;

	vdev = request_device(info, &ret);
	if (!vdev)
		return ret;
	query = request_query(info, vdev, VDPA_NO_QUEUE, &ret);
	if (!query)
		goto unuse;
	ret = answer_start(&answer, info, VDPA_CMD_DEV_CONFIG_GET);
	if (!ret)
		ret = answer_end(&answer, info, vdpa_nl_show_config(answer.msg, vdev, query));
	vdpa_query_put(query);
unuse:
	vdpa_device_unuse(vdev);
	return ret;
}

static int stats_queue(struct genl_info *info, const struct vdpa_device *vdev)
{
	u32 queue = nla_get_u32(info->attrs[VDPA_ATTR_DEV_QUEUE_INDEX]);

	if (!vdev->config->get_vq_stats)
		return complain(info, "the device has no statistics", -EOPNOTSUPP);
	if (queue >= vdev->info.nvqs)
		return complain(info, "the device has no such queue", -EINVAL);
	return queue;
}

static int stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vdpa_device *vdev;
	struct vdpa_query *query;
	struct answer answer;
	int ret;

	if (!info->attrs[VDPA_ATTR_DEV_QUEUE_INDEX])
		return complain(info, "queue index is missing", -EINVAL);
	vdev = request_device(info, &ret);
	if (!vdev)
		return ret;
	ret = stats_queue(info, vdev);
	if (ret < 0)
		goto unuse;
	query = request_query(info, vdev, ret, &ret);
	if (!query)
		goto unuse;
	ret = answer_start(&answer, info, VDPA_CMD_DEV_VSTATS_GET);
	if (!ret)
		ret = answer_end(&answer, info, vdpa_nl_show_stats(answer.msg, vdev, query));
	vdpa_query_put(query);
unuse:
	vdpa_device_unuse(vdev);
	return ret;
}

static int dev_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *name = given_string(info, VDPA_ATTR_DEV_NAME), *why = NULL;
	struct vdpa_dev_config config = {};
	struct vdpa_mgmt_dev *mdev;
	int ret;

	/* it names a directory in sysfs */
	if (!name || !*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return complain(info, "device name is missing or not valid", -EINVAL);
	ret = request_config(info, &config);
	if (ret)
		return ret;
	mdev = request_mgmtdev(info, &ret);
	if (!mdev)
		return ret;
	ret = vdpa_mgmt_add(mdev, name, &config, &why);
	vdpa_mgmtdev_unuse(mdev);
	return complain(info, why, ret);
}

static int dev_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vdpa_device *vdev;
	const char *why = NULL;
	int ret;

	vdev = request_device(info, &ret);
	if (!vdev)
		return ret;
	ret = vdpa_mgmt_del(vdev, &why);
	return complain(info, why, ret);
}

static int dev_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct vdpa_dev_config config = {};
	struct vdpa_device *vdev;
	const char *why = NULL;
	int ret;

	ret = request_config(info, &config);
	if (ret)
		return ret;
	if (!config.given)
		return complain(info, "no attribute to change is given", -EINVAL);
	vdev = request_device(info, &ret);
	if (!vdev)
		return ret;
	ret = vdpa_mgmt_set(vdev, &config, &why);
	vdpa_device_unuse(vdev);
	return complain(info, why, ret);
}

/*
 * Dumps. cb->args[0] is the index to continue with in the next message. cb->args[1] is
 * the time, in jiffies, spent on devices that did not answer.
 */
#define LIST_WAIT_MS		100	/* timeout of one device */
#define LIST_WAIT_ALL_MS	1000	/* of all of them */
#define LIST_WAIT_LEAST_MS	10	/* of one, once that is used up */

static void *list_item_start(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &vdpa_nl_family,
			   NLM_F_MULTI, cmd);
}

static int list_item_end(struct sk_buff *msg, void *header, int err)
{
	if (err)
		genlmsg_cancel(msg, header);
	else
		genlmsg_end(msg, header);
	return err;
}

/* Return: of all dumps: an error only when not even the first entry fits */
static int list_end(struct sk_buff *msg, int err)
{
	return msg->len ? msg->len : err;
}

static int mgmtdev_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct vdpa_mgmt_dev *mdev;
	int ret = 0;

	while (!ret && (mdev = vdpa_mgmtdev_use_next(cb->args[0]))) {
		void *header = list_item_start(msg, cb, VDPA_CMD_MGMTDEV_NEW);

		ret = header ? list_item_end(msg, header, vdpa_nl_show_mgmtdev(msg, mdev)) :
			-EMSGSIZE;
		if (!ret)
			cb->args[0] = mdev->index + 1;
		vdpa_mgmtdev_unuse(mdev);
	}
	return list_end(msg, ret);
}

static int list_devices(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd,
			int (*show)(struct sk_buff *msg, struct vdpa_device *vdev, long *lost))
{
	struct vdpa_device *vdev;
	int ret = 0;

	while (!ret && (vdev = vdpa_device_use_next(cb->args[0]))) {
		void *header = list_item_start(msg, cb, cmd);

		ret = header ? list_item_end(msg, header, show(msg, vdev, &cb->args[1])) :
			-EMSGSIZE;
		if (!ret)
			cb->args[0] = vdev->index + 1;
		vdpa_device_unuse(vdev);
	}
	return list_end(msg, ret);
}

static int list_device(struct sk_buff *msg, struct vdpa_device *vdev, long *lost)
{
	return vdpa_nl_show_device(msg, vdev);
}

static int dev_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	return list_devices(msg, cb, VDPA_CMD_DEV_NEW, list_device);
}

/* A device that does not answer is listed without its configuration */
static int list_config(struct sk_buff *msg, struct vdpa_device *vdev, long *lost)
{
	bool patient = *lost < msecs_to_jiffies(LIST_WAIT_ALL_MS);
	unsigned long start = jiffies;
	struct vdpa_query *query;
	int ret;

	query = vdpa_query(vdev, VDPA_NO_QUEUE, patient ? LIST_WAIT_MS : LIST_WAIT_LEAST_MS);
	if (IS_ERR(query)) {
		*lost += jiffies - start;
		return vdpa_nl_show_config(msg, vdev, NULL);
	}
	ret = vdpa_nl_show_config(msg, vdev, query);
	vdpa_query_put(query);
	return ret;
}

static int config_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	return list_devices(msg, cb, VDPA_CMD_DEV_CONFIG_GET, list_config);
}

static const struct genl_ops vdpa_nl_ops[] = {
	{
		.cmd = VDPA_CMD_MGMTDEV_GET,
		.doit = mgmtdev_get_doit,
		.dumpit = mgmtdev_get_dumpit,
	},
	{
		.cmd = VDPA_CMD_DEV_NEW,
		.doit = dev_add_doit,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = VDPA_CMD_DEV_DEL,
		.doit = dev_del_doit,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = VDPA_CMD_DEV_GET,
		.doit = dev_get_doit,
		.dumpit = dev_get_dumpit,
	},
	{
		.cmd = VDPA_CMD_DEV_CONFIG_GET,
		.doit = config_get_doit,
		.dumpit = config_get_dumpit,
	},
	{
		.cmd = VDPA_CMD_DEV_VSTATS_GET,
		.doit = stats_get_doit,
		.flags = GENL_ADMIN_PERM,
	},
	{
		.cmd = VDPA_CMD_DEV_ATTR_SET,
		.doit = dev_set_doit,
		.flags = GENL_ADMIN_PERM,
	},
};

static struct genl_family vdpa_nl_family = {
	.name = VDPA_GENL_NAME,
	.version = VDPA_GENL_VERSION,
	.maxattr = ARRAY_SIZE(vdpa_nl_policy) - 1,
	.policy = vdpa_nl_policy,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = vdpa_nl_ops,
	.n_ops = ARRAY_SIZE(vdpa_nl_ops),
	.resv_start_op = VDPA_CMD_DEV_ATTR_SET + 1,
};

int vdpa_nl_init(void)
{
	return genl_register_family(&vdpa_nl_family);
}

void vdpa_nl_exit(void)
{
	genl_unregister_family(&vdpa_nl_family);
}

MODULE_ALIAS_GENL_FAMILY(VDPA_GENL_NAME);
