/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vp_vdpa: a modern virtio-pci function, PF or VF, as a vDPA device. The function
 * processes the virtqueues itself; its accesses to memory go through the platform's
 * IOMMU, so the device has no translation of its own.
 *
 * A function that is bound to the driver is a management device with room for one
 * device. Adding it resets the function and requests an interrupt for each queue, so a
 * shortage of vectors or memory fails there, not when a driver starts.
 *
 * Queues are set up in memory, and written to the function's registers when the device
 * starts (DRIVER_OK): a queue that is enabled there can only be disabled by a reset of
 * that queue, which few functions support.
 *
 * A function that does not complete its reset in time, is gone or has lost its state is
 * dead: bus mastering is disabled, and until a reset succeeds the status has NEEDS_RESET
 * and no register but the status is written.
 *
 * If the owner (PF) of a VF has device parts, the device can be suspended, and its queues
 * can start at any index: see struct vpv_place_ops. A function with VIRTIO_F_SUSPEND can be
 * suspended only.
 *
 * Another driver whose functions have more than virtio-pci's registers is ifcvf; it uses
 * what is exported here.
 *
 * Calls between the files go down: vp_vdpa_main.c, vp_vdpa_func.c, vp_vdpa_device.c,
 * vp_vdpa_config.c, vp_vdpa_queue.c, vp_vdpa_place.c, vp_vdpa_net.c, vp_vdpa_owner.c,
 * vp_vdpa_suspend.c, vp_vdpa_own_part.c, vp_vdpa_ring.c, vp_vdpa_irq.c, vp_vdpa_reset.c,
 * vp_vdpa_regs.c.
 *
 * Locks, outermost first
 *
 *	vdpa_device::config_lock
 *	vpv_func::device_lock	which device the function has; held while it is told of
 *				errors, not while it is added or deleted
 *	vpv_device::steps	starts, suspends, resumes and resets, one at a time; held
 *				while the function and its owner are waited for, and taken
 *				by nothing else
 *	vpv_device::lock	registers behind a selector, state of the queues. Not held
 *				while the function is waited for, but for single steps
 *	vpv_callback::lock	spinlock, held while a callback runs
 */
#ifndef VP_VDPA_H
#define VP_VDPA_H

#include <linux/cpumask.h>
#include <linux/mod_devicetable.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/vdpa.h>
#include <uapi/linux/virtio_config.h>

#include "../../virtio/virtio_pci_regs.h"
#include "../../virtio/virtio_pci_vectors.h"
#include "vp_vdpa_features.h"
#include "vp_vdpa_own_part.h"

struct virtio_pci_admin_calls;
struct vpv_device;

/**
 * struct vpv_place_ops - how a function is suspended, and a queue starts at any index
 * @get: can it be done for this function? Called when the device is added
 * @put: undo @get; nothing runs any more
 * @moves: a queue can start at any index
 * @suspend: stop the function, which runs: it has completed all that it had taken from its
 *	rings, and does nothing until @resume, a reset or @begin. Its queues are not notified
 *	meanwhile
 * @resume: resume it; its queues are notified afterwards
 * @begin: queues are going to be enabled, with @moved some of them not at their first entry
 * @place: a queue is going to be enabled: prepare it to start at its vpv_queue::place, or
 *	refuse that. After @begin
 * @commit: they are enabled; without it, they do not run yet. After @begin with @moved, which
 *	is true only with @moves
 * @where: the place of a suspended function's queue
 *
 * All but @place and @where wait, under vpv_device::steps; those two are called under
 * vpv_device::lock as well. Each returns 0 or a negative errno.
 */
struct vpv_place_ops {
	int (*get)(struct vpv_device *vp);
	void (*put)(struct vpv_device *vp);
	bool moves;
	int (*suspend)(struct vpv_device *vp);
	int (*resume)(struct vpv_device *vp);
	int (*begin)(struct vpv_device *vp, bool moved);
	int (*place)(struct vpv_device *vp, u16 idx, bool moved);
	int (*commit)(struct vpv_device *vp);
	int (*where)(struct vpv_device *vp, u16 idx, struct vpv_place *place);
};

/**
 * struct vpv_kind - what is particular to a PCI driver's functions
 * @places: how they can be suspended, the best way first; ends with NULL
 * @on_demand: features that are offered only if they are asked for
 * @vq_num_min: minimum size of a queue, in entries
 */
struct vpv_kind {
	const struct vpv_place_ops *const *places;
	u64 on_demand;
	u16 vq_num_min;
};

/* From the PCI driver's probe to its remove */
struct vpv_func {
	struct pci_dev *pdev;
	struct vp_regs regs;
	u64 features;			/* of the function, also those that are not offered */
	struct vpv_offer offer;
	const struct vpv_kind *kind;
	struct vdpa_mgmt_dev mdev;
	struct virtio_device_id ids[2];
	unsigned long taken;		/* bit 0: it has a device, or one is being added */
	/* protects device */
	struct mutex device_lock;
	struct vpv_device *device;	/* registered */
};

struct vpv_callback {
	/* held while the callback runs: whoever takes it to change cb waits for that */
	spinlock_t lock;
	struct vdpa_callback cb;
	u64 interrupts;
};

#define VPV_IRQ_NAME_LEN	48

struct vpv_irq {
	int line;			/* Linux IRQ number */
	void *data;
	char name[VPV_IRQ_NAME_LEN];
};

struct vpv_queue {
	/* as the accepted features make them; constant while it is enabled */
	u16 index;			/* in the function */
	u16 num_max;			/* 0: there is no such queue */
	void __iomem *doorbell;
	resource_size_t page;		/* that has the doorbell alone, or 0 */

	/* constant */
	u16 vector;
	int irq;			/* in vpv_device::irqs, its own; or -1 */

	struct vpv_callback callback;

	/* the class "affinity" of operations */
	cpumask_var_t affinity;
	bool has_affinity;

	/* under vpv_device::lock */
	u16 num;
	struct vdpa_vq_address address;
	struct vpv_place place;		/* where it starts */
	struct vpv_place stopped_at;	/* of a packed ring, by the owner */
	bool ready;
	bool enabled;			/* in the function's registers */

	/* see vpv_kick_vq() */
	bool live;
	bool kicked;
	u64 kicks;			/* no lock: increments may be lost */
};

struct vpv_device {
	struct vdpa_device vdev;
	struct vpv_func *func;		/* valid until the device is unregistered */

	struct vp_vectors_plan plan;
	struct vpv_irq *irqs;
	unsigned int n_irqs;

	struct vpv_queue *queues;
	struct vpv_callback config_callback;
	u64 features;			/* accepted; written in the class "configuration" */
	u16 pairs, func_pairs;		/* constant; 0: it has all pairs of the function */

	bool leaving;			/* the device is being deleted: waits are short */
	bool dead;			/* see above */

	/* see above */
	struct mutex steps;
	const struct vpv_place_ops *places;	/* constant; NULL: it has none */
	u64 extra_features;		/* constant; accepted beside the driver's */
	/* of vp_vdpa_owner.c */
	const struct virtio_pci_admin_calls *admin;	/* constant; of the owner's driver */
	bool admin_is_vpo;		/* constant; that is virtio_pci_owner */
	bool stopped;			/* by the owner, or that is not known */
	bool packed_places;		/* constant; the owner knows those too */
	/* of ifcvf */
	void __iomem *lm;		/* constant */

	/* see above */
	struct mutex lock;
	u8 status;			/* last one that the driver has set */
	bool suspended;
	bool status_suspended;		/* by the function's status */
};

static inline struct vpv_device *vdev_to_vpv(struct vdpa_device *vdev)
{
	return container_of(vdev, struct vpv_device, vdev);
}

static inline bool vpv_has(const struct vpv_device *vp, unsigned int feature)
{
	return vp->features & BIT_ULL(feature);
}

/* Changes are for queues that are not ready; vhost_vdpa and virtio_vdpa see to that as well */
static inline int vpv_queue_change(const struct vpv_device *vp, u16 idx)
{
	const struct vpv_queue *queue = &vp->queues[idx];

	lockdep_assert_held(&vp->lock);
	if (!queue->num_max)
		return -ENOENT;
	return queue->ready ? -EBUSY : 0;
}

/* vp_vdpa_func.c: the functions of a PCI driver */
int vpv_func_bind(struct pci_dev *pdev, const struct vpv_kind *kind);
void vpv_func_unbind(struct pci_dev *pdev);
extern const struct pci_error_handlers vpv_error_handlers;
extern const struct dev_pm_ops vpv_pm_ops;

/* vp_vdpa_device.c: the function's one device is added and deleted */
extern const struct vdpa_mgmtdev_ops vpv_mgmt_ops;

/* vp_vdpa_config.c: operations of the device as a whole; the table of all */
extern const struct vdpa_config_ops vpv_config_ops;

/* vp_vdpa_queue.c */
int vpv_queues_create(struct vpv_device *vp);
void vpv_queues_destroy(struct vpv_device *vp);
int vpv_queues_find(struct vpv_device *vp);
void vpv_queues_forget(struct vpv_device *vp);
bool vpv_queues_moved(struct vpv_device *vp);
int vpv_queues_start(struct vpv_device *vp, bool moved);
int vpv_queue_enable(struct vpv_device *vp, u16 idx);
void vpv_queues_live(struct vpv_device *vp);
void vpv_queues_pause(struct vpv_device *vp);
int vpv_set_vq_address(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_address *address);
int vpv_set_vq_num(struct vdpa_device *vdev, u16 idx, u32 num);
int vpv_set_vq_ready(struct vdpa_device *vdev, u16 idx, bool ready);
bool vpv_get_vq_ready(struct vdpa_device *vdev, u16 idx);
void vpv_kick_vq(struct vdpa_device *vdev, u16 idx);
u16 vpv_get_vq_size(struct vdpa_device *vdev, u16 idx);
struct vdpa_notification_area vpv_get_vq_notification(struct vdpa_device *vdev, u16 idx);
int vpv_get_vq_stats(struct vdpa_device *vdev, u16 idx, struct vdpa_stat *stats, int max);

/* vp_vdpa_place.c: where a queue starts, and is */
bool vpv_queue_moved(const struct vpv_device *vp, u16 idx);
void vpv_queue_place(struct vpv_device *vp, u16 idx);
int vpv_set_vq_state(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_state *state);
int vpv_get_vq_state(struct vdpa_device *vdev, u16 idx, struct vdpa_vq_state *state);

/* vp_vdpa_net.c: what can be asked of a NIC */
int vpv_net_ask(struct vpv_device *vp, const struct vdpa_dev_config *config);
u32 vpv_net_queues(const struct vpv_device *vp);
u16 vpv_net_index(const struct vpv_device *vp, u16 idx);
void vpv_net_config(const struct vpv_device *vp, unsigned int offset, u8 *buf, unsigned int len);

/* vp_vdpa_owner.c: by commands of the VF's owner */
extern const struct vpv_place_ops vpv_owner_places;

/* vp_vdpa_suspend.c: by the function's own status */
extern const struct vpv_place_ops vpv_status_places;
/* What is written to the register for a driver's status, and what the driver reads */
u8 vpv_suspend_write(const struct vpv_device *vp, u8 status);
u8 vpv_suspend_read(const struct vpv_device *vp, u8 status);

/* vp_vdpa_ring.c: a ring in the memory that the function accesses */
int vpv_ring_used(struct vpv_device *vp, u16 idx, u16 *used);
int vpv_ring_where(struct vpv_device *vp, u16 idx, struct vpv_place *place);

/* vp_vdpa_irq.c: vectors, and the callbacks that they call */
int vpv_irqs_request(struct vpv_device *vp);
void vpv_irqs_free(struct vpv_device *vp);
void vpv_callback_init(struct vpv_callback *callback);
void vpv_callback_set(struct vpv_callback *callback, const struct vdpa_callback *cb);
int vpv_get_vq_irq(struct vdpa_device *vdev, u16 idx);
int vpv_set_vq_affinity(struct vdpa_device *vdev, u16 idx, const struct cpumask *mask);
const struct cpumask *vpv_get_vq_affinity(struct vdpa_device *vdev, u16 idx);

/* vp_vdpa_reset.c: a function that does not answer */
unsigned int vpv_timeout_ms(struct vpv_device *vp);
int vpv_reset_function(struct vpv_device *vp);
bool vpv_gone(struct vpv_device *vp);
void vpv_lost(struct vpv_device *vp);

#endif /* VP_VDPA_H */
