/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The administration virtqueue as a transport: bytes out, bytes in. It knows
 * slots, members' shares and deadlines, and no opcode.
 *
 * Slots and their owners
 *
 *	free -> caller -> caller + device -> caller -> free
 *	                  caller + device -> device (an orphan) -> free
 *
 * A slot is a piece of coherent memory that stays mapped as long as the queue
 * exists. Its caller may leave at any time (timeout, fatal signal, reset). The
 * slot then is an orphan: it counts against its member's share, and is neither
 * reused nor freed until the device returns it or has been reset.
 *
 * Shares
 *
 * A member may hold vp_avq::cap slots, the slots divided by the members, and one
 * more for bulk commands. A VF whose commands the device never answers runs out
 * of its own share and then fails at once with -EBUSY, while the others still
 * get theirs; and a long transfer leaves its VF the slots for register accesses.
 * This holds as long as there are (cap + 1) * (members + 1) slots. Callers that
 * have to wait for a slot are served in order of arrival.
 *
 * Answers
 *
 * A caller polls for a short while and then blocks. A poller reaps everybody's
 * answers, so the queue's interrupt is only enabled while there are waiters and
 * no pollers. One delayed work, the timeout work, runs while there are waiters:
 * it ends those whose deadline has passed and makes up for lost interrupts.
 *
 * One administration virtqueue is used even if the device offers several: the
 * shares keep members apart, and a device has to process one queue in order
 * but may complete in any.
 */
#ifndef DRIVERS_VIRTIO_AVQ_AVQ_H
#define DRIVERS_VIRTIO_AVQ_AVQ_H

#include <linux/completion.h>
#include <linux/dma-direction.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "ring.h"

/* the two parts of a slot; a larger command goes through an xfer */
#define VP_AVQ_OUT_MAX		128
#define VP_AVQ_IN_MAX		128
#define VP_AVQ_SLOT_SIZE	(VP_AVQ_OUT_MAX + VP_AVQ_IN_MAX)

/* pieces of a command in each direction; any may be empty */
#define VP_AVQ_PIECES		3

/* most slots that one member may hold at once */
#define VP_AVQ_CAP_MAX		8
/* and in addition, for bulk commands */
#define VP_AVQ_CAP_BULK		1

struct device;
struct sg_table;
struct vp_avq;
struct vp_avq_xfer;

/* A share of the slots. All under vp_avq::lock; latency_ns is also read without. */
struct vp_avq_account {
	bool bulk;		/* constant: the share for bulk commands */
	u16 held;		/* slots, orphans among them */
	u16 orphans;
	u16 unpolled;		/* commands since the last one that was polled for */
	u32 latency_ns;		/* moving average of the device's answers */
};

/*
 * May commands of a group be sent? Its members can come and go: while the gate is
 * closed, their commands fail with -ENODEV before the device sees them. Under
 * vp_avq::lock; opened and held are also read without.
 */
struct vp_avq_gate {
	bool open;
	u32 opened;		/* how often it was opened */
	u16 held;		/* slots held by its commands */
};

/* Bytes for the device to read, gathered from the caller's memory */
struct vp_avq_out {
	const void *buf;
	u32 len;
};

/* Where the bytes that the device wrote are copied to; the rest is zeroed */
struct vp_avq_in {
	void *buf;
	u32 len;
};

/*
 * A command in progress; lives on the caller's stack, the device never sees it.
 * vp_avq_exec() chooses whether the pieces travel in a slot or in an xfer.
 */
struct vp_avq_cmd {
	struct vp_avq_account *account;
	struct vp_avq_gate *gate;
	u32 reset_gen;		/* vp_avq::reset_gen when it was made */
	bool exclusive;		/* nothing else outstanding, or -EBUSY */
	ktime_t deadline;
	struct vp_avq_out out[VP_AVQ_PIECES];
	struct vp_avq_in in[VP_AVQ_PIECES];
	/* private to vp_avq_exec() */
	u32 out_len, in_len;
	struct vp_avq_xfer *xfer;
	/* results */
	bool answered;		/* the device returned it */
	u32 used_len;
	u64 latency_ns;
};

struct vp_avq_slot {
	/* constant */
	void *out, *in;
	dma_addr_t out_dma, in_dma;
	wait_queue_head_t wait;	/* the caller's, for done, expired or vp_avq::err */
	/* under vp_avq::lock; done and expired are also read without */
	struct list_head node;	/* in vp_avq::free, or ::waiters, or nowhere */
	ktime_t deadline;	/* of a waiter */
	struct vp_avq_account *account;
	struct vp_avq_gate *gate;
	struct vp_avq_xfer *xfer;
	u64 submitted, answered;	/* local_clock(), which is cheap to read */
	u32 used_len;
	u8 owners;		/* VP_AVQ_OWNER_* */
	bool done;
	bool expired;		/* its deadline has passed */
};

/* A caller that waits for a slot: on its stack, in vp_avq::slot_waits */
struct vp_avq_slot_wait {
	struct list_head node;
	struct vp_avq_cmd *cmd;
	struct completion granted;
	struct vp_avq_slot *slot;
	int err;
};

/* Events worth counting, under vp_avq::lock */
struct vp_avq_counts {
	u64 submitted;
	u64 kicks;
	u64 interrupts;
	u64 waited;
	u64 late;		/* orphans that the device returned after all */
	u64 orphaned;		/* orphans made */
};

struct vp_avq {
	spinlock_t lock;	/* innermost; taken in the interrupt handler */

	/* under lock; err and ring (see vp_ring_pending()) are also read without */
	int err;		/* 0: open; else what commands in flight get */
	bool broken;		/* by a hostile or confused device, until reset */
	/*
	 * Incremented with each reset of the device; also read without. Commands
	 * prepared for an older generation fail with -ENODEV.
	 */
	u32 reset_gen;
	struct vp_ring ring;	/* ring.ops is NULL when there is no queue */
	struct list_head free;
	struct list_head slot_waits;	/* callers waiting for a slot, in order of arrival */
	struct vp_avq_slot *exclusive;	/* while set, nobody else gets a slot */
	unsigned int users;	/* callers in vp_avq_exec(), and xfers */
	struct list_head waiters;	/* slots whose callers are blocked */
	unsigned int pollers;	/* callers that reap everybody's answers */
	bool armed;		/* the interrupt is on */
	bool timeout_armed;	/* timeout_work is scheduled */
	unsigned int held, orphans, cap;
	struct vp_avq_counts counts;

	wait_queue_head_t idle;	/* for users or a gate's held to become 0 */
	struct list_head unused_xfers;	/* for free_work, under lock */
	struct work_struct free_work;	/* both run on workqueue */
	struct delayed_work timeout_work;	/* while there are waiters */

	struct workqueue_struct *workqueue;	/* constant, shared by all admin queues */

	/* constant while there is a queue */
	struct device *dev;
	/* Return: 0 if the device can still answer, else -ENODEV or -EIO */
	int (*check_alive)(struct vp_avq *avq);
	void __iomem *doorbell;
	struct vp_avq_slot *slot;
	void *ring_mem, *slot_mem;
	dma_addr_t ring_dma, slot_dma;
	struct vp_ring_layout layout;
	long slice;		/* jiffies from one run of timeout_work to the next */
	u16 index;
	bool indirect;		/* VIRTIO_F_INDIRECT_DESC: xfers are possible */
	bool notify_data;	/* VIRTIO_F_NOTIFICATION_DATA */
	bool physical;		/* no VIRTIO_F_ACCESS_PLATFORM: addresses are physical */
};

/* Poison: if it is still there, the device did not write a status */
#define VP_AVQ_POISON		0xff

#define VP_AVQ_OWNER_CALLER	1
#define VP_AVQ_OWNER_DEVICE	2

/* What the device and the negotiated features say about the queue */
struct vp_avq_params {
	u16 index;
	u16 num;		/* maximum queue size of the device */
	bool packed, event_idx, indirect, notify_data, physical;
	bool interrupt;		/* false: vp_avq_interrupt() will not be called */
};

/* The files; each calls only those below it */

/* avq/queue.c: memory and life cycle */
int vp_avq_init(struct vp_avq *avq, struct device *dev, int (*check_alive)(struct vp_avq *));
void vp_avq_exit(struct vp_avq *avq);
int vp_avq_alloc(struct vp_avq *avq, const struct vp_avq_params *params);
void vp_avq_without_interrupt(struct vp_avq *avq);
void vp_avq_free(struct vp_avq *avq);
void vp_avq_open(struct vp_avq *avq, unsigned int members);
void vp_avq_reset_begin(struct vp_avq *avq);
void vp_avq_reset_done(struct vp_avq *avq);
size_t vp_avq_bytes(const struct vp_avq *avq);
void vp_avq_share(struct vp_avq *avq, unsigned int members);
void vp_avq_gate_open(struct vp_avq *avq, struct vp_avq_gate *gate);
void vp_avq_gate_close(struct vp_avq *avq, struct vp_avq_gate *gate);
bool vp_avq_gate_drain(struct vp_avq *avq, struct vp_avq_gate *gate, unsigned long timeout);

/* avq/exec.c: submit, poll, wait */
int vp_avq_exec(struct vp_avq *avq, struct vp_avq_cmd *cmd);
void vp_avq_timeout_work(struct work_struct *work);
long vp_avq_jiffies_left(ktime_t deadline);

/* avq/answer.c: reap answers, close the queue */
void vp_avq_reap(struct vp_avq *avq);
void vp_avq_reap_locked(struct vp_avq *avq);
void vp_avq_arm_locked(struct vp_avq *avq);
void vp_avq_check_device(struct vp_avq *avq);
void vp_avq_close(struct vp_avq *avq, int err);
bool vp_avq_interrupt(struct vp_avq *avq);

/* avq/slot.c: who holds which slot, who gets the next one */
int vp_avq_check_locked(struct vp_avq *avq, const struct vp_avq_cmd *cmd);
struct vp_avq_slot *vp_avq_slot_try_locked(struct vp_avq *avq, const struct vp_avq_cmd *cmd);
void vp_avq_slot_put_caller_locked(struct vp_avq *avq, struct vp_avq_slot *slot);
void vp_avq_slot_put_device_locked(struct vp_avq *avq, struct vp_avq_slot *slot);
void vp_avq_grant_locked(struct vp_avq *avq);

/* avq/xfer.c: commands larger than a slot */
struct vp_avq_xfer *vp_avq_xfer_create(struct vp_avq *avq, const struct vp_avq_cmd *cmd);
void vp_avq_xfer_put(struct vp_avq_xfer *xfer);
struct vp_avq_xfer *vp_avq_xfer_get(struct vp_avq_xfer *xfer);
void vp_avq_xfer_put_locked(struct vp_avq_xfer *xfer);
void vp_avq_xfer_request(const struct vp_avq_xfer *xfer, struct vp_ring_request *req);
void vp_avq_xfer_scatter(struct vp_avq_xfer *xfer, const struct vp_avq_cmd *cmd);
void vp_avq_free_work(struct work_struct *work);

/* avq/mem.c: memory and its addresses for the device */
void *vp_avq_mem_alloc(struct vp_avq *avq, size_t size, dma_addr_t *addr);
void vp_avq_mem_free(struct vp_avq *avq, size_t size, void *mem, dma_addr_t addr);
int vp_avq_mem_map(struct vp_avq *avq, struct sg_table *sgt, enum dma_data_direction dir);
void vp_avq_mem_unmap(struct vp_avq *avq, struct sg_table *sgt, enum dma_data_direction dir);
void vp_avq_mem_to_cpu(struct vp_avq *avq, struct sg_table *sgt, enum dma_data_direction dir);
unsigned int vp_avq_mem_segment_max(struct vp_avq *avq);

/* users or a gate's held became 0. Each command does that, so check for a sleeper first */
static inline void vp_avq_wake_idle_locked(struct vp_avq *avq)
{
	lockdep_assert_held(&avq->lock);
	if (wq_has_sleeper(&avq->idle))
		wake_up_all(&avq->idle);
}

/* A caller, or an xfer, is gone */
static inline void vp_avq_leave_locked(struct vp_avq *avq)
{
	lockdep_assert_held(&avq->lock);
	if (!--avq->users)
		vp_avq_wake_idle_locked(avq);
}

#endif /* DRIVERS_VIRTIO_AVQ_AVQ_H */
