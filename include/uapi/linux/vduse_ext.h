/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * VDUSE: extensions to <linux/vduse.h>, for /dev/vduse/NAME. A kernel without a command
 * returns -ENOTTY.
 */
#ifndef _UAPI_VDUSE_EXT_H_
#define _UAPI_VDUSE_EXT_H_

#include <linux/vduse.h>

/**
 * VDUSE_VQ_SETUP_CALLFD - an eventfd that interrupts the driver for a queue
 *
 * A write to the eventfd does what VDUSE_VQ_INJECT_IRQ does; the kernel reads the counter.
 * Several writes may result in one interrupt. VDUSE_EVENTFD_DEASSIGN removes the eventfd,
 * and so do a reset of the device and closing the node. -EINVAL: no such queue, or not an
 * eventfd; -EBADF: not a descriptor.
 */
#define VDUSE_VQ_SETUP_CALLFD	_IOW(VDUSE_BASE, 0x40, struct vduse_vq_eventfd)

#endif /* _UAPI_VDUSE_EXT_H_ */
