/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vDPA bus: a virtio device whose data path is a device's own (hardware, a
 * simulator, a daemon) and whose control path goes through a parent driver.
 *
 * Words: the parent made the device and implements its operations. The user is
 * what drives it: virtio_vdpa (a kernel virtio driver) or vhost_vdpa (a process).
 * A queue group is a set of virtqueues that share an address space.
 *
 * Which operations may run at the same time? Each belongs to one of four classes:
 *
 *	class		serialised by		operations
 *	any		nobody			kick_vq, kick_vq_with_data, get_status,
 *						get_generation
 *	configuration	vdpa_device::		set_driver_features, set_status, reset,
 *			config_lock		suspend, resume, get_config, set_config,
 *						get_vq_stats
 *	user		the device's user,	set_vq_address, set_vq_num, set_vq_state,
 *			one at a time		get_vq_state, set_vq_ready, get_vq_ready,
 *						set_vq_cb, set_vq_kick, set_config_cb,
 *						get_vq_size, get_vq_group,
 *						get_vq_desc_group, get_vq_notification,
 *						get_vq_irq, all of struct vdpa_map_ops
 *	affinity	the device's user,	set_vq_affinity, get_vq_affinity
 *			one at a time
 *
 * Operations of different classes run at the same time; a parent whose registers
 * cannot bear that has a lock of its own. All but the class "any" are called in
 * process context and may sleep. The class "affinity" may not wait for a device or
 * a daemon: RTNL or the processors' hotplug lock are held by the caller, and the
 * whole host would wait. What never changes is no operation but data, struct
 * vdpa_info.
 *
 * How long may an operation take? One that waits for somebody (hardware, a daemon)
 * has one deadline, for all that it does: a reset that sends three messages does
 * not wait three times. When it has passed, the parent calls vdpa_device_broken(),
 * and until a reset succeeds the operations fail at once. A wait ends early when
 * the device is to be removed, see struct vdpa_mgmtdev_ops.
 *
 * This header stands in the place of the kernel's own: the kernels' vDPA modules
 * and these are never loaded together.
 */
#ifndef _LINUX_VDPA_H
#define _LINUX_VDPA_H

/*
 * What is exported has other names than the kernel's own exports: a module of one
 * set on the other's vdpa.ko, with other structures, is refused by its symbols.
 * Checksums of symbols, which would do the same, not every kernel has.
 */
#define vdpa_alloc_device		vvp_vdpa_alloc_device
#define vdpa_register_device		vvp_vdpa_register_device
#define vdpa_unregister_device		vvp_vdpa_unregister_device
#define __vdpa_register_driver		__vvp_vdpa_register_driver
#define vdpa_unregister_driver		vvp_vdpa_unregister_driver
#define vdpa_get_config			vvp_vdpa_get_config
#define vdpa_set_config			vvp_vdpa_set_config
#define vdpa_set_features		vvp_vdpa_set_features
#define vdpa_set_status			vvp_vdpa_set_status
#define vdpa_reset			vvp_vdpa_reset
#define vdpa_suspend			vvp_vdpa_suspend
#define vdpa_resume			vvp_vdpa_resume
#define vdpa_device_broken		vvp_vdpa_device_broken
#define vdpa_mgmtdev_register		vvp_vdpa_mgmtdev_register
#define vdpa_mgmtdev_unregister		vvp_vdpa_mgmtdev_unregister

#include <linux/device.h>
#include <linux/if_ether.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/vhost_iotlb.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>

struct eventfd_ctx;
struct file;
struct mm_struct;
struct virtio_device_id;
struct vdpa_device;

/**
 * struct vdpa_callback - what a device calls for a driver's interrupt
 * @callback: called in any context; NULL for none
 * @private: its argument
 * @trigger: an eventfd, or NULL. Signalling it, which may be done in any context, is
 *	the same as calling @callback, and spares the call. There is none without a
 *	@callback: a parent that does not know of it misses nothing.
 */
struct vdpa_callback {
	irqreturn_t (*callback)(void *private);
	void *private;
	struct eventfd_ctx *trigger;
};

/* Where a virtqueue's three areas are, in its group's address space */
struct vdpa_vq_address {
	u64 desc;
	u64 driver;
	u64 device;
};

/* Where a virtqueue goes on. Which half counts, VIRTIO_F_RING_PACKED says. */
struct vdpa_vq_state {
	struct {
		u16 avail_index;
	} split;
	struct {
		u16 avail_index;
		u16 used_index;
		bool avail_wrap;
		bool used_wrap;
	} packed;
};

/* A page that a process may map to notify a queue; size 0 for none */
struct vdpa_notification_area {
	resource_size_t addr;
	resource_size_t size;
};

/* One figure of a queue, for `vdpa dev vstats` */
struct vdpa_stat {
	const char *name;
	u64 value;
};

#define VDPA_STATS_MAX	16

/**
 * struct vdpa_map_file - what stands behind a mapping of virtual addresses
 * @file: the mapped file, or NULL for memory that no file backs
 * @offset: where in @file the mapping starts
 *
 * It is the opaque value of a mapping given to a device that uses virtual
 * addresses. The mapping's giver owns it.
 */
struct vdpa_map_file {
	struct file *file;
	u64 offset;
};

/**
 * struct vdpa_config_ops - what a parent implements
 *
 * Unless said otherwise an operation is mandatory. Who calls it when, and how long it
 * may take, is at the top of this file. Queue indices are below the device's number
 * of queues.
 */
struct vdpa_config_ops {
	/**
	 * @set_vq_address: say where a queue's areas are. The queue is not ready.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_address)(struct vdpa_device *vdev, u16 idx,
			      const struct vdpa_vq_address *address);

	/**
	 * @set_vq_num: say how many entries a queue has. The queue is not ready.
	 * Return: 0, or -EINVAL for a size that the device cannot have.
	 */
	int (*set_vq_num)(struct vdpa_device *vdev, u16 idx, u32 num);

	/**
	 * @set_vq_state: say where a queue that is not ready starts.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_state)(struct vdpa_device *vdev, u16 idx,
			    const struct vdpa_vq_state *state);

	/**
	 * @get_vq_state: ask where a queue is. Exact when the queue is not ready
	 * or the device is suspended.
	 * Return: 0 or a negative errno.
	 */
	int (*get_vq_state)(struct vdpa_device *vdev, u16 idx,
			    struct vdpa_vq_state *state);

	/**
	 * @set_vq_ready: start or stop a queue. When it returns from stopping,
	 * the device no longer touches the queue's memory.
	 *
	 * A device that cannot stop one queue alone refuses that with -EOPNOTSUPP
	 * while it runs (DRIVER_OK), and its user resets the device instead. Else
	 * stopping succeeds.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_ready)(struct vdpa_device *vdev, u16 idx, bool ready);

	/** @get_vq_ready: is the queue started? */
	bool (*get_vq_ready)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @set_vq_cb: say what to call for a queue's interrupt. At any time, also
	 * while the queue runs. Guarantee: when it returns, the callback before
	 * is not running and is not called again. @cb is copied.
	 */
	void (*set_vq_cb)(struct vdpa_device *vdev, u16 idx,
			  const struct vdpa_callback *cb);

	/**
	 * @kick_vq: there is work in a queue. In any context and at any time; does not
	 * sleep. It may be called from the wake-up of an eventfd, where
	 * eventfd_signal_allowed() is false: an eventfd that was signalled there
	 * would lose the kick, so a parent that signals one does it from irq_work
	 * then.
	 */
	void (*kick_vq)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @set_vq_kick: the queue's kicks come by this eventfd from now on, or, NULL,
	 * by @kick_vq only. The parent takes a reference of its own. A reset
	 * forgets it. Optional: the device's user then waits for the eventfd
	 * and calls @kick_vq.
	 * Return: 0, or -EOPNOTSUPP when the user shall do so for this queue.
	 */
	int (*set_vq_kick)(struct vdpa_device *vdev, u16 idx, struct file *eventfd);

	/** @kick_vq_with_data: the same with the queue and index in @data. Optional. */
	void (*kick_vq_with_data)(struct vdpa_device *vdev, u32 data);

	/**
	 * @get_vq_size: a queue's largest size, where queues differ; 0 for a queue that
	 * is not there. Optional.
	 */
	u16 (*get_vq_size)(struct vdpa_device *vdev, u16 idx);

	/** @get_vq_group: which group a queue's buffers are in. Optional: group 0. */
	u32 (*get_vq_group)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @get_vq_desc_group: which group a queue's three areas are in. Optional:
	 * that of its buffers.
	 */
	u32 (*get_vq_desc_group)(struct vdpa_device *vdev, u16 idx);

	/** @get_vq_notification: the page to notify a queue by. Optional. */
	struct vdpa_notification_area (*get_vq_notification)(struct vdpa_device *vdev,
							     u16 idx);

	/** @get_vq_irq: a queue's interrupt, or a negative errno. Optional. */
	int (*get_vq_irq)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @get_vq_stats: a queue's figures; at most @max of them. Optional.
	 * Return: how many, or a negative errno.
	 */
	int (*get_vq_stats)(struct vdpa_device *vdev, u16 idx, struct vdpa_stat *stats,
			    int max);

	/**
	 * @set_vq_affinity: where a queue's interrupts and work should go; @mask is
	 * copied, and NULL means anywhere. A wish, which holds over resets until the
	 * next one. Optional.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_affinity)(struct vdpa_device *vdev, u16 idx, const struct cpumask *mask);

	/**
	 * @get_vq_affinity: where they go, or NULL for anywhere; valid as long as the
	 * wish holds. Optional.
	 */
	const struct cpumask *(*get_vq_affinity)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @set_driver_features: what the driver accepts of those offered. Before
	 * FEATURES_OK. The bus keeps them, see vdpa_device::driver_features.
	 * Return: 0, or -EINVAL for a set the device cannot work with.
	 */
	int (*set_driver_features)(struct vdpa_device *vdev, u64 features);

	/** @get_status: the device status. Does not wait for anybody. */
	u8 (*get_status)(struct vdpa_device *vdev);

	/**
	 * @set_status: set it, never to 0. The device keeps FEATURES_OK clear
	 * when it does not agree with the features, and may refuse DRIVER_OK by
	 * not setting it.
	 */
	void (*set_status)(struct vdpa_device *vdev, u8 status);

	/**
	 * @reset: back to the start. Afterwards the status is 0, the device is not
	 * suspended, no queue is ready, the driver's features, the queues'
	 * addresses, sizes, states and kick eventfds are forgotten, no callback is
	 * called any more, and each group is in address space 0. What stays is what
	 * is mapped, see struct vdpa_map_ops, and the wishes of @set_vq_affinity.
	 * A broken device that resets is not broken any more.
	 * Return: 0 or a negative errno; the device is then not usable.
	 */
	int (*reset)(struct vdpa_device *vdev);

	/**
	 * @suspend: stop all queues and keep their state. Called only when the device's
	 * info.backend_features say that it can (VHOST_BACKEND_F_SUSPEND).
	 * Return: 0 or a negative errno.
	 */
	int (*suspend)(struct vdpa_device *vdev);

	/** @resume: the opposite, likewise (VHOST_BACKEND_F_RESUME) */
	int (*resume)(struct vdpa_device *vdev);

	/** @get_config: read from the configuration space. The range lies in it. */
	void (*get_config)(struct vdpa_device *vdev, unsigned int offset, void *buf,
			   unsigned int len);

	/** @set_config: write to it, likewise; what cannot be written is ignored */
	void (*set_config)(struct vdpa_device *vdev, unsigned int offset, const void *buf,
			   unsigned int len);

	/** @get_generation: changes with the configuration space. Optional. */
	u32 (*get_generation)(struct vdpa_device *vdev);

	/** @set_config_cb: as @set_vq_cb, for the configuration interrupt */
	void (*set_config_cb)(struct vdpa_device *vdev, const struct vdpa_callback *cb);

	/** @free: free what the parent allocated; the last call. Optional. */
	void (*free)(struct vdpa_device *vdev);
};

/**
 * struct vdpa_map_ops - the translation of a device that has its own
 *
 * A device without these operations sits behind the platform's IOMMU. One with
 * them offers either @set_map, and is told whole tables, or @map and @unmap. Nothing
 * is mapped in the beginning, and a device's reset changes no mapping. Addresses that
 * are mapped to are physical, or virtual ones of the process last bound when the device
 * uses those.
 */
struct vdpa_map_ops {
	/** @map: map a range that is not mapped. Return: 0 or a negative errno. */
	int (*map)(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size,
		   u64 addr, u32 perm, void *opaque);

	/**
	 * @unmap: unmap a range, or what is mapped of it. Never fails. When it
	 * returns, or with @map_sync when that has returned, the device does not
	 * access the memory behind it any more. Of a daemon this means that the
	 * kernel hands the memory out no more: what it has mapped already of a file
	 * that others share it keeps.
	 */
	void (*unmap)(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size);

	/**
	 * @map_sync: what was unmapped of this address space since the last call is
	 * not accessed any more when this returns. The user calls it once for many
	 * calls of @unmap, and keeps their memory until then; mappings that were
	 * only added need none. Optional: @unmap does it all.
	 * Return: 0 or a negative errno; the user then calls @reset_map.
	 */
	int (*map_sync)(struct vdpa_device *vdev, unsigned int asid);

	/**
	 * @set_map: the whole table of an address space; copied.
	 * Return: 0, or a negative errno; the table before stays in effect.
	 */
	int (*set_map)(struct vdpa_device *vdev, unsigned int asid, struct vhost_iotlb *iotlb);

	/** @reset_map: unmap all of an address space. Never fails. */
	void (*reset_map)(struct vdpa_device *vdev, unsigned int asid);

	/**
	 * @set_identity: take a kernel driver's addresses, or those of the mappings
	 * above again. They come from the device's @dma, or from the DMA API for the
	 * DMA device: then all memory is let through. True comes before the first
	 * address is made, false after the last one is gone and cannot fail. Optional:
	 * without it the device has no kernel user.
	 * Return: 0 or a negative errno; nothing has changed then.
	 */
	int (*set_identity)(struct vdpa_device *vdev, bool identity);

	/**
	 * @set_group_asid: put a group in an address space, also of queues that are
	 * ready already, but not while the device runs. Optional with one.
	 */
	int (*set_group_asid)(struct vdpa_device *vdev, unsigned int group, unsigned int asid);

	/**
	 * @bind_mm: addresses are virtual ones of this process. Optional, and only with
	 * use_va: a device that reaches memory by the mappings' files needs no process.
	 */
	int (*bind_mm)(struct vdpa_device *vdev, struct mm_struct *mm);

	/** @unbind_mm: forget it; it is not accessed any more. With @bind_mm. */
	void (*unbind_mm)(struct vdpa_device *vdev);
};

/**
 * struct vdpa_info - what is known about a device for its whole life
 * @device_id: virtio device id
 * @vendor_id: virtio vendor id
 * @features: virtio features that the device offers
 * @kernel_denied: those of @features that are for processes only. A kernel driver that
 *	uses VIRTIO_NET_F_CTRL_VQ or VIRTIO_F_RING_RESET waits for the device with RTNL
 *	held: one that may let it wait names them here.
 * @backend_features: VHOST_BACKEND_F_* of the device's own, such as
 *	VHOST_BACKEND_F_SUSPEND, VHOST_BACKEND_F_RESUME and
 *	VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK
 * @config_size: the configuration space's size in bytes
 * @nvqs: number of virtqueues, control queues included
 * @ngroups: number of queue groups
 * @nas: number of address spaces
 * @vq_num_max: largest size of a queue
 * @vq_num_min: smallest size of a queue
 * @vq_align: alignment of a queue's areas
 * @iova_first: first address that can be mapped
 * @iova_last: last address that can be mapped
 * @use_va: the device wants virtual addresses
 *
 * The parent sets it before it registers the device. It is data, not a call, so that
 * asking for it never waits for a device and needs no lock.
 */
struct vdpa_info {
	u32 device_id;
	u32 vendor_id;
	u64 features;
	u64 kernel_denied;
	u64 backend_features;
	u32 config_size;
	u32 nvqs;
	u32 ngroups;
	u32 nas;
	u16 vq_num_max;
	u16 vq_num_min;
	u32 vq_align;
	u64 iova_first;
	u64 iova_last;
	bool use_va;
};

/**
 * struct vdpa_device - a device on the bus, embedded in its parent's struct
 * @dev: the device; its memory lives as long as references to it
 * @config: the parent's operations
 * @map: the device's own translation, or NULL
 * @dma_dev: the device that the DMA API knows; the parent sets it before it registers
 * @dma: likewise, what maps a kernel driver's memory in place of the DMA API, with
 *	@dma_dev in its union virtio_map; or NULL
 * @mdev: the management device it was made by, or NULL; likewise
 * @info: likewise
 * @driver_features: what the driver accepted, 0 before and after a reset; written under
 *	@config_lock, else read by vdpa_driver_features()
 * @index: unique number
 * @config_lock: serialises what reads or changes the device's configuration; is
 *	held across calls into the parent and may be held long by a device that
 *	does not answer
 * @broken: the device does not answer, see vdpa_device_broken()
 * @broken_work: tells the driver
 * @bound_lock: protects @bound; is held while the driver's @broken runs
 * @bound: the driver that wants to hear of it
 * @override_lock: protects @driver_override
 * @driver_override: only this driver may bind, when set
 * @list: in the bus's list, under its lock
 * @ready: registered completely, not being removed; under the list's lock
 * @users: management requests that are looking at it; under the list's lock
 */
struct vdpa_device {
	struct device dev;
	const struct vdpa_config_ops *config;
	const struct vdpa_map_ops *map;
	struct device *dma_dev;
	const struct virtio_map_ops *dma;
	struct vdpa_mgmt_dev *mdev;
	struct vdpa_info info;
	u64 driver_features;
	int index;
	/* serialises the configuration, see above */
	struct mutex config_lock;
	bool broken;
	struct work_struct broken_work;
	/* protects the driver that is told */
	struct mutex bound_lock;
	struct vdpa_driver *bound;
	/* protects the string */
	spinlock_t override_lock;
	char *driver_override;
	struct list_head list;
	bool ready;
	int users;
};

static inline struct vdpa_device *dev_to_vdpa(struct device *dev)
{
	return container_of(dev, struct vdpa_device, dev);
}

/* what the driver accepted; 0 when that is not settled. No lock is needed. */
static inline u64 vdpa_driver_features(const struct vdpa_device *vdev)
{
	return READ_ONCE(vdev->driver_features);
}

/* the parent said that the device does not answer, and no reset succeeded since */
static inline bool vdpa_device_is_broken(const struct vdpa_device *vdev)
{
	return READ_ONCE(vdev->broken);
}

struct vdpa_device *vdpa_alloc_device(struct device *parent, const struct vdpa_config_ops *config,
				      const struct vdpa_map_ops *map, const char *name,
				      size_t size);
int vdpa_register_device(struct vdpa_device *vdev);
void vdpa_unregister_device(struct vdpa_device *vdev);
void vdpa_device_broken(struct vdpa_device *vdev);

/**
 * struct vdpa_driver - a user of devices on the bus
 * @driver: name and so on
 * @probe: the device is to be driven; 0 or a negative errno
 * @remove: it is not any more
 * @broken: the device does not answer any more, as its parent found out. In process
 *	context, once for each time, with no lock that the driver knows of held; not
 *	before @probe has succeeded nor once @remove has begun. Nothing that waits for
 *	the device may be done. Optional.
 */
struct vdpa_driver {
	struct device_driver driver;
	int (*probe)(struct vdpa_device *vdev);
	void (*remove)(struct vdpa_device *vdev);
	void (*broken)(struct vdpa_device *vdev);
};

int __vdpa_register_driver(struct vdpa_driver *drv, struct module *owner);
#define vdpa_register_driver(drv)	__vdpa_register_driver(drv, THIS_MODULE)
void vdpa_unregister_driver(struct vdpa_driver *drv);

/* Configuration, with the device's lock taken inside. Ranges are checked. */
int vdpa_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf, unsigned int len);
int vdpa_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
		    unsigned int len);
int vdpa_set_features(struct vdpa_device *vdev, u64 features);
int vdpa_set_status(struct vdpa_device *vdev, u8 status);
int vdpa_reset(struct vdpa_device *vdev);
int vdpa_suspend(struct vdpa_device *vdev);
int vdpa_resume(struct vdpa_device *vdev);

/* Which attributes of struct vdpa_dev_config a request gave */
enum vdpa_dev_config_given {
	VDPA_GIVEN_FEATURES	= 1 << 0,
	VDPA_GIVEN_MAC		= 1 << 1,
	VDPA_GIVEN_MTU		= 1 << 2,
	VDPA_GIVEN_MAX_VQP	= 1 << 3,
};

/**
 * struct vdpa_dev_config - what a device to be added, or changed, shall be like
 * @given: VDPA_GIVEN_* of the members that count
 * @features: offer exactly these features
 * @mac: a network device's address
 * @mtu: its MTU
 * @max_vq_pairs: its number of queue pairs, never 0
 */
struct vdpa_dev_config {
	unsigned int given;
	u64 features;
	u8 mac[ETH_ALEN];
	u16 mtu;
	u16 max_vq_pairs;
};

struct vdpa_mgmt_dev;

/**
 * struct vdpa_mgmtdev_ops - how a management device makes and removes devices
 *
 * Calls may come at once from several threads. No lock is held, so that one that
 * waits delays nobody.
 */
struct vdpa_mgmtdev_ops {
	/**
	 * @dev_add: make a device and register it, its mdev set.
	 * Return: 0 or a negative errno.
	 */
	int (*dev_add)(struct vdpa_mgmt_dev *mdev, const char *name,
		       const struct vdpa_dev_config *config);

	/**
	 * @dev_del: remove a device; called once for each. The parent first makes every
	 * wait for the device's answer end, and lets no new one begin: the calls
	 * that wait hold locks that vdpa_unregister_device() takes. Then it calls
	 * that.
	 */
	void (*dev_del)(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev);

	/**
	 * @dev_set: change a device, under its configuration lock. Optional.
	 * Return: 0 or a negative errno.
	 */
	int (*dev_set)(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev,
		       const struct vdpa_dev_config *config);
};

/**
 * struct vdpa_mgmt_dev - what `vdpa mgmtdev show` shows
 * @device: its name and bus
 * @ops: operations
 * @id_table: device types it can make, ended by id 0
 * @supported: VDPA_GIVEN_* that dev_add understands
 * @supported_features: virtio features it can offer
 * @max_supported_vqs: most queues a device of it can have
 * @list: in the list of all, under its lock
 * @index: unique number; under the list's lock
 * @users: calls into @ops that are under way; likewise
 */
struct vdpa_mgmt_dev {
	struct device *device;
	const struct vdpa_mgmtdev_ops *ops;
	const struct virtio_device_id *id_table;
	unsigned int supported;
	u64 supported_features;
	u32 max_supported_vqs;
	struct list_head list;
	int index;
	int users;
};

int vdpa_mgmtdev_register(struct vdpa_mgmt_dev *mdev);
void vdpa_mgmtdev_unregister(struct vdpa_mgmt_dev *mdev);

#endif /* _LINUX_VDPA_H */
