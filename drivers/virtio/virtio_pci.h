/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtio device on PCI, as shared by the files of virtio_pci.ko (built as
 * virtio_pci_owner.ko for a kernel with a built-in one: Documentation/kernels.rst).
 *
 * Two kinds of device
 *
 * A modern device has its registers where its capabilities say, a legacy one in I/O
 * BAR0; a transitional device has both and is driven as modern, unless the parameter
 * force_legacy is set. The differences are in a table, struct vp_kind: registers, and
 * nothing else. All kinds share one virtio_config_ops.
 *
 * Calls between the files go down, see Documentation/virtio-pci.rst. Registers are
 * accessed through struct vp_kind.
 *
 * Life of a device
 *
 *	PCI probe	kind detected, registers mapped, admin object created, virtio
 *			device registered
 *	  find_vqs	vectors, queues, interrupt handlers, admin queue
 *	    DRIVER_OK	admin commands are accepted
 *	  reset		no DMA, interrupt or admin command when it returns
 *	  del_vqs
 *	PCI remove	VFs disabled, virtio device unregistered, admin object destroyed,
 *			registers unmapped; memory is freed with the last reference
 *
 * For suspend, function resets, PCI errors and devices that do not answer see
 * virtio_pci_state.h.
 *
 * Locks, outermost first
 *
 *	device lock of the PCI device	probe, remove, suspend, SR-IOV, resets
 *	device lock of the virtio device	its driver's probe, remove, suspend;
 *				vp_device::state
 *	vp_device::queues_lock	vp_device::queue from find_vqs to del_vqs, against an
 *				abort of requests
 *	  virtio_blk_abort_lock	(virtio_blk_abort.h)
 *	vp_device::admin_lock	the transport's calls into the admin object, but
 *				vp_admin_quiesce() and vp_admin_interrupt()
 *	  the admin object's own (virtio_pci_admin_priv.h)
 *	vp_device::select_lock	registers behind a selector: a queue's, innermost
 *
 * Interrupt handlers take none of these: they walk vp_device::queue, which
 * changes only while no handler is installed. A single queue that is reset is
 * skipped by way of vp_queue::stopped, after waiting for running handlers.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_H

#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_admin_commands.h>

#include "virtio_pci_regs.h"
#include "virtio_pci_state.h"
#include "virtio_pci_vectors.h"

struct vp_admin;
struct vp_device;

struct vp_queue {
	struct virtqueue *vq;		/* NULL: the driver has no such queue */
	int irq;			/* in vp_device::irq, its own; or -1 */
	u16 vector;
	bool stopped;			/* this queue alone was reset: handlers skip it */
};

#define VP_IRQ_NAME_LEN	64

struct vp_irq {
	irq_handler_t handler;
	void *data;
	int line;			/* Linux IRQ number */
	cpumask_var_t hint;		/* affinity, as long as it is set */
	char name[VP_IRQ_NAME_LEN];
};

/* What the kinds of device do differently */
struct vp_kind {
	unsigned int ring_align;
	bool ring_may_shrink;		/* the driver may choose a smaller queue size */
	bool offline;			/* no hardware is accessed, no interrupt needed */

	/* called by the virtio core through virtio_pci_config_ops.c */
	u64 (*get_features)(struct vp_device *vp, unsigned int nth);	/* 64 bits each */
	int (*finalize_features)(struct vp_device *vp);
	void (*config_get)(struct vp_device *vp, unsigned int offset, void *buf, unsigned int len);
	void (*config_set)(struct vp_device *vp, unsigned int offset, const void *buf,
			   unsigned int len);
	/* optional */
	u32 (*generation)(struct vp_device *vp);
	bool (*get_shm)(struct vp_device *vp, struct virtio_shm_region *shm, u8 id);

	u8 (*get_status)(struct vp_device *vp);
	void (*set_status)(struct vp_device *vp, u8 status);
	u8 (*read_isr)(struct vp_device *vp);
	/* set the configuration vector; returns what the device accepted */
	u16 (*config_vector)(struct vp_device *vp, u16 vector);

	/* called with select_lock held */
	u16 (*queue_vector)(struct vp_device *vp, u16 index, u16 vector);
	unsigned int (*queue_max)(struct vp_device *vp, u16 index);
	int (*queue_prepare)(struct vp_device *vp, struct virtqueue *vq);
	void (*queue_enable)(struct vp_device *vp, u16 index);
	void (*queue_forget)(struct vp_device *vp, struct virtqueue *vq);
	bool (*notify)(struct virtqueue *vq);
	bool (*notify_with_data)(struct virtqueue *vq);

	/* map and unmap the registers; attach also sets vdev's ids */
	int (*attach)(struct vp_device *vp);
	void (*detach)(struct vp_device *vp);
};

struct vp_device {
	struct virtio_device vdev;
	struct pci_dev *pci_dev;
	const struct vp_kind *kind;
	struct mutex select_lock;	/* registers behind queue_select */

	/* registers; constant between attach and detach */
	struct vp_regs regs;		/* modern */
	void __iomem *legacy;		/* BAR0 of a legacy device */

	/* from find_vqs to del_vqs; written under queues_lock */
	struct mutex queues_lock;
	struct vp_queue *queue;		/* by the driver's index */
	unsigned int n_queues;
	struct vp_irq *irq;
	unsigned int n_irqs;
	struct vp_vectors_plan plan;
	bool msix;			/* MSI-X is enabled, which moves legacy registers */

	/* written by vp_state_set(), under vdev's device lock */
	enum vp_state state;
	const struct vp_kind *hw;	/* the device's own; kind may be the offline one */
	u8 offline_status;		/* register of the offline kind */
	struct notifier_block driver;	/* a virtio driver binds or unbinds */
	/* under the PCI device's lock: */
	bool reset_locked;		/* vdev's device lock is held across a function reset */
	bool error_missed;		/* vdev's device lock was not available at an error */

	struct mutex admin_lock;	/* our calls into the admin object */
	struct vp_admin *admin;		/* NULL: the device has no admin queue */
};

static inline struct vp_device *to_vp_device(struct virtio_device *vdev)
{
	return container_of(vdev, struct vp_device, vdev);
}

static inline struct vp_queue *vp_queue_of(struct virtqueue *vq)
{
	struct vp_device *vp = to_vp_device(vq->vdev);

	for (unsigned int i = 0; i < vp->n_queues; i++)
		if (vp->queue[i].vq == vq)
			return &vp->queue[i];
	return NULL;
}

/* virtio_pci_ids.c: which functions are ours */
extern char const vp_driver_name[];
extern const struct pci_device_id vp_ids[];

/* virtio_pci_modern.c, virtio_pci_legacy.c */
extern const struct vp_kind vp_modern, vp_legacy;

/* virtio_pci_modern.c: register accesses for the admin queue */
bool vp_modern_offers_admin(struct vp_device *vp);
int vp_modern_admin_queue(struct vp_device *vp, u16 *index);
u16 vp_modern_queue_max(struct vp_device *vp, u16 index);
int vp_modern_queue_enable(struct vp_device *vp, u16 index, u16 num, u16 vector,
			   dma_addr_t desc, dma_addr_t driver, dma_addr_t device);
void __iomem *vp_modern_queue_doorbell(struct vp_device *vp, u16 index);

/* virtio_pci_irq.c: vectors and handlers */
int vp_irq_get_vectors(struct vp_device *vp, const struct vp_vectors_plan *plan,
		       const struct irq_affinity *affinity);
int vp_irq_install(struct vp_device *vp);
void vp_irq_remove(struct vp_device *vp);
void vp_irq_put_vectors(struct vp_device *vp);
void vp_irq_synchronize(struct vp_device *vp);
int vp_irq_set_affinity(struct virtqueue *vq, const struct cpumask *mask);
const struct cpumask *vp_irq_get_affinity(struct virtio_device *vdev, int index);

/* virtio_pci_queue.c: the virtio driver's queues */
VIRTIO_DECLARE_FIND_VQS(vp_find_vqs);
void vp_del_vqs(struct virtio_device *vdev);

/* virtio_pci_offline.c: stands in for a device that does not answer */
extern const struct vp_kind vp_offline;

/* virtio_pci_state.c: the state of the function, which controls bus mastering */
enum vp_action vp_state_event(struct vp_device *vp, enum vp_event event);
void vp_state_init(struct vp_device *vp);
bool vp_gone(struct vp_device *vp);

/* virtio_pci_abort.c: requests that a dead device will not answer */
#ifdef CONFIG_BLOCK
void vp_abort_requests(struct vp_device *vp);
bool vp_answers(struct vp_device *vp);
#else
static inline void vp_abort_requests(struct vp_device *vp) { }
static inline bool vp_answers(struct vp_device *vp) { return true; }
#endif

/* virtio_pci_pm.c: suspend and resume, function resets, PCI errors */
extern const struct dev_pm_ops vp_pm_ops;
extern const struct pci_error_handlers vp_error_handlers;
int vp_notify_drivers(struct vp_device *vp);
void vp_forget_drivers(struct vp_device *vp);
void vp_lost(struct vp_device *vp);
void vp_disable(struct vp_device *vp);

/* virtio_pci_reset.c: status and reset, common to all kinds */
void vp_reset(struct virtio_device *vdev);
unsigned long vp_reset_end(void);
u8 vp_get_status(struct virtio_device *vdev);
void vp_set_status(struct virtio_device *vdev, u8 status);

/* virtio_pci_config_ops.c: what the virtio core calls */
extern const struct virtio_config_ops vp_config_ops;

/* virtio_pci_ring_reset.c */
int vp_ring_reset_disable(struct virtqueue *vq);
int vp_ring_reset_enable(struct virtqueue *vq);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_H */
