/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of vdpa.ko share.
 *
 * vdpa_list_lock protects the two lists (devices, management devices), and their
 * members' index, ready and users. It is held for a few instructions only: never
 * across a call into a parent, a driver or the device core. vdpa_device_use() and
 * vdpa_mgmtdev_use() count users instead, for which vdpa_unregister_device() and
 * vdpa_mgmtdev_unregister() wait.
 *
 * Lock order: vdpa_device::config_lock is taken with no other lock of this module
 * held.
 */
#ifndef VDPA_PRIV_H
#define VDPA_PRIV_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/vdpa.h>

struct sk_buff;

#define VDPA_REPLY_MS	2000	/* timeout of a request that names a device */

extern struct mutex vdpa_list_lock;

/* Drop one user; wait for all to be dropped, when no new one can come */
void vdpa_unuse(int *users);
void vdpa_wait_unused(const int *users);

int vdpa_bus_init(void);
void vdpa_bus_exit(void);
/* @vdev: not yet added */
void vdpa_bus_join(struct vdpa_device *vdev);
void vdpa_bus_leave(struct vdpa_device *vdev);

/* Look up a registered device, in use until vdpa_device_unuse(). Return: NULL if none */
struct vdpa_device *vdpa_device_use(const char *name);
/* the one with the smallest index that is at least @index */
struct vdpa_device *vdpa_device_use_next(int index);
/* @vdev: in use by the caller */
void vdpa_device_use_again(struct vdpa_device *vdev);
void vdpa_device_unuse(struct vdpa_device *vdev);
/* Return: true for the one caller that may remove the device */
bool vdpa_device_claim(struct vdpa_device *vdev);

/*
 * Take the configuration lock. Return: 0, -EINTR when the caller is being killed, or
 * -EBUSY after the timeout.
 */
int vdpa_config_lock_timeout(struct vdpa_device *vdev, unsigned int limit_ms);
void vdpa_config_unlock(struct vdpa_device *vdev);

/* The same for management devices; @bus may be NULL for one without a bus */
struct vdpa_mgmt_dev *vdpa_mgmtdev_use(const char *bus, const char *name);
struct vdpa_mgmt_dev *vdpa_mgmtdev_use_next(int index);
void vdpa_mgmtdev_unuse(struct vdpa_mgmt_dev *mdev);
const char *vdpa_mgmtdev_bus_name(const struct vdpa_mgmt_dev *mdev);

/* Carry out a request. @why: set to an error text for extack, or to NULL */
int vdpa_mgmt_add(struct vdpa_mgmt_dev *mdev, const char *name,
		  struct vdpa_dev_config *config, const char **why);
int vdpa_mgmt_del(struct vdpa_device *vdev, const char **why);
int vdpa_mgmt_set(struct vdpa_device *vdev, const struct vdpa_dev_config *config,
		  const char **why);

int vdpa_nl_init(void);
void vdpa_nl_exit(void);

/*
 * A query and its result, which is complete when @done is. @stats are valid only when
 * @err is 0.
 */
struct vdpa_query {
	struct work_struct work;
	struct kref ref;
	struct completion done;
	struct vdpa_device *vdev;	/* in use until @done */
	int queue;			/* whose statistics to read, or VDPA_NO_QUEUE */
	int err;			/* of the statistics */
	bool negotiated;
	u64 driver_features;
	u8 config[256];			/* the start of the configuration space */
	size_t config_size;		/* valid bytes of it */
	struct vdpa_stat stats[VDPA_STATS_MAX];
	int nstats;
};

#define VDPA_NO_QUEUE	(-1)

/*
 * Query a device, in use by the caller. Return: the result, until vdpa_query_put(), or an
 * ERR_PTR: -EBUSY on timeout, -EINTR when the caller is being killed.
 */
struct vdpa_query *vdpa_query(struct vdpa_device *vdev, int queue, unsigned int limit_ms);
void vdpa_query_put(struct vdpa_query *query);

int vdpa_query_init(void);
void vdpa_query_exit(void);

/* Fill a message, without calling the parent. Return: 0 or -EMSGSIZE */
int vdpa_nl_show_mgmtdev(struct sk_buff *msg, const struct vdpa_mgmt_dev *mdev);
int vdpa_nl_show_device(struct sk_buff *msg, const struct vdpa_device *vdev);
/* @query: NULL for a device that did not answer: only its name is shown */
int vdpa_nl_show_config(struct sk_buff *msg, const struct vdpa_device *vdev,
			const struct vdpa_query *query);
int vdpa_nl_show_stats(struct sk_buff *msg, const struct vdpa_device *vdev,
		       const struct vdpa_query *query);

/* a device type's configuration space as attributes */
int vdpa_nl_net_config(struct sk_buff *msg, u64 features, const struct vdpa_query *query);
int vdpa_nl_net_pairs(struct sk_buff *msg, u64 features, const struct vdpa_query *query);
int vdpa_nl_blk_config(struct sk_buff *msg, u64 features, const struct vdpa_query *query);

#endif /* VDPA_PRIV_H */
