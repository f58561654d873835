/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VDUSE: a vDPA device whose data path is a program, the daemon.
 *
 * The daemon reaches the device by /dev/vduse/NAME: it reads messages about what the
 * driver does and answers them, maps the driver's memory, and exchanges eventfds and
 * interrupts with it. The device's user, virtio_vdpa or vhost_vdpa, sees operations
 * (vduse_ops.c) that mostly send a message and wait for its answer.
 *
 * The rule: nobody waits for the daemon with a lock that an ioctl, a read, a write or a
 * page fault of the daemon's takes. For an operation is called with the locks of the
 * bus and of the device's user held, and the daemon has to get through all of its own
 * before it answers. So an operation changes the state under its lock, unlocks, sends,
 * waits, and takes back what the daemon refused.
 *
 * Locks, outermost first:
 *
 * vdpa_device::config_lock, the user's	held across a message's wait; no daemon takes them
 * vduse_registry_lock (mutex)		names of devices
 * vduse_dev::lock (mutex)		who has it open, who uses it, VDUSE_VQ_SETUP
 * vduse_callfd::lock (mutex)		a completion eventfd's coming and going
 * vduse_dev::msg_lock (spin)		messages, and whether the daemon can answer any
 * vduse_dev::state_lock (spin, irq)	status, features, queues' addresses, configuration
 * vduse_queue::call_lock (spin, irq)	the driver's callback, which runs under it
 * vduse_queue::event_lock (spin, irq)	the kick eventfd, and whether there is a kick to signal
 * vduse_space::lock (spin, irq)	what is mapped
 */
#ifndef VDUSE_H
#define VDUSE_H

#include <linux/cdev.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/vduse.h>

#include "vduse_msgs.h"

#define VDUSE_BOUNCE_MIN	SZ_1M
#define VDUSE_BOUNCE_DEFAULT	SZ_64M
#define VDUSE_BOUNCE_MAX	SZ_1G
/* I/O addresses above the bounce memory, for rings */
#define VDUSE_COHERENT_SIZE	SZ_128M

#define VDUSE_MSG_TIMEOUT_S	30
#define VDUSE_GRACE_S		10
/* what a removal leaves the daemon for its last answers */
#define VDUSE_LEAVE_MS		1000
/* and what the reset of a device gets whose daemon has not answered before */
#define VDUSE_HUNG_RESET_MS	1000

#define VDUSE_VQ_MAX_SIZE	32768

struct eventfd_ctx;
struct vduse_dev;
struct vduse_domain;

/* An eventfd of the daemon's that interrupts the driver (vduse_callfd.c) */
struct vduse_callfd {
	/* its coming and going */
	struct mutex lock;
	struct file *file;		/* NULL: none */
	struct eventfd_ctx *ctx;
	wait_queue_entry_t wait;
	poll_table table;
	struct irq_work irq_work;
	struct work_struct work;
};

struct vduse_queue {
	struct vduse_dev *dev;
	u16 index;

	/* under vduse_dev::lock; constant while the device is on the bus */
	u16 max_size;
	u32 group;

	/* under vduse_dev::state_lock */
	u32 num;
	struct vdpa_vq_address address;
	struct vdpa_vq_state state;

	/* the driver is notified, see above */
	spinlock_t call_lock;
	struct vdpa_callback cb;	/* under it */
	cpumask_var_t allowed;		/* where: written by sysfs, with no lock */
	struct cpumask *wish;		/* the driver's, or NULL; the class "affinity" */
	call_single_data_t call_elsewhere;
	unsigned long calling_elsewhere;	/* bit 0: that one is in use */

	struct vduse_callfd callfd;

	/* the daemon is notified, see above */
	spinlock_t event_lock;
	struct eventfd_ctx *kickfd;	/* all under it */
	bool ready;
	bool kicked;			/* before there was an eventfd */
	struct irq_work kick_irq_work;
	struct work_struct kick_work;

	/* vqN in sysfs */
	char group_name[8];
	struct device_attribute affinity_attr;
	struct attribute *attrs[2];
	struct attribute_group attr_group;
};

/* What I/O addresses mean in one address space */
struct vduse_space {
	/* see above */
	spinlock_t lock;
	/*
	 * Under it. An entry's opaque value is its struct vdpa_map_file, or NULL: it is the
	 * domain's memory, and lies in the domain's file where it lies here.
	 */
	struct vhost_iotlb table;
	bool changed;			/* something was unmapped */
	u64 changed_first, changed_last;	/* and where, at most */
};

struct vduse_dev {
	struct device dev;
	struct cdev cdev;
	int minor;

	/* from CREATE on */
	u32 device_id;
	u32 vendor_id;
	u64 features;
	u32 nvqs;
	u32 vq_align;
	u32 ngroups;
	u32 nas;
	u32 api_version;
	u64 own_features;		/* VDUSE_F_* */
	u32 config_size;
	struct vduse_queue *queues;	/* nvqs */
	struct vduse_space *spaces;	/* nas */

	/* see above */
	struct mutex lock;
	bool connected;			/* the node is open */
	bool destroyed;
	struct vduse_vdpa *vdpa;	/* while it is on the bus */
	u32 bounce_size;		/* constant while there is a domain */
	struct vduse_domain *domain;	/* from its first use by a kernel driver on */

	/* see above */
	spinlock_t state_lock;
	u8 status;
	bool suspended;
	u64 driver_features;
	u32 generation;
	u8 *config;
	u32 *group_asid;		/* ngroups */

	spinlock_t config_call_lock;	/* as vduse_queue::call_lock */
	struct vdpa_callback config_cb;

	/* see above */
	spinlock_t msg_lock;
	struct vduse_msgs msgs;
	bool answers;			/* there is a daemon that reads */
	bool hung;			/* which has let a message time out */
	bool leaving;			/* it is being taken off the bus */
	unsigned long alone_since;	/* in jiffies, while it does not answer or is hung */
	unsigned long leaving_since;
	bool dead;			/* the grace time was over, and no reset succeeded since */
	unsigned int rules;		/* counts changes of these */
	wait_queue_head_t readers;
	wait_queue_head_t senders;
	u32 msg_timeout_s;		/* 0: none. No lock. */
	u32 grace_s;			/* no lock */
	struct delayed_work grace_work;
};

/* What is on the bus */
struct vduse_vdpa {
	struct vdpa_device vdev;
	struct vduse_dev *dev;		/* with a reference */
};

static inline struct vduse_dev *vdev_to_vduse(struct vdpa_device *vdev)
{
	return container_of(vdev, struct vduse_vdpa, vdev)->dev;
}

static inline bool vduse_has(const struct vduse_dev *dev, unsigned int own_feature)
{
	return dev->own_features & BIT_ULL(own_feature);
}

static inline void vduse_dev_put(struct vduse_dev *dev)
{
	put_device(&dev->dev);
}

/* The parameters of a new device */
struct vduse_new {
	const struct vduse_dev_config *config;	/* checked */
	const void *space;			/* its configuration space */
	u32 api_version;
	u64 own_features;
};

/* vduse_registry.c: devices by name and number; one number is the control node's */
#define VDUSE_CONTROL_MINOR	0
#define VDUSE_CONTROL_NAME	"control"
extern struct class vduse_class;
dev_t vduse_devt(int minor);
/* Return: the device of this name, with a reference, or NULL */
struct vduse_dev *vduse_get(const char *name);
int vduse_registry_create(const struct vduse_new *new);
int vduse_registry_destroy(const char *name);
int vduse_registry_init(void);
void vduse_registry_exit(void);

/* vduse_device.c: what a device is made of */
struct vduse_dev *vduse_dev_create(const struct vduse_new *new, int minor);

/* vduse_node.c */
extern const struct file_operations vduse_node_fops;

/* vduse_ioctl.c: commands of a daemon */
long vduse_ioctl(struct vduse_dev *dev, unsigned int cmd, void __user *arg);
long vduse_compat_ioctl(struct vduse_dev *dev, unsigned int cmd, void __user *arg);

/* vduse_send.c */
/*
 * Send a message and wait for the answer. Return: 0, -EIO when the daemon refuses, or
 * does not answer in time, or -EINTR when the caller is being killed.
 */
int vduse_send(struct vduse_dev *dev, const struct vduse_dev_request *request,
	       struct vduse_dev_response *response);
/*
 * The same with a reset, which waits though the caller is being killed. Return: also 0
 * when there is no daemon, and -EIO.
 */
int vduse_send_reset(struct vduse_dev *dev);
/* a daemon has opened the node, or closed it */
void vduse_connected(struct vduse_dev *dev, bool connected);
/* waits end soon, and none begin, or all is as before */
void vduse_set_leaving(struct vduse_dev *dev, bool leaving);
bool vduse_hung(struct vduse_dev *dev);
/* there is no daemon, or it has let a message time out */
bool vduse_silent(struct vduse_dev *dev);
/* there is no time for the grace time */
void vduse_abandon(struct vduse_dev *dev);
/* before the first of these, and after the last */
void vduse_send_init(struct vduse_dev *dev);
void vduse_send_exit(struct vduse_dev *dev);

/* vduse_ops.c */
extern const struct vdpa_config_ops vduse_config_ops;
extern const struct vdpa_map_ops vduse_map_ops;

/* Return: does the daemon of a running device answer? */
bool vduse_responds(struct vduse_dev *dev);

/* vduse_config.c: the configuration space and its interrupt */
int vduse_config_write(struct vduse_dev *dev, u32 offset, const void *from, u32 len);
void vduse_config_read(struct vduse_dev *dev, u32 offset, void *to, u32 len);
int vduse_config_call(struct vduse_dev *dev);
void vduse_config_set_cb(struct vduse_dev *dev, const struct vdpa_callback *cb);
/* Return: the driver has started the device, and has not suspended it */
bool vduse_running(struct vduse_dev *dev);

/* vduse_event.c */
void vduse_event_init(struct vduse_queue *queue);
void vduse_event_stop(struct vduse_queue *queue);
void vduse_kick(struct vduse_queue *queue);
/* @ctx: its reference is taken over; NULL for none */
void vduse_set_kickfd(struct vduse_queue *queue, struct eventfd_ctx *ctx);
void vduse_set_ready(struct vduse_queue *queue, bool ready);
bool vduse_is_ready(struct vduse_queue *queue);
void vduse_set_cb(struct vduse_queue *queue, const struct vdpa_callback *cb);
/* interrupt the driver for the queue */
int vduse_call(struct vduse_queue *queue);
/* the same with interrupts off, and here */
void vduse_call_from_irq(struct vduse_queue *queue);

/* vduse_callfd.c */
void vduse_callfd_init(struct vduse_queue *queue);
void vduse_callfd_stop(struct vduse_queue *queue);
/* @file's reference is taken over; NULL for none */
int vduse_set_callfd(struct vduse_queue *queue, struct file *file);

/* vduse_space.c */
void vduse_space_init(struct vduse_space *space);
void vduse_space_destroy(struct vduse_space *space);
int vduse_space_add(struct vduse_space *space, u64 first, u64 last, u64 addr, u32 perm,
		    struct vdpa_map_file *file);
void vduse_space_del(struct vduse_space *space, u64 first, u64 last);

/* a stretch that a daemon asks for */
struct vduse_found {
	u64 first, last, offset;
	u32 perm;
	struct file *file;		/* with a reference; NULL: the domain's */
};

/* Return: the first one in a range, or -EINVAL */
int vduse_space_find(struct vduse_space *space, u64 first, u64 last, struct vduse_found *found);
/* physical address of the coherent memory at @iova, a page with a reference, or NULL */
struct page *vduse_space_get_page(struct vduse_space *space, u64 iova);
/* Return: what was unmapped since the last call, or false */
bool vduse_space_changed(struct vduse_space *space, u64 *first, u64 *last);

/* vduse_proxy.c: a file for a stretch of a process's memory */
/* Return: a file to map it by, at *offset, or an ERR_PTR. */
struct file *vduse_proxy(struct file *file, u64 *offset, u64 size, u32 perm);

/* vduse_domain.c: memory for a kernel driver */
struct vduse_domain *vduse_domain_create(struct vduse_space *space, u32 bounce_size);
/* the device's, made when it is first needed; or NULL. Takes vduse_dev::lock. */
struct vduse_domain *vduse_need_domain(struct vduse_dev *dev);
struct vduse_domain *vduse_need_domain_locked(struct vduse_dev *dev);
void vduse_domain_put(struct vduse_domain *domain);
/* a file to map it by; I/O addresses are its offsets. Or an ERR_PTR. */
struct file *vduse_domain_file(struct vduse_domain *domain);
u32 vduse_domain_bounce_size(const struct vduse_domain *domain);

/* vduse_umem.c: memory of the daemon's behind it. Return: 0 or a negative errno. */
int vduse_umem_register(struct vduse_domain *domain, u64 uaddr, u64 iova, u64 size);
int vduse_umem_deregister(struct vduse_domain *domain, u64 iova, u64 size);

/* vduse_bounce.c: operations of a kernel driver on it */
extern const struct virtio_map_ops vduse_bounce_ops;

/* vduse_mgmt.c */
int vduse_mgmt_init(void);
void vduse_mgmt_exit(void);

/* vduse_sysfs.c */
extern const struct attribute_group *vduse_attr_groups[];
int vduse_sysfs_add_queues(struct vduse_dev *dev);

#endif /* VDUSE_H */
