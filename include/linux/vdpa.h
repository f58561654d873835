/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vDPA bus: virtio devices whose data path is implemented by hardware, a simulator or
 * a daemon, and whose control path goes through a parent driver.
 *
 * Terms: the parent creates the device and implements its operations. The user drives
 * it: virtio_vdpa (for a kernel virtio driver) or vhost_vdpa (for a process). A queue
 * group is a set of virtqueues that share an address space.
 *
 * Which operations may run at the same time? Each belongs to one of four classes:
 *
 *	class		serialized by		operations
 *	any		nothing			kick_vq, kick_vq_with_data, get_status,
 *						get_generation
 *	configuration	vdpa_device::		set_driver_features, set_status, reset,
 *			config_lock		suspend, resume, get_config, set_config,
 *						get_vq_stats
 *	user		the device's user,	set_vq_address, set_vq_num, set_vq_state,
 *			one at a time		get_vq_state, set_vq_ready, get_vq_ready,
 *						set_vq_cb, set_vq_kick, set_config_cb,
 *						get_vq_size, get_vq_group,
 *						get_vq_desc_group, get_vq_notification,
 *						get_vq_irq,
 *						all of struct vdpa_map_ops
 *	affinity	the device's user,	set_vq_affinity, get_vq_affinity
 *			one at a time
 *
 * Operations of different classes can run at the same time; a parent that cannot allow
 * that needs a lock of its own. All but the class "any" are called in process context
 * and may sleep. The class "affinity" must not wait for a device or a daemon: the caller
 * may hold RTNL or the CPU hotplug lock, and would block the whole host. What never
 * changes is data, struct vdpa_info, not an operation.
 *
 * How long may an operation take? One that waits for hardware or a daemon has a single
 * deadline: a reset that sends three messages does not have three timeouts. When the
 * deadline has passed, the parent calls vdpa_device_broken(), and operations fail
 * immediately until a reset succeeds. Removal of the device ends waits early, see
 * struct vdpa_mgmtdev_ops.
 *
 * This header replaces the kernel's own: the kernel's vDPA modules and these are never
 * loaded together.
 */
#ifndef _LINUX_VDPA_H
#define _LINUX_VDPA_H

/*
 * The exports have other names than the kernel's own, so that a module built for one
 * vdpa.ko cannot be loaded with the other one, whose structures differ. Not every kernel
 * has CONFIG_MODVERSIONS, which would prevent it too.
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
#define vdpa_table_add			vvp_vdpa_table_add
#define vdpa_mgmtdev_register		vvp_vdpa_mgmtdev_register
#define vdpa_mgmtdev_unregister		vvp_vdpa_mgmtdev_unregister

#include <linux/device.h>
#include <linux/if_ether.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/semaphore.h>
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
 * struct vdpa_callback - a driver's interrupt handler
 * @callback: called in any context; NULL for none
 * @private: its argument
 * @trigger: an eventfd, or NULL. Signalling it, possible in any context, is equivalent
 *	to calling @callback. It is never set without a @callback, so a parent may
 *	ignore it.
 */
struct vdpa_callback {
	irqreturn_t (*callback)(void *private);
	void *private;
	struct eventfd_ctx *trigger;
};

/* Addresses of a virtqueue's three areas, in its group's address space */
struct vdpa_vq_address {
	u64 desc;
	u64 driver;
	u64 device;
};

/* Where a virtqueue continues. VIRTIO_F_RING_PACKED selects the member. */
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

/* A page that a process can map to notify a queue; size 0 for none */
struct vdpa_notification_area {
	resource_size_t addr;
	resource_size_t size;
};

/* A statistic of a queue, for `vdpa dev vstats` */
struct vdpa_stat {
	const char *name;
	u64 value;
};

#define VDPA_STATS_MAX	16

/**
 * struct vdpa_map_file - the file behind a mapping of virtual addresses
 * @file: the mapped file, or NULL for memory without one
 * @offset: where in @file the mapping starts, in bytes
 *
 * The opaque value of a mapping for a device that uses virtual addresses. It belongs to
 * the caller that maps, which keeps it until the mapping is removed.
 */
struct vdpa_map_file {
	struct file *file;
	u64 offset;
};

/**
 * struct vdpa_config_ops - operations implemented by a parent
 *
 * Unless stated otherwise an operation is mandatory. The top of this file says who calls
 * it and how long it may take. Queue indices are less than the device's number of
 * queues.
 */
struct vdpa_config_ops {
	/**
	 * @set_vq_address: set the addresses of a queue's areas. The queue is not ready.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_address)(struct vdpa_device *vdev, u16 idx,
			      const struct vdpa_vq_address *address);

	/**
	 * @set_vq_num: set a queue's size in entries. The queue is not ready.
	 * Return: 0, or -EINVAL for a size that the device does not support.
	 */
	int (*set_vq_num)(struct vdpa_device *vdev, u16 idx, u32 num);

	/**
	 * @set_vq_state: set where a queue that is not ready starts.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_state)(struct vdpa_device *vdev, u16 idx,
			    const struct vdpa_vq_state *state);

	/**
	 * @get_vq_state: get where a queue is. Exact only if the queue is not ready or
	 * the device is suspended.
	 * Return: 0 or a negative errno.
	 */
	int (*get_vq_state)(struct vdpa_device *vdev, u16 idx,
			    struct vdpa_vq_state *state);

	/**
	 * @set_vq_ready: start or stop a queue. When stopping returns, the device does
	 * not access the queue's memory any more.
	 *
	 * A device that cannot stop a single queue returns -EOPNOTSUPP while it runs
	 * (DRIVER_OK), and the user resets the device instead. Otherwise stopping
	 * always succeeds.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_ready)(struct vdpa_device *vdev, u16 idx, bool ready);

	/** @get_vq_ready: is the queue started? */
	bool (*get_vq_ready)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @set_vq_cb: set the callback for a queue's interrupt. Called at any time, also
	 * while the queue runs. Guarantee: when it returns, the previous callback is
	 * not running and is not called again. @cb is copied.
	 */
	void (*set_vq_cb)(struct vdpa_device *vdev, u16 idx,
			  const struct vdpa_callback *cb);

	/**
	 * @kick_vq: notify the device of new buffers. Called in any context and at any
	 * time; must not sleep. It may be called from an eventfd's wake-up, where
	 * eventfd_signal_allowed() is false and signalling another eventfd would lose
	 * the kick: a parent that does so has to use irq_work then.
	 */
	void (*kick_vq)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @set_vq_kick: let signals of this eventfd kick the queue, or NULL: only
	 * @kick_vq does. The parent takes its own reference. A reset clears it.
	 * Optional: without it the user polls the eventfd and calls @kick_vq.
	 * Return: 0, or -EOPNOTSUPP if the user shall do that for this queue.
	 */
	int (*set_vq_kick)(struct vdpa_device *vdev, u16 idx, struct file *eventfd);

	/**
	 * @kick_vq_with_data: as @kick_vq with VIRTIO_F_NOTIFICATION_DATA: @data has the
	 * queue's index and where the new buffers end. Optional. virtio_vdpa offers the
	 * feature to drivers of a device with it. No parent here has it yet: it is for
	 * hardware that demands the feature.
	 */
	void (*kick_vq_with_data)(struct vdpa_device *vdev, u32 data);

	/**
	 * @get_vq_size: a queue's maximum size, if queues differ; 0 for a queue that does
	 * not exist. Optional.
	 */
	u16 (*get_vq_size)(struct vdpa_device *vdev, u16 idx);

	/** @get_vq_group: the group of a queue's buffers. Optional: group 0. */
	u32 (*get_vq_group)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @get_vq_desc_group: the group of a queue's three areas. Optional: that of its
	 * buffers. Behind VHOST_VDPA_GET_VRING_DESC_GROUP, with which a VMM puts its own
	 * rings in an address space without the guest's memory. No parent here has it yet.
	 */
	u32 (*get_vq_desc_group)(struct vdpa_device *vdev, u16 idx);

	/** @get_vq_notification: the doorbell page of a queue. Optional. */
	struct vdpa_notification_area (*get_vq_notification)(struct vdpa_device *vdev,
							     u16 idx);

	/**
	 * @get_vq_irq: the Linux interrupt of a queue that shares it with nobody. It stays
	 * until the device is unregistered. Optional.
	 * Return: it, or a negative errno if there is none.
	 */
	int (*get_vq_irq)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @get_vq_stats: fill in at most @max statistics of a queue. Optional.
	 * Return: their number, or a negative errno.
	 */
	int (*get_vq_stats)(struct vdpa_device *vdev, u16 idx, struct vdpa_stat *stats,
			    int max);

	/**
	 * @set_vq_affinity: a hint which CPUs should run a queue's interrupts and work;
	 * @mask is copied, NULL means any CPU. It persists across resets. Optional.
	 * Return: 0 or a negative errno.
	 */
	int (*set_vq_affinity)(struct vdpa_device *vdev, u16 idx, const struct cpumask *mask);

	/**
	 * @get_vq_affinity: the mask, or NULL for any CPU; valid until it is set again.
	 * Optional.
	 */
	const struct cpumask *(*get_vq_affinity)(struct vdpa_device *vdev, u16 idx);

	/**
	 * @set_driver_features: the offered features that the driver accepts, before
	 * FEATURES_OK. The bus stores them in vdpa_device::driver_features.
	 * Return: 0, or -EINVAL for a set that the device does not support.
	 */
	int (*set_driver_features)(struct vdpa_device *vdev, u64 features);

	/** @get_status: the device status. Must not wait. */
	u8 (*get_status)(struct vdpa_device *vdev);

	/**
	 * @set_status: set the status, never to 0. The device leaves FEATURES_OK clear if
	 * it does not accept the features, and may refuse DRIVER_OK by not setting it.
	 */
	void (*set_status)(struct vdpa_device *vdev, u8 status);

	/**
	 * @reset: reset the device. Afterwards the status is 0, the device is not
	 * suspended, no queue is ready, the driver's features and the queues'
	 * addresses, sizes, states and kick eventfds are cleared, no callback is called
	 * any more, and every group is in address space 0. Mappings (struct
	 * vdpa_map_ops) and affinity (@set_vq_affinity) are kept. A broken device whose
	 * reset succeeds is not broken any more.
	 * Return: 0, or a negative errno and the device is not usable.
	 */
	int (*reset)(struct vdpa_device *vdev);

	/**
	 * @suspend: stop all queues and keep their state. Called only if the device's
	 * info.backend_features have VHOST_BACKEND_F_SUSPEND.
	 * Return: 0 or a negative errno.
	 */
	int (*suspend)(struct vdpa_device *vdev);

	/** @resume: undo @suspend; needs VHOST_BACKEND_F_RESUME likewise */
	int (*resume)(struct vdpa_device *vdev);

	/** @get_config: read from the configuration space. The range is valid. */
	void (*get_config)(struct vdpa_device *vdev, unsigned int offset, void *buf,
			   unsigned int len);

	/** @set_config: write to it, likewise; writes to read-only fields are ignored */
	void (*set_config)(struct vdpa_device *vdev, unsigned int offset, const void *buf,
			   unsigned int len);

	/** @get_generation: changes with the configuration space. Optional. */
	u32 (*get_generation)(struct vdpa_device *vdev);

	/** @set_config_cb: as @set_vq_cb, for the configuration interrupt */
	void (*set_config_cb)(struct vdpa_device *vdev, const struct vdpa_callback *cb);

	/** @free: free what the parent allocated; called last. Optional. */
	void (*free)(struct vdpa_device *vdev);
};

/**
 * struct vdpa_map_ops - operations of a device with an address translation of its own
 *
 * A device without these operations is behind the platform's IOMMU. A device with them
 * has either @set_map, which takes whole tables, or @map and @unmap. Initially nothing is
 * mapped, and a reset does not change mappings. IOVAs are mapped to physical addresses
 * or, with use_va, to virtual addresses of the process that was bound last.
 */
struct vdpa_map_ops {
	/** @map: map a range that is not mapped. Return: 0 or a negative errno. */
	int (*map)(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size,
		   u64 addr, u32 perm, void *opaque);

	/**
	 * @unmap: unmap whatever is mapped in a range. Never fails. When it returns or,
	 * with @map_sync, when that has returned, the device does not access the memory
	 * any more. For a daemon it means that the kernel does not give it the memory
	 * again; it keeps what it has already mapped of a shared file.
	 */
	void (*unmap)(struct vdpa_device *vdev, unsigned int asid, u64 iova, u64 size);

	/**
	 * @map_sync: when it returns, what was unmapped in this address space since the
	 * last call is not accessed any more. The user calls it once for many calls of
	 * @unmap and keeps the memory until then; new mappings do not need it.
	 * Optional: without it @unmap is synchronous.
	 * Return: 0, or a negative errno and the user calls @reset_map.
	 */
	int (*map_sync)(struct vdpa_device *vdev, unsigned int asid);

	/**
	 * @set_map: set the whole table of an address space; @iotlb is copied.
	 * Return: 0, or a negative errno and the previous table stays in effect.
	 */
	int (*set_map)(struct vdpa_device *vdev, unsigned int asid, struct vhost_iotlb *iotlb);

	/** @reset_map: unmap all of an address space. Never fails. */
	void (*reset_map)(struct vdpa_device *vdev, unsigned int asid);

	/**
	 * @set_identity: use the addresses of a kernel driver (true), or the mappings above
	 * again (false). A kernel driver's addresses come from vdpa_device::dma, or from
	 * the DMA API for the DMA device; then all memory is accessible. Called with true
	 * before the first address is used, and with false, which cannot fail, after the
	 * last one is unmapped. Optional: without it the device has no kernel users.
	 * Return: 0, or a negative errno and nothing has changed.
	 */
	int (*set_identity)(struct vdpa_device *vdev, bool identity);

	/**
	 * @set_group_asid: attach a group to an address space. Its queues may be ready, but
	 * the device does not run. Optional if there is only one address space.
	 */
	int (*set_group_asid)(struct vdpa_device *vdev, unsigned int group, unsigned int asid);

	/**
	 * @bind_mm: addresses are virtual addresses of this process. Only with use_va, and
	 * optional: a device that accesses memory through the mappings' files does not
	 * need it.
	 */
	int (*bind_mm)(struct vdpa_device *vdev, struct mm_struct *mm);

	/** @unbind_mm: undo @bind_mm: the process's memory is not accessed any more */
	void (*unbind_mm)(struct vdpa_device *vdev);
};

/**
 * struct vdpa_info - constant properties of a device
 * @device_id: virtio device id
 * @vendor_id: virtio vendor id
 * @features: virtio features that the device offers
 * @kernel_denied: those of @features that are not offered to kernel drivers. With
 *	VIRTIO_NET_F_CTRL_VQ and VIRTIO_F_RING_RESET these wait for the device with RTNL
 *	held, so a device that may not answer has to set them here.
 * @backend_features: VHOST_BACKEND_F_* of the device's own, such as
 *	VHOST_BACKEND_F_SUSPEND, VHOST_BACKEND_F_RESUME and
 *	VHOST_BACKEND_F_ENABLE_AFTER_DRIVER_OK
 * @config_size: size of the configuration space, in bytes
 * @nvqs: number of virtqueues, including control queues
 * @ngroups: number of queue groups
 * @nas: number of address spaces
 * @vq_num_max: maximum size of a queue, in entries
 * @vq_num_min: minimum size of a queue, in entries
 * @vq_align: alignment of a queue's areas, in bytes
 * @iova_first: first address that can be mapped
 * @iova_last: last address that can be mapped
 * @use_va: IOVAs are mapped to virtual addresses of a process
 *
 * The parent sets it before it registers the device. It is data instead of operations,
 * so that reading it never waits for a device and needs no lock.
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
 * struct vdpa_device - a device on the bus, embedded in its parent's structure
 * @dev: the device; freed with its last reference
 * @config: the parent's operations
 * @map: operations of the device's own address translation, or NULL
 * @dma_dev: device for the DMA API; set by the parent before registration
 * @dma: replaces the DMA API for a kernel driver's memory, with @dma_dev in its union
 *	virtio_map; or NULL. Set by the parent before registration
 * @mdev: the management device that created it, or NULL; set likewise
 * @info: constant properties; set likewise
 * @driver_features: what the driver accepted, 0 before and after a reset; written under
 *	@config_lock, read with vdpa_driver_features()
 * @index: unique number
 * @config_lock: serializes accesses to the device's configuration; held across calls
 *	into the parent, which may take long if the device does not answer
 * @broken: the device does not answer, see vdpa_device_broken()
 * @broken_work: calls the driver's @broken
 * @bound_lock: protects @bound; held while the driver's @broken runs
 * @bound: the bound driver, or NULL
 * @override_lock: protects @driver_override
 * @driver_override: if set, only this driver may bind
 * @list: in the bus's list, under its lock
 * @ready: registered completely, not being removed; under the list's lock
 * @users: management requests that use it; under the list's lock
 * @query_slot: one query of its configuration at a time
 * @query_since: when that began, in jiffies, or 0
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
	/* serializes accesses to the configuration, see above */
	struct mutex config_lock;
	bool broken;
	struct work_struct broken_work;
	/* protects bound */
	struct mutex bound_lock;
	struct vdpa_driver *bound;
	/* protects driver_override */
	spinlock_t override_lock;
	char *driver_override;
	struct list_head list;
	bool ready;
	int users;
	struct semaphore query_slot;
	unsigned long query_since;
};

static inline struct vdpa_device *dev_to_vdpa(struct device *dev)
{
	return container_of(dev, struct vdpa_device, dev);
}

/* Features that the driver accepted; 0 before it has. Needs no lock. */
static inline u64 vdpa_driver_features(const struct vdpa_device *vdev)
{
	return READ_ONCE(vdev->driver_features);
}

/* vdpa_device_broken() was called, and no reset has succeeded since */
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
void vdpa_table_add(struct vhost_iotlb *table, struct vhost_iotlb_map *entry);

/**
 * struct vdpa_driver - a driver of devices on the bus
 * @driver: the generic driver
 * @probe: start to drive the device. Return: 0 or a negative errno
 * @stop: called before @remove. It may wait for the device: @broken is still called
 *	meanwhile, and should end such a wait. Optional.
 * @remove: stop
 * @broken: vdpa_device_broken() was called. In process context, once for each call,
 *	without a lock that the driver could know; not before @probe has succeeded and
 *	not after @remove has started. It must not wait for the device. Optional.
 */
struct vdpa_driver {
	struct device_driver driver;
	int (*probe)(struct vdpa_device *vdev);
	void (*stop)(struct vdpa_device *vdev);
	void (*remove)(struct vdpa_device *vdev);
	void (*broken)(struct vdpa_device *vdev);
};

int __vdpa_register_driver(struct vdpa_driver *drv, struct module *owner);
#define vdpa_register_driver(drv)	__vdpa_register_driver(drv, THIS_MODULE)
void vdpa_unregister_driver(struct vdpa_driver *drv);

/* These take config_lock and check ranges */
int vdpa_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf, unsigned int len);
int vdpa_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
		    unsigned int len);
int vdpa_set_features(struct vdpa_device *vdev, u64 features);
int vdpa_set_status(struct vdpa_device *vdev, u8 status);
int vdpa_reset(struct vdpa_device *vdev);
int vdpa_suspend(struct vdpa_device *vdev);
int vdpa_resume(struct vdpa_device *vdev);

/* Which members of struct vdpa_dev_config a request has set */
enum vdpa_dev_config_given {
	VDPA_GIVEN_FEATURES	= 1 << 0,
	VDPA_GIVEN_MAC		= 1 << 1,
	VDPA_GIVEN_MTU		= 1 << 2,
	VDPA_GIVEN_MAX_VQP	= 1 << 3,
};

/**
 * struct vdpa_dev_config - requested properties of a device to be added or changed
 * @given: VDPA_GIVEN_* of the members that are set
 * @features: offer exactly these features
 * @mac: MAC address of a network device
 * @mtu: MTU of a network device, in bytes
 * @max_vq_pairs: number of queue pairs of a network device, never 0
 * @refused: where dev_add can set VDPA_GIVEN_* of a member whose value it refuses, so that
 *	the reply names it; never NULL then
 */
struct vdpa_dev_config {
	unsigned int given;
	u64 features;
	u8 mac[ETH_ALEN];
	u16 mtu;
	u16 max_vq_pairs;
	unsigned int *refused;
};

struct vdpa_mgmt_dev;

/**
 * struct vdpa_mgmtdev_ops - how a management device adds and removes devices
 *
 * Called concurrently from several threads, without a lock, so that a call that waits
 * does not delay others.
 */
struct vdpa_mgmtdev_ops {
	/**
	 * @dev_add: create a device, set its mdev and register it.
	 * Return: 0 or a negative errno.
	 */
	int (*dev_add)(struct vdpa_mgmt_dev *mdev, const char *name,
		       const struct vdpa_dev_config *config);

	/**
	 * @dev_del: remove a device; called once for each. The parent first ends all waits
	 * for the device and prevents new ones, because callers that wait hold locks that
	 * vdpa_unregister_device() takes. Then it calls vdpa_unregister_device().
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
 * struct vdpa_mgmt_dev - a management device, as listed by `vdpa mgmtdev show`
 * @device: gives it its name and bus
 * @ops: operations
 * @id_table: device types that it can create, terminated by id 0
 * @supported: VDPA_GIVEN_* that dev_add supports
 * @supported_features: virtio features that its devices can offer
 * @max_supported_vqs: maximum number of queues of its devices
 * @list: in the list of all, under its lock
 * @index: unique number; under the list's lock
 * @users: calls into @ops in progress; under the list's lock
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
