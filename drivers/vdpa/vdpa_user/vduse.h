/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VDUSE: a vDPA device whose data path is a user space process, the daemon.
 *
 * The daemon serves the device by /dev/vduse/NAME: it reads and answers messages about
 * what the driver does, maps the driver's memory, and exchanges eventfds and interrupts
 * with it. virtio_vdpa or vhost_vdpa call operations (vduse_ops.c), most of which send a
 * message and wait for its answer.
 *
 * The rule: no wait for the daemon with a lock that the daemon's ioctls, read(), write()
 * or page faults take. Operations are called with locks of the bus and of its driver
 * held, and the daemon's own calls must return before it can answer. So an operation
 * changes the state under its lock, unlocks, sends, waits, and undoes what the daemon
 * refused.
 *
 * Locks, outermost first:
 *
 * vdpa_device::config_lock, its driver's	held while a message is waited for
 * vduse_registry_lock (mutex)		names of devices
 * vduse_dev::lock (mutex)		open or not, on the bus or not, VDUSE_VQ_SETUP
 * vduse_callfd::lock (mutex)		setting a completion eventfd
 * vduse_dev::msg_lock (spin)		messages, and whether the daemon can answer them
 * vduse_dev::state_lock (spin, irq)	status, features, queues' addresses, configuration
 * vduse_queue::call_lock (spin, irq)	the driver's callback, which runs under it
 * vduse_queue::event_lock (spin, irq)	the kick eventfd, and a pending kick
 * vduse_space::lock (spin, irq)	mappings
 */
#ifndef VDUSE_H
#define VDUSE_H

#include <linux/cdev.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/uidgid.h>
#include <linux/vdpa.h>
#include <linux/vhost_iotlb.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/vduse_ext.h>

#include "vduse_msgs.h"

#define VDUSE_BOUNCE_MIN	SZ_1M
#define VDUSE_BOUNCE_DEFAULT	SZ_64M
#define VDUSE_BOUNCE_MAX	SZ_1G
/* I/O addresses above the bounce memory, for rings */
#define VDUSE_COHERENT_SIZE	SZ_128M

#define VDUSE_MSG_TIMEOUT_S	30
#define VDUSE_GRACE_S		10
/* limit of a message while the device is removed */
#define VDUSE_LEAVE_MS		1000
/* limit of a reset whose daemon has let an earlier message time out */
#define VDUSE_HUNG_RESET_MS	1000

/* grace times that a driver's removal waits for a daemon that goes on completing requests */
#define VDUSE_LEAVE_ROUNDS	30

#define VDUSE_VQ_MAX_SIZE	32768

struct eventfd_ctx;
struct mem_cgroup;
struct vduse_dev;
struct vduse_domain;

/* An eventfd of the daemon's that interrupts the driver (vduse_callfd.c) */
struct vduse_callfd {
	struct mutex lock;		/* protects file and ctx */
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

	/* notifications to the driver */
	spinlock_t call_lock;
	struct vdpa_callback cb;	/* under call_lock */
	cpumask_var_t allowed;		/* CPUs for callbacks: written by sysfs, no lock */
	struct cpumask *wish;		/* by set_vq_affinity, or NULL; the class "affinity" */
	call_single_data_t call_elsewhere;
	unsigned long calling_elsewhere;	/* bit 0: call_elsewhere is in use */

	struct vduse_callfd callfd;

	/* notifications to the daemon */
	spinlock_t event_lock;		/* protects all below, to driver_kick */
	struct eventfd_ctx *kickfd;
	bool ready;
	bool kicked;			/* a kick is pending until there is an eventfd */
	struct file *driver_kick;	/* a process's own eventfd, for VDUSE_VQ_GET_KICKFD */
	struct irq_work kick_irq_work;
	struct work_struct kick_work;

	/* the folder vqN in sysfs */
	char group_name[8];
	struct device_attribute affinity_attr;
	struct attribute *attrs[2];
	struct attribute_group attr_group;
};

/* The mappings of one address space */
struct vduse_space {
	spinlock_t lock;		/* protects all below */
	/*
	 * An entry's opaque value is its struct vdpa_map_file. NULL: memory of the domain,
	 * whose file has it at the offset that is its I/O address.
	 */
	struct vhost_iotlb table;
	bool changed;			/* unmapped since the last message */
	u64 changed_first, changed_last;	/* a range that contains all of that */
};

/* Who made a device */
struct vduse_owner {
	struct kref ref;
	kuid_t uid;
	kgid_t gid;
	struct mem_cgroup *memcg;
};

struct vduse_dev {
	struct device dev;
	struct cdev cdev;
	int minor;

	/* constant */
	struct vduse_owner *owner;
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

	struct mutex lock;		/* protects all below, to domain */
	bool connected;			/* the node is open */
	bool destroyed;
	struct vduse_vdpa *vdpa;	/* while it is on the bus */
	u32 bounce_size;		/* constant once there is a domain */
	struct vduse_domain *domain;	/* NULL before its first use */

	spinlock_t state_lock;		/* protects all below, to group_asid */
	u8 status;
	bool suspended;
	u64 driver_features;
	u32 generation;
	u8 *config;
	u32 *group_asid;		/* ngroups */

	spinlock_t config_call_lock;	/* as vduse_queue::call_lock */
	struct vdpa_callback config_cb;

	spinlock_t msg_lock;		/* protects all below, to rules */
	struct vduse_msgs msgs;
	bool answers;			/* a daemon has the node open */
	bool hung;			/* and has let a message time out */
	bool leaving;			/* the device is being removed from the bus */
	unsigned long alone_since;	/* jiffies when the node was closed or the daemon hung */
	unsigned long leaving_since;
	bool dead;			/* the grace time expired; until a reset succeeds */
	unsigned int rules;		/* incremented when one of these changes */
	wait_queue_head_t readers;
	wait_queue_head_t senders;
	u32 msg_timeout_s;		/* 0: none. READ_ONCE(), no lock */
	u32 grace_s;			/* READ_ONCE(), no lock */
	struct delayed_work grace_work;
};

/* The vDPA device; a vduse_dev has one while it is on the bus */
struct vduse_vdpa {
	struct vdpa_device vdev;
	struct vduse_dev *dev;		/* with a reference */
	struct delayed_work leave_work;	/* while it is being removed */
	unsigned int leave_rounds;
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

/* vduse_owner.c */
/* Return: the calling process as an owner, with a reference, or NULL */
struct vduse_owner *vduse_owner_create(void);
struct vduse_owner *vduse_owner_get(struct vduse_owner *owner);
void vduse_owner_put(struct vduse_owner *owner);
/* Return: may the caller do to a device what its owner may? */
bool vduse_owner_may(const struct vduse_owner *owner);
/* Return: as alloc_pages_exact(), zeroed and charged to the owner */
void *vduse_owner_alloc(struct vduse_owner *owner, size_t size, gfp_t gfp);

/* vduse_node.c */
extern const struct file_operations vduse_node_fops;

/* vduse_ioctl.c: commands of a daemon */
long vduse_ioctl(struct vduse_dev *dev, unsigned int cmd, void __user *arg);
long vduse_compat_ioctl(struct vduse_dev *dev, unsigned int cmd, void __user *arg);

/* vduse_send.c */
/*
 * Send a message and wait for the answer. Return: 0; -EIO when the daemon refuses or does
 * not answer in time; -EBUSY; or -EINTR after a fatal signal.
 */
int vduse_send(struct vduse_dev *dev, const struct vduse_dev_request *request,
	       struct vduse_dev_response *response);
/*
 * Send a reset, with a wait that no signal ends. Return: also 0 when there is no daemon,
 * never -EINTR.
 */
int vduse_send_reset(struct vduse_dev *dev);
/* the daemon has opened the node, or closed it */
void vduse_connected(struct vduse_dev *dev, bool connected);
/* while set, no message is waited for longer than VDUSE_LEAVE_MS */
void vduse_set_leaving(struct vduse_dev *dev, bool leaving);
bool vduse_hung(struct vduse_dev *dev);
/* there is no daemon, or it is hung */
bool vduse_unresponsive(struct vduse_dev *dev);
/* do not wait for the end of the grace time: the device is dead */
void vduse_abandon(struct vduse_dev *dev);
/* before the first of these, and after the last */
void vduse_send_init(struct vduse_dev *dev);
void vduse_send_exit(struct vduse_dev *dev);

/* vduse_ops.c */
extern const struct vdpa_config_ops vduse_config_ops;
extern const struct vdpa_map_ops vduse_map_ops;

/* Send a message for nothing but an answer. Return: there was one */
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
/* @ctx: takes its reference; NULL for none */
void vduse_set_kickfd(struct vduse_queue *queue, struct eventfd_ctx *ctx);
/* a kick that came while the device was suspended is signalled */
void vduse_kick_kept(struct vduse_queue *queue);
/* the driver's own eventfd; a reference is taken. NULL for none. */
void vduse_set_driver_kick(struct vduse_queue *queue, struct file *file);
/* Return: the same with a reference, or NULL */
struct file *vduse_get_driver_kick(struct vduse_queue *queue);
void vduse_set_ready(struct vduse_queue *queue, bool ready);
bool vduse_is_ready(struct vduse_queue *queue);
void vduse_set_cb(struct vduse_queue *queue, const struct vdpa_callback *cb);
/* run the driver's callback for the queue, on a CPU where it may run */
int vduse_call(struct vduse_queue *queue);
/* the same on this CPU, in any context */
void vduse_call_from_irq(struct vduse_queue *queue);

/* vduse_callfd.c */
void vduse_callfd_init(struct vduse_queue *queue);
void vduse_callfd_stop(struct vduse_queue *queue);
/* @file: takes its reference, on failure as well; NULL for none */
int vduse_set_callfd(struct vduse_queue *queue, struct file *file);

/* vduse_space.c */
void vduse_space_init(struct vduse_space *space);
void vduse_space_destroy(struct vduse_space *space);
/* May sleep: the entry is charged to the caller's memory cgroup. Return: 0 or -ENOMEM. */
int vduse_space_add(struct vduse_space *space, u64 first, u64 last, u64 addr, u32 perm,
		    struct vdpa_map_file *file);
void vduse_space_del(struct vduse_space *space, u64 first, u64 last);

/* A mapping, as returned to a daemon */
struct vduse_found {
	u64 first, last, offset;
	u32 perm;
	struct file *file;		/* with a reference; NULL: the domain's */
};

/* Find the first mapping in a range. Return: 0 or -EINVAL */
int vduse_space_find(struct vduse_space *space, u64 first, u64 last, struct vduse_found *found);
/* Return: something in the range is mapped */
bool vduse_space_has(struct vduse_space *space, u64 first, u64 last);
/* Return: the page of coherent memory at @iova, with a reference, or NULL */
struct page *vduse_space_get_page(struct vduse_space *space, u64 iova);
/* Was anything unmapped since the last call? Return: then true, with a range that has it */
bool vduse_space_changed(struct vduse_space *space, u64 *first, u64 *last);

/* vduse_file.c: files of memory */
/* Return: a file that says it is of @size bytes, or an ERR_PTR */
struct file *vduse_file_create(const char *name, const struct file_operations *fops,
			       void *private, int flags, u64 size);
/* to be called by its release() */
void vduse_file_released(void);

/* vduse_proxy.c: a file for a part of a process's memory */
/* Return: a file that has it at *offset, or an ERR_PTR */
struct file *vduse_proxy(struct file *file, u64 *offset, u64 size, u32 perm);

/* vduse_domain.c: memory for a kernel driver */
struct vduse_domain *vduse_domain_create(struct vduse_space *space, u32 bounce_size,
					 struct vduse_owner *owner);
/* Return: the device's domain, created if there is none; or NULL. Takes vduse_dev::lock. */
struct vduse_domain *vduse_need_domain(struct vduse_dev *dev);
struct vduse_domain *vduse_need_domain_locked(struct vduse_dev *dev);
void vduse_domain_put(struct vduse_domain *domain);
/* Return: a file whose offsets are I/O addresses, or an ERR_PTR */
struct file *vduse_domain_file(struct vduse_domain *domain);
u32 vduse_domain_bounce_size(const struct vduse_domain *domain);
/* Memory of a ring that the device writes to. Return: 0 or a negative errno. */
int vduse_domain_allow_write(struct vduse_domain *domain, u64 iova, u64 size);
/* Return: has the driver unmapped anything since the last call? */
bool vduse_domain_used(struct vduse_domain *domain);

/* vduse_umem.c: the daemon's memory as bounce pages. Return: 0 or a negative errno. */
int vduse_umem_register(struct vduse_domain *domain, u64 uaddr, u64 iova, u64 size);
int vduse_umem_deregister(struct vduse_domain *domain, u64 iova, u64 size);

/* vduse_bounce.c: DMA operations of kernel drivers */
extern const struct virtio_map_ops vduse_bounce_ops;

/* vduse_mgmt.c */
int vduse_mgmt_init(void);
void vduse_mgmt_exit(void);

/* vduse_sysfs.c */
extern const struct attribute_group *vduse_attr_groups[];
int vduse_sysfs_add_queues(struct vduse_dev *dev);

#endif /* VDUSE_H */
