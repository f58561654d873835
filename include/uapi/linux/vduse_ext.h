/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * VDUSE: extensions to <linux/vduse.h>, for /dev/vduse/NAME. A kernel without a command
 * returns -ENOTTY. Features are bits of VDUSE_GET_FEATURES from 32 on.
 */
#ifndef _UAPI_VDUSE_EXT_H_
#define _UAPI_VDUSE_EXT_H_

#include <linux/vduse.h>

/**
 * VDUSE_F_RESUME - the daemon can undo VDUSE_SUSPEND
 *
 * Only together with VDUSE_F_SUSPEND. It is told by the message VDUSE_RESUME, which has no
 * payload. Kicks that came meanwhile are signalled when it has answered; it may interrupt
 * the driver before that.
 */
#define VDUSE_F_RESUME		32
#define VDUSE_RESUME		0x100	/* enum vduse_req_type */

/**
 * VDUSE_F_KICKFD - the daemon waits for the eventfds of VDUSE_VQ_GET_KICKFD
 *
 * The kernel does then not read the eventfd with which a vhost_vdpa user kicks a queue.
 */
#define VDUSE_F_KICKFD		33

/**
 * VDUSE_VQ_SETUP_CALLFD - an eventfd that interrupts the driver for a queue
 *
 * A write to the eventfd does what VDUSE_VQ_INJECT_IRQ does; the kernel reads the counter.
 * Several writes may result in one interrupt. VDUSE_EVENTFD_DEASSIGN removes the eventfd,
 * and so do a reset of the device and closing the node. -EINVAL: no such queue, or not an
 * eventfd; -EBADF: not a descriptor.
 */
#define VDUSE_VQ_SETUP_CALLFD	_IOW(VDUSE_BASE, 0x40, struct vduse_vq_eventfd)

/**
 * VDUSE_VQ_GET_KICKFD - the eventfd by which a process notifies a queue
 *
 * Of the queue of this index. Returns a descriptor; -ENOENT where there is none: the device
 * does not have VDUSE_F_KICKFD, the driver is not a process, or has given the eventfd after
 * DRIVER_OK. All such kicks come by VDUSE_VQ_SETUP_KICKFD, so a daemon needs both. It asks
 * when it is told of DRIVER_OK, or has opened the node of a device that runs. A reset
 * takes the eventfd away: the daemon closes its descriptor then.
 */
#define VDUSE_VQ_GET_KICKFD	_IOW(VDUSE_BASE, 0x41, __u32)

/**
 * struct vduse_vq_irqs - several queues
 * @first: index of the first
 * @reserved: zero
 * @queues: bit N: queue @first + N
 */
struct vduse_vq_irqs {
	__u32 first;
	__u32 reserved;
	__u64 queues;
};

/**
 * VDUSE_VQ_INJECT_IRQS - VDUSE_VQ_INJECT_IRQ for each of several queues
 *
 * Where one of them does not exist it is -EINVAL, and nothing is done. Otherwise all are
 * tried, and the first error is returned.
 */
#define VDUSE_VQ_INJECT_IRQS	_IOW(VDUSE_BASE, 0x42, struct vduse_vq_irqs)

#endif /* _UAPI_VDUSE_EXT_H_ */
