/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The simulator: a virtio device whose data path is a kernel thread, with an IOMMU of its
 * own. The core is common; a type (net, blk) executes the requests.
 *
 * One thread, the worker, serves all queues of a device in turn, a bounded number of
 * chains each time. Short chains that need no sleep are served in the context of the kick
 * instead (sim_kick.c). sim_dev::lock is held meanwhile, and by every operation that
 * changes queues, status, translations or callbacks. So an operation has taken effect
 * when it returns, and a translation cannot be removed during an access. One exception:
 * the lock is not held while a page of a process is faulted in (sim_fault.c); a change
 * meanwhile cancels the turn.
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
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/virtio_config.h>

#include "sim_table.h"

#define SIM_VENDOR_ID	0

/* mandatory: the device's addresses are always translated */
#define SIM_NEEDS	BIT_ULL(VIRTIO_F_ACCESS_PLATFORM)

#define SIM_VQ_NUM_MAX	1024
/* maximum number of pieces of a chain, including an indirect table's */
#define SIM_PIECES	1024
#define SIM_GROUPS_MAX	2
#define SIM_SPACES_MAX	2

struct sim_dev;
struct sim_dma;
struct sim_queue;

/**
 * struct sim_turn - the limits of one turn of a queue
 * @chains: at most
 * @bytes: read and written; the chain that exceeds them is the last one
 * @may_sleep: false in the context of a kick
 */
struct sim_turn {
	unsigned int chains;
	u64 bytes;
	bool may_sleep;
};

/**
 * typedef sim_handle_t - execute the request in a chain
 * @queue: the queue
 * @turn: says whether the handler may sleep; its other limits are the caller's
 * @chain: the chain, which the caller returns to the driver
 * @written: to be set to the number of bytes written to it; 0 before
 *
 * Context: under sim_dev::lock; may sleep if @turn says so.
 * Return: 0, -EAGAIN to leave it to the worker (only in a turn that may not sleep), or another
 * negative errno, which breaks the device.
 */
typedef int sim_handle_t(struct sim_queue *queue, const struct sim_turn *turn,
			 struct vdpa_ring_chain *chain, u32 *written);

/* State of faulting in pages of a process, see sim_fault.c. Under sim_dev::lock. */
struct sim_fault {
	u64 now;		/* number of cancellations so far */
	u64 begun;		/* value of now when the turn began */
	bool waiting;		/* the worker faults a page in, without the lock */
	bool leaving;		/* the device is being deleted */
	struct work_struct put;	/* drops the references held meanwhile */
};

/* An address space. Under sim_dev::lock. */
struct sim_space {
	struct vdpa_ring_mem mem;
	struct sim_dev *sim;
	struct sim_table table;
};

/* Statistics of a queue. Under sim_dev::lock. */
struct sim_stats {
	u64 kicks;		/* no lock: increments may be lost */
	u64 chains;
	u64 bytes_out;		/* read from the driver */
	u64 bytes_in;		/* written to it */
	u64 interrupts;
	u64 errors;		/* requests that were refused */
	u64 drops;		/* frames that no receiver had room for */
};

/* All under sim_dev::lock */
struct sim_queue {
	struct kthread_work work;
	struct sim_dev *sim;
	u16 index;
	bool ready;
	bool live;		/* ready, and it has a ring */
	u32 num;
	struct vdpa_vq_state state;	/* while not ready: the indices to start at */
	struct vdpa_vq_address address;
	struct vdpa_ring ring;	/* while live */
	unsigned int to_worker;	/* kicks left to it; no lock: decrements may be lost */
	struct vdpa_callback cb;
	struct sim_stats stats;
};

/**
 * struct sim_type - a type of simulated devices
 * @owner: its module
 * @name: of its management device
 * @device_id: virtio device id
 * @features: all that it implements
 * @on_demand: those of @features that are not offered by default, except by @offer
 * @offer: optional: those of @on_demand to offer by default. No lock held
 * @supported: VDPA_GIVEN_*: what `vdpa dev add` may give
 * @max_vqs: number of queues of a device, at most
 * @size: in bytes, of its struct, whose first member is a sim_dev
 * @create: fill in sim_dev's config, and of its info: config_size, features, nvqs, ngroups and nas.
 *	No lock held. After an error nothing is allocated, and @destroy is not called
 * @destroy: undo @create; the device has no user. No lock held
 * @serve: serve a queue: 1 when chains are left, 0 when none is, -EAGAIN when the next one is
 *	for the worker, or another negative errno, which breaks the device
 * @served_inline: a kick may serve: the handler of a chain respects sim_turn::may_sleep
 * @reset: optional. Features and status have been cleared, sim_dev::suspended not yet
 * @change: optional: `vdpa dev set`
 * @write_config: optional: a driver without VERSION_1 wrote to the configuration space
 * @group: optional: a queue's group, below vdpa_info::ngroups. Called without the lock too
 * @start: optional. The device started: DRIVER_OK, or resumed
 *
 * Unless said otherwise operations are called under sim_dev::lock, and may sleep; @serve if its
 * turn may. Those that can fail return 0 or a negative errno.
 */
struct sim_type {
	struct module *owner;
	const char *name;
	u32 device_id;
	u64 features;
	u64 on_demand;
	u64 (*offer)(void);
	u32 supported;
	u32 max_vqs;
	size_t size;

	int (*create)(struct sim_dev *sim, const struct vdpa_dev_config *config);
	void (*destroy)(struct sim_dev *sim);
	int (*serve)(struct sim_queue *queue, const struct sim_turn *turn);
	bool served_inline;
	void (*reset)(struct sim_dev *sim);
	int (*change)(struct sim_dev *sim, const struct vdpa_dev_config *config);
	void (*write_config)(struct sim_dev *sim, unsigned int offset, const void *buf,
			     unsigned int len);
	u32 (*group)(struct sim_dev *sim, u16 index);
	void (*start)(struct sim_dev *sim);
};

struct sim_dev {
	struct vdpa_device vdev;
	const struct sim_type *type;
	struct kthread_worker *worker;
	void *config;			/* allocated by the type's create */
	struct vdpa_ring_piece *pieces[2];	/* the worker's: for two chains at once */
	/* serializes the worker and the operations */
	struct mutex lock;
	/* the rest is under it */
	struct sim_queue *queues;
	u8 status;
	bool suspended;
	u64 features;
	u32 generation;
	struct vdpa_callback config_cb;
	struct sim_space spaces[SIM_SPACES_MAX];
	u8 group_space[SIM_GROUPS_MAX];
	bool identity;			/* a kernel driver's addresses */
	struct sim_dma *dma;		/* their mappings; NULL: physical addresses */
	struct mm_struct *mm;		/* with use_va: of the bound process */
	struct sim_fault fault;
	wait_queue_head_t stalled;	/* delayed reads of the configuration space */
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

/* To be called between the pieces of a long request */
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

/**
 * sim_mgmt_create() - register the management device of a type
 * @type: the type; used until sim_mgmt_destroy()
 *
 * Context: process, may sleep.
 * Return: its management device, or an ERR_PTR: -ENOMEM, or of the registration.
 */
struct sim_mgmt *sim_mgmt_create(const struct sim_type *type);

/**
 * sim_mgmt_destroy() - unregister a type's management device, and delete its devices
 * @mgmt: from sim_mgmt_create()
 *
 * Context: process, may sleep.
 */
void sim_mgmt_destroy(struct sim_mgmt *mgmt);

/**
 * sim_config_changed() - the configuration changed: a new generation, and an interrupt
 * @sim: the device
 *
 * Before DRIVER_OK there is no interrupt.
 *
 * Context: process, under sim_dev::lock, under which the driver's callback is called.
 */
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
/* the address space of a queue */
struct sim_space *sim_queue_space(struct sim_queue *queue);

/* sim_dma.c: a kernel driver's memory behind the device's IOMMU */
extern const struct virtio_map_ops sim_dma_ops;
struct sim_dma *sim_dma_create(void);
void sim_dma_destroy(struct sim_dma *dma);
/* Translate @iova; *@len is reduced to what is mapped there. Return: 0 or -EFAULT. */
int sim_dma_translate(struct sim_dma *dma, u64 iova, u32 access, u64 *addr, size_t *len);

/* sim_mem.c */
extern const struct vdpa_ring_mem_ops sim_mem_ops;
/* Is the driver's memory in the kernel's direct mapping, not in a process's address space? */
bool sim_mem_is_direct(const struct sim_dev *sim);
/* Begin and end the accesses of a turn; *@mm: of the bound process, or NULL */
bool sim_mem_enter(struct sim_dev *sim, struct mm_struct **mm);
void sim_mem_leave(struct mm_struct *mm);

/* sim_fault.c */
int sim_fault_start(void);
void sim_fault_end(void);
void sim_fault_init(struct sim_dev *sim);
/*
 * Fault in a page of current->mm, dropping sim_dev::lock meanwhile. Called by the worker.
 * Return: 0, -EFAULT, or -ECANCELED when the turn was cancelled.
 */
int sim_fault_in(struct sim_dev *sim, unsigned long addr, bool write);
/* State that the worker may be using is about to change */
void sim_turn_cancel(struct sim_dev *sim);
/* The device is being deleted */
void sim_fault_leave(struct sim_dev *sim);

static inline void sim_turn_begin(struct sim_dev *sim)
{
	sim->fault.begun = sim->fault.now;
}

/* If so, the rings must not be accessed any more in this turn */
static inline bool sim_turn_cancelled(const struct sim_dev *sim)
{
	return sim->fault.begun != sim->fault.now;
}

/* sim_queue.c */
int sim_queues_create(struct sim_dev *sim);
void sim_queues_destroy(struct sim_dev *sim);
/* its current indices, or those it will start at */
struct vdpa_vq_state sim_queue_state(const struct sim_queue *queue);
int sim_queue_start(struct sim_queue *queue);
/* sim_queue_state() then returns where it stopped */
void sim_queue_stop(struct sim_queue *queue);
void sim_queue_interrupt(struct sim_queue *queue);

/*
 * The rest of sim_queue.c is for types. All of it is called in a turn, under sim_dev::lock,
 * with live queues. A negative errno breaks the device, unless said otherwise: the type's
 * sim_type::serve returns it. It is -EINVAL for a ring or an offset that is invalid, -EFAULT for
 * memory that the device may not access, -ECANCELED if the turn was cancelled meanwhile.
 */

/**
 * sim_queue_next() - take the next available chain
 * @queue: the queue
 * @chain: filled
 * @which: 0 or 1: a turn can have two chains at once
 *
 * Return: 1, 0 when no chain is available, or a negative errno.
 */
int sim_queue_next(struct sim_queue *queue, struct vdpa_ring_chain *chain, int which);

/**
 * sim_queue_undo() - undo the last sim_queue_next(): the chain is available again
 * @queue: the queue
 */
void sim_queue_undo(struct sim_queue *queue);

/**
 * sim_queue_read() - copy from the readable part of a chain, and count the bytes
 * @queue: the queue
 * @chain: taken from it
 * @offset: in the part, in bytes
 * @buf: filled
 * @len: in bytes
 *
 * Return: 0 or a negative errno. A type may fail the request instead of the device.
 */
int sim_queue_read(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		   void *buf, u32 len);

/**
 * sim_queue_write() - copy to the writable part of a chain, and count the bytes
 * @queue: the queue
 * @chain: taken from it
 * @offset: in the part, in bytes
 * @buf: what to write
 * @len: in bytes
 *
 * Return: as sim_queue_read().
 */
int sim_queue_write(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		    const void *buf, u32 len);

/**
 * sim_queue_peek() - sim_queue_read() without counting: the bytes will be read, or moved, later
 * @queue: the queue
 * @chain: taken from it
 * @offset: in the readable part, in bytes
 * @buf: filled
 * @len: in bytes
 *
 * Return: as sim_queue_read().
 */
int sim_queue_peek(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 offset,
		   void *buf, u32 len);

/**
 * sim_queues_share() - may sim_queue_move() copy between these queues?
 * @a: a queue
 * @b: another queue of the device
 *
 * Return: true if both are live, in the same address space, with memory that is in the kernel's
 * direct mapping.
 */
bool sim_queues_share(const struct sim_queue *a, const struct sim_queue *b);

/**
 * sim_queue_move() - copy from chain to chain, and count the bytes
 * @to: the queue of @to_chain; it shares with @from: sim_queues_share()
 * @to_chain: its writable part is written to
 * @to_offset: in that part, in bytes
 * @from: the queue of @from_chain
 * @from_chain: its readable part is read from
 * @from_offset: in that part, in bytes
 * @len: in bytes
 *
 * Return: 0 or a negative errno.
 */
int sim_queue_move(struct sim_queue *to, struct vdpa_ring_chain *to_chain, u32 to_offset,
		   struct sim_queue *from, struct vdpa_ring_chain *from_chain, u32 from_offset,
		   u32 len);

/**
 * sim_queue_return() - return a chain; the driver sees it after the next sim_queue_flush()
 * @queue: the queue
 * @chain: the first that was taken and not returned yet
 * @written: bytes written to it
 *
 * Return: 0 or a negative errno.
 */
int sim_queue_return(struct sim_queue *queue, struct vdpa_ring_chain *chain, u32 written);

/**
 * sim_queue_flush() - publish returned chains, and interrupt the driver if it asks for that
 * @queue: the queue
 *
 * Return: 0 or a negative errno.
 */
int sim_queue_flush(struct sim_queue *queue);

/**
 * sim_queue_wait() - enable notifications of new chains
 * @queue: the queue
 *
 * Return: 1 when there are some already, 0, or a negative errno.
 */
int sim_queue_wait(struct sim_queue *queue);

/**
 * sim_queue_ignore() - disable notifications of new chains
 * @queue: the queue
 *
 * Return: 0 or a negative errno.
 */
int sim_queue_ignore(struct sim_queue *queue);

/**
 * sim_queue_serve() - serve chains one by one
 * @queue: the queue
 * @turn: its limits
 * @handle: executes the request in a chain
 *
 * Return: as sim_type::serve.
 */
int sim_queue_serve(struct sim_queue *queue, const struct sim_turn *turn, sim_handle_t *handle);

#endif /* VDPA_SIM_H */
