/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator: a virtio device whose data path is a kernel thread, with an
 * IOMMU of its own. The core is common, a type (net, blk) says what a request
 * means.
 *
 * One thread serves all queues of a device in turn, a bounded number of chains
 * each time; what is short and needs no sleep is served by who kicked, without
 * waking it (sim_kick.c). sim_dev::lock is held meanwhile, and by every operation that
 * changes what it looks at: queues, status, translations, callbacks. So an
 * operation that has returned is in effect, and a translation cannot go away
 * under an access. There is one exception: the lock is not held while a page of a
 * process is waited for (sim_fault.c), and what changes then cancels the turn.
 *
 * Calls go down: sim_core.c, sim_ops.c, sim_kick.c, sim_queue.c, sim_iommu.c, sim_mem.c,
 * sim_fault.c, sim_dma.c, sim_table.c; a type's file is called by the core alone.
 *
 * Lock order: vdpa_device::config_lock, sim_dev::lock, a type's own.
 */
#ifndef VDPA_SIM_H
#define VDPA_SIM_H

#include <linux/kthread.h>
#include <linux/vdpa.h>
#include <linux/vdpa_ring.h>
#include <linux/workqueue.h>
#include <uapi/linux/virtio_config.h>

#include "sim_table.h"

#define SIM_VENDOR_ID	0

/* the device's addresses are always translated */
#define SIM_NEEDS	BIT_ULL(VIRTIO_F_ACCESS_PLATFORM)

#define SIM_VQ_NUM_MAX	1024
/* most pieces in a chain, an indirect table's included */
#define SIM_PIECES	1024
#define SIM_GROUPS_MAX	2
#define SIM_SPACES_MAX	2

struct sim_dev;
struct sim_dma;
struct sim_queue;

/* What may be done each time that a queue is served */
struct sim_turn {
	unsigned int chains;
	u64 bytes;		/* the chain that spends them is the last one */
	bool may_sleep;		/* not in the context of who kicks */
};

/*
 * Do what a chain asks, and say how many bytes were written. Return: 0, -EAGAIN when that
 * is not for this turn (only when it may not sleep), or another negative errno, which breaks
 * the device.
 */
typedef int sim_handle_t(struct sim_queue *queue, const struct sim_turn *turn,
			 struct vdpa_ring_chain *chain, u32 *written);

/* How a page of a process is waited for, see sim_fault.c. Under sim_dev::lock. */
struct sim_fault {
	u64 now;		/* counts what cancels a turn */
	u64 begun;		/* now, when the turn began */
	bool waiting;		/* the worker, without the lock */
	bool leaving;		/* the device is being deleted */
	struct work_struct put;	/* of the references that were held meanwhile */
};

/* An address space: what iova means. Under sim_dev::lock. */
struct sim_space {
	struct vdpa_ring_mem mem;
	struct sim_dev *sim;
	struct sim_table table;
};

/* What a queue counts. Under sim_dev::lock. */
struct sim_stats {
	u64 kicks;		/* not under the lock: it may lose one */
	u64 chains;
	u64 bytes_out;		/* read from the driver */
	u64 bytes_in;		/* written to it */
	u64 interrupts;
	u64 errors;		/* requests that were refused */
	u64 drops;		/* frames that nobody had room for */
};

/* All under sim_dev::lock */
struct sim_queue {
	struct kthread_work work;
	struct sim_dev *sim;
	u16 index;
	bool ready;
	bool live;		/* ready, and it has a ring */
	u32 num;
	struct vdpa_vq_state state;	/* while not ready: where to start */
	struct vdpa_vq_address address;
	struct vdpa_ring ring;	/* while live */
	unsigned int to_worker;	/* kicks; not under the lock, it may lose some */
	struct vdpa_callback cb;
	struct sim_stats stats;
};

struct sim_type {
	struct module *owner;
	const char *name;		/* of its management device */
	u32 device_id;
	u64 features;			/* all that it knows */
	u64 on_demand;			/* what it does not offer unasked, but for offer() */
	u64 (*offer)(void);		/* optional: those of on_demand that it shall */
	u32 supported;			/* VDPA_GIVEN_* */
	u32 max_vqs;
	size_t size;			/* of its struct, a struct sim_dev first */

	/*
	 * Fill in sim_dev's config, and of its info: config_size, features, nvqs, ngroups
	 * and nas.
	 * Return: 0 or a negative errno; what it allocated is then freed again.
	 */
	int (*create)(struct sim_dev *sim, const struct vdpa_dev_config *config);
	void (*destroy)(struct sim_dev *sim);
	/*
	 * Serve a queue. Return: 1 when there is more, -EAGAIN when that is not for this turn,
	 * 0, or another negative errno: broken.
	 */
	int (*serve)(struct sim_queue *queue, const struct sim_turn *turn);
	/* who kicks may serve: what handles a chain heeds sim_turn::may_sleep */
	bool served_inline;
	/* optional. The driver's features and status were forgotten. */
	void (*reset)(struct sim_dev *sim);
	/* optional. Under sim_dev::lock. Return: 0 or a negative errno. */
	int (*change)(struct sim_dev *sim, const struct vdpa_dev_config *config);
	/*
	 * optional. A driver without VERSION_1 writes to the configuration space. Under
	 * sim_dev::lock.
	 */
	void (*write_config)(struct sim_dev *sim, unsigned int offset, const void *buf,
			     unsigned int len);
	/* optional: a queue's group */
	u32 (*group)(struct sim_dev *sim, u16 index);
	/* optional. The device started: DRIVER_OK, or resumed. */
	void (*start)(struct sim_dev *sim);
};

struct sim_dev {
	struct vdpa_device vdev;
	const struct sim_type *type;
	struct kthread_worker *worker;
	void *config;			/* allocated by the type's create */
	struct vdpa_ring_piece *pieces[2];	/* the worker's: for two chains at once */
	/* serialises the worker and the operations */
	struct mutex lock;
	/* the rest under it */
	struct sim_queue *queues;
	u8 status;
	bool suspended;
	u64 features;
	u32 generation;
	struct vdpa_callback config_cb;
	struct sim_space spaces[SIM_SPACES_MAX];
	u8 group_space[SIM_GROUPS_MAX];
	bool identity;			/* a kernel driver's addresses */
	struct sim_dma *dma;		/* how they are mapped; NULL: as they are */
	struct mm_struct *mm;		/* with use_va: the bound process's */
	struct sim_fault fault;
};

static inline struct sim_dev *vdev_to_sim(struct vdpa_device *vdev)
{
	return container_of(vdev, struct sim_dev, vdev);
}

static inline bool sim_has(const struct sim_dev *sim, unsigned int feature)
{
	return sim->features & BIT_ULL(feature);
}

static inline bool sim_running(const struct sim_dev *sim)
{
	lockdep_assert_held(&sim->lock);
	return (sim->status & VIRTIO_CONFIG_S_DRIVER_OK) && !sim->suspended &&
	       !(sim->status & VIRTIO_CONFIG_S_NEEDS_RESET);
}

/* between the pieces of a long request */
static inline void sim_relax(const struct sim_turn *turn)
{
	if (turn->may_sleep)
		cond_resched();
}

/* sim_core.c: a type's management device */
struct sim_mgmt {
	struct vdpa_mgmt_dev mdev;
	struct device *device;
	const struct sim_type *type;
	struct virtio_device_id *ids;
};

struct sim_mgmt *sim_mgmt_create(const struct sim_type *type);
void sim_mgmt_destroy(struct sim_mgmt *mgmt);
/* the configuration space changed: tell the driver. Under sim_dev::lock. */
void sim_config_changed(struct sim_dev *sim);

/* sim_ops.c */
extern const struct vdpa_config_ops sim_config_ops;
void sim_reset_locked(struct sim_dev *sim);

/* sim_kick.c */
void sim_kick_init(struct sim_dev *sim);
void sim_queue_kick(struct sim_queue *queue);

/* sim_iommu.c */
const struct vdpa_map_ops *sim_iommu_ops(void);
void sim_spaces_create(struct sim_dev *sim);
void sim_spaces_destroy(struct sim_dev *sim);
/* the space that a queue's addresses are in */
struct sim_space *sim_queue_space(struct sim_queue *queue);

/* the group's queues are in another space now */
void sim_queues_move(struct sim_dev *sim);

/* sim_dma.c: a kernel driver's memory behind the device's IOMMU */
extern const struct virtio_map_ops sim_dma_ops;
struct sim_dma *sim_dma_create(void);
void sim_dma_destroy(struct sim_dma *dma);
/* Where is @iova? *@len is cut to what is mapped there. Return: 0 or -EFAULT. */
int sim_dma_translate(struct sim_dma *dma, u64 iova, u32 access, u64 *addr, size_t *len);

/* sim_mem.c */
extern const struct vdpa_ring_mem_ops sim_mem_ops;
/* it is all mapped here, and no process's: can it be copied within itself? */
bool sim_mem_is_direct(const struct sim_dev *sim);
/* begin and end a turn's accesses; *@mm: the bound process's memory, or NULL */
bool sim_mem_enter(struct sim_dev *sim, struct mm_struct **mm);
void sim_mem_leave(struct mm_struct *mm);

/* sim_fault.c */
int sim_fault_start(void);
void sim_fault_end(void);
void sim_fault_init(struct sim_dev *sim);
/*
 * Wait for a page of current->mm, without sim_dev::lock meanwhile; by the worker only.
 * Return: 0, -EFAULT, or -ECANCELED when the turn was cancelled.
 */
int sim_fault_in(struct sim_dev *sim, unsigned long addr, bool write);
/* what the worker may be in the middle of changes */
void sim_turn_cancel(struct sim_dev *sim);
/* the device is being deleted */
void sim_fault_leave(struct sim_dev *sim);

static inline void sim_turn_begin(struct sim_dev *sim)
{
	sim->fault.begun = sim->fault.now;
}

/* if so, the rings are not touched any more */
static inline bool sim_turn_cancelled(const struct sim_dev *sim)
{
	return sim->fault.begun != sim->fault.now;
}

/* sim_queue.c */
int sim_queues_create(struct sim_dev *sim);
void sim_queues_destroy(struct sim_dev *sim);
/* where it is, or will start */
struct vdpa_vq_state sim_queue_state(const struct sim_queue *queue);
int sim_queue_start(struct sim_queue *queue);
/* where it went on is its state afterwards */
void sim_queue_stop(struct sim_queue *queue);
/*
 * For types. The worker has room for two chains at once: @which. Return of next: 1,
 * 0 when there is none, or a negative errno: the ring is broken.
 */
int sim_queue_next(struct sim_queue *queue, struct vdpa_ring_chain *chain, int which);
void sim_queue_undo(struct sim_queue *queue);
/* copy from and to a chain, and count. Return: 0 or a negative errno. */
int sim_queue_read(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		   void *buf, u32 len);
int sim_queue_write(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		    const void *buf, u32 len);
/* look at what will be read, or will go another way: it does not count */
int sim_queue_peek(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		   void *buf, u32 len);
/* are both live, and their chains in the same memory, which is at hand? */
bool sim_queues_share(const struct sim_queue *a, const struct sim_queue *b);
/* copy to a chain from another one, of queues that share their memory, and count */
int sim_queue_move(struct sim_queue *to, struct vdpa_ring_chain *to_chain, u32 to_offset,
		   struct sim_queue *from, struct vdpa_ring_chain *from_chain, u32 from_offset,
		   u32 len);
/* return a chain of which so much was written */
int sim_queue_return(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 written);
/* let the driver see what was returned, and interrupt it when it wants that */
int sim_queue_flush(struct sim_queue *queue);
void sim_queue_interrupt(struct sim_queue *queue);
/* ask the driver to notify us of new chains, or not to. wait returns 1 when there are some. */
int sim_queue_wait(struct sim_queue *queue);
int sim_queue_ignore(struct sim_queue *queue);

/* Serve chains one by one. Return: as sim_type::serve. */
int sim_queue_serve(struct sim_queue *queue, const struct sim_turn *turn, sim_handle_t *handle);

#endif /* VDPA_SIM_H */
