/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of vdpa.ko share.
 *
 * vdpa_list_lock protects the two lists (devices, management devices), and their
 * members' index, ready and users. It is held for a few instructions only: never
 * across a call into a parent, a driver or the device core. Whoever wants more
 * than a look takes a use (vdpa_device_use() ...), which holds off the end of
 * vdpa_unregister_device() and vdpa_mgmtdev_unregister().
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

#define VDPA_REPLY_MS	2000	/* for a device that is asked by name */

extern struct mutex vdpa_list_lock;

/* end a use, and wait for the end of all, where no new one can begin */
void vdpa_unuse(int *users);
void vdpa_wait_unused(const int *users);

int vdpa_bus_init(void);
void vdpa_bus_exit(void);
/* put a device, not yet added, on the bus */
void vdpa_bus_join(struct vdpa_device *vdev);
void vdpa_bus_leave(struct vdpa_device *vdev);

/* Find a registered device, and hold it until vdpa_device_unuse(). NULL: none. */
struct vdpa_device *vdpa_device_use(const char *name);
/* the one with the smallest index that is at least @index */
struct vdpa_device *vdpa_device_use_next(int index);
/* once more, by somebody who holds it */
void vdpa_device_use_again(struct vdpa_device *vdev);
void vdpa_device_unuse(struct vdpa_device *vdev);
/* Of several that want to remove a device one gets true. */
bool vdpa_device_claim(struct vdpa_device *vdev);

/*
 * Take the configuration lock. Return: 0, -EINTR when the caller is being killed, and with
 * a limit -EBUSY.
 */
int vdpa_config_lock(struct vdpa_device *vdev);
int vdpa_config_lock_timeout(struct vdpa_device *vdev, unsigned int limit_ms);
void vdpa_config_unlock(struct vdpa_device *vdev);

/* The same for management devices; @bus may be NULL for one without a bus */
struct vdpa_mgmt_dev *vdpa_mgmtdev_use(const char *bus, const char *name);
struct vdpa_mgmt_dev *vdpa_mgmtdev_use_next(int index);
void vdpa_mgmtdev_unuse(struct vdpa_mgmt_dev *mdev);
const char *vdpa_mgmtdev_bus_name(const struct vdpa_mgmt_dev *mdev);

/* What is done for a request. @why: text for the one who asked */
int vdpa_mgmt_add(struct vdpa_mgmt_dev *mdev, const char *name,
		  const struct vdpa_dev_config *config, const char **why);
int vdpa_mgmt_del(struct vdpa_device *vdev, const char **why);
int vdpa_mgmt_set(struct vdpa_device *vdev, const struct vdpa_dev_config *config,
		  const char **why);

int vdpa_nl_init(void);
void vdpa_nl_exit(void);

/*
 * What a device said when it was asked. All of it is written before @done, or when @err
 * is not 0, left as it is.
 */
struct vdpa_query {
	struct work_struct work;
	struct kref ref;
	struct completion done;
	struct vdpa_device *vdev;	/* in use until then */
	int queue;			/* its figures too, unless negative */
	int err;			/* of the figures */
	bool negotiated;
	u64 driver_features;
	u8 config[256];			/* the configuration space's beginning */
	size_t config_size;		/* how much of it */
	struct vdpa_stat stats[VDPA_STATS_MAX];
	int nstats;
};

#define VDPA_NO_QUEUE	(-1)

/*
 * Ask a device, which the caller holds. Return: the reply, until vdpa_query_put(), or an
 * ERR_PTR: -EBUSY when there is none in time, -EINTR when the caller is being killed.
 */
struct vdpa_query *vdpa_query(struct vdpa_device *vdev, int queue, unsigned int limit_ms);
void vdpa_query_put(struct vdpa_query *query);

int vdpa_query_init(void);
void vdpa_query_exit(void);

/* Fill a message. Return: 0 or -EMSGSIZE. No parent is called. */
int vdpa_nl_show_mgmtdev(struct sk_buff *msg, const struct vdpa_mgmt_dev *mdev);
int vdpa_nl_show_device(struct sk_buff *msg, const struct vdpa_device *vdev);
/* @query: NULL for a device that did not reply, of which only the name is shown */
int vdpa_nl_show_config(struct sk_buff *msg, const struct vdpa_device *vdev,
			const struct vdpa_query *query);
int vdpa_nl_show_stats(struct sk_buff *msg, const struct vdpa_device *vdev,
		       const struct vdpa_query *query);

/* a device type's configuration space as attributes */
int vdpa_nl_net_config(struct sk_buff *msg, u64 features, const struct vdpa_query *query);
int vdpa_nl_net_pairs(struct sk_buff *msg, u64 features, const struct vdpa_query *query);
int vdpa_nl_blk_config(struct sk_buff *msg, u64 features, const struct vdpa_query *query);

#endif /* VDPA_PRIV_H */
